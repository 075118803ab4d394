"""How well mail is understood: texts of which the answer is known are made into mails, read, and held against it.

`record` is the texts and their answers, `forms` makes each into three mails (`pdf` and `word` write the documents),
`verdict` holds what was read of one mail against its record, `figures` adds up. Reading the mails is the caller's.
"""

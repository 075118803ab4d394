"""The tables of the journal. Moments are seconds since 1970, UTC; JSON is text.

A change here needs a migration in `migrations/versions/`; a test compares the two.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

mail = sa.Table(
    "mail",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # sha256 of the raw bytes
    sa.Column("fingerprint", sa.Text, index=True),
    sa.Column("size", sa.Integer, nullable=False),  # octets of the whole mail, also when only its header is kept
    sa.Column("received", sa.Float, nullable=False),  # INTERNALDATE
    sa.Column("accepted", sa.Float, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),  # accepted, promised, settled, filed, stuck
    sa.Column("outcome", sa.Text),  # forward, desk, file
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("folder", sa.Text),  # where it is filed once settled
    sa.Column("duplicate_of", sa.Integer, sa.ForeignKey("mail.id")),
    sa.Column("explanation", sa.Text),
    sa.Column("config", sa.Text),
    sa.Column("decided_by", sa.Text),
    sa.Column("likeness", sa.Text),  # mails that the loop breaker counts together have the same
    sa.Column("held", sa.Boolean, nullable=False),  # the loop breaker gave it to the desk
    sa.Column("calendar_uid", sa.Text, index=True),  # of the event that the mail invites to (RFC 5545 §3.8.4.7)
    sa.Column("purged", sa.Float),  # when what it says was thrown away (`journal.purging`)
    sa.Column("unnamed", sa.Float),  # when the record of who got it was
    sa.Index("mail_likeness", "likeness", "received", "held"),
    sa.Index("mail_purged", "purged", "accepted"),
)

raw = sa.Table(
    "raw",
    metadata,
    sa.Column("mail_id", sa.Integer, sa.ForeignKey("mail.id"), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

sighting = sa.Table(
    "sighting",
    metadata,
    sa.Column("folder", sa.Text, primary_key=True),
    sa.Column("uidvalidity", sa.Integer, primary_key=True),
    sa.Column("uid", sa.Integer, primary_key=True),
    sa.Column("mail_id", sa.Integer, sa.ForeignKey("mail.id"), nullable=False, index=True),
    sa.Column("seen", sa.Float, nullable=False),
    sa.Column("again", sa.Boolean, nullable=False),  # the same bytes seen once more: filed as a duplicate
    sa.Column("left", sa.Float),  # when it left the inbox, or was found gone
    sa.Column("how", sa.Text),  # moved, kept (the server cannot move; a keyword marks it), gone; None: it lies there
    sa.Index("sighting_lying", "folder", "how", "uidvalidity", "uid", "mail_id", "again"),
)

draft = sa.Table(
    "draft",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mail_id", sa.Integer, sa.ForeignKey("mail.id"), nullable=False),
    sa.Column("meta", sa.Text, nullable=False),
    sa.Column("own", sa.LargeBinary, nullable=False),
)

letter = sa.Table(
    "letter",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("mail_id", sa.Integer, sa.ForeignKey("mail.id"), nullable=False, index=True),
    sa.Column("draft_id", sa.Integer, sa.ForeignKey("draft.id"), nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),  # forward, desk, refusal, notice, reminder, answer
    sa.Column(
        "about", sa.Text, sa.ForeignKey("letter.id"), index=True
    ),  # refusal and notice: the letter they report on
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("official", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("copy", sa.Text, nullable=False),
    sa.Column("village", sa.Text, nullable=False),  # in whose turn it is sent; "" for what goes to the desk
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("head", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # queued, claimed, sending, sent, refused, unsure, stuck
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("promised", sa.Float, nullable=False),
    sa.Column("next", sa.Float, nullable=False),  # queued: next try; unsure: patience, on the clock of the receipts
    sa.Column("changed", sa.Float, nullable=False),
    sa.Column("code", sa.Integer),
    sa.Column("reply", sa.Text),
    sa.Column("receipt", sa.Boolean),  # the receipt address was accepted with it; None: none was asked
    sa.Column("proven", sa.Float),
    sa.Column("alias", sa.Text),
    sa.Column("doubted", sa.Boolean, nullable=False),  # it was unsure once
    sa.Column("returned", sa.Text),  # a server took it and could not deliver it: hard or soft; `reply` says why
    sa.Index("letter_state_next", "state", "next"),
    sa.Index("letter_turn", "state", "village", "mail_id", "id", "next"),
)

meeting = sa.Table(
    "meeting",
    metadata,
    sa.Column("mail_id", sa.Integer, sa.ForeignKey("mail.id"), primary_key=True),  # that says it
    sa.Column("village", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # what the meeting is known by (`core.meetings`)
    sa.Column("day", sa.Text, nullable=False),  # that it stands on then, YYYY-MM-DD
    sa.Column("gone", sa.Boolean, nullable=False),  # it was cancelled
    sa.Index("meeting_village", "village", "mail_id"),
)

proof = sa.Table(
    "proof",
    metadata,
    sa.Column("letter_id", sa.Text, primary_key=True),  # also of letters this journal does not know (yet)
    sa.Column("seen", sa.Float, nullable=False),
    sa.Column("folder", sa.Text, nullable=False),
)

cursor = sa.Table(
    "cursor",
    metadata,
    sa.Column("folder", sa.Text, primary_key=True),
    sa.Column("uidvalidity", sa.Integer, nullable=False),
    sa.Column("uid", sa.Integer, nullable=False),
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("mail_id", sa.Integer, sa.ForeignKey("mail.id"), index=True),
    sa.Column("letter_id", sa.Text),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

note = sa.Table(
    "note",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

"""What is new in a text: without the history a reply quotes, and without the signature.

The marks are those of the clients people use in the Netherlands: Outlook, Gmail, Apple Mail, Thunderbird, webmail and
phones, in Dutch and English. In doubt a text stays whole: better a quote too many than a question lost.
"""

import re

_ORIGINAL = re.compile(
    r"\s*[-_=*]{2,}\s*(?:oorspronkelijke?|originele|origineel|original)\s+"
    r"(?:bericht|e-?mail|mail|message|afspraak|appointment)\s*[-_=*]*\s*(?:(?:van|from)\s*:.{0,500})?",
    re.IGNORECASE,
)
_FORWARD_MARK = re.compile(
    r"\s*(?:[-_=*]{2,}\s*(?:forwarded\s+(?:message|mail)|doorgestuurde?\s+(?:bericht|e-?mail|mail))\s*:?\s*[-_=*]*"
    r"|(?:begin\s+(?:van\s+)?(?:het\s+)?)?doorgestuurde?\s+bericht\s*:|begin\s+forwarded\s+message\s*:)\s*",
    re.IGNORECASE,
)
_FORWARDED = re.compile(r"\s*(?:fwd?|doorst|doorgestuurd|doorsturen|dv|wg)\s*:", re.IGNORECASE)

# What the other patterns begin with, asked of every line; most lines are none of them.
_MAY_BE_MARK = re.compile(r"\s*(?:[-_=*]{2}|\*?(?:van|from)\s*:|(?:begin|doorgestuurde?|op|on|le|am)\b)", re.IGNORECASE)
_WROTE = re.compile(
    r"\s*(?:op|on|le|am)\b.{4,300}\b(?:schreef|geschreven|heeft|wrote|schrieb|a écrit)\b.{0,200}:\s*"
    r"|\s*\S.{0,200}\b(?:schreef|wrote)\s+(?:op|on)\b.{4,80}:\s*",
    re.IGNORECASE,
)
# A line that says who wrote and at which minute was written by a program; one with a date alone perhaps by a person.
# To be matched, not searched: a search would begin anew at each character of a line that is as long as a mail.
_CERTAIN = re.compile(r".*@|(?=.*\b\d{4}\b).*\b\d{1,2}[:.]\d{2}\b|.*\b\d{1,2}-\d{1,2}-\d{2}\b.{0,80}\b\d{1,2}:\d{2}\b")

_FIRST_FIELD = re.compile(r"\s*\*?(?:van|from)\s*:\*?\s*\S.{0,300}", re.IGNORECASE)
_OTHER_FIELD = re.compile(
    r"\s*\*?(?:verzonden|datum|aan|cc|onderwerp|sent|date|to|subject|verstuurd|bijlagen?)(?:\s+op)?\s*:\*?.*",
    re.IGNORECASE,
)
_SENT_FIELD = re.compile(r"\s*\*?(?:verzonden|verstuurd|sent)(?:\s+op)?\s*:", re.IGNORECASE)
_ON_ONE_LINE = re.compile(
    r"\s*\*?(?:van|from)\s*:.{1,300}?\b(?:verzonden|sent|datum|date)\s*:.{1,200}?\b(?:onderwerp|subject)\s*:.*",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_\-=*]{5,}\s*")
_PHONE = re.compile(
    r"\s*(?:(?:verstuurd|verzonden|gestuurd|sent)\s+(?:vanaf|vanuit|met|via|door|from|with|using)\b.{0,40}?"
    r"\b(?:iphone|ipad|android|samsung|galaxy|huawei|xiaomi|nokia|oneplus|xperia|blackberry|mac(?:book)?|windows"
    r"|telefoon|mobieltje|mobiele?|smartphone|tablet|phone|mobile|device|outlook|proton\s?mail|webmail|gmail|yahoo"
    r"|hotmail|ziggo|kpn|xs4all|odido|t-mobile|zivver|e-?mailapp|mail(?=\s+(?:voor|for)\b))\b.{0,80}"
    r"|(?:outlook|yahoo mail|gmail)\s+(?:voor|for)\s+\w+\s+(?:downloaden|ophalen|verkrijgen).{0,80}"
    r"|(?:download|get)\s+outlook\s+(?:voor|for)\s.{0,80})\s*",
    re.IGNORECASE,
)
_LONGEST_SIGNATURE = 20
_LINES = 20_000
"""Lines in which history is looked for; what is below stays."""


def new_text(text: str, subject: str) -> str:
    """`text` without quoted history and signature; whole if nothing would remain.

    Of a forwarded mail what was forwarded stays: that is what it is about.
    """
    lines = text.split("\n")
    kept = None if is_forward(subject) else _without_history(lines)
    if kept is None:
        return text
    remaining = "\n".join(_without_signature(kept)).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", remaining) if remaining.strip() else text


def is_forward(subject: str) -> bool:
    """Whether a subject says that the mail was forwarded, last of all that was done to it."""
    return _FORWARDED.match(subject) is not None


def is_forward_mark(line: str) -> bool:
    """ "Begin doorgestuurd bericht:" and the like: below it stands a forwarded mail."""
    return _FORWARD_MARK.fullmatch(line) is not None


def header_block(lines: list[str], number: int) -> bool:
    """ "Van: …" with at least two of Verzonden, Aan and Onderwerp right below, as Outlook writes it."""
    if not _FIRST_FIELD.fullmatch(lines[number]):
        return False
    below = [line for line in lines[number + 1 : number + 12] if line.strip()]
    return sum(_OTHER_FIELD.fullmatch(line) is not None for line in below[:5]) >= 2


def _without_history(lines: list[str]) -> list[str] | None:
    """The lines up to where a whole mail is quoted, without those that begin with ">" and what announces them.

    None if what is quoted is a mail that is forwarded.
    """
    kept: list[str] = []
    number = 0
    while number < min(len(lines), _LINES):
        line = lines[number]
        marked = _MAY_BE_MARK.match(line) or "schreef" in line or "wrote" in line
        if marked and is_forward_mark(line):
            return None
        if marked and _begins_history(lines, number):
            return _without_rule(kept)
        if marked and (announced := _attribution(lines, number)):
            number += announced
            if not _next_line(lines, number).startswith(">"):
                return kept
            continue
        if not line.startswith(">"):
            kept.append(line)
        number += 1
    return kept + lines[number:]


def _begins_history(lines: list[str], number: int) -> bool:
    """Whether from here on a whole mail is quoted."""
    line = lines[number]
    return bool(_ORIGINAL.fullmatch(line) or _ON_ONE_LINE.fullmatch(line)) or _is_quoted_mail(lines, number)


def _attribution(lines: list[str], number: int) -> int:
    """How many lines from here on say "Op … schreef …:", folded over at most three; 0 if they do not."""
    for length in (1, 2, 3):
        joined = " ".join(lines[number : number + length])
        if joined.rstrip().endswith(":") and _WROTE.fullmatch(joined):
            certain = _CERTAIN.match(joined) or _next_line(lines, number + length).startswith(">")
            return length if certain else 0
    return 0


def _next_line(lines: list[str], number: int) -> str:
    return next((line for line in lines[number : number + 3] if line.strip()), "")


def _is_quoted_mail(lines: list[str], number: int) -> bool:
    """A header block that a program wrote; a memo with "Van" and "Aan" has neither an address nor "Verzonden"."""
    if not header_block(lines, number):
        return False
    block = lines[number : number + 6]
    above = next((line for line in reversed(lines[max(0, number - 3) : number]) if line.strip()), "")
    return (
        "@" in "".join(block)
        or any(_SENT_FIELD.match(line) for line in block)
        or any(_CERTAIN.match(line) for line in block)
        or _RULE.fullmatch(above) is not None
    )


def _without_rule(lines: list[str]) -> list[str]:
    """The line of underscores above a quoted mail belongs to it."""
    above = len(lines)
    while above and not lines[above - 1].strip():
        above -= 1
    return lines[: above - 1] if above and _RULE.fullmatch(lines[above - 1]) else lines


def _without_signature(lines: list[str]) -> list[str]:
    """Without what follows a line "-- " (RFC 3676 §4.3) and without the advertisement of a phone or client."""
    for number in range(max(0, len(lines) - _LONGEST_SIGNATURE - 1), len(lines)):
        if lines[number].rstrip() == "--":
            lines = lines[:number]
            break
    end = len(lines)
    while end and (not lines[end - 1].strip() or _PHONE.fullmatch(lines[end - 1])):
        end -= 1
    return lines[:end]

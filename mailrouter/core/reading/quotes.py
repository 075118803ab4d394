"""What is new in a text: without the history a reply quotes, and without the signature.

The marks are those of the clients people use in the Netherlands: Outlook, Gmail, Apple Mail, Thunderbird and phones, in
Dutch and English. In doubt a text stays whole: better a quote too many than a question lost.
"""

import re

_ORIGINAL = re.compile(
    r"\s*[-_=*]{2,}\s*(?:oorspronkelijk(?:e)?|originele?|original)\s+(?:bericht|e-?mail|mail|message)\s*[-_=*]{0,}\s*",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"\s*(?:op|on|le|am)\b.{4,300}\b(?:schreef|geschreven|heeft|wrote|schrieb|a écrit)\b.{0,200}:\s*", re.IGNORECASE
)
_CERTAIN = re.compile(r"@|\b\d{1,2}[:.]\d{2}\b")
_FIRST_FIELD = re.compile(r"\s*\*?(?:van|from)\s*:\*?\s*\S.{0,300}", re.IGNORECASE)
_OTHER_FIELD = re.compile(
    r"\s*\*?(?:verzonden|datum|aan|cc|onderwerp|sent|date|to|subject|verstuurd|bijlagen?)(?:\s+op)?\s*:\*?.*",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_\-=*]{5,}\s*")
_FORWARDED = re.compile(r"\s*(?:fw|fwd|doorst|doorgestuurd|wg)\s*:", re.IGNORECASE)
_PHONE = re.compile(
    r"\s*(?:(?:verstuurd|verzonden|gestuurd)\s+(?:vanaf|vanuit|met|via|door)\b.{0,80}"
    r"|sent\s+(?:from|with|via)\s+(?:my\b|outlook|proton|mail\b|yahoo|the all-new).{0,80}"
    r"|(?:outlook|yahoo mail)\s+(?:voor|for)\s+\w+\s+(?:downloaden|ophalen|verkrijgen).{0,80}"
    r"|(?:download|get)\s+outlook\s+(?:voor|for)\s.{0,80})\s*",
    re.IGNORECASE,
)
_LONGEST_SIGNATURE = 20


def new_text(text: str, subject: str) -> str:
    """`text` without quoted history and signature; whole if nothing would remain.

    Of a forwarded mail (by its subject) what was forwarded stays: that is what it is about.
    """
    lines = text.split("\n")
    kept = lines if _FORWARDED.match(subject) else _without_history(lines)
    remaining = "\n".join(_without_signature(kept)).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", remaining) if remaining.strip() else text


def _without_history(lines: list[str]) -> list[str]:
    """The lines up to where a whole mail is quoted, without those that begin with ">" and what announces them."""
    kept: list[str] = []
    number = 0
    while number < len(lines):
        if _ORIGINAL.fullmatch(lines[number]) or _is_header_block(lines, number):
            return _without_rule(kept)
        if announced := _attribution(lines, number):
            number += announced
            if not _next_line(lines, number).startswith(">"):
                return kept
            continue
        if not lines[number].startswith(">"):
            kept.append(lines[number])
        number += 1
    return kept


def _attribution(lines: list[str], number: int) -> int:
    """How many lines from here on say "Op … schreef …:", folded over at most three; 0 if they do not."""
    if not re.match(r"\s*(?:op|on|le|am)\b", lines[number], re.IGNORECASE):
        return 0
    for length in (1, 2, 3):
        joined = " ".join(lines[number : number + length])
        if joined.rstrip().endswith(":") and _WROTE.fullmatch(joined):
            certain = _CERTAIN.search(joined) or _next_line(lines, number + length).startswith(">")
            return length if certain else 0
    return 0


def _next_line(lines: list[str], number: int) -> str:
    return next((line for line in lines[number : number + 3] if line.strip()), "")


def _is_header_block(lines: list[str], number: int) -> bool:
    """ "Van: …" with at least two of Verzonden, Aan and Onderwerp right below, as Outlook writes it."""
    if not _FIRST_FIELD.fullmatch(lines[number]):
        return False
    below = [line for line in lines[number + 1 : number + 10] if line.strip()]
    return sum(_OTHER_FIELD.fullmatch(line) is not None for line in below[:4]) >= 2


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

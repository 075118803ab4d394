"""The bounds a mail must keep before any parser touches it.

They are looked up in the raw bytes, in time linear in their number, so that a mail made to exhaust a parser costs no
more than an ordinary one. What is beyond them goes to the desk whole.
"""

import re
from collections.abc import Iterator

HEADER_BLOCK = 256 * 1024
HEADER_FIELD = 32 * 1024
HEADER_LINES = 1_000
MULTIPARTS = 100
"""Content-Type lines that open a multipart or a message: bounds the depth however they are nested."""
PARTS = 500
BOUNDARY = 200
_DASHED_LINES = 100_000
"""Lines that begin with "--", which a mail without that many parts does not have either."""

_HEAD_END = re.compile(rb"\n\r?\n")
_FIELD_START = re.compile(rb"\n(?![ \t])")
_TYPE_FIELD = rb"content-type[ \t]*:[^\n]*(?:\n[ \t][^\n]*){0,200}"
_ON_FIRST_LINE = re.compile(rb"(?i)" + _TYPE_FIELD)
_ON_OTHER_LINES = re.compile(rb"(?i)\n" + _TYPE_FIELD)
_NESTING = re.compile(rb"(?i)\n?content-type[ \t]*:\s*(?:multipart|message)/")
_BOUNDARY = re.compile(rb"(?i)boundary[ \t]*=\s*(?:\"([^\"]*)|([^\s;\"]*))")
_DASHED_LINE = re.compile(rb"\n--([^\r\n]*)")


def exceeded(raw: bytes) -> str | None:
    """Why this mail is not to be parsed, in Dutch; None if it keeps within all bounds."""
    lines = raw if b"\n" in raw else raw.replace(b"\r", b"\n")
    return _header_exceeds(lines) or _structure_exceeds(lines)


def _header_exceeds(raw: bytes) -> str | None:
    found = _HEAD_END.search(raw, 0, HEADER_BLOCK + 2)
    head = raw[: found.start()] if found else raw[: HEADER_BLOCK + 1]
    if len(head) > HEADER_BLOCK:
        return "de kop van de mail is groter dan 256 KB"
    if head.count(b"\n") >= HEADER_LINES:
        return "de kop van de mail heeft meer dan 1000 regels"
    if any(len(value) > HEADER_FIELD for value in _FIELD_START.split(head)):
        return "een veld in de kop van de mail is groter dan 32 KB"
    return None


def _structure_exceeds(raw: bytes) -> str | None:
    nested, boundaries = 0, set[bytes]()
    for count, field in enumerate(_content_types(raw)):
        if count >= PARTS:
            return "de mail heeft meer dan 500 delen"
        nested += _NESTING.match(field) is not None
        if nested > MULTIPARTS:
            return "de delen van de mail zitten te diep in elkaar"
        if boundary := _BOUNDARY.search(field):
            boundaries.add((boundary[1] or boundary[2] or b"").rstrip())
    if any(len(boundary) > BOUNDARY for boundary in boundaries):
        return "een scheidingsregel in de mail is langer dan 200 tekens"
    return _too_many_delimiters(raw, boundaries - {b""})


def _content_types(raw: bytes) -> Iterator[bytes]:
    """Every Content-Type field that stands at the start of a line, folded lines included."""
    if first := _ON_FIRST_LINE.match(raw):
        yield first[0]
    for match in _ON_OTHER_LINES.finditer(raw):
        yield match[0]


def _too_many_delimiters(raw: bytes, boundaries: set[bytes]) -> str | None:
    """Parts without a header of their own show only in the delimiter lines."""
    if raw.count(b"\n--") <= PARTS or not boundaries:
        return None
    parts = 0
    for lines, match in enumerate(_DASHED_LINE.finditer(raw)):
        line = match[1].rstrip()
        parts += line in boundaries or line.removesuffix(b"--") in boundaries
        if parts > PARTS or lines > _DASHED_LINES:
            return "de mail heeft meer dan 500 delen"
    return None

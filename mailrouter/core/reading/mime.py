"""The structure of a mail: its parts, each with the range of bytes it takes up in the raw mail.

Our own reader of RFC 2045 and RFC 2046, because a letter splices the encoded bytes of an attachment as they are and
the standard library tells no offsets, copies a large mail several times, and recurses. Linear in the size of the mail;
any bytes give a tree. A nested message stays one part with its bytes whole.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from mailrouter.core.reading import headers

DEEPEST = 20
"""Multiparts inside each other that are opened; deeper ones stay closed, as one part."""
MOST_PARTS = 2_000
"""Parts that are read. Above 500 a mail goes to the desk unread (`limits`), so this only bounds memory."""

MOST_FIELDS = 1_000
"""Header fields of a part that are read, each up to `LONGEST_FIELD` octets; the mail's own keep within `limits`."""
LONGEST_FIELD = 32 * 1024

# Possessive, so that a field of millions of lines takes no stack.
_FIELD = re.compile(rb"([!-9;-~]{1,200}+)[ \t]*+:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_WELL_KNOWN = re.compile(
    rb"(?i)(?:from|to|subject|date|received|return-path|delivered-to|message-id|mime-version|content-type|x-[a-z-]+):"
)
_FOLDED_LINES = re.compile(rb"(?:[ \t][^\n]*+\n)*+")
_HEADER_END = re.compile(rb"\n\r?\n")
_BLANK = re.compile(rb"\r?(?:\n|\Z)")
_FROM_LINE = re.compile(rb">?From (?![ \t]*:)[^\n]*\n")
_LEADING_BLANKS = re.compile(rb"(?:\r?\n)+(?=[A-Za-z][A-Za-z0-9-]*:)")
_AFTER_DELIMITER = re.compile(rb"(--)?[ \t]*\r?(?:\n|\Z)")
# Where the boundary is missing or wrong: the first line that looks like a delimiter before a part's header.
_FIRST_DELIMITER = re.compile(rb"(?im)^--([^\r\n]{1,200}?)[ \t]*\r?\ncontent-")
_PLAIN_ENCODINGS = ("7bit", "8bit", "binary", "7bits", "8bits", "7-bit", "8-bit", "none", "plain")
_MOST_PIECES = 10_000
_BLANKS_AFTER_SOFT_BREAK = re.compile(rb"=[ \t]+(\r?\n)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_BOM = b"\xef\xbb\xbf"


@dataclass
class Part:
    """A part of a mail: header fields (raw, names lower-case) and the range of its body in `raw`."""

    raw: bytes
    fields: list[tuple[str, str]]
    start: int
    end: int
    default_type: str = "text/plain"
    children: list["Part"] = field(default_factory=list)
    torn: bool = False
    """Whether its header block had lines that are no header fields."""

    def get(self, name: str, /) -> str | None:
        """The raw value of the first field of that name."""
        return next((value for key, value in self.fields if key == name), None)

    @cached_property
    def type(self) -> str:
        """The media type, lower-case; the default where none is given or it is nonsense (RFC 2045 §5.2)."""
        value = self.get("content-type")
        return headers.media_type(value) or "text/plain" if value else self.default_type

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The parameters of Content-Type."""
        return headers.parameters(self.get("content-type") or "")[1]

    @cached_property
    def disposition(self) -> str:
        """ "attachment", "inline" or another first word of Content-Disposition; "" without."""
        return headers.parameters(self.get("content-disposition") or "")[0]

    @cached_property
    def name(self) -> str:
        """The file name it was given, "" without."""
        return headers.filename(self)

    @cached_property
    def encoding(self) -> str:
        """The content transfer encoding, lower-case."""
        words = headers.unfold(self.get("content-transfer-encoding") or "").lower().partition(";")[0].split()
        return headers.clean(words[0].strip("\"'"), 40) if words else "7bit"

    @property
    def content(self) -> bytes:
        """The decoded bytes of its body, as much as could be decoded."""
        return self._decoded[0]

    @property
    def damaged(self) -> bool:
        """Whether its body could not be decoded whole."""
        return self._decoded[1]

    @cached_property
    def _decoded(self) -> tuple[bytes, bool]:
        content = self.raw[self.start : self.end]
        if self.encoding == "base64" and self.type.startswith("text/") and _is_plain(content):
            return content, True
        return decoded(content, self.encoding)

    def leaves(self) -> Iterator["Part"]:
        """The parts that hold content, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def tree(raw: bytes) -> Part:
    """The structure of a mail, or of a message nested in one; for any bytes."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    reader = _Reader(raw)
    start = len(_BOM) if raw.startswith(_BOM) else 0
    if skip := _FROM_LINE.match(raw, start) or _LEADING_BLANKS.match(raw, start):
        start = skip.end()
    return reader.part(start, len(raw), "text/plain", 0)


class _Reader:
    """Reads the parts of one mail and counts them."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.count = 0

    def part(self, start: int, end: int, default_type: str, depth: int) -> Part:
        """The part that takes up `start`:`end`, header block and all."""
        self.count += 1
        fields, body, torn = _fields(self.raw, start, end)
        part = Part(self.raw, fields, body, end, default_type, torn=torn)
        if part.type.startswith("multipart/") and depth < DEEPEST:
            part.children = self.children(part, depth + 1)
        return part

    def children(self, part: Part, depth: int) -> list[Part]:
        """The parts inside a multipart; none if no delimiter line can be found."""
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        declared = headers.wire(part.parameters.get("boundary", "").rstrip())
        guess = _FIRST_DELIMITER.search(self.raw, part.start, min(part.end, part.start + 4_096))
        for boundary in (declared, guess[1] if guess else b""):
            children: list[Part] = []
            for start, end in _ranges(self.raw, part.start, part.end, boundary) if boundary else ():
                if self.count >= MOST_PARTS:
                    break
                children.append(self.part(start, end, default, depth))
            if children:
                return children
        return []


def _fields(raw: bytes, start: int, end: int) -> tuple[list[tuple[str, str]], int, bool]:
    """The header fields from `start` on, where the body begins, and whether lines between them were skipped.

    A line that is no field ends the block, as in a mail without a header, unless another field follows it at once; in
    place of the first field only if that is one of a mail's.
    """
    fields: list[tuple[str, str]] = []
    position, torn = start, False
    while position < end:
        if match := _FIELD.match(raw, position, end):
            if len(fields) >= MOST_FIELDS:
                over = _HEADER_END.search(raw, position, end)
                return fields, over.end() if over else end, True
            value = match[2][:LONGEST_FIELD].removesuffix(b"\r")
            fields.append((match[1].decode("ascii").lower(), value.decode("ascii", "surrogateescape")))
            position = match.end()
        elif blank := _BLANK.match(raw, position, end):
            return fields, blank.end(), torn
        elif following := _field_after(raw, position, end, _FIELD if fields else _WELL_KNOWN):
            position, torn = following, True
        else:
            return fields, position, True
    return fields, position, torn


def _field_after(raw: bytes, position: int, end: int, field: re.Pattern[bytes]) -> int:
    """Where the field begins that follows this odd line and the folded lines below it; 0 if none does."""
    following = raw.find(b"\n", position, end) + 1
    if following and (folded := _FOLDED_LINES.match(raw, following, end)):
        following = folded.end()
    return following if following and field.match(raw, following, end) else 0


def _ranges(raw: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """The ranges between the delimiter lines of a multipart (RFC 2046 §5.1.1), closing lines included as such.

    Parts after a closing line still count: another reader might show them. A last part without closing line runs to
    the end.
    """
    open_at = -1
    for delimiter, after, closes in _delimiters(raw, start, end, b"--" + boundary):
        if open_at >= 0:
            yield open_at, max(open_at, _before_newline(raw, delimiter))
        open_at = -1 if closes else after
    if open_at >= 0:
        yield open_at, end


def _delimiters(raw: bytes, start: int, end: int, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    position = start
    while (found := raw.find(delimiter, position, end)) >= 0:
        position = found + len(delimiter)
        if found == start or raw[found - 1] == 0x0A:
            rest = _AFTER_DELIMITER.match(raw, position, end)
            if rest:
                position = rest.end()
                yield found, position, rest[1] is not None


def _before_newline(raw: bytes, position: int) -> int:
    """The line end before a delimiter belongs to the delimiter."""
    return position - 2 if raw[position - 2 : position] == b"\r\n" else position - 1


def decoded(content: bytes, encoding: str) -> tuple[bytes, bool]:
    """`content` without its transfer encoding, and whether something is wrong with it."""
    if encoding == "base64":
        return _base64(content)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(_BLANKS_AFTER_SOFT_BREAK.sub(rb"=\1", content) if b"= " in content else content), False
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uudecoded(content), False
    return content, encoding not in _PLAIN_ENCODINGS


def _is_plain(content: bytes) -> bool:
    """Whether a text that is said to be base64 is not, by its first line."""
    start = content.lstrip()[:200].split(b"\n", 1)[0]
    return _NOT_BASE64.search(start) is not None


def _base64(content: bytes) -> tuple[bytes, bool]:
    """Base64 that may be padded halfway: pieces encoded apart and put after each other."""
    body = content.rstrip(b"\r\n\t =")
    if 0 < body.count(b"=") <= _MOST_PIECES:
        return b"".join(headers.base64_bytes(piece) for piece in body.split(b"=") if piece), True
    try:
        return binascii.a2b_base64(content), False
    except binascii.Error:
        return headers.base64_bytes(content), True


def _uudecoded(content: bytes) -> bytes:
    lines: list[bytes] = []
    begun = False
    for line in content.splitlines():
        if not begun:
            begun = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        else:
            lines.append(_uu_line(line))
    return b"".join(lines)


def _uu_line(line: bytes) -> bytes:
    """One line, cut to the length it announces (some encoders add to it), and not filled up to it (a bomb would)."""
    length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
    try:
        return binascii.a2b_uu(line[:length])[: (len(line) - 1) * 3 // 4] if length else b""
    except binascii.Error:
        return b""

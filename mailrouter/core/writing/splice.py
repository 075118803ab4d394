"""Bodies of letters: own parts written fresh, attachments spliced from the original.

An attachment keeps its still encoded bytes as long as these are safe to send as they are; else its decoded bytes are
encoded anew. Either way it decodes to the same bytes. RFC 2045, RFC 2046 §5.1, RFC 2183.
"""

import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailrouter.core.model import Attachment, Span
from mailrouter.core.writing.fields import CRLF, one_line, parameter

LONGEST_LINE = 998
"""Octets in a line without its CRLF (RFC 5322 §2.1.1)."""

ORIGINAL = "origineel.eml"
_SPLICED = ("7bit", "quoted-printable", "base64")
_LONGEST_NAME = 150

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
_CHARSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,39}")
_CALENDARS = ("text/calendar", "application/ics")
# A property may be folded anywhere, also inside its name (RFC 5545 §3.1).
_FOLDED_NAME = rb"(?:\r?\n[ \t])*".join((b"M", b"E", b"T", b"H", b"O", b"D"))
_REST_OF_LINE = rb"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r?\n|\Z)"
_METHOD = re.compile(rb"^" + _FOLDED_NAME + rb"\b" + _REST_OF_LINE, re.IGNORECASE | re.MULTILINE)
_UNFOLD = re.compile(rb"\r?\n[ \t]")
_STATUS = re.compile(rb"^STATUS\b" + _REST_OF_LINE, re.IGNORECASE | re.MULTILINE)
_EVENT = re.compile(rb"^BEGIN:VEVENT[ \t]*(?:\r?\n)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a multipart body: its header, then bytes of our own or a range of the original."""

    header: bytes
    own: bytes = b""
    spliced: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        """Octets on the wire, with the boundary before it."""
        content = self.spliced[1] - self.spliced[0] if self.spliced else len(self.own)
        return len(self.header) + content + 80


def clean(data: bytes) -> bool:
    """Whether these bytes may go over the wire as they are: 7-bit, no NUL, CRLF only, no line above 998 octets."""
    if not data.isascii() or b"\0" in data:
        return False
    ends = data.count(b"\r\n")
    return ends == data.count(b"\n") == data.count(b"\r") and _short_lines(data)


def _short_lines(data: bytes) -> bool:
    """Whether every line has at most 998 octets; leaps from the last line end within reach to the next."""
    at = 0
    while len(data) - at > LONGEST_LINE:
        end = data.rfind(b"\r\n", at, at + LONGEST_LINE + 2)
        if end < 0:
            return False
        at = end + 2
    return True


def base64(data: bytes) -> bytes:
    """Base64 in lines of 76 octets with CRLF."""
    encoded = binascii.b2a_base64(data, newline=False)
    return b"\r\n".join([encoded[at : at + 76] for at in range(0, len(encoded), 76)]) + b"\r\n"


def text_piece(text: str, subtype: str) -> Piece:
    """A text of our own as a part."""
    fields, body = encoded_text(text, subtype)
    return Piece("".join(f"{name}: {value}{CRLF}" for name, value in fields).encode("ascii"), body)


def encoded_text(text: str, subtype: str) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """(header fields, body) of a text in quoted-printable or, when much of it is not ASCII, base64; ends with CRLF."""
    data = ("\r\n".join(text.splitlines()) + "\r\n").encode("utf-8", "replace")
    encoding, body = "quoted-printable", binascii.b2a_qp(data)
    if len(body) > len(data) * 1.4:
        encoding, body = "base64", base64(data)
    return (
        ("Content-Type", f'text/{subtype}; charset="utf-8"'),
        ("Content-Transfer-Encoding", encoding),
        ("Content-Language", "nl"),
    ), body


def attachment_piece(attachment: Attachment, raw: bytes, number: int) -> Piece:
    """An attachment under a fresh header; the `number` names it if the mail did not."""
    name = one_line(attachment.name, _LONGEST_NAME) or f"bijlage-{number}"
    type_ = attachment.type.lower() if _TYPE.fullmatch(attachment.type.lower()) else "application/octet-stream"
    content = _without_method(attachment.content) if _is_calendar(type_, name) else attachment.content
    encoded = raw[attachment.start : attachment.end] if attachment.start >= 0 else b""
    encoding = attachment.encoding.strip().lower() or "7bit"
    whole = content == attachment.content and not attachment.damaged
    if whole and _may_splice(encoded, encoding, content):
        header = _file_header(_spliced_type(type_, encoding), name, encoding, attachment)
        return Piece(header, b"", (attachment.start, attachment.end))
    return Piece(_file_header(_encodable(type_), name, "base64", attachment), base64(content))


def original_piece(raw: bytes) -> Piece:
    """The whole original as a file: a message when it is clean enough to be one, else bytes."""
    if clean(raw) and re.match(rb"[!-9;-~]+:", raw):
        return Piece(_file_header("message/rfc822", ORIGINAL, "7bit"), b"", (0, len(raw)))
    return original_bytes(raw)


def original_bytes(raw: bytes) -> Piece:
    """The whole original as bytes, whatever they are."""
    return Piece(_file_header("application/octet-stream", ORIGINAL, "base64"), base64(raw))


def file_piece(content: bytes, type_: str, name: str) -> Piece:
    """A file of our own; `type_` with its parameters."""
    return Piece(_file_header(type_, name, "base64"), base64(content))


def boundary(seed: str, raw: bytes, name: str) -> str:
    """A boundary that occurs nowhere in the original, the same each time for the same mail.

    It occurs in no text of ours either: quoted-printable and base64 never hold "=_" (RFC 2045 §6.7).
    """
    number = 0
    while (mark := f"=_{name}{number}_{seed[:32]}").encode() in raw:
        number += 1
    return mark


def alternative(pieces: Sequence[Piece], mark: str) -> Piece:
    """The same text in several forms, the plainest first."""
    if len(pieces) == 1:
        return pieces[0]
    header = f'Content-Type: multipart/alternative;{CRLF} boundary="{mark}"{CRLF}'
    own = b"".join(b"--%b\r\n%b\r\n%b\r\n" % (mark.encode(), piece.header, piece.own) for piece in pieces)
    return Piece(header.encode(), own + b"--%b--\r\n" % mark.encode())


def mixed(pieces: Iterable[Piece], mark: str) -> tuple[bytes, tuple[Span, ...]]:
    """(own bytes, spans) of a multipart/mixed body."""
    own = bytearray()
    spans: list[Span] = []
    begun = 0
    for piece in pieces:
        own += b"--%b\r\n%b\r\n%b" % (mark.encode(), piece.header, piece.own)
        if piece.spliced:
            spans += [Span("own", begun, len(own)), Span("raw", *piece.spliced)]
            begun = len(own)
        own += b"\r\n"
    own += b"--%b--\r\n" % mark.encode()
    return bytes(own), (*spans, Span("own", begun, len(own)))


def _is_calendar(type_: str, name: str) -> bool:
    return type_ in _CALENDARS or name.lower().endswith(".ics")


def _without_method(content: bytes) -> bytes:
    """A calendar as a file: without METHOD it asks nobody for an answer in our name (RFC 5546 §1.4).

    What METHOD:CANCEL said is then said by each event itself: else the file would put into a calendar what is off.
    """
    method = _METHOD.search(content)
    if method is None:
        return content
    rest = _METHOD.sub(b"", content)
    if _UNFOLD.sub(b"", method[0]).partition(b":")[2].strip().upper() != b"CANCEL":
        return rest
    return _EVENT.sub(rb"\g<0>STATUS:CANCELLED\r\n", _STATUS.sub(b"", rest))


def _may_splice(encoded: bytes, encoding: str, content: bytes) -> bool:
    if encoding not in _SPLICED or not clean(encoded):
        return False
    return encoded == content if encoding == "7bit" else bool(encoded) or not content


def _spliced_type(type_: str, encoding: str) -> str:
    """A message may be neither base64 nor quoted-printable (RFC 2046 §5.2)."""
    return type_ if type_ == "message/rfc822" and encoding == "7bit" else _encodable(type_)


def _encodable(type_: str) -> str:
    """Only a leaf may be encoded, so a mail inside a mail is then a file; nothing is to be fetched from elsewhere."""
    return "application/octet-stream" if type_.startswith(("message/", "multipart/")) else type_


def _file_header(type_: str, name: str, encoding: str, attachment: Attachment | None = None) -> bytes:
    charset = attachment.parameters.get("charset", "") if attachment and type_.startswith("text/") else ""
    more = parameter("charset", charset) if _CHARSET.fullmatch(charset) else ""
    return (
        f"Content-Type: {type_}{more}{parameter('name', name)}{CRLF}"
        f"Content-Transfer-Encoding: {encoding}{CRLF}"
        f"Content-Disposition: attachment{parameter('filename', name)}{CRLF}"
    ).encode("ascii")

"""How the bad inputs are made: an ordinary mail of the council of Oosterdorp, bad in one place."""

import base64
from collections.abc import Mapping

VILLAGE = "dorpsraad-oosterdorp.example"
SENDER = f"secretaris@{VILLAGE}"
COUNCIL = f"Dorpsraad Oosterdorp <{SENDER}>"
SHARED = "dorpsraden@gemeente.example"
OUR_SERVER = "mx.gemeente.example"
"""Whose Authentication-Results count in the town of the catalogue."""
FOREIGN = "dorpsraad-één.example"
"""A domain in our own alphabet (IDN), listed for Zuiderbroek."""
DATE = "Mon, 14 Sep 2026 09:00:00 +0000"
TEXT = "Er ligt een losse tegel voor de school. Kan iemand daar naar kijken?"

Fields = Mapping[str, str | bytes | None]


def mail(number: int | str, body: str | bytes = TEXT, fields: Fields | None = None, more: str | bytes = b"") -> bytes:
    """An ordinary mail about a loose paving stone.

    `fields` replaces header fields, or takes them out (None); `more` are lines of header on top.
    """
    usual: dict[str, str | bytes | None] = {
        "Received": f"from mail.{VILLAGE} by {OUR_SERVER}; {DATE}",
        "From": COUNCIL,
        "To": SHARED,
        "Subject": f"Losse tegel {number}",
        "Date": DATE,
        "Message-ID": f"<tegel.{number}@{VILLAGE}>",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
    }
    written = b"".join(
        name.encode() + b": " + octets(value) + b"\r\n"
        for name, value in (usual | dict(fields or {})).items()
        if value is not None
    )
    return octets(more) + written + b"\r\n" + octets(body) + b"\r\n"


def octets(value: str | bytes) -> bytes:
    """Text as UTF-8, bytes as they are."""
    return value.encode() if isinstance(value, str) else value


def part(type_: str, body: str | bytes, *lines: str | bytes) -> bytes:
    """A part of a multipart: its type, further header lines, and its body."""
    header = (b"Content-Type: " + octets(type_), *map(octets, lines))
    return b"\r\n".join(header) + b"\r\n\r\n" + octets(body)


def file(name: str, content: bytes, type_: str = "application/octet-stream") -> bytes:
    """A part that is an attached file, in base64."""
    named = f'Content-Disposition: attachment; filename="{name}"'
    return part(type_, encoded(content), named, "Content-Transfer-Encoding: base64")


def encoded(content: bytes) -> bytes:
    """Base64 in lines."""
    return base64.encodebytes(content).replace(b"\n", b"\r\n").rstrip()


def mixed(
    number: int | str, *parts: bytes, kind: str = "mixed", mark: str = "grens", fields: Fields | None = None
) -> bytes:
    """A mail of several parts."""
    type_ = {"Content-Type": f'multipart/{kind}; boundary="{mark}"'}
    return mail(number, joined(mark, *parts), type_ | dict(fields or {}))


def joined(mark: str, *parts: bytes) -> bytes:
    """Parts with the delimiter lines between them (RFC 2046 §5.1)."""
    opening = b"--" + mark.encode() + b"\r\n"
    return b"".join(opening + each + b"\r\n" for each in parts) + b"--" + mark.encode() + b"--"


def with_file(number: int | str, *files: bytes, text: str = TEXT, fields: Fields | None = None) -> bytes:
    """A text with attached files."""
    return mixed(number, part("text/plain; charset=utf-8", text), *files, fields=fields)

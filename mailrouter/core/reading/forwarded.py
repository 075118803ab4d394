"""Who wrote a mail that was forwarded: a hint for people, never the sender of the mail itself."""

import re
from collections.abc import Sequence

from mailrouter.core.model import Attachment
from mailrouter.core.reading import headers, mime
from mailrouter.core.reading.address import AddressError, single_from
from mailrouter.core.reading.quotes import header_block, is_forward, is_forward_mark

_LONGEST = 200
_LINES = 2_000
_HEADER = 64 * 1024
"""Octets of an attached mail in which its From is looked for."""
_BLOCK = 10
_MARKS = re.compile(r"doorgestuurd|forwarded m", re.IGNORECASE)
_QUOTED = re.compile(r"[> ]+")
_FROM = re.compile(r"(?:van|from|afzender)\s*:\*?\s*(?:\|\s*)?(.{1,400})", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>\[\]():;,|\"*]{1,64}@[^\s<>\[\]():;,|\"*]{1,190}")
_MAILS = ("message/rfc822", "message/global")


def inner_sender(text: str, subject: str, attachments: Sequence[Attachment]) -> str | None:
    """The address, or else the name, of who wrote the mail that this one forwards; None if it forwards none.

    Of a forward of a forward it is who forwarded last but one. As it is written there, so it proves nothing.
    """
    may_be = is_forward(subject) or _MARKS.search(text)
    if may_be and (found := _in_text(text, is_forward(subject))):
        return found
    nested = next((attachment for attachment in attachments if attachment.type in _MAILS), None)
    return _of_mail(nested.content) if nested else None


def _in_text(text: str, by_subject: bool) -> str | None:
    lines = [_QUOTED.sub("", line, count=1) if line.startswith(">") else line for line in text.split("\n", _LINES)]
    for number, line in enumerate(lines[:_LINES]):
        if is_forward_mark(line):
            return _first_from(lines[number + 1 : number + 1 + _BLOCK])
        if by_subject and header_block(lines, number):
            return _first_from([line])
    return None


def _first_from(lines: Sequence[str]) -> str | None:
    for line in lines:
        if match := _FROM.match(line.strip().lstrip("*")):
            return _who(match[1])
    return None


def _who(value: str) -> str | None:
    if address := _ADDRESS.search(value.replace("mailto:", "")):
        return headers.clean(address[0], _LONGEST)
    return headers.clean(re.sub(r"[*<>\[\]\"]+", " ", value), _LONGEST) or None


def _of_mail(content: bytes) -> str | None:
    values = [value for name, value in mime.tree(content[:_HEADER]).fields if name == "from"]
    try:
        return single_from(values).address
    except AddressError:
        return _who(headers.decode(values[0])) if values else None

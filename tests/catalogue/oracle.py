"""What must hold for every mail, however bad: a result within limits, and a letter that cannot do harm."""

import base64
import binascii
import email
import email.policy
import quopri
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from typing import Any

from mailrouter.core.writing.wire import Unsendable, check

DECEIVING = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")
"""Characters that turn the direction of writing or have no width, and what is no character at all."""
_ACTIVE = re.compile(
    r"<\s*(?:script|iframe|object|embed|form|input|svg|base|link)\b|<[^>]*\son\w+\s*=|(?:href|src)\s*=\s*[\"']?\s*"
    r"(?:javascript|data|vbscript):|<img[^>]*src\s*=\s*[\"']?\s*(?:https?:)?//",
    re.IGNORECASE,
)
"""Markup that does something, or fetches something, when a letter is opened."""

_DECODE: dict[str, Callable[[bytes], bytes]] = {"base64": base64.b64decode, "quoted-printable": quopri.decodestring}


def unclean(text: str, *, lines: bool = False) -> str:
    """The first character that may not stand in a text (in one line, or in `lines`), by name; "" if there is none."""
    for character in text:
        if character == "\n" and lines:
            continue
        if unicodedata.category(character) == "Cc" or character in "\u2028\u2029" or DECEIVING.match(character):
            return unicodedata.name(character, f"U+{ord(character):04X}")
    return ""


def wrong_in_words(told: Any, where: str = "", *, lines: bool = False) -> Iterator[str]:
    """What is wrong with any text in an object of `explain --json`; only "text" may have several lines."""
    if isinstance(told, str):
        if bad := unclean(told, lines=lines):
            yield f"{where} holds {bad}"
    elif isinstance(told, Mapping):
        for key, value in told.items():
            yield from wrong_in_words(value, f"{where}.{key}", lines=lines or key in ("text", "source"))
    elif isinstance(told, list | tuple):
        for value in told:
            yield from wrong_in_words(value, f"{where}[]", lines=lines)


def wrong_in_letter(wire: bytes) -> Iterator[str]:
    """What is wrong with the bytes of a letter of ours, whatever it is about."""
    try:
        check(wire)
    except Unsendable as error:
        yield error.reason
        return
    letter = read(wire)
    for name, value in letter.items():
        if bad := unclean(str(value)):
            yield f"the header {name} holds {bad}"
    if bad := unclean(text_of(letter), lines=True):
        yield f"the text holds {bad}"
    try:
        files_of(wire)
    except binascii.Error as error:
        yield f"an attachment cannot be decoded: {error}"
    if active := _ACTIVE.search(html_of(letter)):
        yield f"the HTML holds {active[0][:60]!r}"


def read(wire: bytes) -> EmailMessage:
    """A letter as the standard library reads it."""
    return email.message_from_bytes(wire, policy=email.policy.default)


def text_of(letter: EmailMessage) -> str:
    """Its plain text, with LF."""
    return _body(letter, "plain")


def html_of(letter: EmailMessage) -> str:
    """Its HTML; "" if it has none, as short notices to the desk."""
    return _body(letter, "html")


def _body(letter: EmailMessage, form: str) -> str:
    part = letter.get_body((form,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


def files_of(wire: bytes) -> list[tuple[str, bytes]]:
    """The attachments of a letter, name and content, to the octet: parsing a mail inside it would change its bytes."""
    mark = read(wire).get_boundary()
    _text, *others = wire.split(f"\r\n--{mark}\r\n".encode())[1:]
    return [_file(part.split(f"\r\n--{mark}--".encode())[0]) for part in others]


def _file(part: bytes) -> tuple[str, bytes]:
    head, _, body = part.partition(b"\r\n\r\n")
    header = read(head + b"\r\n\r\n")
    return header.get_filename() or "", _DECODE.get(str(header["content-transfer-encoding"]), bytes)(body)

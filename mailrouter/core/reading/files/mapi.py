"""A message as Outlook keeps it: properties by number (MS-OXPROPS), whichever file they came in."""

import struct
from collections.abc import Mapping

from mailrouter.core.reading import body, charset
from mailrouter.core.reading.files import rtf
from mailrouter.core.reading.files.message import File, Message
from mailrouter.core.reading.files.reasons import Unreadable, foreign
from mailrouter.core.reading.html_text import text_of as text_of_html

Value = str | bytes | int
"""Text is in its charset already; HTML may be bytes."""
Properties = Mapping[int, Value]

UNICODE, STRING8, BINARY, INTEGER, OBJECT = 0x1F, 0x1E, 0x102, 0x03, 0x0D
"""Types of properties (MS-OXCDATA §2.11.1)."""
SUBJECT, BODY, RTF, HTML = 0x0037, 0x1000, 0x1009, 0x1013
SENDER_NAME, SENDER_ADDRESS, SENDER_SMTP, AUTHOR_NAME, AUTHOR_SMTP = 0x0C1A, 0x0C1F, 0x5D01, 0x0042, 0x5D02
MESSAGE_CODEPAGE, INTERNET_CODEPAGE = 0x3FFD, 0x3FDE
ATTACHED, LONG_NAME, SHORT_NAME, DISPLAY_NAME, MEDIA_TYPE = 0x3701, 0x3707, 0x3704, 0x3001, 0x370E
_CHARSETS = {65001: "utf-8", 20127: "us-ascii", 20866: "koi8-r", 50220: "iso-2022-jp"}
_LARGEST_RTF = 200_000
"""Compressed octets: its library takes them one by one."""


def charset_of(codepage: int) -> str:
    """A Windows code page as a charset label."""
    if 28591 <= codepage <= 28605:
        return f"iso-8859-{codepage - 28590}"
    return _CHARSETS.get(codepage, f"cp{codepage}")


def message_of(properties: Properties, files: tuple[File | Message, ...]) -> Message:
    """The message that these properties are."""
    return Message(
        subject=_text(properties, SUBJECT),
        sender=_sender(properties),
        text=_body(properties),
        files=files,
    )


def file_of(properties: Properties) -> File:
    """The attachment that these properties are; without content if it lies elsewhere."""
    content = properties.get(ATTACHED)
    names = (_text(properties, number) for number in (LONG_NAME, SHORT_NAME, DISPLAY_NAME))
    return File(
        name=next(filter(None, names), ""),
        type=_text(properties, MEDIA_TYPE).lower(),
        content=content if isinstance(content, bytes) else b"",
    )


def _text(properties: Properties, number: int) -> str:
    value = properties.get(number)
    return value.strip("\0 ") if isinstance(value, str) else ""


def _sender(properties: Properties) -> str:
    name = _text(properties, AUTHOR_NAME) or _text(properties, SENDER_NAME)
    addresses = (_text(properties, number) for number in (AUTHOR_SMTP, SENDER_SMTP, SENDER_ADDRESS))
    address = next((address for address in addresses if "@" in address), "")
    return f"{name} <{address}>" if name and address and name != address else name or address


def _body(properties: Properties) -> str:
    """The plain text, else the text of the HTML, else of the compressed RTF."""
    if plain := _text(properties, BODY):
        return plain
    html = properties.get(HTML)
    if isinstance(html, bytes) and html:
        codepage = properties.get(INTERNET_CODEPAGE)
        declared = charset_of(codepage) if isinstance(codepage, int) else ""
        html = body.html_source(html, declared if charset.known(declared) else "")
    if isinstance(html, str) and html.strip():
        return text_of_html(html)
    packed = properties.get(RTF)
    return _text_of_rtf(packed) if isinstance(packed, bytes) else ""


def _text_of_rtf(packed: bytes) -> str:
    """The text of compressed RTF (MS-OXRTFCP); none if it is broken or very large: the rest of the message counts."""
    import compressed_rtf

    if len(packed) > _LARGEST_RTF:
        return ""
    try:
        with foreign():
            unpacked = compressed_rtf.decompress(packed)
        return rtf.text_of(unpacked)
    except Unreadable:
        return ""


def integer(value: bytes) -> int:
    """The first four octets as a number."""
    number: int = struct.unpack_from("<I", value.ljust(4, b"\0"))[0]
    return number

"""Bytes to text, whatever the mail says about its charset.

A declared charset is tried first, under the names senders really write; what it cannot decode is read as UTF-8 and,
byte by byte, as Windows-1252, so no text is ever lost to a wrong label. UTF-8 under the name of a Latin charset is read
as what it is: nobody writes "Ã©" by chance throughout a text.
"""

import codecs
import re

_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LATIN = {"cp1252", "cp1250", "cp1254", "iso-8859-2", "iso-8859-15", "cp850", "cp437", "mac-roman"}
"""Charsets of one byte a letter in which well-formed UTF-8 reads as gibberish."""
_JAPANESE = (b"\x1b$B", b"\x1b$@")
"""The escape sequences that lead into JIS X 0208 (RFC 1468)."""
_SURROGATES = re.compile("[\ud800-\udfff]")

_ALIASES = {
    # ISO-8859-1 and US-ASCII are in practice Windows-1252 (WHATWG Encoding §4.2).
    "": "utf-8", "ascii": "utf-8", "us-ascii": "utf-8", "ansi_x3.4-1968": "utf-8", "unknown-8bit": "utf-8",
    "x-unknown": "utf-8", "default": "utf-8", "default_charset": "utf-8", "8bit": "utf-8", "7bit": "utf-8",
    "binary": "utf-8", "utf8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8", "x-utf-8": "utf-8",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "iso-8859": "cp1252",
    "latin1": "cp1252", "latin-1": "cp1252", "l1": "cp1252", "x-ansi": "cp1252", "ansi": "cp1252",
    "x-cp1252": "cp1252", "win-1252": "cp1252", "macintosh": "mac-roman", "x-mac-roman": "mac-roman",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
    "gb_2312-80": "gb18030", "x-gbk": "gb18030", "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8",
    "iso-8859-9": "cp1254", "tis-620": "cp874", "iso-8859-11": "cp874", "shift_jis": "cp932", "x-sjis": "cp932",
    "cp-850": "cp850",
}  # fmt: skip

_REFUSED = {
    # Not charsets of a text, quadratic, or a way to hide ASCII from filters that no client sends (HZ).
    "idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "hz", "mbcs", "oem",
}  # fmt: skip


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: the undecodable bytes as Windows-1252, its five holes as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(_WINDOWS[byte] for byte in wrong), error.end


_WINDOWS = [bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte)) for byte in range(256)]
_FALLBACK = "mailrouter-windows"
codecs.register_error(_FALLBACK, _as_windows)


def decode(content: bytes, charset: str = "") -> str:
    """`content` as text; an unknown or refused charset is read as UTF-8 with Windows-1252 for what is not."""
    codec = known(charset) or "utf-8"
    if codec == "utf-8":
        codec = _undeclared(content)
    elif codec in _LATIN and _is_utf8(content):
        codec = "utf-8"
    elif codec == "utf-16":
        codec = _utf16(content)
    text = content.decode(codec, _FALLBACK)
    # UTF-7 is the one codec that yields halves of characters.
    return text if text.isascii() or not _SURROGATES.search(text) else _SURROGATES.sub("", text)


def _is_utf8(content: bytes) -> bool:
    """Whether all of it is well-formed UTF-8 (RFC 3629), with at least one letter beyond ASCII."""
    if content.isascii():
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _utf16(content: bytes) -> str:
    """The byte order of UTF-16: by its mark, without one (RFC 2781 §4.3) by where the zeros of Latin letters stand."""
    if content.startswith(_UTF16_BOMS):
        return "utf-16"
    return "utf-16-be" if content[:1_000:2].count(0) > content[1:1_000:2].count(0) else "utf-16-le"


def is_unspecific(charset: str) -> bool:
    """Whether a label says nothing about 8-bit text, so that other signs may."""
    return known(charset) in (None, "utf-8") and charset.strip(" \t\"'").lower() not in ("utf-8", "utf8")


def _undeclared(content: bytes) -> str:
    """The codec of bytes that are said to be ASCII or UTF-8, or nothing: some give themselves away."""
    if content.startswith(_UTF16_BOMS):
        return "utf-16"
    return "iso-2022-jp" if any(escape in content for escape in _JAPANESE) else "utf-8"


def known(charset: str) -> str | None:
    """The codec for a charset as mails name it, None if there is none that we use."""
    label = charset.strip(" \t\r\n\"'<>").lower()
    label = re.sub(r"^(?:charset=|x-user-)", "", label)
    label = _ALIASES.get(label, label)
    label = re.sub(r"^windows-?(?=\d)", "cp", label)
    try:
        name = codecs.lookup(label).name
        b"\0\0\0\0".decode(label)  # codecs of other things than text refuse here
    except (LookupError, ValueError):
        return None
    return None if name in _REFUSED else label

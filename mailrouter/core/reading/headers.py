"""Header fields of a mail: from what stands on the wire to text that people can read.

Everything here takes what real senders write, also where it breaks the RFCs: RFC 5322 §2.2 (fields), RFC 2047
(encoded words), RFC 2231 (parameters). Values are raw: one character a byte, bytes above 127 as surrogate escapes.
"""

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Protocol
from unicodedata import normalize
from urllib.parse import unquote_to_bytes

from mailrouter.core.reading import charset

LONGEST_NAME = 150
"""Characters of a file name that are kept; the suffix always is."""
MOST_WORDS = 200
"""Encoded words of one field that are decoded; further ones stay as they are written."""

_NOT_PRINTED = re.compile("[\x00-\x1f\x7f-\xa0\u2028\u2029]")
_NOT_TEXT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\xa0]")
# Invisible, or turning the direction of what follows: they only serve to deceive the reader.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e01ef\ud800-\udfff]"
)
_WORD_START = re.compile(r"=\?([^\s?]{0,80})\?([BbQq])\?")
_CUT_WORD = re.compile(r"[!->@-~]*\??$")
"""The text of an encoded word at the end of a field that was cut off: no blank, no "?" but that of its lost end."""
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_NO_DIGIT = re.compile(rb"[^A-Za-z0-9+/]+")
_SEGMENT = re.compile(r'"(?:[^"\\]|\\.)*"?|;|[^;"]+|\\')
_SECTION = re.compile(r"[0-9]{1,3}")
_CHARSET = re.compile(r"([A-Za-z][\w.:-]{1,39})'(?:[\w-]{0,20}')?(?!')")
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")
_TYPE = re.compile(r"\s*([^\x00-\x20\x7f;/,=\"]{1,127}+)\s*/\s*([^\x00-\x20\x7f;/,\"]{1,127}+)")


class Part(Protocol):
    """Anything with header fields: a part of a mail."""

    def get(self, name: str, /) -> str | None:
        """The raw value of the first field of that name."""


def wire(value: str) -> bytes:
    """The bytes of a raw value, or of any other text."""
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


def text8(value: str) -> str:
    """A raw value with its 8-bit bytes read as UTF-8, or as Windows-1252 where they are not."""
    return value if value.isascii() else charset.decode(wire(value))


def unfold(value: str) -> str:
    """A raw value on one line (RFC 5322 §2.2.3)."""
    return value.replace("\r", "").replace("\n", "")


def decode(value: str) -> str:
    """A raw value as text: unfolded, its encoded words decoded (RFC 2047), also those that are broken."""
    unfolded = unfold(value)
    return "".join(_decode_words(unfolded)) if "=?" in unfolded else text8(unfolded)


def _decode_words(value: str) -> Iterator[str]:
    position = 0
    words: list[tuple[str, bytes]] = []
    for _ in range(MOST_WORDS):
        start = _WORD_START.search(value, position)
        if start is None:
            break
        end = value.find("?=", start.end())
        if end < 0 and _CUT_WORD.match(value, start.end()):
            end = len(value.removesuffix("?"))
        if end < 0:
            break
        while inner := _WORD_START.search(value, start.end(), end):
            start = inner  # the one before was never closed
        between = value[position : start.start()]
        if not words or between.strip(" \t"):
            yield from _text_of_words(words)
            yield text8(between)
            words = []
        words.append((start[1].lower().partition("*")[0], _word_bytes(start[2], value[start.end() : end])))
        position = end + 2
    yield from _text_of_words(words)
    yield text8(value[position:])


def _text_of_words(words: Iterable[tuple[str, bytes]]) -> Iterator[str]:
    """Neighbours of one charset are joined first: a character cut in two is against the RFC, and common."""
    for label, group in groupby(words, key=itemgetter(0)):
        yield charset.decode(b"".join(content for _, content in group), label)


def _word_bytes(encoding: str, text: str) -> bytes:
    content = wire(text)
    if encoding in "Bb":
        return base64_bytes(content)
    return _HEX.sub(lambda match: bytes([int(match[1], 16)]), content.replace(b"_", b" "))


def base64_bytes(content: bytes) -> bytes:
    """Decoded base64, as much of it as can be: foreign characters skipped, missing padding added."""
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        digits = _NO_DIGIT.sub(b"", content)
        digits = digits[: len(digits) - (len(digits) % 4 == 1)]
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def clean(text: str, limit: int) -> str:
    """`text` on one line, at most `limit` characters, without control, bidi and zero-width characters."""
    if not (text.isascii() and text.isprintable()):
        text = normalize("NFC", _INVISIBLE.sub("", _NOT_PRINTED.sub(" ", text)))
    return text[:limit].strip()


def clean_lines(text: str) -> str:
    """`text` with LF for every line end, and cleaned as `clean` does."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines.isascii():
        lines = normalize("NFC", _INVISIBLE.sub("", lines.replace("\u2028", "\n").replace("\u2029", "\n")))
    return _NOT_TEXT.sub(" ", lines)


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """The first word of Content-Type or Content-Disposition, lower-case, and its parameters, decoded.

    RFC 2231 continuations and charsets, encoded words inside quotes (which RFC 2047 forbids and senders write), 8-bit
    names. Of a parameter given twice the first counts.
    """
    head, *rest = _segments(unfold(value))
    if "=" in head:
        head, rest = _without_semicolon(head, rest)
    raw: dict[str, str] = {}
    for segment in rest:
        key, _, content = segment.partition("=")
        raw.setdefault(key.strip().lower(), _unquoted(content))
    return head.strip().lower(), _assembled(raw)


def _without_semicolon(head: str, rest: list[str]) -> tuple[str, list[str]]:
    """First word and parameters where the semicolon between them, or the word itself, is missing."""
    word, blank, parameter = head.strip().partition(" ")
    return (word, [parameter, *rest]) if blank and "=" not in word else ("", [head, *rest])


def _segments(value: str) -> list[str]:
    """The value split at each ";" outside quotes."""
    segments = [""]
    for match in _SEGMENT.finditer(value):
        if match[0] == ";":
            segments.append("")
        else:
            segments[-1] += match[0]
    return segments


def media_type(value: str) -> str:
    """ "type/subtype" in lower case, "" where the value does not start with one."""
    match = _TYPE.match(value)
    return f"{match[1]}/{match[2]}".lower() if match and value.isascii() else ""


def _unquoted(value: str) -> str:
    value = value.strip()
    if not value.startswith('"'):
        return value
    inner = value[1:-1] if len(value) > 1 and value.endswith('"') else value[1:]
    return re.sub(r"\\([\\\"])", r"\1", inner)


def _assembled(raw: Mapping[str, str]) -> dict[str, str]:
    """The parameters with their RFC 2231 pieces put together; an extended form wins from a plain one."""
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    found: dict[str, str] = {}
    for key, value in raw.items():
        name, star, section = key.partition("*")
        number = section.removesuffix("*")
        if star and (not number or _SECTION.fullmatch(number)):
            pieces.setdefault(name, []).append((int(number or 0), key.endswith("*"), value))
        elif key:
            found[key] = decode(value)
    return found | {name: _joined(sorted(parts)) for name, parts in pieces.items()}


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """The pieces as text; a charset in front of the first counts also where a quote or the star is missing."""
    (number, extended, first), *others = parts
    named = _CHARSET.match(first)
    label, starless = "", False
    if extended and first.startswith("''"):
        first = first[2:]
    elif named and (extended or "%" in first) and charset.known(named[1]):
        label, first, starless = named[1], first[named.end() :], not extended
    pieces = [(number, extended, first), *others]
    content = b"".join(
        unquote_to_bytes(wire(value)) if extended or starless else wire(value) for _, extended, value in pieces
    )
    text = charset.decode(content, label)
    return decode(text) if "=?" in text else text


def filename(part: Part) -> str:
    """The file name a part was given, without a path, at most 150 characters; "" if it has none."""
    for field, key in (("content-disposition", "filename"), ("content-type", "name")):
        value = part.get(field)
        if value and (name := base_name(_unescaped(parameters(value)[1].get(key, "")))):
            return name
    return ""


def _unescaped(name: str) -> str:
    """A name whose every "%" is the escape of UTF-8, as some webmail writes it, as it was meant."""
    if "%" not in name or not _ESCAPES.fullmatch(name):
        return name
    try:
        return unquote_to_bytes(name).decode("utf-8")
    except UnicodeDecodeError:
        return name


def base_name(name: str) -> str:
    """The last step of a path, on any system, clean and capped with its suffix kept."""
    path = clean(name, len(name)).rstrip("/\\")
    last = re.split(r"[/\\]", path)[-1].strip(" .")
    if len(last) <= LONGEST_NAME:
        return last
    stem, dot, suffix = last.rpartition(".")
    if not dot or len(suffix) > 10:
        return last[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(suffix) - 1] + dot + suffix

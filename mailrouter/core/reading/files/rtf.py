"""The text of a Rich Text Format file (RTF 1.9.1), in one pass and in time linear in its size."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailrouter.core.reading import charset
from mailrouter.core.reading.files.page import ENOUGH
from mailrouter.core.reading.files.reasons import BROKEN, Unreadable

START = b"{\\rtf"
_MOST_TOKENS = 1_000_000
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|([^\\{}]+)|\\'?", re.DOTALL
)
# Groups whose words are no text of the document. What a program need not know about is marked \* besides.
_SKIPPED = {
    b"annotation", b"author", b"bkmkend", b"bkmkstart", b"buptim", b"colortbl", b"comment", b"company", b"creatim",
    b"doccomm", b"filetbl", b"fldinst", b"footer", b"footerf", b"footerl", b"footerr", b"footnote", b"header",
    b"headerf", b"headerl", b"headerr", b"info", b"keywords", b"listoverridetable", b"listtable", b"nonshppict",
    b"object", b"operator", b"pict", b"printim", b"private", b"revtbl", b"revtim", b"rxe", b"stylesheet", b"subject",
    b"tc", b"title", b"txe", b"xe",
}  # fmt: skip
_SHOWN = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"nestrow": "\n", b"cell": " | ",
    b"nestcell": " | ", b"tab": " ", b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": " ", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n"}
_CHARSETS = {b"mac": "macintosh", b"pc": "cp437", b"pca": "cp850"}
_FONT_CHARSETS = {
    77: "macintosh", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip


def text_of(content: bytes) -> str:
    """The text of a file, as far as there is enough; Unreadable if it is no RTF."""
    start = content.find(START, 0, 1_024)
    if start < 0:
        raise Unreadable(BROKEN)
    reader = _Reader()
    for count, token in enumerate(_tokens(content, start)):
        reader.take(token)
        if count > _MOST_TOKENS or reader.length > ENOUGH or not reader.open_groups:
            break
    return "\n".join(line.rstrip(" |") for line in reader.text().split("\n")).strip("\n")


def _tokens(content: bytes, position: int) -> Iterator[re.Match[bytes]]:
    """The tokens from `position` on; the binary data after \\bin is none."""
    while match := _TOKEN.match(content, position):
        position = match.end()
        if match[1] == b"bin" and match[2]:
            position += max(0, int(match[2]))
        yield match


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds inside a pair of braces."""

    skipped: bool = False
    hidden: bool = False
    fonts: bool = False
    """It is the font table."""
    font: int = -1
    after_unicode: int = 1
    """Characters that follow a \\u, for programs that cannot show it."""


class _Reader:
    """Takes the tokens one by one."""

    def __init__(self) -> None:
        self.length = 0
        self.open_groups: list[_Group] = []
        self._group = _Group()
        self._default = "cp1252"
        self._charsets: dict[int, str] = {}
        self._text: list[str] = []
        self._bytes = bytearray()
        self._skip = 0

    def take(self, token: re.Match[bytes]) -> None:
        """The next token."""
        word, number, octet, symbol, brace, run = token.groups()
        if run:
            self._add(run.replace(b"\r", b"").replace(b"\n", b""))
        elif octet:
            self._add(bytes([int(octet, 16)]))
        elif brace:
            self._brace(brace)
        elif symbol == b"*":
            self._become(replace(self._group, skipped=True))
        elif symbol:
            self._show(_SYMBOLS.get(symbol, ""))
        elif word:
            self._word(word, int(number) if number else None)

    def text(self) -> str:
        """All text so far; halves of a character put together."""
        self._flush()
        return "".join(self._text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _brace(self, brace: bytes) -> None:
        self._skip = 0
        self._flush()
        if brace == b"{":
            self.open_groups.append(self._group)
        elif self.open_groups:
            self._group = self.open_groups.pop()

    def _word(self, word: bytes, number: int | None) -> None:
        if word in _SKIPPED:
            self._become(replace(self._group, skipped=True))
        elif word == b"fonttbl":
            self._become(replace(self._group, skipped=True, fonts=True))
        elif word in _SHOWN:
            self._show(_SHOWN[word])
        elif word == b"u" and number is not None:
            self._show(chr(number % 0x10000))
            self._skip = self._group.after_unicode
        elif word == b"uc":
            self._become(replace(self._group, after_unicode=max(0, 1 if number is None else number)))
        elif word in (b"v", b"deleted", b"htmlrtf"):
            self._become(replace(self._group, hidden=number != 0))
        elif word == b"plain":
            self._become(replace(self._group, hidden=False))
        else:
            self._charset_word(word, number)

    def _charset_word(self, word: bytes, number: int | None) -> None:
        if word in _CHARSETS:
            self._default = _CHARSETS[word]
        if number is None:
            return
        if word == b"ansicpg":
            self._default = "utf-8" if number == 65001 else f"cp{number}"
        elif word == b"f":
            self._become(replace(self._group, font=number))
        elif word == b"fcharset" and self._group.fonts and number in _FONT_CHARSETS:
            self._charsets[self._group.font] = _FONT_CHARSETS[number]

    def _become(self, group: _Group) -> None:
        self._flush()
        self._group = group

    def _add(self, content: bytes) -> None:
        """Characters of the text, in the charset of the font."""
        if self._skip:
            skipped = min(self._skip, len(content))
            self._skip -= skipped
            content = content[skipped:]
        if content and not (self._group.skipped or self._group.hidden):
            self._bytes += content
            self.length += len(content)

    def _show(self, text: str) -> None:
        self._skip = 0
        self._flush()
        if text and not (self._group.skipped or self._group.hidden):
            self._text.append(text)
            self.length += len(text)

    def _flush(self) -> None:
        if self._bytes:
            label = self._charsets.get(self._group.font, self._default)
            self._text.append(charset.decode(bytes(self._bytes), label))
            self._bytes.clear()

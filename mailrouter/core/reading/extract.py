"""Text from attachments, for the reader of a summary and the evidence of a kind.

Only ever called in the cage: a hostile file may take all the time and memory there is. Reading stops when there is
enough, also when files lie in files. The libraries load when the first file of their kind comes by.
"""

import codecs
from collections.abc import Callable, Iterator

from mailrouter.core.reading import charset, headers
from mailrouter.core.reading.files import calendar, docx, message, msg, odt, pdf, rtf, tnef
from mailrouter.core.reading.files.forms import SILENT, form
from mailrouter.core.reading.files.message import File, Message
from mailrouter.core.reading.files.page import ENOUGH
from mailrouter.core.reading.files.reasons import EMPTY, EMPTY_FILE, TOO_DEEP, TOO_MANY, UNKNOWN, Unreadable

_DEEPEST = 3
"""Messages inside each other that are opened."""
_MOST_FILES = 50
"""Files in messages that are opened, of one attachment."""
_LARGEST_HTML = 1_000_000


def read_text(name: str, type: str, content: bytes, recognises: pdf.RecognisesText | None = None) -> tuple[str, str]:
    """The readable text of a file (clean, LF, at most `ENOUGH` characters) and what there is to say about it, in Dutch.

    Without text: why there is none. With text: what of the file was not read. Both are empty for files that hold no
    text by nature, such as pictures. Only MemoryError gets out. `recognises`: reads scans, where that can be done.
    """
    return _Opening(recognises).text_of(File(name, type, content), 0)


def pages_of(name: str, type: str, content: bytes) -> int:
    """How many pages a document has; 0 where that is not known. Only MemoryError gets out."""
    try:
        count = _PAGES.get(form(name, type, content))
        return count(content) if count else 0
    except Unreadable:
        return 0


class _Opening:
    """Opens one attachment, and the files in it."""

    def __init__(self, recognises: pdf.RecognisesText | None) -> None:
        self.recognises = recognises
        self.files = 0
        self.characters = 0

    def text_of(self, file: File, depth: int) -> tuple[str, str]:
        """The text of a file, and what there is to say about it."""
        if not file.content:
            return "", EMPTY_FILE
        try:
            found = form(file.name, file.type, file.content)
            if found == SILENT:
                return "", ""
            if found in _MESSAGES and depth >= _DEEPEST:
                return "", TOO_DEEP
            text, note = self.read(found, file.content, depth)
        except Unreadable as why:
            return "", str(why)
        text = headers.clean_lines(text[:ENOUGH])[:ENOUGH].strip("\n ")
        return text, note or ("" if text else EMPTY)

    def read(self, found: str, content: bytes, depth: int) -> tuple[str, str]:
        """The text of a file of that form, as it comes."""
        if found == "pdf":
            return pdf.text_of(content, self.recognises)
        if found in _MESSAGES:
            return "\n".join(self.lines_of(_MESSAGES[found](content), depth)), ""
        return _TEXTS[found](content), ""

    def lines_of(self, inner: Message, depth: int) -> Iterator[str]:
        """A message: subject and sender, its text, and the files attached to it, until there is enough."""
        yield headers.clean(inner.subject, 1_000)
        if sender := headers.clean(inner.sender, 200):
            yield f"Van: {sender}"
        yield f"\n{inner.text.strip()}"
        self.characters += len(inner.text)
        for file in inner.files:
            if self.characters > ENOUGH:
                return
            self.files += 1
            if self.files > _MOST_FILES:
                yield f"\n({TOO_MANY})"
                return
            yield from self.lines_of_file(file, depth + 1)

    def lines_of_file(self, file: File | Message, depth: int) -> Iterator[str]:
        """A file in a message, under its name."""
        if isinstance(file, Message):
            yield "\nBijlage: bericht"
            yield from self.lines_of(file, depth) if depth < _DEEPEST else [f"({TOO_DEEP})"]
            return
        text, note = self.text_of(file, depth)
        self.characters += len(text)
        yield f"\nBijlage: {headers.base_name(file.name) or 'zonder naam'}" + (f" ({note})" if note else "")
        if text:
            yield text


def _html(content: bytes) -> str:
    from mailrouter.core.reading import body, html_text

    return html_text.text_of(body.html_source(content[:_LARGEST_HTML], ""))


def _plain(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content[: 4 * ENOUGH].decode("utf-16", "replace")
    if b"\0" in content[:1_000]:
        raise Unreadable(UNKNOWN)
    return charset.decode(content[: 4 * ENOUGH].removeprefix(codecs.BOM_UTF8))


_TEXTS: dict[str, Callable[[bytes], str]] = {
    "docx": docx.text_of,
    "odt": odt.text_of,
    "rtf": rtf.text_of,
    "html": _html,
    "text": _plain,
    "calendar": calendar.text_of,
}
_PAGES: dict[str, Callable[[bytes], int]] = {"pdf": pdf.pages_of, "docx": docx.pages_of}
_MESSAGES: dict[str, Callable[[bytes], Message]] = {
    "mail": message.message_of,
    "msg": msg.message_of,
    "tnef": tnef.message_of,
}

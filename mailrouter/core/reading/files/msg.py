"""Compound files (MS-CFB): which program wrote them, and the Outlook message (MS-OXMSG) in a .msg."""

import io
from collections.abc import Iterator
from typing import Any

from mailrouter.core.reading import charset
from mailrouter.core.reading.files import mapi
from mailrouter.core.reading.files.message import File, Message
from mailrouter.core.reading.files.reasons import BROKEN, Unreadable, foreign

START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DEEPEST = 3
_MOST_FILES = 50
_PROPERTIES = "__properties_version1.0"
_STREAM = "__substg1.0_"
_ATTACHMENT = "__attach_version1.0_"
_EMBEDDED = f"{_STREAM}{mapi.ATTACHED:04X}{mapi.OBJECT:04X}"
_STREAMS_FORMS = {
    _PROPERTIES: "msg",
    "EncryptedPackage": "protected",
    "WordDocument": "doc",
    "Workbook": "xls",
    "Book": "xls",
    "PowerPoint Document": "ppt",
}
_HEADERS = {"message": 32, "embedded": 24, "attachment": 8}
"""Octets before the first property (MS-OXMSG §2.4.1)."""
_MESSAGE_TEXT = (
    mapi.SUBJECT, mapi.BODY, mapi.SENDER_NAME, mapi.SENDER_ADDRESS, mapi.SENDER_SMTP, mapi.AUTHOR_NAME,
    mapi.AUTHOR_SMTP, mapi.HTML,
)  # fmt: skip
_ATTACHMENT_TEXT = (mapi.LONG_NAME, mapi.SHORT_NAME, mapi.DISPLAY_NAME, mapi.MEDIA_TYPE)


def form(content: bytes) -> str:
    """ "msg", "doc", "xls", "ppt" or "protected"; "" for anything else, Unreadable if it is broken."""
    with foreign():
        names = {path[0] for path in _opened(content).listdir() if len(path) == 1}
    return next((found for name, found in _STREAMS_FORMS.items() if name in names), "")


def message_of(content: bytes) -> Message:
    """The message in a .msg file; Unreadable if it is broken."""
    with foreign():
        file = _opened(content)
        paths = {tuple(path) for path in file.listdir(streams=True, storages=True)}
    return _Reader(file, paths, 2 * len(content)).message((), 0)


def _opened(content: bytes) -> Any:
    """The compound file; its tables, as its header counts them, must fit into it."""
    import olefile

    sector = 4096 if content[30:31] == b"\x0c" else 512
    sectors = len(content) // sector
    tables, directory_tables = mapi.integer(content[44:48]), mapi.integer(content[72:76])
    if tables > sectors * 4 // sector + 110 or directory_tables > sectors or mapi.integer(content[64:68]) > sectors:
        raise Unreadable(BROKEN)
    return olefile.OleFileIO(io.BytesIO(content))


class _Reader:
    """Reads messages out of one file, `left` octets of it at most."""

    def __init__(self, file: Any, paths: set[tuple[str, ...]], left: int) -> None:
        self.file = file
        self.paths = paths
        self.left = left

    def message(self, at: tuple[str, ...], depth: int) -> Message:
        """The message in a storage; () is that of the file itself."""
        numbers = self.numbers(at, "embedded" if at else "message")
        label = mapi.charset_of(numbers.get(mapi.MESSAGE_CODEPAGE, 1252))
        values: dict[int, mapi.Value] = {**numbers, **self.texts(at, _MESSAGE_TEXT, label)}
        for number in (mapi.HTML, mapi.RTF):
            if value := self.stream(at, number, mapi.BINARY):
                values[number] = value
        return mapi.message_of(values, tuple(self.attached(at, depth, label)))

    def attached(self, at: tuple[str, ...], depth: int, label: str) -> Iterator[File | Message]:
        """What is attached to the message in a storage."""
        storages = sorted(path for path in self.paths if path[:-1] == at and path[-1].startswith(_ATTACHMENT))
        for storage in storages[:_MOST_FILES]:
            if (*storage, _EMBEDDED) in self.paths and depth < _DEEPEST:
                yield self.message((*storage, _EMBEDDED), depth + 1)
            else:
                content = self.stream(storage, mapi.ATTACHED, mapi.BINARY)
                yield mapi.file_of({**self.texts(storage, _ATTACHMENT_TEXT, label), mapi.ATTACHED: content})

    def texts(self, at: tuple[str, ...], numbers: tuple[int, ...], label: str) -> dict[int, mapi.Value]:
        """Those of the properties that are there as text."""
        found: dict[int, mapi.Value] = {}
        for number in numbers:
            if value := self.stream(at, number, mapi.UNICODE):
                found[number] = value.decode("utf-16-le", "replace")
            elif value := self.stream(at, number, mapi.STRING8):
                found[number] = charset.decode(value, label)
        return found

    def numbers(self, at: tuple[str, ...], kind: str) -> dict[int, int]:
        """The properties that are whole numbers."""
        content = self.read((*at, _PROPERTIES))[_HEADERS[kind] :]
        entries = (content[start : start + 16] for start in range(0, len(content) - 15, 16))
        return {
            mapi.integer(entry) >> 16: mapi.integer(entry[8:12])
            for entry in entries
            if mapi.integer(entry) & 0xFFFF == mapi.INTEGER
        }

    def stream(self, at: tuple[str, ...], number: int, type_: int) -> bytes:
        """The stream of a property; empty if there is none."""
        return self.read((*at, f"{_STREAM}{number:04X}{type_:04X}"))

    def read(self, path: tuple[str, ...]) -> bytes:
        """A stream, empty if there is none; BROKEN when more was asked for than the file can hold."""
        if path not in self.paths:
            return b""
        with foreign():
            content: bytes = self.file.openstream(list(path)).read()
        self.left -= len(content)
        if self.left < 0:
            raise Unreadable(BROKEN)
        return content

"""The message in a winmail.dat (Transport Neutral Encapsulation Format, MS-OXTNEF).

Attributes, some of which hold the properties that Outlook itself works with. What is cut off gives what came before.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailrouter.core.reading import charset
from mailrouter.core.reading.files import mapi
from mailrouter.core.reading.files.message import File, Message
from mailrouter.core.reading.files.reasons import BROKEN, Unreadable

START = b"\x78\x9f\x3e\x22"
_MOST_ATTRIBUTES = 10_000
_MOST_PROPERTIES = 10_000
_MOST_FILES = 50
_SUBJECT, _BODY, _MESSAGE_PROPERTIES, _CODEPAGE = 0x18004, 0x2800C, 0x69003, 0x69007
_FILE_BEGINS, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = 0x69002, 0x18010, 0x6800F, 0x69005
_SIZES = {
    0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16,
}  # fmt: skip
"""Octets of the types of fixed size, padding included."""
_SIZED = (mapi.STRING8, mapi.UNICODE, mapi.OBJECT, mapi.BINARY)
_MULTIPLE = 0x1000
_NAMED = 0x8000
_INTERFACE = 16
"""Octets before an embedded object that tell its interface."""


class _CutOffError(Exception):
    """There is less than was announced."""


@dataclass
class _File:
    """An attachment as it is being read."""

    title: str = ""
    content: bytes = b""
    properties: dict[int, mapi.Value] = field(default_factory=dict)

    def finished(self) -> File:
        """The file; the properties are believed first."""
        file = mapi.file_of({mapi.SHORT_NAME: self.title, mapi.ATTACHED: self.content, **self.properties})
        return file if file.content else File(file.name, file.type, self.content)


def message_of(content: bytes) -> Message:
    """The message in the file; Unreadable if nothing of it can be read."""
    label, plain, found = "cp1252", dict[int, mapi.Value](), dict[int, mapi.Value]()
    files: list[_File] = []
    for attribute, value in _attributes(content):
        if attribute == _CODEPAGE:
            label = mapi.charset_of(mapi.integer(value))
        elif attribute in (_SUBJECT, _BODY):
            plain[mapi.SUBJECT if attribute == _SUBJECT else mapi.BODY] = charset.decode(value, label)
        elif attribute == _MESSAGE_PROPERTIES:
            found |= _properties(value, label)
        elif attribute == _FILE_BEGINS and len(files) < _MOST_FILES:
            files.append(_File())
        elif files:
            _take(files[-1], attribute, value, label)
    if not (plain or found or files):
        raise Unreadable(BROKEN)
    return mapi.message_of(plain | found, tuple(file.finished() for file in files))


def _take(file: _File, attribute: int, value: bytes, label: str) -> None:
    if attribute == _FILE_TITLE:
        file.title = charset.decode(value, label)
    elif attribute == _FILE_DATA:
        file.content = value
    elif attribute == _FILE_PROPERTIES:
        file.properties |= _properties(value, label)


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, value) of each attribute that is there whole; their checksums are not looked at (§2.1.3.1)."""
    cursor = _Cursor(content, len(START) + 2)
    try:
        for _ in range(_MOST_ATTRIBUTES):
            cursor.take(1)
            attribute, size = cursor.integer(), cursor.integer()
            yield attribute, cursor.take(size)
            cursor.take(2)
    except _CutOffError:
        return


def _properties(content: bytes, label: str) -> dict[int, mapi.Value]:
    """The properties in an attribute (§2.1.3.4), those with a name of their own left out."""
    cursor = _Cursor(content)
    found: dict[int, mapi.Value] = {}
    try:
        for _ in range(min(cursor.integer(), _MOST_PROPERTIES)):
            type_, number = struct.unpack("<HH", cursor.take(4))
            if number >= _NAMED:
                _skip_name(cursor)
            values = _values(cursor, type_)
            if number < _NAMED and len(values) == 1 and not type_ & _MULTIPLE:
                found[number] = _decoded(values[0], type_, label)
    except _CutOffError:
        pass
    return found


def _skip_name(cursor: "_Cursor") -> None:
    cursor.take(16)
    if cursor.integer():
        cursor.take_padded(cursor.integer())
    else:
        cursor.take(4)


def _values(cursor: "_Cursor", type_: int) -> list[bytes]:
    """The values of a property, one unless its type says that there are several."""
    base = type_ & ~_MULTIPLE
    several = base != type_ or base in _SIZED
    count = cursor.integer() if several else 1
    if base in _SIZED:
        return [cursor.take_padded(cursor.integer()) for _ in range(min(count, _MOST_PROPERTIES))]
    if base not in _SIZES:
        raise _CutOffError
    return [cursor.take(count * _SIZES[base])]


def _decoded(value: bytes, type_: int, label: str) -> mapi.Value:
    if type_ == mapi.UNICODE:
        return value.decode("utf-16-le", "replace")
    if type_ == mapi.STRING8:
        return charset.decode(value.rstrip(b"\0"), label)
    if type_ == mapi.INTEGER:
        return mapi.integer(value)
    return value[_INTERFACE:] if type_ == mapi.OBJECT else value


class _Cursor:
    """Reads from the front; _CutOffError when there is not enough left."""

    def __init__(self, content: bytes, position: int = 0) -> None:
        self._content = content
        self._position = position

    def take(self, size: int) -> bytes:
        """The next octets."""
        if size > len(self._content) - self._position:
            raise _CutOffError
        self._position += size
        return self._content[self._position - size : self._position]

    def take_padded(self, size: int) -> bytes:
        """The next octets, and then up to a multiple of four."""
        value = self.take(size)
        self._position = min(len(self._content), self._position + -size % 4)
        return value

    def integer(self) -> int:
        """The next four octets as a number."""
        return mapi.integer(self.take(4))

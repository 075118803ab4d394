"""The zip files that office documents are: opened within bounds, and their XML read as a stream.

Without entities, and no further than there is text to be had: so neither a zip bomb nor an entity bomb gets anywhere.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol
from xml.parsers import expat

from mailrouter.core.reading.files.page import EnoughError
from mailrouter.core.reading.files.reasons import BROKEN, PROTECTED, Unreadable

MOST_BYTES = 30_000_000
"""Bytes of one member that are unpacked."""
_MOST_TAGS = 1_000_000
_MOST_DIRECTORY = 1_000_000
"""Bytes of the list of members: some ten thousand of them."""
_CHUNK = 1 << 20  # expat reads a tag that is not complete yet anew with every chunk
_END = b"PK\x05\x06"
_END64 = b"PK\x06\x07"
_LONGEST_COMMENT = 1 << 16
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others are unpacked without a bound on what comes out
_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    KeyError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    OverflowError,
)
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_OPEN_FORMS = {b"text": "odt", b"spreadsheet": "ods", b"presentation": "odp"}
_OFFICE_MEMBERS = {
    "word/document.xml": "docx",
    "word/document2.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "xl/workbook.bin": "xlsx",
    "ppt/presentation.xml": "pptx",
}


class Handler(Protocol):
    """Takes an XML document piece by piece; element names come without prefix."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def data(self, text: str) -> None: ...


@contextmanager
def opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive; Unreadable, also out of the block, for all that can be wrong with it or is locked."""
    if _directory_size(content) > _MOST_DIRECTORY:
        raise Unreadable(BROKEN)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(member.flag_bits & 1 for member in archive.infolist()):
                raise Unreadable(PROTECTED)
            yield archive
    except _ERRORS as error:
        raise Unreadable(BROKEN) from error


def _directory_size(content: bytes) -> int:
    """Octets of the central directory, at most (APPNOTE.TXT §4.3.16); more if there is none."""
    end = content.rfind(_END, max(0, len(content) - _LONGEST_COMMENT - 22))
    if end < 0 or len(content) - end < 22:
        raise Unreadable(BROKEN)
    if content[max(0, end - 20) : end].startswith(_END64):
        return len(content)
    return int.from_bytes(content[end + 12 : end + 16], "little")


def form(content: bytes) -> str:
    """ "docx", "odt", "xlsx" …, or "zip" for any other archive; Unreadable if it is broken or locked."""
    with opened(content) as archive:
        names = set(archive.namelist())
        kind = read(archive, "mimetype", 100) if "mimetype" in names else b""
    if kind.startswith(_OPEN_DOCUMENT):
        kind = kind.removeprefix(_OPEN_DOCUMENT).strip().removesuffix(b"-template")
        return _OPEN_FORMS.get(kind, "office")
    return next((found for member, found in _OFFICE_MEMBERS.items() if member in names), "zip")


def read(archive: zipfile.ZipFile, member: str, most: int = MOST_BYTES) -> bytes:
    """The first bytes of a member; to be called inside `opened`."""
    if archive.getinfo(member).compress_type not in _METHODS:
        raise Unreadable(BROKEN)
    with archive.open(member) as stream:
        return stream.read(most)


def parse(archive: zipfile.ZipFile, member: str, handler: Handler) -> None:
    """Feed an XML member to the handler until its end, or until there is enough; to be called inside `opened`."""
    if archive.getinfo(member).compress_type not in _METHODS:
        raise Unreadable(BROKEN)
    tags = 0

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal tags
        tags += 1
        if tags > _MOST_TAGS:
            raise EnoughError
        handler.start(_local(name), attributes)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: handler.end(_local(name))
    parser.CharacterDataHandler = handler.data
    _feed(archive, member, parser)


def _feed(archive: zipfile.ZipFile, member: str, parser: expat.XMLParserType) -> None:
    left = MOST_BYTES
    with archive.open(member) as stream:
        try:
            while left > 0 and (chunk := stream.read(_CHUNK)):
                parser.Parse(chunk, False)
                left -= len(chunk)
        except EnoughError:
            return


def _refuse_doctype(*_: object) -> None:
    """Office programs write none, and without one there are no entities."""
    raise Unreadable(BROKEN)


def _local(name: str) -> str:
    return name.rpartition(":")[2]

"""The text of a Word document (ECMA-376), paragraph by paragraph, with the numbers Word shows before them.

Read as a stream and without entities, so that neither a zip bomb nor an entity bomb gets anywhere; only the text is
looked at. Agenda items are numbered by Word itself more often than by hand: without those numbers an agenda is a heap
of lines.
"""

import html
import io
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

_MOST_BYTES = 30_000_000
"""Bytes of one XML part that are unpacked."""
_CHUNK = 65_536
_NUMBERING_TAG = re.compile(
    r"<w:(abstractNum|lvl|start|numFmt|lvlText|num|abstractNumId|style|numId|ilvl)(?=[\s/>])([^<>]{0,2000})>"
)
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_OPEN_ERRORS = (
    zipfile.BadZipFile,
    KeyError,
    NotImplementedError,  # zipfile raises it for a compression that it does not know
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    zlib.error,
)


class DocxError(ValueError):
    """The file is no Word document that can be read."""


class _EnoughError(Exception):
    """There is enough text."""


@dataclass(slots=True)
class _Level:
    """How one level of a list is numbered."""

    form: str = "decimal"
    label: str = "%1."
    start: int = 1


@dataclass(slots=True)
class _Numbering:
    """The lists of a document: list id → level → form; and the styles that number their paragraphs."""

    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    abstract: dict[str, dict[int, _Level]] = field(default_factory=dict)
    styles: dict[str, tuple[str, int]] = field(default_factory=dict)


def text_of(content: bytes, enough: int) -> str:
    """The text of a document, at least `enough` characters if it has them; DocxError if it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            numbering = _numbering(archive)
            page = _Page(numbering, enough)
            _parse(archive, "word/document.xml", page.start, page.end, page.data)
    except (*_OPEN_ERRORS, expat.ExpatError) as error:
        raise DocxError(str(error)) from error
    return page.text()


def _parse(
    archive: zipfile.ZipFile,
    member: str,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None] | None = None,
) -> None:
    """Feed an XML part to the handlers; names come without prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    parser.EndElementHandler = lambda name: end(_local(name))
    parser.CharacterDataHandler = data
    left = _MOST_BYTES
    with archive.open(member) as stream:
        try:
            while left > 0 and (chunk := stream.read(_CHUNK)):
                parser.Parse(chunk, False)
                left -= len(chunk)
        except _EnoughError:
            return


def _refuse_doctype(*_: object) -> None:
    raise DocxError("a Word document has no document type declaration")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _value(attributes: Mapping[str, str], name: str = "val") -> str:
    return attributes.get("w:" + name, "")


def _number(text: str, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise


def _numbering(archive: zipfile.ZipFile) -> _Numbering:
    """The lists and numbering styles, as far as the document has them."""
    numbering = _Numbering()
    for member, take in (
        ("word/numbering.xml", _Lists(numbering).start),
        ("word/styles.xml", _Styles(numbering).start),
    ):
        if member in archive.namelist():
            for name, attributes in _numbering_tags(archive, member):
                take(name, attributes)
    return numbering


def _numbering_tags(archive: zipfile.ZipFile, member: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The start tags that say how lists are numbered.

    Word ships thousands of elements in these parts and a handful that matter: looking for those costs a tenth of
    parsing all.
    """
    with archive.open(member) as stream:
        xml = stream.read(_MOST_BYTES).decode("utf-8", "replace")
    for tag in _NUMBERING_TAG.finditer(xml):
        yield tag[1], {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(tag[2])}


class _Lists:
    """Reads numbering.xml (ECMA-376 part 1, §17.9)."""

    def __init__(self, numbering: _Numbering) -> None:
        self.numbering = numbering
        self.levels: dict[int, _Level] = {}
        self.level = _Level()
        self.list = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        value = _value(attributes)
        if name == "abstractNum":
            self.levels = self.numbering.abstract.setdefault(_value(attributes, "abstractNumId"), {})
        elif name == "lvl":
            self.level = self.levels.setdefault(_number(_value(attributes, "ilvl")), _Level())
        elif name == "start":
            self.level.start = _number(value, 1)
        elif name == "numFmt":
            self.level.form = value
        elif name == "lvlText":
            self.level.label = value
        elif name == "num":
            self.list = _value(attributes, "numId")
            self.levels, self.level = {}, _Level()
        elif name == "abstractNumId":
            self.numbering.levels[self.list] = self.numbering.abstract.get(value, {})


class _Styles:
    """Reads from styles.xml which paragraph styles are numbered."""

    def __init__(self, numbering: _Numbering) -> None:
        self.styles = numbering.styles
        self.style = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if name == "style":
            self.style = _value(attributes, "styleId")
        elif name in ("numId", "ilvl"):
            list_id, level = self.styles.get(self.style, ("", 0))
            value = _value(attributes)
            self.styles[self.style] = (value, level) if name == "numId" else (list_id, _number(value))


class _Page:
    """Reads document.xml: its paragraphs as lines, table rows as "a | b"."""

    def __init__(self, numbering: _Numbering, enough: int) -> None:
        self.numbering = numbering
        self.enough = enough
        self.lines: list[str] = []
        self.length = 0
        self.paragraph: list[str] = []
        self.cells: list[list[str]] = []
        self.in_text = self.in_run = self.skipped = 0
        self.list: str | None = None
        self.level: int | None = None
        self.style = ""
        self.counters: dict[str, dict[int, int]] = defaultdict(dict)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if name == "Fallback":  # an older drawing of the same text
            self.skipped += 1
        elif name == "t":
            self.in_text += 1
        elif name == "r":
            self.in_run += 1
        elif name in ("tab", "br", "cr") and self.in_run:
            self.paragraph.append(" " if name == "tab" else "\n")
        elif name == "tr":
            self.cells.append([])
        elif name == "tc" and self.cells:
            self.cells[-1].append("")
        elif name == "pStyle":
            self.style = _value(attributes)
        elif name == "numId":
            self.list = _value(attributes)
        elif name == "ilvl":
            self.level = _number(_value(attributes))

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "Fallback":
            self.skipped -= 1
        elif name == "t":
            self.in_text -= 1
        elif name == "r":
            self.in_run -= 1
        elif name == "p":
            self._end_paragraph()
        elif name == "tr" and self.cells:
            row = " | ".join(cell for cell in self.cells.pop() if cell)
            self._write(row)

    def data(self, text: str) -> None:
        """Characters of the text."""
        if self.in_text and not self.skipped:
            self.paragraph.append(text)
            self._count(len(text))

    def text(self) -> str:
        """All lines, that of a paragraph not yet ended included."""
        return "\n".join([*self.lines, "".join(self.paragraph)]).rstrip("\n")

    def _end_paragraph(self) -> None:
        text = "".join(self.paragraph).strip()
        label = self._label() if text else ""
        self.paragraph, self.list, self.level, self.style = [], None, None, ""
        self._write(label + text)

    def _write(self, text: str) -> None:
        """A line on the page, or in the cell that is open."""
        if self.cells and self.cells[-1]:
            cell = self.cells[-1][-1]
            self.cells[-1][-1] = f"{cell} {text}" if cell and text else cell or text
            return
        self.lines.append(text)
        self._count(1)

    def _count(self, characters: int) -> None:
        self.length += characters
        if self.length > self.enough:
            raise _EnoughError

    def _label(self) -> str:
        """The number or bullet that Word shows before the paragraph, and a blank."""
        style_list, style_level = self.numbering.styles.get(self.style, ("", 0))
        list_id = style_list if self.list is None else self.list
        number = style_level if self.level is None else self.level
        levels = self.numbering.levels.get(list_id)
        level = levels.get(number) if levels else None
        if levels is None or level is None or level.form == "none":
            return ""
        if level.form == "bullet":
            return "- "
        counters = self.counters[list_id]
        counters[number] = counters.get(number, level.start - 1) + 1
        for deeper in [other for other in counters if other > number]:
            del counters[deeper]
        label = level.label
        for other, form in levels.items():
            label = label.replace(f"%{other + 1}", _shown(counters.get(other, form.start), form.form))
        return f"{label} " if label else ""


def _shown(number: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter") and 1 <= number <= 26:
        return chr((96 if form == "lowerLetter" else 64) + number)
    return str(number)

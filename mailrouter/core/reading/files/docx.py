"""The text of a Word document (ECMA-376), paragraph by paragraph, with the numbers Word shows before them.

Agenda items are numbered by Word itself more often than by hand: without those numbers an agenda is a heap of lines.
"""

import html
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailrouter.core.reading.files import zipped
from mailrouter.core.reading.files.page import Page, letter

_MAIN = ("word/document.xml", "word/document2.xml")
_PROPERTIES = "docProps/app.xml"
_MOST_PROPERTIES = 64 * 1024
_PAGES = re.compile(rb"<Pages>(\d{1,5})</Pages>")
_NUMBERING_TAG = re.compile(
    r"<w:(abstractNum|lvl|start|numFmt|lvlText|num|abstractNumId|style|numId|ilvl)(?=[\s/>])([^<>]{0,2000})>"
)
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_LEVELS = 9
"""Levels of a list (ECMA-376 part 1, §17.9.3)."""
_LONGEST_LABEL = 50
_MOST_NUMBERING = 5_000_000
"""Bytes of the parts that say how lists are numbered."""


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


def text_of(content: bytes) -> str:
    """The text of a document, as far as there is enough; Unreadable if it cannot be read."""
    with zipped.opened(content) as archive:
        document = _Document(_numbering(archive))
        names = archive.namelist()
        zipped.parse(archive, next((name for name in _MAIN if name in names), _MAIN[0]), document)
    return document.page.text()


def pages_of(content: bytes) -> int:
    """How many pages the program that wrote it counted (ECMA-376 part 1, §22.2.2.19); 0 if it does not tell."""
    with zipped.opened(content) as archive:
        if _PROPERTIES not in archive.namelist():
            return 0
        counted = _PAGES.search(zipped.read(archive, _PROPERTIES, _MOST_PROPERTIES))
    return int(counted[1]) if counted else 0


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
    xml = zipped.read(archive, member, _MOST_NUMBERING).decode("utf-8", "replace")
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
            self.level = _Level()
            number = _number(_value(attributes, "ilvl"))
            if number < _LEVELS:
                self.level = self.levels.setdefault(number, self.level)
        elif name == "start":
            self.level.start = _number(value, 1)
        elif name == "numFmt":
            self.level.form = value
        elif name == "lvlText":
            self.level.label = value[:_LONGEST_LABEL]
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


class _Document:
    """Reads document.xml onto a page."""

    def __init__(self, numbering: _Numbering) -> None:
        self.numbering = numbering
        self.page = Page()
        self.in_text = self.in_run = self.skipped = 0
        self.hidden = False
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
            self.hidden = False
        elif name == "vanish" and self.in_run:
            self.hidden = _value(attributes) not in ("0", "false", "off")
        elif name in ("tab", "br", "cr") and self.in_run:
            self.page.add(" " if name == "tab" else "\n")
        elif name == "tr":
            self.page.begin_row()
        elif name == "tc":
            self.page.begin_cell()
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
            self.hidden = False
        elif name == "p":
            self.page.end_paragraph(self._label() if self.page.has_text() else "")
            self.list, self.level, self.style = None, None, ""
        elif name == "tr":
            self.page.end_row()

    def data(self, text: str) -> None:
        """Characters of the text, without those that Word hides (§17.3.2.41)."""
        if self.in_text and not self.skipped and not self.hidden:
            self.page.add(text)

    def _label(self) -> str:
        """The number or bullet that Word shows before the paragraph."""
        style_list, style_level = self.numbering.styles.get(self.style, ("", 0))
        list_id = style_list if self.list is None else self.list
        number = style_level if self.level is None else self.level
        levels = self.numbering.levels.get(list_id)
        level = levels.get(number) if levels else None
        if levels is None or level is None or level.form == "none":
            return ""
        if level.form == "bullet":
            return "-"
        counters = self.counters[list_id]
        counters[number] = counters.get(number, level.start - 1) + 1
        for deeper in [other for other in counters if other > number]:
            del counters[deeper]
        label = level.label
        for other, form in levels.items():
            label = label.replace(f"%{other + 1}", _shown(counters.get(other, form.start), form.form))
        return label


def _shown(number: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter"):
        return letter(number, "a" if form == "lowerLetter" else "A")
    return str(number)

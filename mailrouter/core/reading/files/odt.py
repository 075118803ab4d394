"""The text of an OpenDocument text (OASIS ODF 1.3), paragraph by paragraph, with the numbers of its lists."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from mailrouter.core.reading.files import zipped
from mailrouter.core.reading.files.page import Page, letter
from mailrouter.core.reading.files.reasons import PROTECTED, Unreadable

_SKIPPED = {
    "annotation", "note", "tracked-changes", "forms", "desc", "title", "object", "script", "ruby-text",
    "hidden-text", "hidden-paragraph",
}  # fmt: skip
_BLANKS = re.compile(r"[ \t\r\n]+")
_LEVELS = 10
_MOST_SPACES = 100


@dataclass(slots=True)
class _Level:
    """How one level of a list is numbered; bullets have no form."""

    form: str = ""
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    shown: int = 1
    """How many levels the number is made of: 2 for "3.1"."""


_Styles = dict[str, dict[int, _Level]]


def text_of(content: bytes) -> str:
    """The text of a document, as far as there is enough; Unreadable if it cannot be read."""
    with zipped.opened(content) as archive:
        names = archive.namelist()
        if "META-INF/manifest.xml" in names and b"encryption-data" in zipped.read(archive, "META-INF/manifest.xml"):
            raise Unreadable(PROTECTED)
        lists: _Styles = defaultdict(dict)
        if "styles.xml" in names:
            zipped.parse(archive, "styles.xml", _Lists(lists))
        document = _Document(lists)
        zipped.parse(archive, "content.xml", document)
    return document.page.text()


def _number(text: str, otherwise: int = 1) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise


class _Lists:
    """Reads how lists are numbered (§16.30 and further)."""

    def __init__(self, lists: _Styles) -> None:
        self.lists = lists
        self.style = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if name == "list-style":
            self.style = attributes.get("style:name", "")
        elif name.startswith("list-level-style-"):
            number = _number(attributes.get("text:level", ""))
            if number <= _LEVELS:
                numbered = name == "list-level-style-number"
                self.lists[self.style][number] = _level(attributes) if numbered else _Level()

    def end(self, name: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Characters between the elements."""


def _level(attributes: Mapping[str, str]) -> _Level:
    return _Level(
        form=attributes.get("style:num-format", "") or "none",
        prefix=attributes.get("style:num-prefix", "")[:20],
        suffix=attributes.get("style:num-suffix", "")[:20],
        start=_number(attributes.get("text:start-value", "")),
        shown=min(_number(attributes.get("text:display-levels", "")), _LEVELS),
    )


class _Document:
    """Reads content.xml onto a page: first the automatic styles, then the text."""

    def __init__(self, lists: _Styles) -> None:
        self.page = Page()
        self.lists = lists
        self.styles = _Lists(lists)
        self.open_lists: list[str] = []
        """The style of each list that is open, from the outside in."""
        self.counters: dict[str, dict[int, int]] = defaultdict(dict)
        self.label = ""
        self.skipping = self.in_paragraph = 0
        self.style = ""
        self.hidden_styles: set[str] = set()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if self.skipping or name in _SKIPPED or self._is_hidden(name, attributes):
            self.skipping += 1
        elif name in ("style", "text-properties"):
            self._learn_style(name, attributes)
        elif name in ("p", "h"):
            self._begin_paragraph()
        elif self.in_paragraph and name in ("s", "tab", "line-break"):
            spaces = min(_number(attributes.get("text:c", "")), _MOST_SPACES)
            self.page.add("\n" if name == "line-break" else " " * spaces)
        elif name == "list":
            self._begin_list(attributes)
        elif name == "list-item":
            self.label = self._next_label()
        elif name == "table-row":
            self.page.begin_row()
        elif name in ("table-cell", "covered-table-cell"):
            self.page.begin_cell()
        else:
            self.styles.start(name, attributes)

    def end(self, name: str) -> None:
        """An element ends."""
        if self.skipping:
            self.skipping -= 1
        elif name in ("p", "h"):
            self.in_paragraph -= 1
            self._end_paragraph()
        elif name == "list" and self.open_lists:
            self.open_lists.pop()
        elif name == "list-item":
            self.label = ""
        elif name == "table-row":
            self.page.end_row()

    def data(self, text: str) -> None:
        """Characters of the text; blanks and line ends count as one blank (§6.1.2)."""
        if self.in_paragraph and not self.skipping:
            self.page.add(_BLANKS.sub(" ", text))

    def _learn_style(self, name: str, attributes: Mapping[str, str]) -> None:
        """Which styles hide their text (§20.339)."""
        if name == "style":
            self.style = attributes.get("style:name", "")
        elif attributes.get("text:display") == "none":
            self.hidden_styles.add(self.style)

    def _is_hidden(self, name: str, attributes: Mapping[str, str]) -> bool:
        """Whether it is a hidden section, or a paragraph or words in a style that hides."""
        if name == "section" and attributes.get("text:display") == "none":
            return True
        return attributes.get("text:style-name") in self.hidden_styles

    def _begin_paragraph(self) -> None:
        """A paragraph inside another one is a text box: what stood before it is a line of its own."""
        if self.in_paragraph and self.page.has_text():
            self._end_paragraph()
        self.in_paragraph += 1

    def _end_paragraph(self) -> None:
        label, self.label = self.label, ""
        self.page.end_paragraph(label)

    def _begin_list(self, attributes: Mapping[str, str]) -> None:
        outer = self.open_lists[-1] if self.open_lists else ""
        style = attributes.get("text:style-name", "") or outer
        goes_on = attributes.get("text:continue-numbering") == "true" or "text:continue-list" in attributes
        if not (self.open_lists or goes_on):
            self.counters.pop(style, None)
        self.open_lists.append(style)

    def _next_label(self) -> str:
        """The number or bullet of the next item of the innermost list."""
        if not self.open_lists:
            return ""
        style, depth = self.open_lists[-1], len(self.open_lists)
        level = self.lists[style].get(depth) if style in self.lists else None
        if level is None or not level.form:
            return "-"
        counters = self.counters[style]
        counters[depth] = counters.get(depth, level.start - 1) + 1
        for deeper in [other for other in counters if other > depth]:
            del counters[deeper]
        return "" if level.form == "none" else self._shown(style, depth, level)

    def _shown(self, style: str, depth: int, level: _Level) -> str:
        numbers = []
        for other in range(max(1, depth - level.shown + 1), depth + 1):
            form = self.lists[style].get(other, _Level()).form
            number = self.counters[style].get(other, 1)
            numbers.append(letter(number, form) if form in ("a", "A") else str(number))
        return level.prefix + ".".join(numbers) + level.suffix

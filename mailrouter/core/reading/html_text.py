"""HTML to the text a reader would see: lists, tables and links kept, what is hidden left out."""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailrouter.core.reading import html_hidden
from mailrouter.core.reading.html_sheets import Sheets

LONGEST = 2_000_000
"""Characters of markup that are read."""
_DEEPEST = 1_000
"""Open elements above which the parser, quadratic in their depth, is not used."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_UNNESTED = {"area", "base", "br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option", "p", "wbr"}
_NOT_SHOWN = {
    "audio", "canvas", "datalist", "head", "iframe", "math", "object", "script", "style", "svg", "template", "title",
    "video",
}  # fmt: skip
_LINES = {
    "address", "article", "aside", "body", "caption", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer",
    "form", "header", "html", "main", "nav", "section", "tbody", "tfoot", "thead",
}  # fmt: skip
_PARAGRAPHS = {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "table", "ul"}
_LONGEST_LINK = 500
_LONGEST_ALT = 300
_FILE_NAME = re.compile(r"(?i)\.(?:png|jpe?g|gif|bmp|svg|webp)$")
_MOST_MARKS = 10
"""Levels of a list or a quotation that are shown; more only make the lines longer."""


class _Look(NamedTuple):
    """How the text of an element looks, as it passes to the elements in it."""

    tiny: bool = False
    white: bool = False
    painted: bool = False
    """On another ground than white, as far as can be told."""

    @property
    def is_seen(self) -> bool:
        """Whether a reader sees it: letters of some size, and not white on white."""
        return not (self.tiny or (self.white and not self.painted))


def text_of(markup: str) -> str:
    """The visible text of an HTML document, one line a line, paragraphs apart."""
    markup = markup[:LONGEST]
    if _too_deep(markup):
        return html.unescape(re.sub(r"<[^<>]*>", " ", markup))
    document = LexborHTMLParser(markup)
    if document.body is None:
        return ""
    sheets = Sheets(document)
    # A mail that is white all over was written on a dark screen, and is read on one.
    return _shown(document.body, sheets, sheets.paints) or _shown(document.body, sheets, True)


def _shown(root: LexborNode, sheets: Sheets, painted: bool) -> str:
    """The text of what is seen below `root`, which has another ground than white if `painted`."""
    page = _Page()
    _walk(root, page, sheets, _Look(painted=painted))
    return page.text()


def _too_deep(markup: str) -> bool:
    """Whether more elements are open at once than any client writes."""
    if markup.count("<") <= _DEEPEST:
        return False
    depth = 0
    for match in _TAG.finditer(markup):
        if match[2].lower() not in _UNNESTED:
            depth = max(0, depth - 1) if match[1] else depth + 1
            if depth > _DEEPEST:
                return True
    return False


def _walk(root: LexborNode, page: "_Page", sheets: Sheets, seen: _Look) -> None:
    """Enter and leave every visible element in order; without recursion, for documents nest without bound."""
    stack = [(root, False, seen)]
    while stack:
        node, leaving, look = stack.pop()
        tag = node.tag or ""
        if leaving:
            page.leave(node, tag)
        elif tag == "-text":
            if look.is_seen:
                page.add(node.text_content or "")
        elif tag not in _NOT_SHOWN and not tag.startswith(("-", "!")):
            attributes = node.attributes
            style = html_hidden.plain_style(attributes.get("style"))
            if "hidden" in attributes or html_hidden.is_hidden(style) or sheets.hide(node, style):
                continue
            look = _look(node, tag, style, sheets, look)
            page.enter(node, tag)
            stack.append((node, True, look))
            stack.extend((child, False, look) for child in reversed(list(_children(node))))


def _look(node: LexborNode, tag: str, style: str, sheets: Sheets, around: _Look) -> _Look:
    """How the text of an element looks, inside one that looks like `around`."""
    attributes = node.attributes
    tiny = html_hidden.says("font-size", style)
    if tiny is None:
        tiny = sheets.tiny(node)
    white = html_hidden.is_white(style, _colour(attributes.get("color")))
    if white is None and tag == "a":
        white = False  # links have a colour of their own
    painted = html_hidden.is_painted(style, _colour(attributes.get("bgcolor")))
    if painted is None and attributes.get("background"):
        painted = True
    return _Look(
        around.tiny if tiny is None else tiny,
        around.white if white is None else white,
        around.painted if painted is None else painted or sheets.paints,
    )


def _colour(attribute: str | None) -> str:
    return (attribute or "").strip().lower()


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        yield child
        child = child.next


class _Page:
    """The text as it grows: the line being written, and a block of lines for every open cell or quotation."""

    def __init__(self) -> None:
        self.blocks: list[list[str]] = [[]]
        self.rows: list[list[list[str]]] = []
        self.lists: list[int | None] = []
        self.line: list[str] = []
        self.marker = ""
        self.preformatted = 0
        self.quoted = 0

    def text(self) -> str:
        """All lines, never more than one blank line between two."""
        self.end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.blocks[0])).strip("\n")

    def add(self, text: str) -> None:
        """Text inside the line; in preformatted text a newline ends it."""
        if not self.preformatted:
            self.line.append(text)
            return
        first, *others = text.split("\n")
        self.line.append(first)
        for other in others:
            self.new_line()
            self.line.append(other)

    def end_line(self) -> None:
        """Write the line, if there is anything on it; a non-breaking blank alone makes a blank line."""
        inline = "".join(self.line)
        self.line = []
        text = inline.rstrip() if self.preformatted else " ".join(inline.split())
        if text:
            indent = "  " * (min(len(self.lists), _MOST_MARKS) - 1)
            self.blocks[-1].append(indent + self.marker + text)
            self.marker = ""
        elif "\u00a0" in inline and not self.marker:
            self.blocks[-1].append("")

    def new_line(self) -> None:
        """End the line; blank if there is nothing on it."""
        if "".join(self.line).strip():
            self.end_line()
            return
        self.line = []
        if not self.marker:
            self.blocks[-1].append("")

    def gap(self) -> None:
        """End the line and leave one blank after it."""
        self.end_line()
        block = self.blocks[-1]
        if block and block[-1] and not self.marker:
            block.append("")

    def enter(self, node: LexborNode, tag: str) -> None:
        """What the start of an element means for the text."""
        if tag == "br":
            self.new_line()
        elif tag in _PARAGRAPHS:
            self._enter_paragraph(node, tag)
        elif tag in _LINES:
            self.end_line()
        elif tag == "img":
            self.add(_alternative(node))
        elif tag == "li":
            self.end_line()
            self.marker = self._next_marker()
        elif tag == "tr":
            self.end_line()
            self.rows.append([])
        elif tag in ("td", "th"):
            self.end_line()
            self.blocks.append([])

    def leave(self, node: LexborNode, tag: str) -> None:
        """What the end of an element means for the text."""
        if tag in _PARAGRAPHS:
            self._leave_paragraph(node, tag)
        elif tag in _LINES:
            self.end_line()
        elif tag == "li":
            self.end_line()
            self.marker = ""
        elif tag == "tr":
            self.end_line()
            self.blocks[-1] += _row(self.rows.pop())
        elif tag in ("td", "th"):
            self.end_line()
            cell = self.blocks.pop()
            if self.rows:
                self.rows[-1].append(cell)
            else:
                self.blocks[-1] += cell
        elif tag == "a":
            self.line.append(_link(node))

    def _next_marker(self) -> str:
        number = self.lists[-1] if self.lists else None
        if number is None:
            return "- "
        self.lists[-1] = number + 1
        return f"{number}. "

    def _enter_paragraph(self, node: LexborNode, tag: str) -> None:
        if self._is_tight(node, tag):
            self.end_line()
        else:
            self.gap()
        if tag in ("ul", "ol"):
            self.marker = ""
            self.lists.append(_first_number(node) if tag == "ol" else None)
        elif tag == "pre":
            self.preformatted += 1
        elif _is_quotation(node, tag):
            self.quoted += 1
            if self.quoted <= _MOST_MARKS:
                self.blocks.append([])

    def _leave_paragraph(self, node: LexborNode, tag: str) -> None:
        self.end_line()
        if tag in ("ul", "ol"):
            self.lists.pop()
        elif tag == "pre":
            self.preformatted -= 1
        elif _is_quotation(node, tag):
            self._leave_quotation()
        if not self._is_tight(node, tag):
            self.gap()

    def _leave_quotation(self) -> None:
        if self.quoted <= _MOST_MARKS:
            quoted = self.blocks.pop()
            self.blocks[-1] += [f"> {line}".rstrip() for line in quoted]
        self.quoted -= 1

    def _is_tight(self, node: LexborNode, tag: str) -> bool:
        """Whether there is no blank line around it: inside a list, and where Outlook writes a line as a paragraph."""
        if self.lists:
            return tag in ("p", "ul", "ol")
        return tag == "p" and (node.attributes.get("class") or "").startswith("Mso")


def _row(cells: list[list[str]]) -> list[str]:
    """A row whose cells are single lines as one line, "a | b"; else its cells under each other."""
    filled = [lines for cell in cells if (lines := _trimmed(cell))]
    if all(len(lines) == 1 for lines in filled):
        return [" | ".join(lines[0].strip() for lines in filled)] if filled else []
    return [line for lines in filled for line in lines]


def _trimmed(lines: list[str]) -> list[str]:
    """The lines without blank ones at either end."""
    first, last = 0, len(lines)
    while first < last and not lines[first]:
        first += 1
    while first < last and not lines[last - 1]:
        last -= 1
    return lines[first:last]


def _is_quotation(node: LexborNode, tag: str) -> bool:
    """A quoted mail, as most clients mark it; other blockquotes only indent."""
    attributes = node.attributes
    return tag == "blockquote" and (
        attributes.get("type") == "cite" or "gmail_quote" in (attributes.get("class") or "")
    )


def _first_number(node: LexborNode) -> int:
    start = node.attributes.get("start") or ""
    return int(start) if re.fullmatch(r"[0-9]{1,4}", start) else 1


def _alternative(node: LexborNode) -> str:
    """What a picture shows, in its sender's words: "[Kaart van het dorp]"; "" for decoration and trackers."""
    attributes = node.attributes
    text = " ".join((attributes.get("alt") or "").split())
    if attributes.get("width") in ("0", "1") or attributes.get("height") in ("0", "1"):
        return ""
    return f"[{text}]" if text and len(text) <= _LONGEST_ALT and not _FILE_NAME.search(text) else ""


def _link(node: LexborNode) -> str:
    """The address behind a link, " <https://…>", where its text does not say it already."""
    target = re.sub(r"\s+", "", node.attributes.get("href") or "")
    shown = " ".join(node.text().split())
    if not shown or not re.match(r"(?i)(?:https?://|mailto:|tel:)", target):
        return ""
    bare = re.sub(r"(?i)^(?:https?://|mailto:|tel:)", "", target).split("?subject=")[0].rstrip("/")
    if bare.lower() in shown.lower().replace(" ", "") or len(target) > _LONGEST_LINK:
        return ""
    return f" <{target if target.lower().startswith('http') else bare}>"

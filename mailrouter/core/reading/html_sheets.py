"""What the style sheets in an HTML mail make invisible.

The cascade of CSS in short: of the rules about a property the most specific one counts, of equals the last. Rules for
some screens only (@media with a condition) and for moments (":hover") do not count.
"""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from mailrouter.core.reading import html_hidden

_LONGEST_SHEET = 100_000
_MOST_RULES = 300
"""Rules that may hide something and are looked up; a large newsletter has some dozens."""
_LONGEST_SELECTOR = 150
_COMMENT = re.compile(r"(?s)/\*.*?(?:\*/|\Z)")
_EVERYWHERE = re.compile(r"@(?:media\s+(?:only\s+)?(?:all|screen)|supports\b[^{}]*|layer\b[^{}]*)\s*")
_IMPORTANT = "!important"

_Rank = tuple[bool, int, int, int, int]
"""What decides between rules about one property: important, ids, classes, names, place."""


class Sheets:
    """The style sheets of a document, and what they make of its elements."""

    def __init__(self, document: LexborHTMLParser) -> None:
        self.paints = False
        """Whether any of them gives a background, so that white text may be on something dark."""
        self._gone: set[int] = set()
        self._said: dict[str, dict[int, tuple[_Rank, bool]]] = {"display": {}, "visibility": {}, "font-size": {}}
        count = 0
        for sheet in document.css("style"):
            text = _COMMENT.sub("", sheet.text()[:_LONGEST_SHEET])
            for selectors, declared in _rules(text):
                style = html_hidden.plain_style(declared)
                self.paints = self.paints or "background" in style
                said = {name: html_hidden.says(name, style) for name in self._said}
                if not (html_hidden.is_gone(style) or any(value is not None for value in said.values())):
                    continue
                for selector in selectors.split(","):
                    count += 1
                    if count <= _MOST_RULES:
                        self._apply(document, selector.strip(), style, said, count)

    def _apply(
        self, document: LexborHTMLParser, selector: str, style: str, said: dict[str, bool | None], place: int
    ) -> None:
        if not selector or len(selector) > _LONGEST_SELECTOR or ":" in selector:
            return
        try:
            nodes = document.css(selector)
        except SelectolaxError:
            return
        rank = (_IMPORTANT in style, *_specificity(selector), place)
        for node in nodes:
            if html_hidden.is_gone(style):
                self._gone.add(node.mem_id)
            for name, hides in said.items():
                known = self._said[name].get(node.mem_id)
                if hides is not None and (known is None or known[0] < rank):
                    self._said[name][node.mem_id] = rank, hides

    def hide(self, node: LexborNode, own_style: str) -> bool:
        """Whether they hide an element; what its own style says of the same property stands above them."""
        if node.mem_id in self._gone:
            return True
        return any(self._hides(name, node, own_style) for name in ("display", "visibility"))

    def _hides(self, name: str, node: LexborNode, own_style: str) -> bool:
        rank, hides = self._said[name].get(node.mem_id, (None, False))
        return hides and (html_hidden.says(name, own_style) is None or bool(rank and rank[0]))

    def tiny(self, node: LexborNode) -> bool | None:
        """Whether they make its letters too small to be seen, None where they do not speak of their size."""
        found = self._said["font-size"].get(node.mem_id)
        return found[1] if found else None


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations of each rule that holds on any screen."""
    around: list[str] = []
    pieces = re.split("([{}])", sheet)
    for text, brace in zip(pieces[::2], pieces[1::2], strict=False):
        if brace == "{":
            around.append(text.rpartition(";")[2].strip().lower())
        elif around:
            selectors = around.pop()
            if not selectors.startswith("@") and all(map(_EVERYWHERE.fullmatch, around)):
                yield selectors, text


def _specificity(selector: str) -> tuple[int, int, int]:
    """Ids, classes with attributes, and names of elements in a selector (Selectors level 3 §9)."""
    plain, attributes = re.subn(r"\[[^\]]*\]", "", selector)
    names = len(re.findall(r"(?:^|[\s>+~])[a-z]", plain))
    return plain.count("#"), plain.count(".") + attributes, names

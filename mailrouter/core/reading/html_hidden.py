"""What of an HTML mail no reader sees: words that are hidden from people and left for machines to find.

Senders hide preview lines and trackers this way, attackers what they want a machine to believe. Looked at are the
element's own style and the plain class and id rules of the mail's <style>, not the whole cascade of CSS.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

_LONGEST_SHEET = 100_000
_COMMENT = re.compile(r"(?s)/\*.*?(?:\*/|\Z)")
_PLAIN_SELECTOR = re.compile(r"(?:[a-z0-9]+)?([.#][a-z0-9_-]+)")

_ZERO = r":0*(?:\.0*)?(?:px|pt|em|rem|%)?(?:!important)?(?:;|$)"
_HIDDEN = re.compile(
    rf"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|mso-hide:all|opacity{_ZERO}|max-(?:height|width){_ZERO}"
    r"|color:transparent|clip:rect\((?:0(?:px)?,?){4}\)|clip-path:(?:inset\((?:50|100)%|circle\(0)"
    r"|transform:scale\(0|text-indent:-\d{3,})"
)
_SHOWN_AGAIN = re.compile(r"(?:^|;)display:(?!none)|(?:^|;)visibility:visible")
_OUTSIDE = re.compile(r"(?:^|;)(?:left|top|right|bottom|margin-left|margin-top):-\d{3,}")
_NO_SIZE = re.compile(rf"(?:^|;)(?:height|width){_ZERO}")
_COLOR = re.compile(r"(?:^|;)color:([^;!]+)")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_COLORS = {"white": "#ffffff", "black": "#000000", "rgb(255,255,255)": "#ffffff", "rgb(0,0,0)": "#000000"}


def plain_style(style: str | None) -> str:
    """The declarations of an element in lower case, without blanks and comments."""
    if not style:
        return ""
    return "".join((_COMMENT.sub("", style) if "/*" in style else style).split()).lower()


def is_hidden(style: str) -> bool:
    """Whether declarations (as `plain_style` gives them) hide their element."""
    if _HIDDEN.search(style):
        return True
    if "position:" in style and _OUTSIDE.search(style) and re.search("position:(?:absolute|fixed)", style):
        return True
    if "overflow:hidden" in style and _NO_SIZE.search(style):
        return True
    return "background" in style and _same_colors(style)


def _same_colors(style: str) -> bool:
    """Text in the colour of its own background."""
    color, background = _COLOR.search(style), _BACKGROUND.search(style)
    return bool(color and background and _color(color[1]) == _color(background[1]))


def _color(value: str) -> str:
    if short := re.fullmatch("#([0-9a-f])([0-9a-f])([0-9a-f])", value):
        return "#" + "".join(digit * 2 for digit in short.groups())
    return _COLORS.get(value, value)


def hiding_rules(sheets: Iterable[str]) -> frozenset[str]:
    """The classes (".name") and ids ("#name") that style sheets hide on any screen."""
    found: set[str] = set()
    for sheet in sheets:
        for selectors, style in _rules(_COMMENT.sub("", sheet[:_LONGEST_SHEET].lower())):
            if is_hidden(plain_style(style)):
                names = (_PLAIN_SELECTOR.fullmatch(selector.strip()) for selector in selectors.split(","))
                found.update(name[1] for name in names if name)
    return frozenset(found)


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations of each rule that is not for some screens only (@media)."""
    depth, selectors = 0, ""
    pieces = re.split("([{}])", sheet)
    for text, brace in zip(pieces[::2], pieces[1::2], strict=False):
        if brace == "{":
            depth += 1
            selectors = text.rpartition(";")[2] if depth == 1 else selectors
        elif depth:
            if depth == 1 and "@" not in selectors:
                yield selectors, text
            depth -= 1


def is_hidden_by(rules: frozenset[str], attributes: Mapping[str, str | None], style: str) -> bool:
    """Whether such a rule hides the element, unless its own style shows it again."""
    names = [f".{name}" for name in (attributes.get("class") or "").lower().split()]
    names.append(f"#{(attributes.get('id') or '').lower()}")
    return not rules.isdisjoint(names) and not _SHOWN_AGAIN.search(style)

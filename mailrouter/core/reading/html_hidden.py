"""Declarations of CSS that keep a reader from seeing text.

Senders hide preview lines and trackers this way, attackers what they want a machine to believe.
"""

import re

_COMMENT = re.compile(r"(?s)/\*.*?(?:\*/|\Z)")
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")

_ZERO = r":0*(?:\.0*)?(?:px|pt|em|rem|%)?(?:!important)?(?:;|$)"
_GONE = re.compile(
    rf"(?:^|;)(?:mso-hide:all|opacity:0*(?:\.0[0-9]*)?(?:!important)?(?:;|$)|max-(?:height|width){_ZERO}"
    r"|color:transparent|clip:rect\((?:0(?:px)?,?){4}\)|clip-path:(?:inset\((?:50|100)%|circle\(0)"
    r"|transform:scale\(0|text-indent:-\d{3,})"
)
_HIDING = {"display": ("none",), "visibility": ("hidden", "collapse")}
_DISPLAY = re.compile(r"(?:^|;)(display|visibility):([a-z-]+)")
_OUTSIDE = re.compile(r"(?:^|;)(?:left|top|right|bottom|margin-left|margin-top):-\d{3,}")
_NO_SIZE = re.compile(rf"(?:^|;)(?:height|width){_ZERO}")
_FONT_SIZE = re.compile(r"(?:^|;)font(?:-size:|:[^;]*?(?<![\d.])(?=[\d.]+(?:px|pt|em|rem|%|/)))([^;!/]*)")
_TINY = re.compile(r"0*(?:\.0*)?|0*(?:[01](?:\.0*)?|\.\d+)(?:px|pt)|0*(?:\.0\d*)?(?:em|rem)|0*[0-5]?(?:\.\d*)?%")
_COLOR = re.compile(r"(?:^|;)color:([^;!]+)")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_COLORS = {"white": "#ffffff", "black": "#000000", "rgb(255,255,255)": "#ffffff", "rgb(0,0,0)": "#000000"}
_NEARLY_WHITE = re.compile("#(?:f[a-f]){3}")


def plain_style(style: str | None) -> str:
    """The declarations of an element in lower case, without blanks, comments and escapes."""
    if not style:
        return ""
    if "\\" in style:
        style = _ESCAPE.sub(lambda match: chr(min(int(match[1], 16), 0xFFFD)), style)
    return "".join((_COMMENT.sub("", style) if "/*" in style else style).split()).lower()


def is_hidden(style: str) -> bool:
    """Whether declarations (as `plain_style` gives them) hide their element."""
    return is_gone(style) or bool(says("display", style) or says("visibility", style))


def is_gone(style: str) -> bool:
    """Whether they hide it in another way than by display and visibility, which another rule may undo."""
    if _GONE.search(style):
        return True
    if "position:" in style and _OUTSIDE.search(style) and re.search("position:(?:absolute|fixed)", style):
        return True
    if "overflow:hidden" in style and _NO_SIZE.search(style):
        return True
    return "background" in style and _same_colors(style)


def says(name: str, style: str) -> bool | None:
    """What they say of "display", "visibility" or "font-size": whether it hides; None if they do not speak of it."""
    if name == "font-size":
        sizes = _FONT_SIZE.findall(style) if "font" in style else []
        return _TINY.fullmatch(sizes[-1]) is not None if sizes else None
    values = [value for said, value in _DISPLAY.findall(style) if said == name]
    return values[-1] in _HIDING[name] if values else None


def is_white(style: str, attribute: str) -> bool | None:
    """Whether they, or else an attribute, colour the text white; None if neither speaks of it."""
    said = _COLOR.search(style)
    value = said[1] if said else attribute
    return _NEARLY_WHITE.fullmatch(color(value)) is not None if value else None


def is_painted(style: str, attribute: str) -> bool | None:
    """Whether they, or else an attribute, put another ground than white behind the text; None without any."""
    said = _BACKGROUND.search(style)
    value = said[1] if said else attribute
    if not value or value in ("transparent", "none", "inherit", "initial"):
        return None
    return _NEARLY_WHITE.fullmatch(color(value)) is None


def _same_colors(style: str) -> bool:
    """Text in the colour of its own background."""
    text, background = _COLOR.search(style), _BACKGROUND.search(style)
    return bool(text and background and color(text[1]) == color(background[1]))


def color(value: str) -> str:
    """A colour as "#rrggbb" where that can be told, else as it is."""
    if short := re.fullmatch("#?([0-9a-f])([0-9a-f])([0-9a-f])", value):
        return "#" + "".join(digit * 2 for digit in short.groups())
    return f"#{value}" if re.fullmatch("[0-9a-f]{6}", value) else _COLORS.get(value, value)

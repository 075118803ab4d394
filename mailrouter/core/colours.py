"""Colours of letters: from the one colour of a municipality to those that light and dark letters need.

Contrast is that of WCAG 2.2 (1.4.3): at least 4.5 between a text and what is behind it.
"""

import colorsys
import re
from dataclasses import dataclass

ENOUGH = 4.5
_WHITE = "#ffffff"
_NIGHT = "#22262b"
_CLEAR = 7.0
"""On a dark page the accent is made so light."""
_STEP = 0.04
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Palette:
    """What letters use. `accent`: headings, edges, buttons · `soft`: behind a box · `night_…`: the same in the dark."""

    accent: str
    soft: str
    night_accent: str
    night_soft: str


def palette(colour: str) -> Palette:
    """The colours that go with one, written "#154273"."""
    light = colour
    while contrast(light, _NIGHT) < _CLEAR:
        light = _lighter(light)
    return Palette(colour, mixed(colour, _WHITE, 0.9), light, mixed(_NIGHT, light, 0.12))


def checked(value: str) -> str:
    """A colour that can be read on white; ValueError for any other."""
    colour = value.strip().lower()
    if not _HEX.fullmatch(colour):
        raise ValueError(f'a colour is written as "#154273" (in quotes), not {value!r}')
    if (found := contrast(colour, _WHITE)) < ENOUGH:
        raise ValueError(f"{value} is too light to be read on white: its contrast is {found:.1f}, it must be {ENOUGH}")
    return colour


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """`one` with so much (0 to 1) of the other in it."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _lighter(colour: str) -> str:
    """A step lighter, of the same hue and no paler."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(n / 255 for n in _channels(colour)))
    channels = colorsys.hls_to_rgb(hue, min(1.0, lightness + _STEP), saturation)
    return "#" + "".join(f"{round(255 * n):02x}" for n in channels)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (n / 255 for n in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)

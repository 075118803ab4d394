"""The council's own text as a letter shows it: whole, or its beginning when it is a book.

A letter above 102 KB is cut off by Gmail, and no one reads forty pages in a mail: of a long text the letter shows the
beginning, says how long all of it is, and carries the whole as a file.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mailrouter.core.writing import dutch

WHOLE = "tekst-van-de-mail.txt"
"""The file with the whole text."""
_ROOM = 84_000
"""Bytes of HTML for all that a letter says, so that it stays below 102 KB (102,400 bytes) with its layout."""
_LEAST = 4_000
_MOST = 30_000
_PER_LINE = 8
_PER_PARAGRAPH = 20
_PER_VALUE = 70
_NARROWEST, _WIDEST = 55, 100
"""Characters in the longest line of a paragraph that a mail program may have filled."""
_STARTS = re.compile(r"\s|[-*•·>|]|\d{1,2}[.)]\s|[A-Za-z]\)\s")
"""How a line begins that is no continuation."""
_PAGE = 2_800
"""Characters on a printed page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The text as paragraphs of lines. `note`: what there is to say about it; `whole`: whether all of it is there."""

    paragraphs: list[list[str]]
    note: str
    whole: bool


def shown(text: str, taken: int, elsewhere: str) -> Shown:
    """The text, or as much as fits beside the other values, which take so many bytes of HTML (`weight`).

    `elsewhere`: a sentence that says where all of it is.
    """
    room = max(_LEAST, min(_MOST, _ROOM - taken))
    paragraphs: list[list[str]] = []
    for lines in _paragraphs(text):
        kept: list[str] = []
        room -= _PER_PARAGRAPH
        for line in lines:
            room -= _PER_LINE
            part = _fitting(line, room)
            room -= _size(part)
            kept += [part] if part else []
            if part != line:
                return Shown(
                    [*paragraphs, kept] if kept else paragraphs, f"{_too_long(text)} {elsewhere}".strip(), False
                )
        paragraphs.append(kept)
    return Shown(paragraphs, "", True)


def _fitting(line: str, room: int) -> str:
    """The line, or as many of its words as fit."""
    if _size(line) <= room:
        return line
    part = line[: max(0, room)]
    while part and _size(part) > room:
        part = part[: len(part) * 4 // 5]
    return part.rpartition(" ")[0].rstrip() or part


def weight(value: Any) -> int:
    """About how many bytes of HTML a value takes."""
    return _size(value) + _PER_VALUE if isinstance(value, str) else sum(map(weight, value))


def _size(text: str) -> int:
    return len(html.escape(text).encode("utf-8", "replace"))


def _too_long(text: str) -> str:
    length = dutch.number(max(2, round(len(text.strip()) / _PAGE)), "bladzijde", "bladzijden")
    return f"Dit is alleen het begin: de tekst is ongeveer {length} lang."


def _paragraphs(text: str) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip():
            lines.append(line.rstrip())
        elif lines:
            yield _unfilled(lines)
            lines = []
    if lines:
        yield _unfilled(lines)


def _unfilled(lines: list[str]) -> list[str]:
    """The lines of a paragraph without the breaks that a mail program put in to fill them: on a phone these are steps.

    A break stays where the next word would still have fitted: that one was meant.
    """
    width = max(map(len, lines))
    if not _NARROWEST <= width <= _WIDEST:
        return lines
    joined = [lines[0]]
    for before, line in pairwise(lines):
        word = line.split(maxsplit=1)[0]
        if len(before) + 1 + len(word) > width and not _STARTS.match(line) and not before.startswith(">"):
            joined[-1] += f" {line.strip()}"
        else:
            joined.append(line)
    return joined

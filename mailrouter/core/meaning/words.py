"""Small tools for reading text: lower case that keeps offsets, sentences and lines with their places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_REACH = 300
"""A sentence is looked for at most this far around a place."""
_BREAK = re.compile(
    r"[.!?]['\"”)]?(?=\s+[A-ZÀ-Þ\"“‘•(-])"
    r"|\n(?=[^\S\n]*\n)"
    r"|\n(?=[^\S\n]*(?:[-•*–◦o]|\d{1,2}[.)]?|[a-z][.)])\s)"
    r"|\n(?=[^\S\n]*[A-Z][\w ]{1,25}:)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:a\.s|j\.l|jl|l\.l|ll|d\.d|dhr|mevr|mw|drs|dr|ir|ing|nr|ca|m\.k|b\.g|t\.b\.v|n\.a\.v|o\.a|[A-Z])$"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text, its blanks left out: `text[start:end]`."""

    start: int
    end: int
    words: str


def lower(text: str) -> str:
    """The text in lower case, every character in its old place (a few letters have a longer lower case)."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(small if len(small := character.lower()) == 1 else character for character in text)


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence (or list item) around `text[start:end]` begins and ends; at most 300 characters away."""
    first = max(0, start - _REACH)
    begin = first
    for match in _BREAK.finditer(text, first, start):
        if not _ABBREVIATION.search(text, max(first, match.start() - 8), match.start()):
            begin = match.end()
    for match in _BREAK.finditer(text, end, min(len(text), end + _REACH)):
        if not _ABBREVIATION.search(text, max(end, match.start() - 8), match.start()):
            return begin, match.end()
    return begin, min(len(text), end + _REACH)


def sentences(text: str) -> Iterator[str]:
    """The sentences and list items of a text in order, white space made single."""
    begin = 0
    for match in _BREAK.finditer(text):
        if _ABBREVIATION.search(text, max(begin, match.start() - 8), match.start()):
            continue
        if words := tidy(text[begin : match.end()]):
            yield words
        begin = match.end()
    if words := tidy(text[begin:]):
        yield words


def tidy(text: str) -> str:
    """The text on one line, every run of white space a single blank."""
    return " ".join(text.split())


def lines(text: str) -> list[Line]:
    """The lines of a text, empty ones included."""
    result = []
    place = 0
    for line in text.split("\n"):
        words = line.strip()
        start = place + len(line) - len(line.lstrip()) if words else place
        result.append(Line(start, start + len(words), words))
        place += len(line) + 1
    return result

"""Patterns that administrators write: regular expressions of RE2, which no text can keep busy.

RE2 reads a text once, whatever the pattern; in return it has no references back and looks neither ahead nor behind.
https://github.com/google/re2/wiki/Syntax
"""

import re
from functools import lru_cache
from typing import Protocol, cast
from unicodedata import normalize

import re2

LONGEST = 1_000
"""Characters in a pattern."""
_MEMORY = 1_000_000
"""Bytes that a compiled pattern and its states may take."""
_READ = 200_000
"""Characters of a zone that are searched, at most."""
_ACCENT_AT_EDGE = re.compile(r"\\b[^\x00-\x7f]|[^\x00-\x7f]\\b")

_FAULTS = (
    (
        r"invalid escape sequence: (\\[1-9gk])",
        r"\1 refers back to an earlier group, which is not possible; write out what should stand there",
    ),
    (r"invalid perl operator: \(\?P", "(?P=…) refers back to an earlier group, which is not possible"),
    (
        r"invalid perl operator: (\(\?(?:<?[=!]))",
        r"\1 looks ahead or behind, which is not possible; write a second pattern, with a weight below 0 if need be",
    ),
    (r"invalid perl operator: (\(\?.?)", r"a group that begins with \1 is not possible; write (?:…) or (…)"),
    (r"invalid escape sequence: (.+)", r"\1 has no meaning; leave the \\ out, or write \\\\ for the character itself"),
    (r"trailing \\", r"it ends in a \\; write \\\\ for the character itself"),
    (r"missing \)", "a ( is not closed with a )"),
    (r"unexpected \)", r"a ) closes nothing; write \\) for the character itself"),
    (r"missing \]", "a [ is not closed with a ]"),
    (r"no argument for repetition operator: (.+)", r"there is nothing before \1 to repeat"),
    (r"bad repetition operator: (.+)", r"\1 repeats a repetition, which is not possible"),
    (
        r"invalid repetition size: (.+)",
        r"\1 is no number of repetitions: the smaller one comes first, and 1000 in all is the most",
    ),
    (r"invalid character class range: (.+)", r"\1 is no range or class of characters"),
    (r"pattern too large", "it stands for too much; make its repetitions smaller or its classes narrower"),
)


class Match(Protocol):
    """What a pattern found."""

    def group(self) -> bytes: ...


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: bytes) -> Match | None: ...


class PatternError(ValueError):
    """A pattern that cannot be used; the text says why, as the end of a sentence."""


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Pattern:
    """The pattern, ready for use: capitals do not matter. Raises PatternError; compiled once in a process."""
    if len(pattern) > LONGEST:
        raise PatternError(f"it is longer than {LONGEST} characters")
    options = re2.Options()
    options.case_sensitive, options.log_errors, options.max_mem = False, False, _MEMORY
    try:
        return cast(Pattern, re2.compile(normalize("NFC", pattern), options))
    except re2.error as error:
        raise PatternError(_in_words(error)) from error


def find(pattern: str, text: str) -> str | None:
    """The first words of `text` that match, None if none do; linear in the length of the text."""
    match = compiled(pattern).search(text[:_READ].encode("utf-8", "replace"))
    return match.group().decode("utf-8", "replace") if match else None


def fault(pattern: str) -> str:
    """Why a pattern cannot be used, as the end of a sentence; empty if it can."""
    if edge := _ACCENT_AT_EDGE.search(pattern):
        return rf"\b knows the letters a to z only, so {edge[0]} never matches; leave the \b out, or write [^\pL] there"
    try:
        matches_nothing = compiled(pattern).search(b"") is not None
    except PatternError as error:
        return str(error)
    return "it also matches no words at all, so it would count in every mail" if matches_nothing else ""


def _in_words(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    for form, words in _FAULTS:
        if match := re.match(form, text):
            return match.expand(words)
    return text

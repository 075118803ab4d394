"""A grammar for Dutch clock times: 19.30 uur, 20:00, 19:15u, 1930 uur, half acht, van 20.00 tot 22.00 uur.

A number is only a time when something says so: a colon, "uur", or a word such as "om" or "aanvang". Hours before
noon that may be in the evening are read by the words around them ('s avonds, dinsdagavond); "half acht" without any
is the evening, because councils meet then. In doubt nothing is found. Time is linear in the length of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from itertools import pairwise
from typing import Literal

from mailrouter.core.meaning.words import lower


@dataclass(frozen=True, slots=True)
class FoundTime:
    """A clock time in a text: `text[start:end] == words`; `until` is the end of a range."""

    value: time
    start: int
    end: int
    words: str
    until: time | None = None


Half = Literal["morning", "afternoon", "evening"]

_HOURS = {
    name: number
    for number, name in enumerate(
        ("een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf"), start=1
    )
} | {"één": 1}
_HOUR_WORD = "|".join(_HOURS)

_DIGITS = re.compile(r"\d{1,4}")
_UNIT = r"\s{0,2}(?:uur|u(?![a-z])\.?|h(?![a-z]))"
_CLOCK = r"(\d{1,2})(?:\s?([.:])\s?([0-5]\d)(?!\d)|[uh]([0-5]\d)(?!\d))?"
_UNTIL = r"\s{0,3}(?:-|–|—|tot\s{1,2}en\s{1,2}met|tot|t/m|en)\s{0,3}(?:circa\s|ca\.?\s|ongeveer\s|uiterlijk\s)?"
_SINGLE = re.compile(rf"{_CLOCK}({_UNIT}(?!\s?s\b))?(?!\d|[.:/-]\d)")
_PAIR = re.compile(rf"{_CLOCK}({_UNIT})?{_UNTIL}{_CLOCK}({_UNIT})?(?!\d|[.:/-]\d)")
_FOUR = re.compile(rf"([01]\d|2[0-3])([0-5]\d){_UNIT}")
_SPOKEN = re.compile(
    rf"(?<![a-zà-ÿ])(?:(half|kwart\s{{1,2}}voor|kwart\s{{1,2}}over)\s{{1,2}}({_HOUR_WORD}|1[0-2]|[1-9])(?![a-zà-ÿ\d])"
    rf"|(?:om|vanaf|tot|rond|klokke)\s{{1,2}}({_HOUR_WORD})\s{{1,2}}uur(?![a-zà-ÿ]))"
)
_CUE = re.compile(
    r"(?:\b(?:om|vanaf|tot|rond|aanvang|aanvangstijd|start|begin|einde|sluiting|inloop|tijd|tijdstip|van|tussen|tegen|open|klokke|na)"
    r"[:;,]?\s{0,3}(?:(?:is|om|van|vanaf)\s{1,2})?(?:circa\s|ca\.?\s|ongeveer\s|uiterlijk\s|plm\.?\s)?)$"
)
_AFTER_DATE = re.compile(
    r"(?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|20\d\d|a\.s\.|jl\.|dag"
    r"|avonds?|middags?|ochtends?|morgens)\W{1,4}$"
)
_NOT_A_TIME = re.compile(r"(?:[\d][.,:/-]|[€$/+-]|\b(?:joh|matt|luc|ps|art|artikel|punt|bijlage|versie|nr|blz)\.?\s?)$")
_LASTING_BEFORE = re.compile(r"\b(?:binnen|ruim|bijna|per|elke|iedere|max|maximaal|minimaal|duurt|totaal|plus)\s{1,3}$")
_LASTING_AFTER = re.compile(
    r"\s{1,2}(?:per|lang|vooraf|van\s+tevoren|later|geleden|werk|vrijwillig|extra|eerder|aan)\b"
)
_HALVES: tuple[tuple[re.Pattern[str], Half], ...] = (
    (re.compile(r"avond"), "evening"),
    (re.compile(r"middag"), "afternoon"),
    (re.compile(r"ochtend|morgens|(?:dag|van)morgen|in de morgen"), "morning"),
)
_PROGRAMME = re.compile(
    r"^[^\S\n]{0,4}(0?[7-9]|1\d|2[0-3])[.:]([0-5][05])(?:\s?[-–]\s?\d{1,2}[.:][0-5]\d)?[^\S\n]{1,6}(?=([A-ZÀ-Þ])|[a-zà-ÿ])",
    re.MULTILINE,
)
_EVENING = re.compile(r"(?<![\d.:])(?:1[89]|2[0-3])[.:u][0-5]\d(?!\d)|\b(?:half|kwart\svoor)\sacht\b|avond|vergader")
_AROUND = 120
_HALF_AFTER = re.compile(r"\s{0,2}(?:'|’|‘)?s?[ -]?(?:in\s+de\s+)?(avond|middag|ochtend|morgen)")


def find_times(text: str) -> list[FoundTime]:
    """The clock times a Dutch text names, in order of their place; never two over the same words."""
    lowered = lower(text)
    found = [*_in_digits(text, lowered), *_spoken(text, lowered), *_programme(text)]
    found.sort(key=lambda item: (item.start, -item.end))
    result: list[FoundTime] = []
    for item in found:
        if not result or item.start >= result[-1].end:
            result.append(item)
            if len(result) > 1 and (joined := _joined(result[-2], item, text)):
                result[-2:] = [joined]
    return result


def _joined(first: FoundTime, last: FoundTime, text: str) -> FoundTime | None:
    """ "half acht tot tien uur" as one range: its end is in the same half of the day."""
    if first.until or last.until or text[first.end : last.start].strip() not in ("tot", "-", "–"):
        return None
    until = last.value
    if until <= first.value and until.hour < 12:
        until = until.replace(hour=until.hour + 12)
    if until <= first.value:
        return None
    return FoundTime(first.value, first.start, last.end, text[first.start : last.end], until)


def _in_digits(text: str, lowered: str) -> Iterator[FoundTime]:
    done = 0
    for number in _DIGITS.finditer(lowered):
        start = number.start()
        if start < done:
            continue
        before = lowered[max(0, start - 32) : start]
        if before[-1:].isalnum() or _NOT_A_TIME.search(before):
            continue
        read = _four(lowered, start) or _pair(lowered, start, before) or _single(lowered, start, before)
        if read:
            value, until, end = read
            done = end
            yield FoundTime(value, start, end, text[start:end], until)


_Read = tuple[time, time | None, int]


def _four(lowered: str, start: int) -> _Read | None:
    match = _FOUR.match(lowered, start)
    return (time(int(match[1]), int(match[2])), None, match.end()) if match else None


def _pair(lowered: str, start: int, before: str) -> _Read | None:
    """A range; both ends must look like times, or "uur" stands behind it."""
    match = _PAIR.match(lowered, start)
    if not match:
        return None
    minutes = bool(match[3] or match[4]), bool(match[8] or match[9])
    unit, colons = bool(match[5] or match[10]), match[2] == match[7] == ":"
    cue = bool(_CUE.search(before))
    said = unit and (all(minutes) or cue or match[10])
    if not said and not (all(minutes) and (colons or cue)):
        return None
    if not any(minutes) and _LASTING_BEFORE.search(before):
        return None
    half = _half(lowered, start, match.end())
    first = _clock(match[1], match[3] or match[4], half)
    last = _clock(match[6], match[8] or match[9], half)
    if first is None or last is None or (last <= first and last != time(0)):
        return None
    return first, last, match.end()


def _single(lowered: str, start: int, before: str) -> _Read | None:
    match = _SINGLE.match(lowered, start)
    if not match:
        return None
    minutes, unit, cue = match[3] or match[4], bool(match[5]), bool(_CUE.search(before))
    if minutes:
        colon = match[2] == ":" and len(match[1]) == 2
        sure = unit or cue or colon or bool(match[4]) or bool(_AFTER_DATE.search(before))
    else:
        sure = unit and _plain_hour(int(match[1]), match[5], lowered[match.end() : match.end() + 20], before, cue)
    value = _clock(match[1], minutes, _half(lowered, start, match.end())) if sure else None
    return (value, None, match.end()) if value else None


def _plain_hour(hour: int, unit: str, after: str, before: str, cue: bool) -> bool:
    """Whether "20 uur" is a time of day and not how long something lasts."""
    if _LASTING_AFTER.match(after) or _LASTING_BEFORE.search(before):
        return False
    return cue or bool(_AFTER_DATE.search(before)) or (17 if "uur" in unit else 7) <= hour <= 23


def _clock(hours: str, minutes: str | None, half: Half | None) -> time | None:
    hour, minute = int(hours), int(minutes or 0)
    if hour == 24 and minute == 0:
        return time(0)
    if hour > 23:
        return None
    later = {"evening": range(4, 12), "afternoon": range(1, 7)}.get(half or "", ())
    if hour in later and not hours.startswith("0"):
        hour += 12
    elif len(hours) == 1 and half is None and (hour < 7 or (hour < 9 and minutes is None)):
        return None  # "3.00 uur" and "8 uur" may be of either half of the day
    return time(hour, minute)


def _half(lowered: str, start: int, end: int) -> Half | None:
    """The part of the day a time is in, by the words right after it, else by those close before it."""
    if match := _HALF_AFTER.match(lowered, end):
        found = match[1]
        return "evening" if found == "avond" else "afternoon" if found == "middag" else "morning"
    before = lowered[max(0, start - 40) : start]
    near = [(place[-1].start(), half) for shape, half in _HALVES if (place := list(shape.finditer(before)))]
    return max(near)[1] if near else None


def _programme(text: str) -> Iterator[FoundTime]:
    """The times of a programme: two lines that begin with one and a capital, or three; rising from line to line."""
    found = list(_PROGRAMME.finditer(text))
    lines = [(time(int(match[1]), int(match[2])), match.start(1), match.end(2)) for match in found]
    enough = 2 if all(match[3] for match in found) else 3
    if len(lines) >= enough and all(before[0] < after[0] for before, after in pairwise(lines)):
        yield from (FoundTime(value, start, end, text[start:end]) for value, start, end in lines)


def _half_of_others(lowered: str, start: int, end: int) -> Half | None:
    """The evening, if a time close by can only be one and this one is no start of a range."""
    if re.match(r"\s{0,3}(?:uur\s)?(?:tot|-|–)", lowered[end : end + 12]):
        return None
    around = lowered[max(0, start - _AROUND) : start] + " " + lowered[end : end + _AROUND]
    return "evening" if _EVENING.search(around) else None


def _spoken(text: str, lowered: str) -> Iterator[FoundTime]:
    """Times in words: half acht, kwart voor acht, om acht uur."""
    for match in _SPOKEN.finditer(lowered):
        word = match[2] or match[3]
        hour = _HOURS.get(word) or int(word)
        shift = {"half": -30, "kwart voor": -15, "kwart over": 15, "": 0}[" ".join((match[1] or "").split())]
        half = _half(lowered, match.start(), match.end()) or _half_of_others(lowered, match.start(), match.end())
        minutes = _by_half(hour * 60 + shift, half)
        if minutes is not None:
            start, end = (match.start(), match.end()) if match[1] else (match.start(3), match.end())
            yield FoundTime(time(minutes // 60 % 24, minutes % 60), start, end, text[start:end])


def _by_half(minutes: int, half: Half | None) -> int | None:
    """Minutes on the clock face (0:30 to 12:15) as minutes of the day; None if it may be either half."""
    noon = 12 * 60
    if half == "morning":
        return minutes
    if half == "evening":
        return minutes + noon if 4 * 60 <= minutes < noon else None
    if half == "afternoon":
        return minutes + noon if minutes < 7 * 60 else minutes if minutes >= noon - 30 else None
    if minutes < 8 * 60:
        return minutes + noon
    return minutes if 9 * 60 + 30 <= minutes < noon + 30 else None

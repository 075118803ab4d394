"""Dates without a date's numbers: morgen, volgende week dinsdag, dinsdag a.s. or de 23e, tweede maandag van maart."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from mailrouter.core.meaning.datewords import DAY, FUTURE, LEAN_AFTER, MONTH, MONTHS, PART, PAST, WEEKDAYS, Lean

_ORDINALS = {"eerste": 1, "1e": 1, "tweede": 2, "2e": 2, "derde": 3, "3e": 3, "vierde": 4, "4e": 4, "laatste": -1}
_RELATIVE = {"eergisteren": -2, "gisteren": -1, "vandaag": 0, "morgen": 1, "overmorgen": 2}
_SPOKEN = re.compile(
    rf"(?<![a-zà-ÿ'’-])(?:(eergisteren|gisteren|gister(?={PART})|vandaag|overmorgen|morgen){PART}?"
    rf"|(van(?:avond|middag|ochtend|morgen))|({DAY}){PART}?)(?![a-zà-ÿ-])"
)
_NOT_SPOKEN = re.compile(r"\b(?:goe[di]e|van|de|elke|iedere|tot)\s{1,3}$")
_WEEK = r"(volgende|komende|deze|afgelopen|vorige)\s{1,2}week"
_WEEK_BEFORE = re.compile(rf"\b{_WEEK}\s{{1,2}}(?:op\s{{1,2}})?$")
_WEEK_AFTER = re.compile(rf"\s{{1,2}}(?:in\s{{1,2}})?{_WEEK}\b")
_LEAN_BEFORE = re.compile(rf"\b(?:({FUTURE})|({PAST}))\s{{1,2}}$")
_ORDINAL_BEFORE = re.compile(rf"(\b\w+\s{{1,2}})?\b({'|'.join(_ORDINALS)})\s{{1,2}}$")
_OF_MONTH = re.compile(
    rf"\s{{1,3}}(?:van|in)\s{{1,2}}(?:de\s{{1,2}}maand\s{{1,2}})?({MONTH})(?![a-zà-ÿ])"
    r"(?:\s{1,3}((?:19|20)\d\d)(?!\d|\s{0,2}uur))?"
)
_OF_ITS_MONTH = re.compile(
    rf"\s{{1,2}}de\s{{1,2}}(\d{{1,2}})\s?(?:ste|de|e)(?![a-zà-ÿ\d])(?!\s{{1,3}}(?:van\s|{MONTH}\b))"
)
_EVERY = ("elke", "iedere", "elk", "ieder")
_WEEKS = {"volgende": 1, "komende": 1, "deze": 0, "afgelopen": -1, "vorige": -1}


def spoken_dates(lowered: str, today: date, lean: Lean | None = None) -> Iterator[tuple[date, int, int]]:
    """The dates that a text in lower case names without a number, each with its start and end, in order."""
    for match in _SPOKEN.finditer(lowered):
        start, end = match.span()
        before = lowered[max(0, start - 40) : start]
        if match[3]:
            named = _weekday(WEEKDAYS[match[3]], lowered, before, end, today, lean)
        elif match[1] and (_NOT_SPOKEN.search(before) or lowered[end : end + 7] == " de dag"):
            named = None
        else:
            near = _shift(today, 0 if match[2] else _RELATIVE.get(match[1], -1))
            named = (near, 0, end) if near else None
        if named:
            value, back, end = named
            yield value, start - back, end


def _weekday(
    weekday: int, lowered: str, before: str, end: int, today: date, lean: Lean | None
) -> tuple[date, int, int] | None:
    """The date a bare weekday stands for, how many characters before it belong to it, and where it ends."""
    if match := _ORDINAL_BEFORE.search(before):
        return _nth(match, weekday, lowered, end, today, lean)
    if match := _WEEK_BEFORE.search(before):
        value = _in_week(today, weekday, _WEEKS[match[1]])
        return (value, len(before) - match.start(), end) if value else None
    if match := _WEEK_AFTER.match(lowered, end):
        value = _in_week(today, weekday, _WEEKS[match[1]])
        return (value, 0, match.end()) if value else None
    if match := _LEAN_BEFORE.search(before):
        value = _next(today, weekday, "future" if match[1] else "past")
        return (value, len(before) - match.start(), end) if value else None
    if match := LEAN_AFTER.match(lowered, end):
        value = _next(today, weekday, "future" if match[1] else "past")
        return (value, 0, match.end()) if value else None
    if match := _OF_ITS_MONTH.match(lowered, end):
        value = _of_its_month(today, weekday, int(match[1]), lean)
        return (value, 0, match.end()) if value else None
    return None


def _of_its_month(today: date, weekday: int, day: int, lean: Lean | None) -> date | None:
    """ "Dinsdag de 23e": the nearest day of that number that is that weekday, at most five weeks away."""
    around = (_shift(today, days) for days in range(-35, 36))
    options = [value for value in around if value and (value.day, value.weekday()) == (day, weekday)]
    on_side = [value for value in options if lean is None or value == today or (value > today) == (lean == "future")]
    return min(on_side, key=lambda value: abs((value - today).days), default=None)


def _nth(
    ordinal: re.Match[str], weekday: int, lowered: str, end: int, today: date, lean: Lean | None
) -> tuple[date, int, int] | None:
    month = _OF_MONTH.match(lowered, end)
    if not month or (ordinal[1] or "").strip() in _EVERY:
        return None
    years = [int(month[2])] if month[2] else range(max(1, today.year - 1), min(9998, today.year + 1) + 1)
    number, nth = MONTHS[month[1]], _ORDINALS[ordinal[2]]
    options = [
        option
        for option in (_nth_weekday(year, number, weekday, nth) for year in years)
        if month[2] or _near(option, today, lean)
    ]
    nearest = min(options, key=lambda option: abs((option - today).days), default=None)
    return (nearest, len(ordinal.string) - ordinal.start(2), month.end()) if nearest else None


def _near(option: date, today: date, lean: Lean | None) -> bool:
    """Whether a date without a year is close enough, and on the side of today that is asked for."""
    on_side = lean is None or option == today or (option > today) == (lean == "future")
    return on_side and abs((option - today).days) <= 200


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    if nth < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _in_week(today: date, weekday: int, weeks: int) -> date | None:
    return _shift(today, weekday - today.weekday() + 7 * weeks)


def _next(today: date, weekday: int, lean: Lean) -> date | None:
    """The weekday nearest to today on that side of it, today itself left out."""
    if lean == "future":
        return _shift(today, (weekday - today.weekday() - 1) % 7 + 1)
    return _shift(today, -((today.weekday() - weekday - 1) % 7 + 1))


def _shift(today: date, days: int) -> date | None:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None

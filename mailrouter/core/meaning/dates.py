"""A grammar for Dutch civil dates, and the door to the one for clock times (`mailrouter.core.meaning.clock`).

What is read: full and short months and weekdays, written and numeric dates, ranges, a.s./jl., relative days and
"tweede maandag van maart". A missing year is decided by the weekday, else by what lies nearest. In doubt nothing is
found: a date that is not there is better than a wrong one. Time is linear in the length of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from mailrouter.core.meaning.clock import FoundTime, find_times
from mailrouter.core.meaning.datewords import ANY_DAY, FUTURE, LEAN_AFTER, MONTH, MONTHS, PART, PAST, WEEKDAYS, Lean
from mailrouter.core.meaning.spoken import spoken_dates
from mailrouter.core.meaning.words import lower

__all__ = ["FoundDate", "FoundTime", "Lean", "find_dates", "find_times"]


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A civil date in a text: `text[start:end] == words`; `until` is the last day of a range.

    `exact` tells that the words fix the date by themselves: its year is written.
    """

    value: date
    start: int
    end: int
    words: str
    until: date | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class _Written:
    """A date as the words have it, before year, weekday and neighbours were weighed."""

    start: int
    end: int
    day: int
    month: int
    year: int | None = None
    first: int | None = None
    """The first day of "12 t/m 14 mei"; `day` is then the last."""
    joined: bool = False
    """`first` and `day` are two dates ("12 en 13 mei"), not a range."""
    weekday: int | None = None
    lean: Lean | None = None


_SMALL_WORDS = frozenset({"zo", "do", "di", "za"})
"""Short weekdays that are words, names or typing errors too: a wrong one does not spoil the date behind it."""

_RANGE = r"(t/m|tot\s{1,2}en\s{1,2}met|tot|en|&|-|–|—)"

_NUMBER = re.compile(r"\d{1,4}")
_NAMED = re.compile(
    rf"(?:(\d{{1,2}})\s{{0,2}}{_RANGE}\s{{0,2}}(?:(?:{ANY_DAY})\.?\s{{1,2}})?)?(\d{{1,2}})\s?(?:ste|de|e)?"
    rf"(?:\s{{0,6}}|-)({MONTH})(?![a-zà-ÿ])\.?"
    r"(?:(?:\s{1,6}|-)((?:19|20)\d\d)(?!\d|\s{0,2}(?:uur|u\b))|\s{0,3}['’‘`](\d\d)(?!\d))?"
)
_NUMERIC = re.compile(
    r"(?P<day>\d{1,2})(?:\s?[-/.]\s?(?P<month>\d{1,2})\s?[-/.]\s?(?P<year>(?:19|20)\d\d|['’‘`]\d\d)"
    r"|(?<=\d\d)\.(?P<dotted>\d\d)\.(?P<dotted_year>\d\d)"
    r"|(?P<mark>[-/])(?P<short>\d{1,2})(?:(?P=mark)(?P<short_year>\d\d))?)"
    r"(?!\d|[-/.:]\d)"
)
_ISO = re.compile(r"((?:19|20)\d\d)-(\d\d)-(\d\d)(?!\d|-\d)")
_WEEKDAY_BEFORE = re.compile(
    rf"(?:({FUTURE})\s{{1,2}}|({PAST})\s{{1,2}})?(?<![a-zà-ÿ])({ANY_DAY}){PART}?[.,]?\s{{0,3}}"
    r"(?:\(|d\.?d\.?\s{1,2}|de\s{1,2}|op\s{1,2})?$"
)
_CUE_BEFORE = re.compile(
    r"(?:\b(?:op|d\.?d\.?|dd|datum|wanneer|vanaf|uiterlijk|sinds|t/m|per)[:.]?\s{0,3}"
    rf"|\b(?:{ANY_DAY}){PART}?[.,]?\s{{1,3}})$"
)
_NUMBER_BEFORE = re.compile(r"\d\s$")
_NOT_A_DATE = re.compile(
    r"(?:[\d][.,:/-]|[€$]\s?|[/-]|\b(?:wk|week|nr|punt|art|artikel|blz|pag|pagina|deel|nummer|tel|bijlage|versie)\.?\s?)$"
)
_LIST = re.compile(rf"\s{{0,3}}(?:,|en|&|of|t/m|tot|tot en met|-|–)\s{{0,3}}(?:(?:{ANY_DAY})\.?\s{{1,3}})?")


def find_dates(text: str, today: date, lean: Lean | None = None, *, title: bool = False) -> list[FoundDate]:
    """The dates a Dutch text names, in order of their place; never two over the same words.

    `today` is the day the text was written: relative days count from it, and a missing year is the nearest one that
    fits (`lean`: seek it in the past or in the future only). A weekday that contradicts its date makes it no date.
    In a `title` "20-1" is a date without anything that says so.
    """
    lowered = lower(text)
    written = _inherit_years(list(_written(text, lowered, title)), lowered)
    found = [item for entry in written for item in _resolve(entry, text, today, lean)]
    spoken = [FoundDate(value, start, end, text[start:end]) for value, start, end in spoken_dates(lowered, today, lean)]
    result: list[FoundDate] = []
    end = 0
    for item in sorted([*found, *spoken], key=lambda item: (item.start, -item.end)):
        if item.start >= end or (result and item.words == result[-1].words):  # two dates of "12 en 13 mei"
            result.append(item)
            end = item.end
    return result


def _written(text: str, lowered: str, title: bool) -> Iterator[_Written]:
    """Dates with a day and a month in them."""
    done = 0
    for number in _NUMBER.finditer(lowered):
        start = number.start()
        if start < done:
            continue
        before = lowered[max(0, start - 32) : start]
        if before[-1:].isdigit() or _NOT_A_DATE.search(before):
            continue
        item = _named(text, lowered, start) or _iso(lowered, start) or _numeric(lowered, start, before, title)
        if item and (item := _with_neighbours(item, lowered, before)):
            done = item.end
            yield item


def _named(text: str, lowered: str, start: int) -> _Written | None:
    match = _NAMED.match(lowered, start)
    if not match:
        return None
    if text[match.start(4) : match.end(4)] == "Jan" and not (match[5] or match[6]):
        return None  # more often a man than a month
    first, day = (int(match[1]) if match[1] else None), int(match[3])
    joined = match[2] in ("en", "&")
    if first is not None and not 0 < first < day:
        return None
    year = int(match[5]) if match[5] else _full_year(match[6])
    return _Written(start, match.end(), day, MONTHS[match[4]], year, first, joined)


def _iso(lowered: str, start: int) -> _Written | None:
    match = _ISO.match(lowered, start)
    return _Written(start, match.end(), int(match[3]), int(match[2]), int(match[1])) if match else None


def _numeric(lowered: str, start: int, before: str, title: bool) -> _Written | None:
    match = _NUMERIC.match(lowered, start)
    if not match:
        return None
    day, end = int(match["day"]), match.end()
    if match["year"]:
        return _Written(start, end, day, int(match["month"]), _full_year(match["year"]))
    cue = bool(_CUE_BEFORE.search(before)) or (title and not _NUMBER_BEFORE.search(before))
    if match["dotted"]:
        return _Written(start, end, day, int(match["dotted"]), _full_year(match["dotted_year"])) if cue else None
    month = int(match["short"])
    if match["short_year"]:
        return _Written(start, end, day, month, _full_year(match["short_year"]))
    looks_like_date = match["mark"] == "/" and not (day < month <= 5) and (day, month) != (24, 7)
    return _Written(start, end, day, month) if cue or looks_like_date else None


def _full_year(digits: str | None) -> int | None:
    """'23 → 2023, '78 → 1978: two digits mean 1951 to 2050."""
    if not digits:
        return None
    year = int(digits.lstrip("'’‘`"))
    return year if year > 99 else year + (2000 if year <= 50 else 1900)


def _with_neighbours(item: _Written, lowered: str, before: str) -> _Written | None:
    """Take in the weekday before a date and the a.s. or jl. around it; None if they contradict it."""
    lean: Lean | None = None
    if match := _WEEKDAY_BEFORE.search(before):
        weekday: int | None = WEEKDAYS[match[3]]
        fits = item.year is None or _fits(item, item.year, weekday)
        if not fits and match[3] not in _SMALL_WORDS:
            return None
        lean = "future" if match[1] else "past" if match[2] else None
        item = replace(item, start=item.start - len(before) + match.start(), weekday=weekday if fits else None)
    if match := LEAN_AFTER.match(lowered, item.end):
        lean = "future" if match[1] else "past"
        item = replace(item, end=match.end())
    return replace(item, lean=lean)


def _fits(item: _Written, year: int, weekday: int | None) -> bool:
    value = _date(year, item.month, item.first or item.day)
    return value is not None and (weekday is None or value.weekday() == weekday)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _inherit_years(items: list[_Written], lowered: str) -> list[_Written]:
    """In "9 februari en 4 maart 2010" the year belongs to both."""
    for index in range(len(items) - 2, -1, -1):
        item, following = items[index], items[index + 1]
        if item.year is not None or following.year is None:
            continue
        if _LIST.fullmatch(lowered, item.end, following.start):
            later = (item.month, item.day) > (following.month, following.day)
            items[index] = replace(item, year=following.year - later)
    return items


def _resolve(item: _Written, text: str, today: date, lean: Lean | None) -> Iterator[FoundDate]:
    first = item.first or item.day
    value = _choose(first, item, today, item.lean or lean)
    until = _date(value.year, item.month, item.day) if value else None
    if value is None or until is None:
        return
    found = FoundDate(value, item.start, item.end, text[item.start : item.end], exact=item.year is not None)
    if item.first is None:
        yield found
    elif item.joined:
        yield found
        yield replace(found, value=until)
    else:
        yield replace(found, until=until)


def _choose(day: int, item: _Written, today: date, lean: Lean | None) -> date | None:
    """The date meant: as written, else the nearest with that weekday, else the nearest of all."""
    if item.year is not None:
        value = _date(item.year, item.month, day)
        return value if value and item.weekday in (None, value.weekday()) else None
    reach = 400 if item.weekday is not None or lean else 200
    options = [
        value
        for year in range(max(1, today.year - 2), min(9999, today.year + 2) + 1)
        if (value := _date(year, item.month, day)) is not None
        and item.weekday in (None, value.weekday())
        and abs((value - today).days) <= reach
        and (lean is None or value == today or (value > today) == (lean == "future"))
    ]
    return min(options, key=lambda value: abs((value - today).days), default=None)

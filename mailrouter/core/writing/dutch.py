"""How letters write days, times and sizes in Dutch ("woensdag 6 juli 2022 om 19.30 uur", "1,2 MB")."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

_NL = Locale("nl")
_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "KB"))


def day(value: date) -> str:
    """A day with its weekday: "woensdag 6 juli 2022"."""
    return format_date(value, "EEEE d MMMM y", locale=_NL)


def short_day(value: date) -> str:
    """A day without its weekday: "6 juli 2022"."""
    return format_date(value, "d MMMM y", locale=_NL)


def day_of_year(value: date) -> str:
    """A day with its weekday and without its year: "woensdag 6 juli"."""
    return format_date(value, "EEEE d MMMM", locale=_NL)


def days(first: date, last: date | None) -> str:
    """One day, or the days from `first` up to and including `last`."""
    if last is None or last <= first:
        return day(first)
    begins = day_of_year(first) if first.year == last.year else day(first)
    return f"{begins} tot en met {day(last)}"


def clock(value: time) -> str:
    """A time of day: "19.30 uur"."""
    return f"{value:%H.%M} uur"


def moment(first: date | None, last: date | None, start: time | None, end: time | None) -> str:
    """When something is, as far as that is known; empty if nothing is."""
    several = first is not None and last is not None and last > first
    when = days(first, last) if first else ""
    if start is None:
        return when
    if several:
        return f"{when}, vanaf {clock(start)}"
    at = f"van {start:%H.%M} tot {clock(end)}" if end else f"om {clock(start)}"
    return f"{when} {at}".strip()


def sent(value: datetime, timezone: str) -> str:
    """The moment a mail was sent, on the clock of `timezone`."""
    local = value.astimezone(ZoneInfo(timezone)) if value.tzinfo else value
    return f"{day(local.date())} om {clock(local.time())}"


def size(count: int) -> str:
    """A number of bytes as people say it: "1,2 MB", "340 KB", "12 bytes" (1 KB is 1000 bytes)."""
    for unit, name in _UNITS:
        if count >= unit:
            pattern = "0.#" if count < 10 * unit else "0"
            return f"{format_decimal(count / unit, pattern, locale=_NL)} {name}"
    return f"{count} bytes"


def pages(count: int) -> str:
    """So many pages: "1 pagina", "4 pagina's"."""
    return number(count, "pagina", "pagina's")


def number(count: int, one: str, many: str) -> str:
    """A number of things: "1 besluit", "1.200 tekens"."""
    return f"{format_decimal(count, locale=_NL)} {one if count == 1 else many}"


def listed(words: Sequence[str]) -> str:
    """Things one after another: "4 agendapunten, 1 besluit en 2 acties"."""
    return " en ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)

"""The time zone of a calendar's times, whatever name a program gives it.

IANA names, those names behind a prefix (libical, Mozilla), Windows names (Outlook, Exchange; Unicode CLDR), and else
what the calendar itself says of the zone in VTIMEZONE. A zone that nobody knows is taken to be the municipality's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mailrouter.core.reading.calendars.lines import Line, components, first, text

_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(?:\d\d)?")
_MONTH = re.compile(r"BYMONTH=(\d{1,2})")
_STAMP = re.compile(r"\d{4}(\d\d)\d\d")
_HOUR = timedelta(hours=1)
_CHANGING: dict[tuple[float, float, int], str] = {
    (0, 1, 3): "Europe/London",
    (1, 2, 3): "Europe/Amsterdam",
    (2, 3, 3): "Europe/Athens",
    (-5, -4, 3): "America/New_York",
    (-6, -5, 3): "America/Chicago",
    (-7, -6, 3): "America/Denver",
    (-8, -7, 3): "America/Los_Angeles",
    (10, 11, 10): "Australia/Sydney",
}
"""(hours from UTC in winter, in summer, month in which summer time begins) → a zone that has them."""


class Zones:
    """The zones that a calendar's times can name; `default` for those that name none."""

    def __init__(self, lines: Iterable[Line], default: ZoneInfo) -> None:
        self.default = default
        self._defined = {text(zone, "TZID", 200): zone for zone in _definitions(lines)}
        self._known: dict[str, tzinfo] = {}

    def named(self, name: str) -> tzinfo:
        """The zone of that TZID."""
        if name not in self._known:
            self._known[name] = _iana(name) or _windows(name) or _defined(self._defined, name) or self.default
        return self._known[name]


def _definitions(lines: Iterable[Line]) -> list[list[Line]]:
    """Each VTIMEZONE with its observances in it."""
    found: list[list[Line]] = []
    for line in lines:
        if line.name == "BEGIN" and line.value.strip().upper() == "VTIMEZONE":
            found.append([])
        if found:
            found[-1].append(line)
    return [zone[1:] for zone in found]


def _iana(name: str) -> tzinfo | None:
    """By its own name, or by the last parts of a longer one: "/mozilla.org/2005/Europe/Amsterdam"."""
    pieces = name.strip().strip("/").split("/")
    for length in (len(pieces), 2, 3, 1):
        try:
            return ZoneInfo("/".join(pieces[-length:]))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def _windows(name: str) -> tzinfo | None:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    known: Mapping[str, str] = WINDOWS_TO_OLSON
    found = known.get(name.strip())
    return ZoneInfo(found) if found else None


def _defined(zones: Mapping[str, Sequence[Line]], name: str) -> tzinfo | None:
    """What the calendar says: an offset, or one for winter and one for summer, as some known zone has them too."""
    observances = {kind: _observance(zones.get(name, ()), kind) for kind in ("STANDARD", "DAYLIGHT")}
    winter, summer = observances["STANDARD"], observances["DAYLIGHT"]
    if winter and summer and winter[0] != summer[0]:
        alike = _CHANGING.get((winter[0] / _HOUR, summer[0] / _HOUR, summer[1]))
        return ZoneInfo(alike) if alike else None
    known = winter or summer
    return timezone(known[0]) if known else None


def _observance(zone: Sequence[Line], kind: str) -> tuple[timedelta, int] | None:
    """(offset from UTC, month in which it begins) of the last observance of that kind (RFC 5545 §3.6.5)."""
    for component in reversed(list(components(zone, kind))):
        offset, begins, rule = (first(component, field) for field in ("TZOFFSETTO", "DTSTART", "RRULE"))
        written = _OFFSET.fullmatch(offset.value.strip()) if offset else None
        month = (_MONTH.search(rule.value) if rule else None) or (_STAMP.match(begins.value) if begins else None)
        if written and month:
            length = timedelta(hours=int(written[2]), minutes=int(written[3]))
            return (-length if written[1] == "-" else length), int(month[1])
    return None

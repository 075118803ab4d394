"""libical, the library with which GNOME Calendar, Evolution and KOrganizer read calendar files.

It is asked as those programs ask it: for the moment of DTSTART and DTEND, on the clock of the zone that the file itself
describes (VTIMEZONE), and of the zone that the program knows.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

LIBRARY = "libical.so.3"


class _Time(ctypes.Structure):
    """`struct icaltimetype` (icaltime.h)."""

    _fields_ = (
        *(
            (name, ctypes.c_int)
            for name in ("year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")
        ),
        ("zone", ctypes.c_void_p),
    )


@dataclass(frozen=True)
class Shown:
    """An event as a calendar program shows it. `start`, `end`: on the clock of Amsterdam, "2026-03-29 20:00"."""

    uid: str
    title: str
    status: str
    start: str
    end: str
    start_utc: datetime
    end_utc: datetime
    """Both by the zone that the file describes."""
    is_day: bool


def _loaded() -> ctypes.CDLL:
    library = ctypes.CDLL(LIBRARY)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("icalparser_parse_string", pointer, (text,)),
        ("icalcomponent_free", None, (pointer,)),
        ("icalcomponent_string_to_kind", number, (text,)),
        ("icalcomponent_get_first_component", pointer, (pointer, number)),
        ("icalcomponent_get_timezone", pointer, (pointer, text)),
        ("icalcomponent_count_errors", number, (pointer,)),
        ("icalcomponent_get_uid", text, (pointer,)),
        ("icalcomponent_get_summary", text, (pointer,)),
        ("icalcomponent_get_status", number, (pointer,)),
        ("icalproperty_status_to_string", text, (number,)),
        ("icalcomponent_get_dtstart", _Time, (pointer,)),
        ("icalcomponent_get_dtend", _Time, (pointer,)),
        ("icaltimezone_get_builtin_timezone", pointer, (text,)),
        ("icaltimezone_get_utc_timezone", pointer, ()),
        ("icaltime_convert_to_zone", _Time, (_Time, pointer)),
        ("icaltime_as_timet_with_zone", ctypes.c_long, (_Time, pointer)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


@contextmanager
def opened(raw: bytes) -> Iterator[tuple[ctypes.CDLL, ctypes.c_void_p]]:
    """The library, and a file that it reads without a complaint."""
    library = _loaded()
    calendar = library.icalparser_parse_string(raw)
    assert calendar, "libical cannot read it"
    try:
        assert 0 == library.icalcomponent_count_errors(calendar)
        yield library, calendar
    finally:
        library.icalcomponent_free(calendar)


def shown(raw: bytes, place: str = "Europe/Amsterdam") -> Shown:
    """The one event of a calendar file, as a program in that place shows it."""
    with opened(raw) as (library, calendar):
        kind = library.icalcomponent_string_to_kind(b"VEVENT")
        event = library.icalcomponent_get_first_component(calendar, kind)
        here = library.icaltimezone_get_builtin_timezone(place.encode())
        described = library.icalcomponent_get_timezone(calendar, place.encode())
        start, end = library.icalcomponent_get_dtstart(event), library.icalcomponent_get_dtend(event)
        moments = [library.icaltime_as_timet_with_zone(time, described) for time in (start, end)]
        start_utc, end_utc = (datetime.fromtimestamp(moment, UTC) for moment in moments)
        return Shown(
            uid=library.icalcomponent_get_uid(event).decode(),
            title=library.icalcomponent_get_summary(event).decode(),
            status=library.icalproperty_status_to_string(library.icalcomponent_get_status(event)).decode(),
            start=_written(start if start.is_date else library.icaltime_convert_to_zone(start, here)),
            end=_written(end if end.is_date else library.icaltime_convert_to_zone(end, here)),
            start_utc=start_utc,
            end_utc=end_utc,
            is_day=bool(start.is_date),
        )


def _written(time: _Time) -> str:
    day = f"{time.year:04}-{time.month:02}-{time.day:02}"
    return day if time.is_date else f"{day} {time.hour:02}:{time.minute:02}"

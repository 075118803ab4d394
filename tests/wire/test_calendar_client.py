"""Our calendar files in the library of a real calendar program, on both sides of each change of the clock."""

import ctypes
from datetime import UTC, date, datetime, time, timedelta

import pytest

from mailrouter.core.writing import calendar
from mailrouter.core.writing.calendar import Entry
from tests.wire.libical import LIBRARY, opened, shown

WRITTEN = datetime(2026, 2, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def library() -> None:
    """Skipped where the library is not installed; never in CI."""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        pytest.skip(f"{LIBRARY} is not here (Debian: libical3)")


def file(entry: Entry, written: datetime = WRITTEN) -> bytes:
    return calendar.file(
        entry, ("Dorpsraad Oosterdorp", "s@raad.example"), "gemeente.example", "Europe/Amsterdam", written
    )


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2026, 3, 28), 19), (date(2026, 3, 29), 18), (date(2026, 3, 30), 18),
        (date(2026, 10, 24), 18), (date(2026, 10, 25), 19), (date(2026, 10, 26), 19),
        (date(2027, 3, 27), 19), (date(2027, 3, 28), 18), (date(2027, 10, 30), 18), (date(2027, 10, 31), 19),
    ],
)  # fmt: skip
def test_an_evening_is_shown_at_its_hour(day: date, utc: int) -> None:
    """20.00 uur is shown as 20:00 by a program that knows the zone, and is the right moment by the file's own zone."""
    found = shown(file(Entry("oosterdorp", "Bijeenkomst", day, day, start=time(20), end=time(22))))
    assert (f"{day} 20:00", f"{day} 22:00") == (found.start, found.end)
    assert datetime(day.year, day.month, day.day, utc, tzinfo=UTC) == found.start_utc
    assert ("CONFIRMED", False) == (found.status, found.is_day)


def test_the_night_itself() -> None:
    """A night that the change falls in: an hour shorter in March, an hour longer in October, and so shown."""
    for day, hours in ((date(2026, 3, 28), 3), (date(2026, 10, 24), 5)):
        entry = Entry("oosterdorp", "Nachtwandeling", day, day, day + timedelta(days=1), time(23, 30), time(3, 30))
        found = shown(file(entry))
        assert (f"{day} 23:30", f"{day + timedelta(days=1)} 03:30") == (found.start, found.end)
        assert timedelta(hours=hours) == found.end_utc - found.start_utc


def test_one_in_another_place_sees_another_hour() -> None:
    """Who is in Lisbon sees an hour earlier: the file names a moment, not a floating time."""
    day = date(2026, 3, 29)
    raw = file(Entry("oosterdorp", "Bijeenkomst", day, day, start=time(20)))
    with opened(raw) as (library, event):
        lisbon = library.icaltimezone_get_builtin_timezone(b"Europe/Lisbon")
        kind = library.icalcomponent_string_to_kind(b"VEVENT")
        start = library.icalcomponent_get_dtstart(library.icalcomponent_get_first_component(event, kind))
        assert 19 == library.icaltime_convert_to_zone(start, lisbon).hour


def test_a_day_without_hours_is_a_day() -> None:
    """Nothing is made up, and no clock moves it to the day before."""
    found = shown(file(Entry("oosterdorp", "Dorpsfeest", date(2026, 3, 29), date(2026, 3, 29))))
    assert (True, "2026-03-29", "2026-03-30") == (found.is_day, found.start, found.end)


def test_moved_and_off() -> None:
    """The program sees one event by its UID: planned, on another day, then cancelled."""
    first, second = date(2026, 3, 26), date(2026, 4, 2)
    planned = shown(file(Entry("oosterdorp", "Bijeenkomst", first, first, start=time(20))))
    moved = Entry("oosterdorp", "Bijeenkomst", first, second, start=time(20), change="moved")
    gone = Entry("oosterdorp", "x", second, second, start=time(20), change="cancelled", name="2026-03-26")
    later, last = shown(file(moved)), shown(file(gone))
    assert {planned.uid} == {later.uid, last.uid}
    assert ["2026-03-26 20:00", "2026-04-02 20:00"] == [planned.start, later.start]
    assert "CANCELLED" == last.status

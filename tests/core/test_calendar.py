"""Calendar files: what our own say, read by two libraries, and what councils' own calendars say."""

import datetime as dt
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject

from mailrouter.core.model import Attachment
from mailrouter.core.reading.calendars.events import read_events
from mailrouter.core.writing import calendar, repeating
from mailrouter.core.writing.calendar import Entry
from mailrouter.core.writing.samples.cases import MOMENT, samples
from mailrouter.core.writing.samples.routing import ROUTING

ZONE = ZoneInfo("Europe/Amsterdam")
_MONDAY = "DTSTART;TZID=Europe/Amsterdam:20260105T200000\nRRULE:"
CASES = {sample.name: sample for sample in samples(ROUTING)}


def written(entry: Entry, moment: dt.datetime = MOMENT) -> bytes:
    return calendar.file(entry, ("Dorpsraad Oosterdorp", "s@raad.example"), "gemeente.example", ZONE.key, moment)


def event(entry: Entry, moment: dt.datetime = MOMENT) -> icalendar.Event:
    (found,) = icalendar.Calendar.from_ical(written(entry, moment)).walk("VEVENT")
    return found


def entry(name: str) -> Entry:
    found = calendar.meeting(CASES[name].facts, "oosterdorp", "Bijeenkomst", ["Kom! Zie https://x.example/a en lees."])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (dt.date(2026, 3, 28), "19:00"),
        (dt.date(2026, 3, 29), "18:00"),
        (dt.date(2026, 10, 24), "18:00"),
        (dt.date(2026, 10, 25), "19:00"),
    ],
)
def test_local_times_hold_across_the_change_of_the_clock(day: dt.date, utc: str) -> None:
    """20.00 uur is 20.00 in Amsterdam the day before and the day of either change, for both libraries."""
    raw = written(Entry("oosterdorp", "x", day, day, start=dt.time(20), end=dt.time(22)))
    start = icalendar.Calendar.from_ical(raw).walk("VEVENT")[0].decoded("dtstart")
    other = vobject.readOne(raw.decode()).vevent.dtstart.value
    for found in (start, other):
        assert f"{found.astimezone(dt.UTC):%H:%M}" == utc
        assert found.astimezone(ZONE).time() == dt.time(20)


def test_a_meeting_that_moves_or_is_off_is_the_same_entry() -> None:
    """One UID, a SEQUENCE that grows, the new day, and then CANCELLED."""
    later = MOMENT + dt.timedelta(days=1)
    planned, moved, gone = event(entry("invitation")), event(entry("moved"), later), event(entry("cancelled"), later)
    assert planned["uid"] == moved["uid"] == gone["uid"]
    assert planned["sequence"] < moved["sequence"]
    assert [found["status"] for found in (planned, moved, gone)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert moved.decoded("dtstart").date() == dt.date(2026, 10, 1)


def test_an_entry_publishes_and_holds_no_link() -> None:
    """METHOD:PUBLISH, place, no attendees, no link."""
    raw = written(entry("invitation"))
    assert b"METHOD:PUBLISH\r\n" in raw
    assert b"LOCATION:Dorpshuis De Brink\r\n" in raw
    assert (b"ATTENDEE" in raw, b"http" in raw) == (False, False)
    assert max(map(len, raw.split(b"\r\n"))) <= 75


def test_a_meeting_without_a_time_is_a_whole_day() -> None:
    """No time is made up."""
    found = event(Entry("oosterdorp", "x", dt.date(2026, 3, 28), dt.date(2026, 3, 28)))
    assert (found.decoded("dtstart"), found.decoded("dtend")) == (dt.date(2026, 3, 28), dt.date(2026, 3, 29))


@pytest.mark.parametrize(
    ("lines", "start", "rule"),
    [
        ("DTSTART;TZID=W. Europe Standard Time:20260706T200000", dt.time(20), ""),
        ("DTSTART;TZID=GMT Standard Time:20260706T190000", dt.time(20), ""),
        ("DTSTART;TZID=/mozilla.org/20050126_1/Europe/Amsterdam:20260706T200000", dt.time(20), ""),
        ("DTSTART:20260706T200000", dt.time(20), ""),
        ("DTSTART:20260706T180000Z", dt.time(20), ""),
        ("DTSTART;VALUE=DATE:20260706", None, ""),
        (
            "DTSTART;TZID=Europe/Amsterdam:20260105T200000\nRRULE:FREQ=MONTHLY;BYDAY=1MO",
            dt.time(20),
            "elke maand op de eerste maandag",
        ),
        (
            "DTSTART;TZID=Europe/Amsterdam:20260105T200000\nRRULE:FREQ=WEEKLY;INTERVAL=2",
            dt.time(20),
            "elke 2 weken op maandag",
        ),
        ("DTSTART:20260706T200000\nRRULE:FREQ=SECONDLY", dt.time(20), ""),
    ],
)
def test_times_of_calendars_as_programs_write_them(lines: str, start: dt.time | None, rule: str) -> None:
    """Windows names, prefixed names, floating, UTC and whole days; what repeats stands on its next day."""
    raw = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n".encode()
    (found,) = read_events([Attachment("a.ics", "text/calendar", raw)], ZONE.key, dt.date(2026, 7, 6))
    assert (found.day, found.start) == (dt.date(2026, 7, 6), start)
    assert (repeating.words(found.rule) if found.rule else "") == rule

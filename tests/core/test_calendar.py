"""Calendar files: what our own say, read by two libraries, and what councils' own calendars say."""

import datetime as dt
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject

from mailrouter.config import load, share
from mailrouter.core.model import Attachment
from mailrouter.core.reading.calendars.events import read_events
from mailrouter.core.understand import Job, understand
from mailrouter.core.writing import calendar, repeating
from mailrouter.core.writing.calendar import Entry
from mailrouter.core.writing.samples.cases import MOMENT, samples
from mailrouter.core.writing.samples.routing import ROUTING
from tests.core.letters import body, read
from tests.core.letters import written as delivered

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


CANCEL = """\
BEGIN:VCALENDAR
PRODID:-//kalender//NL
VERSION:2.0
METHOD:CANCEL
BEGIN:VEVENT
UID:vergadering-24@dorpsraad-oosterdorp.example
SEQUENCE:3
DTSTAMP:20260914T090000Z
DTSTART;TZID=W. Europe Standard Time:20260924T200000
SUMMARY:Vergadering dorpsraad
LOCATION:Dorpshuis
STATUS:CONFIRMED
ORGANIZER:mailto:secretaris@dorpsraad-oosterdorp.example
ATTENDEE:mailto:dorpsraden@gemeente.example
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_that_cancels_leads_and_is_passed_on() -> None:
    """METHOD:CANCEL: the letter begins with it; the part goes on as the same event, off, asking nothing in our name."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "secretaris@dorpsraad-oosterdorp.example", "dorpsraden@gemeente.example"
    mail["Subject"], mail["Message-ID"] = "Vergadering dorpsraad", "<9@dorpsraad-oosterdorp.example>"
    mail["Date"] = "Mon, 14 Sep 2026 11:00:00 +0200"
    mail.set_content("Zie de bijlage.\n")
    mail.add_attachment(CANCEL, subtype="calendar", params={"method": "CANCEL"}, filename="afspraak.ics")
    raw = mail.as_bytes(policy=SMTP)
    found = understand(Job(raw, len(raw), MOMENT), load(share() / "config").routing)
    assert ("forward", "cancelled", found.draft is not None) == (
        found.outcome,
        found.explanation["facts"]["status"],
        True,
    )
    letter = read(delivered(found.draft, raw))
    assert str(letter["Subject"]).startswith("[Oosterdorp] Gaat niet door – ")
    told = body(letter)
    assert told.startswith("Dorpsraad Oosterdorp: de bijeenkomst van donderdag 24 september 2026 gaat niet door.\n")
    assert "Haal de bijeenkomst uit uw agenda. U hoeft niet te antwoorden." in told
    assert "Open de bijlage van de dorpsraad: die meldt hem af." in told
    [part] = letter.iter_attachments()
    assert ("afspraak.ics", "text/calendar", None) == (
        part.get_filename(),
        part.get_content_type(),
        part.get_param("method"),
    )
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    [event] = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert ["vergadering-24@dorpsraad-oosterdorp.example", "3", "CANCELLED"] == [
        str(event[name]) for name in ("uid", "sequence", "status")
    ]
    assert ("CANCELLED", False) == (vobject.readOne(content.decode()).vevent.status.value, b"METHOD" in content)

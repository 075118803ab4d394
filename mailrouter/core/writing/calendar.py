"""The calendar file of a letter: a meeting that prose or a PDF tells of, for the reader's own calendar.

METHOD:PUBLISH (RFC 5546 §3.2.1), so that no calendar program takes it for an invitation in our name. The UID follows
from the village and what the meeting is known by (`mailrouter.core.meetings`): a later mail that moves or cancels it
changes the same entry, and SEQUENCE, which counts the seconds, tells the newest.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from mailrouter.core.meetings import Change
from mailrouter.core.model import Facts, Meeting
from mailrouter.core.writing.fields import one_line

if TYPE_CHECKING:
    from icalendar import Timezone

FILE = "bijeenkomst.ics"
TYPE = "text/calendar; charset=utf-8; method=PUBLISH"
"""RFC 6047 §2.4: the part says the same METHOD as the calendar in it."""
_COUNTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_MOST_SEQUENCE = 2**31 - 1
_LONGEST = 300
_MOST_LINES = 40
_LINK = re.compile(r"(?i)\b(?:https?|ftp)://\S*|\bwww\.\S*|\bmailto:\S*")
_PRODUCT = "-//mailrouter//letters//NL"
# Summer time as the European Union has it: what calendar programs themselves write for this zone.
_CENTRAL_EUROPE = (
    ("DAYLIGHT", date(1981, 3, 29), time(2), timedelta(hours=1), timedelta(hours=2), "CEST"),
    ("STANDARD", date(1996, 10, 27), time(3), timedelta(hours=2), timedelta(hours=1), "CET"),
)
"""(component, first day, clock before the change, offset before, offset after, name)."""
_LIKE_AMSTERDAM = ("Europe/Amsterdam", "Europe/Brussels", "Europe/Berlin", "Europe/Paris")


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting as it goes into a calendar. `planned`: the day it stood on before this mail."""

    village: str
    title: str
    planned: date
    day: date
    last_day: date | None = None
    start: time | None = None
    end: time | None = None
    place: str = ""
    change: Change = "planned"
    about: tuple[str, ...] = ()
    """The lines of its description."""
    name: str = ""
    """What it is known by; empty: by the day of `planned`."""

    @property
    def status(self) -> Literal["CONFIRMED", "CANCELLED"]:
        """RFC 5545 §3.8.1.11."""
        return "CANCELLED" if self.change == "cancelled" else "CONFIRMED"


def meeting(facts: Facts, village: str, title: str, about: Sequence[str]) -> Entry | None:
    """The meeting that a mail is about, if it tells of one that is to come, was moved, or does not go on."""
    if facts.status is None or facts.date is None:
        return None
    gone = facts.status == "cancelled"
    return Entry(
        village=village,
        title=f"Gaat niet door: {title}" if gone else title,
        planned=(facts.moved_from or facts.date) if facts.status == "moved" else facts.date,
        day=facts.date,
        last_day=facts.date_end,
        start=facts.start,
        end=facts.end,
        place=facts.place or "",
        change=facts.status,
        about=("Deze bijeenkomst gaat niet door.",) if gone else tuple(about),
    )


def next_meeting(announced: Meeting | None, village: str, title: str, about: Sequence[str]) -> Entry | None:
    """The next meeting that minutes announce, if they name its day."""
    if announced is None or announced.date is None:
        return None
    return Entry(
        village=village,
        title=title,
        planned=announced.date,
        day=announced.date,
        start=announced.start,
        place=announced.place or "",
        about=tuple(about),
    )


def uid(entry: Entry, domain: str) -> str:
    """The UID of a village's meeting (RFC 7986 §5.3: it tells nothing): the same from every mail about it."""
    known = f"{domain}|{entry.village}|{entry.name or entry.planned.isoformat()}"
    return f"{hashlib.sha256(known.encode()).hexdigest()[:32]}@{domain}"


def file(entry: Entry, organizer: tuple[str, str], domain: str, timezone: str, written: datetime) -> bytes:
    """The calendar file (CRLF, lines of at most 75 octets).

    `organizer`: name and address of the council; `written`: the moment of the mail (aware), which orders what was said.
    """
    from icalendar import Calendar, Event, vCalAddress

    zone = ZoneInfo(timezone)
    event = Event()
    event.add("uid", uid(entry, domain))
    event.add("sequence", min(max(0, int((written - _COUNTED_FROM).total_seconds())), _MOST_SEQUENCE))
    event.add("dtstamp", written.astimezone(UTC).replace(microsecond=0))
    for name, moment in _times(entry, zone):
        event.add(name, moment)
    event.add("summary", _text(entry.title))
    if entry.place and entry.status == "CONFIRMED":
        event.add("location", _text(entry.place))
    if about := [line for line in map(_text, entry.about[:_MOST_LINES]) if line]:
        event.add("description", "\n".join(about))
    name, address = organizer
    council = vCalAddress(f"mailto:{address}")
    council.params["CN"] = _text(name).replace('"', "'")
    event.add("organizer", council)
    event.add("status", entry.status)
    event.add("transp", "OPAQUE" if entry.start and entry.status == "CONFIRMED" else "TRANSPARENT")
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODUCT)
    calendar.add("method", "PUBLISH")
    if entry.start:
        calendar.add_component(_zone(timezone, entry.day))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _times(entry: Entry, zone: ZoneInfo) -> list[tuple[str, date]]:
    """DTSTART and DTEND: only what the mail says, so that no end is made up; days where no time is known."""
    last = entry.last_day if entry.last_day and entry.last_day > entry.day else entry.day
    if entry.start is None or (last > entry.day and entry.end is None):
        return [("dtstart", entry.day), ("dtend", last + timedelta(days=1))]
    start = datetime.combine(entry.day, entry.start, zone)
    times: list[tuple[str, date]] = [("dtstart", start)]
    if entry.end is not None:
        end = datetime.combine(last, entry.end, zone)
        past_midnight = last == entry.day and entry.end <= entry.start
        times.append(("dtend", end + timedelta(days=1) if past_midnight else end))
    return times


def _zone(timezone: str, day: date) -> "Timezone":
    """The VTIMEZONE that the event's times refer to (RFC 5545 §3.6.5)."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    if timezone not in _LIKE_AMSTERDAM:
        around = timedelta(days=366)
        return Timezone.from_tzid(timezone, first_date=day - around, last_date=day + around)
    zone = Timezone()
    zone.add("tzid", timezone)
    for kind, first, clock, before, after, name in _CENTRAL_EUROPE:
        observance = TimezoneDaylight() if kind == "DAYLIGHT" else TimezoneStandard()
        observance.add("dtstart", datetime.combine(first, clock))
        observance.add("rrule", {"freq": "yearly", "bymonth": first.month, "byday": "-1su"})
        observance.add("tzoffsetfrom", before)
        observance.add("tzoffsetto", after)
        observance.add("tzname", name)
        zone.add_component(observance)
    return zone


def _text(value: str) -> str:
    """On one line, without links: what opens from a calendar must be the reader's own choice."""
    return " ".join(one_line(_LINK.sub("", value), _LONGEST).split())

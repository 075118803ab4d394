"""The meeting that goes along with a letter as a calendar file, if the mail tells of one that is to come."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from mailrouter.core.model import Decision, Facts, Mail
from mailrouter.core.reading.calendars.events import CalendarEvent, read_events
from mailrouter.core.routing import Routing
from mailrouter.core.writing import calendar
from mailrouter.core.writing.calendar import Entry
from mailrouter.core.writing.content import kind_of, village_of

_ANSWERS = ("REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER")
"""Calendar parts that answer an invitation (RFC 5546 §1.4) hold no date for the reader."""
_NO_MOMENT = datetime(2020, 1, 1, tzinfo=UTC)
_FRESH = timedelta(days=7)


def announced(
    mail: Mail, decision: Decision, facts: Facts, routing: Routing, reference: datetime | None
) -> Entry | None:
    """The meeting, by what this mail says alone; None where the mail brings a calendar of its own, or goes to nobody.

    `reference`: when the mail came in (aware; None: when it says it was sent).
    """
    if decision.outcome != "forward" or decision.village is None or events_for_reader(mail, routing, reference):
        return None
    council = village_of(decision, routing).council_name
    about = [kind_of(decision, routing).expects, *(["Agenda:", *facts.agenda] if facts.agenda else [])]
    told = [f"Aangekondigd in een mail van {council}."]
    entries = (
        calendar.meeting(facts, decision.village.key, f"Bijeenkomst {council}", about),
        calendar.next_meeting(facts.next_meeting, decision.village.key, f"Vergadering {council}", told),
    )
    today = _civil_day(written(mail, reference), routing)
    return next((entry for entry in entries if entry and entry.day >= today), None)


def events_for_reader(mail: Mail, routing: Routing, reference: datetime | None) -> Sequence[CalendarEvent]:
    """The events of the mail's own calendar parts."""
    on = _civil_day(reference, routing) if reference else None
    found = read_events(mail.attachments, routing.timezone, on)
    return [event for event in found if event.method not in _ANSWERS]


def written(mail: Mail, reference: datetime | None) -> datetime:
    """When the mail was written, as far as that can be believed: at most a week before it came in, and not after."""
    if reference is None:
        return mail.date or _NO_MOMENT
    if mail.date is not None and timedelta() <= reference - mail.date <= _FRESH:
        return mail.date
    return reference


def _civil_day(moment: datetime, routing: Routing) -> date:
    return moment.astimezone(ZoneInfo(routing.timezone)).date()

"""The events of a mail's calendar parts: what, when and where, on the municipality's clock."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailrouter.core.model import Attachment
from mailrouter.core.reading.calendars.lines import Line, calendars, components, first, lines_of, method, text
from mailrouter.core.reading.calendars.repeats import Rule
from mailrouter.core.reading.calendars.zones import Zones

MOST = 50
"""Events that are read of one mail."""
_MOST_RULES = 3
"""Rules of repetition that are worked out: more than councils send, few enough to stay quick."""
_LONGEST = 1_000
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_DURATION = re.compile(r"\+?P(?:(\d{1,3})W|(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:\d{1,6}S)?)?)")
_MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """An event; of one that repeats the next occurrence. A time of None: the whole day."""

    uid: str
    title: str
    place: str
    day: date
    start: time | None
    last_day: date | None
    """The last day, if that is another one."""
    end: time | None
    method: str
    cancelled: bool
    repeats: bool
    rule: Rule | None
    """How it repeats, if that could be worked out."""
    words: str
    """The DTSTART line it was read from."""


def read_events(attachments: Iterable[Attachment], timezone: str, on: date | None = None) -> tuple[CalendarEvent, ...]:
    """The events of all calendar parts, each once, in their order; those that repeat as they are next after `on`.

    Never raises. Times are civil times of `timezone`; floating ones are taken to be so already.
    """
    found: dict[tuple[object, ...], CalendarEvent] = {}
    for event in _events(attachments, ZoneInfo(timezone), on):
        found.setdefault((event.uid or event.title, event.day, event.start), event)
        if len(found) >= MOST:
            break
    return tuple(found.values())


def _events(attachments: Iterable[Attachment], civil: ZoneInfo, on: date | None) -> Iterator[CalendarEvent]:
    rules = _MOST_RULES
    for part in calendars(attachments):
        lines = lines_of(part)
        purpose, zones = method(part, lines), Zones(lines, civil)
        for component in components(lines, "VEVENT"):
            repeats = first(component, "RRULE") is not None
            event = _event(component, purpose, zones, on if rules and repeats else None)
            if event:
                rules -= 1 if repeats else 0
                yield event


def _event(component: Sequence[Line], purpose: str, zones: Zones, on: date | None) -> CalendarEvent | None:
    line = first(component, "DTSTART")
    start = _moment(line, zones)
    if line is None or start is None:
        return None
    end = _end(component, start, zones)
    rule = _rule(component, start)
    if rule and on:
        start, end = _next(rule, component, (start, end), zones, on)
    day, clock = _civil(start, zones.default)
    last, until = _civil(end, zones.default) if end and _follows(start, end) else (day, None)
    status = text(component, "STATUS", 50).upper()
    return CalendarEvent(
        uid=text(component, "UID", 500),
        title=text(component, "SUMMARY", _LONGEST),
        place=text(component, "LOCATION", _LONGEST),
        day=day,
        start=clock,
        last_day=last if last > day and (until is None or until != _MIDNIGHT or (last - day).days > 1) else None,
        end=until,
        method=purpose,
        cancelled=purpose == "CANCEL" or status == "CANCELLED",
        repeats=first(component, "RRULE") is not None,
        rule=rule,
        words=line.written,
    )


Moment = date | datetime
"""A day without times, or an aware moment."""


def _moment(line: Line | None, zones: Zones) -> Moment | None:
    """DTSTART, DTEND or the like (RFC 5545 §3.3.4, §3.3.5); a time without zone is floating."""
    match = _STAMP.fullmatch(line.value.strip()) if line else None
    if not match or line is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        if match[4] is None:
            return day if 1900 <= day.year <= 9000 else None
        clock = time(int(match[4]), int(match[5]))
    except ValueError:
        return None
    zone = UTC if match[6] else zones.named(line.parameters["TZID"]) if "TZID" in line.parameters else zones.default
    return datetime.combine(day, clock, zone) if 1900 <= day.year <= 9000 else None


def _end(component: Sequence[Line], start: Moment, zones: Zones) -> Moment | None:
    """DTEND, or DTSTART and DURATION; the last day itself when these are days (RFC 5545 §3.6.1: DTEND is past it)."""
    end = _moment(first(component, "DTEND"), zones)
    if end is None and (length := _DURATION.fullmatch(text(component, "DURATION", 50))):
        weeks, days, hours, minutes = (int(number or 0) for number in length.groups())
        end = start + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    if end is None or isinstance(end, datetime) != isinstance(start, datetime):
        return None
    return end if isinstance(end, datetime) else end - timedelta(days=1)


def _follows(start: Moment, end: Moment) -> bool:
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end > start
    return end >= start


def _rule(component: Sequence[Line], start: Moment) -> Rule | None:
    """How the event repeats; None if it does not, or not in a way that is worked out."""
    line = first(component, "RRULE")
    naive = start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, _MIDNIGHT)
    try:
        return Rule(line.value, naive) if line else None
    except ValueError:
        return None


def _next(
    rule: Rule, component: Sequence[Line], once: tuple[Moment, Moment | None], zones: Zones, on: date
) -> tuple[Moment, Moment | None]:
    """Start and end of the next occurrence after `on`, else of the first (`once`)."""
    start, end = once
    zone = (start.tzinfo if isinstance(start, datetime) else None) or zones.default
    moment = rule.next(on, zone, _without(component, zones))
    if moment is None:
        return once
    moved: Moment = moment.replace(tzinfo=zone) if isinstance(start, datetime) else moment.date()
    return moved, _shifted(end, start, moved)


def _shifted(end: Moment | None, start: Moment, to: Moment) -> Moment | None:
    """The end of an occurrence: as long after its start, by the clock, as it first was."""
    if isinstance(end, datetime) and isinstance(start, datetime) and isinstance(to, datetime):
        length = end.astimezone(start.tzinfo).replace(tzinfo=None) - start.replace(tzinfo=None)
        return to + length
    if end is None or isinstance(end, datetime) or isinstance(to, datetime):
        return None
    return to + (end - start)


def _without(component: Sequence[Line], zones: Zones) -> set[datetime]:
    """The occurrences that are struck out (EXDATE), on the clock of the event."""
    struck: set[datetime] = set()
    for line in component:
        if line.name == "EXDATE":
            for value in line.value.split(",")[:400]:
                moment = _moment(replace(line, value=value), zones)
                if isinstance(moment, datetime):
                    struck.add(moment.replace(tzinfo=None))
                elif moment:
                    struck.add(datetime.combine(moment, _MIDNIGHT))
    return struck


def _civil(moment: Moment, zone: ZoneInfo) -> tuple[date, time | None]:
    if not isinstance(moment, datetime):
        return moment, None
    local = moment.astimezone(zone)
    return local.date(), local.time()

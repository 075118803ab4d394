"""The little of iCalendar (RFC 5545) that facts need: when and where the first event of a calendar part is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mailrouter.core.model import Attachment
from mailrouter.core.reading.headers import clean_lines

_MOST = 256 * 1024
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ESCAPED = re.compile(r"\\([\\;,nN])")


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a calendar part, in civil time of the municipality."""

    day: date
    start: time | None
    last_day: date | None
    end: time | None
    place: str
    method: str
    cancelled: bool
    words: str
    """The DTSTART line it was read from."""


def first_event(attachments: Iterable[Attachment], timezone: str) -> Event | None:
    """The first event in the first calendar part that has one; None if there is none that can be read."""
    for attachment in attachments:
        if attachment.type == "text/calendar" or attachment.name.lower().endswith(".ics"):
            text = clean_lines(attachment.content[:_MOST].decode("utf-8", "replace"))
            event = _event(text, ZoneInfo(timezone))
            if event:
                return event
    return None


def _event(text: str, zone: ZoneInfo) -> Event | None:
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    method, inside, fields = "", 0, dict[str, str]()
    for line in unfolded.splitlines():
        name, _, value = line.partition(":")
        key = name.partition(";")[0].upper()
        if key == "METHOD":
            method = value.strip().upper()
        elif key == "BEGIN":
            inside += 1 if inside or value.strip().upper() == "VEVENT" else 0
        elif key == "END":
            inside -= 1 if inside else 0
            if not inside and fields:
                break
        elif inside == 1:  # not the alarms in an event
            fields.setdefault(key, line)
    return _read(fields, method, zone)


def _read(fields: dict[str, str], method: str, zone: ZoneInfo) -> Event | None:
    start = _moment(fields.get("DTSTART", ""), zone)
    if start is None:
        return None
    end = _moment(fields.get("DTEND", ""), zone)
    status = fields.get("STATUS", "").partition(":")[2].strip().upper()
    place = fields.get("LOCATION", "").partition(":")[2]
    place = _ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], place)
    return Event(
        day=start[0],
        start=start[1],
        last_day=end[0] if end and end[1] and end[0] > start[0] else None,
        end=end[1] if end and end[0] >= start[0] else None,
        place=" ".join(place.split()),
        method=method,
        cancelled=method == "CANCEL" or status == "CANCELLED",
        words=fields["DTSTART"],
    )


def _moment(line: str, zone: ZoneInfo) -> tuple[date, time | None] | None:
    """DTSTART or DTEND as civil date and time; a time zone nobody knows is taken to be the municipality's."""
    name, _, value = line.partition(":")
    match = _STAMP.fullmatch(value.strip())
    if not match:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        if match[4] is None:
            return day, None
        clock = time(int(match[4]), int(match[5]))
    except ValueError:
        return None
    moment = datetime.combine(day, clock, UTC if match[6] else _zone(name, zone)).astimezone(zone)
    return moment.date(), moment.time()


def _zone(name: str, default: ZoneInfo) -> ZoneInfo:
    match = re.search(r";TZID=\"?([^\";:]+)", name, re.IGNORECASE)
    try:
        return ZoneInfo(match[1]) if match else default
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return default

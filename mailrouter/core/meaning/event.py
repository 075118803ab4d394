"""The event of a calendar part that facts are taken from."""

from collections.abc import Iterable
from datetime import date

from mailrouter.core.model import Attachment
from mailrouter.core.reading.calendars.events import CalendarEvent as Event
from mailrouter.core.reading.calendars.events import read_events

__all__ = ["Event", "first_event"]


def first_event(attachments: Iterable[Attachment], timezone: str, on: date | None = None) -> Event | None:
    """The first event that is not over before the day `on`, else the last one; None if there is none to read."""
    events = read_events(attachments, timezone, on)
    to_come = [event for event in events if on is None or (event.last_day or event.day) >= on]
    if to_come:
        return to_come[0] if on is None else min(to_come, key=lambda event: event.day)
    return max(events, key=lambda event: event.day, default=None)

"""Facts in Dutch words, as letters tell them: when and where, what changed, and what is in the mail in short."""

from collections.abc import Sequence
from datetime import date

from mailrouter.core.model import Action, Attachment, Facts, Meeting
from mailrouter.core.reading.calendars.events import CalendarEvent
from mailrouter.core.writing import dutch, enclosures, repeating

_MOST_ITEMS = 30
_LONGEST_ITEM = 400


def when(facts: Facts) -> str:
    """When the meeting is, as far as that is known."""
    return dutch.moment(facts.date, facts.date_end, facts.start, facts.end)


def lead(facts: Facts, council: str) -> str:
    """The news that a meeting does not go on as it was planned, as a sentence that says whose it is."""
    if facts.status == "cancelled":
        return f"{council}: de bijeenkomst{_of(facts.date)} gaat niet door."
    if facts.status != "moved":
        return ""
    if facts.date is None or facts.date == facts.moved_from:
        return f"{council}: de bijeenkomst{_of(facts.moved_from)} is verplaatst. Kijk in de tekst voor de nieuwe datum."
    old = f" van {dutch.day_of_year(facts.moved_from)}" if facts.moved_from else ""
    return f"{council}: de bijeenkomst{old} is verplaatst naar {dutch.day(facts.date)}."


def rows(facts: Facts, events: Sequence[CalendarEvent], files: Sequence[Attachment]) -> list[list[str]]:
    """[label, value] of what a reader looks for first."""
    gone = facts.status == "cancelled"
    moment = when(facts)
    found = [
        ["Was gepland op" if gone else "Wanneer", moment],
        ["Eerst gepland op", _day(facts.moved_from) if facts.status == "moved" else ""],
        ["Waar", "" if gone else facts.place or ""],
        ["Herhaalt", _repeats(facts, events)],
        ["Uiterste datum", _day(facts.deadline)],
        ["In het kort", _in_short(facts)],
        *[row for row in [enclosures.summary(files)] if row],
    ]
    return [row for row in found if row[1]]


def event_lines(events: Sequence[CalendarEvent]) -> list[str]:
    """A line for each event of a calendar that holds several; none for a single one, which the facts tell."""
    return first([_event(event) for event in events]) if len(events) > 1 else []


def first(items: Sequence[str]) -> list[str]:
    """The items, or the first of them with a word on how many more there are; none of them a page long."""
    more = len(items) - _MOST_ITEMS
    kept = [_cut(item) for item in items[:_MOST_ITEMS]]
    return kept if more <= 0 else [*kept, f"… en nog {more} (zie de tekst hieronder)"]


def meeting(of: Meeting | None) -> str:
    """A meeting that is announced: day, time and place, as far as these are known."""
    if of is None:
        return ""
    return ", ".join(part for part in (dutch.moment(of.date, None, of.start, None), of.place) if part)


def action(of: Action) -> str:
    """Who does what, and by when."""
    what = f"{of.who}: {of.what}" if of.who else of.what[:1].upper() + of.what[1:]
    return f"{what}{f' ({of.due})' if of.due else ''}"


def sentence(line: str) -> str:
    """A reason as a sentence of its own."""
    whole = line[:1].upper() + line[1:]
    return whole if whole.endswith((".", "!", "?")) or "mailrouter " in whole else f"{whole}."


def _event(event: CalendarEvent) -> str:
    moment = dutch.moment(event.day, event.last_day, event.start, event.end)
    gone = "gaat niet door: " if event.cancelled else ""
    again = f" ({_rule(event)})" if event.repeats else ""
    details = ", ".join(part for part in (moment, event.place) if part)
    return f"{gone}{event.title or 'bijeenkomst'}: {details}{again}"


def _repeats(facts: Facts, events: Sequence[CalendarEvent]) -> str:
    """How the meeting of the facts comes back."""
    return next((_rule(event) for event in events if event.repeats and event.day == facts.date), "")


def _rule(event: CalendarEvent) -> str:
    return repeating.words(event.rule) if event.rule else "ja; de bijlage zegt wanneer"


def _in_short(facts: Facts) -> str:
    """How much there is of what follows below; empty when that is at most one thing."""
    counts = (
        (len(facts.agenda), "agendapunt", "agendapunten"),
        (len(facts.decisions), "besluit", "besluiten"),
        (len(facts.actions), "actie", "acties"),
        (len(facts.asks), "vraag aan de gemeente", "vragen aan de gemeente"),
    )
    told = [dutch.number(*item) for item in counts if item[0]]
    return dutch.listed(told) if len(told) > 1 else ""


def _of(day: date | None) -> str:
    return f" van {dutch.day(day)}" if day else ""


def _day(day: date | None) -> str:
    return dutch.day(day) if day else ""


def _cut(item: str) -> str:
    return item if len(item) <= _LONGEST_ITEM else item[: _LONGEST_ITEM - 1].rstrip() + "…"

"""The facts a letter opens with: when, where, what was on the agenda, what was decided and what is asked.

Every fact is taken from words in the mail, and `Facts.source` says which; a fact in doubt is left out. Minutes tell of
the meeting that was held; every other kind of the meeting that is to come. A calendar part is believed before prose.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from mailrouter.core.meaning import agenda, places
from mailrouter.core.meaning.dates import find_dates
from mailrouter.core.meaning.event import Event, first_event
from mailrouter.core.meaning.meeting import Aim, Held, change_of, meeting_date, meeting_hours
from mailrouter.core.meaning.words import sentence, tidy
from mailrouter.core.meaning.zones import Zone, writing_day, zones
from mailrouter.core.model import Facts, Mail, Meeting

_MINUTES = "minutes"
_INVITATION = "invitation"
_HEAD = 600
_AROUND = 220
_BEFORE = 60
_LINE = 120
"""Characters of a line that is no paragraph."""
_MOST_MENTIONS = 10
_DEADLINE = re.compile(r"(?:uiterlijk|v[oó][oó]r|\btot(?:\sen\smet)?|t/m)\s{1,3}(?:op\s|de\s|a\.s\.\s)?$")
_REPLY_WORDS = re.compile(
    r"aanmeld|aan\ste\smelden|meld\s|opgev|opgave|geef\su|inschrij|reactie|reageer|reageren|weten|indienen|ontvang|antwoord|doorgeven"
    r"|aanlever|opmerking|aanvulling|afmeld|inlever|sturen|mailen"
)
_NEXT = re.compile(
    r"(?:volgende|eerstvolgende|nieuwe|komende)\s(?:\w+\s){0,2}?(?:\w{0,20}vergadering|\w{0,20}bijeenkomst|\w{0,20}overleg|vergaderdatum|datum)"
    r"|datum\svolgende|volgende\skeer"
)
_NEXT_REACH = 120


@dataclass
class _Notes:
    """The facts as they come together, each with the words it came from."""

    values: dict[str, Any] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, value: object, words: str) -> None:
        """Note a fact, if there is one and none was noted before."""
        if value not in (None, (), "") and name not in self.values:
            self.values[name] = value
            self.source[name] = tidy(words)[:300]


def read_facts(mail: Mail, kind: str, reference: datetime, timezone: str, venues: Sequence[str]) -> Facts:
    """What the mail says of the meeting its kind is about.

    `kind` is the key of the kind; `reference` the moment the mail was received; civil dates are those of `timezone`;
    `venues` are places where the village's council meets.
    """
    today = writing_day(mail, reference, timezone)
    read = zones(mail, today)
    notes = _Notes()
    if kind != _MINUTES and (event := first_event(mail.attachments, timezone, today)):
        _from_event(event, notes)
    if kind in (_MINUTES, _INVITATION):
        _from_prose(read, "past" if kind == _MINUTES else "future", venues, notes)
    if kind == _INVITATION and "date" in notes.values:
        notes.take("status", "planned", notes.source["date"])
    if kind == _MINUTES:
        _from_minutes(read, notes)
    _for_everyone(read, kind, notes)
    return Facts(**notes.values, source=notes.source)


def _from_event(event: Event, notes: _Notes) -> None:
    notes.take("date", event.day, event.words)
    notes.take("date_end", event.last_day, event.words)
    notes.take("start", event.start, event.words)
    notes.take("end", event.end, event.words)
    notes.take("place", event.place[: places.MOST].strip(), f"LOCATION:{event.place}")
    if event.cancelled:
        notes.take("status", "cancelled", "STATUS:CANCELLED")


def _from_prose(read: Sequence[Zone], aim: Aim, venues: Sequence[str], notes: _Notes) -> None:
    from_event = "date" in notes.values
    held = meeting_date(read, aim)
    if held and from_event and held.found.value != notes.values["date"]:
        held = None
    if held:
        notes.take("date", held.found.value, held.found.words)
        notes.take("date_end", held.found.until, held.found.words)
    if not from_event and (held or aim == "past"):
        hours = meeting_hours(held, read, aim)
        notes.take("start", hours.start, hours.start_words)
        notes.take("end", hours.end, hours.end_words)
    place = _place(read, held, aim, venues, notes.values.get("start"))
    notes.take("place", place, place or "")
    if aim == "future" and (change := change_of(read)):
        notes.take("status", change.status, change.words)
        if change.moved_from and change.moved_from.value != notes.values.get("date"):
            notes.take("moved_from", change.moved_from.value, change.moved_from.words)


def _place(read: Sequence[Zone], held: Held | None, aim: Aim, venues: Sequence[str], start: time | None) -> str | None:
    """The place of the meeting, by the fullest name that the mail gives it."""
    own = [zone for zone in read if zone.name not in ("quoted", "filename")]
    found = _found_place(read, own, held, aim, venues, start)
    return places.by_full_name(found, [zone.text for zone in own]) if found else None


def _found_place(
    read: Sequence[Zone],
    own: Sequence[Zone],
    held: Held | None,
    aim: Aim,
    venues: Sequence[str],
    start: time | None,
) -> str | None:
    """A labelled place, else a known venue close to the date, else the clearest place named close to it."""
    reach = _HEAD if aim == "past" else None
    for zone in own:
        if found := places.labelled_place(zone.text[:reach]):
            return found
    windows = [*_around(read, held, reach), *_around_start(own, start, held, reach)]
    for window in windows:
        if found := places.known_venue(window.zone.text[window.begin : window.end], venues):
            return found
    if best := _clearest([*_short_lines(windows), *windows]):
        return best
    if aim == "past":
        return None
    venue = next((found for zone in own if (found := places.known_venue(zone.text, venues))), None)
    return venue or (places.only_place([zone.text for zone in own]) if held else None)


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of a zone around a mention of the day or the hour, and where the sentence of that mention stands."""

    zone: Zone
    begin: int
    end: int
    sentence: tuple[int, int]
    at: int
    inside: float = 0.5
    """What a place in that sentence is likelier for it."""


def _around(read: Iterable[Zone], held: Held | None, reach: int | None) -> Iterator[_Window]:
    """What stands around every mention of the meeting's date: its sentence, and what follows; titles whole."""
    if held is None:
        return
    mentions = 0
    for zone in read:
        if zone.is_title:
            yield _Window(zone, 0, len(zone.text), (0, len(zone.text)), 0)
        for item in zone.dates if zone.name in ("text", "attachment") else ():
            same = (item.value.month, item.value.day) == (held.found.value.month, held.found.value.day)
            if same and mentions < _MOST_MENTIONS and item.start < (reach or len(zone.text)):
                mentions += 1
                begin, end = sentence(zone.text, item.start, item.end)
                around = max(0, min(begin, item.start - _BEFORE)), max(end, item.end + _AROUND)
                yield _Window(zone, *around, (begin, end), item.start)


def _around_start(read: Iterable[Zone], start: time | None, held: Held | None, reach: int | None) -> Iterator[_Window]:
    """The sentences in which the hour of the meeting stands."""
    for zone in read if held else ():
        for item in zone.times[:_MOST_MENTIONS]:
            if item.value == start and item.start < (reach or len(zone.text)):
                begin, end = sentence(zone.text, item.start, item.end)
                yield _Window(zone, begin, end, (begin, end), item.start)


def _short_lines(windows: Iterable[_Window]) -> Iterator[_Window]:
    """The lines of the mentions as far as they are lines and not paragraphs: a head, or an item of a programme."""
    for window in windows:
        text = window.zone.text
        begin, end = text.rfind("\n", 0, window.at) + 1, text.find("\n", window.at)
        if not window.zone.is_title and 0 < end - begin <= _LINE:
            yield _Window(window.zone, begin, end, (begin, end), window.at, inside=2.0)


def _clearest(windows: Iterable[_Window]) -> str | None:
    """The place with the most in its favour: in the line or the sentence of the mention rather than before it."""
    best: tuple[float, str] | None = None
    for order, window in enumerate(windows):
        for place in places.find_places(window.zone.text[window.begin : window.end]):
            begin, end = window.sentence
            at = window.begin + place.start
            score = place.score + (window.inside if begin <= at < end else -1 if at < begin else 0)
            score -= 0.2 * (order > 0) + (0.5 if window.zone.name == "filename" else 0)
            if score >= places.ENOUGH and (best is None or score > best[0]):
                best = (score, place.words)
    return best[1] if best else None


def _from_minutes(read: Sequence[Zone], notes: _Notes) -> None:
    """What only minutes have; from the attachment if there is one with text, else from the mail's own words."""
    for zone in _reports(read):
        for name, found in (("decisions", agenda.decisions(zone.text)), ("actions", agenda.actions(zone.text))):
            notes.take(name, found, "; ".join(str(getattr(item, "what", item)) for item in found))
        if listed := agenda.attendees_listed(zone.text):
            notes.take("attendees_listed", True, listed)
        if following := _next_meeting(zone, notes.values.get("date")):
            notes.take("next_meeting", *following)


def _reports(read: Sequence[Zone]) -> list[Zone]:
    attached = [zone for zone in read if zone.name == "attachment"]
    return attached or [zone for zone in read if zone.name == "text"]


def _next_meeting(zone: Zone, held: date | None) -> tuple[Meeting, str] | None:
    """The next meeting that minutes announce; a missing year counts from the meeting they report on."""
    for match in _NEXT.finditer(zone.lowered):
        words = zone.text[match.start() : match.end() + _NEXT_REACH]
        words = words.split("\n\n")[0]
        after = find_dates(words, held or zone.today, "future")
        if after and (held is None or after[0].value > held):
            times = [item for item in zone.times if match.start() <= item.start < match.start() + len(words)]
            place = places.named_place(words[after[0].end :])
            meeting = Meeting(after[0].value, times[0].value if times else None, place)
            return meeting, words
    return None


def _for_everyone(read: Sequence[Zone], kind: str, notes: _Notes) -> None:
    own = [zone for zone in read if zone.name in ("text", "subject")]
    if kind in (_MINUTES, _INVITATION):
        for zone in (*_reports(read), *own):
            found = agenda.headings(zone.text)
            notes.take("agenda", found, "; ".join(found))
    asked = tuple(dict.fromkeys(item for zone in own for item in agenda.asks(zone.text)))[:10]
    notes.take("asks", asked, "; ".join(asked))
    deadline = next((item for zone in own for item in _deadlines(zone)), None)
    if deadline:
        notes.take("deadline", *deadline)


def _deadlines(zone: Zone) -> Iterable[tuple[date, str]]:
    """Days by which the sender wants to hear something."""
    for item in zone.dates:
        before = zone.lowered[max(0, item.start - 25) : item.start]
        if item.value < zone.today - timedelta(days=1) or not _DEADLINE.search(before):
            continue
        begin, end = sentence(zone.text, item.start, item.end)
        if _REPLY_WORDS.search(zone.lowered[begin:end]):
            yield item.value, zone.text[begin:end]

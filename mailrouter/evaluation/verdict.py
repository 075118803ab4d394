"""What was read of one mail, held against what is true of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal

from mailrouter.core.meaning.places import MOST
from mailrouter.core.routing import Kinds
from mailrouter.evaluation.forms import Form, Made
from mailrouter.evaluation.record import Record

Outcome = Literal["right", "wrong", "left out", "invented", "nothing"]
"""Of a fact. `invented`: something was read where the record has nothing; `nothing`: neither has anything."""

FACTS = ("date", "start", "place", "attendees")
MISSES: tuple[Outcome, ...] = ("wrong", "left out", "invented")
_OF_A_MEETING = ("minutes", "invitation")
_MINUTES = "minutes"
_SMALL_WORDS = {"aan", "bij", "de", "den", "der", "een", "en", "het", "in", "op", "te", "ten", "ter", "van", "'t", "'s"}
_WORD = re.compile(r"'?\w+")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as the record has it and as it was read, with the words it was taken from."""

    outcome: Outcome
    expected: str
    read: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One mail: its kind as it is and as it was read, and its facts if it is about a meeting."""

    record: Record
    form: Form
    kind: str
    """The kind that was read; empty for a mail that was taken for automatic post."""
    confidence: float
    doubted: bool
    """The router was not sure enough of any kind, so it is the fallback."""
    because: tuple[str, ...]
    facts: Mapping[str, Fact]

    @property
    def right(self) -> bool:
        """Whether the kind is right."""
        return self.kind == self.record.label

    @property
    def missed(self) -> dict[str, Fact]:
        """The facts that are not as they should be."""
        return {name: fact for name, fact in self.facts.items() if fact.outcome in MISSES}


def judge(made: Made, told: Mapping[str, Any], kinds: Kinds) -> Verdict:
    """Hold the object that `explain` gives of a mail against the record it was made of."""
    record = made.record
    guess = told["kind"] or {"key": "", "confidence": 0.0, "because": told["because"]}
    return Verdict(
        record=record,
        form=made.form,
        kind=guess["key"],
        confidence=guess["confidence"],
        doubted=guess["key"] == kinds.fallback and guess["confidence"] < kinds.threshold,
        because=tuple(guess["because"]),
        facts=_facts(record, told["facts"]) if record.label in _OF_A_MEETING else {},
    )


def _facts(record: Record, read: Mapping[str, Any]) -> dict[str, Fact]:
    """The facts of a meeting, those that only minutes have included."""
    expected = {"date": record.event_date, "start": record.start_time, "place": record.location or None}
    agrees = {"date": _date_agrees, "start": _start_agrees, "place": _place_agrees}
    source = read["source"]
    facts = {
        name: _fact(value, read[name], agrees[name](record, read[name]), source.get(name))
        for name, value in expected.items()
    }
    if record.event_date and record.event_date.day is None and not read["date"]:
        facts["date"] = Fact("right", str(record.event_date), "", "")  # there is no day to be read
    if record.label == _MINUTES and record.attendee_section is not None:
        listed = read["attendees_listed"] or None
        facts["attendees"] = _fact(record.attendee_section or None, listed, True, source.get("attendees_listed"))
    return facts


def _fact(expected: object, read: object, agrees: bool, words: str | None) -> Fact:
    outcome: Outcome
    if expected is None:
        outcome = "nothing" if read is None else "invented"
    elif read is None:
        outcome = "left out"
    else:
        outcome = "right" if agrees else "wrong"
    return Fact(outcome, _shown(expected), _shown(read), words or "")


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return "yes" if value is True else str(value)


def _date_agrees(record: Record, read: str | None) -> bool:
    return bool(record.event_date and read and record.event_date.agrees(date.fromisoformat(read)))


def _start_agrees(record: Record, read: str | None) -> bool:
    return bool(record.start_time and read and record.start_time == time.fromisoformat(read))


def _place_agrees(record: Record, read: str | None) -> bool:
    """At least half of the words that matter, in no more than a place may have, as it stands in the mail."""
    if not record.location or not read or len(read) > MOST:
        return False
    if " ".join(_words(read)) not in " ".join(_words(f"{record.title}\n{record.text}")):
        return False
    words = set(_words(record.location))
    wanted = words - _SMALL_WORDS or words
    return 2 * len(wanted & set(_words(read))) >= len(wanted)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'").replace("‘", "'"))

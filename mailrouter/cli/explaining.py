"""`explain`: what would happen to a mail, by the very function the daemon decides with, in the same cage.

`replay` and `run --dry-run` ask here too.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mailrouter.cage import Cage, Escape
from mailrouter.core.identity import own_ids
from mailrouter.core.model import Understanding
from mailrouter.core.routing import Routing
from mailrouter.core.understand import Assignment, Job, not_read, reference_of_file
from mailrouter.journal import Accepted

_AHEAD = 8
"""Mails read ahead of the one that is shown."""


@dataclass(frozen=True, slots=True)
class Question:
    """A mail somebody asks about: `name` as given, its bytes, and the moment its words are about."""

    name: str
    raw: bytes
    size: int
    reference: datetime
    unreadable: str = ""
    """Why its file could not be opened."""
    assigned: Assignment | None = None
    """What a person decided about it."""


def from_file(path: Path, name: str, on: date | None, timezone: str, now: datetime) -> Question:
    """A mail in a file, which perhaps cannot be opened."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return Question(name, b"", 0, now, unreadable=error.strerror or str(error))
    reference = _noon(on, timezone) if on else reference_of_file(raw, now)
    return Question(name, raw, len(raw), reference)


def from_journal(mail: Accepted, name: str, on: date | None, timezone: str) -> Question:
    """A mail of the journal."""
    reference = _noon(on, timezone) if on else datetime.fromtimestamp(mail.received, UTC)
    return Question(name, mail.raw, mail.size, reference)


def explain(questions: Iterable[Question], routing: Routing, key: bytes | None) -> Iterator[Mapping[str, Any]]:
    """One object of the contract per question, in the order given."""
    for question, read in understood(questions, routing, key):
        yield {"file": question.name, **read.explanation}


def understood(
    questions: Iterable[Question], routing: Routing, key: bytes | None
) -> Iterator[tuple[Question, Understanding]]:
    """Each question with what comes of its mail, in the order given; several mails are read at a time."""
    cage = Cage(routing)
    going: deque[tuple[Question, Job, Future[Understanding | Escape]]] = deque()
    try:
        for question in questions:
            own = own_ids(question.raw, key, routing.address) if key else None
            job = Job(question.raw, question.size, question.reference, own, question.assigned)
            going.append((question, job, cage.understand(job)))
            if len(going) > _AHEAD:
                yield _answered(*going.popleft(), routing)
        while going:
            yield _answered(*going.popleft(), routing)
    finally:
        cage.close()


def _answered(
    question: Question, job: Job, future: "Future[Understanding | Escape]", routing: Routing
) -> tuple[Question, Understanding]:
    result = future.result()
    if question.unreadable:
        read = not_read(job, routing, "het bestand is niet te openen")
        return question, replace(read, explanation={**read.explanation, "warnings": [question.unreadable]})
    if isinstance(result, Escape):
        read = not_read(job, routing, result.why)
        warnings = [*read.explanation["warnings"], result.reason]
        return question, replace(read, explanation={**read.explanation, "warnings": warnings})
    return question, result


def _noon(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo(timezone))

"""Templates that failed on a mail: what the administrator has to mend, kept as one note in the journal.

It tells which template, which line, and on which mail; never what stands in them. It holds until there are other
templates, so that the desk hears of each fault once and not with every mail.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from mailrouter.core.routing import Routing
from mailrouter.core.writing.content import short_id
from mailrouter.journal import Journal

_NOTE = "template_faults"


class Fault(BaseModel):
    """A place in a template that failed. `line` 0: not known · `mail`: the id of the first mail it failed on."""

    model_config = ConfigDict(frozen=True)

    file: str
    line: int
    mail: str
    since: float
    """Seconds since 1970, UTC."""


class _Found(BaseModel):
    templates: str = ""
    """What the templates were (a hash)."""
    faults: tuple[Fault, ...] = ()


def standing(journal: Journal) -> tuple[Fault, ...]:
    """The faults of the templates in force, the oldest first."""
    return _noted(journal).faults


def begin(journal: Journal, routing: Routing) -> None:
    """At a start, and when a table is taken over: what was found in other templates is over."""
    if (templates := _hash(routing)) != _noted(journal).templates:
        journal.note(_NOTE, _Found(templates=templates).model_dump_json())


def keep(journal: Journal, told: Mapping[str, Any], routing: Routing, now: float) -> None:
    """Note what failed for a mail; the promise that is written next is never durable without it.

    What failed under a table that is no longer in force is not noted.
    """
    places = [(place["file"], place["line"]) for place in told.get("broken_templates", ())]
    if not places or told["config"] != routing.hash:
        return
    templates, noted = _hash(routing), _noted(journal)
    known = noted.faults if noted.templates == templates else ()
    new = [place for place in dict.fromkeys(places) if place not in {(fault.file, fault.line) for fault in known}]
    if new:
        mail = short_id(told["fingerprint"])
        faults = (*known, *(Fault(file=file, line=line, mail=mail, since=now) for file, line in new))
        journal.note(_NOTE, _Found(templates=templates, faults=faults).model_dump_json())


def _noted(journal: Journal) -> _Found:
    noted = journal.noted(_NOTE)
    return _Found.model_validate_json(noted) if noted else _Found()


def _hash(routing: Routing) -> str:
    return hashlib.sha256(repr(sorted(routing.templates.items())).encode()).hexdigest()

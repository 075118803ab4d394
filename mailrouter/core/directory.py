"""Who holds which role for which village on a day, with absences and substitutes resolved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mailrouter.core.model import Recipient
from mailrouter.core.routing import Official, Routing, Term

TOPIC_ROLES = {"portfolio_holder": "portfolio_holder", "department": "department"}
"""Roles that follow from the topic of a mail instead of its village: role → field of the topic."""


@dataclass(frozen=True, slots=True)
class Holder:
    """An official in a role, and why they are the one."""

    official: str
    because: str


def holders(routing: Routing, village: str, role: str, topics: Sequence[str], on: date) -> list[Holder]:
    """Everyone who holds `role` for the village (or for the topics, for roles that follow from those) on that day."""
    name = routing.roles.get(role, role)
    if role in TOPIC_ROLES:
        found = [
            Holder(official, f"{name} voor het onderwerp {topic}")
            for topic in topics
            if (official := getattr(routing.topics[topic], TOPIC_ROLES[role]))
        ]
    else:
        terms = routing.villages[village].officials.get(role, ())
        found = [
            Holder(term.official, f"{name} van {routing.villages[village].name}") for term in terms if holds(term, on)
        ]
    return [stand_in(routing, holder, on) for holder in found]


def holds(term: Term, on: date) -> bool:
    """Whether the term runs on that day."""
    return (term.since is None or term.since <= on) and (term.until is None or on <= term.until)


def stand_in(routing: Routing, holder: Holder, on: date) -> Holder:
    """The holder, or who stands in for them; in a circle of absences the holder themself."""
    current, passed = holder, {holder.official}
    while (substitute := _substitute(routing.officials[current.official], on)) is not None:
        if substitute in passed:
            return holder
        passed.add(substitute)
        away = routing.officials[current.official]
        current = Holder(substitute, f"{current.because}; vervangt {away.name}, afwezig op {on}")
    return current


def _substitute(official: Official, on: date) -> str | None:
    for absence in official.absences:
        if absence.since <= on <= absence.until and absence.substitute:
            return absence.substitute
    return None


def recipients(
    routing: Routing, village: str, kind: str, topics: Sequence[str], on: date
) -> tuple[list[Recipient], list[str]]:
    """Everyone the kind calls for, each person once, and the roles that nobody holds."""
    entry = routing.kinds.kinds[kind]
    found: dict[str, Recipient] = {}
    vacant: list[str] = []
    for role, copy in [(role, False) for role in entry.to] + [(role, True) for role in entry.cc]:
        people = holders(routing, village, role, topics, on)
        if not people:
            vacant.append(role)
        for holder in people:
            _add(routing, found, holder, role, copy)
    return list(found.values()), vacant


def _add(routing: Routing, found: dict[str, Recipient], holder: Holder, role: str, copy: bool) -> None:
    official = routing.officials[holder.official]
    address = official.email.lower()
    if address in found:
        known = found[address]
        because = f"{known.because}; {holder.because}"
        found[address] = Recipient(known.role, known.official, known.name, known.address, known.copy, because)
        return
    found[address] = Recipient(
        role, holder.official, official.name, official.email, "cc" if copy else "to", holder.because
    )
    for other in official.copy_to:
        _add(routing, found, Holder(other, f"krijgt een kopie van wat {official.name} krijgt"), role, True)

"""Who holds which role on a day, with successors, absences and secretariats resolved.

A role is held in a village, for a topic, or everywhere; which of these is data. On the day of the mail the holder of a
term may have left (their successor takes over), or be away (their substitute stands in). Each person gets one letter,
with all the reasons there are for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from mailrouter.core.model import Recipient
from mailrouter.core.routing import Absence, Official, Routing, Topic
from mailrouter.core.terms import Term, runs

REGISTRY = "registry"
"""The role that gets formal mail as well, with the day on which it was received."""
_OF_TOPICS = frozenset({"portfolio_holder", "department"})


@dataclass(frozen=True, slots=True)
class Holder:
    """An official in a role, and why they are the one.

    `capacity` is that reason in a few words; `away` whom they stand in for (a key of officials.yaml).
    """

    official: str
    because: str
    capacity: str = ""
    away: str = ""


@dataclass(frozen=True, slots=True)
class Audience:
    """Everyone a mail is for, and the roles for which there is nobody.

    `vacant`: roles of the village that nobody holds · `unanswered`: roles that follow from the topic, for which nobody
    was found · `instead`: the roles that were asked instead of those.
    """

    people: tuple[Recipient, ...]
    vacant: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


def topic_roles(topics: Mapping[str, Topic]) -> frozenset[str]:
    """The roles that follow from the topic of a mail instead of its village."""
    return _OF_TOPICS.union(*(topic.officials for topic in topics.values()))


def holders(routing: Routing, village: str, role: str, topics: Sequence[str], on: date) -> list[Holder]:
    """Everyone who acts in `role` for the village (or for the topics, for roles that follow from those) on that day."""
    if role in topic_roles(routing.topics):
        return [holder for topic in topics for holder in of_topic(routing, topic, role, on)]
    terms, name = routing.villages[village].officials.get(role), _role_name(routing, role)
    if terms is None:
        return everywhere(routing, role, on)
    return list(_acting(routing, terms, f"{name} van {routing.villages[village].name}", name, on))


def of_topic(routing: Routing, topic: str, role: str, on: date) -> list[Holder]:
    """Everyone who acts in `role` for a topic on that day."""
    entry, name = routing.topics[topic], _role_name(routing, role)
    because = f"{name} voor het onderwerp {topic}"
    return list(_acting(routing, entry.roles.get(role, ()), because, f"{name} {entry.title}", on))


def everywhere(routing: Routing, role: str, on: date) -> list[Holder]:
    """Everyone who acts on that day in a role that is the same for all villages."""
    name = _role_name(routing, role)
    return list(_acting(routing, routing.everywhere.get(role, ()), name, name, on))


def registry(routing: Routing, village: str | None, on: date) -> list[Holder]:
    """Who registers formal mail on that day: for the village, else for all, else whoever does so in some village."""
    found = holders(routing, village, REGISTRY, (), on) if village else []
    found = found or everywhere(routing, REGISTRY, on)
    return found or [holder for key in routing.villages for holder in holders(routing, key, REGISTRY, (), on)]


def audience(
    routing: Routing, village: str, kind: str, topics: Sequence[str], on: date, *, ask_instead: bool = True
) -> Audience:
    """Everyone the kind calls for on that day, each person once; `ask_instead`: with its roles for want of a topic."""
    entry, by_topic = routing.kinds.kinds[kind], topic_roles(routing.topics)
    people = {
        role: holders(routing, village, role, topics, on) for role in (*entry.to, *entry.without_topic, *entry.cc)
    }
    unanswered = tuple(role for role in dict.fromkeys(entry.to) if role in by_topic and not people[role])
    instead = entry.without_topic if unanswered and ask_instead else ()
    direct = tuple(dict.fromkeys((*entry.to, *instead)))
    copied = tuple(role for role in dict.fromkeys(entry.cc) if role not in direct)
    seats = [(role, holder, role in copied) for role in (*direct, *copied) for holder in people[role]]
    return Audience(
        people=union(routing, seats, kind, on),
        vacant=tuple(role for role in (*direct, *copied) if role not in by_topic and not people[role]),
        unanswered=unanswered,
        instead=instead,
    )


def union(routing: Routing, seats: Iterable[tuple[str, Holder, bool]], kind: str, on: date) -> tuple[Recipient, ...]:
    """(role, holder, whether as a copy) of everyone → one recipient per address, with all the reasons.

    Those who are away, and secretariats, get theirs as a copy. Whoever gets the mail itself in one role gets no copy.
    """
    found: dict[str, Recipient] = {}
    for role, holder, copied in seats:
        _merge(found, _recipient(routing, role, holder, "cc" if copied else "to", (holder.official,)))
        if holder.away and _wants_copy(routing, holder.away, on):
            _merge(found, _recipient(routing, role, _absent(routing, holder), "cc", (holder.away,)))
    for person in list(found.values()):
        _add_copies(routing, found, person, kind, on)
    return tuple(found.values())


def _add_copies(routing: Routing, found: dict[str, Recipient], person: Recipient, kind: str, on: date) -> None:
    """Those who get a copy of what this person gets, and of what they get themselves."""
    principal = routing.officials[person.official]
    for copy in principal.copy_to:
        if copy.kinds and kind not in copy.kinds:
            continue
        reason = Holder(
            copy.official, f"krijgt een kopie van wat {principal.name} krijgt", f"kopie voor {principal.name}"
        )
        for holder in _on_duty(routing, reason, on):
            new = _recipient(routing, person.role, holder, "cc", person.counts_for)
            is_known = new.address.lower() in found
            _merge(found, new)
            if not is_known:
                _add_copies(routing, found, new, kind, on)


def _recipient(
    routing: Routing, role: str, holder: Holder, copy: Literal["to", "cc"], counts_for: tuple[str, ...]
) -> Recipient:
    official = routing.officials[holder.official]
    capacities = (holder.capacity,) if holder.capacity else ()
    return Recipient(
        role, holder.official, official.name, official.email, copy, holder.because,
        counts_for=counts_for, capacities=capacities,
    )  # fmt: skip


def _merge(found: dict[str, Recipient], new: Recipient) -> None:
    """One letter a person: the mail itself before a copy, and every reason once."""
    known = found.setdefault(new.address.lower(), new)
    if known is new:
        return
    first, second = (new, known) if (known.copy, new.copy) == ("cc", "to") else (known, new)
    reasons = dict.fromkeys([*first.because.split("; "), *second.because.split("; ")])
    found[new.address.lower()] = replace(
        first,
        because="; ".join(reasons),
        counts_for=tuple(dict.fromkeys((*known.counts_for, *new.counts_for))),
        capacities=tuple(dict.fromkeys((*first.capacities, *second.capacities))),
    )


def _acting(routing: Routing, terms: Iterable[Term], because: str, capacity: str, on: date) -> Iterator[Holder]:
    """Those who act for the holders of the terms that run on that day."""
    for term in terms:
        if runs(term.since, term.until, on):
            yield from _on_duty(routing, Holder(term.official, because, capacity), on)


def _on_duty(routing: Routing, holder: Holder, on: date) -> Iterator[Holder]:
    """The holder, who succeeded them or who stands in; none if they left and nobody took over."""
    if (serving := in_service(routing, holder, on)) is not None:
        yield stand_in(routing, serving, on)


def serves(official: Official, on: date) -> bool:
    """Whether an official is in service on that day."""
    return runs(official.since, official.until, on)


def in_service(routing: Routing, holder: Holder, on: date) -> Holder | None:
    """The holder, or who succeeded them when they left; None if nobody did, or they are not in service yet."""
    current, passed = holder, {holder.official}
    while not serves(official := routing.officials[current.official], on):
        successor = official.successor
        if not successor or successor in passed or official.until is None or on <= official.until:
            return None
        passed.add(successor)
        first = official.until + timedelta(days=1)
        current = replace(
            current, official=successor, because=f"{current.because}; opvolger van {official.name} sinds {first}"
        )
    return current


def stand_in(routing: Routing, holder: Holder, on: date) -> Holder:
    """The holder, or who stands in for them; in a circle of absences the holder themself."""
    current, passed = holder, {holder.official}
    while (absence := absence_of(routing.officials[current.official], on)) and absence.substitute:
        substitute = in_service(routing, replace(current, official=absence.substitute), on)
        if substitute is None:
            return current
        if substitute.official in passed:
            return holder
        passed.add(substitute.official)
        away = routing.officials[current.official]
        because = f"{current.because}; vervangt {away.name}, afwezig op {on}"
        current = replace(current, official=substitute.official, because=because)
    if current is holder:
        return holder
    acts_for = f"{holder.capacity} voor {routing.officials[holder.official].name}"
    return replace(current, capacity=acts_for, away=holder.official)


def absence_of(official: Official, on: date) -> Absence | None:
    """The absence that holds on that day; of several, one with a substitute."""
    running = [absence for absence in official.absences if absence.since <= on <= absence.until]
    return next((absence for absence in running if absence.substitute), next(iter(running), None))


def _wants_copy(routing: Routing, key: str, on: date) -> bool:
    absence = absence_of(routing.officials[key], on)
    asked = absence.copy_absent if absence else None
    return routing.recipients.absent_copy if asked is None else asked


def _absent(routing: Routing, holder: Holder) -> Holder:
    """Who is away, with a copy of what the substitute gets."""
    name = routing.officials[holder.official].name
    because = f"is afwezig en krijgt een kopie; {name} neemt waar"
    return Holder(holder.away, because, f"afwezig, kopie; {name} neemt waar")


def _role_name(routing: Routing, role: str) -> str:
    return routing.roles.get(role, role)

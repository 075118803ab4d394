"""What is to happen to a mail: forward, desk or file, each with its reasons."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from mailrouter.core import directory
from mailrouter.core.meaning import impostor
from mailrouter.core.meaning.formal import find_formal
from mailrouter.core.meaning.topics import find_topics, told
from mailrouter.core.model import Decision, FormalMail, KindGuess, Mail, Recipient, VillageGuess
from mailrouter.core.routing import Routing
from mailrouter.core.writing import notes

Verdict = Literal["pass", "fail", "none"]

_NOT_HERE = {"message/partial", "message/external-body"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found out about a mail before anything is decided."""

    authentic: Verdict
    village: VillageGuess | None
    kind: KindGuess
    by_person: bool = False
    """A person said which village it is: they saw the doubts, so these hold nothing up any more."""


def decide(mail: Mail, reading: Reading, routing: Routing, on: date) -> Decision:
    """Forward what is certain, give the rest to the desk with a suggestion; formal mail to the registry as well.

    Recipients are those who hold their role on the day `on`.
    """
    formal = find_formal(mail, on)
    doubt = () if reading.by_person else _doubt(mail, reading, routing)
    if doubt or reading.village is None:
        because = (*doubt, *_hint(mail))
        return _formal(to_desk(routing, because, reading, mail.warnings), formal, routing, on)
    topics = find_topics(mail, routing.topics)
    village, kind = reading.village.key, reading.kind.key
    audience = directory.audience(routing, village, kind, topics, on)
    if not audience.people:
        desk = to_desk(routing, _nobody(routing, audience, on), reading)
        return _formal(replace(desk, topics=topics), formal, routing, on)
    decision = Decision(
        outcome="forward",
        because=(
            *reading.village.because,
            *reading.kind.because,
            *(told(mail, routing.topics[topic]) for topic in topics),
            *_nobody(routing, audience, on),
        ),
        recipients=audience.people,
        folder=_done_folder(routing, village),
        authentic=reading.authentic,
        village=reading.village,
        kind=reading.kind,
        topics=topics,
        warnings=mail.warnings,
        notes=notes.of_audience(audience, topics, routing),
    )
    return _formal(_spared(decision, mail, routing), formal, routing, on)


def to_desk(
    routing: Routing, because: tuple[str, ...], reading: Reading | None = None, warnings: tuple[str, ...] = ()
) -> Decision:
    """Give a mail to the desk, with whatever was found out as a suggestion."""
    return Decision(
        outcome="desk",
        because=because,
        recipients=tuple(
            Recipient("desk", "desk", routing.desk_name, address, "to", "de balie kijkt naar wat niet zeker is")
            for address in routing.desk
        ),
        folder=routing.folders.desk,
        authentic=reading.authentic if reading else "none",
        village=reading.village if reading else None,
        kind=reading.kind if reading else None,
        warnings=warnings,
    )


def to_file(routing: Routing, automatic: str, because: tuple[str, ...]) -> Decision:
    """File a mail that no person wrote."""
    return Decision(outcome="file", because=because, folder=routing.folders.automatic, automatic=automatic)


def _doubt(mail: Mail, reading: Reading, routing: Routing) -> tuple[str, ...]:
    """Why the router does not dare to forward this mail; empty if it does."""
    if mail.from_problem:
        return (f"de afzender is niet zeker: {mail.from_problem}",)
    sender = (mail.sender or "").lower()
    for official in routing.officials.values():
        if official.email.lower() == sender:
            return (f"de mail komt van {official.name} van de gemeente, niet van een dorpsraad",)
    return (*_unknown(sender, reading), *impostor.doubts(mail, reading.village, routing), *_elsewhere(mail))


def _hint(mail: Mail) -> tuple[str, ...]:
    """Who wrote what was passed on proves nothing, and tells the desk whose mail this may be."""
    return (f"er zit een doorgestuurd bericht in van {mail.forwarded_from}",) if mail.forwarded_from else ()


def _elsewhere(mail: Mail) -> tuple[str, ...]:
    """What lies on another server, or comes in other mails, is not fetched; so the mail is not whole."""
    types = {mail.content_type, *(attachment.type for attachment in mail.attachments)} & _NOT_HERE
    return tuple(f"de mail is niet heel: een deel ligt ergens anders ({type})" for type in sorted(types))


def _unknown(sender: str, reading: Reading) -> tuple[str, ...]:
    """Why the sender is not known to be a council, or not sure to be the one it says it is."""
    if reading.village is None:
        return ("de afzender staat niet op de lijst, en de mail noemt geen dorp",)
    if not reading.village.certain:
        return ("de afzender staat bij geen enkel dorp op de lijst",)
    if reading.authentic == "fail":
        return (
            f"de mail noemt {sender} als afzender, maar de controle wijst uit dat hij niet van dat adres komt (fail)",
        )
    return ()


def _spared(decision: Decision, mail: Mail, routing: Routing) -> Decision:
    """What is done with officials to whom the council sent the mail itself: they are told so, or get no letter."""
    had = {address.lower() for address in (*mail.to, *mail.cc)}
    already = [person for person in decision.recipients if person.address.lower() in had]
    if not already:
        return decision
    if routing.recipients.already_addressed == "tell":
        people = tuple(_told(person) if person in already else person for person in decision.recipients)
        return replace(decision, recipients=people)
    names = ", ".join(person.name for person in already)
    people = tuple(person for person in decision.recipients if person not in already)
    line = f"geen brief voor {names}: de dorpsraad stuurde hun deze mail zelf"
    return replace(
        decision,
        outcome="forward" if people else "file",
        recipients=people,
        because=(*decision.because, line),
    )


def _told(person: Recipient) -> Recipient:
    said = "kreeg deze mail ook van de dorpsraad zelf"
    return replace(person, because=f"{person.because}; {said}", remark=said)


def _formal(decision: Decision, formal: tuple[FormalMail, ...], routing: Routing, on: date) -> Decision:
    """Formal mail goes where it goes, and to those who register it."""
    if not formal:
        return decision
    village = decision.village.key if decision.village and decision.outcome != "desk" else None
    kind = decision.kind.key if decision.kind else routing.kinds.fallback
    keepers = [(directory.REGISTRY, holder, False) for holder in directory.registry(routing, village, on)]
    registering = directory.union(routing, keepers, kind, on)
    known = {person.address.lower() for person in decision.recipients}
    people = (*decision.recipients, *(person for person in registering if person.address.lower() not in known))
    nobody = () if registering else (f"er is op {on} niemand die formele post registreert",)
    return replace(
        decision,
        outcome="forward" if decision.outcome == "file" and people else decision.outcome,
        because=(*decision.because, *(found.because for found in formal), *nobody),
        recipients=people,
        formal=formal,
        notes=(notes.of_formal(formal, registering, on), *decision.notes),
    )


def _nobody(routing: Routing, audience: directory.Audience, on: date) -> tuple[str, ...]:
    lines = []
    if audience.vacant:
        lines.append(f"voor deze mail is er op {on} geen {_roles(routing, audience.vacant)}")
    if audience.unanswered:
        instead = f"; in plaats daarvan: {_roles(routing, audience.instead)}" if audience.instead else ""
        lines.append(f"voor het onderwerp is er geen {_roles(routing, audience.unanswered)} gevonden{instead}")
    return tuple(lines)


def _roles(routing: Routing, roles: tuple[str, ...]) -> str:
    return " of ".join(routing.roles.get(role, role) for role in roles)


def _done_folder(routing: Routing, village: str) -> str:
    return routing.folders.done.format(village=village, name=routing.villages[village].name)

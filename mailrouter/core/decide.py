"""What is to happen to a mail: forward, desk or file, each with its reasons."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from mailrouter.core import directory
from mailrouter.core.meaning import impostor
from mailrouter.core.meaning.topics import find_topics
from mailrouter.core.model import Decision, KindGuess, Mail, Recipient, VillageGuess
from mailrouter.core.routing import Routing

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
    """Forward what is certain, give the rest to the desk with a suggestion.

    Recipients are those who hold their role on the day `on`.
    """
    doubt = () if reading.by_person else _doubt(mail, reading, routing)
    if doubt or reading.village is None:
        return to_desk(routing, (*doubt, *_hint(mail)), reading, mail.warnings)
    topics = find_topics(mail, routing.topics)
    people, vacant = directory.recipients(routing, reading.village.key, reading.kind.key, topics, on)
    if not people:
        return to_desk(routing, (_nobody(routing, vacant, on),), reading)
    return Decision(
        outcome="forward",
        because=(*reading.village.because, *reading.kind.because, *_topic_lines(routing, topics, vacant, on)),
        recipients=tuple(people),
        folder=_done_folder(routing, reading.village.key),
        authentic=reading.authentic,
        village=reading.village,
        kind=reading.kind,
        topics=topics,
        warnings=mail.warnings,
    )


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


def _topic_lines(routing: Routing, topics: tuple[str, ...], vacant: list[str], on: date) -> tuple[str, ...]:
    lines = [f"onderwerp: {routing.topics[topic].title}" for topic in topics]
    return (*lines, *([_nobody(routing, vacant, on)] if vacant else []))


def _nobody(routing: Routing, vacant: list[str], on: date) -> str:
    roles = " of ".join(routing.roles.get(role, role) for role in vacant)
    return f"voor deze mail is er op {on} geen {roles}"


def _done_folder(routing: Routing, village: str) -> str:
    return routing.folders.done.format(village=village, name=routing.villages[village].name)

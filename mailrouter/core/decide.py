"""What is to happen to a mail: forward, desk or file, each with its reasons."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from mailrouter.core import directory
from mailrouter.core.model import Decision, KindGuess, Mail, Recipient, VillageGuess
from mailrouter.core.routing import Routing
from mailrouter.core.topics import find_topics

Verdict = Literal["pass", "fail", "none"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found out about a mail before anything is decided."""

    authentic: Verdict
    village: VillageGuess | None
    kind: KindGuess


def decide(mail: Mail, reading: Reading, routing: Routing, on: date) -> Decision:
    """Forward what is certain, give the rest to the desk with a suggestion.

    Recipients are those who hold their role on the day `on`.
    """
    if doubt := _doubt(mail, reading, routing):
        return to_desk(routing, doubt, reading, mail.warnings)
    assert reading.village is not None  # no village is a doubt
    topics = find_topics(mail, routing.topics)
    people, vacant = directory.recipients(routing, reading.village.key, reading.kind.key, topics, on)
    if not people:
        return to_desk(routing, (f"nobody holds {' or '.join(vacant)} for {reading.village.key} on {on}",), reading)
    return Decision(
        outcome="forward",
        because=(*reading.village.because, *reading.kind.because, *_topic_lines(topics, vacant)),
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
            Recipient("desk", "desk", routing.desk_name, address, "to", "the desk handles what is not certain")
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
        return (f"the sender is not certain: {mail.from_problem}",)
    sender = (mail.sender or "").lower()
    for key, official in routing.officials.items():
        if official.email.lower() == sender:
            return (f"the mail is from an official ({key}), not from a council",)
    if reading.village is None:
        return ("the sender is not listed and no village's name occurs in the mail",)
    if not reading.village.certain:
        return ("the sender is not listed for any village", *reading.village.because)
    if reading.authentic == "fail":
        return (f"the mail claims to be from {sender}, but its authentication failed (dmarc=fail)",)
    return ()


def _topic_lines(topics: tuple[str, ...], vacant: list[str]) -> tuple[str, ...]:
    lines = [f"topic: {topic}" for topic in topics]
    lines += [f"nobody holds the role {role} for this mail" for role in vacant]
    return tuple(lines)


def _done_folder(routing: Routing, village: str) -> str:
    return routing.folders.done.format(village=village, name=routing.villages[village].name)

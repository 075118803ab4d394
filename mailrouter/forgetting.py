"""Forgetting a person: what of theirs can be thrown away now, what must wait, and what is not ours to throw away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from mailrouter.alarms.desk import DeskFolder, lying_in
from mailrouter.core.settings import Settings
from mailrouter.imap import Trouble
from mailrouter.journal import Journal, concerns, holdings
from mailrouter.journal.holdings import Holding
from mailrouter.retention import BATCH, expect_traces, purge

_WAITS = {
    "accepted": "it is not decided yet: let the daemon decide it",
    "promised": "letters are still to be delivered: wait, or see `show` for what keeps them",
    "settled": "it is not filed yet: let the daemon move it out of the inbox",
    "stuck": "it is stuck: `retry` it, or `assign` it to somebody who can be reached",
    "filed": "the desk is still to be told of a letter: let the daemon do so",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What forgetting an address (in lower case) comes to."""

    address: str
    goes: list[Holding] = field(default_factory=list)
    """Mails that can be forgotten now."""
    waits: list[tuple[Holding, str]] = field(default_factory=list)
    """Mails that cannot be forgotten now, each with what to do first."""
    naming: list[Holding] = field(default_factory=list)
    """Mails of others that name the address, and stay."""


def plan(journal: Journal, intake: DeskFolder, settings: Settings, address: str, *, mentioned: bool) -> Plan:
    """Find out what forgetting an address comes to. `mentioned`: mails of others that name it are to go too."""
    theirs = journal.ask(holdings.of_sender, address)
    naming = journal.ask(holdings.naming, address, [mail.number for mail in theirs])
    made = Plan(address, naming=[] if mentioned else naming)
    wanted = [*theirs, *(mail for mail in naming if mentioned and mail.purged is None)]
    lying = _lying(journal, intake, settings, wanted)
    for mail in wanted:
        if why := _why_not(mail, lying):
            made.waits.append((mail, why))
        else:
            made.goes.append(mail)
    return made


def forget(journal: Journal, of: Plan, why: str, who: str) -> int:
    """Throw away what can go, and take the address out of the record; returns how many mails that were.

    Each batch is one commit. What meanwhile is no longer final stays.
    """
    expect_traces(journal)
    gone = 0
    numbers = [mail.number for mail in of.goes]
    for start in range(0, len(numbers), BATCH):
        some = numbers[start : start + BATCH]
        still = [mail.number for mail in of.goes if mail.number in some and mail.purged is None]
        if still:
            purge(journal, still, why, who)
        gone += journal.forget_address(some, of.address, why, who)
    return gone


def _lying(
    journal: Journal, intake: DeskFolder, settings: Settings, wanted: Sequence[Holding]
) -> tuple[Collection[int], str]:
    """Those that lie with the desk, and why that is so."""
    if not any(mail.outcome == "desk" and mail.purged is None for mail in wanted):
        return (), ""
    folder = settings.folders.desk
    given = journal.ask(concerns.given_to_desk, float("inf"))
    try:
        lies = f"it lies in {folder}: handle it and take it out of that folder, or `assign` it"
        return frozenset(lying_in(intake, folder, given)), lies
    except Trouble as trouble:
        unseen = f"whether it still lies in {folder} cannot be seen ({trouble}): try again when the mailbox is there"
        return frozenset(mail.id for mail in given), unseen


def _why_not(mail: Holding, lying: tuple[Collection[int], str]) -> str:
    """What must be done before a mail can be forgotten; empty when nothing must."""
    if not mail.final:
        return _WAITS.get(mail.state, "it is not final: see `show`")
    return lying[1] if mail.purged is None and mail.number in lying[0] else ""

"""The figures as the journal has them, for the daemon and for whoever asks beside it.

What only the running router can see (what the relay says, what lies with the desk) it keeps here, as notes.
"""

from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict, TypeAdapter

from mailrouter import template_faults
from mailrouter.alarms.conditions import Figures, Imbalance, Refusal
from mailrouter.alarms.told import DAY
from mailrouter.core.settings import Settings
from mailrouter.journal import Journal, Terms, concerns
from mailrouter.journal.concerns import Concern

FIRST_START, LAST_POLL = "first_start", "last_poll"
_RELAY, _INSPECTED = "relay_refuses", "inspected"
_UNREAD, _EXPIRES = "mailbox_refuses", "credential_expires"
_REFUSAL = TypeAdapter(Refusal | None)


class Inspection(BaseModel):
    """What is looked at once an hour."""

    model_config = ConfigDict(frozen=True)

    at: float = 0.0
    books: Imbalance | None = None
    desk: tuple[int, ...] = ()
    """Mails that lie in the desk's folder for long."""
    unproven: Concern | None = None


def figures(journal: Journal, settings: Settings, now: float) -> Figures:
    """Everything the conditions look at."""
    inspected = last_inspection(journal)
    expires = journal.noted(_EXPIRES)
    polled = journal.noted(LAST_POLL) or journal.noted(FIRST_START)
    return Figures(
        now=now,
        polled=float(polled) if polled else None,
        working=journal.in_use(),
        relay=last_refusal(journal),
        unsettled=journal.ask(concerns.unsettled, now - settings.alarms.letter.total_seconds()),
        refused=journal.ask(concerns.refused, now - DAY),
        stuck=journal.ask(concerns.stuck),
        at_desk=journal.ask(concerns.still_at_desk, inspected.desk),
        kept=journal.ask(concerns.overdue, inspected.desk, Terms.of_mail(settings.retention), now),
        books=inspected.books,
        unproven=journal.ask(concerns.with_subjects, inspected.unproven) if inspected.unproven else None,
        unread=journal.noted(_UNREAD) or "",
        expires=float(expires) if expires else None,
        templates=template_faults.standing(journal),
    )


def keep_poll(journal: Journal, now: float) -> None:
    """Note that the mailbox was read; durable on return."""
    keep_unread(journal, "")
    journal.note(LAST_POLL, f"{now:.0f}").result()


def keep_unread(journal: Journal, said: str) -> None:
    """Note why the mailbox cannot be read; empty: it can."""
    if (journal.noted(_UNREAD) or "") != said:
        journal.note(_UNREAD, said)


def keep_expiry(journal: Journal, expires: datetime | None) -> None:
    """Note when the secret or certificate ends that tokens are got with, if that is known."""
    journal.note(_EXPIRES, f"{expires.timestamp():.0f}" if expires else "")


def last_inspection(journal: Journal) -> Inspection:
    """What the last inspection found."""
    noted = journal.noted(_INSPECTED)
    return Inspection.model_validate_json(noted) if noted else Inspection()


def keep_inspection(journal: Journal, found: Inspection) -> None:
    """Note what an inspection found, without words of mails or servers; durable on return."""
    unproven = found.unproven and replace(found.unproven, mails=dict.fromkeys(found.unproven.mails, ""), said="")
    kept = found.model_copy(update={"unproven": unproven})
    journal.note(_INSPECTED, kept.model_dump_json()).result()


def last_refusal(journal: Journal) -> Refusal | None:
    """What the relay says that makes all letters wait, if it does."""
    return _REFUSAL.validate_json(journal.noted(_RELAY) or "null")


def keep_refusal(journal: Journal, known: Refusal | None) -> None:
    """Note what the relay says; durable on return."""
    journal.note(_RELAY, _REFUSAL.dump_json(known).decode()).result()

"""What the alarms ask of the journal: what waits too long, what was refused, what lacks its proof.

Every function works on an open transaction and answers with a `Concern`: how many, since when, and a few by their id.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from mailrouter.journal import purging
from mailrouter.journal.letters import OPEN, STUCK, TO_BE_REPORTED
from mailrouter.journal.purging import Terms
from mailrouter.journal.tables import letter, mail

_NAMED = 5
_VARIABLES = 500
"""Values in one IN list; SQLite allows some thousands."""


@dataclass(frozen=True, slots=True)
class Concern:
    """Letters or mails that people should know of."""

    number: int
    since: float
    mails: Mapping[str, str]
    """The oldest five mails: id, as `list` shows it → subject. Only the desk may read the subject."""
    said: str = ""
    """What a server said about the oldest, if it said anything."""


@dataclass(frozen=True, slots=True)
class AtDesk:
    """A mail that was given to the desk, by what it can be recognised by in a folder."""

    id: int
    message_id: str | None
    received: float
    """INTERNALDATE, which a mail keeps when it is moved."""


def unsettled(connection: sa.Connection, before: float) -> Concern | None:
    """Letters that were promised before that moment and are not settled."""
    return _letters(connection, letter.c.state.in_(OPEN) & (letter.c.promised < before), letter.c.promised)


def any_open(connection: sa.Connection) -> bool:
    """Whether any letter is not settled."""
    return connection.execute(sa.select(letter.c.id).where(letter.c.state.in_(OPEN)).limit(1)).first() is not None


def answered_since(connection: sa.Connection, moment: float) -> bool:
    """Whether the relay took or refused a letter after that moment."""
    query = sa.select(letter.c.id).where(letter.c.state.in_(("sent", "refused")), letter.c.changed > moment)
    return connection.execute(query.limit(1)).first() is not None


def refused(connection: sa.Connection, after: float) -> Concern | None:
    """Letters that were refused for good, or came back, since that moment."""
    return _letters(connection, TO_BE_REPORTED & (letter.c.changed > after), letter.c.changed)


def stuck(connection: sa.Connection) -> Concern | None:
    """Letters for which nothing automatic is left to try; their mails are stuck."""
    return _letters(connection, STUCK, letter.c.changed)


def unproven(connection: sa.Connection, after: float, before: float) -> Concern | None:
    """Letters sent between these moments whose receipt was refused, or did not come."""
    sent = (letter.c.state == "sent") & letter.c.proven.is_(None) & letter.c.receipt.is_not(None)
    return _letters(connection, sent & (letter.c.changed > after) & (letter.c.changed < before), letter.c.changed)


def with_subjects(connection: sa.Connection, of: Concern) -> Concern:
    """The same concern with the subjects of its mails, which are kept nowhere but with the mail."""
    rows = connection.execute(sa.select(*_NAME).where(sa.func.substr(mail.c.fingerprint, 1, 12).in_(of.mails)))
    subjects = _named(rows)
    return replace(of, mails={name: subjects.get(name, "") for name in of.mails})


def given_to_desk(connection: sa.Connection, before: float) -> list[AtDesk]:
    """Mails that went to the desk before that moment and that nobody assigned or released."""
    held = (mail.c.outcome == "desk") & (mail.c.state == "filed") & (mail.c.accepted < before)
    held &= mail.c.purged.is_(None)
    query = sa.select(mail.c.id, _of_mail("message_id"), mail.c.received).where(held)
    return [AtDesk(*row) for row in connection.execute(query)]


def still_at_desk(connection: sa.Connection, mails: Sequence[int]) -> Concern | None:
    """Those of these mails that nobody assigned or released meanwhile."""
    found: list[tuple[float, int]] = []
    for start in range(0, len(mails), _VARIABLES):
        some = mail.c.id.in_(mails[start : start + _VARIABLES]) & (mail.c.outcome == "desk")
        found += [
            (row.accepted, row.id) for row in connection.execute(sa.select(mail.c.accepted, mail.c.id).where(some))
        ]
    if not found:
        return None
    oldest = [number for _, number in sorted(found)[:_NAMED]]
    rows = connection.execute(sa.select(*_NAME).where(mail.c.id.in_(oldest)).order_by(mail.c.accepted))
    return Concern(len(found), min(found)[0], _named(rows))


def overdue(connection: sa.Connection, mails: Sequence[int], terms: Terms, now: float) -> Concern | None:
    """Those of these mails that are kept for longer than their term."""
    found = []
    for start in range(0, len(mails), _VARIABLES):
        found += list(purging.overdue(connection, mails[start : start + _VARIABLES], terms, now))
    return still_at_desk(connection, found)


def _letters(
    connection: sa.Connection, which: sa.ColumnElement[bool], moment: sa.ColumnElement[float]
) -> Concern | None:
    number, since = connection.execute(sa.select(sa.func.count(), sa.func.min(moment)).where(which)).one()
    if not number:
        return None
    oldest = sa.select(*_NAME, letter.c.reply).join(mail, mail.c.id == letter.c.mail_id).where(which)
    rows = connection.execute(oldest.order_by(moment).limit(_NAMED)).all()
    return Concern(number, since, _named(rows), rows[0].reply or "")


def _of_mail(key: str) -> sa.ColumnElement[str]:
    """What the explanation says about the mail itself."""
    return sa.func.json_extract(mail.c.explanation, f"$.mail.{key}")


_NAME = (mail.c.fingerprint, _of_mail("subject").label("subject"))


def _named(rows: Iterable[sa.Row[Any]]) -> dict[str, str]:
    return {row.fingerprint[:12]: row.subject or "" for row in rows}

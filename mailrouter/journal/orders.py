"""What the desk's mails refer to: the mail that a code or a letter is about, and how it stands now.

Every function works on an open transaction.
"""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mailrouter.journal.letters import FAILED
from mailrouter.journal.records import AtHand
from mailrouter.journal.tables import letter, mail

_TO_THE_DESK = ("desk", "reminder", "notice", "answer")
_MAIL = sa.select(mail.c.id, mail.c.key, mail.c.version, mail.c.outcome, mail.c.decided_by, mail.c.explanation).where(
    mail.c.duplicate_of.is_(None), mail.c.unnamed.is_(None)
)


def by_key(connection: sa.Connection, start: str) -> list[AtHand]:
    """The mails whose arrival key begins so; mostly one."""
    rows = connection.execute(_MAIL.where(mail.c.key.between(start, f"{start}g")))  # g: after every hex digit
    return [_at_hand(row) for row in rows]


def by_letter(connection: sa.Connection, letters: Sequence[str], aliases: Sequence[str]) -> tuple[AtHand, int] | None:
    """The mail that a letter to the desk is about, and the version of the decision it tells of; None if none is known.

    `letters`: ids of ours · `aliases`: Message-IDs that a relay may have given them. Of several, the latest: a
    conversation names the letters before it too. An answer is about the mail that was decided.
    """
    for which in (letter.c.id.in_(letters), letter.c.alias.in_(aliases)):
        query = sa.select(letter.c.mail_id, letter.c.purpose, letter.c.version).where(
            which, letter.c.purpose.in_(_TO_THE_DESK)
        )
        row = connection.execute(query.order_by(letter.c.promised.desc(), letter.c.mail_id.desc()).limit(1)).first()
        if row:
            return _target(connection, row)
    return None


def _target(connection: sa.Connection, row: Any) -> tuple[AtHand, int] | None:
    found = connection.execute(_MAIL.where(mail.c.id == row.mail_id)).first()
    if found is None:
        return None
    of = _at_hand(found)
    if row.purpose == "desk":
        return of, int(row.version)
    if row.purpose != "answer":
        return of, of.version
    about = of.explanation.get("ruling") or {}
    target = next((one for one in by_key(connection, about.get("about") or "-") if one.key == about["about"]), None)
    return (target, int(about["version"])) if target else None


def unhandled(connection: sa.Connection, before: float) -> list[int]:
    """Mails that the desk was written to about before that moment, once, and that nobody decided since."""
    written = sa.select(letter.c.mail_id).where(letter.c.purpose == "desk", letter.c.promised < before)
    repeated = sa.select(letter.c.mail_id).where(letter.c.purpose == "reminder")
    failed = sa.select(letter.c.mail_id).where(letter.c.purpose == "desk", FAILED)
    waiting = mail.c.id.in_(written) & mail.c.id.not_in(repeated) & mail.c.id.not_in(failed)
    return list(
        connection.scalars(
            sa.select(mail.c.id)
            .where(mail.c.outcome == "desk", mail.c.state == "filed", waiting, mail.c.duplicate_of.is_(None))
            .where(mail.c.purged.is_(None))
            .order_by(mail.c.id)
        )
    )


def desk_letter(connection: sa.Connection, mail_id: int) -> str | None:
    """A letter to the desk about that mail."""
    query = sa.select(letter.c.id).where(letter.c.mail_id == mail_id, letter.c.purpose == "desk")
    return connection.scalars(query.order_by(letter.c.promised.desc()).limit(1)).first()


def _at_hand(row: Any) -> AtHand:
    told = json.loads(row.explanation) if row.explanation else {}
    return AtHand(row.id, row.key, row.version, row.outcome, row.decided_by or "", told)

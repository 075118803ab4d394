"""What was decided about the mails of the journal, for those who ask what would be decided today.

Every function works on an open transaction.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mailrouter.journal.tables import mail, raw

_PAST = (
    sa.select(
        mail.c.id,
        mail.c.key,
        mail.c.fingerprint,
        mail.c.size,
        mail.c.received,
        mail.c.explanation,
        mail.c.version,
        mail.c.held,
        raw.c.content,
    )
    .outerjoin(raw, raw.c.mail_id == mail.c.id)
    .where(mail.c.id == sa.bindparam("mail"))
)


@dataclass(frozen=True, slots=True)
class Past:
    """A mail of the journal, and what was decided about it.

    `received`: seconds since 1970, UTC · `raw` is None when its bytes were removed · `explanation` is None while it is
    not decided · `held`: by the loop breaker.
    """

    id: int
    shown: str
    size: int
    received: float
    explanation: Mapping[str, Any] | None
    version: int
    held: bool
    raw: bytes | None


def received_since(connection: sa.Connection, moment: float) -> list[int]:
    """The mails received since that moment, the oldest first; a copy of another one is no mail of its own."""
    mine = sa.select(mail.c.id).where(mail.c.received >= moment, mail.c.duplicate_of.is_(None))
    return list(connection.scalars(mine.order_by(mail.c.received, mail.c.id)))


def past(connection: sa.Connection, mail_id: int) -> Past:
    """One of them."""
    row = connection.execute(_PAST, {"mail": mail_id}).one()
    told = json.loads(row.explanation) if row.explanation else None
    kept = row.content if row.content or not row.size else None
    shown = (row.fingerprint or row.key)[:12]
    return Past(row.id, shown, row.size, row.received, told, row.version, row.held, kept)

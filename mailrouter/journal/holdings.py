"""What the journal holds of a sender or of a village: for those who ask to see it, or to have it removed.

Every function works on an open transaction.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mailrouter.core.identity import header_of
from mailrouter.journal.purging import FINAL
from mailrouter.journal.tables import letter, mail, raw

_from = sa.func.lower(sa.func.json_extract(mail.c.explanation, "$.mail.from"))
_village = sa.func.json_extract(mail.c.explanation, "$.village.key")
_certain = sa.func.json_extract(mail.c.explanation, "$.village.certain")
_nobody = mail.c.explanation.is_(None) | sa.func.json_extract(mail.c.explanation, "$.mail.from").is_(None)
_HEAD = 300_000
"""Octets of a mail in which its header is looked for."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter about a mail: its addressee, and what became of it."""

    id: str
    purpose: str
    role: str
    name: str
    address: str
    state: str
    changed: float
    sha256: str


@dataclass(frozen=True, slots=True)
class Holding:
    """A mail as the journal holds it. Moments are seconds since 1970, UTC; `id` and `sha256` are 64 hex digits.

    `final`: nothing more will be done with it · `whole`: all of its bytes were fetched, not its header alone ·
    `purged`: when what it says was thrown away.
    """

    number: int
    id: str
    sha256: str
    received: float
    size: int
    state: str
    outcome: str | None
    folder: str | None
    final: bool
    whole: bool
    purged: float | None
    sender: str | None
    subject: str
    village: str | None
    kind: str | None
    letters: tuple[Sent, ...]


def of_sender(connection: sa.Connection, address: str, since: float = 0.0) -> list[Holding]:
    """Mails from an address (in lower case), the oldest first; of what was not read the header tells."""
    theirs = list(connection.scalars(sa.select(mail.c.id).where(_from == address, mail.c.received >= since)))
    unread = sa.select(mail.c.id, sa.func.substr(raw.c.content, 1, _HEAD).label("head")).join(raw)
    for row in connection.execute(unread.where(_nobody, mail.c.received >= since)):
        if address.encode() in header_of(bytes(row.head)).lower():
            theirs.append(row.id)
    return [_holding(connection, one) for one in sorted(theirs)]


def of_village(connection: sa.Connection, village: str, since: float = 0.0) -> list[Holding]:
    """Mails that are certainly of a village, the oldest first; what is only a guess may be of others."""
    query = sa.select(mail.c.id).where(_village == village, _certain == 1, mail.c.received >= since)
    return [_holding(connection, one) for one in connection.scalars(query.order_by(mail.c.id))]


def naming(connection: sa.Connection, address: str, others: Iterable[int]) -> list[Holding]:
    """Mails of others in whose text, or among whose recipients, an address (in lower case) stands."""
    stands = sa.func.instr(sa.func.lower(mail.c.explanation), address) > 0
    known = set(others)
    query = sa.select(mail.c.id).where(stands).order_by(mail.c.id)
    return [_holding(connection, one) for one in connection.scalars(query).all() if one not in known]


def bytes_of(connection: sa.Connection, number: int) -> bytes | None:
    """The mail as it came in; None when it was thrown away."""
    return connection.scalars(sa.select(raw.c.content).where(raw.c.mail_id == number)).first()


def _holding(connection: sa.Connection, number: int) -> Holding:
    columns = (mail, FINAL.label("final"), sa.func.length(raw.c.content).label("octets"))
    query = sa.select(*columns).outerjoin(raw, raw.c.mail_id == mail.c.id)
    row = connection.execute(query.where(mail.c.id == number)).one()
    told: dict[str, Any] = json.loads(row.explanation or "{}")
    written = told.get("mail") or {}
    return Holding(
        number=row.id,
        id=row.key if row.duplicate_of else row.fingerprint or row.key,
        sha256=row.key,
        received=row.received,
        size=row.size,
        state=row.state,
        outcome=row.outcome,
        folder=row.folder,
        final=bool(row.final),
        whole=row.octets is None or row.octets >= row.size,
        purged=row.purged,
        sender=written.get("from"),
        subject=written.get("subject") or "",
        village=(told.get("village") or {}).get("key"),
        kind=(told.get("kind") or {}).get("key"),
        letters=_letters(connection, number),
    )


def _letters(connection: sa.Connection, number: int) -> tuple[Sent, ...]:
    names: Sequence[str] = ("id", "purpose", "role", "name", "address", "state", "changed", "sha256")
    query = sa.select(*(letter.c[name] for name in names)).where(letter.c.mail_id == number)
    return tuple(Sent(*row) for row in connection.execute(query.order_by(letter.c.promised, letter.c.id)))

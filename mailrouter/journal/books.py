"""The books: every mail seen is accounted for. Each line names what is not."""

import json
from collections.abc import Iterator

import sqlalchemy as sa

from mailrouter.journal.letters import OPEN
from mailrouter.journal.tables import letter, mail, raw, sighting

_SLOW = 900.0
"""Seconds in which an accepted mail is understood; longer needs an explanation."""


def audit(connection: sa.Connection, now: float) -> list[str]:
    """Everything in the journal that does not balance, one line each, empty if all does."""
    checks = (_undecided, _without_raw, _unseen, _letters_missing, _settled_too_early, _stuck)
    if connection.exec_driver_sql("pragma quick_check(1)").scalar_one() != "ok":
        return ["the journal file is damaged (quick_check): restore a backup"]
    return [line for check in checks for line in check(connection, now)]


def filed_uids(connection: sa.Connection, folder: str, uidvalidity: int) -> dict[int, str]:
    """UID → id of mails that are filed, by where they were seen: none of these may still lie there."""
    query = (
        sa.select(sighting.c.uid, mail.c.fingerprint)
        .join(mail)
        .where(sighting.c.folder == folder, sighting.c.uidvalidity == uidvalidity)
        .where(sighting.c.left.is_not(None), sighting.c.how != "kept")
    )
    return {row.uid: str(row.fingerprint)[:12] for row in connection.execute(query)}


def _named(mail_id: int, fingerprint: str | None) -> str:
    return f"mail {mail_id} ({(fingerprint or 'not understood')[:12]})"


def _undecided(connection: sa.Connection, now: float) -> Iterator[str]:
    query = sa.select(mail.c.id, mail.c.fingerprint).where(mail.c.state == "accepted", mail.c.accepted < now - _SLOW)
    for row in connection.execute(query):
        yield f"{_named(*row)} was accepted {_SLOW / 60:.0f} minutes ago or more and is not decided"


def _without_raw(connection: sa.Connection, _now: float) -> Iterator[str]:
    query = sa.select(mail.c.id, mail.c.fingerprint).where(~sa.exists().where(raw.c.mail_id == mail.c.id))
    for row in connection.execute(query):
        yield f"{_named(row.id, row.fingerprint)} has lost its raw bytes"


def _unseen(connection: sa.Connection, _now: float) -> Iterator[str]:
    query = sa.select(mail.c.id, mail.c.fingerprint).where(~sa.exists().where(sighting.c.mail_id == mail.c.id))
    for row in connection.execute(query):
        yield f"{_named(*row)} was never seen in a mailbox"


def _letters_missing(connection: sa.Connection, _now: float) -> Iterator[str]:
    columns = (mail.c.id, mail.c.fingerprint, mail.c.explanation)
    decided = sa.select(*columns).where(mail.c.outcome.in_(("forward", "desk")), mail.c.duplicate_of.is_(None))
    for row in connection.execute(decided):
        have = {
            address.lower()
            for address in connection.scalars(sa.select(letter.c.address).where(letter.c.mail_id == row.id))
        }
        for person in json.loads(row.explanation or "{}").get("recipients", []):
            if person["address"].lower() not in have:
                name = _named(row.id, row.fingerprint)
                yield f"{name}: no letter was written to {person['official']} ({person['role']})"


def _settled_too_early(connection: sa.Connection, _now: float) -> Iterator[str]:
    query = (
        sa.select(mail.c.id, mail.c.fingerprint, letter.c.id, letter.c.state)
        .join(letter, letter.c.mail_id == mail.c.id)
        .where(mail.c.state.in_(("settled", "filed")), letter.c.state.in_(OPEN))
    )
    for row in connection.execute(query):
        yield f"mail {row[0]} counts as settled, but its letter {row[2][:8]} is {row[3]}"


def _stuck(connection: sa.Connection, _now: float) -> Iterator[str]:
    query = sa.select(mail.c.id, mail.c.fingerprint).where(mail.c.state == "stuck")
    for row in connection.execute(query):
        yield f"{_named(row.id, row.fingerprint)} is stuck: nothing automatic is left to try; see `show` and `retry`"

"""Mail coming in and going out of the inbox, as rows. Every function works on an open transaction."""

from collections.abc import Iterable, Sequence, Set

import sqlalchemy as sa

from mailrouter.core.identity import arrival_key
from mailrouter.journal.events import log
from mailrouter.journal.known import Unknown, refuse_purged
from mailrouter.journal.records import Accepted, Arrival, Filing
from mailrouter.journal.tables import mail, raw, sighting

_KNOWN = sa.select(mail.c.id, mail.c.state).where(mail.c.key == sa.bindparam("arrival_key"))
_LEFT = sighting.update().where(
    sighting.c.folder == sa.bindparam("at"),
    sighting.c.uidvalidity == sa.bindparam("under"),
    sighting.c.uid == sa.bindparam("number"),
)
_LYING = sighting.c.how.is_(None)
"""It lies there still, as far as we know; also for the index that keeps these apart from years of others."""
_SEE = sighting.insert().prefix_with("or replace")


def is_empty(connection: sa.Connection) -> bool:
    """Whether no mail was ever taken in."""
    return connection.execute(sa.select(mail.c.id).limit(1)).first() is None


def known_uids(connection: sa.Connection, folder: str, uidvalidity: int) -> set[int]:
    """The UIDs of that folder that the journal has seen under this UIDVALIDITY and that did not leave."""
    query = sa.select(sighting.c.uid).where(sighting.c.folder == folder, sighting.c.uidvalidity == uidvalidity)
    there = sa.union_all(query.where(_LYING), query.where(sighting.c.how == "kept"))
    return set(connection.scalars(there))


def highest_uid(connection: sa.Connection, folder: str, uidvalidity: int) -> int:
    """The highest UID that was taken in from that folder, 0 if none."""
    query = sa.select(sa.func.max(sighting.c.uid))
    return (
        connection.scalars(query.where(sighting.c.folder == folder, sighting.c.uidvalidity == uidvalidity)).one() or 0
    )


def missing(connection: sa.Connection, folder: str, uidvalidity: int, present: Set[int]) -> list[tuple[int, int]]:
    """(UIDVALIDITY, UID) of sightings that count as lying in the folder and do not."""
    query = sa.select(sighting.c.uidvalidity, sighting.c.uid)
    rows = connection.execute(query.where(sighting.c.folder == folder, _LYING))
    return [(row.uidvalidity, row.uid) for row in rows if row.uidvalidity != uidvalidity or row.uid not in present]


def miss(connection: sa.Connection, folder: str, uidvalidity: int, present: Set[int], now: float) -> None:
    """Note that those are gone: moved by a person, or there under another number, to be seen again at once."""
    for under, number in missing(connection, folder, uidvalidity, present):
        place = {"at": folder, "under": under, "number": number}
        connection.execute(_LEFT, place | {"left": now, "how": "gone"})


def accept(connection: sa.Connection, arrivals: Iterable[Arrival], now: float) -> list[Accepted]:
    """Take in what has arrived; returns the mails that are new. From the commit on the journal answers for them."""
    return [new for arrival in arrivals if (new := _accept_one(connection, arrival, now))]


def _accept_one(connection: sa.Connection, arrival: Arrival, now: float) -> Accepted | None:
    whole = arrival.size <= len(arrival.raw)
    key = arrival_key(arrival.raw if whole else arrival.raw + b"|%d" % arrival.size)
    known = connection.execute(_KNOWN, {"arrival_key": key}).first()
    if known:
        again = known.state == "filed" or _lies_there(connection, known.id)
        _see(connection, arrival, known.id, again, now)
        log(connection, now, "seen again" if again else "found again", known.id)
        return None
    times = {"received": arrival.received, "accepted": now}
    first = {"key": key, "size": arrival.size, "tries": 1, "state": "accepted", "version": 1, "held": False}
    row = connection.execute(mail.insert(), times | first)
    new = int(row.lastrowid)
    connection.execute(raw.insert(), {"mail_id": new, "content": arrival.raw})
    _see(connection, arrival, new, False, now)
    log(connection, now, "accepted", new, detail=f"{arrival.size} bytes")
    return Accepted(new, arrival.raw, arrival.size, arrival.received, 1, key=key)


def _lies_there(connection: sa.Connection, mail_id: int) -> bool:
    """Whether another message with these bytes lies in the inbox."""
    same = sa.select(sighting.c.uid).where(sighting.c.mail_id == mail_id, sighting.c.left.is_(None))
    return connection.execute(same).first() is not None


def _see(connection: sa.Connection, arrival: Arrival, mail_id: int, again: bool, now: float) -> None:
    place = {"folder": arrival.folder, "uidvalidity": arrival.uidvalidity, "uid": arrival.uid}
    row = place | {"mail_id": mail_id, "seen": now, "again": again, "left": None, "how": None}
    connection.execute(_SEE, row)


def pending(connection: sa.Connection) -> list[Accepted]:
    """Mails that were accepted and never understood, because the router or a worker went down over them."""
    query = (
        sa.select(mail.c.id, raw.c.content, mail.c.size, mail.c.received, mail.c.tries, mail.c.version, mail.c.key)
        .join(raw)
        .where(mail.c.state == "accepted")
        .order_by(mail.c.id)
        .limit(50)
    )
    return [Accepted(*row) for row in connection.execute(query)]


def load(connection: sa.Connection, mail_id: int) -> Accepted:
    """A mail with its raw bytes; Purged if these were thrown away, Unknown if they are lost."""
    refuse_purged(connection, mail_id)
    query = sa.select(
        mail.c.id, raw.c.content, mail.c.size, mail.c.received, mail.c.tries, mail.c.version, mail.c.key
    ).join(raw)
    row = connection.execute(query.where(mail.c.id == mail_id)).first()
    if row is None or (row.size and not row.content):
        raise Unknown("the text of this mail is no longer in the journal; the original lies in the mailbox")
    return Accepted(*row)


def try_again(connection: sa.Connection, mail_id: int, reason: str, now: float) -> int:
    """Count another try before the mail enters the cage again; returns how many that makes."""
    connection.execute(mail.update().where(mail.c.id == mail_id).values(tries=mail.c.tries + 1))
    log(connection, now, "try again", mail_id, detail=reason)
    return int(connection.scalars(sa.select(mail.c.tries).where(mail.c.id == mail_id)).one())


def give_back(connection: sa.Connection, mail_id: int) -> None:
    """A try that did not take place does not count."""
    connection.execute(mail.update().where(mail.c.id == mail_id).values(tries=mail.c.tries - 1))


def anything_to_file(connection: sa.Connection, folder: str) -> bool:
    """Whether a settled mail, or a copy of one, may still lie in `folder`."""
    copies = sa.select(sighting.c.uid).join(mail).where(sighting.c.folder == folder, _LYING, mail.c.state == "filed")
    query = sa.select(sa.exists().where(mail.c.state == "settled") | sa.exists(copies))
    return bool(connection.scalars(query).one())


def to_file(connection: sa.Connection, folder: str, uidvalidity: int, duplicates: str) -> list[Filing]:
    """The sightings in `folder` that may leave it: their mail is settled."""
    query = (
        sa.select(sighting.c.uidvalidity, sighting.c.uid, mail.c.id, mail.c.folder, sighting.c.again)
        .join(mail)
        .where(mail.c.state.in_(("settled", "filed")), _LYING)
        .where(sighting.c.folder == folder, sighting.c.uidvalidity == uidvalidity)
        .order_by(sighting.c.uid)
    )
    rows = connection.execute(query)
    return [Filing(row.uidvalidity, row.uid, row.id, duplicates if row.again else row.folder) for row in rows]


def left(connection: sa.Connection, folder: str, filings: Sequence[Filing], how: str, now: float) -> None:
    """Note that these sightings left the inbox (or were marked, where the server cannot move)."""
    for filing in filings:
        place = {"at": folder, "under": filing.uidvalidity, "number": filing.uid}
        connection.execute(_LEFT, place | {"left": now, "how": how})
        log(connection, now, "filed", filing.mail, detail=f"{how}: {filing.target}")


def finish(connection: sa.Connection, folder: str, uidvalidity: int) -> None:
    """A settled mail of which nothing lies in the inbox any more is filed."""
    here = sa.select(sighting.c.uid).where(
        sighting.c.mail_id == mail.c.id,
        sighting.c.left.is_(None),
        sighting.c.folder == folder,
        sighting.c.uidvalidity == uidvalidity,
    )
    done = mail.update().where(mail.c.state == "settled", ~sa.exists(here)).values(state="filed")
    connection.execute(done)

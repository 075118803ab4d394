"""Promises, as rows: a decision with its letters, and the letters to the desk about letters that were refused.

Every function works on an open transaction.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Literal

import sqlalchemy as sa

from mailrouter.core.model import Draft
from mailrouter.core.packing import pack_draft
from mailrouter.journal import meetings, returns
from mailrouter.journal.events import log
from mailrouter.journal.letters import BRINGS_IT, FAILED, TO_BE_REPORTED
from mailrouter.journal.records import Burst, Promise, PromisedLetter, Purpose, Reminder, Report, Undelivered
from mailrouter.journal.tables import draft, letter, mail, proof

# Written once, because a journal of a busy day runs each of these thousands of times.
_CURRENT = sa.select(mail.c.state, mail.c.version).where(mail.c.id == sa.bindparam("mail"))
_TWIN = (
    sa.select(mail.c.id)
    .where(mail.c.fingerprint == sa.bindparam("print"), mail.c.id != sa.bindparam("mail"))
    .where(mail.c.duplicate_of.is_(None))
    .limit(1)
)
_PROVEN = sa.select(proof.c.seen).where(proof.c.letter_id == sa.bindparam("letter"))
_ALIKE = (
    sa.select(sa.func.count(), sa.func.min(mail.c.received), sa.func.max(mail.c.held))
    .where(mail.c.likeness == sa.bindparam("as"), mail.c.received.between(sa.bindparam("after"), sa.bindparam("until")))
    .where(mail.c.id != sa.bindparam("mail"))
)
_PURPOSES: Mapping[str, Purpose] = {"forward": "forward", "desk": "desk", "file": "answer"}
"""Of the letters of a decision, by its outcome; a mail that is filed can be answered (`mailrouter.orders`)."""
_TOLD, _EARLIER = letter.alias("told"), letter.alias("earlier")
_REPORTS = sa.select(sa.func.count()).where(
    _EARLIER.c.mail_id == letter.c.mail_id, _EARLIER.c.version.contains(letter.c.id)
)
"""How often the desk was told about a letter: one that is retried can be refused again."""
_UNREPORTED = (
    sa.select(
        letter.c.id,
        letter.c.mail_id,
        letter.c.purpose,
        letter.c.version,
        letter.c.name,
        letter.c.address,
        letter.c.reply,
        letter.c.returned,
        _REPORTS.scalar_subquery(),
    )
    .where(TO_BE_REPORTED, ~sa.exists().where(_TOLD.c.about == letter.c.id))
    .order_by(letter.c.mail_id)
    .limit(50)
)
_DECIDE = mail.update().where(mail.c.id == sa.bindparam("mail"))


def promise(connection: sa.Connection, mail_id: int, made: Promise, duplicates: str, now: float) -> bool:
    """Write a decision and its letters down. A mail already promised is left as it was (False)."""
    current = connection.execute(_CURRENT, {"mail": mail_id}).one()
    if (made.version == 1 and current.state != "accepted") or (
        made.version > 1 and made.version != current.version + 1
    ):
        return False
    twin = _twin(connection, mail_id, made.fingerprint) if made.version == 1 else None
    values = {
        "fingerprint": made.fingerprint,
        "outcome": "file" if twin else made.outcome,
        "folder": duplicates if twin else made.folder,
        "duplicate_of": twin,
        "explanation": json.dumps(made.explanation, ensure_ascii=True),
        "config": made.config,
        "decided_by": made.decided_by,
        "version": made.version,
        "held": made.held and not twin,
        "state": "promised" if (made.letters or made.version > 1) and not twin else "settled",
    }
    if made.version == 1:
        values["likeness"] = None if twin else made.likeness or None
        values["calendar_uid"] = made.calendar_uid or None
    connection.execute(_DECIDE, {"mail": mail_id} | values)
    if made.version > 1 or (made.meeting and not twin):
        meetings.note(connection, mail_id, *(made.meeting or ("", None)))
    detail = f"duplicate of mail {twin}" if twin else f"{made.outcome}, {len(made.letters)} letters"
    log(connection, now, "promised", mail_id, who=made.decided_by, detail=detail)
    if made.held and not twin:
        log(connection, now, "held", mail_id, detail="by the loop breaker")
    if made.returned and not twin:
        returns.note(connection, made.returned, mail_id, now)
    if made.mark and not twin:
        log(connection, now, made.mark.what, mail_id, detail=made.mark.detail)
    if made.draft and made.letters and not twin:
        purpose = _PURPOSES[made.outcome]
        why = {"version": str(made.version), "purpose": purpose, "about": None, "village": _turn(made)}
        _write(connection, mail_id, made.draft, made.letters, why, now)
    return True


def carry_out(
    connection: sa.Connection,
    order: tuple[int, Promise],
    decision: tuple[int, Promise] | None,
    duplicates: str,
    now: float,
) -> Literal["done", "overtaken", "known"]:
    """Write down what a mail of the desk decides about another mail, and the answer to it: all of it or nothing.

    done: it is written; of a copy of an order that was carried out before nothing is decided · overtaken: somebody
    else decided meanwhile, and nothing is written · known: the order was promised before.
    """
    order_id, answered = order
    if connection.execute(_CURRENT, {"mail": order_id}).one().state != "accepted":
        return "known"
    if decision and not _twin(connection, order_id, answered.fingerprint):
        if not promise(connection, *decision, duplicates, now):
            return "overtaken"
        log(connection, now, "is about a mail", order_id, detail=f"mail {decision[0]}")
        log(connection, now, "decided by mail", decision[0], who=decision[1].decided_by, detail=f"mail {order_id}")
    promise(connection, order_id, answered, duplicates, now)
    return "done"


def _turn(made: Promise) -> str:
    """The village whose turn it is when these letters are sent; the desk has turns of its own."""
    village = made.explanation.get("village")
    return str(village["key"]) if made.outcome == "forward" and village else ""


def burst(connection: sa.Connection, mail_id: int, likeness: str, after: float, until: float) -> Burst:
    """The mails that are like this one and were received between those moments; duplicates do not count."""
    where = {"as": likeness, "after": after, "until": until, "mail": mail_id}
    number, since, held = connection.execute(_ALIKE, where).one()
    return Burst(number, since, bool(held))


def report(connection: sa.Connection, made: Report, now: float) -> bool:
    """Write down the letter to the desk about a letter that was refused or came back, once."""
    if connection.execute(sa.select(letter.c.id).where(letter.c.about == made.about)).first():
        return False
    why = {"version": made.version, "purpose": made.purpose, "about": made.about, "village": ""}
    _write(connection, made.mail, made.draft, made.letters, why, now)
    log(connection, now, "desk told", made.mail, made.about, detail=made.purpose)
    return True


def remind(connection: sa.Connection, made: Reminder, now: float) -> bool:
    """Write down that a letter to the desk goes out once more; False if it was decided or repeated meanwhile."""
    current = connection.execute(_CURRENT.add_columns(mail.c.outcome), {"mail": made.mail}).one()
    before = sa.select(letter.c.id).where(letter.c.mail_id == made.mail, letter.c.purpose == "reminder").limit(1)
    if current.outcome != "desk" or current.version != made.version or connection.execute(before).first():
        return False
    why = {"version": f"reminder of {made.version}", "purpose": "reminder", "about": None, "village": ""}
    _write(connection, made.mail, made.draft, made.letters, why, now)
    done = mail.c.state.in_(("settled", "filed"))
    connection.execute(mail.update().where(mail.c.id == made.mail, done).values(state="promised"))
    log(connection, now, "desk reminded", made.mail)
    return True


def _twin(connection: sa.Connection, mail_id: int, fingerprint: str) -> int | None:
    return connection.scalars(_TWIN, {"print": fingerprint, "mail": mail_id}).first()


def _write(
    connection: sa.Connection,
    mail_id: int,
    text: Draft,
    letters: Iterable[PromisedLetter],
    why: Mapping[str, str | None],
    now: float,
) -> None:
    meta = json.dumps(pack_draft(text))
    draft_id = connection.execute(draft.insert(), {"mail_id": mail_id, "meta": meta, "own": text.own}).lastrowid
    common: dict[str, object] = {"mail_id": mail_id, "draft_id": draft_id, **why}
    common |= {"doubted": False, "tries": 0, "promised": now, "next": now, "changed": now}
    rows = [common | _columns(new) for new in letters]
    for row in rows:
        seen = connection.scalars(_PROVEN, {"letter": row["id"]}).first()
        row |= {"state": "sent" if seen else "queued", "proven": seen}
        if seen:
            log(connection, now, "sent before", mail_id, str(row["id"]), detail="its receipt was there already")
    connection.execute(letter.insert(), rows)


def _columns(new: PromisedLetter) -> dict[str, object]:
    who = new.recipient
    person = {"role": who.role, "official": who.official, "name": who.name, "address": who.address}
    person |= {"copy": who.copy, "because": who.because}
    return {"id": new.id, "head": new.head, "size": new.size, "sha256": new.sha256} | person


def addressed(connection: sa.Connection, mail_id: int) -> set[str]:
    """Addresses that have, or will get, a letter that brings them this mail."""
    query = sa.select(letter.c.address).where(letter.c.mail_id == mail_id, BRINGS_IT, ~FAILED)
    return {address.lower() for address in connection.scalars(query)}


def unreported(connection: sa.Connection) -> list[Undelivered]:
    """Letters that were refused, or came back, and that the desk was not told about."""
    return [Undelivered(*row) for row in connection.execute(_UNREPORTED)]

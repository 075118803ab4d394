"""What becomes of letters, as rows. Every function works on an open transaction.

Letter states: queued → claimed → sending → sent | queued | refused | unsure; unsure → sent (proof) | queued; stuck.
A sent letter that a later server could not deliver stays sent, and is marked `returned`.
Each change names the states it may start from; a row that meanwhile went elsewhere is left alone.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import zip_longest

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from mailrouter.core.model import Letter, Outcome
from mailrouter.core.packing import unpack_draft
from mailrouter.journal.events import log
from mailrouter.journal.known import refuse_purged
from mailrouter.journal.records import Proven, Whole
from mailrouter.journal.tables import draft, event, letter, mail, note, proof, raw

_VARIABLES = 500
"""Values in one IN list; SQLite allows some thousands."""
_LONGEST_WAIT = 1.2 * 86400
"""Seconds; `delivery.retry` allows a day."""
OPEN = ("queued", "claimed", "sending", "unsure")
BRINGS_IT = (letter.c.purpose == "forward") | (letter.c.purpose == "desk") & (letter.c.role != "desk")
"""Letters that bring a mail to those it is for; what goes to the desk can be for the registry as well."""
FAILED = letter.c.state.in_(("refused", "stuck")) | letter.c.returned.is_not(None)
"""Letters that did not reach their recipient."""
TO_BE_REPORTED = (letter.c.state == "refused") | letter.c.returned.is_not(None) & (letter.c.purpose != "notice")
"""Letters that the desk must be told of."""
STUCK = (letter.c.state == "stuck") | letter.c.returned.is_not(None) & (letter.c.purpose == "notice")
"""Letters for which nothing automatic is left to try."""
_OPEN = letter.c.state.in_(OPEN)
_DIALLED = "sending"

# Written once, because a journal of a busy day runs each of these thousands of times.
_SENDING = (
    letter.update()
    .where(letter.c.id == sa.bindparam("letter"), letter.c.state == "claimed")
    .values(state="sending", changed=sa.bindparam("now"), receipt=sa.bindparam("with_receipt"))
    .returning(letter.c.mail_id)
)
_SETTLE = (
    letter.update()
    .where(letter.c.id == sa.bindparam("letter"), letter.c.state.in_(("claimed", "sending")))
    .values(tries=letter.c.tries + 1)
)

_TOLD = letter.alias("told")
_UNREPORTED = TO_BE_REPORTED & ~sa.exists().where(_TOLD.c.about == letter.c.id)
_CLOSE_SETTLED = (
    mail.update()
    .where(mail.c.state == "promised")
    .where(*(mail.c.id.not_in(sa.select(letter.c.mail_id).where(why)) for why in (_OPEN, _UNREPORTED)))
    .values(state="settled")
)

_DUE = letter.c.next <= sa.bindparam("now")
_ABSURD = letter.c.next > sa.bindparam("absurd")
"""Put off so far that the clock must have been wrong when it was."""
_ANY_DUE = sa.select(
    sa.exists().where(letter.c.state == "queued", _DUE) | sa.exists().where(letter.c.state == "queued", _ABSURD)
)
_WAITING_FIRST = sa.select(sa.func.min(letter.c.village).label("village")).where(letter.c.state == "queued")
_VILLAGES = _WAITING_FIRST.cte("villages", recursive=True)
_WAITING_NEXT = sa.select(sa.func.min(letter.c.village)).where(
    letter.c.state == "queued", letter.c.village > _VILLAGES.c.village
)
# From each village straight to the next one: looking at every letter that waits would take as long as there are many.
_ALL_WAITING = _VILLAGES.union_all(sa.select(_WAITING_NEXT.scalar_subquery()).where(_VILLAGES.c.village.is_not(None)))
_WAITING = sa.select(_ALL_WAITING.c.village).where(_ALL_WAITING.c.village.is_not(None))
_OLDEST = (
    sa.select(letter.c.id)
    .where(letter.c.state == "queued", letter.c.village == sa.bindparam("whose"))
    .where(_DUE | _ABSURD)
    .order_by(letter.c.mail_id, letter.c.id)
    .limit(sa.bindparam("most"))
)
_CLAIM = (
    letter.update()
    .where(letter.c.id.in_(sa.bindparam("letters", expanding=True)))
    .values(state="claimed", changed=sa.bindparam("now"))
    .returning(
        letter.c.id,
        letter.c.mail_id,
        letter.c.address,
        letter.c.size,
        letter.c.tries,
        letter.c.promised,
        letter.c.doubted,
    )
)


def claim(connection: sa.Connection, most: int, after: str, now: float) -> tuple[list[Letter], str]:
    """Take letters that are due, so that nobody else takes them; also tells whose turn was the last.

    The villages (and the desk) have turns, so that none waits behind the backlog of another: those after `after` first,
    each with the letters of its oldest mail. There can be fewer than `most` while more are due.
    """
    villages = sorted(connection.scalars(_WAITING), key=lambda village: (village <= after, village))
    turns: list[Sequence[str]] = []
    for village in villages:
        room = min(-(-most // len(villages)), most - sum(map(len, turns)))
        if not room:
            break
        where = {"whose": village, "most": room, "now": now, "absurd": now + _LONGEST_WAIT}
        turns.append(connection.scalars(_OLDEST, where).all())
        after = village
    order = [one for turn in zip_longest(*turns) for one in turn if one is not None]
    taken = connection.execute(_CLAIM, {"letters": order, "now": now})
    return sorted((Letter(*row) for row in taken), key=lambda item: order.index(item.id)), after


def put_back(connection: sa.Connection, letter_id: str, now: float) -> None:
    """A claimed letter that was not tried is queued again, due at once."""
    row = letter.update().where(letter.c.id == letter_id, letter.c.state == "claimed")
    connection.execute(row.values(state="queued", changed=now))


def sending(connection: sa.Connection, letter_id: str, receipt: bool | None, now: float) -> int | None:
    """From this commit on the letter may be out; the number of its event, None if it was settled meanwhile.

    `receipt`: a receipt will come of it (False: that address was refused; None: none was asked).
    """
    row = connection.execute(_SENDING, {"letter": letter_id, "now": now, "with_receipt": receipt}).first()
    return log(connection, now, _DIALLED, row.mail_id, letter_id) if row else None


def last_sending(connection: sa.Connection) -> tuple[int, str] | None:
    """The newest `sending`: the number of its event, and its letter."""
    query = sa.select(event.c.id, event.c.letter_id).where(event.c.what == _DIALLED)
    row = connection.execute(query.order_by(event.c.id.desc()).limit(1)).first()
    return (row.id, row.letter_id) if row else None


def was_sending(connection: sa.Connection, number: int, letter_id: str) -> bool:
    """Whether that event is the `sending` of that letter."""
    query = sa.select(event.c.id).where(event.c.id == number, event.c.letter_id == letter_id, event.c.what == _DIALLED)
    return connection.execute(query).first() is not None


def settle(connection: sa.Connection, of: Letter, outcome: Outcome, next_try: float, now: float) -> None:
    """Write what became of a letter. `next_try` counts for `later`; a refused notice leaves its mail stuck."""
    answer: dict[str, object] = {
        "code": outcome.code,
        "reply": outcome.reply,
        "receipt": outcome.receipt,
        "alias": outcome.alias,
    }
    state = {"sent": "sent", "later": "queued", "refused": "refused", "unsure": "unsure"}[outcome.state]
    if state == "refused" and _purpose(connection, of.id) == "notice":
        state = "stuck"
    answer |= {"letter": of.id, "state": state, "next": next_try, "changed": now}
    answer["doubted"] = of.doubted or state == "unsure"
    if connection.execute(_SETTLE, answer).rowcount == 1:
        if state == "stuck":
            connection.execute(mail.update().where(mail.c.id == of.mail).values(state="stuck"))
        log(connection, now, state, of.mail, of.id, detail=f"{outcome.code} {outcome.reply}".strip())


def _purpose(connection: sa.Connection, letter_id: str) -> str:
    return str(connection.scalars(sa.select(letter.c.purpose).where(letter.c.id == letter_id)).one())


def recover(connection: sa.Connection, patience: float | None, now: float) -> int:
    """After a start: what was only claimed is queued, what may be out is unsure (if no receipt can come: queued)."""
    connection.execute(letter.update().where(letter.c.state == "claimed").values(state="queued"))
    unsure = sa.false() if patience is None else letter.c.receipt.is_not(False)
    lost = connection.execute(
        letter.update()
        .where(letter.c.state == "sending")
        .values(
            state=sa.case((unsure, "unsure"), else_="queued"),
            next=sa.case((unsure, patience or 0.0), else_=now),
            changed=now,
            doubted=True,
        )
        .returning(letter.c.id, letter.c.mail_id, letter.c.state)
    ).all()
    for row in lost:
        log(connection, now, row.state, row.mail_id, row.id, detail="the router stopped while sending")
    return len(lost)


def any_unsure(connection: sa.Connection) -> bool:
    """Whether a letter waits for its receipt."""
    return connection.execute(sa.select(letter.c.id).where(letter.c.state == "unsure").limit(1)).first() is not None


def requeue_unsure(connection: sa.Connection, watched: float, now: float) -> int:
    """Letters whose patience ran out on the clock `watched` without a receipt: the same bytes again."""
    rows = connection.execute(
        letter.update()
        .where(letter.c.state == "unsure", letter.c.next <= watched)
        .values(state="queued", next=now, changed=now)
        .returning(letter.c.id, letter.c.mail_id)
    ).all()
    for row in rows:
        log(connection, now, "queued", row.mail_id, row.id, detail="no receipt came: the same bytes again")
    return len(rows)


def prove(connection: sa.Connection, ids: Iterable[str], folder: str, hold: tuple[str, str], now: float) -> Proven:
    """Receipts were seen: their letters are sent, whatever the journal thought; unknown ones are kept for intake.

    When that was news, the note `hold` (key, value) is kept in the same commit.
    """
    unknown = surprising = 0
    for letter_id in ids:
        new = upsert(proof).values(letter_id=letter_id, seen=now, folder=folder).on_conflict_do_nothing()
        if connection.execute(new).rowcount == 0:
            continue
        row = connection.execute(sa.select(letter.c.state, letter.c.mail_id).where(letter.c.id == letter_id)).first()
        if row is None:
            unknown += 1
            continue
        surprising += row.state in ("queued", "claimed")
        if row.state == "stuck":
            connection.execute(mail.update().where(mail.c.id == row.mail_id).values(state="promised"))
        values = {"proven": now} if row.state == "sent" else {"state": "sent", "proven": now, "changed": now}
        connection.execute(letter.update().where(letter.c.id == letter_id).values(**values))
        log(
            connection,
            now,
            "proven",
            row.mail_id,
            letter_id,
            detail="" if row.state == "sent" else f"was {row.state}",
        )
    if unknown or surprising:
        keep_note(connection, *hold)
    return Proven(unknown, surprising)


def known_sent(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Those of these letters that are known to be sent."""
    known: set[str] = set()
    for start in range(0, len(ids), _VARIABLES):
        some = letter.c.id.in_(ids[start : start + _VARIABLES])
        known.update(connection.scalars(sa.select(letter.c.id).where(some, letter.c.state == "sent")))
    return known


def content(connection: sa.Connection, letter_id: str) -> Whole:
    """Everything a letter's final bytes are made of."""
    query = (
        sa.select(letter.c.head, letter.c.sha256, draft.c.meta, draft.c.own, raw.c.content)
        .join(draft, draft.c.id == letter.c.draft_id)
        .outerjoin(raw, raw.c.mail_id == letter.c.mail_id)  # a notice about a mail that was purged needs none
        .where(letter.c.id == letter_id)
    )
    row = connection.execute(query).first()
    if row is None:
        raise ValueError(f"the journal has lost what letter {letter_id} is made of")
    content = row.content or b""
    return Whole(row.head, unpack_draft(json.loads(row.meta), row.own, len(content)), content, row.sha256)


def close_settled(connection: sa.Connection) -> int:
    """Mails of which every letter is final (and every refusal reported) are settled."""
    return connection.execute(_CLOSE_SETTLED).rowcount


def retry(connection: sa.Connection, mail_id: int, who: str, now: float) -> int:
    """Letters of a mail that did not reach their recipient become queued: the same bytes again.

    Left out is who meanwhile has, or will get, another letter that forwards this mail. A report on an earlier refusal
    does not count for the next one. Purged if the bytes were thrown away.
    """
    refuse_purged(connection, mail_id)
    other = sa.alias(letter, "other")
    served = sa.exists().where(
        other.c.mail_id == mail_id,
        other.c.id != letter.c.id,
        other.c.purpose == "forward",
        sa.func.lower(other.c.address) == sa.func.lower(letter.c.address),
        other.c.state.not_in(("refused", "stuck")),
        other.c.returned.is_(None),
    )
    rows = connection.execute(
        letter.update()
        .where(letter.c.mail_id == mail_id, FAILED)
        .where((letter.c.purpose != "forward") | ~served)
        .values(state="queued", next=now, changed=now, tries=0, returned=None, proven=None)
        .returning(letter.c.id)
    ).all()
    for row in rows:
        connection.execute(letter.update().where(letter.c.about == row.id).values(about=None))
        connection.execute(proof.delete().where(proof.c.letter_id == row.id))  # of the letter that came back
        log(connection, now, "queued", mail_id, row.id, who=who, detail="retried by hand")
    if rows:
        connection.execute(mail.update().where(mail.c.id == mail_id).values(state="promised"))
    return len(rows)


def keep_note(connection: sa.Connection, key: str, value: str) -> None:
    """Keep a short text under a key."""
    row = upsert(note).values(key=key, value=value)
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def any_due(connection: sa.Connection, now: float) -> bool:
    """Whether a letter is due."""
    return bool(connection.scalars(_ANY_DUE, {"now": now, "absurd": now + _LONGEST_WAIT}).one())

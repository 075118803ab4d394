"""What people ask of the journal: the list of mails, one mail with its history, the figures of `status`."""

import json
from typing import Any

import sqlalchemy as sa

from mailrouter.journal.known import Unknown
from mailrouter.journal.letters import OPEN
from mailrouter.journal.tables import event, letter, mail, note, sighting

_SHORTEST = 8
_STATE = sa.case((letter.c.returned.is_not(None), "returned"), else_=letter.c.state)


def find(connection: sa.Connection, prefix: str) -> int:
    """The mail whose fingerprint starts with `prefix` (8 characters or more)."""
    if len(prefix) < _SHORTEST:
        raise Unknown(f"{prefix!r} is too short: give at least {_SHORTEST} characters of the id that `list` shows")
    # A duplicate has the fingerprint of its original, so it goes by its arrival key.
    own = sa.case((mail.c.duplicate_of.is_(None), mail.c.fingerprint), else_=mail.c.key)
    column = sa.func.coalesce(own, mail.c.key)
    rows = connection.execute(sa.select(mail.c.id).where(column.startswith(prefix.lower(), autoescape=True))).all()
    if not rows:
        raise Unknown(f"no mail has an id that starts with {prefix}")
    if len(rows) > 1:
        raise Unknown(f"{len(rows)} mails have an id that starts with {prefix}: give more of it")
    return int(rows[0].id)


def mails(connection: sa.Connection, most: int | None) -> list[dict[str, Any]]:
    """The newest mails first, each with its letters counted by state."""
    rows = connection.execute(sa.select(mail).order_by(mail.c.id.desc()).limit(most)).mappings()
    counts: dict[int, dict[str, int]] = {}
    newest = sa.select(mail.c.id).order_by(mail.c.id.desc()).limit(most).scalar_subquery()
    query = sa.select(letter.c.mail_id, _STATE, sa.func.count()).group_by(letter.c.mail_id, _STATE)
    query = query.where(letter.c.mail_id.in_(newest)) if most else query
    for mail_id, state, number in connection.execute(query):
        counts.setdefault(mail_id, {})[state] = number
    return [_shown(dict(row)) | {"letters": counts.get(row["id"], {})} for row in rows]


_SENT_ON = (mail.c.outcome == "forward") & mail.c.duplicate_of.is_(None)


def decided(connection: sa.Connection, most: int) -> list[dict[str, Any]]:
    """All mails that were decided more than once, and the newest of those that went out as they were first decided.

    Those that were purged have no words any more, and are not among them: `decided_and_purged` counts them.
    """
    sent_on = sa.select(mail).where(_SENT_ON, mail.c.purged.is_(None)).order_by(mail.c.id.desc())
    rows = [
        *connection.execute(sent_on.where(mail.c.version > 1)).mappings(),
        *connection.execute(sent_on.where(mail.c.version == 1).limit(most)).mappings(),
    ]
    return [_shown(dict(row)) for row in rows]


def decided_and_purged(connection: sa.Connection) -> int:
    """How many mails were decided more than once of which the words are gone."""
    gone = sa.select(sa.func.count()).where(_SENT_ON, mail.c.version > 1, mail.c.purged.is_not(None))
    return int(connection.execute(gone).scalar_one())


def stuck(connection: sa.Connection) -> list[str]:
    """The ids, as `list` shows them, of mails for which nothing automatic is left to try."""
    return [str(name)[:12] for name in connection.scalars(sa.select(mail.c.fingerprint).where(mail.c.state == "stuck"))]


def whole(connection: sa.Connection, mail_id: int) -> dict[str, Any]:
    """One mail: what is known of it, its letters, where it was seen, its history."""
    row = connection.execute(sa.select(mail).where(mail.c.id == mail_id)).mappings().one()
    columns = [column for column in letter.c if column.name not in ("head", "draft_id")]
    letters = connection.execute(sa.select(*columns).where(letter.c.mail_id == mail_id)).mappings()
    seen = connection.execute(sa.select(sighting).where(sighting.c.mail_id == mail_id)).mappings()
    twins = connection.execute(sa.select(mail.c.id, mail.c.key).where(mail.c.duplicate_of == mail_id)).mappings()
    events = connection.execute(sa.select(event).where(event.c.mail_id == mail_id).order_by(event.c.id)).mappings()
    return _shown(dict(row)) | {
        "letters": [dict(item) for item in letters],
        "sightings": [dict(item) for item in seen],
        "duplicates": [dict(item) for item in twins],
        "history": [dict(item) for item in events],
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    row["explanation"] = json.loads(row["explanation"]) if row["explanation"] else None
    row["id_shown"] = (row["key"] if row["duplicate_of"] else row["fingerprint"] or row["key"])[:12]
    return row


def figures(connection: sa.Connection) -> dict[str, Any]:
    """Counts by state and outcome, the oldest unsettled letter, the notes the daemon keeps."""
    by_state = connection.execute(sa.select(mail.c.state, sa.func.count()).group_by(mail.c.state))
    outcome = sa.case((mail.c.duplicate_of.is_not(None), "duplicate"), (mail.c.held, "held"), else_=mail.c.outcome)
    by_outcome = connection.execute(sa.select(outcome, sa.func.count()).group_by(outcome))
    letters = connection.execute(sa.select(_STATE, sa.func.count()).group_by(_STATE))
    oldest = connection.scalars(sa.select(sa.func.min(letter.c.promised)).where(letter.c.state.in_(OPEN))).one()
    again = connection.scalars(sa.select(sa.func.count()).where(sighting.c.again)).one()
    return {
        "mails": {str(state): number for state, number in by_state},
        "outcomes": {str(name or "undecided"): number for name, number in by_outcome},
        "letters": {str(state): number for state, number in letters},
        "seen_again": again,
        "oldest_unsettled": oldest,
        "notes": {row.key: row.value for row in connection.execute(sa.select(note))},
    }


def open_letters(connection: sa.Connection) -> list[dict[str, Any]]:
    """Letters that are not settled, with their next try."""
    columns = (
        letter.c.id,
        letter.c.state,
        letter.c.next,
        letter.c.address,
        letter.c.reply,
        mail.c.fingerprint,
    )
    query = sa.select(*columns).join(mail).where(letter.c.state.in_(OPEN)).order_by(letter.c.next)
    return [dict(row) for row in connection.execute(query).mappings()]

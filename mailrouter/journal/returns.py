"""What comes back about letters of ours: a server that could not deliver one, a calendar that answers an invitation.

Every function works on an open transaction.
"""

import json
from collections.abc import Sequence

import sqlalchemy as sa

from mailrouter.journal.events import log
from mailrouter.journal.letters import OPEN
from mailrouter.journal.records import Invitation, Mark, Returned, Sought, Tied
from mailrouter.journal.tables import draft, event, letter, mail

_LETTER = (
    sa.select(letter.c.id, letter.c.mail_id, letter.c.name, letter.c.address, mail.c.fingerprint, draft.c.meta)
    .join(mail, mail.c.id == letter.c.mail_id)
    .join(draft, draft.c.id == letter.c.draft_id)
)
_LATEST_FIRST = (letter.c.promised.desc(), letter.c.mail_id.desc(), letter.c.id)
_DIALLED = sa.exists().where(event.c.letter_id == letter.c.id, event.c.what == "sending")
# A journal put back from a backup can think that it still has to send a letter. Who has sent it again by hand is not
# stopped by another report on the first time.
_GONE_OUT = letter.c.state.in_(("sending", "sent", "unsure")) | letter.c.state.in_(OPEN) & ~_DIALLED


def tied(connection: sa.Connection, sought: Sought, after: float) -> Tied | None:
    """The letter that a report is about, None if that is not certain.

    A letter it names: the latest of them, because a letter names those it followed on, never a later one. Else the
    letter that the relay gave this Message-ID. Else the only letter to that recipient, sent after the moment `after`
    and with that subject as far as it is known.
    """
    ids, aliases = letter.c.id.in_(sought.letters), letter.c.alias.in_(sought.message_ids)
    for named in (ids, aliases):
        if row := connection.execute(_LETTER.where(named).order_by(*_LATEST_FIRST).limit(1)).first():
            return Tied(*row[:5])
    to_them = sa.func.lower(letter.c.address).in_(sought.recipients) & (letter.c.state == "sent")
    rows = connection.execute(_LETTER.where(to_them, letter.c.returned.is_(None), letter.c.changed > after)).all()
    fitting = [row for row in rows if not sought.subject or _subject(row.meta) == sought.subject]
    return Tied(*fitting[0][:5]) if len(fitting) == 1 else None


def _subject(meta: str) -> str:
    """The subject of a draft, as `Sought` has it."""
    return " ".join(dict(json.loads(meta)["headers"]).get("Subject", "").split())


def note(connection: sa.Connection, of: Returned, reported_by: int, now: float) -> None:
    """Write in a letter's history what became of it; one that was not delivered waits for the desk to be told.

    Whatever the journal thought: what a server reports on was sent. Told twice, it came back once. Of a short notice
    to the desk that came back nothing automatic is left to try.
    """
    about = f"{of.what}, told by mail {reported_by}"
    of_whom = sa.select(letter.c.mail_id, mail.c.unnamed).join(mail, mail.c.id == letter.c.mail_id)
    row = connection.execute(of_whom.where(letter.c.id == of.letter)).first()
    if row is None:
        return
    mail_id = row.mail_id
    log(connection, now, "returned" if of.failed else "reported", mail_id, of.letter, detail=about)
    log(connection, now, "is about a letter", reported_by, of.letter, detail=of.what)
    if of.failed and row.unnamed is None:  # else nobody is left to be told of
        _came_back(connection, of, now)


def _came_back(connection: sa.Connection, of: Returned, now: float) -> None:
    row = connection.execute(
        letter.update()
        .where(letter.c.id == of.letter, _GONE_OUT, letter.c.returned.is_(None))
        .values(state="sent", returned=of.what, reply=of.told, changed=now)
        .returning(letter.c.mail_id, letter.c.purpose)
    ).first()
    if row:
        state = "stuck" if row.purpose == "notice" else "promised"
        done = mail.c.state.in_(("settled", "filed", "promised"))
        connection.execute(mail.update().where(mail.c.id == row.mail_id, done).values(state=state))


def invitation(connection: sa.Connection, uid: str, letters: Sequence[str], sender: str) -> Invitation | None:
    """The forwarded mail with an event that a calendar answers: by its UID, else by a letter of it that is named.

    None unless `sender` (an address in lower case) was one of those whom it was forwarded to.
    """
    by_letter = mail.c.id.in_(sa.select(letter.c.mail_id).where(letter.c.id.in_(letters)))
    forwarded = sa.exists().where(
        letter.c.mail_id == mail.c.id, letter.c.purpose == "forward", sa.func.lower(letter.c.address) == sender
    )
    inviting = sa.select(mail.c.id, mail.c.fingerprint, mail.c.explanation).where(
        mail.c.calendar_uid.is_not(None),
        mail.c.outcome == "forward",
        mail.c.duplicate_of.is_(None),
        forwarded,
        mail.c.purged.is_(None),
    )
    for which in (mail.c.calendar_uid == uid, by_letter):
        if row := connection.execute(inviting.where(which).order_by(mail.c.id.desc()).limit(1)).first():
            return Invitation(row.id, row.fingerprint, row.explanation)
    return None


def marked(connection: sa.Connection, what: str, about: str, after: float) -> list[Mark]:
    """The marks of that sort whose detail starts with `about`, made after that moment, the oldest first."""
    query = sa.select(event.c.what, event.c.detail).where(event.c.what == what, event.c.at > after)
    return [Mark(*row) for row in connection.execute(query.order_by(event.c.id)) if row.detail.startswith(about)]

"""What is thrown away in time, and what stays: every field of the journal is content or record (`FIELDS`).

Content is what a mail says, and what our letters and the servers said about it: it is kept as long as it can be needed.
The record is who got what, when, and in which role: it is kept longer. What is left after that names nobody, and is
kept, so that no mail is ever forwarded a second time. Every function works on an open transaction.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from mailrouter.core.settings import Retention
from mailrouter.journal.events import log
from mailrouter.journal.letters import OPEN, TO_BE_REPORTED
from mailrouter.journal.tables import draft, event, letter, mail, meeting, raw

Sort = Literal["content", "record", "trace"]
"""content: gone with the mail · record: gone later · trace: names nobody, and is kept."""

FIELDS: Mapping[str, Mapping[str, Sort]] = {
    "mail": {
        "explanation": "content",  # what is record of it stays: `record_of`
        "calendar_uid": "content",
        "likeness": "content",
        "decided_by": "record",
        "folder": "record",
    },
    "raw": {"content": "content"},
    "draft": {"meta": "content", "own": "content"},
    "letter": {
        "head": "content",
        "reply": "content",
        "official": "record",
        "name": "record",
        "address": "record",
        "because": "record",
        "alias": "record",
    },
    "meeting": {"village": "record", "name": "record", "day": "record"},
    "event": {"detail": "content", "who": "record"},  # details of `_TELLING` events are record
}
"""What is not named here is trace: hashes, numbers, moments, states, and names out of the config."""

_TELLING = (
    "accepted",
    "promised",
    "held",
    "filed",
    "desk told",
    "proven",
    "sent before",
    "returned",
    "reported",
    "is about a letter",
    "purged",
    "record purged",
    "forgotten",
)
"""Events of which the detail is ours alone: counts, folders, states. All other details go with the content."""
_LASTING = ("sending", "purged", "record purged", "forgotten")
"""Events that outlive the record: they name nobody, and the newest `sending` is what the witness asks for."""
_NO_DRAFT = json.dumps({"headers": [], "references": [], "body": []})
_VARIABLES = 500
"""Values in one IN list; SQLite allows some thousands."""

_TOLD = letter.alias("told")
_OPEN = sa.exists().where(letter.c.mail_id == mail.c.id, letter.c.state.in_(OPEN))
_UNTOLD = sa.exists().where(
    letter.c.mail_id == mail.c.id, TO_BE_REPORTED, ~sa.exists().where(_TOLD.c.about == letter.c.id)
)
FINAL = (mail.c.state == "filed") & ~_OPEN & ~_UNTOLD
"""Every letter is settled, every refusal was told, and the original has left the inbox."""
_ANEW = sa.exists().where(letter.c.mail_id == mail.c.id, letter.c.promised >= mail.c.purged)
"""A letter was written after the purge: one that came back late, of which the desk was told."""
_LAST_LETTER = sa.select(sa.func.max(letter.c.changed)).where(letter.c.mail_id == mail.c.id).scalar_subquery()
_SETTLED = sa.func.max(mail.c.accepted, sa.func.coalesce(_LAST_LETTER, 0.0))
"""When the last letter of a mail was settled; of one without letters, when it was taken in."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long mails are kept after their last letter was settled, in seconds: by kind, and those of any other."""

    default: float
    kinds: Mapping[str, float]

    @classmethod
    def of_mail(cls, retention: Retention) -> "Terms":
        """How long the mail itself is kept."""
        return cls._of(retention, 0)

    @classmethod
    def of_record(cls, retention: Retention) -> "Terms":
        """How long the record is kept."""
        return cls._of(retention, 1)

    @classmethod
    def _of(cls, retention: Retention, which: int) -> "Terms":
        kinds = {kind: retention.of(kind)[which].total_seconds() for kind in retention.kinds}
        return cls(retention.of("")[which].total_seconds(), kinds)

    @property
    def shortest(self) -> float:
        return min((self.default, *self.kinds.values()))

    def before(self, now: float) -> sa.ColumnElement[float]:
        """The moment before which a mail must have been settled to be due."""
        if not self.kinds:
            return sa.literal(now - self.default)
        kind = sa.func.json_extract(mail.c.explanation, "$.kind.key")
        return sa.case({key: now - term for key, term in self.kinds.items()}, value=kind, else_=now - self.default)


def due(connection: sa.Connection, terms: Terms, lying: Collection[int], most: int, now: float) -> list[int]:
    """Mails of which the content is no longer needed, the oldest first. `lying`: those that still lie with the desk."""
    old = (mail.c.accepted < now - terms.shortest) & (terms.before(now) > _SETTLED)
    found: list[int] = []
    for which in (mail.c.purged.is_(None), mail.c.purged.is_not(None) & _ANEW):
        query = sa.select(mail.c.id).where(which, old, FINAL).order_by(mail.c.accepted).limit(most + len(lying))
        found += [one for one in connection.scalars(query) if one not in lying]
    return found[:most]


def overdue(connection: sa.Connection, mails: Sequence[int], terms: Terms, now: float) -> list[int]:
    """Those of these mails that are past their term, and whole."""
    past = mail.c.id.in_(mails) & mail.c.purged.is_(None) & (terms.before(now) > _SETTLED)
    return list(connection.scalars(sa.select(mail.c.id).where(past)))


def due_of_record(connection: sa.Connection, terms: Terms, most: int, now: float) -> list[int]:
    """Mails without content of which the record is no longer needed, the oldest first."""
    old = (mail.c.accepted < now - terms.shortest) & (terms.before(now) > _SETTLED)
    which = mail.c.purged.is_not(None) & mail.c.unnamed.is_(None) & ~_ANEW
    return list(connection.scalars(sa.select(mail.c.id).where(which, old, FINAL).order_by(mail.c.id).limit(most)))


def purge(connection: sa.Connection, mails: Sequence[int], why: str, who: str, now: float) -> int:
    """Throw away the content of those of these mails that are final; returns how many. `why` names nobody."""
    rows = connection.execute(sa.select(mail.c.id, mail.c.explanation).where(mail.c.id.in_(mails), FINAL)).all()
    ids = [row.id for row in rows]
    drafts = sa.select(letter.c.draft_id).where(letter.c.mail_id.in_(ids))
    connection.execute(draft.update().where(draft.c.id.in_(drafts)).values(meta=_NO_DRAFT, own=b""))
    connection.execute(letter.update().where(letter.c.mail_id.in_(ids)).values(head=b"", reply=None))
    connection.execute(raw.delete().where(raw.c.mail_id.in_(ids)))
    connection.execute(event.update().where(event.c.mail_id.in_(ids)).values(detail=_RECORD_OF_DETAIL))
    for row in rows:
        kept = json.dumps(record_of(json.loads(row.explanation or "{}")), ensure_ascii=True)
        gone = {"explanation": kept, "calendar_uid": None, "likeness": None, "purged": now}
        connection.execute(mail.update().where(mail.c.id == row.id).values(gone))
        log(connection, now, "purged", row.id, who=who, detail=why)
    return len(ids)


_RECORD_OF_DETAIL = sa.case(
    (event.c.what.in_(_TELLING), event.c.detail),
    (event.c.detail.op("glob")("[2-5][0-9][0-9] *"), sa.func.substr(event.c.detail, 1, 3)),  # a reply's code
    else_="",
)


def purge_record(connection: sa.Connection, mails: Sequence[int], now: float) -> int:
    """Throw away the record of mails without content; returns how many. What is left names nobody."""
    ids = list(connection.scalars(sa.select(mail.c.id).where(mail.c.id.in_(mails), mail.c.purged.is_not(None), FINAL)))
    nobody = {"official": "", "name": "", "address": "", "because": "", "alias": None}
    connection.execute(letter.update().where(letter.c.mail_id.in_(ids)).values(nobody))
    connection.execute(meeting.delete().where(meeting.c.mail_id.in_(ids)))
    connection.execute(event.delete().where(event.c.mail_id.in_(ids), event.c.what.not_in(_LASTING)))
    connection.execute(event.update().where(event.c.mail_id.in_(ids)).values(who="", detail=""))
    row = {"explanation": None, "decided_by": None, "unnamed": now}
    connection.execute(mail.update().where(mail.c.id.in_(ids)).values(row))
    for one in ids:
        log(connection, now, "record purged", one)
    return len(ids)


def record_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """What of an explanation is record: who wrote, what was decided, who got it in which role."""
    written = told.get("mail") or {}
    village, kind = told.get("village"), told.get("kind")
    nothing: dict[str, Any] = {"because": [], "warnings": [], "facts": {}}
    kept = ("fingerprint", "automatic", "authentic", "outcome", "topics", "recipients", "folder", "config")
    return {
        **{name: told[name] for name in kept if name in told},
        **nothing,
        "mail": {
            "subject": "",
            "from": written.get("from"),
            "from_name": "",
            "date": None,
            "message_id": None,
            "text": "",
            "attachments": [],
        },
        "village": {"key": village["key"], "certain": village.get("certain"), "because": []} if village else None,
        "kind": {"key": kind["key"], "confidence": kind.get("confidence"), "because": []} if kind else None,
    }


def forget_address(
    connection: sa.Connection, mails: Sequence[int], address: str, why: str, who: str, now: float
) -> int:
    """Take an address (in lower case) out of the record of mails without content; returns how many those are."""
    gone = connection.execute(
        sa.select(mail.c.id, mail.c.explanation).where(mail.c.id.in_(mails), mail.c.purged.is_not(None))
    ).all()
    for row in gone:
        if row.explanation:
            kept = json.dumps(_without(json.loads(row.explanation), address), ensure_ascii=True)
            connection.execute(mail.update().where(mail.c.id == row.id).values(explanation=kept))
        theirs = (letter.c.mail_id == row.id) & (sa.func.lower(letter.c.address) == address)
        connection.execute(letter.update().where(theirs).values(address="", name="", because="", official=""))
        log(connection, now, "forgotten", row.id, who=who, detail=why)
    return len(gone)


def _without(told: dict[str, Any], address: str) -> dict[str, Any]:
    if str(told["mail"]["from"] or "").lower() == address:
        told["mail"]["from"] = None
    for person in told.get("recipients", ()):
        if person["address"].lower() == address:
            person.update(address="", official="", because="")
    return told

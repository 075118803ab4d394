"""The books: every mail seen is accounted for, and every letter that was promised.

`wrong` is what no crash, outage or restart can bring about, so somebody has to look. A remark is what balances, and is
worth knowing all the same: work that waits for the daemon, a receipt that never came.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sqlalchemy as sa

from mailrouter.journal.letters import BRINGS_IT, FAILED, OPEN, STUCK, TO_BE_REPORTED
from mailrouter.journal.opening import check
from mailrouter.journal.tables import draft, letter, mail, proof, raw, sighting
from mailrouter.journal.trouble import JournalTrouble

_SLOW = 900.0
"""Seconds in which a daemon at work understands a mail, or tells the desk of a refusal; longer needs an explanation."""
_MOST_REMARKS = 20
_STATES = ("accepted", "promised", "settled", "filed", "stuck")
_DONE = ("settled", "filed")
_LETTER_STATES = (*OPEN, "sent", "refused", "stuck")
_DECIDING = ("forward", "desk")
"""Purposes of the letters that follow from a decision; each is named as its outcome is."""
_RESTORE = "put back a backup (docs/how-to/backup.md)"

# A duplicate has the fingerprint of its original, so it goes by its arrival key, as in `list`.
_SHOWN = sa.func.coalesce(sa.case((mail.c.duplicate_of.is_(None), mail.c.fingerprint), else_=mail.c.key), mail.c.key)
_WHO = (mail.c.id, _SHOWN.label("shown"))
_WHAT = (*_WHO, letter.c.id.label("letter"), letter.c.state.label("is_"), letter.c.role)
_LETTERS = sa.select(*_WHAT).join(mail, letter.c.mail_id == mail.c.id).order_by(mail.c.id, letter.c.id)
_PROVEN = sa.exists().where(proof.c.letter_id == letter.c.id)
_TOLD = letter.alias("told")
_UNTOLD = TO_BE_REPORTED & ~sa.exists().where(_TOLD.c.about == letter.c.id)


@dataclass(frozen=True, slots=True)
class Books:
    """How the books stand: lines on what does not balance, and remarks."""

    wrong: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def audit(connection: sa.Connection, now: float, wait: float, working: bool) -> Books:
    """Balance the journal against itself, in the state of one moment.

    `wait`: seconds in which a receipt comes · `working`: a daemon runs, so nothing lies waiting for long.
    """
    connection.exec_driver_sql("begin")
    try:
        check(connection)
        wrong = [line for balance in _BALANCES for line in balance(connection)]
        wrong += _overdue(connection, now - _SLOW) if working else ()
        remarks = [*_stuck(connection), *_receipts(connection, now - wait), *_unknown_proofs(connection)]
        remarks += () if working else _waiting(connection)
    except JournalTrouble as damage:
        return Books([str(damage)])
    finally:
        connection.exec_driver_sql("rollback")
    return Books(wrong, remarks)


def filed_uids(connection: sa.Connection, folder: str, uidvalidity: int) -> dict[int, str]:
    """UID → id of mails that are filed, by where they were seen: none of these may still lie there."""
    query = (
        sa.select(sighting.c.uid, *_WHO)
        .join(mail)
        .where(sighting.c.folder == folder, sighting.c.uidvalidity == uidvalidity)
        .where(sighting.c.left.is_not(None), sighting.c.how != "kept")
    )
    return {row.uid: str(row.shown)[:12] for row in _rows(connection, query)}


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Any]:
    return iter(connection.execute(query))


def _mail(row: Any) -> str:
    return f"mail {row.id} ({row.shown[:12]})"


def _letter(row: Any) -> str:
    return f"letter {row.letter[:8]} of {_mail(row)} to the {row.role}"


# --- what must hold at every moment
def _unlinked(connection: sa.Connection) -> Iterator[str]:
    """Sightings are linked, and so is what letters are made of."""
    seen = sa.select(sighting).where(~sa.exists().where(mail.c.id == sighting.c.mail_id))
    for row in _rows(connection, seen):
        yield f"UID {row.uid} of {row.folder} is mail {row.mail_id}, which the journal has lost: {_RESTORE}"
    lone = sa.select(letter.c.id, letter.c.mail_id).where(~sa.exists().where(mail.c.id == letter.c.mail_id))
    for row in _rows(connection, lone):
        yield f"letter {row.id[:8]} is of mail {row.mail_id}, which the journal has lost: {_RESTORE}"
    for row in _rows(connection, _LETTERS.where(~sa.exists().where(draft.c.id == letter.c.draft_id))):
        yield f"{_letter(row)} has lost its text: {_RESTORE}"


def _incomplete(connection: sa.Connection) -> Iterator[str]:
    """Every mail has its raw bytes, and was seen somewhere."""
    has = sa.exists().where(raw.c.mail_id == mail.c.id)
    for row in _rows(connection, sa.select(*_WHO).where(~has, mail.c.purged.is_(None))):
        yield f"{_mail(row)} has lost its raw bytes: {_RESTORE}; the original lies in the mailbox"
    for row in _rows(connection, sa.select(*_WHO).where(has, mail.c.purged.is_not(None))):
        yield f"{_mail(row)} counts as purged, and its raw bytes are still here: `forget` its sender"
    for row in _rows(connection, sa.select(*_WHO).where(~sa.exists().where(sighting.c.mail_id == mail.c.id))):
        yield f"{_mail(row)} was never seen in a mailbox: {_RESTORE}"


def _states(connection: sa.Connection) -> Iterator[str]:
    """Every mail and letter is in one known state, and every decided mail has one outcome."""
    for row in _rows(connection, sa.select(*_WHO, mail.c.state.label("is_")).where(mail.c.state.not_in(_STATES))):
        yield f"{_mail(row)} is {row.is_!r}, and there is no such state: {_RESTORE}"
    for row in _rows(connection, _LETTERS.where(letter.c.state.not_in(_LETTER_STATES))):
        yield f"{_letter(row)} is {row.is_!r}, and there is no such state: {_RESTORE}"
    known = sa.func.coalesce(mail.c.outcome, "").in_((*_DECIDING, "file"))
    for row in _rows(connection, sa.select(*_WHO).where(mail.c.state != "accepted", ~known)):
        yield f"{_mail(row)} counts as decided and has no outcome: decide it with `assign`"
    stuck = sa.exists().where(letter.c.mail_id == mail.c.id, STUCK)
    for row in _rows(connection, sa.select(*_WHO).where(mail.c.state == "stuck", ~stuck)):
        yield f"{_mail(row)} is stuck and none of its letters is: decide it with `assign`"


def _letters_of_decisions(connection: sa.Connection) -> Iterator[str]:
    """The letters that forward a mail, or take it to the desk, are those of its decision."""
    what = (letter.c.mail_id, letter.c.id, letter.c.version, letter.c.purpose, letter.c.address, letter.c.role)
    columns = (*what, FAILED.label("failed"), BRINGS_IT.label("brings_it"))
    letters = defaultdict(list)
    for row in _rows(connection, sa.select(*columns).where(letter.c.purpose.in_(_DECIDING)).order_by(letter.c.id)):
        letters[row.mail_id].append(row)
    decided = sa.select(*_WHO, mail.c.outcome, mail.c.version, mail.c.duplicate_of, mail.c.explanation)
    for row in _rows(
        connection, decided.where(mail.c.outcome.is_not(None), mail.c.unnamed.is_(None)).order_by(mail.c.id)
    ):
        yield from (f"{_mail(row)}: {what}" for what in _of_decision(row, letters.get(row.id, ())))


def _of_decision(decided: Any, letters: Iterable[Any]) -> Iterator[str]:
    """After `assign` and `release` who has a letter already gets none, so earlier versions count too."""
    people = {} if decided.duplicate_of or decided.outcome not in _DECIDING else _people(decided.explanation)
    for item in letters:
        current = item.version == str(decided.version)
        if current and (item.address.lower() not in people or item.purpose != decided.outcome):
            yield f"letter {item.id[:8]} to the {item.role} does not follow from its decision: see `show`, and ask them"
    have = {item.address.lower() for item in letters if item.version == str(decided.version) or item.brings_it}
    for address, person in people.items():
        if address not in have:
            yield f"no letter was written to the {person['role']}: `assign` it, and who has no letter yet gets one"
    roles = {item.address.lower(): item.role for item in letters}
    served = Counter(item.address.lower() for item in letters if _forwards(item))
    for address in (address for address, number in served.items() if number > 1):
        yield f"{served[address]} letters forward it to one {roles[address]}: see `show`, and tell them"


def _people(explanation: str | None) -> Mapping[str, Mapping[str, str]]:
    return {person["address"].lower(): person for person in json.loads(explanation or "{}").get("recipients", ())}


def _forwards(item: Any) -> bool:
    return bool(item.brings_it) and not item.failed


def _sent_on_no_word(connection: sa.Connection) -> Iterator[str]:
    """A letter is sent when the relay said so (or, of a doubted one, that it has it already), or what came back did."""
    said = letter.c.code.between(200, 299) | (letter.c.doubted & (letter.c.code >= 400))
    known = sa.func.coalesce(said, False) | letter.c.returned.is_not(None)
    for row in _rows(connection, _LETTERS.where(letter.c.state == "sent", ~known, ~_PROVEN)):
        yield (
            f"{_letter(row)} counts as sent, and neither the relay nor a receipt said so: "
            f"ask them, and forward it by hand if they have nothing"
        )


def _proven_and_not_sent(connection: sa.Connection) -> Iterator[str]:
    for row in _rows(connection, _LETTERS.where(letter.c.state != "sent", _PROVEN)):
        yield f"{_letter(row)} is {row.is_}, though its receipt came back: stop the router before it goes out again"


def _closed_too_early(connection: sa.Connection) -> Iterator[str]:
    """No letter of a mail that is settled is open, and no refusal of one was kept from the desk."""
    for row in _rows(connection, _LETTERS.where(mail.c.state.in_(_DONE), letter.c.state.in_(OPEN))):
        yield f"{_letter(row)} is {row.is_}, and its mail counts as settled: see `show` for what became of it"
    for row in _rows(connection, _LETTERS.where(mail.c.state.in_(_DONE), _UNTOLD)):
        yield f"{_letter(row)} was not delivered, and the desk was not told: `retry` it, or forward the mail by hand"


_BALANCES = (
    _unlinked,
    _incomplete,
    _states,
    _letters_of_decisions,
    _sent_on_no_word,
    _proven_and_not_sent,
    _closed_too_early,
)


# --- what must not last, and what is worth knowing
def _overdue(connection: sa.Connection, before: float) -> Iterator[str]:
    minutes = f"for {_SLOW / 60:.0f} minutes or more"
    for row in _rows(connection, sa.select(*_WHO).where(mail.c.state == "accepted", mail.c.accepted < before)):
        yield f"{_mail(row)} has been in the journal {minutes} and is not decided: see the log, and start anew"
    for row in _rows(connection, _LETTERS.where(mail.c.state == "promised", _UNTOLD, letter.c.changed < before)):
        yield f"{_letter(row)} was not delivered, and for {minutes[4:]} the desk is not told: see the log"


def _waiting(connection: sa.Connection) -> Iterator[str]:
    """Work that was cut short and waits for the daemon, which does not run."""
    for row in _rows(connection, sa.select(*_WHO).where(mail.c.state == "accepted")):
        yield f"{_mail(row)} is not decided, and no daemon runs: its start decides it"
    for row in _rows(connection, _LETTERS.where(letter.c.state.in_(("claimed", "sending")))):
        yield f"{_letter(row)} is {row.is_}, and no daemon runs: its start finds out what became of it"
    for row in _rows(connection, _LETTERS.where(mail.c.state == "promised", _UNTOLD)):
        yield f"{_letter(row)} was not delivered, and no daemon runs: its start tells the desk"


def _stuck(connection: sa.Connection) -> Iterator[str]:
    for row in _rows(connection, sa.select(*_WHO).where(mail.c.state == "stuck")):
        yield f"{_mail(row)} is stuck: nothing automatic is left to try; see `show` and `retry`"


def _receipts(connection: sa.Connection, before: float) -> Iterator[str]:
    """Of a letter that went out with a receipt the receipt is there, or on its way."""
    late = _LETTERS.where(letter.c.state == "sent", letter.c.receipt, letter.c.changed < before, ~_PROVEN)
    return _few(
        f"the receipt of {_letter(row)} never came back: the relay took the letter, and lost the copy"
        for row in _rows(connection, late)
    )


def _unknown_proofs(connection: sa.Connection) -> Iterator[str]:
    """A journal that is new, or was put back, sees receipts of letters it never promised."""
    unknown = sa.select(proof.c.letter_id).where(~sa.exists().where(letter.c.id == proof.c.letter_id))
    return _few(
        f"letter {row.letter_id[:8]} was sent, as its receipt tells, and is not in this journal: it was sent earlier"
        for row in _rows(connection, unknown.order_by(proof.c.letter_id))
    )


def _few(lines: Iterator[str]) -> Iterator[str]:
    """The first lines, and how many there are more."""
    yield from islice(lines, _MOST_REMARKS)
    if more := sum(1 for _ in lines):
        yield f"and {more} more of these"

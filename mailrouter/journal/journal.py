"""The books of one router: each question and each commit is one method; the modules beside it do the work."""

import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from mailrouter.core.model import Letter, Outcome
from mailrouter.journal import (
    arrivals,
    backup,
    books,
    letters,
    opening,
    promises,
    purging,
    returns,
    sweeping,
    tables,
    views,
)
from mailrouter.journal.books import Books
from mailrouter.journal.opening import FILE, NotThere, create, engines
from mailrouter.journal.purging import Terms
from mailrouter.journal.records import (
    Accepted,
    Arrival,
    Burst,
    Filing,
    Invitation,
    Mark,
    Promise,
    Proven,
    Reminder,
    Report,
    Sought,
    Tied,
    Undelivered,
    Whole,
)
from mailrouter.journal.trouble import JournalTrouble, trouble
from mailrouter.journal.writer import Writer

Result = TypeVar("Result")
Args = ParamSpec("Args")

_IDENTITY, _BACKLOG = "identity", "backlog"


class Journal:
    """The books of one router. Safe to use from several threads."""

    def __init__(self, folder: Path, *, must_exist: bool = False, clock: Callable[[], float] = time.time) -> None:
        """Open the journal in `folder`, making it (or NotThere, if it must exist); migrations run here.

        JournalTrouble if that cannot be done. Whether the file is whole only `check` tells.
        """
        self.file = folder / FILE
        if must_exist and not self.file.exists():
            raise NotThere(f"there is no journal in {folder}: the daemon (`mailrouter run`) makes it")
        self._clock = clock
        self._writing, self._reading = engines(self.file)
        try:
            self.is_new = create(self.file, self._writing)
        except JournalTrouble:
            self._writing.dispose()
            raise
        self._writer = Writer(self._writing)
        self._turn = ""

    def close(self) -> None:
        """Finish what is being written and close the file."""
        self._writer.close()
        self._reading.dispose()
        self._writing.dispose()

    def check(self) -> None:
        """JournalTrouble if the file is damaged. Reads all of it; a daemon does so before it starts."""
        self._read(opening.check)

    @property
    def identity(self) -> str:
        """The name that this journal and its copies have, and no other journal: 32 random hex digits."""
        if (known := self.noted(_IDENTITY)) is not None:
            return known
        self.note(_IDENTITY, secrets.token_hex(16)).result()
        return self.identity

    # --- mail coming in
    def is_empty(self) -> bool:
        """Whether no mail was ever taken in."""
        return self._read(arrivals.is_empty)

    def known_uids(self, folder: str, uidvalidity: int) -> set[int]:
        """The UIDs the journal has seen in that folder and that did not leave it."""
        return self._read(arrivals.known_uids, folder, uidvalidity)

    def highest_uid(self, folder: str, uidvalidity: int) -> int:
        """The highest UID that was taken in from that folder, 0 if none."""
        return self._read(arrivals.highest_uid, folder, uidvalidity)

    def miss(self, folder: str, uidvalidity: int, present: Sequence[int]) -> None:
        """Note which mails are no longer in that folder, or are there under another number."""
        if self._read(arrivals.missing, folder, uidvalidity, frozenset(present)):
            self._write(arrivals.miss, folder, uidvalidity, frozenset(present), self._clock())

    def accept(self, batch: Sequence[Arrival]) -> list[Accepted]:
        """Take in what has arrived, in one commit; returns what is new."""
        return self._write(arrivals.accept, batch, self._clock())

    def pending(self) -> list[Accepted]:
        """Accepted mails that were never understood."""
        return self._read(arrivals.pending)

    def load(self, mail: int) -> Accepted:
        """A mail with its raw bytes; Unknown if these were removed."""
        return self._read(arrivals.load, mail)

    def try_again(self, mail: int, reason: str) -> int:
        """Count another try before a mail enters the cage again; returns how many that makes."""
        return self._write(arrivals.try_again, mail, reason, self._clock())

    def give_back(self, mail: int) -> None:
        """A try that did not take place, through no fault of the mail."""
        self._write(arrivals.give_back, mail)

    # --- promises
    def promise(self, mail: int, made: Promise, duplicates: str) -> "Future[bool]":
        """Write a decision and its letters down, in one commit; False if the mail was decided before."""
        return self._later(promises.promise, mail, made, duplicates, self._clock())

    def carry_out(
        self, order: tuple[int, Promise], decision: tuple[int, Promise] | None, duplicates: str
    ) -> Literal["done", "overtaken", "known"]:
        """Write a mail of the desk down with what it decides about another mail, in one commit."""
        return self._write(promises.carry_out, order, decision, duplicates, self._clock())

    def remind(self, made: Reminder) -> bool:
        """Write down that a letter to the desk goes out once more; False if that is no longer wanted."""
        return self._write(promises.remind, made, self._clock())

    def burst(self, mail: Accepted, likeness: str, within: float) -> Burst:
        """The mails of that likeness that were received in so many seconds before this one."""
        return self._read(promises.burst, mail.id, likeness, mail.received - within, mail.received)

    def addressed(self, mail: int) -> set[str]:
        """Addresses that have, or will get, a letter that forwards this mail."""
        return self._read(promises.addressed, mail)

    def unreported(self) -> list[Undelivered]:
        """Letters that were refused, or came back, and that the desk was not told about."""
        return self._read(promises.unreported)

    def report(self, made: Report) -> bool:
        """Write down the letter to the desk about a refused letter, once."""
        return self._write(promises.report, made, self._clock())

    # --- delivery
    def claim(self, most: int) -> list[Letter]:
        """Take letters that are due, of each village (and of the desk) in turn. One thread does so."""
        if not self._due():
            return []
        taken, self._turn = self._write(letters.claim, most, self._turn, self._clock())
        return taken

    def content(self, letter: str) -> Whole:
        """Everything a letter's final bytes are made of."""
        return self._read(letters.content, letter)

    def sending(self, letter: str, receipt: bool | None) -> int | None:
        """Durable just before DATA; everything settled before on this thread is durable too. None: do not send.

        The number is that of the event, see `was_sending`. `receipt`: whether one will come; None if none was asked.
        """
        return self._write(letters.sending, letter, receipt, self._clock())

    def last_sending(self) -> tuple[int, str] | None:
        """The newest `sending`: the number of its event, and its letter."""
        return self._read(letters.last_sending)

    def was_sending(self, event: int, letter: str) -> bool:
        """Whether this journal holds that `sending`."""
        return self._read(letters.was_sending, event, letter)

    def settle(self, letter: Letter, outcome: Outcome, next_try: float) -> "Future[None]":
        """Write what became of a letter; durable no later than the next `sending`."""
        return self._later(letters.settle, letter, outcome, next_try, self._clock())

    def put_back(self, letter: str) -> None:
        """A claimed letter that was not tried is queued again."""
        self._write(letters.put_back, letter, self._clock())

    def recover(self, patience: float | None) -> int:
        """After a start; returns how many letters may be out without the journal knowing.

        `patience`: how long they wait for their receipt, on the clock of `requeue_unsure`; None: no receipts are kept.
        """
        return self._write(letters.recover, patience, self._clock())

    def prove(self, ids: Iterable[str], folder: str, hold: tuple[str, str]) -> Proven:
        """Receipts were seen; when that was news, the note `hold` (key, value) is kept in the same commit."""
        return self._write(letters.prove, ids, folder, hold, self._clock())

    def tied(self, sought: Sought, within: float) -> Tied | None:
        """The letter that a server's report is about; by its recipient only if it was sent in so many seconds."""
        return self._read(returns.tied, sought, self._clock() - within)

    def marked(self, what: str, about: str, within: float) -> list[Mark]:
        """Marks of that sort about the same thing, made in so many seconds, the oldest first."""
        return self._read(returns.marked, what, about, self._clock() - within)

    def invitation(self, uid: str, letters: Sequence[str], sender: str) -> Invitation | None:
        """The mail that a calendar answers, if it was forwarded to that sender."""
        return self._read(returns.invitation, uid, letters, sender)

    def known_sent(self, ids: Sequence[str]) -> set[str]:
        """Those of these letters that are known to be sent."""
        return self._read(letters.known_sent, ids)

    def any_unsure(self) -> bool:
        """Whether a letter waits for its receipt."""
        return self._read(letters.any_unsure)

    def requeue_unsure(self, watched: float) -> int:
        """Unsure letters whose patience ran out without a receipt: the same bytes again."""
        return self._write(letters.requeue_unsure, watched, self._clock())

    def retry(self, mail: int, who: str) -> int:
        """Letters of a mail that did not reach their recipient become queued; returns how many."""
        return self._write(letters.retry, mail, who, self._clock())

    # --- filing
    def close_settled(self) -> int:
        """Settle the mails whose every letter is final."""
        return self._write(letters.close_settled)

    def to_file(self, folder: str, uidvalidity: int, duplicates: str) -> list[Filing]:
        """The sightings that may leave the inbox."""
        return self._read(arrivals.to_file, folder, uidvalidity, duplicates)

    def anything_to_file(self, folder: str) -> bool:
        """Whether a settled mail, or a copy of one, may still lie in that folder."""
        return self._read(arrivals.anything_to_file, folder)

    def left(self, folder: str, filings: Sequence[Filing], how: str) -> None:
        """Note that these sightings left the inbox."""
        self._write(arrivals.left, folder, filings, how, self._clock())

    def finish(self, folder: str, uidvalidity: int) -> None:
        """Settled mails of which nothing lies in the inbox any more are filed."""
        self._write(arrivals.finish, folder, uidvalidity)

    # --- throwing away
    def due_for_purge(self, terms: Terms, lying: Collection[int], most: int) -> list[int]:
        """Final mails of which the content is no longer needed. `lying`: those that still lie with the desk."""
        return self._read(purging.due, terms, lying, most, self._clock())

    def due_for_purge_of_record(self, terms: Terms, most: int) -> list[int]:
        """Mails without content of which the record is no longer needed."""
        return self._read(purging.due_of_record, terms, most, self._clock())

    def purge(self, mails: Sequence[int], why: str, who: str = "mailrouter") -> int:
        """Throw away the content of those of these mails that are final, in one commit; returns how many."""
        return self._write(purging.purge, mails, why, who, self._clock())

    def purge_record(self, mails: Sequence[int]) -> int:
        """Throw away the record of mails without content, in one commit; returns how many."""
        return self._write(purging.purge_record, mails, self._clock())

    def forget_address(self, mails: Sequence[int], address: str, why: str, who: str) -> int:
        """Take an address (in lower case) out of the record of mails without content; returns how many those are."""
        return self._write(purging.forget_address, mails, address, why, who, self._clock())

    def octets(self) -> int:
        """How large the journal is, free pages left out."""
        return self._read(sweeping.octets)

    def sweep(self, anew: bool) -> bool:
        """Leave no trace of what was thrown away; False if that must be done again (`journal.sweeping`).

        JournalTrouble if it went wrong, with everything as it was before.
        """
        try:
            return self._writer.alone(lambda connection: sweeping.sweep(connection, anew)).result()
        except (sa.exc.DatabaseError, self._writing.dialect.loaded_dbapi.Error) as error:
            raise trouble("the journal could not be swept", error) from error

    # --- cursors and notes
    def cursor(self, folder: str) -> tuple[int, int]:
        """(UIDVALIDITY, highest UID) up to which a folder was read; (0, 0) if never."""
        row = self._read(_cursor, folder)
        return (row[0], row[1]) if row else (0, 0)

    def move_cursor(self, folder: str, uidvalidity: int, uid: int) -> None:
        """Remember up to where a folder was read."""
        self._write(_move_cursor, folder, uidvalidity, uid)

    def note(self, key: str, value: str) -> "Future[None]":
        """Keep a short text for `status`."""
        return self._later(letters.keep_note, key, value)

    def mark_backlog(self, waits: bool) -> None:
        """Whether mail lies in the inbox that was looked at and not taken in yet, because there is so much of it."""
        if waits != self.backlog_waits():
            self.note(_BACKLOG, "yes" if waits else "no")

    def backlog_waits(self) -> bool:
        """Whether a backlog was being taken in when the inbox was looked at last."""
        return self.noted(_BACKLOG) == "yes"

    def noted(self, key: str) -> str | None:
        """The text last kept under that key."""
        return self._read(_noted, key)

    # --- what people ask
    def find(self, prefix: str) -> int:
        """The mail with that id; Unknown if none or several."""
        return self._read(views.find, prefix)

    def mails(self, most: int | None = None) -> list[dict[str, Any]]:
        """All mails, or the newest, newest first."""
        return self._read(views.mails, most)

    def decided(self, most: int) -> list[dict[str, Any]]:
        """All mails that people decided, and the newest that were forwarded without them, as `mails` gives them."""
        return self._read(views.decided, most)

    def decided_and_purged(self) -> int:
        """How many mails that people decided have no words any more."""
        return self._read(views.decided_and_purged)

    def stuck(self) -> list[str]:
        """The ids, as `list` shows them, of mails for which nothing automatic is left to try."""
        return self._read(views.stuck)

    def whole(self, mail: int) -> dict[str, Any]:
        """One mail with letters, sightings and history."""
        return self._read(views.whole, mail)

    def figures(self) -> dict[str, Any]:
        """The figures of `status`."""
        return self._read(views.figures)

    def open_letters(self) -> list[dict[str, Any]]:
        """Letters that are not settled."""
        return self._read(views.open_letters)

    def audit(self) -> list[str]:
        """What does not balance, a line each."""
        return self.books(0.0).wrong

    def books(self, wait: float) -> Books:
        """What does not balance, and what does but is worth knowing; receipts come within `wait` seconds."""
        return self._read(books.audit, self._clock(), wait, opening.in_use(self.file.parent))

    def backup(self, file: Path) -> dict[str, Any]:
        """Write a whole, checked copy of the journal to a new file; returns its figures and its size in `octets`.

        Nobody has to wait for it, and nothing that is written meanwhile is in it. FileExistsError, CannotCreate.
        """
        return self._read(backup.backup, file)

    def ask(
        self, question: Callable[Concatenate[sa.Connection, Args], Result], *args: Args.args, **kwargs: Args.kwargs
    ) -> Result:
        """The answer to one of the questions of `journal.concerns`, `journal.past` or `journal.orders`."""
        return self._read(question, *args, **kwargs)

    def in_use(self) -> bool:
        """Whether a daemon runs on this journal."""
        return opening.in_use(self.file.parent)

    def filed_uids(self, folder: str, uidvalidity: int) -> Mapping[int, str]:
        """UIDs that must no longer lie in that folder."""
        return self._read(books.filed_uids, folder, uidvalidity)

    def _due(self) -> bool:
        return self._read(letters.any_due, self._clock())

    def _write(
        self,
        write: Callable[Concatenate[sa.Connection, Args], Result],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Result:
        return self._later(write, *args, **kwargs).result()

    def _later(
        self,
        write: Callable[Concatenate[sa.Connection, Args], Result],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> "Future[Result]":
        if self._writer.trouble:
            raise self._writer.trouble
        return self._writer.submit(lambda connection: write(connection, *args, **kwargs))

    def _read(
        self,
        read: Callable[Concatenate[sa.Connection, Args], Result],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Result:
        try:
            with self._reading.connect() as connection:
                return read(connection, *args, **kwargs)
        except sa.exc.DatabaseError as error:
            raise trouble("the journal could not be read", error) from error


def _cursor(connection: sa.Connection, folder: str) -> tuple[int, int] | None:
    table = tables.cursor
    row = connection.execute(sa.select(table.c.uidvalidity, table.c.uid).where(table.c.folder == folder)).first()
    return (row.uidvalidity, row.uid) if row else None


def _move_cursor(connection: sa.Connection, folder: str, uidvalidity: int, uid: int) -> None:
    values = {"uidvalidity": uidvalidity, "uid": uid}
    row = upsert(tables.cursor).values(folder=folder, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["folder"], set_=values))


def _noted(connection: sa.Connection, key: str) -> str | None:
    return connection.scalars(sa.select(tables.note.c.value).where(tables.note.c.key == key)).first()

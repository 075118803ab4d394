"""One thread that writes, and commits for many at a time.

Each caller hands in a function on a connection and gets a future that is done when the commit that holds it is on
disk. Whatever gathered while the last commit ran goes into the next one, in the order in which it was handed in.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

import sqlalchemy as sa

from mailrouter.journal.trouble import JournalTrouble, trouble

Result = TypeVar("Result")
Write = Callable[[sa.Connection], Any]

_MOST = 64
"""Writes in one commit; more would make the first of them wait without need."""


@dataclass(frozen=True, slots=True)
class _Alone:
    """Work on the file as a whole: in no transaction, with nothing else going on."""

    work: Write
    future: Future[Any]


class Writer:
    """The only connection of this process that changes the journal.

    After the first write that fails (a disk that is full, an fsync that failed) nothing more is written: what the
    kernel then holds in memory and what is on disk may differ, and only a new process reads what is on disk.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[tuple[Write, Future[Any]] | _Alone | None] = SimpleQueue()
        self.trouble: JournalTrouble | None = None
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def submit(self, write: Callable[[sa.Connection], Result]) -> "Future[Result]":
        """Queue a write; its result comes when it is durable."""
        future: Future[Result] = Future()
        self._queue.put((write, future))
        return future

    def alone(self, work: Callable[[sa.Connection], Result]) -> "Future[Result]":
        """Queue work on the file as a whole, outside any transaction. If it fails, writing goes on."""
        future: Future[Result] = Future()
        self._queue.put(_Alone(work, future))
        return future

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        with self._engine.connect() as connection:
            item = self._queue.get()
            while item is not None:
                if isinstance(item, _Alone):
                    _by_itself(connection, item)
                    item = self._queue.get()
                else:
                    item = self._gather_and_commit(connection, item)

    def _gather_and_commit(
        self, connection: sa.Connection, first: tuple[Write, "Future[Any]"]
    ) -> tuple[Write, "Future[Any]"] | _Alone | None:
        """Commit a write with those that wait behind it; returns what comes next."""
        batch = [first]
        while len(batch) < _MOST and not self._queue.empty():
            item = self._queue.get()
            if item is None or isinstance(item, _Alone):
                self._commit(connection, batch)
                return item
            batch.append(item)
        self._commit(connection, batch)
        return self._queue.get()

    def _commit(self, connection: sa.Connection, batch: list[tuple[Write, Future[Any]]]) -> None:
        try:
            self._together(connection, batch)
        except sa.exc.IntegrityError as error:
            self._alone(connection, batch, error)
        except sa.exc.SQLAlchemyError as error:
            self.trouble = self.trouble or trouble("the journal could not be written", error)
            for _, future in batch:
                if not future.done():
                    future.set_exception(self.trouble)
        except Exception as error:
            self._alone(connection, batch, error)

    def _alone(self, connection: sa.Connection, batch: list[tuple[Write, Future[Any]]], error: Exception) -> None:
        """A write that is wrong in itself must not take its neighbours along: each once more, by itself."""
        if len(batch) == 1:
            batch[0][1].set_exception(error)
            return
        for item in batch:
            self._commit(connection, [item])

    def _together(self, connection: sa.Connection, batch: list[tuple[Write, Future[Any]]]) -> None:
        if self.trouble:
            raise sa.exc.InvalidRequestError(str(self.trouble))
        with connection.begin():
            results = [write(connection) for write, _ in batch]
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)


def _by_itself(connection: sa.Connection, item: _Alone) -> None:
    try:
        item.future.set_result(item.work(connection))
    except Exception as error:
        item.future.set_exception(error)

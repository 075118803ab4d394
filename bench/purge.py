"""Purging 10,000 mails: how long it takes, how long a write of the router has to wait meanwhile, and what is left.

.venv/bin/python -m bench.purge [MAILS] [KEPT]

The mails are those of the backlog (a third with a photo, two letters each), forwarded 91 days ago: some by the router,
the others copies of their rows under ids of their own. KEPT as many (none) came after them and stay. All the while
somebody writes to the journal as the router does, every 5 ms. Fails when a word of what was purged is left in the file.
"""

import logging
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from bench.backlog import mail
from mailrouter.config import load
from mailrouter.journal import Journal, tables
from mailrouter.retention import Retention
from tests.router.world import ReadingCage, World

CANARY = b"kanarie-7f3a"
_REAL = 200
"""So many the router forwards; a multiple of it are copied."""
_OLD = 91 * 86400.0
_APART = 1_000_000
"""Between the ids of one copy and the next."""


def forward(world: World, numbers: range, word: bytes) -> int:
    """Forward the mails with those numbers, a word in each text; returns how many octets came in."""
    chance, octets = random.Random(numbers.start), 0
    for number in numbers:
        raw = mail(number, chance).replace(b"Aanwezig", word + b" Aanwezig")
        octets += len(raw)
        world.mailbox.put(raw)
    world.step()
    world.relay.taken.clear()
    for messages in world.mailbox.folders.values():
        messages.clear()
    return octets


def multiply(file: Path, times: int) -> None:
    """Copy every mail with its letters and its history, until there are `times` as many."""
    with closing(sqlite3.connect(file, isolation_level=None)) as journal:
        journal.execute("begin")
        for copy in range(1, times):
            for table in (tables.mail, tables.raw, tables.draft, tables.letter, tables.event):
                into = [column for column in table.c if (table.name, column.name) != ("event", "id")]
                names, values = ", ".join(f'"{c.name}"' for c in into), ", ".join(_copied(c, copy) for c in into)
                which = f"{'id' if table is tables.mail else 'mail_id'} < {_APART}"
                journal.execute(f"insert into {table.name} ({names}) select {values} from {table.name} where {which}")
        journal.execute("commit")


def _copied(column: sa.Column[Any], copy: int) -> str:
    """The expression for a column of a copy."""
    if column.name in ("mail_id", "draft_id") or (column.name == "id" and column.table.name != "letter"):
        return f'"{column.name}" + {copy * _APART}'
    if column.name in ("key", "fingerprint", "id", "letter_id", "about"):
        return f"""printf('%08x', {copy}) || substr("{column.name}", 9)"""
    return f'"{column.name}"'


class Others:
    """Writes to the journal beside the purge; `longest` is how long one write had to wait (seconds)."""

    def __init__(self, journal: Journal) -> None:
        self.longest, self.waits = 0.0, list[float]()
        self._journal, self._ended = journal, threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Write until the end of the block."""
        thread = threading.Thread(target=self._write)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _write(self) -> None:
        while not self._ended.wait(0.005):
            begun = time.monotonic()
            self._journal.note("bench", repr(begun)).result()
            self.waits.append(time.monotonic() - begun)
            self.longest = max(self.waits[-1], self.longest)


def size(journal: Journal) -> int:
    """Octets of the journal and its log."""
    return sum(file.stat().st_size for file in journal.file.parent.glob("journal.db*"))


def left(journal: Journal, word: bytes) -> int:
    """How often the word stands in the files of the journal."""
    return sum(file.read_bytes().count(word) for file in journal.file.parent.glob("journal.db*"))


def main() -> None:
    """Forward, wait 91 days, purge, tell."""
    mails, kept = (int(sys.argv[n]) if len(sys.argv) > n else usual for n, usual in ((1, 10_000), (2, 0)))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="mr-bench-") as folder:
        world = World(Path(folder) / "state")
        world.routing = load(Path(__file__).parent / "config").routing
        world.cage = ReadingCage(world.routing)
        world.restart()
        world.router.recover()
        octets = forward(world, range(min(mails, _REAL)), CANARY)
        times = max(1, mails // _REAL)
        multiply(world.journal.file, times)
        world.now += _OLD
        forward(world, range(mails, mails + kept), b"")
        world.restart()
        before, found = size(world.journal), left(world.journal, CANARY)
        others, turns = Others(world.journal), 0
        keeper = Retention(world.journal, world.mailbox, world.settings, lambda: world.now)
        begun = time.monotonic()
        with others.at_work():
            while keeper.purge():
                turns += 1
        took, after, traces = time.monotonic() - begun, size(world.journal), left(world.journal, CANARY)
        gone = sum(one["purged"] is not None for one in world.journal.mails())
        usual = sorted(others.waits)[len(others.waits) // 2]
        world.journal.close()
    print(
        f"{gone} of {mails + kept} mails purged ({octets * times / 1e6:.0f} MB came in): {took:.1f} s in {turns + 1} "
        f"turns; a write waited {1000 * usual:.1f} ms as a rule, {1000 * others.longest:.0f} ms at most; journal "
        f"{before / 1e6:.1f} -> {after / 1e6:.1f} MB; the canary stood in it {found} times, and now {traces}"
    )
    assert (gone, traces) == (mails, 0)
    assert found >= mails


if __name__ == "__main__":
    main()

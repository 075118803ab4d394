"""What leaves for the relay, or leaves the inbox, leaves after what it depends on is on disk; seen through strace.

Postfix says 250 only after fsync; this is the same promise from the other side. All writes to the journal go through
one thread and in the order in which they were handed in, so a commit that has come to an end says that everything
handed in before it is on disk too.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from mailrouter.journal import Journal
from mailrouter.journal.opening import FILE
from tests.wire import strace
from tests.wire.conftest import missing
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, letter_id, minutes
from tests.wire.strace import Call

MAILS = 3
OEVERMAN, HAGEDOORN = "oeverman@gemeente.example", "hagedoorn@gemeente.example"
LOG = f"{FILE}-wal"
ORDER = "trace=sendto,pwrite64,fdatasync,fsync"
NORMAL = """
from mailrouter.cli import main
from mailrouter.journal import opening

def prepare(connection, record, as_it_is=opening._prepare_writing):
    as_it_is(connection, record)
    connection.execute("pragma synchronous=normal").close()

opening._prepare_writing = prepare
main()
"""
"""The router, with the one setting changed that would make it faster and void its promise."""
OUT = ("sending", "sent", "unsure")
"""States of a letter of which the journal knows that it may be out."""


@pytest.fixture
def office(dovecot: Dovecot, make_office: Callable[..., Office], relay: ReturningSink) -> Iterator[Office]:
    """Three mails for two officials wait in the inbox, and all letters go over one connection."""
    if not strace.works():
        missing("strace, or the right to use it,")
    for number in range(MAILS):
        dovecot.append(minutes(number))
    made = make_office(dovecot, delivery={"connections": 1})
    yield made
    assert Counter({OEVERMAN: MAILS, HAGEDOORN: MAILS}) == relay.addressees()


def test_nothing_leaves_before_its_journal_is_on_disk(office: Office) -> None:
    """No DATA before `sending` is synced, no MOVE before the outcomes are, no receipt set aside before its proof."""
    done, calls = strace.once(office, "-s", "64", "-e", ORDER)
    assert 0 == done.returncode, done.stderr
    assert (2 * MAILS, True) == (len(datas(calls)), len(moves(calls)) >= 2)
    assert [] == hasty(calls)


def test_a_journal_that_is_synced_less_often_is_found_out(office: Office) -> None:
    """With synchronous=NORMAL, under which a database looks the same, every letter and mail leaves too early."""
    office.program = ("-c", NORMAL)
    done, calls = strace.once(office, "-s", "64", "-e", ORDER)
    assert 0 == done.returncode, done.stderr
    assert 2 * MAILS + len(moves(calls)) == len(hasty(calls))


def hasty(calls: Sequence[Call]) -> list[str]:
    """Requests that left while something they depend on was not on disk."""
    log = [call for call in calls if call.path.endswith(LOG)]
    writes = [call for call in log if call.name == "pwrite64"]
    syncs = [call for call in log if call.name in ("fdatasync", "fsync") and call.result == 0]
    return [
        f"{request.data!r} at {request.start}"
        for request, since in [*((call, _mail(calls, call)) for call in datas(calls)), *_moves_since(calls)]
        if not _is_safe(request.start, since, writes, syncs)
    ]


def _is_safe(now: int, since: int, writes: Sequence[Call], syncs: Sequence[Call]) -> bool:
    """All that was begun before `since` is on disk, and a commit that began after it too.

    What began after `since` and is not on disk yet was handed in later, by a thread that has nothing to do with this.
    """

    def synced(write: Call) -> bool:
        return any(write.end < sync.start and sync.end < now for sync in syncs)

    before = [write for write in writes if write.start < since]
    after = [write for write in writes if since < write.start < now]
    return all(map(synced, before)) and any(map(synced, after))


def datas(calls: Sequence[Call]) -> list[Call]:
    """Each DATA."""
    return [call for call in calls if call.name == "sendto" and call.data == b"DATA\r\n"]


def moves(calls: Sequence[Call]) -> list[Call]:
    """Each MOVE."""
    return [call for call in calls if call.name == "sendto" and b" UID MOVE " in call.data]


def _mail(calls: Sequence[Call], data: Call) -> int:
    """When the transaction of this DATA began: its `sending` was handed in after that."""
    return max(
        call.start
        for call in calls
        if call.thread == data.thread and call.data.startswith(b"MAIL FROM") and call.start < data.start
    )


def _moves_since(calls: Sequence[Call]) -> Iterator[tuple[Call, int]]:
    """Mail leaves after the last letter, which had its dot; a receipt after it was listed."""
    dots = [call.start for call in calls if call.name == "sendto" and call.data == b".\r\n"]
    for move in moves(calls):
        lists = [call.start for call in calls if call.thread == move.thread and b" UID FETCH " in call.data]
        depends = lists if b"Bewijs" in move.data else dots
        yield move, max(start for start in depends if start < move.start)


def test_the_power_may_go_at_any_moment(office: Office, tmp_path: Path) -> None:
    """Rebuilt from what was synced, the journal opens, balances, and knows of every letter and mail that left."""
    office.server.stop()
    office.verb("run", "--once", code=69)  # makes the journal, which then lies in one file
    office.server.start()
    disk, left = Disk(office.state), Left()
    done, calls = strace.once(office, "-s", "70000", "-e", "trace=sendto,pwrite64,fdatasync,fsync,ftruncate")
    assert 0 == done.returncode, done.stderr
    cuts = 0
    for call in sorted(calls, key=lambda call: call.start if call.name == "sendto" else call.end):
        if left.take(call) or disk.take(call):
            cuts += 1
            for number, files in enumerate(disk.after_a_cut()):
                assert [] == left.unknown_to(rebuilt(tmp_path / f"{cuts}-{number}", files)), (cuts, number)
    assert (2 * MAILS, MAILS) == (len(left.letters), len(left.mails))
    assert cuts > 4 * MAILS


class Disk:
    """The files of the journal as the kernel has them, and as they are on disk."""

    def __init__(self, folder: Path) -> None:
        self._synced = {FILE: (folder / FILE).read_bytes(), LOG: b""}
        self._since: list[Call] = []

    def take(self, call: Call) -> bool:
        """Do what the router did; True when something has come to be on disk."""
        name = Path(call.path).name
        if name not in self._synced or call.result < 0:
            return False
        if call.name in ("pwrite64", "ftruncate"):
            self._since.append(call)
            return False
        here = [write for write in self._since if Path(write.path).name == name]
        self._synced[name] = _written(self._synced[name], here)
        self._since = [write for write in self._since if write not in here]
        return True

    def after_a_cut(self) -> Iterator[dict[str, bytes]]:
        """What may be there when the power comes back: nothing that was not synced, or some of it."""
        yield self._synced
        some = self._since[::2]
        yield {
            name: _written(content, [write for write in some if Path(write.path).name == name])
            for name, content in self._synced.items()
        }


def _written(content: bytes, writes: Sequence[Call]) -> bytes:
    made = bytearray(content)
    for write in writes:
        if write.name == "ftruncate":
            [length] = write.numbers
            made = made[:length].ljust(length, b"\0")
        else:
            length, place = write.numbers
            assert length == len(write.data)
            made = made.ljust(place, b"\0")
            made[place : place + length] = write.data
    return bytes(made)


def rebuilt(folder: Path, files: dict[str, bytes]) -> Path:
    """A journal made of these files, which opens and balances."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    journal = Journal(folder, must_exist=True)
    try:
        assert [] == journal.audit()
    finally:
        journal.close()
    return folder / FILE


class Left:
    """What left, up to a moment: letters to the relay, mails and receipts out of the inbox."""

    def __init__(self) -> None:
        self.letters: set[str] = set()
        self.mails: set[int] = set()
        self.receipts = 0

    def take(self, call: Call) -> bool:
        """Note what this request takes away; True if it does."""
        if call.name != "sendto":
            return False
        if letter := letter_id(call.data):
            self.letters.add(letter)
        elif match := re.search(rb" UID MOVE ([0-9,]+) ", call.data):
            uids = [int(uid) for uid in match[1].split(b",")]
            if b"Bewijs" in call.data:
                self.receipts += len(uids)
            else:
                self.mails.update(uids)
        else:
            return False
        return True

    def unknown_to(self, journal: Path) -> list[str]:
        """What the journal does not know to have left."""
        with closing(sqlite3.connect(journal)) as connection:
            states = dict(connection.execute("select id, state from letter").fetchall())
            mails = dict(connection.execute("select uid, state from sighting join mail on mail_id = id").fetchall())
            [proofs] = connection.execute("select count(*) from proof").fetchone()
        return [
            *(f"letter {letter} is {states.get(letter)}" for letter in self.letters if states.get(letter) not in OUT),
            *(f"mail {uid} is {mails.get(uid)}" for uid in self.mails if mails.get(uid) not in ("settled", "filed")),
            *([f"{self.receipts} receipts, {proofs} proofs"] if proofs < self.receipts else []),
        ]

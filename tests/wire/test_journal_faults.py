"""What can happen to the journal's file: nothing is sent without it, and nothing is lost or doubled once it is back."""

import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from mailrouter.journal.opening import FILE
from tests.wire import strace
from tests.wire.conftest import missing
from tests.wire.dovecot import Dovecot
from tests.wire.office import PATIENCE, PLAIN, Office, ReturningSink, minutes
from tests.wire.test_durability import OUT

OEVERMAN, HAGEDOORN = "oeverman@gemeente.example", "hagedoorn@gemeente.example"
MAILS = [minutes(1), minutes(2)]


@pytest.fixture
def office(dovecot: Dovecot, make_office: Callable[..., Office]) -> Office:
    """Two mails for two officials each wait in the inbox; nothing was ever sent."""
    for mail in MAILS:
        dovecot.append(mail)
    return make_office(dovecot, delivery={"connections": 1, "retry": ["1s"]}, receipts={"wait": "1s"})


def assert_untouched(office: Office, relay: ReturningSink) -> None:
    """Nothing was sent, and all mail is where it was."""
    assert ([], sorted(MAILS)) == (relay.taken, sorted(office.server.messages()))


def assert_completed(office: Office, relay: ReturningSink) -> None:
    """A plain start brings the rest: each official has each mail once, and each mail is in its folder."""
    office.program = PLAIN
    with office.started() as daemon:
        daemon.says("running")
        office.wait_until_filed(len(MAILS))
        assert 0 == daemon.stop()
    assert Counter({OEVERMAN: len(MAILS), HAGEDOORN: len(MAILS)}) == relay.addressees()
    assert {1} == set(relay.letters().values())
    lying = office.server.messages(), sorted(office.server.messages("Verwerkt/oosterdorp"))
    assert ([], sorted(MAILS)) == lying
    office.verb("verify")


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Another program has begun to write in the journal, and does not go on."""
    with closing(sqlite3.connect(office.state / FILE, timeout=60, isolation_level=None)) as other:
        other.execute("begin immediate")
        yield
        other.execute("rollback")


IMPATIENT = "from mailrouter.journal import opening; opening._BUSY_MS = 500; from mailrouter.cli import main; main()"
"""The router, waiting half a second for a lock instead of half a minute."""


class TestLocked:
    def test_for_a_moment(self, dovecot: Dovecot, make_office: Callable[..., Office], relay: ReturningSink) -> None:
        """While somebody else writes nothing is taken in or sent; after that the daemon goes on as if nothing was."""
        office = make_office(dovecot)
        with office.started() as daemon:
            daemon.says("running")
            with locked(office):
                for mail in MAILS:
                    dovecot.append(mail)
                time.sleep(3)
                assert_untouched(office, relay)
            office.wait_until_filed(len(MAILS))
            assert 0 == daemon.stop()
        assert_completed(office, relay)

    def test_for_good(self, dovecot: Dovecot, make_office: Callable[..., Office], relay: ReturningSink) -> None:
        """The daemon stops with 74, says why and what to do, and has sent nothing; the next start goes on."""
        office = make_office(dovecot)
        office.program = ("-c", IMPATIENT)
        with office.started() as daemon:
            daemon.says("running")
            with locked(office):
                for mail in MAILS:
                    dovecot.append(mail)
                assert 74 == daemon.process.wait(PATIENCE)
                assert_untouched(office, relay)
        assert "database is locked; another program kept it locked: end that program, and start again" in daemon.log()
        assert_completed(office, relay)


class TestDamaged:
    """A journal that holds one mail, which is done, when its file is damaged; two more wait in the inbox."""

    @pytest.fixture
    def office(self, dovecot: Dovecot, make_office: Callable[..., Office], relay: ReturningSink) -> Office:
        """One mail is done, two wait; the books need not balance."""
        office = make_office(dovecot)
        office.may_be_unbalanced = "its journal is damaged"
        dovecot.append(minutes(9))
        office.verb("run", "--once")
        relay.taken.clear()
        for mail in MAILS:
            dovecot.append(mail)
        return office

    @pytest.mark.parametrize("words", [["--once"], []], ids=["once", "daemon"])
    def test_garbage_in_a_page(self, office: Office, relay: ReturningSink, words: list[str]) -> None:
        """SQLite opens it all the same. The start reads all of the file, stops with 74 and says what to do."""
        with closing(sqlite3.connect(office.state / FILE)) as connection:
            [page] = connection.execute("select rootpage from sqlite_master where name = 'letter'").fetchone()
        with (office.state / FILE).open("r+b") as file:
            file.seek((page - 1) * 4096)
            file.write(b"\xa5" * 4096)
        told = office.verb("run", *words, code=74).stderr
        assert "the journal file is damaged (" in told
        assert "put back a backup (docs/how-to/backup.md)" in told
        assert "put back a backup" in office.verb("verify", code=1).stdout
        assert_untouched(office, relay)

    def test_garbage_in_place_of_it(self, office: Office, relay: ReturningSink) -> None:
        """What is no database is not written to, and no verb takes it for a journal."""
        (office.state / FILE).write_bytes(b"garbage " * 1000)
        for words in (["run", "--once"], ["list"], ["verify"]):
            told = office.verb(*words, code=74).stderr
            assert "file is not a database; put back a backup (docs/how-to/backup.md)" in told
        assert b"garbage " * 1000 == (office.state / FILE).read_bytes()
        assert_untouched(office, relay)


def test_a_journal_that_is_gone(office: Office, relay: ReturningSink) -> None:
    """One letter of a mail is out when the journal is lost: the receipts tell, and only the others are sent."""
    relay.answer("rcpt", "451 4.2.0 later please", OEVERMAN)
    office.verb("run", "--once", code=75)
    assert Counter({HAGEDOORN: len(MAILS)}) == relay.addressees()
    shutil.rmtree(office.state)
    relay.behave()
    assert_completed(office, relay)


WITHOUT_PRIVILEGE = """
import ctypes, os, sys
for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH (capabilities(7)): root may write anywhere
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; who is not root has none to drop
os.execv(sys.executable, [sys.executable, "-m", "mailrouter", *sys.argv[1:]])
"""


@pytest.mark.parametrize("what", ["the file", "the folder"])
def test_a_journal_that_cannot_be_written(office: Office, relay: ReturningSink, what: str) -> None:
    """The owner of a file is wrong, or its disk is mounted read-only: 74, what to look at, and nothing is sent."""
    office.server.stop()
    office.verb("run", "--once", code=69)
    office.server.start()
    closed = [office.state / FILE] if what == "the file" else [*office.state.iterdir(), office.state]
    modes = [path.stat().st_mode for path in closed]
    for path in closed:
        path.chmod(0o500)
    office.program = ("-c", WITHOUT_PRIVILEGE)
    told = office.verb("run", "--once", code=74).stderr
    assert "look at the owner of its file and folder, and at how its disk is mounted" in told
    assert_untouched(office, relay)
    for path, mode in zip(closed, modes, strict=True):
        path.chmod(mode)
    assert_completed(office, relay)


FILES = tuple(f"{FILE}{suffix}" for suffix in ("", "-journal", "-wal", "-shm"))


def broken_off(office: Office, relay: ReturningSink, fault: str, *files: str) -> str:
    """One pass with a fault in the journal's files: it ends with 74, and what was sent was in the journal before."""
    if not strace.works():
        missing("strace, or the right to use it,")
    paths = [word for name in files for word in ("-P", str(office.state / name))]
    done, _ = strace.once(office, "-s", "64", *paths, "-e", "trace=pwrite64,fdatasync", "-e", f"inject={fault}")
    assert 74 == done.returncode, done.stderr
    states = {letter["id"]: letter["state"] for mail in office.mails() for letter in mail["letters"]}
    assert [] == [name for name in relay.letters() if states.get(name) not in OUT]
    return done.stderr


@pytest.mark.parametrize("written", [0, 1, 5, 15, 30, 60, 90, 120, 150, 180])
def test_a_disk_that_is_full(office: Office, relay: ReturningSink, written: int) -> None:
    """After so many writes there is no room: the router stops and says so; with room again it completes the work."""
    told = broken_off(office, relay, f"pwrite64:error=ENOSPC:when={written + 1}+", *FILES)
    assert "full; make room on its disk, and start again" in told or "the disk or its file system failed" in told
    assert_completed(office, relay)


@pytest.mark.parametrize("sync", [1, 4, 8, 12, 16])
def test_a_sync_that_fails(office: Office, relay: ReturningSink, sync: int) -> None:
    """What an fsync that failed should have kept may be lost whatever the next one says: stop, and read it anew."""
    told = broken_off(office, relay, f"fdatasync:error=EIO:when={sync}", f"{FILE}-wal")
    assert "disk I/O error; the disk or its file system failed" in told
    assert_completed(office, relay)

"""A backup of the journal: whole, private, and nobody waits for it."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mailrouter.journal import Arrival, CannotCreate, Journal, JournalTrouble
from mailrouter.journal.opening import FILE


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal of forty mails."""
    made = Journal(tmp_path / "state")
    made.accept([Arrival("INBOX", 1, uid, 0.0, 5000, f"{uid:5000}".encode()) for uid in range(1, 41)])
    yield made
    made.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that holds nothing else."""
    made = tmp_path / "backups"
    made.mkdir()
    return made


def mails(file: Path) -> int:
    """How many mails a backup holds, read as what it is: one file."""
    with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as connection:
        return int(connection.execute("select count(*) from mail join raw on mail_id = id").fetchone()[0])


def test_it_holds_all_in_one_private_file(journal: Journal, place: Path) -> None:
    """The figures are those of the journal; nobody else can read it, and no other file lies beside it."""
    held = journal.backup(place / "monday.db")
    assert {name: held[name] for name in ("mails", "letters")} == {"mails": {"accepted": 40}, "letters": {}}
    assert (held["octets"], 40) == ((place / "monday.db").stat().st_size, mails(place / "monday.db"))
    assert ([place / "monday.db"], 0o600) == ([*place.iterdir()], (place / "monday.db").stat().st_mode & 0o777)


def test_it_can_be_put_back(journal: Journal, tmp_path: Path) -> None:
    """As journal.db of another folder it is the same journal, and goes on as one."""
    name = journal.identity
    (tmp_path / "other").mkdir()
    journal.backup(tmp_path / "other" / FILE)
    other = Journal(tmp_path / "other", must_exist=True)
    other.note("later", "yes").result()
    assert ([], {"accepted": 40}, name) == (other.audit(), other.figures()["mails"], other.identity)
    other.close()


def test_it_waits_for_nobody(journal: Journal, place: Path) -> None:
    """While another program is writing it is made all the same, as of before."""
    with closing(sqlite3.connect(journal.file, isolation_level=None)) as other:
        other.execute("begin immediate")
        other.execute("delete from raw")
        journal.backup(place / "monday.db")
        other.execute("rollback")
    assert 40 == mails(place / "monday.db")


def test_it_overwrites_nothing(journal: Journal, place: Path) -> None:
    """A file that is there stays as it is, and so does a link that leads nowhere."""
    (place / "monday.db").write_bytes(b"of last week")
    (place / "tuesday.db").symlink_to(place / "gone.db")
    for name in ("monday.db", "tuesday.db"):
        with pytest.raises(FileExistsError, match=rf"{name} is there already"):
            journal.backup(place / name)
    assert (b"of last week", 2) == ((place / "monday.db").read_bytes(), len([*place.iterdir()]))


def test_where_no_file_can_be_made(journal: Journal, place: Path) -> None:
    """A folder that is not there is not made."""
    with pytest.raises(CannotCreate, match=r"no file can be made in .*elsewhere: No such file"):
        journal.backup(place / "elsewhere" / "monday.db")
    assert [] == [*place.iterdir()]


def test_a_disk_that_gets_full(journal: Journal, place: Path) -> None:
    """Half a backup is none: nothing is left of it."""
    with _largest_file(100_000), pytest.raises(JournalTrouble, match="the backup could not be written: "):
        journal.backup(place / "monday.db")
    assert [] == [*place.iterdir()]


@contextmanager
def _largest_file(octets: int) -> Iterator[None]:
    """Writing further into any file fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_damaged_journal_gives_no_backup(journal: Journal, place: Path) -> None:
    """A copy of what is damaged is found out, and would only stand in the way of a good one."""
    journal.close()
    with closing(sqlite3.connect(journal.file)) as connection:
        [page] = connection.execute("select rootpage from sqlite_master where name = 'raw'").fetchone()
    with journal.file.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    damaged = Journal(journal.file.parent)
    with pytest.raises(JournalTrouble, match="the journal file is damaged"):
        damaged.backup(place / "monday.db")
    damaged.close()
    assert [] == [*place.iterdir()]

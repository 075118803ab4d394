"""The journal itself: its tables and migrations, its one writer, its ids, its lock."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command as alembic
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from mailrouter.core.model import Draft, Recipient
from mailrouter.journal import Arrival, Journal, JournalTrouble, Lock, NotThere, Promise, Taken, Unknown
from mailrouter.journal.opening import FILE, REVISION, engines
from mailrouter.journal.records import PromisedLetter
from mailrouter.journal.tables import metadata
from mailrouter.journal.writer import Writer


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A new journal."""
    made = Journal(tmp_path / "state")
    yield made
    made.close()


def arrival(uid: int, raw: bytes) -> Arrival:
    """A mail in the inbox."""
    return Arrival("INBOX", 1, uid, 1_000_000.0, len(raw), raw)


def promised(fingerprint: str) -> Promise:
    """A decision with one letter."""
    letter = PromisedLetter(f"letter {fingerprint}", Recipient("desk", "desk", "", "x@y.example", "to", ""), b"", 0, "")
    draft = Draft((), (), b"", ())
    person = {"role": "desk", "official": "desk", "address": "x@y.example"}
    return Promise(fingerprint, "desk", "Balie", {"recipients": [person]}, "hash", draft, (letter,))


def keep(journal: Journal, *fingerprints: str) -> list[int]:
    """Take in mails and promise them under these fingerprints; their numbers."""
    taken = journal.accept([arrival(n, f"mail {text}".encode()) for n, text in enumerate(fingerprints, 1)])
    for mail, text in zip(taken, fingerprints, strict=True):
        assert journal.promise(mail.id, promised(text), "Dubbel").result()
    return [mail.id for mail in taken]


def _note_down(done: list[int], number: int, _connection: sa.Connection) -> None:
    """A write that only tells that it ran."""
    done.append(number)


@contextmanager
def older_journal(file: Path) -> Iterator[sqlite3.Connection]:
    """A journal as the first release made it, with a note in it."""
    engine = sa.create_engine(f"sqlite:///{file}")
    script = Config()
    script.set_main_option("script_location", "mailrouter.journal:migrations")
    script.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        script.attributes["connection"] = connection
        alembic.upgrade(script, "0001")
        connection.commit()
    engine.dispose()
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("insert into note values ('word', 'kept')")
        yield plain
        plain.commit()


class TestTables:
    def test_migrations_make_the_tables(self, journal: Journal) -> None:
        """What Alembic made is what the code says: nothing to add, to drop or to change."""
        engine = sa.create_engine(f"sqlite:///{journal.file}")
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert [] == compare_metadata(context, metadata)
            assert REVISION == context.get_current_revision()
        engine.dispose()

    def test_the_revision_is_the_newest(self) -> None:
        """A new migration needs the number of the code to follow, or no journal would ever get it."""
        script = Config()
        script.set_main_option("script_location", "mailrouter.journal:migrations")
        script.set_main_option("path_separator", "os")
        assert REVISION == ScriptDirectory.from_config(script).get_current_head()

    def test_an_older_journal_is_brought_up_to_date(self, tmp_path: Path) -> None:
        """By whoever comes first, once and in one transaction; what it held stays."""
        older = tmp_path / "journal.db"
        with older_journal(older):
            pass
        code = "import pathlib, sys; from mailrouter.journal import Journal; Journal(pathlib.Path(sys.argv[1])).close()"
        command = [sys.executable, "-c", code, str(tmp_path)]
        started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
        assert [b""] * 4 == [one.communicate()[1] for one in started]
        journal = Journal(tmp_path, must_exist=True)
        assert ("kept", []) == (journal.noted("word"), journal.audit())
        journal.close()

    def test_bringing_up_to_date_that_goes_wrong(self, tmp_path: Path) -> None:
        """It is undone whole: once the reason is gone, it goes well."""
        older = tmp_path / "journal.db"
        with older_journal(older) as connection:
            connection.execute("create index ix_mail_calendar_uid on note (key)")
        with pytest.raises(JournalTrouble):
            Journal(tmp_path)
        with closing(sqlite3.connect(older)) as connection:
            assert [("0001",)] == connection.execute("select version_num from alembic_version").fetchall()
            connection.execute("drop index ix_mail_calendar_uid")
        journal = Journal(tmp_path)
        assert "kept" == journal.noted("word")
        journal.close()

    def test_it_is_durable_and_private(self, journal: Journal) -> None:
        """WAL, every commit on disk, foreign keys kept, deleted bytes wiped; and for its owner's eyes only."""
        asked = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        told = journal._writer.submit(
            lambda connection: [connection.exec_driver_sql(f"pragma {name}").scalar() for name in asked]
        )
        assert ["wal", 2, 1, 1] == told.result()
        assert [0o600, 0o700] == [path.stat().st_mode & 0o777 for path in (journal.file, journal.file.parent)]

    def test_a_second_opening_finds_everything(self, journal: Journal, tmp_path: Path) -> None:
        """New once; after that what was written is there, and also a second process can read it meanwhile."""
        keep(journal, "a" * 64)
        other = Journal(tmp_path / "state", must_exist=True)
        assert (True, False, 1) == (journal.is_new, other.is_new, len(other.mails(10)))
        other.close()

    def test_a_journal_that_must_exist_is_not_made(self, tmp_path: Path) -> None:
        """Who only asks makes nothing."""
        with pytest.raises(NotThere, match="there is no journal in"):
            Journal(tmp_path / "elders", must_exist=True)
        assert not (tmp_path / "elders").exists()

    def test_processes_that_come_at_once_make_one_journal(self, tmp_path: Path) -> None:
        """A daemon and two people's verbs on a new machine: each opens the same journal, whole."""
        code = "import pathlib, sys; from mailrouter.journal import Journal; Journal(pathlib.Path(sys.argv[1])).close()"
        command = [sys.executable, "-c", code, str(tmp_path)]
        started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
        assert [b""] * 3 == [one.communicate()[1] for one in started]
        journal = Journal(tmp_path, must_exist=True)
        assert (True, []) == (journal.is_empty(), journal.audit())
        journal.close()


class TestWriter:
    def test_what_gathers_goes_in_one_commit_in_order(self, tmp_path: Path) -> None:
        """While a write runs others queue up; they are written together, in the order in which they came."""
        writing, reading = engines(tmp_path / FILE)
        commits: list[int] = []
        done: list[int] = []
        sa.event.listen(writing, "commit", lambda _connection: commits.append(len(done)))
        writer = Writer(writing)
        began, go = threading.Event(), threading.Event()

        def slow(_connection: sa.Connection) -> None:
            began.set()
            go.wait()

        first = writer.submit(slow)
        began.wait()
        later = [writer.submit(partial(_note_down, done, n)) for n in range(50)]
        go.set()
        for future in [first, *later]:
            future.result()
        writer.close()
        assert ([*range(50)], [0, 50]) == (done, commits)
        writing.dispose()
        reading.dispose()

    def test_a_wrong_write_takes_no_neighbour_along(self, journal: Journal) -> None:
        """Writes that share a commit with one that fails are written all the same; only that one is told."""
        go = threading.Event()
        journal._writer.submit(lambda _connection: go.wait())
        before = journal.note("before", "1")
        wrong = journal._writer.submit(lambda _connection: os.environ["NOT THERE"])
        after = journal.note("after", "1")
        go.set()
        before.result()
        after.result()
        assert isinstance(wrong.exception(), KeyError)
        assert {"before": "1", "after": "1"} == journal.figures()["notes"]

    def test_a_full_disk_stops_everything(self, journal: Journal) -> None:
        """After a write that failed nothing more is written, not even what would fit."""
        full = "pragma max_page_count=1"
        journal._writer.submit(lambda connection: connection.exec_driver_sql(full).close()).result()
        with pytest.raises(JournalTrouble, match="full"):
            journal.accept([arrival(1, b"x" * 1_000_000)])
        with pytest.raises(JournalTrouble, match="full"):
            journal.note("small", "1")
        assert (True, {}) == (journal.is_empty(), journal.figures()["notes"])

    def test_trouble_tells_no_words_of_a_mail(self, journal: Journal) -> None:
        """The database's reason is told, without the statement and its values."""
        with sqlite3.connect(journal.file) as other:
            other.execute("drop table raw")
        other.close()
        with pytest.raises(JournalTrouble, match="no such table: raw") as trouble:
            journal.accept([arrival(1, b"geheim van het dorp")])
        assert "geheim" not in str(trouble.value)


class TestIds:
    def test_a_prefix_finds_its_mail(self, journal: Journal) -> None:
        """Eight characters or more, in either case."""
        one, two = keep(journal, "abcdef01" + "0" * 56, "abcdef02" + "0" * 56)
        assert [one, two] == [journal.find("abcdef01"), journal.find("ABCDEF020000")]

    @pytest.mark.parametrize(
        ("prefix", "why"),
        [
            ("abcdef0", "is too short: give at least 8 characters"),
            ("abcdef09", "no mail has an id that starts with abcdef09"),
            ("abcdef0%", "no mail has an id"),
            ("abcdef01", "2 mails have an id that starts with abcdef01: give more of it"),
        ],
    )
    def test_a_prefix_that_does_not_tell(self, journal: Journal, prefix: str, why: str) -> None:
        """Too short, of no mail, or of more than one."""
        keep(journal, "abcdef01" + "0" * 56, "abcdef01" + "1" * 56)
        with pytest.raises(Unknown, match=why):
            journal.find(prefix)

    def test_a_duplicate_is_found_as_its_original(self, journal: Journal) -> None:
        """Two mails with one fingerprint are one mail to people."""
        [one] = keep(journal, "abcdef01" + "0" * 56)
        [copy] = journal.accept([arrival(9, b"another way, the same mail")])
        journal.promise(copy.id, promised("abcdef01" + "0" * 56), "Dubbel").result()
        assert one == journal.find("abcdef01")


class TestPromises:
    def test_a_mail_is_promised_once(self, journal: Journal) -> None:
        """A second decision of the same version changes nothing."""
        [mail] = keep(journal, "a" * 64)
        assert False is journal.promise(mail, promised("b" * 64), "Dubbel").result()
        assert ["a" * 64] == [row["fingerprint"] for row in journal.mails(10)]

    def test_the_books_balance(self, journal: Journal) -> None:
        """A promised mail with its letter is accounted for; one that lost its bytes is named."""
        keep(journal, "a" * 64)
        assert [] == journal.audit()
        journal._writer.submit(lambda connection: connection.exec_driver_sql("delete from raw").close()).result()
        [line] = journal.audit()
        assert line.startswith("mail 1 (aaaaaaaaaaaa) has lost its raw bytes: ")


class TestLock:
    def test_one_daemon_at_a_time(self, tmp_path: Path) -> None:
        """The second is told who has it; after the release it may."""
        lock = Lock(tmp_path / "state")
        with pytest.raises(Taken, match=rf"another mailrouter \(process {os.getpid()}\) runs on "):
            Lock(tmp_path / "state")
        lock.release()
        lock.release()
        Lock(tmp_path / "state").release()

"""Opening the journal: its file, its lock, its connections and its migrations."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mailrouter.journal.trouble import damaged, no_access, trouble

FILE = "journal.db"
REVISION = "0004"
"""The newest migration (`migrations/versions/`)."""
_LOCK = "lock"
_LOCK_TRIES, _LOCK_PAUSE = 3, 0.02
_BUSY_MS = 30_000
"""How long to wait while another program keeps the journal locked, before that is trouble."""


class Taken(Exception):
    """Another daemon holds this journal."""


class NotThere(Exception):
    """There is no journal in that folder."""


class Lock:
    """The right to run the daemon on a journal; the kernel gives it back when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Taken if another daemon has it, JournalTrouble if the folder cannot be used."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise no_access(f"the folder of the journal ({folder}) could not be used", error) from error
        if not _taken(self._descriptor, fcntl.LOCK_EX):
            other = os.read(self._descriptor, 20).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise Taken(f"another mailrouter (process {other or 'unknown'}) runs on {folder}")
        with suppress(OSError):  # a full disk: the lock holds all the same, it only does not tell whose it is
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let the next daemon in."""
        with suppress(OSError):
            os.close(self._descriptor)


def in_use(folder: Path) -> bool:
    """Whether a daemon runs on the journal in that folder."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _taken(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _taken(descriptor: int, how: int) -> bool:
    """Take the lock. Who only asks has it for a moment too, so one refusal is not yet an answer."""
    for _ in range(_LOCK_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            return True
        time.sleep(_LOCK_PAUSE)
    return False


def engines(file: Path) -> tuple[sa.Engine, sa.Engine]:
    """(writing, reading). Writing takes the write lock at BEGIN and is durable at COMMIT (WAL, synchronous=FULL)."""
    writing = sa.create_engine(
        f"sqlite:///{file}", connect_args={"timeout": _BUSY_MS / 1000, "check_same_thread": False}
    )
    reading = sa.create_engine(
        f"sqlite:///{file}", connect_args={"timeout": _BUSY_MS / 1000, "check_same_thread": False}
    )
    sa.event.listen(writing, "connect", _prepare_writing)
    sa.event.listen(writing, "begin", _begin_immediate)
    sa.event.listen(reading, "connect", _prepare_reading)
    return writing, reading


def create(file: Path, writing: sa.Engine) -> bool:
    """Bring the journal to the newest revision; True if there was none before. JournalTrouble if that cannot be."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = not file.exists()
        if new:
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
            sync_folder(file.parent)
        _bring_up_to_date(writing)
    except OSError as error:
        raise no_access(f"the journal could not be made in {file.parent}", error) from error
    except sa.exc.DatabaseError as error:
        raise trouble("the journal could not be opened", error) from error
    return new


def check(connection: sa.Connection) -> None:
    """JournalTrouble if the file is damaged. Reads all of it."""
    found = connection.exec_driver_sql("pragma quick_check(1)").scalar_one()
    if found != "ok":
        raise damaged(str(found).splitlines()[-1])


def _bring_up_to_date(writing: sa.Engine) -> None:
    with writing.connect() as connection:
        with connection.begin():
            table = sa.inspect(connection).has_table("alembic_version")
            current = connection.exec_driver_sql("select version_num from alembic_version").scalar() if table else None
        if current != REVISION:
            _migrate(connection)


def _migrate(connection: sa.Connection) -> None:
    from alembic import command  # costs a tenth of a second, and is hardly ever needed
    from alembic.config import Config

    script = Config()
    script.set_main_option("script_location", "mailrouter.journal:migrations")
    script.set_main_option("path_separator", "os")
    script.attributes["connection"] = connection
    command.upgrade(script, "head")
    connection.commit()


def sync_folder(folder: Path) -> None:
    """A new file is only safe when its name is on disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prepare_writing(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=wal",
        "synchronous=full",
        "foreign_keys=on",
        "secure_delete=on",
    ):
        connection.execute(f"pragma {pragma}").close()


def _prepare_reading(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (f"busy_timeout={_BUSY_MS}", "query_only=on"):
        connection.execute(f"pragma {pragma}").close()


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("begin immediate")

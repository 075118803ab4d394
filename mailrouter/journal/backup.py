"""A whole copy of the journal in one file, made while the daemon goes on working.

SQLite's backup interface reads the journal as it is at one moment, as any reader does, and with a write-ahead log
nobody waits for a reader. The copy gets its name only when it is complete, checked and on disk.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mailrouter.journal.opening import check, sync_folder
from mailrouter.journal.trouble import JournalTrouble, trouble
from mailrouter.journal.views import figures


class CannotCreate(Exception):
    """The file of the backup cannot be made where it should be."""


def backup(journal: sa.Connection, file: Path) -> dict[str, Any]:
    """Copy the journal to a new file, for its owner's eyes only; returns its figures and its size in `octets`.

    FileExistsError (nothing is overwritten), CannotCreate, JournalTrouble; after each of them no file is left.
    """
    if os.path.lexists(file):
        raise FileExistsError(f"{file} is there already")
    part = _beside(file)
    try:
        held = _copy(journal, part)
        part.rename(file)
        sync_folder(file.parent)
    except OSError as error:
        raise JournalTrouble(f"the backup could not be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return held


def _beside(file: Path) -> Path:
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise CannotCreate(f"no file can be made in {file.parent}: {error.strerror or error}") from error
    os.close(descriptor)
    return Path(name)


def _copy(journal: sa.Connection, part: Path) -> dict[str, Any]:
    """Fill `part`, as a database that needs no files beside it, and sync it."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(part)), poolclass=sa.NullPool)
    try:
        with engine.connect() as copy:
            for pragma in ("journal_mode=off", "synchronous=off"):  # it is synced below, and thrown away if it fails
                copy.exec_driver_sql(f"pragma {pragma}").close()
            _driver(journal).backup(_driver(copy))
            copy.exec_driver_sql("pragma journal_mode=delete").close()
            check(copy)
            held = figures(copy)
    except (sa.exc.DatabaseError, journal.dialect.loaded_dbapi.Error) as error:
        raise trouble("the backup could not be written", error) from error
    finally:
        for suffix in ("-wal", "-shm", "-journal"):
            part.with_name(part.name + suffix).unlink(missing_ok=True)
    _sync(part)
    return held | {"octets": part.stat().st_size}


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

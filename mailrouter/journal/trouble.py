"""What can be wrong with the journal's file, in the database's own words and with what people can do about it."""

_REMEDIES = {
    "SQLITE_FULL": "make room on its disk, and start again",
    "SQLITE_BUSY": "another program kept it locked: end that program, and start again",
    "SQLITE_READONLY": "look at the owner of its file and folder, and at how its disk is mounted",
    "SQLITE_CANTOPEN": "look at the owner of its file and folder, and at how its disk is mounted",
    "SQLITE_IOERR": "the disk or its file system failed: see the log of the system, mend that, and start again",
    "SQLITE_CORRUPT": "put back a backup (docs/how-to/backup.md)",
    "SQLITE_NOTADB": "put back a backup (docs/how-to/backup.md)",
}
"""By the first two words of SQLite's result code (https://www.sqlite.org/rescode.html)."""


class JournalTrouble(Exception):
    """The journal could not be read or written. Nothing further is written or sent: stop, and read it anew."""


def trouble(what: str, error: Exception) -> JournalTrouble:
    """JournalTrouble of a database error: `what` happened, why, and what can be done.

    The statement and its values are left out: they may hold mail.
    """
    cause = getattr(error, "orig", None) or error
    reason = str(cause).splitlines()[0][:200]
    name = str(getattr(cause, "sqlite_errorname", ""))
    remedy = _REMEDIES.get("_".join(name.split("_")[:2]))
    return JournalTrouble(f"{what}: {reason}" + (f"; {remedy}" if remedy else ""))


def damaged(found: str) -> JournalTrouble:
    """JournalTrouble of a file in which SQLite's own check found faults."""
    return JournalTrouble(f"the journal file is damaged ({found[:200]}); {_REMEDIES['SQLITE_CORRUPT']}")


def no_access(what: str, error: OSError) -> JournalTrouble:
    """JournalTrouble of a file or folder that the system does not let us use."""
    return JournalTrouble(f"{what}: {error.strerror or error}; {_REMEDIES['SQLITE_CANTOPEN']}")

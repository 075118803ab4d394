"""The journal: what stands between "promised" and "sent". All SQL is in this package.

Whatever a method of `Journal` has returned is on disk (WAL, synchronous=FULL). One process at a time runs the daemon on
a journal (`Lock`); the other verbs read and write beside it.
"""

from mailrouter.journal.backup import CannotCreate
from mailrouter.journal.books import Books
from mailrouter.journal.journal import Journal
from mailrouter.journal.known import Purged, Unknown
from mailrouter.journal.opening import FILE, Lock, NotThere, Taken, in_use
from mailrouter.journal.purging import Terms
from mailrouter.journal.records import (
    Accepted,
    Arrival,
    AtHand,
    Filing,
    Invitation,
    Mark,
    Promise,
    Reminder,
    Report,
    Returned,
    Sought,
    Tied,
    Undelivered,
)
from mailrouter.journal.trouble import JournalTrouble

__all__ = [
    "FILE",
    "Accepted",
    "Arrival",
    "AtHand",
    "Books",
    "CannotCreate",
    "Filing",
    "Invitation",
    "Journal",
    "JournalTrouble",
    "Lock",
    "Mark",
    "NotThere",
    "Promise",
    "Purged",
    "Reminder",
    "Report",
    "Returned",
    "Sought",
    "Taken",
    "Terms",
    "Tied",
    "Undelivered",
    "Unknown",
    "in_use",
]

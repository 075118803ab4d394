"""This machine: room for the journal, the journal itself, and the daemon that works on it."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from mailrouter.alarms import active, figures
from mailrouter.config import Config, ConfigError
from mailrouter.doctor.finding import Finding, error, ok, warning
from mailrouter.journal import Journal, JournalTrouble, NotThere, in_use

_MAILS = 10
"""So many of the largest mails must fit on the disk."""
_RESTORE = "Put a backup back, as docs/how-to/backup.md tells; until then nothing is sent."


def disk(config: Config) -> Iterator[Finding]:
    """Room for what comes in, and leave to write it."""
    try:
        state = config.state_folder()
    except ConfigError as wrong:
        yield error("disk", str(wrong), "Set journal.folder, or the variable in it.")
        return
    place = _nearest(state)
    if not os.access(place, os.W_OK | os.X_OK):
        to_do = f"Let the user of the daemon write there: chown -R mailrouter {place}; or run doctor with sudo."
        yield error("disk", f"{place} may not be written to", to_do)
    needed, room = _MAILS * config.settings.limits.mail, _free(place)
    told = f"{room / 1e9:.1f} GB free in {place}"
    to_do = f"Make room, or move journal.folder: {needed / 1e9:.1f} GB is ten of the largest mails (limits.mail)."
    if room < needed:
        yield error("disk", told, to_do)
    else:
        yield warning("disk", told, to_do) if room < 4 * needed else ok("disk", told)


def works(config: Config) -> bool:
    """Whether a daemon works on the journal."""
    try:
        return in_use(config.state_folder())
    except ConfigError:
        return False


def books(config: Config) -> Iterator[Finding]:
    """The journal can be read and balances; a daemon works on it; what the alarms say."""
    try:
        journal = Journal(config.state_folder(), must_exist=True)
    except (NotThere, ConfigError):
        yield warning("journal", "there is no journal yet", "It is made at the first start: mailrouter run.")
        return
    except JournalTrouble as damaged:
        yield error("journal", str(damaged), _RESTORE)
        return
    try:
        yield from _of_journal(journal, config)
    except JournalTrouble as damaged:
        yield error("journal", str(damaged), _RESTORE)
    finally:
        journal.close()


def _of_journal(journal: Journal, config: Config) -> Iterator[Finding]:
    journal.check()
    wrong = journal.books(config.settings.receipts.wait.total_seconds()).wrong
    for line in wrong[:10]:
        yield error(
            "journal", line, "mailrouter verify tells all; mailrouter show ID tells what happened to that mail."
        )
    if not wrong:
        yield ok("journal", "it is whole, and the books balance")
    if journal.in_use():
        yield ok("daemon", "it runs")
    else:
        yield warning(
            "daemon", "no daemon is running", "Start it: systemctl start mailrouter; journalctl tells why not."
        )
    for alarm in active(figures(journal, config.settings, time.time()), config.settings):
        if alarm.kind not in ("books", "expiry", "expiring"):  # looked at by ourselves
            to_do = f"docs/how-to/alarms.md tells what to do about the alarm {alarm.kind}."
            yield (warning if alarm.kind in ("desk", "refused") else error)("alarm", alarm.line, to_do)


def _nearest(folder: Path) -> Path:
    """The folder, or where it will be made."""
    return next((place for place in (folder, *folder.resolve().parents) if place.exists()), Path("/"))


def _free(place: Path) -> int:
    """Octets that may still be written there."""
    return shutil.disk_usage(place).free

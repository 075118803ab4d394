"""Retention: what the journal no longer needs is thrown away, in small steps beside the other work.

Only a mail that is final loses anything: every letter settled, every refusal told, the original out of the inbox. One
that was given to the desk waits until people took it out of the desk's folder. The mailbox itself is never touched.
"""

import time
from collections.abc import Callable, Sequence

import structlog

from mailrouter.alarms.desk import DeskFolder, lying_in
from mailrouter.core.settings import Settings
from mailrouter.imap import Trouble
from mailrouter.journal import Journal, JournalTrouble, Terms, concerns
from mailrouter.journal.sweeping import SMALL

log = structlog.get_logger()

BATCH = 50
"""Mails in one commit: others can write in between."""
_ROUND = 2.0
"""Seconds of throwing away before mail is looked for again."""
_DAY = 86400.0
_TRACES, _ANEW = "purge_traces", "purge_anew"
"""Notes: whether something was thrown away since the last sweep, and when the file was last written anew."""


class Retention:
    """Throws away what `retention` no longer keeps. For the thread that owns the mailbox."""

    def __init__(
        self, journal: Journal, intake: DeskFolder, settings: Settings, clock: Callable[[], float] = time.time
    ) -> None:
        self._journal, self._intake, self._settings, self._clock = journal, intake, settings, clock
        self._mail, self._record = Terms.of_mail(settings.retention), Terms.of_record(settings.retention)

    def purge(self) -> bool:
        """Throw away what is due, for some seconds at most; True if more is due. Nothing is done twice."""
        end, lying = time.monotonic() + _ROUND, self._lying()
        purged = unnamed = 0
        while more := bool(due := self._journal.due_for_purge(self._mail, lying, BATCH)):
            purged += purge(self._journal, due, "in time (retention.mail)")
            if time.monotonic() > end:
                break
        while not more and (due := self._journal.due_for_purge_of_record(self._record, BATCH)):
            expect_traces(self._journal)
            unnamed += self._journal.purge_record(due)
            more = time.monotonic() > end
        if purged or unnamed:
            log.info("purged", mails=purged, records=unnamed, more=more)
        if not more:
            sweep(self._journal, self._clock())
        return more

    def _lying(self) -> "frozenset[int]":
        """Mails that still lie with the desk; all that were given to it when its folder cannot be looked into."""
        before = self._clock() - self._mail.shortest
        given = self._journal.ask(concerns.given_to_desk, before)
        try:
            return frozenset(lying_in(self._intake, self._settings.folders.desk, given))
        except Trouble as trouble:
            log.warning("mails given to the desk are kept: its folder was not looked into", reason=str(trouble))
            return frozenset(mail.id for mail in given)


def purge(journal: Journal, mails: Sequence[int], why: str, who: str = "mailrouter") -> int:
    """Throw away the content of those of these mails that are final; returns how many. `why` names nobody."""
    expect_traces(journal)
    return journal.purge(mails, why, who)


def expect_traces(journal: Journal) -> None:
    """To be said before anything is thrown away: whatever ends us in between, the next sweep knows."""
    journal.note(_TRACES, "yes")


def sweep(journal: Journal, now: float, *, beside: bool = False) -> bool:
    """Leave no trace in the file of what was thrown away; True when none is left. What cannot be now is done later.

    `beside`: a daemon may be at work on the journal, and must not be kept waiting for long.
    """
    if journal.noted(_TRACES) != "yes":
        return True
    small = journal.octets() <= SMALL
    anew = small or (not beside and now - float(journal.noted(_ANEW) or 0.0) >= _DAY)
    try:
        emptied = journal.sweep(anew)
    except JournalTrouble as trouble:
        log.warning("traces of what was purged are left, and are removed later", reason=str(trouble))
        return False
    if anew:
        journal.note(_ANEW, repr(now)).result()
    if gone := anew and emptied:
        journal.note(_TRACES, "no").result()
    log.info("swept", traces="none" if gone else "some, until the journal is written anew", anew=anew, emptied=emptied)
    return gone

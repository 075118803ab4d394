"""Receipts: the copies of our letters that come back to our own mailbox and prove that the relay took them.

They are never searched for. The headers of the inbox and of the receipt folder are read as they arrive; each own
letter there settles its promise, whatever the journal thought. A journal that knows less than the receipts do (it is
new, or was restored from an older copy) sends nothing until receipts that are still on their way had time to arrive.
"""

import math
import time
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from mailrouter.core.identity import is_trial, own_ids
from mailrouter.core.settings import Settings
from mailrouter.imap import FolderReader, Listed
from mailrouter.journal import Journal
from mailrouter.witness import NOTHING, Witness

log = structlog.get_logger()


# Notes in the journal. `watched` is a clock of its own: seconds in which a receipt would have been seen. Time in which
# the mailbox was out of reach does not count, and of time in which we did not look at most half a wait does.
_WATCHED, _LAST_LOOK = "receipts_watched", "receipts_last_look"
_HOLD, _OPENED = "receipts_hold_until", "receipts_opened"


class ReceiptFolder(FolderReader, Protocol):
    """The part of the intake that receipts need."""

    def ensure(self, folder: str) -> bool: ...
    def delete(self, folder: str, uid: int) -> bool: ...


class Receipts:
    """Watches for receipts, and knows whether it is safe to send."""

    def __init__(
        self,
        intake: ReceiptFolder,
        journal: Journal,
        settings: Settings,
        key: bytes,
        witness: Witness,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._intake, self._journal, self._key, self._clock = intake, journal, key, clock
        self._witness = witness
        self._address = settings.mailbox.address
        self._settings = settings.receipts
        self._wait = settings.receipts.wait.total_seconds()
        self._watched = float(journal.noted(_WATCHED) or 0.0)
        self._hold_until = float(journal.noted(_HOLD) or 0.0)
        last = journal.noted(_LAST_LOOK)
        self._last_look = float(last) if last else None

    @property
    def expected(self) -> bool:
        """Whether letters carry a receipt address at all."""
        return self._settings.address is not None

    def open(self) -> None:
        """At every start: make the folder if it is missing, and take in the proofs that lie there."""
        if self.expected:
            made = self._intake.ensure(self._settings.folder)
            if doubt := self._doubt(made):
                self._hold(doubt)
            self._journal.note(_OPENED, "yes").result()
            self._witness.start(self._journal.last_sending() or NOTHING)
            self.look()

    def _doubt(self, made: bool) -> str:
        """Why this journal may know less than was sent; empty when it cannot. `made`: the receipt folder is new."""
        if self._journal.noted(_OPENED) is None:
            return "" if made else "the journal is new and the receipt folder is not"
        if (seen := self._witness.last()) is None:
            return "this machine was started anew, or is another one: the journal may be an older copy"
        if seen != NOTHING and not self._journal.was_sending(*seen):
            return "the journal does not know of the letter that was sent last: it is an older copy"
        return ""

    def sending(self, event: int, letter: str) -> None:
        """This letter is about to go; its `sending` is durable as that event of the journal."""
        if self.expected:
            self._witness.see(event, letter)

    def look(self) -> None:
        """Read what is new in the receipt folder, and count the time that was watched."""
        if not self.expected:
            return
        try:
            self._read_folder()
        except Exception:
            self._last_look = None
            raise
        now = self._clock()
        self._watched += self._uncounted(now)
        self._last_look = now
        self._journal.note(_WATCHED, repr(self._watched))
        self._journal.note(_LAST_LOOK, repr(now))

    def prove(self, ids: Iterable[str], folder: str) -> None:
        """These letters came back: they are sent, whatever the journal thought. Those of `doctor` prove nothing."""
        until = self.patience()
        promised = [letter for letter in ids if not is_trial(self._key, letter)]
        proven = self._journal.prove(promised, folder, (_HOLD, repr(until)))
        if proven.unknown or proven.surprising:
            self._hold_until = until
            log.warning("holding letters back: receipts tell of letters unknown to this journal", seconds=self._wait)

    def _hold(self, why: str) -> None:
        """Hold all letters back until receipts that are still on their way had time to arrive; also over a restart."""
        self._hold_until = self.patience()
        self._journal.note(_HOLD, repr(self._hold_until)).result()
        log.warning("holding letters back: more receipts may be on their way", why=why, seconds=self._wait)

    def own(self, listed: Listed) -> str | None:
        """The id of the letter that this message is a copy of, None if it is not one of ours."""
        return own_ids(listed.header, self._key, self._address).itself

    def held(self) -> float:
        """Seconds of watching until it is safe to send; 0.0 when it is."""
        return max(0.0, self._hold_until - self._watched)

    def patience(self) -> float:
        """What `watched` must have come to before a letter that is unsure from now on is sent again."""
        return self._watched + self._uncounted(self._clock()) + self._wait

    def _uncounted(self, now: float) -> float:
        """Seconds since the last look that the next one adds to `watched`: they lie before now, so they are no wait."""
        return 0.0 if self._last_look is None else min(max(now - self._last_look, 0.0), self._wait / 2)

    def missing(self, deadline: float) -> float:
        """Seconds of watching until a letter with that `patience` is sent again."""
        return max(0.0, deadline - self._watched)

    def due(self) -> bool:
        """Whether letters wait for receipts and it is time to look again, also when the mailbox is polled seldom."""
        since = math.inf if self._last_look is None else self._clock() - self._last_look
        return since >= self._wait / 4 and (self.held() > 0 or self._journal.any_unsure())

    def resolve(self) -> int:
        """Unsure letters whose receipt did not come in time are queued: the same bytes again."""
        return self._journal.requeue_unsure(self._watched if self.expected else math.inf)

    def tidy(self) -> int:
        """Delete receipts older than `receipts.keep` whose letter is settled: the only messages we ever delete."""
        if not self.expected:
            return 0
        folder, before = self._settings.folder, self._clock() - self._settings.keep.total_seconds()
        state = self._intake.uids(folder)
        old = [
            (listed.uid, letter)
            for listed in self._intake.list(folder, list(state.uids))
            if listed.received.timestamp() < before and (letter := self.own(listed))
        ]
        settled = self._journal.known_sent([letter for _, letter in old])
        settled |= {letter for _, letter in old if is_trial(self._key, letter)}
        return sum(self._intake.delete(folder, uid) for uid, letter in old if letter in settled)

    def _read_folder(self) -> None:
        folder = self._settings.folder
        validity, last = self._journal.cursor(folder)
        state = self._intake.uids(folder, last + 1 if validity else 1)
        if state.uidvalidity != validity and validity:
            state = self._intake.uids(folder)
        if not state.uids:
            return
        ids = [letter for listed in self._intake.list(folder, list(state.uids)) if (letter := self.own(listed))]
        self.prove(ids, folder)
        self._journal.move_cursor(folder, state.uidvalidity, state.uids[-1])

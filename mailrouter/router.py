"""The page to read first: what happens to a mail, from the inbox to the officials and out of the inbox again.

    collect → understand → promise → deliver → settle → file

Who answers for a mail: the mailbox, until `collect` has it in the journal (one durable commit); from then on the
journal, until every letter is settled: the relay said 250 for it, or the desk was told why not. The original lies in
the inbox all that time, because `file` moves it only when its last letter is settled. So at every instant a mail is in
at least one durable place, and each step may be cut off anywhere and simply be done again.

A letter is sent once because `sending` is durable before DATA, and because a copy of it, the receipt, comes back to
our own mailbox: after a crash that copy, and not a guess, tells whether the relay took it.
"""

import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import structlog

from mailrouter.cage import Escape
from mailrouter.core.model import Letter, Understanding
from mailrouter.core.settings import Settings
from mailrouter.imap import FolderReader, Listed, Trouble
from mailrouter.journal import Accepted, Arrival, Filing, Journal
from mailrouter.ledger import Ledger
from mailrouter.promises import Promises
from mailrouter.receipts import Receipts

log = structlog.get_logger()

BATCH_MAILS = 50
BATCH_OCTETS = 20_000_000
CLAIM = 100
"""Letters taken up at once, but no more than go in a minute: those promised meanwhile wait for them."""
PASS = 500
"""Mails of a backlog that one pass takes in; what arrives meanwhile is taken in with each."""
OLD_DAYS = 7
"""A mailbox that holds mail older than this, and no cut-off, is not simply taken in."""


class Intake(FolderReader, Protocol):
    """Where mail comes from (`mailrouter.imap.Mailbox`)."""

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterable[tuple[int, bytes]]: ...
    def fetch_header(self, folder: str, uid: int) -> bytes: ...
    def move(self, folder: str, uids: Sequence[int], target: str) -> Literal["moved", "kept"]: ...


class Delivery(Protocol):
    """Where letters go (`mailrouter.smtp.Relay`)."""

    def send_all(self, letters: Iterable[Letter], ledger: Ledger) -> None: ...
    def pause_left(self) -> float: ...
    def stop(self) -> None: ...


class NeedsCutoff(Exception):
    """The mailbox holds old mail, and nobody said from when on it is to be taken in."""


class Router:
    """One mailbox, one relay, one journal. `collect` and `file` belong to one thread, `deliver` to another."""

    def __init__(
        self,
        intake: Intake,
        delivery: Delivery,
        journal: Journal,
        promises: Promises,
        receipts: Receipts,
        settings: Settings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._intake, self._delivery, self._journal = intake, delivery, journal
        self._promises, self._receipts, self._settings, self._clock = promises, receipts, settings, clock
        self._inbox = settings.mailbox.inbox
        self._claim = min(CLAIM, settings.delivery.rate or CLAIM)
        self._too_old: set[tuple[int, int]] = set()
        self._numbering: int | None = None
        self._looked_up_to = self._round_at = 0
        self.more_waits = False
        """The inbox held more than the last `collect` took in."""
        self._stopping = threading.Event()
        self._ledger = Ledger(journal, receipts, settings.delivery, clock, settled=self._letter_settled)
        self.to_deliver = threading.Event()
        """Set when letters were promised."""
        self.to_file = threading.Event()
        """Set when a letter was settled."""
        self.progress = {"intake": time.monotonic(), "delivery": time.monotonic()}
        """When each thread last got on with its work (monotonic seconds)."""

    def stop(self) -> None:
        """Begin nothing new: the batch in hand is finished, letters before DATA are put back. From any thread."""
        self._stopping.set()
        self._delivery.stop()

    def recover(self) -> None:
        """At every start, before anything is sent: learn from the receipts what became of interrupted letters.

        NeedsCutoff when this is the first start on a mailbox with old mail.
        """
        self._ask_for_cutoff()
        self._receipts.open()
        self.set_receipts_aside()
        unsure = self._journal.recover(self._receipts.patience() if self._receipts.expected else None)
        if unsure:
            log.warning("letters interrupted while sending", letters=unsure, receipts=self._receipts.expected)

    def set_receipts_aside(self) -> None:
        """Note the receipts that lie in the inbox, and move them to their folder; all other mail stays as it is."""
        for _ in self._new():
            continue

    def collect(self) -> int:
        """Take in what has arrived and promise its letters; returns how many mails were new.

        Of a backlog a part (`more_waits`), so that what is settled is filed meanwhile and new mail need not wait for
        all of it. Batches overlap: while one is being understood the next is fetched. Whatever was begun is finished,
        also when the mailbox fails in between; what an earlier end of the router cut short is taken up first.
        """
        self._take_up_again()
        self._receipts.look()
        taken = 0
        started: list[tuple[Accepted, Future[Understanding | Escape]]] = []
        try:
            for batch in self._batches():
                new = self._journal.accept(self._fetched(batch))
                going = [(mail, self._promises.start(mail)) for mail in new]
                started, before = going, started
                self._promise(before)
                taken += len(new)
        finally:
            self._promise(started)
        self._journal.mark_backlog(self.more_waits)
        if self._receipts.resolve():
            self.to_deliver.set()
        return taken

    def deliver(self) -> int:
        """Send letters that are due; returns how many were taken up. The outcomes are settled on the way."""
        if self._stopping.is_set() or self._receipts.held() or self._delivery.pause_left():
            return 0
        letters = self._journal.claim(self._claim)
        if letters:
            self._delivery.send_all(letters, self._ledger)
            self._report_undelivered()
        return len(letters)

    def file(self) -> int:
        """Move what is settled out of the inbox; returns how many moved. A folder that refuses holds up no other."""
        self._report_undelivered()
        self._journal.close_settled()
        if not self._journal.anything_to_file(self._inbox):
            return 0
        state = self._intake.uids(self._inbox)
        if state.uidvalidity != self._numbering:
            return 0  # what lies there has new numbers: `collect` must see it again first
        self._journal.miss(self._inbox, state.uidvalidity, state.uids)
        filings = self._journal.to_file(self._inbox, state.uidvalidity, self._settings.folders.duplicates)
        trouble: Trouble | None = None
        for target, group in groupby(sorted(filings, key=_target), key=_target):
            moving = list(group)
            try:
                how = self._intake.move(self._inbox, [filing.uid for filing in moving], target)
            except Trouble as error:
                log.warning("mails could not be filed", folder=target, mails=len(moving), reason=str(error))
                trouble = error
            else:
                self._journal.left(self._inbox, moving, how)
        self._journal.finish(self._inbox, state.uidvalidity)
        if trouble:
            raise trouble
        return len(filings)

    def _take_up_again(self) -> None:
        """Understand what was accepted and never promised, because something went down over it."""
        while (pending := self._journal.pending()) and not self._stopping.is_set():
            for mail in pending:
                self._promises.resume(mail).result()
                self._get_on()

    def _report_undelivered(self) -> None:
        """Tell the desk of letters that were refused, or came back."""
        for failed in self._journal.unreported():
            self._promises.report(failed)
            self.to_deliver.set()

    def _letter_settled(self) -> None:
        self.progress["delivery"] = time.monotonic()
        self.to_file.set()

    def _get_on(self) -> None:
        self.progress["intake"] = time.monotonic()

    def _promise(self, started: Sequence[tuple[Accepted, "Future[Understanding | Escape]"]]) -> None:
        """Promise what was understood; what got out of the cage comes last, so that no other mail waits for it."""
        promised, escaped = [], []
        for mail, answer in started:
            result = answer.result()
            self._get_on()
            if isinstance(result, Escape):
                escaped.append((mail, result))
            else:
                promised.append(self._promises.finish(mail, result))
        for durable in promised:
            durable.result()
        self._promised(len(promised))
        for mail, escape in escaped:
            self._promises.finish(mail, escape).result()
            self._promised(1)

    def _promised(self, mails: int) -> None:
        self._get_on()
        if mails:
            self.to_deliver.set()
            self.to_file.set()

    def _batches(self) -> Iterator[list[Listed]]:
        """What is new in the inbox, at most 50 mails or 20 MB at a time, until the router is stopped."""
        batch: list[Listed] = []
        octets = 0
        for listed in self._new(PASS):
            if self._stopping.is_set():
                return
            if batch and (len(batch) == BATCH_MAILS or octets + listed.size > BATCH_OCTETS):
                yield batch
                batch, octets = [], 0
            batch.append(listed)
            octets += listed.size
        if batch:
            yield batch

    def _new(self, most: int | None = None) -> Iterator[Listed]:
        """Mail in the inbox that the journal does not know. Own letters are noted, and set aside at the end.

        Of what was looked at before, at most so many; of what came since, all: receipts are among it.
        """
        state = self._intake.uids(self._inbox)
        if state.uidvalidity != self._numbering:
            self._numbering, self._looked_up_to, self._round_at = state.uidvalidity, 0, 0
        self._journal.miss(self._inbox, state.uidvalidity, state.uids)
        known = self._journal.known_uids(self._inbox, state.uidvalidity)
        fresh = [uid for uid in state.uids if uid not in known and (state.uidvalidity, uid) not in self._too_old]
        part, rest = self._part(fresh, most)
        own: dict[int, str] = {}
        for listed in self._intake.list(self._inbox, part) if part else ():
            self._get_on()
            if letter := self._receipts.own(listed):
                own[listed.uid] = letter
            elif self._before_cutoff(listed.received):
                self._too_old.add((listed.uidvalidity, listed.uid))
            else:
                yield listed
        self._looked_up_to, self._round_at = max(self._looked_up_to, *state.uids[-1:], 0), rest
        self._set_aside(own)

    def _part(self, fresh: list[int], most: int | None) -> tuple[list[int], int]:
        """What of the inbox is looked at in this pass, and after which UID the next one goes on (0: from the bottom).

        Parts go round, because messages can lie there for good: receipts that cannot be moved, mail that cannot be
        read. Those must not keep others from their turn.
        """
        backlog = bisect_right(fresh, self._looked_up_to)
        begin = bisect_right(fresh, self._round_at, 0, backlog) if most else 0
        end = min(begin + most, backlog) if most else backlog
        self.more_waits = end < backlog
        return fresh[begin:end] + fresh[backlog:], fresh[end - 1] if self.more_waits else 0

    def _set_aside(self, own: dict[int, str]) -> None:
        """Own letters that came back prove themselves, and go to the receipt folder without being fetched."""
        if not own:
            return
        self._receipts.prove(own.values(), self._inbox)
        try:
            self._intake.move(self._inbox, list(own), self._settings.receipts.folder)
        except Trouble as error:  # they are proven all the same, and no reason to leave other mail lying
            log.warning("receipts could not be filed", receipts=len(own), reason=str(error))

    def _fetched(self, batch: Sequence[Listed]) -> list[Arrival]:
        limit = self._settings.limits.mail
        small = [listed.uid for listed in batch if listed.size <= limit]
        bodies = dict(self._intake.fetch(self._inbox, small)) if small else {}
        for listed in batch:
            if listed.size > limit:
                bodies[listed.uid] = self._intake.fetch_header(self._inbox, listed.uid)
        came = [listed for listed in batch if listed.uid in bodies and (bodies[listed.uid] or not listed.size)]
        for uid in {listed.uid for listed in batch} - {listed.uid for listed in came}:
            log.warning("a mail came without content, or is gone; it is asked for again", uid=uid)
        return [self._arrival(listed, bodies[listed.uid], limit) for listed in came]

    def _arrival(self, listed: Listed, raw: bytes, limit: int) -> Arrival:
        size = listed.size if listed.size > limit else len(raw)
        return Arrival(self._inbox, listed.uidvalidity, listed.uid, listed.received.timestamp(), size, raw)

    def _before_cutoff(self, received: datetime) -> bool:
        return (since := self._settings.mailbox.since) is not None and self._civil(received) < since

    def _civil(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self._settings.municipality.timezone)).date()

    def _ask_for_cutoff(self) -> None:
        """A first start on a mailbox with old mail stops here: years of post are never replayed unasked."""
        if self._settings.mailbox.since or not self._journal.is_empty():
            return
        state = self._intake.uids(self._inbox)
        first = self._intake.list(self._inbox, state.uids[:500]) if state.uids else ()
        stamps = [listed.received for listed in first if not self._receipts.own(listed)]
        if not stamps or (datetime.fromtimestamp(self._clock(), UTC) - min(stamps)).days < OLD_DAYS:
            return
        raise NeedsCutoff(
            f"{self._inbox} holds {len(state.uids)} messages, the oldest of {self._civil(min(stamps))}. Nothing was "
            f"taken in. Set mailbox.since in mailrouter.yaml to the first day that counts: "
            f"{self._civil(datetime.fromtimestamp(self._clock(), UTC))} for new mail only, or an earlier date"
        )


def _target(filing: Filing) -> str:
    return filing.target

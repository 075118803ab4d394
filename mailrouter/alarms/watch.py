"""The watch: looks at the figures, and says what is new of them in the log and to the desk."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from mailrouter.alarms import words
from mailrouter.alarms.conditions import Alarm, Imbalance, Refusal, active
from mailrouter.alarms.desk import DeskFolder, lying_in
from mailrouter.alarms.figures import (
    FIRST_START,
    LAST_POLL,
    Inspection,
    figures,
    keep_inspection,
    keep_refusal,
    last_inspection,
    last_refusal,
)
from mailrouter.alarms.post import Post, send
from mailrouter.alarms.told import DAY, Record
from mailrouter.core.remedies import telling_with_remedy
from mailrouter.core.routing import Routing
from mailrouter.core.settings import Settings
from mailrouter.core.writing import alarm as writing
from mailrouter.imap import Trouble
from mailrouter.journal import Journal, concerns
from mailrouter.journal.concerns import Concern

log = structlog.get_logger()

_RECORD = "alarms"
_RECEIPT_GRACE = 900.0
"""Seconds, besides `receipts.wait`, in which a missing receipt is no news."""


class LetterRelay(Protocol):
    """The relay that takes our letters, as far as it tells how it is."""

    def last_trouble(self) -> str | None: ...
    def rest(self) -> None: ...


class Watch:
    """Looks for alarms and calls people. `look` is for the thread that sends letters, `inspect` for the other one."""

    def __init__(
        self,
        journal: Journal,
        settings: Settings,
        routing: Callable[[], Routing],
        relay: LetterRelay,
        connect: Callable[[], Post],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`routing`: the table in force then · `relay`: what takes letters · `connect`: what takes alarm mails."""
        self._journal, self._settings, self._routing = journal, settings, routing
        self._relay, self._connect, self._clock = relay, connect, clock
        self._post: Post | None = None
        self._stopped = False

    def begin(self) -> None:
        """At every start: a mailbox that was never read counts as unread from the first one on."""
        if self._journal.noted(FIRST_START) is None:
            self._journal.note(FIRST_START, repr(self._clock())).result()

    def stop(self) -> None:
        """Begin no mail any more; one under way is broken off, or waited for as letters are. From any thread."""
        self._stopped = True
        if post := self._post:
            post.stop()

    def look(self) -> list[Alarm]:
        """What is wrong now; what is new of it goes to the log, and to the desk when a mail is due."""
        now = self._clock()
        self._hear_relay(now)
        seen = figures(self._journal, self._settings, now)
        alarms = active(seen, self._settings)
        before = Record.read(self._journal.noted(_RECORD))
        record = before.seen({alarm.kind: alarm.renewed for alarm in alarms}, now)
        _say(alarms, before, record, now)
        if record != before:
            self._keep(record)
        if alarms and not self._relay.last_trouble():
            self._tell_desk(alarms, record, now)
        return alarms

    def inspect(self, wrong: Sequence[str], intake: DeskFolder) -> None:
        """What is looked at once an hour: the desk's folder and the receipts. `wrong`: what the books say."""
        now, last = self._clock(), last_inspection(self._journal)
        books = Imbalance(last.books.since if last.books else now, tuple(wrong)) if wrong else None
        found = Inspection(at=now, books=books, desk=self._at_desk(intake, last, now), unproven=self._unproven(now))
        keep_inspection(self._journal, found)

    def inspection_due(self) -> bool:
        """Whether the last inspection is longer ago than `schedule.verify`."""
        return self._clock() - last_inspection(self._journal).at >= self._settings.schedule.verify.total_seconds()

    def _hear_relay(self, now: float) -> None:
        """Keep what the relay says until it takes letters again; a restart is no reason to forget it."""
        known, said = last_refusal(self._journal), self._relay.last_trouble()
        waiting = (known or said) and self._journal.ask(concerns.any_open)
        if not waiting:
            new = None
        elif said:
            new = Refusal(known.since if known else now, said)
        else:
            new = known if known and not self._journal.ask(concerns.answered_since, known.since) else None
        if new != known:
            keep_refusal(self._journal, new)

    def _at_desk(self, intake: DeskFolder, last: Inspection, now: float) -> tuple[int, ...]:
        """Mails that lie with the desk for long; as they were known when the mailbox is out of reach."""
        given = self._journal.ask(concerns.given_to_desk, now - self._settings.alarms.desk.total_seconds())
        try:
            return lying_in(intake, self._settings.folders.desk, given)
        except Trouble as trouble:
            log.warning("the folder of the desk was not looked into", reason=str(trouble))
            return last.desk

    def _unproven(self, now: float) -> Concern | None:
        """Letters of the last day without proof; none that the mailbox had no time to show the receipt of."""
        polled = self._journal.noted(LAST_POLL)
        if self._settings.receipts.address is None or polled is None:
            return None
        grace = self._settings.receipts.wait.total_seconds() + _RECEIPT_GRACE
        return self._journal.ask(concerns.unproven, now - DAY, min(now, float(polled)) - grace)

    def _keep(self, record: Record) -> None:
        self._journal.note(_RECORD, record.written()).result()

    def _tell_desk(self, alarms: Sequence[Alarm], record: Record, now: float) -> None:
        due = [address for address in self._routing().desk if record.due(address, now)]
        if not due or self._stopped:
            return
        self._relay.rest()  # it may allow us no connection more than letters have
        self._post = self._connect()
        try:
            for address in due if not self._stopped else ():
                record = self._mail(self._post, address, alarms, record, now)
        finally:
            self._post.close()
            self._post = None

    def _mail(self, post: Post, address: str, alarms: Sequence[Alarm], record: Record, now: float) -> Record:
        """Mail one address. Noted before it goes: a crash in between can cost this mail, and never doubles it."""
        mail = self._written(address, alarms, record.over(address), now)
        gone = record.going(address, now)
        self._keep(gone)
        outcome = send(post, address, mail, now)
        if outcome.state != "later":
            log.info("alarm mail", state=outcome.state, code=outcome.code, alarms=len(alarms))
            return gone
        log.warning(
            "the alarm mail did not go, and is tried again",
            code=outcome.code,
            reason=telling_with_remedy(outcome.reply),
        )
        failed = record.failed(address, now)
        self._keep(failed)
        return failed

    def _written(self, address: str, alarms: Sequence[Alarm], over: dict[str, float], now: float) -> bytes:
        routing = self._routing()
        notices = [alarm.notice() for alarm in alarms]
        solved = [writing.Solved(words.TITLES[kind], datetime.fromtimestamp(at, UTC)) for kind, at in over.items()]
        values = writing.content(notices, solved, routing.municipality, routing.timezone)
        return writing.mail(values, notices, address, routing, datetime.fromtimestamp(now, UTC))


def _say(alarms: Sequence[Alarm], before: Record, after: Record, now: float) -> None:
    """Log what begins and what ends, each once."""
    for alarm in alarms:
        if before.standing.get(alarm.kind) != after.standing[alarm.kind]:
            log.error("alarm", kind=alarm.kind, what=alarm.text)
    for kind, began in before.standing.items():
        if kind not in after.standing:
            log.info("alarm over", kind=kind, lasted=f"{now - began:.0f} s")

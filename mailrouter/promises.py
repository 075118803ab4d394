"""From what was understood of a mail to what is promised: the decision and every letter, ready to be written down.

A letter's final bytes are fixed here: its header block, with the Date of this moment, and a body that is the same for
all recipients of the mail. Sent again, it is byte-identical or it is not sent.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import structlog

from mailrouter.breaker import Breaker
from mailrouter.cage import Broken, Escape
from mailrouter.core.identity import OwnIds, letter_id, own_ids, token
from mailrouter.core.model import Draft, Recipient, Understanding
from mailrouter.core.routing import Routing
from mailrouter.core.understand import Assignment, Job, not_read, within
from mailrouter.core.writing import letter as writing
from mailrouter.journal import Accepted, Journal, Promise, Report, Undelivered
from mailrouter.journal.records import PromisedLetter, Purpose
from mailrouter.returns import Returns

log = structlog.get_logger()

MOST_TRIES = 2
"""How often a mail may bring down its worker; after that it goes to the desk unread."""
MOST_STARTS = 4
"""How often it may be in the cage when the router itself goes down, which is seldom through its fault."""


class Understands(Protocol):
    """Where mail is understood (`mailrouter.cage.Cage`)."""

    def understand(self, job: Job) -> "Future[Understanding | Escape]": ...


class NotHeld(Exception):
    """A mail that cannot be decided again; says why."""


@dataclass
class Promises:
    """Has mails understood in the cage, and writes down what follows from it."""

    journal: Journal
    cage: Understands
    routing: Routing
    key: bytes
    clock: Callable[[], float] = time.time
    largest: Callable[[int], int | None] = lambda octets: None
    """How large a letter may be for the relay, when one of about so many octets is to be written (octets)."""

    def __post_init__(self) -> None:
        self._breaker = Breaker(self.journal)
        self._returns = Returns(self.journal, self.key)
        self._own: dict[int, OwnIds] = {}
        """Of the mails in the cage: megabytes are searched for ids of ours once, for the cage and for `finish`."""

    def start(self, mail: Accepted, assigned: Assignment | None = None) -> "Future[Understanding | Escape]":
        """Send a mail into the cage; its try must be in the journal already."""
        return self.cage.understand(self._job(mail, assigned))

    def finish(self, mail: Accepted, result: Understanding | Escape, most: int = MOST_TRIES) -> "Future[bool]":
        """Promise what was understood; a mail that got out of the cage goes in once more, then unread to the desk.

        `most`: how many tries this mail may have had by now.
        """
        while isinstance(result, Escape):
            tries = self.journal.try_again(mail.id, result.reason)
            result = self._once_more(mail) if tries <= most else self._unread(mail, result.why)
            most = MOST_TRIES
        mentioned = (self._own.pop(mail.id, None) or self._own_ids(mail)).about
        back = self._returns.tie(mail, result, mentioned, self._routing_for(mail))
        verdict = self._breaker.judge(mail, back.understanding, mentioned, self._routing_for(mail))
        made = self._promise(mail, verdict.understanding, version=1, skip=set(), by="mailrouter")
        made = replace(made, likeness=verdict.likeness, held=verdict.held, returned=back.returned, mark=back.mark)
        durable = self.journal.promise(mail.id, made, self.routing.folders.duplicates)
        self._breaker.promised(verdict.likeness, durable)
        return durable

    def _once_more(self, mail: Accepted) -> Understanding | Escape:
        try:
            return self.start(mail).result()
        except Broken:
            self.journal.give_back(mail.id)
            raise

    def resume(self, mail: Accepted) -> "Future[bool]":
        """Take up a mail that was being understood when the router went down."""
        stopped = Escape("the router stopped over it", "de router viel stil bij het lezen van deze mail")
        return self.finish(mail, stopped, MOST_STARTS)

    def decide_again(self, mail_id: int, by: str, assigned: Assignment | None) -> Understanding:
        """Decide a held mail once more, as a new version; who already has a letter gets none.

        NotHeld if the mail is not at the desk (`assigned` None), or if there is nothing to be sent.
        """
        mail = self.journal.load(mail_id)
        outcome = self.journal.whole(mail_id)["outcome"]
        if outcome is None or (assigned is None and outcome != "desk"):
            raise NotHeld(f"this mail is not held at the desk (its outcome is {outcome or 'not known yet'})")
        result = self.start(mail, assigned).result()
        if isinstance(result, Escape):
            raise NotHeld(f"this mail cannot be read ({result.reason}): forward it by hand")
        if result.outcome != "forward":
            would = "be held again" if result.outcome == "desk" else "be filed without a letter"
            raise NotHeld(f"it would {would}: " + "; ".join(result.explanation["because"]))
        made = self._promise(mail, result, mail.version + 1, self.journal.addressed(mail_id), by)
        if not self.journal.promise(mail_id, made, self.routing.folders.duplicates).result():
            raise NotHeld("somebody else decided this mail at the same moment; look again with `show`")
        return result

    def report(self, failed: Undelivered) -> bool:
        """Tell the desk about a letter that was not delivered; of a desk letter, send a short notice instead."""
        mail = self.journal.load(failed.mail)
        shown = self.journal.whole(failed.mail)
        about = (failed.address, failed.reply or "", self._routing_for(mail), shown["folder"] or "")
        if failed.purpose == "forward":
            whole = mail.raw if mail.size <= len(mail.raw) else b""
            write = partial(writing.returned, failed.returned) if failed.returned else writing.refusal
            draft = write(shown["explanation"], whole, *about)
            people = [self._desk(address) for address in self.routing.desk]
            purpose: Purpose = "refusal"
        else:
            draft = writing.notice(shown["explanation"], *about)
            people, purpose = [self._desk(failed.address)], "notice"
        version = f"{purpose} {failed.reports + 1} of {failed.id}"
        letters = self._letters(shown["fingerprint"], draft, mail.raw, people, version)
        return self.journal.report(Report(failed.id, failed.mail, version, purpose, draft, letters))

    def _job(self, mail: Accepted, assigned: Assignment | None) -> Job:
        reference = datetime.fromtimestamp(min(mail.received, self.clock()), UTC)
        own = self._own[mail.id] = self._own_ids(mail)
        return Job(mail.raw, mail.size, reference, own, assigned, self.largest(len(mail.raw)))

    def _own_ids(self, mail: Accepted) -> OwnIds:
        return own_ids(mail.raw, self.key, self.routing.address)

    def _routing_for(self, mail: Accepted) -> Routing:
        """The routing table of now, with letters no larger than the relay takes."""
        return within(self.routing, self.largest(len(mail.raw)))

    def _unread(self, mail: Accepted, why: str) -> Understanding:
        return not_read(self._job(mail, None), self.routing, why)

    def _promise(self, mail: Accepted, of: Understanding, version: int, skip: set[str], by: str) -> Promise:
        people = [person for person in of.recipients if person.address.lower() not in skip]
        letters = self._letters(of.fingerprint, of.draft, mail.raw, people, str(version)) if of.draft else ()
        return Promise(
            fingerprint=of.fingerprint,
            outcome=of.outcome,
            folder=of.folder,
            explanation=of.explanation,
            config=self.routing.hash,
            draft=of.draft,
            letters=letters,
            version=version,
            decided_by=by,
            calendar_uid=of.explanation.get("calendar_uid") or "",
        )

    def _letters(
        self, fingerprint: str, draft: Draft, raw: bytes, people: Iterable[Recipient], version: str
    ) -> tuple[PromisedLetter, ...]:
        body = draft.content(raw)
        now = datetime.fromtimestamp(int(self.clock()), UTC)
        domain = self.routing.address.rpartition("@")[2]
        each = {person.address.lower(): person for person in people}.values()
        return tuple(self._letter(draft, body, person, fingerprint, version, (domain, now)) for person in each)

    def _letter(
        self, draft: Draft, body: bytes, to: Recipient, fingerprint: str, version: str, stamp: tuple[str, datetime]
    ) -> PromisedLetter:
        new = letter_id(self.key, fingerprint, to.address, version)
        head = writing.header_block(draft, to.name, to.address, token(self.key, new), *stamp)
        digest = hashlib.sha256(head)
        digest.update(body)
        return PromisedLetter(new, to, head, len(head) + len(body), digest.hexdigest())

    def _desk(self, address: str) -> Recipient:
        return Recipient("desk", "desk", self.routing.desk_name, address, "to", "een brief kon niet worden bezorgd")

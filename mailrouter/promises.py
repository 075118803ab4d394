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

from mailrouter import template_faults
from mailrouter.breaker import Breaker
from mailrouter.cage import Broken, Escape
from mailrouter.core.codes import codes
from mailrouter.core.identity import OwnIds, letter_id, own_ids, token
from mailrouter.core.meetings import Known
from mailrouter.core.model import Draft, Recipient, Understanding
from mailrouter.core.reading.orders import desk_address
from mailrouter.core.routing import Routing
from mailrouter.core.understand import Assignment, Job, not_read, within
from mailrouter.core.writing import letter as writing
from mailrouter.core.writing import orders as wording
from mailrouter.journal import Accepted, Journal, Promise, Reminder, Report, Undelivered, Unknown, orders
from mailrouter.journal.records import PromisedLetter, Purpose
from mailrouter.meetings import Meetings, needs_its_name, village_of
from mailrouter.orders import Orders, Ruling
from mailrouter.returns import Returns

log = structlog.get_logger()

MOST_TRIES = 2
"""How often a mail may bring down its worker; after that it goes to the desk unread."""
MOST_STARTS = 4
"""How often it may be in the cage when the router itself goes down, which is seldom through its fault."""

_MOST_OVERTAKEN = 5
_AT_ONCE = "Over deze mail besliste op hetzelfde moment iemand anders. Met uw keuze is niets gedaan."
_REMINDED = "deze mail ligt nog bij de balie"


class Understands(Protocol):
    """Where mail is understood (`mailrouter.cage.Cage`)."""

    def understand(self, job: Job) -> "Future[Understanding | Escape]": ...


class NotHeld(Exception):
    """A mail that cannot be decided again; says why, and in Dutch as the desk reads it (`told`)."""

    def __init__(self, why: str, told: str) -> None:
        super().__init__(why)
        self.told = told


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
        self._orders = Orders(self.journal, self.key)
        self._meetings = Meetings(self.journal)
        self._own: dict[int, OwnIds] = {}
        """Of the mails in the cage: megabytes are searched for ids of ours once, for the cage and for `finish`."""

    def start(
        self, mail: Accepted, assigned: Assignment | None = None, meeting: str = ""
    ) -> "Future[Understanding | Escape]":
        """Send a mail into the cage; its try must be in the journal already."""
        return self.cage.understand(replace(self._job(mail, assigned), meeting=meeting))

    def finish(self, mail: Accepted, result: Understanding | Escape, most: int = MOST_TRIES) -> "Future[bool]":
        """Promise what was understood; a mail that got out of the cage goes in once more, then unread to the desk.

        `most`: how many tries this mail may have had by now.
        """
        while isinstance(result, Escape):
            tries = self.journal.try_again(mail.id, result.reason)
            result = self._once_more(mail) if tries <= most else self._unread(mail, result.why)
            most = MOST_TRIES
        result, meeting = self._about_its_meeting(mail, result, None)
        mentioned = (self._own.pop(mail.id, None) or self._own_ids(mail)).about
        if ruling := self._orders.rule(result, mentioned, self.routing):
            return self._obey(mail, result, ruling, mentioned)
        result = self._orders.strange(mail, result, self._routing_for(mail))
        back = self._returns.tie(mail, result, mentioned, self._routing_for(mail))
        verdict = self._breaker.judge(mail, back.understanding, mentioned, self._routing_for(mail))
        made = self._promise(mail, verdict.understanding, version=1, skip=set(), by="mailrouter")
        made = replace(made, likeness=verdict.likeness, held=verdict.held, returned=back.returned, mark=back.mark)
        made = replace(made, meeting=meeting if made.outcome == "forward" else None)
        durable = self.journal.promise(mail.id, made, self.routing.folders.duplicates)
        self._meetings.promised(result, durable)
        self._breaker.promised(verdict.likeness, durable)
        return durable

    def _about_its_meeting(
        self, mail: Accepted, result: Understanding, assigned: Assignment | None
    ) -> tuple[Understanding, tuple[str, Known] | None]:
        """The village's meeting that a mail is about; its letter is written anew where earlier mails name it otherwise.

        So the calendar file of a meeting that moves more than once stays one entry.
        """
        known = self._meetings.known(mail, result)
        if known and needs_its_name(result, known):
            again = self.start(mail, assigned, known.name).result()
            if isinstance(again, Escape) or again.explanation.get("meeting") != result.explanation["meeting"]:
                return result, None
            result = again
        return result, (village_of(result.explanation), known) if known else None

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
        result, made = self._again(mail_id, by, assigned)
        if not self.journal.promise(mail_id, made, self.routing.folders.duplicates).result():
            raise NotHeld("somebody else decided this mail at the same moment; look again with `show`", _AT_ONCE)
        return result

    def _again(self, mail_id: int, by: str, assigned: Assignment | None) -> tuple[Understanding, Promise]:
        try:
            mail = self.journal.load(mail_id)
        except Unknown as error:
            said = "De router heeft de tekst van deze mail niet meer. Stuur de mail zelf door vanuit de postbus."
            raise NotHeld(str(error), said) from error
        outcome = self.journal.whole(mail_id)["outcome"]
        if outcome is None or (assigned is None and outcome != "desk"):
            raise NotHeld(f"this mail is not held at the desk (its outcome is {outcome or 'not known yet'})", _AT_ONCE)
        result = self.start(mail, assigned).result()
        self._own.pop(mail.id, None)
        if isinstance(result, Escape):
            said = "De router kan deze mail niet lezen. Stuur hem zelf door."
            raise NotHeld(f"this mail cannot be read ({result.reason}): forward it by hand", said)
        if result.outcome != "forward":
            would = "be held again" if result.outcome == "desk" else "be filed without a letter"
            why = "; ".join(result.explanation["because"])
            raise NotHeld(f"it would {would}: {why}", f"De mail kan zo niet worden doorgestuurd: {why}.")
        result, meeting = self._about_its_meeting(mail, result, assigned)
        self._own.pop(mail.id, None)
        made = self._promise(mail, result, mail.version + 1, self.journal.addressed(mail_id), by)
        return result, replace(made, meeting=meeting)

    def _obey(self, mail: Accepted, of: Understanding, ruling: Ruling, mentioned: tuple[str, ...]) -> "Future[bool]":
        """Carry out what the desk decides by mail, and answer it: all of it in one commit, or nothing."""
        for _ in range(_MOST_OVERTAKEN):
            answer, decision = self._ruled(mail, of, ruling)
            what = self.journal.carry_out((mail.id, answer), decision, self.routing.folders.duplicates)
            if what != "overtaken":
                break
            again = self._orders.rule(of, mentioned, self.routing)  # somebody decided in between, so it reads otherwise
            ruling = again or ruling
        written: Future[bool] = Future()
        written.set_result(what == "done")
        return written

    def _ruled(self, mail: Accepted, of: Understanding, ruling: Ruling) -> tuple[Promise, tuple[int, Promise] | None]:
        """The promise of an answer, and that of the decision if there is one."""
        said, decision, version = (ruling.why, ruling.hint), None, ruling.version
        folder = self.routing.folders.desk
        if ruling.target and ruling.assignment:
            try:
                result, made = self._again(ruling.target.id, ruling.assignment.by, ruling.assignment)
            except NotHeld as error:
                said = (error.told, "")
            else:
                people = tuple(letter.recipient for letter in made.letters)
                said = wording.done(result.explanation, people, ruling.assignment.remember, self.routing)
                decision, version, folder = (ruling.target.id, made), made.version, made.folder
        log.info(
            "the desk decides by mail", mail=mail.id, about=ruling.target and ruling.target.id, done=bool(decision)
        )
        return self._answer(mail, of, ruling, said, (folder, version), carried_out=bool(decision)), decision

    def _answer(
        self,
        mail: Accepted,
        of: Understanding,
        ruling: Ruling,
        said: tuple[str, str],
        place: tuple[str, int],
        *,
        carried_out: bool,
    ) -> Promise:
        """The mail of the desk is filed, and answered; what changes nothing is not answered without end."""
        folder, version = place
        sender = desk_address(of.explanation["mail"]["from"], self.routing)
        mark = None if carried_out else self._orders.may_refuse(ruling, sender.lower())
        told = {**of.explanation, "outcome": "file", "because": [said[0]], "recipients": [], "folder": folder}
        if ruling.target:
            told["ruling"] = {"about": ruling.target.key, "version": version}
        subject = (ruling.target.explanation if ruling.target else of.explanation)["mail"]["subject"]
        draft = wording.answer(subject, *said, of.explanation["mail"], self._routing_for(mail), carried_out=carried_out)
        answered = carried_out or mark is not None
        people = (Recipient("desk", "desk", self.routing.desk_name, sender, "to", said[0]),) if answered else ()
        ruled = replace(
            of, outcome="file", folder=folder, recipients=people, draft=draft if answered else None, explanation=told
        )
        return replace(self._promise(mail, ruled, version=1, skip=set(), by="mailrouter"), mark=mark)

    def remind(self, mail_id: int) -> bool:
        """Write the desk once more about a mail that nobody handled: the same letter, with a subject that says so."""
        try:
            mail, letter = self.journal.load(mail_id), self.journal.ask(orders.desk_letter, mail_id)
        except Unknown:
            return False
        if letter is None:
            return False
        draft = self.journal.content(letter).draft
        headers = tuple((name, _reminding(text) if name == "Subject" else text) for name, text in draft.headers)
        draft, fingerprint = replace(draft, headers=headers), self.journal.whole(mail_id)["fingerprint"]
        people = [self._desk(address, _REMINDED) for address in self.routing.desk]
        letters = self._letters(fingerprint, draft, mail.raw, people, f"reminder of {mail.version}")
        return self.journal.remind(Reminder(mail_id, mail.version, draft, letters))

    def report(self, failed: Undelivered) -> bool:
        """Tell the desk about a letter that was not delivered; of a desk letter, send a short notice instead."""
        shown = self.journal.whole(failed.mail)
        mail = self.journal.load(failed.mail) if shown["purged"] is None else _without_words(failed.mail)
        about = (failed.address, failed.reply or "", self._routing_for(mail), shown["folder"] or "")
        purpose: Purpose
        if shown["purged"] is not None:
            draft = writing.notice(shown["explanation"], *about)
            people, purpose = self._all_desk(), "refusal" if failed.purpose == "forward" else "notice"
        elif failed.purpose == "forward" or self._was_to_register(failed):
            whole = mail.raw if mail.size <= len(mail.raw) else b""
            write = partial(writing.returned, failed.returned) if failed.returned else writing.refusal
            draft = write(shown["explanation"], whole, *about)
            people, purpose = self._all_desk(), "refusal"
        else:
            draft = writing.notice(shown["explanation"], *about)
            people, purpose = [self._desk(failed.address)], "notice"
        version = f"{purpose} {failed.reports + 1} of {failed.id}"
        letters = self._letters(shown["fingerprint"], draft, mail.raw, people, version)
        return self.journal.report(Report(failed.id, failed.mail, version, purpose, draft, letters))

    def _job(self, mail: Accepted, assigned: Assignment | None) -> Job:
        reference = datetime.fromtimestamp(min(mail.received, self.clock()), UTC)
        own = self._own[mail.id] = self._own_ids(mail)
        signed = codes(self.key, mail.key, mail.version)
        return Job(mail.raw, mail.size, reference, own, assigned, self.largest(len(mail.raw)), codes=signed)

    def _own_ids(self, mail: Accepted) -> OwnIds:
        return own_ids(mail.raw, self.key, self.routing.address)

    def _routing_for(self, mail: Accepted) -> Routing:
        """The routing table of now, with letters no larger than the relay takes."""
        return within(self.routing, self.largest(len(mail.raw)))

    def _unread(self, mail: Accepted, why: str) -> Understanding:
        return not_read(self._job(mail, None), self.routing, why)

    def _promise(self, mail: Accepted, of: Understanding, version: int, skip: set[str], by: str) -> Promise:
        template_faults.keep(self.journal, of.explanation, self.routing, self.clock())
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

    def _was_to_register(self, failed: Undelivered) -> bool:
        """Whether it brought a mail that is at the desk to those who register it: the desk is told, not they."""
        return failed.purpose == "desk" and failed.address.lower() not in map(str.lower, self.routing.desk)

    def _all_desk(self) -> list[Recipient]:
        return [self._desk(address) for address in self.routing.desk]

    def _desk(self, address: str, because: str = "een brief kon niet worden bezorgd") -> Recipient:
        return Recipient("desk", "desk", self.routing.desk_name, address, "to", because)


def _reminding(subject: str) -> str:
    return subject.replace("[Balie] ", "[Balie] Herinnering – ", 1)


def _without_words(mail: int) -> Accepted:
    """A mail of which the words were thrown away before one of its letters came back."""
    return Accepted(mail, b"", 0, 0.0, 0)

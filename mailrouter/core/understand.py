"""The whole brain: from the raw bytes of a mail to what is to happen to it, and why.

One pure function serves the daemon, `explain` and the examples, so what `explain` says is what would happen.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from mailrouter.core.codes import Codes
from mailrouter.core.decide import Reading, decide, to_desk, to_file
from mailrouter.core.directory import REGISTRY
from mailrouter.core.identity import OwnIds, arrival_key, header_of
from mailrouter.core.meaning.facts import read_facts
from mailrouter.core.meaning.kind import weigh
from mailrouter.core.meaning.village import find_village
from mailrouter.core.model import Decision, Draft, Facts, KindGuess, Mail, Recipient, Understanding, VillageGuess
from mailrouter.core.reading import authentic, limits, replies
from mailrouter.core.reading.automatic import signs
from mailrouter.core.reading.extract import read_text
from mailrouter.core.reading.files.pdf import RecognisesText
from mailrouter.core.reading.orders import OrderText, read_order
from mailrouter.core.reading.parse import ReadsFile, parse
from mailrouter.core.reading.reports import report
from mailrouter.core.routing import Routing
from mailrouter.core.writing.announced import announced
from mailrouter.core.writing.calendar import Entry
from mailrouter.core.writing.choices import choices
from mailrouter.core.writing.letter import compose, unread
from mailrouter.core.writing.render import RenderError

_REPORTS = ("bounce", "delayed", "read-receipt")
"""Automatic mail in which a server tells what became of a mail of ours."""
_FOR_THE_ROUTER = "misschien beslist de balie hiermee over een andere mail; dat zoekt de router na in het logboek"
"""So much can be said without the journal and the router key (`mailrouter.orders`)."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a person decided about a mail: the village, and the kind if they named one."""

    village: str
    kind: str | None
    by: str
    remember: bool = False
    """They asked to list the sender's address for the village."""


@dataclass(frozen=True, slots=True)
class Job:
    """A mail to be understood.

    `raw`: its bytes, or its header block alone when it is too large to fetch · `size`: octets of the whole mail ·
    `reference`: the moment its words are about (aware) · `own`: our letters' ids found in it (None: no router key) ·
    `largest`: the largest letter (octets) that the relay takes (None: as far as `limits.letter` goes) · `unopened`: why
    no attachment is to be opened, in Dutch (empty: they are read) · `codes`: of this mail, for the letter to the desk
    (None: it offers nothing by mail) · `meeting`: what the meeting is known by that the mail is about, if earlier mails
    of the village tell (`mailrouter.core.meetings`).
    """

    raw: bytes
    size: int
    reference: datetime
    own: OwnIds | None = None
    assigned: Assignment | None = None
    largest: int | None = None
    unopened: str = ""
    codes: Codes | None = None
    meeting: str = ""


def understand(job: Job, routing: Routing, recognises: RecognisesText | None = None) -> Understanding:
    """Read a mail, decide what is to happen to it, and write its letter; `recognises` reads scans, where it can."""
    routing = within(routing, job.largest)
    if job.size > len(job.raw):
        return too_large(job, routing)
    if len(job.raw) > routing.limits.mail:
        return too_large(job, routing)
    if why := limits.exceeded(job.raw):
        return not_read(job, routing, why)
    mail = parse(job.raw, routing.limits.read, _reads_files(job, recognises))
    sign = signs.sign(mail, header_of(job.raw), job.own, routing.own_addresses)
    order = None if job.assigned or (sign and sign.certain) else read_order(mail, routing)
    if sign and not job.assigned and (sign.certain or not (_says(order) or _is_a_councils(mail, routing))):
        return _filed(mail, sign, routing)
    decision, facts = _decide(mail, job, routing)
    if sign and not job.assigned:
        decision = _in_doubt(decision, sign, routing)
    if decision.outcome == "desk":
        said = (_FOR_THE_ROUTER,) if _says(order) else ()
        offered = choices(mail, decision, routing, job.codes)
        decision = replace(decision, choices=offered, because=(*said, *decision.because))
    draft, failed = _letter(mail, job, decision, facts, routing)
    told = explanation(mail, decision, facts, routing, _warnings(failed))
    told |= _calendar(mail) | _assigned(job) | _order(order) | _broken(failed)
    told |= _meeting(announced(mail, decision, facts, routing, job.reference))
    return Understanding(mail.fingerprint, decision.outcome, decision.folder, decision.recipients, draft, told)


def _letter(
    mail: Mail, job: Job, decision: Decision, facts: Facts, routing: Routing
) -> tuple[Draft | None, tuple[RenderError, ...]]:
    """The letter, where there is somebody to write to; and what failed of its templates."""
    if not decision.recipients:
        return None, ()
    return compose(mail, job.raw, decision, facts, routing, job.reference, job.meeting)


def _warnings(failed: Iterable[RenderError]) -> tuple[str, ...]:
    return tuple(f"the template does not work ({error}); the letter went out without it" for error in failed)


def _broken(failed: Iterable[RenderError]) -> dict[str, Any]:
    """Where templates failed, without the words of it (`mailrouter.template_faults`)."""
    places = [{"file": error.file, "line": error.line} for error in failed]
    return {"broken_templates": places} if places else {}


def _filed(mail: Mail, sign: signs.Automatic, routing: Routing) -> Understanding:
    """A mail that no person wrote, with what a server reports in it."""
    decision = to_file(routing, sign.kind, (sign.because,))
    told = explanation(mail, decision, None, routing)
    if sign.kind in _REPORTS and (found := report.read_report(mail, routing.own_addresses)):
        told["report"] = {**asdict(found), "told": report.told(found)}
    return Understanding(mail.fingerprint, "file", decision.folder, (), None, told)


def _in_doubt(decision: Decision, sign: signs.Automatic, routing: Routing) -> Decision:
    """The desk looks at a council's mail that only words make look automatic: filed wrongly, it would be lost."""
    why = f"misschien is dit automatische post ({sign.because}), maar hij komt van het adres van een dorpsraad"
    desk = to_desk(routing, (why,))
    registering = tuple(person for person in decision.recipients if decision.formal and person.role == REGISTRY)
    people = (*desk.recipients, *registering)
    return replace(decision, outcome="desk", because=(why,), recipients=people, folder=desk.folder)


def _is_a_councils(mail: Mail, routing: Routing) -> bool:
    village = find_village(mail, routing.villages)
    return village is not None and village.certain


def _calendar(mail: Mail) -> dict[str, Any]:
    """The event that a mail invites to, or the answer to such an invitation."""
    reply = replies.read_reply(mail)
    uid = "" if reply else replies.invitation_uid(mail)
    return ({"calendar_reply": asdict(reply)} if reply else {}) | ({"calendar_uid": uid} if uid else {})


def _meeting(entry: Entry | None) -> dict[str, Any]:
    """The meeting that goes along as a calendar file, by what this mail says alone."""
    if entry is None:
        return {}
    news = {"planned": entry.planned.isoformat(), "day": entry.day.isoformat(), "change": entry.change}
    return {"meeting": news}


def _assigned(job: Job) -> dict[str, Any]:
    """What a person decided: it can teach (`mailrouter.core.lessons`), and it stands under any config (`replay`)."""
    return {"assigned": asdict(job.assigned)} if job.assigned else {}


def _order(order: OrderText | None) -> dict[str, Any]:
    """What the desk tells the router to do, or what somebody wrote who holds a code."""
    return {"order": asdict(order)} if order else {}


def _says(order: OrderText | None) -> bool:
    return order is not None and order.says_something


def _reads_files(job: Job, recognises: RecognisesText | None) -> ReadsFile:
    """How attachments are read: not at all if reading this mail with them went wrong before."""
    if job.unopened:
        return lambda name, type, content: ("", job.unopened)
    return partial(read_text, recognises=recognises)


def _decide(mail: Mail, job: Job, routing: Routing) -> tuple[Decision, Facts]:
    own_domain = (mail.sender or "").rpartition("@")[2]
    verdict = authentic.verdict(mail.headers, routing.trust, own_domain)
    village = find_village(mail, routing.villages)
    kind = weigh(mail, job.reference, routing.timezone, routing.kinds)
    if job.assigned:
        by = f"zo besloten door {job.assigned.by}"
        village = VillageGuess(job.assigned.village, True, (f"dorp {job.assigned.village}: {by}",))
        if job.assigned.kind:
            kind = KindGuess(job.assigned.kind, 1.0, (f"soort {job.assigned.kind}: {by}",))
    venues = routing.villages[village.key].venues if village else ()
    facts = read_facts(mail, kind.key, job.reference, routing.timezone, venues)
    on = job.reference.astimezone(ZoneInfo(routing.timezone)).date()
    return decide(mail, Reading(verdict, village, kind, job.assigned is not None), routing, on), facts


def within(routing: Routing, largest: int | None) -> Routing:
    """The routing table with `limits.letter` lowered to the largest letter (octets) that the relay takes."""
    if largest is None or largest >= routing.limits.letter:
        return routing
    return routing.model_copy(update={"limits": routing.limits.model_copy(update={"letter": largest})})


def understand_example(raw: bytes, reference: datetime, routing: Routing) -> Understanding:
    """The same for a mail out of `examples.yaml` or a draft: no router key, nobody's decision."""
    return understand(Job(raw, len(raw), reference), routing)


def too_large(job: Job, routing: Routing) -> Understanding:
    """A mail above `limits.mail`, of which perhaps only the header was fetched; the desk is told where it lies."""
    why = f"de mail is te groot ({job.size / 1e6:.0f} MB)"
    return not_read(job, routing, why)


def not_read(job: Job, routing: Routing, why: str) -> Understanding:
    """A mail that is not read: whole to the desk. `why` in Dutch, as the desk reads it."""
    routing = within(routing, job.largest)
    reason = f"de mail is niet gelezen: {why}"
    decision = to_desk(routing, (reason,), Reading("none", None, KindGuess(routing.kinds.fallback, 0.0, (reason,))))
    known = arrival_key(job.raw + b"|%d" % job.size if job.size > len(job.raw) else job.raw)
    draft = unread(job.raw if job.size <= len(job.raw) else b"", "", why, routing, decision.folder)
    mail = Mail(
        fingerprint=known, subject="", sender=None, sender_name="", from_problem="", to=(), cc=(), reply_to=(),
        date=None, message_id=None, references=(), text="", new_text="", attachments=(), headers=(), content_type="",
    )  # fmt: skip
    told = explanation(mail, decision, None, routing)
    return Understanding(known, "desk", decision.folder, decision.recipients, draft, told)


def reference_of_file(raw: bytes, now: datetime) -> datetime:
    """The reference moment of a mail in a file: the topmost Received, else Date, else now; never in the future."""
    head = re.sub(r"\r?\n[ \t]+", " ", header_of(raw[:300_000]).decode("latin-1"))
    stamps = [match[1].rpartition(";")[2].strip() for match in re.finditer(r"(?mi)^Received:(.*?)\r?$", head)][:1] + [
        match[1].strip() for match in re.finditer(r"(?mi)^Date:(.*?)\r?$", head)
    ][:1]
    for stamp in stamps:
        try:
            moment = parsedate_to_datetime(stamp)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(moment, now)
    return now


def explanation(
    mail: Mail, decision: Decision, facts: Facts | None, routing: Routing, warnings: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The contract's object of `explain --json`, but for `file`."""
    return {
        "fingerprint": mail.fingerprint,
        "mail": {
            "subject": mail.subject,
            "from": mail.sender,
            "from_name": mail.sender_name,
            "date": mail.date.isoformat() if mail.date else None,
            "message_id": mail.message_id,
            "forwarded_from": mail.forwarded_from,
            "text": mail.text,
            "attachments": [
                {"name": a.name, "type": a.type, "bytes": len(a.content), "text_chars": len(a.text), "note": a.note}
                for a in mail.attachments
            ],
        },
        "automatic": decision.automatic,
        "authentic": decision.authentic,
        "village": asdict(decision.village) if decision.village else None,
        "kind": asdict(decision.kind) if decision.kind else None,
        "facts": _plain(asdict(facts if facts else Facts())),
        "outcome": decision.outcome,
        "because": list(decision.because),
        "warnings": [*mail.warnings, *warnings],
        "topics": list(decision.topics),
        "formal": [asdict(found) for found in decision.formal],
        "recipients": recipients_told(decision.recipients),
        "folder": decision.folder,
        "config": routing.hash,
    }


def recipients_told(people: Iterable[Recipient]) -> list[dict[str, Any]]:
    """Recipients as `explain --json` tells of them."""
    return [
        {
            "role": r.role, "official": r.official, "address": r.address, "copy": r.copy, "because": r.because,
            "counts_for": list(r.counts_for),
        }
        for r in people
    ]  # fmt: skip


def told_to_desk(
    told: Mapping[str, Any], because: tuple[str, ...], people: Iterable[Recipient], folder: str
) -> dict[str, Any]:
    """The explanation of a mail that goes to the desk after all; `because` says why, before what was found out."""
    return {
        **told,
        "outcome": "desk",
        "because": [*because, *told["because"]],
        "recipients": recipients_told(people),
        "folder": folder,
    }


def _plain(value: Any) -> Any:
    """Dates as YYYY-MM-DD, times as HH:MM, tuples as lists."""
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value

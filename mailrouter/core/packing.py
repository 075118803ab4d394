"""An understanding as JSON and bytes, as it crosses from the cage and as the journal keeps it.

What comes out of the cage was made by a worker that read hostile bytes: it is checked here, not trusted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Literal, TypeVar, get_args

from mailrouter.core.identity import OwnIds
from mailrouter.core.meetings import Change
from mailrouter.core.model import Draft, Recipient, Span, Understanding
from mailrouter.core.reading.orders import order_text
from mailrouter.core.reading.replies import PARTSTATS, CalendarReply
from mailrouter.core.reading.reports.delivery_status import Fate
from mailrouter.core.reading.reports.report import MOST_IDS, REPORTED, Report
from mailrouter.core.routing import Routing

Word = TypeVar("Word", bound=str)

_TEMPLATE = re.compile(r"[\w.-]{1,100}\.j2")
_MOST_PLACES = 20
"""Places in templates that failed on one mail."""


def pack_draft(draft: Draft) -> dict[str, Any]:
    """A draft as plain values, but for its own bytes."""
    return {
        "headers": [list(pair) for pair in draft.headers],
        "references": list(draft.references),
        "body": [[span.source, span.start, span.end] for span in draft.body],
    }


def unpack_draft(value: Mapping[str, Any], own: bytes, raw_size: int) -> Draft:
    """The draft again; ValueError if a span reaches outside the bytes it is about."""
    return Draft(
        headers=tuple((str(name), str(text)) for name, text in value["headers"]),
        references=tuple(map(str, value["references"])),
        own=own,
        body=tuple(_span(item, {"own": len(own), "raw": raw_size}) for item in value["body"]),
    )


def _span(item: Sequence[Any], limits: Mapping[str, int]) -> Span:
    source, start, end = item
    if source not in ("own", "raw") or not (0 <= int(start) <= int(end) <= limits[source]):
        raise ValueError(f"a span {source}[{start}:{end}] reaches outside its bytes")
    return Span(source, int(start), int(end))


def pack(understanding: Understanding) -> tuple[dict[str, Any], bytes]:
    """(plain values, own bytes of the draft)."""
    draft = understanding.draft
    value = {
        "fingerprint": understanding.fingerprint,
        "outcome": understanding.outcome,
        "folder": understanding.folder,
        "recipients": [_packed(person) for person in understanding.recipients],
        "draft": pack_draft(draft) if draft else None,
        "explanation": understanding.explanation,
    }
    return value, draft.own if draft else b""


def unpack(value: Mapping[str, Any], own: bytes, raw_size: int, routing: Routing) -> Understanding:
    """The understanding again; ValueError, KeyError or TypeError if it is not one that `routing` can lead to."""
    if value["outcome"] not in ("forward", "desk", "file") or not isinstance(value["explanation"], dict):
        raise ValueError("the worker's answer is not an understanding")
    if value["outcome"] != "file" and not (value["draft"] and value["recipients"]):
        raise ValueError("a mail that goes to people has a letter and recipients")
    known = {official.email for official in routing.officials.values()} | set(routing.desk)
    recipients = tuple(_recipient(item) for item in value["recipients"])
    if not {person.address for person in recipients} <= known:
        raise ValueError("a recipient is nobody the routing table knows")
    return Understanding(
        fingerprint=_hex(value["fingerprint"]),
        outcome=value["outcome"],
        folder=str(value["folder"]),
        recipients=recipients,
        draft=unpack_draft(value["draft"], own, raw_size) if value["draft"] else None,
        explanation=_explanation(value["explanation"]),
    )


def _explanation(value: dict[str, Any]) -> dict[str, Any]:
    """The explanation, with what the shell acts on rebuilt: reports, calendars, meetings, orders, faults."""
    checked = dict(value)
    if report := value.get("report"):
        fates = tuple(Fate(**{name: str(text) for name, text in fate.items()}) for fate in report["recipients"])
        ids = {name: tuple(map(str, report[name]))[:MOST_IDS] for name in ("returned_ids", "returned_tokens")}
        found = Report(_one_of(REPORTED, report["outcome"]), fates, str(report["subject"]), **ids)
        checked["report"] = {**asdict(found), "told": str(report["told"])}
    if reply := value.get("calendar_reply"):
        texts = {name: str(reply[name]) for name in ("uid", "attendee", "summary", "comment")}
        checked["calendar_reply"] = asdict(CalendarReply(partstat=_one_of(PARTSTATS, reply["partstat"]), **texts))
    if order := value.get("order"):
        checked["order"] = asdict(order_text(order))
    if news := value.get("meeting"):
        planned, day = (date.fromisoformat(news[name]).isoformat() for name in ("planned", "day"))
        checked["meeting"] = {"planned": planned, "day": day, "change": _one_of(get_args(Change), news["change"])}
    if broken := value.get("broken_templates"):
        places = [{"file": _template(place["file"]), "line": int(place["line"])} for place in broken[:_MOST_PLACES]]
        checked["broken_templates"] = places
    return checked


def _one_of(known: Sequence[Word], value: Any) -> Word:
    for word in known:
        if word == value:
            return word
    raise ValueError(f"{value!r} is none of {', '.join(known)}")


def _template(name: Any) -> str:
    if not isinstance(name, str) or not _TEMPLATE.fullmatch(name):
        raise ValueError("a template has the name of a file")
    return name


def _hex(text: Any) -> str:
    if not isinstance(text, str) or len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise ValueError("a fingerprint is 64 hex digits")
    return text


def _packed(r: Recipient) -> list[Any]:
    return [r.role, r.official, r.name, r.address, r.copy, r.because, r.remark, list(r.counts_for), list(r.capacities)]


def _recipient(item: Sequence[Any]) -> Recipient:
    role, official, name, address, copy, because, remark = map(str, item[:7])
    counts_for, capacities = (tuple(map(str, listed)) for listed in item[7:])
    way: Literal["to", "cc"] = "cc" if copy == "cc" else "to"
    return Recipient(role, official, name, address, way, because, remark, counts_for, capacities)


def pack_own(own: OwnIds | None) -> dict[str, Any] | None:
    """Own ids as plain values."""
    return {"itself": own.itself, "about": list(own.about)} if own else None


def unpack_own(value: Mapping[str, Any] | None) -> OwnIds | None:
    """Own ids again."""
    return OwnIds(value["itself"], tuple(value["about"])) if value else None

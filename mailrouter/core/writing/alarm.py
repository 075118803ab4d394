"""The mail to the desk about what keeps the router from its work.

It belongs to no mail and is not in the journal, so it carries no letter id and asks for no receipt. Without a template
that works it goes out in its plain built-in form.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from mailrouter.core.routing import Routing
from mailrouter.core.writing import dutch, fields
from mailrouter.core.writing.content import Content
from mailrouter.core.writing.letter import desk_headers, header_field
from mailrouter.core.writing.render import RenderError, render
from mailrouter.core.writing.splice import encoded_text

TEMPLATE = "alarm.txt.j2"
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that is wrong, in Dutch: what it is, what the router does about it, what the reader can do."""

    kind: str
    title: str
    """A few words, for the subject: "postbus niet te lezen"."""
    what: str
    does: str
    you: str
    since: datetime
    lines: tuple[str, ...] = ()
    """What a server said, or which mails it is about."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What an earlier mail told of and is over now: its title, and when it began."""

    title: str
    since: datetime


def content(notices: Sequence[Notice], solved: Sequence[Solved], municipality: str, timezone: str) -> Content:
    """What the mail says, as plain values for its template."""
    return {
        "opening": _opening(notices),
        "alarms": [_shown(notice, timezone) for notice in notices],
        "solved": [f"{item.title} (begon {dutch.sent(item.since, timezone)})" for item in solved],
        "closing": "Komt er iets bij, dan krijgt u weer een mail. Verandert er niets, dan hoogstens één per dag.",
        "municipality": municipality,
    }


def mail(values: Content, notices: Sequence[Notice], to: str, routing: Routing, now: datetime) -> bytes:
    """The whole message to one address of the desk, as it goes over the wire."""
    part_fields, body = encoded_text(_text(values, routing), "plain")
    domain = routing.address.rpartition("@")[2]
    unique = hashlib.sha256(b"\n".join((to.lower().encode(), now.isoformat().encode(), body))).hexdigest()[:24]
    block = (
        f"Date: {format_datetime(now.astimezone(UTC))}{fields.CRLF}",
        fields.mailbox_field("To", routing.desk_name, to),
        f"Message-ID: <alarm.{unique}@{domain}>{fields.CRLF}",
        *(header_field(name, value) for name, value in (*desk_headers(_subject(notices), routing), *part_fields)),
        fields.CRLF,
    )
    return "".join(block).encode("ascii") + body


def _subject(notices: Sequence[Notice]) -> str:
    others = len(notices) - 1
    also = f" (en nog {others})" if others else ""
    return f"[Balie] De mailrouter vraagt aandacht – {notices[0].title}{also}"


def _opening(notices: Sequence[Notice]) -> str:
    if len(notices) == 1:
        return "Let op: er is iets mis met de mail van de dorpsraden."
    return f"Let op: er zijn {len(notices)} dingen mis met de mail van de dorpsraden."


def _shown(notice: Notice, timezone: str) -> Content:
    return {
        "kind": notice.kind,
        "title": notice.title,
        "what": notice.what,
        "since": dutch.sent(notice.since, timezone),
        "lines": [fields.one_line(line, _LONGEST_LINE) for line in notice.lines],
        "does": notice.does,
        "you": notice.you,
    }


def _text(values: Content, routing: Routing) -> str:
    try:
        return render(routing.templates, TEMPLATE, values)
    except RenderError:  # a municipality's own template; the alarm matters more than its looks
        return _built_in(values)


def _built_in(values: Content) -> str:
    blocks = [values["opening"]]
    for alarm in values["alarms"]:
        lines = [alarm["what"], f"Sinds {alarm['since']}.", *(f"- {line}" for line in alarm["lines"])]
        blocks.append("\n".join([*lines, alarm["does"], alarm["you"]]))
    blocks += [f"Opgelost: {line}" for line in values["solved"]]
    blocks += [values["closing"], f"Automatisch verstuurd door de mailrouter van {values['municipality']}."]
    return "\n\n".join(blocks) + "\n"

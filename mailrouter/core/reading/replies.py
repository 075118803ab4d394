"""Answers to an invitation: what calendar programs send when someone accepts, declines or is not sure yet.

iTIP (RFC 5546 §3.2.3, METHOD:REPLY) in iCalendar (RFC 5545), in a part of the mail beside its text or as a file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from mailrouter.core.model import Attachment, Mail
from mailrouter.core.reading import charset, headers

PartStat = Literal["ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED", "NEEDS-ACTION"]

_LONGEST = 200_000
_LONGEST_LINE = 4_000
_PROPERTY = re.compile(
    r"([A-Za-z0-9-]{1,60})((?:;[A-Za-z0-9-]{1,60}=(?:\"[^\"]*\"|[^\";:,]*)(?:,(?:\"[^\"]*\"|[^\";:,]*))*)*):(.*)"
)
_PARAMETER = re.compile(r";([A-Za-z0-9-]{1,60})=(\"[^\"]*\"|[^\";:]*)")
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\(.)")
_TYPES = ("text/calendar", "application/ics", "text/x-vcalendar")
PARTSTATS: tuple[PartStat, ...] = get_args(PartStat)


@dataclass(frozen=True, slots=True)
class CalendarReply:
    """Who answers which invitation, and what.

    `uid` is that of the event (RFC 5545 §3.8.4.7), `attendee` the bare address of who answers, "" where it is missing;
    `summary` and `comment` are one line each, "" without. A `partstat` that RFC 5545 §3.2.12 does not name is read as
    NEEDS-ACTION, as it says.
    """

    uid: str
    attendee: str
    partstat: PartStat
    summary: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    parameters: dict[str, str]
    value: str


def read_reply(mail: Mail) -> CalendarReply | None:
    """The answer to an invitation in this mail, None if it is no such answer. Never raises."""
    for part in _calendars(mail):
        lines = list(_lines(part))
        if _method(part, lines) == "REPLY" and (reply := _reply(_event(lines), mail.sender or "")):
            return reply
    return None


def invitation_uid(mail: Mail) -> str:
    """The UID of the first event that this mail carries, "" without: what answers to an invitation refer to."""
    uids = (_text(_event(list(_lines(part))), "UID", 500) for part in _calendars(mail))
    return next(filter(None, uids), "")


def _calendars(mail: Mail) -> Iterator[Attachment]:
    return (part for part in mail.attachments if part.type in _TYPES or part.name.lower().endswith(".ics"))


def _lines(part: Attachment) -> Iterator[_Line]:
    """Content lines, unfolded (RFC 5545 §3.1), names in capitals; what is no content line is passed over."""
    text = charset.decode(part.content[:_LONGEST], part.parameters.get("charset", ""))
    for line in _FOLD.sub("", text).splitlines():
        if match := _PROPERTY.match(line[:_LONGEST_LINE]):
            parameters = {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(match[2])}
            yield _Line(match[1].upper(), parameters, match[3])


def _method(part: Attachment, lines: list[_Line]) -> str:
    """What the calendar says it is for, or else what the part says (RFC 6047 §2.4 wants them the same)."""
    inside = next((line.value for line in lines if line.name == "METHOD"), "")
    return (inside or part.parameters.get("method", "")).strip().upper()


def _event(lines: list[_Line]) -> list[_Line]:
    """The properties of the first event, without those of the alarms in it."""
    event: list[_Line] = []
    inside: list[str] = []
    for line in lines:
        what = line.value.strip().upper()
        if line.name == "BEGIN":
            inside.append(what)
        elif line.name == "END":
            if inside[-1:] == ["VEVENT"]:
                break
            inside = inside[:-1]
        elif inside[-1:] == ["VEVENT"]:
            event.append(line)
    return event


def _reply(event: list[_Line], sender: str) -> CalendarReply | None:
    uid = _text(event, "UID", 500)
    attendees = [line for line in event if line.name == "ATTENDEE"]
    if not uid or not attendees:
        return None
    mine = next((line for line in attendees if _address(line).lower() == sender.lower()), attendees[0])
    stat = mine.parameters.get("PARTSTAT", "").upper()
    return CalendarReply(
        uid=uid,
        attendee=_address(mine),
        partstat=next((known for known in PARTSTATS if known == stat), "NEEDS-ACTION"),
        summary=_text(event, "SUMMARY", 300),
        comment=_text(event, "COMMENT", 1_000),
    )


def _address(line: _Line) -> str:
    """The address of a calendar user (RFC 5545 §3.3.3), by the value or by its EMAIL parameter (RFC 7986 §6.2)."""
    value = headers.clean(line.value, 300)
    bare = value[7:] if value.lower().startswith("mailto:") else ""
    return bare or headers.clean(line.parameters.get("EMAIL", ""), 300)


def _text(event: list[_Line], name: str, limit: int) -> str:
    """A text value on one line, its escapes undone (RFC 5545 §3.3.11)."""
    value = next((line.value for line in event if line.name == name), "")
    return headers.clean(_ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], value), limit)

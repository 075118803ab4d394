"""Answers to an invitation: what calendar programs send when someone accepts, declines or is not sure yet.

iTIP (RFC 5546 §3.2.3, METHOD:REPLY) in iCalendar (RFC 5545), in a part of the mail beside its text or as a file.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from mailrouter.core.model import Mail
from mailrouter.core.reading import headers
from mailrouter.core.reading.calendars.lines import Line, calendars, components, lines_of, method, text

PartStat = Literal["ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED", "NEEDS-ACTION"]

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


def read_reply(mail: Mail) -> CalendarReply | None:
    """The answer to an invitation in this mail, None if it is no such answer. Never raises."""
    for part in calendars(mail.attachments):
        lines = lines_of(part)
        if method(part, lines) == "REPLY" and (reply := _reply(_event(lines), mail.sender or "")):
            return reply
    return None


def invitation_uid(mail: Mail) -> str:
    """The UID of the first event that this mail carries, "" without: what answers to an invitation refer to."""
    uids = (text(_event(lines_of(part)), "UID", 500) for part in calendars(mail.attachments))
    return next(filter(None, uids), "")


def _event(lines: list[Line]) -> list[Line]:
    """The properties of the first event, without those of the alarms in it."""
    return next(components(lines, "VEVENT"), [])


def _reply(event: list[Line], sender: str) -> CalendarReply | None:
    uid = text(event, "UID", 500)
    attendees = [line for line in event if line.name == "ATTENDEE"]
    if not uid or not attendees:
        return None
    mine = next((line for line in attendees if _address(line).lower() == sender.lower()), attendees[0])
    stat = mine.parameters.get("PARTSTAT", "").upper()
    return CalendarReply(
        uid=uid,
        attendee=_address(mine),
        partstat=next((known for known in PARTSTATS if known == stat), "NEEDS-ACTION"),
        summary=text(event, "SUMMARY", 300),
        comment=text(event, "COMMENT", 1_000),
    )


def _address(line: Line) -> str:
    """The address of a calendar user (RFC 5545 §3.3.3), by the value or by its EMAIL parameter (RFC 7986 §6.2)."""
    value = headers.clean(line.value, 300)
    bare = value[7:] if value.lower().startswith("mailto:") else ""
    return bare or headers.clean(line.parameters.get("EMAIL", ""), 300)

"""Answers to invitations, as calendar programs send them."""

from base64 import encodebytes

import pytest
from hypothesis import given
from hypothesis.strategies import binary, sampled_from, text

from mailrouter.core.reading.parse import parse
from mailrouter.core.reading.replies import CalendarReply, read_reply

HEAD = "From: Anna Smit <a.smit@gemeente.example>\nTo: dorpsraden@gemeente.example\nMIME-Version: 1.0\n"
OUTLOOK = HEAD + (
    'Subject: Geaccepteerd: Jaarvergadering\nContent-Type: multipart/alternative; boundary="a"\n\n'
    "--a\nContent-Type: text/plain; charset=utf-8\n\nIk kom graag.\n\n"
    '--a\nContent-Type: text/calendar; charset="utf-8"; method=REPLY\nContent-Transfer-Encoding: base64\n\n'
    "{}\n--a--\n"
)
OUTLOOK_CALENDAR = """\
BEGIN:VCALENDAR\r
METHOD:REPLY\r
PRODID:Microsoft Exchange Server 2010\r
VERSION:2.0\r
BEGIN:VTIMEZONE\r
TZID:W. Europe Standard Time\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
ATTENDEE;PARTSTAT=ACCEPTED;CN="Smit, Anna: gemeente":mailto:A.Smit@gemeen\r
 te.example\r
COMMENT;LANGUAGE=nl-NL:Ik kom graag\\, met twee collega's.\\nTot dan!\r
UID:040000008200E00074C5B7101A82E008\r
SUMMARY;LANGUAGE=nl-NL:Geaccepteerd: Jaarvergadering\\; dorpshuis\r
BEGIN:VALARM\r
UID:alarm\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
"""
GOOGLE = HEAD + (
    "Subject: Afgewezen: Jaarvergadering\nAuto-Submitted: auto-generated\n"
    'Content-Type: multipart/mixed; boundary="m"\n\n'
    '--m\nContent-Type: multipart/alternative; boundary="a"\n\n'
    "--a\nContent-Type: text/plain\n\nAnna heeft deze uitnodiging afgewezen.\n\n"
    "--a\nContent-Type: text/html\n\n<p>Anna heeft deze uitnodiging afgewezen.</p>\n\n"
    '--a\nContent-Type: text/calendar; charset="UTF-8"; method=REPLY\n\n{0}\n--a--\n\n'
    '--m\nContent-Type: application/ics; name="invite.ics"\n\n{0}\n--m--\n'
)
GOOGLE_CALENDAR = """\
BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REPLY
BEGIN:VEVENT
DTSTART:20250612T180000Z
ORGANIZER;CN=Secretaris:mailto:secretaris@oosterdorp.example
UID:abc123@calendar.provider.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=DECLINED;CN=Anna
 ;X-NUM-GUESTS=0:mailto:a.smit@gemeente.example
SUMMARY:Jaarvergadering
END:VEVENT
END:VCALENDAR
"""
APPLE = HEAD + (
    'Subject: Misschien: Jaarvergadering\nContent-Type: multipart/mixed; boundary="m"\n\n'
    "--m\nContent-Type: text/plain\n\nAnna weet het nog niet.\n\n"
    "--m\nContent-Type: application/octet-stream; name=antwoord.ics\nContent-Disposition: attachment;"
    " filename=antwoord.ics\n\n{}\n--m--\n"
)
APPLE_CALENDAR = """\
BEGIN:VCALENDAR
METHOD:REPLY
PRODID:-//Apple Inc.//macOS 14.0//EN
BEGIN:VEVENT
UID:5F9B
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ander@gemeente.example
ATTENDEE;EMAIL="a.smit@gemeente.example";PARTSTAT=TENTATIVE:/principals/1
SUMMARY:Jaarvergadering
END:VEVENT
END:VCALENDAR
"""


def base64(value: str) -> str:
    return encodebytes(value.encode()).decode()


@pytest.mark.parametrize(
    ("raw", "reply"),
    [
        (
            OUTLOOK.format(base64(OUTLOOK_CALENDAR)),
            CalendarReply(
                uid="040000008200E00074C5B7101A82E008",
                attendee="A.Smit@gemeente.example",
                partstat="ACCEPTED",
                summary="Geaccepteerd: Jaarvergadering; dorpshuis",
                comment="Ik kom graag, met twee collega's. Tot dan!",
            ),
        ),
        (
            GOOGLE.format(GOOGLE_CALENDAR),
            CalendarReply("abc123@calendar.provider.example", "a.smit@gemeente.example", "DECLINED", "Jaarvergadering"),
        ),
        (
            APPLE.format(APPLE_CALENDAR),
            CalendarReply("5F9B", "a.smit@gemeente.example", "TENTATIVE", "Jaarvergadering"),
        ),
    ],
    ids=["Outlook", "Google", "Apple"],
)
def test_answers_of_common_programs_are_read(raw: str, reply: CalendarReply) -> None:
    """Beside the text or as a file, folded, quoted, escaped and encoded."""
    assert reply == read_reply(parse(raw.encode()))


def calendar(method: str, event: str, declared: str = "REPLY") -> CalendarReply | None:
    body = f"BEGIN:VCALENDAR\n{method}BEGIN:VEVENT\n{event}END:VEVENT\nEND:VCALENDAR\n"
    return read_reply(parse(f"{HEAD}Content-Type: text/calendar; method={declared}\n\n{body}".encode()))


ATTENDEE = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.example\n"


def test_the_method_may_stand_in_the_part_alone() -> None:
    """Some programs leave it out of the calendar."""
    assert CalendarReply("1", "a@x.example", "ACCEPTED") == calendar("", "UID:1\n" + ATTENDEE)


@pytest.mark.parametrize(
    ("method", "event", "declared"),
    [
        ("METHOD:REQUEST\n", "UID:1\n" + ATTENDEE, "REPLY"),
        ("", "UID:1\n" + ATTENDEE, "REQUEST"),
        ("METHOD:CANCEL\n", "UID:1\n" + ATTENDEE, "CANCEL"),
        ("METHOD:REPLY\n", ATTENDEE, "REPLY"),
        ("METHOD:REPLY\n", "UID:1\n", "REPLY"),
    ],
)
def test_other_calendars_are_no_answer(method: str, event: str, declared: str) -> None:
    """An invitation, a cancellation, or an answer that says neither what nor who."""
    assert calendar(method, event, declared) is None


def test_an_unknown_answer_is_none_yet() -> None:
    """RFC 5545 §3.2.12: what is not known is read as NEEDS-ACTION."""
    reply = calendar("METHOD:REPLY\n", "UID:1\nATTENDEE;PARTSTAT=X-PERHAPS:mailto:a@x.example\n")
    assert CalendarReply("1", "a@x.example", "NEEDS-ACTION") == reply


def test_what_is_read_is_clean_and_short() -> None:
    """It is shown to people and goes into letters."""
    reply = calendar("METHOD:REPLY\n", f"UID:1\n{ATTENDEE}SUMMARY:\u202ea\x1b\\nb{'c' * 5_000}\n")
    assert reply is not None
    assert (300, True) == (len(reply.summary), reply.summary.isprintable())


@given(sampled_from(["", "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:1\nATTENDEE"]), text(max_size=500))
def test_any_calendar_can_be_asked_for_an_answer(before: str, rest: str) -> None:
    """Whatever the words, there is an answer or none."""
    raw = f"{HEAD}Content-Type: text/calendar; method=REPLY\n\n{before}{rest}".encode("utf-8", "replace")
    reply = read_reply(parse(raw))
    assert reply is None or reply.uid


@given(binary(max_size=1_000))
def test_any_mail_can_be_asked_for_an_answer(raw: bytes) -> None:
    """Whatever the bytes, there is an answer or none."""
    assert read_reply(parse(raw)) is None or b"REPLY" in raw.upper()

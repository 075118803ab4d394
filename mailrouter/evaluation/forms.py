"""A record as the mails a council could have sent it in: in the body, as a PDF, as a Word document.

The sender is always certain: each council gets a village of its own with an address that is listed for it. Nothing else
of the config's villages helps; no venue is known beforehand.
"""

import hashlib
import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from mailrouter.core.routing import Routing, Village
from mailrouter.evaluation.pdf import make_pdf
from mailrouter.evaluation.record import PartialDate, Record
from mailrouter.evaluation.word import make_word

Form = Literal["body", "pdf", "docx"]
FORMS: tuple[Form, ...] = get_args(Form)

_MINUTES = "minutes"
_AFTER = timedelta(days=7)
"""Minutes are sent after the meeting..."""
_BEFORE = timedelta(days=10)
"""...and anything else about a day before that day."""
_UNDATED = date(2024, 7, 1)
"""When a text was sent of which nothing tells when."""
_LAST_YEAR = _UNDATED.year
_WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
_COVER_SUBJECT = "Stuk van de dorpsraad"
_COVER = "Beste mensen,\n\nIn de bijlage vindt u het stuk.\n\nMet vriendelijke groet,\nde secretaris\n"
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Made:
    """A mail made of a record, and the moment it is received."""

    record: Record
    form: Form
    raw: bytes
    reference: datetime


def routing_for(records: Iterable[Record], routing: Routing) -> Routing:
    """The routing table with the councils of the records in place of its villages."""
    villages = {
        _key(record): Village(name=_name(record), council=record.council, senders=(_address(record),))
        for record in records
    }
    return routing.model_copy(update={"villages": villages})


def make_mails(record: Record, routing: Routing) -> list[Made]:
    """The record in each of the three forms, addressed to the shared address."""
    reference = datetime.combine(sent_on(record), time(12), ZoneInfo(routing.timezone))
    return [Made(record, form, _mail(record, form, reference, routing.address), reference) for form in FORMS]


def sent_on(record: Record) -> date:
    """The day on which the mail is sent: as the record says, else by the day its text is about, else a fixed day."""
    if record.sent:
        return record.sent
    if record.event_date is None:
        return _UNDATED
    minutes = record.label == _MINUTES
    about = _whole(record.event_date, record, last=minutes)
    return about + _AFTER if minutes else about - _BEFORE


def _whole(about: PartialDate, record: Record, *, last: bool) -> date:
    """A date that is known in part: the last (or first) day it may be."""
    year = about.year or _likely_year(about, record)
    month = about.month or (12 if last else 1)
    days = monthrange(year, month)[1]
    return date(year, month, min(days, about.day) if about.day else days if last else 1)


def _likely_year(about: PartialDate, record: Record) -> int:
    """The last year in which the day falls on the weekday that the text names before it; the last of all if none."""
    if about.month is None or about.day is None:
        return _LAST_YEAR
    named = re.search(
        rf"({'|'.join(_WEEKDAYS)})\W{{1,3}}(?:\w{{2,5}} )?{about.day} {_MONTHS[about.month - 1]}",
        f"{record.title}\n{record.text}".lower(),
    )
    for year in range(_LAST_YEAR, _LAST_YEAR - 28, -1):
        real = about.day <= monthrange(year, about.month)[1]
        if real and (not named or date(year, about.month, about.day).weekday() == _WEEKDAYS.index(named[1])):
            return year
    return _LAST_YEAR


def _mail(record: Record, form: Form, reference: datetime, to: str) -> bytes:
    mail = EmailMessage(SMTP)
    mail["From"] = Address(_line(record.council or _name(record)), addr_spec=_address(record))
    mail["To"] = to
    mail["Date"] = reference
    mail["Message-ID"] = f"<record-{record.line}-{form}@evaluation.example>"
    title = _line(record.title)
    mail["Subject"] = title if form == "body" else _COVER_SUBJECT
    mail.set_content(record.text if form == "body" else _COVER)
    name = f"{re.sub(r'[/:]', '-', title)[:_LONGEST_NAME].strip() or 'stuk'}.{form}"
    if form == "pdf":
        mail.add_attachment(make_pdf(record.text), "application", "pdf", filename=name)
    elif form == "docx":
        word = "vnd.openxmlformats-officedocument.wordprocessingml.document"
        mail.add_attachment(make_word(record.text), "application", word, filename=name)
    return mail.as_bytes()


def _key(record: Record) -> str:
    """The village of a record; records of one council have one in common."""
    name = f"{record.council}|{record.village}"
    return f"council-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _name(record: Record) -> str:
    return _line(record.village or record.council) or "onbekend"


def _address(record: Record) -> str:
    return f"secretaris@{_key(record)}.example"


def _line(words: str) -> str:
    """One line that can stand in a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())

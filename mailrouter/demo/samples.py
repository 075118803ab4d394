"""The mails of the demo, as they lie in the shared mailbox.

Texts and documents are the files in `samples/` beside this module; `mailrouter.demo.catalogue` tells what becomes of
them. To add one: a text in `samples/` and an entry in the catalogue.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Final

from mailrouter.demo import mailprograms
from mailrouter.demo.catalogue import CATALOGUE, Entry, Expect
from mailrouter.demo.mailprograms import Attached, Writing

__all__ = ["WEEK", "Expect", "Sample", "samples"]

WEEK: Final = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
"""The Monday on which the first sample arrives; the texts name days around it."""

_FOLDER: Final = Path(__file__).parent / "samples"
_DRAWING_BYTES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail as it lies in the shared mailbox, with the moment it came in (INTERNALDATE)."""

    name: str
    about: str
    raw: bytes
    received: datetime
    expect: Expect


def samples(reference: datetime = WEEK) -> list[Sample]:
    """All samples in order of arrival, the first at `reference` (aware)."""
    return [_sample(entry, reference + timedelta(hours=entry.hours)) for entry in CATALOGUE]


def _sample(entry: Entry, received: datetime) -> Sample:
    return Sample(entry.name, entry.about, _raw(entry, received), received, entry.expect)


def _raw(entry: Entry, received: datetime) -> bytes:
    if entry.expect.duplicate_of:
        return _once_more(entry, received)
    if (template := _FOLDER / f"{entry.name}.eml").exists():
        return _from_template(template, received)
    mail = mailprograms.write(_writing(entry), entry.program, mailprograms.sent_before(received))
    return mailprograms.deliver(mail, received, envelope_from="" if entry.expect.automatic == "auto-reply" else None)


def _once_more(entry: Entry, received: datetime) -> bytes:
    """The mail of another sample as it comes in through an alias: another way, another encoding, the same mail."""
    first = next(other for other in CATALOGUE if other.name == entry.expect.duplicate_of)
    sent = mailprograms.sent_before(received - timedelta(hours=entry.hours - first.hours))
    mail = mailprograms.write(_writing(first), entry.program, sent)
    return mailprograms.deliver(mail, received, hops=("lijst.gemeente.example",))


def _writing(entry: Entry) -> Writing:
    html, calendar = _FOLDER / f"{entry.name}.html", _FOLDER / f"{entry.name}.ics"
    return Writing(
        sender=entry.sender,
        subject=entry.subject,
        text=(html if html.exists() else _FOLDER / f"{entry.name}.txt").read_text("utf-8"),
        files=tuple(Attached(name, type, _content(name)) for name, type in entry.files),
        calendar=calendar.read_text("utf-8") if calendar.exists() else "",
        headers=entry.headers,
    )


def _content(name: str) -> bytes:
    """A document from the folder; the large drawing is made on the spot."""
    return mailprograms.drawing(_DRAWING_BYTES) if name.endswith(".png") else (_FOLDER / name).read_bytes()


def _from_template(file: Path, received: datetime) -> bytes:
    """A mail that no mail program would write: kept whole, but for its dates.

    Encoded as windows-1252, whatever it says of itself: for the broken mail that is the point, the others are ASCII.
    """
    dates = {"date": mailprograms.sent_before(received), "received": received}
    text = Template(file.read_text("utf-8")).substitute(
        {name: mailprograms.stamp(moment) for name, moment in dates.items()}
    )
    return text.replace("\n", "\r\n").encode("windows-1252")

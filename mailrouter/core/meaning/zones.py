"""A mail seen as zones to read from: subject, own words, quoted history, file names and attachments' texts."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from mailrouter.core.meaning.dates import FoundDate, FoundTime, Lean, find_dates, find_times
from mailrouter.core.meaning.words import lower
from mailrouter.core.model import Mail

MOST = 64 * 1024
"""Characters read of one zone: more than any council writes, little enough to stay quick."""
_MOST_ATTACHED = 2 * MOST
"""Characters read of all attachments together."""
_MOST_NAMES = 20
_LONGEST_NAME = 200
_MOST_FOUND = 200
_FRESH = timedelta(days=7)
_REPLY = re.compile(r"\s*(?:re|antw|aw|antwoord)\s*:", re.IGNORECASE)
_FORWARD = re.compile(r"\s*(?:fw|fwd|doorst|tr|wg)\s*:\s*", re.IGNORECASE)
_COMPACT_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
_FEW_WORDS = 20

ZoneName = Literal["subject", "text", "quoted", "filename", "attachment"]


@dataclass(frozen=True)
class Zone:
    """A stretch of the mail that is read as one, and the day it counts from."""

    name: ZoneName
    text: str
    today: date

    @cached_property
    def lowered(self) -> str:
        """The text in lower case, every character in its place."""
        return lower(self.text)

    @property
    def is_title(self) -> bool:
        """Whether it names what the mail is about, and nothing else."""
        return self.name in ("subject", "filename")

    @cached_property
    def dates(self) -> list[FoundDate]:
        """The dates in it; a missing year is the nearest."""
        return find_dates(self.text, self.today, title=self.is_title)[:_MOST_FOUND]

    @cached_property
    def times(self) -> list[FoundTime]:
        """The clock times in it."""
        return find_times(self.text)[:_MOST_FOUND]

    def dates_towards(self, lean: Lean | None) -> list[FoundDate]:
        """The dates in it, a missing year sought on one side of today only."""
        return (
            self.dates if lean is None else find_dates(self.text, self.today, lean, title=self.is_title)[:_MOST_FOUND]
        )


def zones(mail: Mail, today: date) -> tuple[Zone, ...]:
    """The zones of a mail in the order in which they are believed: attachments, subject, own words, the rest.

    The subject of a reply is history, not news; a forwarded mail without words of its own speaks with the text it
    passes on.
    """
    own, quoted = mail.new_text, _quoted(mail)
    forwarded = bool(_FORWARD.match(mail.subject))
    if len(own.strip()) < _FEW_WORDS or forwarded:
        own, quoted = mail.text, ""
    subject = _FORWARD.sub("", mail.subject)
    if _REPLY.match(subject):
        subject, quoted = "", f"{subject}\n{quoted}"
    found: list[tuple[ZoneName, str]] = [("attachment", text) for text in _attached(mail)]
    found += [("subject", subject), ("text", own)]
    found += [("filename", _file_name(item.name)[:_LONGEST_NAME]) for item in mail.attachments[:_MOST_NAMES]]
    found.append(("quoted", quoted))
    return tuple(Zone(name, text[:MOST], today) for name, text in found if text.strip())


def writing_day(mail: Mail, reference: datetime, timezone: str) -> date:
    """The day relative words count from: the Date header if at most 7 days before the reference, else the reference."""
    zone = ZoneInfo(timezone)
    written = mail.date
    if written is not None and written.tzinfo is None:
        written = written.replace(tzinfo=zone)
    aware = reference if reference.tzinfo else reference.replace(tzinfo=zone)
    if written is not None and timedelta(0) <= aware - written <= _FRESH:
        return written.astimezone(zone).date()
    return aware.astimezone(zone).date()


def _attached(mail: Mail) -> list[str]:
    """The texts of the attachments, until there is enough to read."""
    texts, left = [], _MOST_ATTACHED
    for item in mail.attachments:
        if item.text and left > 0:
            texts.append(item.text[: min(MOST, left)])
            left -= len(texts[-1])
    return texts


def _quoted(mail: Mail) -> str:
    """The lines of the body that are not the sender's own."""
    if len(mail.new_text) >= len(mail.text):
        return ""
    if mail.text.startswith(mail.new_text):
        return mail.text[len(mail.new_text) :]
    own = set(mail.new_text.split("\n"))
    return "\n".join(line for line in mail.text[: 2 * MOST].split("\n") if line not in own)


def _file_name(name: str) -> str:
    """A file name as words: "notulen_20220706.pdf" → "notulen 2022-07-06.pdf"."""
    return _COMPACT_DATE.sub(r"\1-\2-\3", name.replace("_", " "))

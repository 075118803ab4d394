"""The loop breaker's rule: which mails may be going round, and how many of them are too many.

Only mails of one sender that say the same again, or that carry a sign of a loop, are counted together, and by the
moment they were received. So a council that sends a year of minutes in one evening is not stopped, nor is a backlog
of days that is read in a minute.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from mailrouter.core.identity import header_of
from mailrouter.core.writing.content import short_id

MOST = 20
"""Mails that are alike and are still forwarded when they come within `WITHIN`."""
WITHIN = 600.0
"""Seconds."""
HOPS = 20
"""Received fields that a mail that does not go round hardly ever has; above 50 it is filed as a loop."""

_ANSWERED = re.compile(r"(?:\s*(?:re|antw?|aw|fw|fwd|doorst|wg)\s*(?:\[\d+\])?:)+", re.IGNORECASE)
_RECEIVED = re.compile(rb"(?mi)^received[ \t]*:")


def shows_loop(raw: bytes, mentioned: tuple[str, ...]) -> bool:
    """Whether a mail carries a sign of a loop: it mentions letters of ours, or came by very many servers."""
    return bool(mentioned) or len(_RECEIVED.findall(header_of(raw))) >= HOPS


def likeness(mail: Mapping[str, Any], loop: bool) -> str:
    """What mails have in common that are counted together (hex); empty when this one is counted with none.

    `mail` is that of `explain --json`. Message-ID and Date do not count, nor do answer marks, case and blanks.
    """
    sender = str(mail.get("from") or "").lower()
    if not sender:
        return ""
    said = ["loop"] if loop else [_subject(mail), _plain(mail.get("text")), *_files(mail)]
    return hashlib.sha256(json.dumps([sender, *said]).encode()).hexdigest()


def is_too_many(earlier: int) -> bool:
    """Whether a mail is held, when so many that are like it came within `WITHIN` before it."""
    return earlier >= MOST


def because(told: Mapping[str, Any], loop: bool, earlier: int, first: str) -> tuple[str, str]:
    """Why a mail is held, and what the desk can do, in Dutch.

    `told` is its object of `explain --json`, `earlier` the number of mails it is counted with, `first` the moment the
    first of them came, in words.
    """
    alike = "met sporen van een kringloop" if loop else "met hetzelfde onderwerp en dezelfde tekst"
    return (
        f"de router houdt deze mail vast, want hij gaat misschien rond: {told['mail']['from']} stuurde in de "
        f"{WITHIN / 60:.0f} minuten ervoor al {earlier} mails {alike}, de eerste op {first}",
        f"klopt de mail? Stuur hem dan door met: mailrouter release {short_id(told['fingerprint'])}",
    )


def _subject(mail: Mapping[str, Any]) -> str:
    subject = str(mail.get("subject") or "")
    answered = _ANSWERED.match(subject)
    return _plain(subject[answered.end() :] if answered else subject)


def _plain(text: object) -> str:
    return " ".join(str(text or "").casefold().split())


def _files(mail: Mapping[str, Any]) -> list[str]:
    """Attachments by name and size: many scans can come with the same few words."""
    return [f"{file['name']} {file['bytes']}" for file in mail.get("attachments") or ()]

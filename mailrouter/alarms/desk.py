"""What lies with the desk: mails that went to its folder long ago, and that nobody took out of it."""

import re
from collections.abc import Sequence
from typing import Protocol

from mailrouter.imap import FolderReader
from mailrouter.journal.concerns import AtDesk

_FIELD = re.compile(rb"(?im)^message-id[ \t]*:((?:[^\r\n]|\r?\n(?=[ \t]))*)")
_BRACKETED = re.compile(rb"<([^<>\s]+)>")


class DeskFolder(FolderReader, Protocol):
    """The part of the intake that tells what lies in a folder."""

    def ensure(self, folder: str) -> bool: ...


def lying_in(intake: DeskFolder, folder: str, given: Sequence[AtDesk]) -> tuple[int, ...]:
    """Those of the mails that lie in that folder; Trouble when it cannot be looked into.

    A mail is known by its Message-ID. One that has none is known by the moment it came in, which it keeps when moved.
    """
    if not given:
        return ()
    intake.ensure(folder)
    uids = intake.uids(folder).uids
    ids: set[str] = set()
    moments: set[float] = set()
    for listed in intake.list(folder, uids) if uids else ():
        ids.add(_message_id(listed.header))
        moments.add(listed.received.timestamp())
    return tuple(mail.id for mail in given if (mail.message_id in ids if mail.message_id else mail.received in moments))


def _message_id(header: bytes) -> str:
    """The Message-ID as explanations have it: without its brackets; empty if there is none."""
    field = _FIELD.search(header)
    value = field[1] if field else b""
    bracketed = _BRACKETED.search(value)
    return (bracketed[1] if bracketed else value.strip().strip(b"<>")).decode("ascii", "replace")

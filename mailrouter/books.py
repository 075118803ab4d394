"""Do the books balance? The journal against itself, and against what lies in the mailbox."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from mailrouter.core.settings import Settings
from mailrouter.imap import Mailbox
from mailrouter.journal import Journal


def discrepancies(journal: Journal, mailbox: Mailbox | None, settings: Settings) -> list[str]:
    """Every mail that is not accounted for, one line each; Trouble when the mailbox is out of reach."""
    lines = journal.audit()
    if mailbox is None:
        return lines
    inbox = settings.mailbox.inbox
    before = mailbox.uids(inbox)
    filed = journal.filed_uids(inbox, before.uidvalidity)
    known = journal.known_uids(inbox, before.uidvalidity)
    highest = journal.highest_uid(inbox, before.uidvalidity)
    now = mailbox.uids(inbox)
    if now.uidvalidity != before.uidvalidity:
        return lines
    still = [f"mail {filed[uid]} is filed and still lies in {inbox} (UID {uid})" for uid in now.uids if uid in filed]
    passed = [uid for uid in now.uids if uid < highest and uid not in known and uid not in filed]
    return [*lines, *still, *(f"UID {uid} in {inbox} was passed over" for uid in _mail_of(mailbox, settings, passed))]


def _mail_of(mailbox: Mailbox, settings: Settings, uids: Sequence[int]) -> Iterator[int]:
    """Those of these messages that are mail to be taken in: no letters of ours, and not from before the cut-off."""
    zone, since = ZoneInfo(settings.municipality.timezone), settings.mailbox.since
    for listed in mailbox.list(settings.mailbox.inbox, uids) if uids else ():
        old = since is not None and listed.received.astimezone(zone).date() < since
        if not old and b"x-mailrouter-letter" not in listed.header.lower():
            yield listed.uid

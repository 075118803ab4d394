"""Do the books balance? The journal against itself, and against what lies in the mailbox."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from mailrouter.core.identity import own_ids
from mailrouter.core.settings import Settings
from mailrouter.imap import FolderReader, Listed
from mailrouter.journal import Books, Journal


def balance(journal: Journal, mailbox: FolderReader | None, settings: Settings) -> Books:
    """How the books stand, also while the daemon works; Trouble when the mailbox is out of reach.

    Each mail that is not accounted for is one line.
    """
    books = journal.books(settings.receipts.wait.total_seconds())
    if mailbox is None:
        return books
    inbox = settings.mailbox.inbox
    before = mailbox.uids(inbox)
    highest = journal.highest_uid(inbox, before.uidvalidity)
    filed = journal.filed_uids(inbox, before.uidvalidity)
    known = journal.known_uids(inbox, before.uidvalidity)
    now = mailbox.uids(inbox)
    if now.uidvalidity != before.uidvalidity:
        return books
    still = [
        f"mail {filed[uid]} is filed and still lies in {inbox} (UID {uid}): move it to its folder by hand"
        for uid in now.uids
        if uid in filed
    ]
    unknown = [uid for uid in now.uids if uid not in known and uid not in filed]
    if journal.backlog_waits():
        told = f"a backlog is being taken in: {len(unknown)} messages in {inbox} wait for their turn"
        return Books([*books.wrong, *still], [*books.remarks, told])
    seen = _unknown_mail(mailbox, settings, unknown, highest)
    return Books([*books.wrong, *still, *seen.wrong], [*books.remarks, *seen.remarks])


def _unknown_mail(mailbox: FolderReader, settings: Settings, uids: Sequence[int], highest: int) -> Books:
    """Of what the journal never saw: what was passed over, and receipts that wait to be set aside."""
    inbox, passed, receipts = settings.mailbox.inbox, [], 0
    for listed in _to_be_taken_in(mailbox, settings, uids):
        if _is_own(listed, settings):
            receipts += 1
        elif listed.uid < highest:
            passed.append(f"UID {listed.uid} in {inbox} was passed over: move it out and in again, to be taken in")
    told = f"{receipts} of our own receipts lie in {inbox}: the daemon sets them aside when it looks"
    return Books(passed, [told] if receipts else [])


def _to_be_taken_in(mailbox: FolderReader, settings: Settings, uids: Sequence[int]) -> Iterator[Listed]:
    """Those of these messages that are not from before the cut-off."""
    zone, since = ZoneInfo(settings.municipality.timezone), settings.mailbox.since
    for listed in mailbox.list(settings.mailbox.inbox, uids) if uids else ():
        if since is None or listed.received.astimezone(zone).date() >= since:
            yield listed


def _is_own(listed: Listed, settings: Settings) -> bool:
    """Whether it is a letter of ours; without the router key only by what it says of itself."""
    if settings.router.key is None:
        return b"x-mailrouter-letter" in listed.header.lower()
    key = settings.router.key.get_secret_value().encode()
    return own_ids(listed.header, key, settings.mailbox.address).itself is not None

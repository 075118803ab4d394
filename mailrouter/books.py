"""Do the books balance? The journal against itself, and against what lies in the mailbox."""

from mailrouter.core.settings import Settings
from mailrouter.imap import Mailbox
from mailrouter.journal import Journal


def discrepancies(journal: Journal, mailbox: Mailbox | None, settings: Settings) -> list[str]:
    """Every mail that is not accounted for, one line each; Trouble when the mailbox is out of reach."""
    lines = journal.audit()
    if mailbox is None:
        return lines
    inbox = settings.mailbox.inbox
    state = mailbox.uids(inbox)
    filed = journal.filed_uids(inbox, state.uidvalidity)
    return lines + [
        f"mail {filed[uid]} is filed and still lies in {inbox} (UID {uid})" for uid in state.uids if uid in filed
    ]

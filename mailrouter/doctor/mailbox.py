"""The mailbox: can we get in, and may we do there what the router has to do?"""

from collections.abc import Iterator

from mailrouter.config import Config
from mailrouter.doctor.finding import Finding, ends, error, ok, trouble
from mailrouter.imap import Mailbox, Trouble
from mailrouter.tokens import Tokens
from mailrouter.wiring import mailbox_of

_SOON = 14.0
"""Days before the end of a server's certificate in which that is told."""
_TAKE, _PUT = "rte", "ri"
"""Rights (RFC 4314 §2.1): read, delete and expunge in the inbox, which a move needs; read and insert elsewhere."""


def examined(config: Config, tokens: Tokens | None) -> Iterator[Finding]:
    """What there is to say of the mailbox."""
    mailbox = mailbox_of(config, tokens)
    inbox = config.settings.mailbox.inbox
    try:
        lying = len(mailbox.uids(inbox).uids)
        yield ok("mailbox", f"logged in, {lying} messages in {inbox}")
        if end := mailbox.certificate_ends():
            to_do = "Its administrator must renew it: after that day we send no password, and read nothing."
            yield ends("mailbox certificate", "the certificate of the mail server", end, _SOON, to_do)
        yield from _rights(mailbox, config)
    except Trouble as said:
        yield trouble("mailbox", str(said))
    finally:
        mailbox.close()


def _rights(mailbox: Mailbox, config: Config) -> Iterator[Finding]:
    inbox, wrong = config.settings.mailbox.inbox, 0
    for folder in (inbox, *_targets(config)):
        if fault := _fault(mailbox, folder, _TAKE if folder == inbox else _PUT):
            wrong += 1
            to_do = (
                f"Give the account {config.settings.mailbox.user} the right to read, file and remove mail in this "
                "folder (FullAccess on Microsoft 365; MYRIGHTS rite elsewhere), or make the folder by hand."
            )
            yield error("folder", fault, to_do)
    if not wrong:
        yield ok("folder", "mail can be taken out of the inbox and put in every folder")


def _targets(config: Config) -> list[str]:
    """The folders that mail is moved to; of those by village one, as they are all made alike."""
    folders, receipts = config.settings.folders, config.settings.receipts
    key, village = next(iter(config.routing.villages.items()))
    done = folders.done.format(village=key, name=village.name)
    own = [receipts.folder] if receipts.address else []
    return list(dict.fromkeys([*own, folders.desk, folders.automatic, folders.duplicates, done]))


def _fault(mailbox: Mailbox, folder: str, needed: str) -> str:
    """Why the router cannot use this folder; empty when it can."""
    try:
        mailbox.ensure(folder)
        rights = mailbox.rights(folder)
    except Trouble as said:
        if "not writable" in str(said):  # so imaplib says it
            return f"{folder} can only be read"
        return f"{folder} cannot be made or opened: {said}"
    lacking = "".join(letter for letter in needed if rights is not None and letter not in rights)
    return f"{folder} lacks rights ({lacking} of RFC 4314)" if lacking else ""

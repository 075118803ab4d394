"""`check --connect`: can we log in to the mailbox and to the relay?"""

from collections.abc import Iterator

from mailrouter.config import Config
from mailrouter.imap import Mailbox, Trouble
from mailrouter.smtp import Relay


def probe(config: Config) -> Iterator[tuple[str, str | None]]:
    """("mailbox" | "relay", what is wrong or None). Nothing is changed and nothing is sent."""
    yield "mailbox", _mailbox(config)
    yield "relay", _relay(config)


def _mailbox(config: Config) -> str | None:
    account = config.settings.mailbox
    mailbox = Mailbox(account, config.path(account.ca_file) if account.ca_file else None, readonly=True)
    try:
        mailbox.uids(account.inbox)
    except Trouble as trouble:
        return str(trouble)
    finally:
        mailbox.close()
    return None


def _relay(config: Config) -> str | None:
    settings = config.settings.delivery
    ca_file = config.path(settings.ca_file) if settings.ca_file else None
    relay = Relay(settings, config.settings.mailbox.address, config.settings.receipts.address, ca_file)
    try:
        return relay.probe()
    finally:
        relay.close()

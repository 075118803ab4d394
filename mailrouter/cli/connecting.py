"""`check --connect`: can we log in to the mailbox and to the relay?"""

from collections.abc import Iterator

from mailrouter.config import Config
from mailrouter.imap import Trouble
from mailrouter.wiring import mailbox_of, relay_of


def probe(config: Config) -> Iterator[tuple[str, str | None]]:
    """("mailbox" | "relay", what is wrong or None). Nothing is changed and nothing is sent."""
    yield "mailbox", _mailbox(config)
    yield "relay", _relay(config)


def _mailbox(config: Config) -> str | None:
    mailbox = mailbox_of(config, readonly=True)
    try:
        mailbox.uids(config.settings.mailbox.inbox)
    except Trouble as trouble:
        return str(trouble)
    finally:
        mailbox.close()
    return None


def _relay(config: Config) -> str | None:
    relay = relay_of(config)
    try:
        return relay.probe()
    finally:
        relay.close()

"""`check --connect`: can we log in to the mailbox and to the relay?"""

from collections.abc import Iterator

from mailrouter.config import Config
from mailrouter.imap import Trouble
from mailrouter.tokens import Tokens
from mailrouter.wiring import mailbox_of, relay_of, tokens_of


def probe(config: Config) -> Iterator[tuple[str, str | None]]:
    """("mailbox" | "relay", what is wrong or None). Nothing is changed and nothing is sent."""
    tokens = tokens_of(config)
    yield "mailbox", _mailbox(config, tokens)
    yield "relay", _relay(config, tokens)


def _mailbox(config: Config, tokens: Tokens | None) -> str | None:
    mailbox = mailbox_of(config, tokens, readonly=True)
    try:
        mailbox.uids(config.settings.mailbox.inbox)
    except Trouble as trouble:
        return str(trouble)
    finally:
        mailbox.close()
    return None


def _relay(config: Config, tokens: Tokens | None) -> str | None:
    relay = relay_of(config, tokens)
    try:
        return relay.probe()
    finally:
        relay.close()

"""Wiring: the only place that knows all parts, and makes a router of them."""

import os
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from mailrouter import template_faults
from mailrouter.alarms import Watch, keep_expiry, keep_poll, keep_unread
from mailrouter.books import balance
from mailrouter.cage import Cage
from mailrouter.config import Config, ConfigError, load, run_examples
from mailrouter.core.settings import Delivery
from mailrouter.core.understand import understand_example
from mailrouter.imap import Mailbox
from mailrouter.journal import Journal
from mailrouter.promises import Promises
from mailrouter.receipts import Receipts
from mailrouter.reminders import remind
from mailrouter.retention import Retention
from mailrouter.router import Router
from mailrouter.smtp import Relay
from mailrouter.tokens import Tokens, TokenService, expires
from mailrouter.witness import Witness

log = structlog.get_logger()

_HASTE = timedelta(seconds=30)


class NoKey(Exception):
    """The router key is missing."""


@dataclass
class Parts:
    """A router and everything it was made of."""

    config: Config
    journal: Journal
    cage: Cage
    mailbox: Mailbox
    relay: Relay
    promises: Promises
    receipts: Receipts
    router: Router
    watch: Watch
    retention: Retention

    def polled(self) -> None:
        """The mailbox was read just now."""
        keep_poll(self.journal, time.time())

    def unread(self, trouble: str) -> None:
        """The mailbox could not be read just now."""
        keep_unread(self.journal, trouble)

    def inspect(self) -> None:
        """What is looked at once an hour: the books, and what the alarms need of the mailbox. Trouble passes."""
        wrong = balance(self.journal, self.mailbox, self.config.settings).wrong
        for line in wrong:
            log.error("the books do not balance", what=line)
        self.watch.inspect(wrong, self.mailbox)
        if remind(self.journal, self.promises, self.mailbox, self.config.settings.desk.remind):
            self.router.to_deliver.set()

    def close(self) -> None:
        """Let go of connections, workers and journal."""
        self.relay.close()
        self.mailbox.close()
        self.cage.close()
        self.journal.close()


def router_key(config: Config) -> bytes | None:
    """The secret that signs the ids of our letters."""
    key = config.settings.router.key
    return key.get_secret_value().encode() if key else None


def load_checked(folder: Path) -> Config:
    """A config that reads well and routes its own examples as they say; ConfigError with every problem otherwise."""
    config = load(folder)
    refuse_misrouting(config)
    return config


def refuse_misrouting(config: Config) -> None:
    """ConfigError with every example that comes out otherwise than it says."""
    if wrong := run_examples(config, understand_example):
        raise ConfigError(wrong)


def build(config: Config) -> Parts:
    """Make a router of a config. NoKey if there is no router key and one may not simply be made."""
    settings, folder = config.settings, config.state_folder()
    key = router_key(config) or _first_key(config, folder)
    cage = Cage(config.routing)
    cage.warm_up()
    journal = Journal(folder)
    journal.check()
    journal.note("config", config.routing.hash)
    template_faults.begin(journal, config.routing)
    tokens = tokens_of(config)
    keep_expiry(journal, tokens.expires if tokens else None)
    mailbox = mailbox_of(config, tokens)
    relay = relay_of(config, tokens)
    promises = Promises(journal, cage, config.routing, key, largest=relay.largest_letter)
    receipts = Receipts(mailbox, journal, settings, key, Witness(journal.identity))
    cage.wait_until_started()
    router = Router(mailbox, relay, journal, promises, receipts, settings)
    watch = Watch(journal, settings, lambda: promises.routing, relay, lambda: once_relay_of(config, tokens))
    retention = Retention(journal, mailbox, settings)
    return Parts(config, journal, cage, mailbox, relay, promises, receipts, router, watch, retention)


def tokens_of(config: Config) -> Tokens | None:
    """Where `login: oauth` gets its tokens, for mailbox and relay together; None where nobody logs in that way."""
    settings = config.settings
    if "oauth" not in (settings.mailbox.login, settings.delivery.login):
        return None
    certificate = file_of(config, settings.oauth.certificate)
    service = TokenService(settings.oauth, file_of(config, settings.oauth.ca_file), certificate)
    return Tokens(service, expires(settings.oauth, certificate))


def mailbox_of(config: Config, tokens: Tokens | None = None, *, readonly: bool = False) -> Mailbox:
    """The shared mailbox, not yet connected."""
    account = config.settings.mailbox
    return Mailbox(account, file_of(config, account.ca_file), tokens or tokens_of(config), readonly=readonly)


def relay_of(config: Config, tokens: Tokens | None = None) -> Relay:
    """The relay, not yet connected."""
    return _relay(config, config.settings.delivery, config.settings.receipts.address, tokens)


def once_relay_of(config: Config, tokens: Tokens | None) -> Relay:
    """The relay for a mail that is no letter: without receipts, and so hasty that letters do not wait long for it."""
    hasty = {"connections": 1, "connect_timeout": _HASTE, "timeout": _HASTE, "accept_timeout": _HASTE}
    return _relay(config, config.settings.delivery.model_copy(update=hasty), None, tokens)


def _relay(config: Config, delivery: Delivery, receipt: str | None, tokens: Tokens | None) -> Relay:
    ca_file = file_of(config, delivery.ca_file)
    return Relay(delivery, config.settings.mailbox.address, receipt, ca_file, tokens or tokens_of(config))


def file_of(config: Config, written: str | None) -> Path | None:
    return config.path(written) if written else None


def _first_key(config: Config, state: Path) -> bytes:
    """A first start without a router key makes one; a journal whose key is gone is not touched."""
    if (state / "journal.db").exists():
        raise NoKey(
            "the router key is missing, so our own letters could not be recognised. Nothing was done. Put the key back "
            "(MAILROUTER_ROUTER__KEY, or the file mailrouter_router__key in the secrets folder)"
        )
    path = config.folder / "secrets" / "mailrouter_router__key"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        key = os.urandom(32).hex()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise NoKey(f"there is no router key and none could be made at {path}: {error.strerror}") from error
    log.warning("made a router key; keep it with your backups", file=str(path))
    return key.encode()

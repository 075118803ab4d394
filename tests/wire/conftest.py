"""The real servers of the wire tests. Where one is missing its tests are skipped, visibly; in CI they fail."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailrouter.books import balance
from mailrouter.config import ConfigError, load
from mailrouter.imap import Trouble
from mailrouter.journal import Journal
from mailrouter.journal.opening import FILE
from mailrouter.wiring import mailbox_of
from tests.wire.certificates import Certificate, Certificates
from tests.wire.dovecot import Dovecot, program
from tests.wire.mailserver import MailServer
from tests.wire.office import Office, ReturningSink
from tests.wire.postfix import NEEDS_ROOT, Postfix, may_start
from tests.wire.pymap_server import Pymap
from tests.wire.sink import make_sink as make_sink
from tests.wire.sink import server_context
from tests.wire.sink import sink as sink
from tests.wire.tokens import TokenService
from tests.wire.zygote import Zygote


def missing(what: str) -> None:
    """Skip the test, or fail it where nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and in CI no wire test is skipped")
    pytest.skip(f"{what} is not installed")


@pytest.fixture
def make_dovecot() -> Iterator[Callable[..., Dovecot]]:
    """Start a private Dovecot with options of its own; all of them are gone after the test."""
    if not program("dovecot"):
        missing("Dovecot")
    started: list[Dovecot] = []

    def make(**options: Any) -> Dovecot:
        started.append(Dovecot(**options))
        return started[-1]

    yield make
    for server in started:
        server.remove()


@pytest.fixture
def dovecot(make_dovecot: Callable[..., Dovecot]) -> Dovecot:
    """A private Dovecot with an empty mailbox, without TLS."""
    return make_dovecot()


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    """A private Postfix that is yet to be started."""
    if not program("postfix"):
        missing("Postfix")
    if not may_start():
        pytest.skip(NEEDS_ROOT)
    server = Postfix()
    yield server
    server.remove()


@pytest.fixture
def pymap() -> Iterator[Pymap]:
    """The demo's IMAP server with an empty mailbox."""
    server = Pymap()
    yield server
    server.stop()


@pytest.fixture(params=["dovecot", "pymap"])
def imap_server(request: pytest.FixtureRequest) -> MailServer:
    """Each real IMAP server in turn, with an empty mailbox."""
    server: MailServer = request.getfixturevalue(request.param)
    return server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An own certificate authority and what it signed."""
    if not shutil.which("openssl"):
        missing("openssl")
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def make_tokens(certificates: Certificates) -> Iterator[Callable[..., TokenService]]:
    """Start a token service over TLS for a user; it is gone after the test."""
    made: list[TokenService] = []

    def make(user: str = MailServer.user, certificate: Certificate | None = certificates.localhost) -> TokenService:
        made.append(TokenService(user, certificate))
        return made[-1]

    yield make
    for service in made:
        service.close()


@pytest.fixture
def with_tokens(
    make_dovecot: Callable[..., Dovecot],
    make_tokens: Callable[..., TokenService],
    relay: ReturningSink,
    certificates: Certificates,
) -> Callable[..., tuple[TokenService, Dovecot]]:
    """Start a token service, and a mail server that takes its tokens over TLS; from then on the relay does so too.

    Options are those of the mail server.
    """

    def make(**options: Any) -> tuple[TokenService, Dovecot]:
        service = make_tokens()
        server = make_dovecot(**{"certificate": certificates.localhost} | options, tokens=service.introspection)
        relay.starttls, relay.login_required, relay.knows = server_context(certificates.localhost), True, service.good
        return service, server

    return make


@pytest.fixture
def relay() -> Iterator[ReturningSink]:
    """A mail sink that returns the receipts to the mailbox of the office that uses it."""
    sink = ReturningSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """What the daemons are forked from."""
    zygote = Zygote()
    yield zygote
    zygote.close()


@pytest.fixture
def make_office(tmp_path: Path, relay: ReturningSink, zygote: Zygote) -> Iterator[Callable[..., Office]]:
    """Write a config for a mail server and the relay; keywords are sections of mailrouter.yaml.

    After the test the books of every office must balance, whatever happened to it.
    """
    made: list[Office] = []

    def make(server: MailServer, **changes: Any) -> Office:
        relay.mailbox = server
        made.append(Office(tmp_path / "office", server, relay, **changes))
        made[-1].zygote = zygote
        return made[-1]

    yield make
    assert [] == [line for office in made if not office.may_be_unbalanced for line in unbalanced(office)]


def unbalanced(office: Office) -> list[str]:
    """What `verify` would tell; of the journal alone where the test took the mailbox or the config away."""
    if not (office.state / FILE).exists():
        return []
    journal = Journal(office.state)
    try:
        config = load(office.config)
        mailbox = mailbox_of(config, readonly=True)
        try:
            return balance(journal, mailbox, config.settings).wrong
        finally:
            mailbox.close()
    except (ConfigError, Trouble):
        return journal.audit()
    finally:
        journal.close()

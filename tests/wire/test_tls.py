"""TLS on every side: to whom we do not trust no credential leaves, as a server that notes every octet sees it."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest
from pydantic import SecretStr

from mailrouter.core.settings import Delivery
from mailrouter.core.settings import Mailbox as Account
from mailrouter.imap import LoginRefused, Mailbox, Trouble
from mailrouter.smtp import Relay
from mailrouter.tokens import Token, Tokens
from tests.wire.certificates import Certificate, Certificates

pytestmark = [pytest.mark.wire, pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")]

USER, PASSWORD, TOKEN = "postbus-kanarie@gemeente.example", "wachtwoord-kanarie", "token-kanarie"
GREETING = {"imap": "* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=XOAUTH2] ready", "smtp": "220 relay.example"}


class Recorder:
    """A server that notes every octet it gets, in the clear and inside TLS, and agrees with everything.

    `strips`: STARTTLS is not offered, as by somebody in between. `newest`: the newest TLS that it knows.
    """

    def __init__(self, side: str, tls: str, certificate: Certificate, *, strips: bool, newest: ssl.TLSVersion) -> None:
        self.heard = bytearray()
        self._side, self._tls, self._strips = side, tls, strips
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.certificate, certificate.key)
        if newest < ssl.TLSVersion.TLSv1_2:
            self._context.set_ciphers("ALL:@SECLEVEL=0")
            self._context.minimum_version = ssl.TLSVersion.TLSv1
        self._context.maximum_version = newest
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(10)
            with connection, ExitStack() as inside, suppress(OSError, EOFError):
                self._talk(connection, inside)

    def _talk(self, connection: socket.socket, inside: ExitStack) -> None:
        if self._tls == "implicit":
            connection = inside.enter_context(self._context.wrap_socket(connection, server_side=True))
        self._say(
            connection, GREETING[self._side] if not self._strips else GREETING[self._side].replace("STARTTLS ", "")
        )
        while True:
            line = self._hear(connection)
            if b"STARTTLS" in line and not self._strips:
                self._say(connection, f"{line.split()[0].decode()} OK go on" if self._side == "imap" else "220 go on")
                connection = inside.enter_context(self._context.wrap_socket(connection, server_side=True))
            else:
                self._agree(connection, line)

    def _agree(self, connection: socket.socket, line: bytes) -> None:
        if self._side == "smtp":
            offer = "" if self._strips else "250-STARTTLS\r\n"
            self._say(
                connection,
                f"250-relay.example\r\n{offer}250 AUTH PLAIN XOAUTH2" if line[:4].upper() == b"EHLO" else "250 ok",
            )
            return
        tag, name = line.split()[:2]
        if name.upper() == b"CAPABILITY":
            self._say(connection, "* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2" + (" STARTTLS" * (not self._strips)))
        self._say(connection, f"{tag.decode()} OK done")

    def _say(self, connection: socket.socket, line: str) -> None:
        connection.sendall(line.encode() + b"\r\n")

    def _hear(self, connection: socket.socket) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            if not (more := connection.recv(1)):
                raise EOFError
            line += more
            self.heard += more
        return line


@pytest.fixture
def make_recorder() -> Iterator[Callable[..., Recorder]]:
    made: list[Recorder] = []

    def make(
        side: str,
        tls: str,
        certificate: Certificate,
        strips: bool = False,
        newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ) -> Recorder:
        made.append(Recorder(side, tls, certificate, strips=strips, newest=newest))
        return made[-1]

    yield make
    for recorder in made:
        recorder.stop()


class Giver:
    """Gives one token."""

    def ask(self) -> Token:
        return Token(TOKEN, 3600.0)


FAULTS = {
    "self-signed": "self-signed certificate",
    "another host": "Hostname mismatch",
    "expired": "certificate has expired",
    "unknown authority": "unable to get local issuer certificate",
    "TLS 1.1": "PROTOCOL|protocol",
    "STARTTLS stripped": "STARTTLS",
}


@pytest.mark.parametrize("login", ["password", "oauth"])
@pytest.mark.parametrize("side", ["imap", "smtp"])
@pytest.mark.parametrize(("fault", "tls"), [
    *((fault, "implicit") for fault in FAULTS if "STARTTLS" not in fault),
    *((fault, "starttls") for fault in FAULTS),
])  # fmt: skip
def test_no_credential_leaves(
    make_recorder: Callable[..., Recorder], certificates: Certificates, side: str, fault: str, tls: str, login: str
) -> None:
    """Neither a name nor a password nor a token reaches a server that is not surely the one we mean."""
    certificate = {
        "self-signed": lambda: certificates.self_signed,
        "another host": lambda: certificates.elsewhere,
        "expired": lambda: certificates.lasting("expired", -1),
    }.get(fault, lambda: certificates.localhost)()
    newest = ssl.TLSVersion.TLSv1_1 if fault == "TLS 1.1" else ssl.TLSVersion.TLSv1_3
    recorder = make_recorder(side, tls, certificate, fault == "STARTTLS stripped", newest)
    ca_file = None if fault == "unknown authority" else certificates.ca
    told = (_by_imap if side == "imap" else _by_smtp)(recorder.port, tls, login, ca_file)
    assert any(word in told for word in FAULTS[fault].split("|")), told
    secrets = ("kanarie", "AUTH ", "LOGIN", "MAIL FROM", "a2FuYXJpZ", "thbmFyaW", "rYW5hcml")  # in base64 too
    assert [] == [word for word in secrets if word.encode() in bytes(recorder.heard)], bytes(recorder.heard)


@pytest.mark.parametrize("side", ["imap", "smtp"])
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_the_recorder_hears_what_leaves(
    make_recorder: Callable[..., Recorder], certificates: Certificates, side: str, tls: str
) -> None:
    """The same server with the right certificate is told our password: so it would have been seen above."""
    recorder = make_recorder(side, tls, certificates.localhost)
    (_by_imap if side == "imap" else _by_smtp)(recorder.port, tls, "password", certificates.ca)
    assert b"AUTH" in recorder.heard


def _by_imap(port: int, tls: str, login: str, ca_file: object) -> str:
    account = Account.model_validate({
        "address": USER, "host": "localhost", "port": port, "tls": tls, "user": USER, "password": PASSWORD,
        "login": login, "connect_timeout": "10s", "timeout": "10s",
    })  # fmt: skip
    mailbox = Mailbox(account, ca_file, Tokens(Giver()))  # type: ignore[arg-type]
    try:
        mailbox.uids("INBOX")
    except Trouble as trouble:
        assert not isinstance(trouble, LoginRefused)
        return str(trouble)
    finally:
        mailbox.close()
    return ""


def _by_smtp(port: int, tls: str, login: str, ca_file: object) -> str:
    settings = Delivery.model_validate({
        "host": "localhost", "port": port, "tls": tls, "user": USER, "password": SecretStr(PASSWORD), "login": login,
        "connect_timeout": "10s",
    })  # fmt: skip
    relay = Relay(settings, USER, None, ca_file, Tokens(Giver()))  # type: ignore[arg-type]
    try:
        return relay.probe() or ""
    finally:
        relay.close()

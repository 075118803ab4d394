"""One logged-in IMAP connection: TLS verified before any credential leaves, a time limit on every wait."""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from mailrouter.core.remedies import with_remedy
from mailrouter.core.settings import Mailbox as Account
from mailrouter.core.telling import telling
from mailrouter.imap.patience import PatientTLSSocket, PlainIMAP4
from mailrouter.tls import is_loopback, trust
from mailrouter.tokens import NoToken, TokenRefused, Tokens
from mailrouter.tokens.sasl import MECHANISMS, Bearer, choose

Connection: TypeAlias = IMAPClient
"""A connection that `connect` made. One thread uses it, and nobody after an error."""

TROUBLES = (
    imaplib.IMAP4.error,  # abort, a NO or BAD, and imapclient's own errors
    OSError,  # ssl.SSLError and timeouts too
    # A server that talks nonsense makes the parsers of imaplib and imapclient stumble each in its own way.
    ValueError,
    LookupError,
    TypeError,
    OverflowError,
    MemoryError,
)

_TEMPORARY = re.compile(r"\[(UNAVAILABLE|SERVERBUG|INUSE|LIMIT)\b", re.I)
"""Response codes (RFC 5530 §3, RFC 9051 §7.1) of a NO that say nothing about the credentials."""


_NO_RIGHT = re.compile(r"authenticated but not connected", re.I)
"""What Exchange Online says after a login with a token when the application may not open the mailbox."""


class Trouble(Exception):
    """The connection failed, or the server would not do what was asked; what is said is safe to log."""


class LoginRefused(Trouble):
    """The server refused our credentials: asking again soon can lock the account."""


class Refused(Trouble):
    """The server would not do this one thing, a full folder for instance; the connection is as good as before."""


class _No(imaplib.IMAP4.error):
    """A NO that ends one command and says nothing about the connection."""


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient ships no types, so to mypy its class is Any
    """imapclient over sockets with patience."""

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802  # imapclient calls it so
        if self.ssl:
            tls: imaplib.IMAP4 = super()._create_IMAP4()
            return tls
        return PlainIMAP4(self.host, self.port, self._timeout.connect)


@contextmanager
def as_trouble(doing: str) -> Iterator[None]:
    """Whatever a failing connection raises becomes a Trouble that says what was being done."""
    try:
        yield
    except TROUBLES as error:
        kind = Refused if isinstance(error, _No) else LoginRefused if _NO_RIGHT.search(str(error)) else Trouble
        said = _said(error)
        told = said if isinstance(error, OSError) else telling(said)  # a server's words can be of a mail
        raise kind(with_remedy(f"{doing}: {said}").replace(said, told, 1)) from error


@contextmanager
def refusable() -> Iterator[None]:
    """What a server may refuse without harm to the connection: its NO becomes Refused, not Trouble."""
    try:
        yield
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise _No(str(error)) from error


def connect(account: Account, ca_file: Path | None = None, tokens: Tokens | None = None) -> Connection:
    """A new connection to the mailbox's server, logged in; with `login: oauth` by one of the `tokens`.

    `ca_file` (PEM) replaces the system's certificate authorities. Raises LoginRefused or Trouble; then nothing is
    left open.
    """
    where = f"{account.host}:{account.port}"
    if account.tls == "none" and not is_loopback(account.host):
        raise Trouble(f"{where}: mailbox.tls is none, which only this machine itself may have; not connected")
    with as_trouble(f"{where}: not connected"), ExitStack() as undo:
        context = None if account.tls == "none" else _trust(ca_file)
        client = _dial(account, context)
        undo.callback(drop, client)
        if account.tls == "starttls":
            client.starttls(ssl_context=context)  # raises when not offered: never downgraded
        if account.login == "oauth":
            _show_token(client, account, where, tokens)
        else:
            _login(client, account, where)
        undo.pop_all()
    return client


def drop(client: Connection) -> None:
    """Close the connection without a word, whatever state it is in."""
    with suppress(OSError):
        client.shutdown()


def leave(client: Connection) -> None:
    """Log out, but wait for the goodbye two seconds at most."""
    try:
        client.socket().settimeout(2)
        client.logout()
    except TROUBLES:
        drop(client)


def _dial(account: Account, context: ssl.SSLContext | None) -> Connection:
    """An open connection, greeted, before STARTTLS and login."""
    client = _Client(
        account.host,
        account.port,
        ssl=account.tls == "implicit",
        ssl_context=context if account.tls == "implicit" else None,
        timeout=SocketTimeout(account.connect_timeout.total_seconds(), account.timeout.total_seconds()),
    )
    client._imap.debug = 0  # imapclient sets 5, and then every literal is formatted for a log nobody reads
    client.normalise_times = False
    # imapclient writes a SEARCH in two pieces; Nagle would hold the second until the first is acknowledged.
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if client.welcome.upper().startswith(b"* PREAUTH"):
        drop(client)
        raise Trouble(f"{account.host}: the server says we are logged in already, so it does not ask who we are")
    return client


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """The certificates we believe: those of `ca_file`, else of the system."""
    try:
        context = trust(ca_file)
    except OSError as error:
        raise Trouble(f"mailbox.ca_file {ca_file} cannot be read: {_said(error)}") from error
    context.sslsocket_class = PatientTLSSocket
    return context


def _login(client: Connection, account: Account, where: str) -> None:
    """Log in; no word of the server is repeated, because it can hold what we sent."""
    secret = account.password.get_secret_value() if account.password else ""
    if not secret or {"\r", "\n", "\0"} & {*account.user, *secret}:
        raise LoginRefused(
            with_remedy(f"{where}: mailbox.password is not set, or it or mailbox.user holds a line break")
        )
    try:
        if client.has_capability("AUTH=PLAIN"):
            client.plain_login(account.user, secret)
        else:
            client.login(_quoted(account.user), secret)
    except LoginError as error:
        if _passing(error):
            raise Trouble(f"{where}: the server cannot check our password now") from None
        raise LoginRefused(with_remedy(f"{where}: the server refuses the password of mailbox.user")) from None
    except UnicodeError:
        raise LoginRefused(f"{where}: this server takes only ASCII in mailbox.user and password") from None


def _show_token(client: Connection, account: Account, where: str, tokens: Tokens | None) -> None:
    """Log in with a token; no word of the server is repeated, because it can hold what we sent."""
    mechanism = choose([name for name in MECHANISMS if client.has_capability(f"AUTH={name}")])
    if mechanism is None:
        raise LoginRefused(with_remedy(f"{where}: the server offers no login with a token (XOAUTH2, OAUTHBEARER)"))
    if tokens is None:
        raise LoginRefused(f"{where}: mailbox.login is oauth, but nobody gives us tokens")
    try:
        token = tokens.get()
    except NoToken as none:
        raise (LoginRefused if isinstance(none, TokenRefused) else Trouble)(f"{where}: {none}") from none
    try:
        client.sasl_login(mechanism, Bearer(mechanism, account.user, token, account.host, account.port))
    except LoginError as error:
        if _passing(error):
            raise Trouble(f"{where}: the server cannot check our token now") from None
        tokens.refused(token)
        raise LoginRefused(with_remedy(f"{where}: the server refuses the token for mailbox.user")) from None


def _passing(error: LoginError) -> bool:
    """A refusal that says nothing about our credentials."""
    return isinstance(error.__context__, imaplib.IMAP4.abort) or _TEMPORARY.search(str(error)) is not None


def _quoted(text: str) -> str:
    """`text` as a quoted string (RFC 3501 §4.3): imaplib does that for the password only."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _said(error: BaseException) -> str:
    """What an error says, as one short line."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = "".join(char if char.isprintable() else " " for char in str(error))[:200].strip()
    return text or type(error).__name__

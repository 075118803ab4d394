"""A connection to the relay: opened, secured and logged in, ready for transactions."""

import base64
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from mailrouter.core.settings import Delivery
from mailrouter.smtp.answers import Reply
from mailrouter.smtp.strict import TICK, Stop, StrictSMTP, Trouble

_GOODBYE = 2.0
_LOGIN_PAUSE = 300.0
"""Seconds between logins that were refused: more often locks the account."""


class Session(StrictSMTP):
    """One connection to the relay."""

    def __init__(self, settings: Delivery, context: ssl.SSLContext, stop: Stop) -> None:
        """Connect and log in; raises Trouble, and then no mail, and without verified TLS no password, has left."""
        self._settings = settings
        self._context = context
        patience = settings.connect_timeout.total_seconds()
        try:
            with _told_as_trouble(settings):
                super().__init__(settings.host, settings.port, patience, stop)
                self.local_hostname = _address_literal(self.connection)
                self.ehlo_or_helo_if_needed()
                self._secure()
                self._log_in()
        except BaseException:
            self.close()
            raise
        self.patience = settings.timeout.total_seconds()

    @property
    def size_limit(self) -> int | None:
        """The largest message (octets) the relay takes, if it says so (RFC 1870)."""
        size = self.esmtp_features.get("size", "")
        return int(size) or None if size.isascii() and size.isdigit() else None

    def ask(self, commands: Sequence[str], needed: int) -> list[Reply]:
        """The answers to `commands`; sent in one write where the relay takes that (RFC 2920).

        Else one by one, and none after a refusal of one of the first `needed`.
        """
        if self.has_extn("pipelining"):
            self.send("".join(command + "\r\n" for command in commands))
            return [self.reply() for _ in commands]
        replies: list[Reply] = []
        for command in commands:
            replies.append(self.command(command))
            if len(replies) <= needed and not replies[-1].accepted:
                break
        return replies

    def command(self, command: str) -> Reply:
        """The answer to one command."""
        self.send(command + "\r\n")
        return self.reply()

    def reset(self) -> None:
        """Give up the transaction; a connection that does not agree is closed."""
        with suppress(Trouble):
            if self.command("RSET").code != 250:
                self.close()

    def leave(self) -> None:
        """Say goodbye and close."""
        if self.is_open:
            with suppress(Trouble):
                self.send("QUIT\r\n")
                self.reply(_GOODBYE)
        self.close()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """smtplib's hook for how to connect: with TLS from the first byte where that is set."""
        plain = socket.create_connection((host, port), timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._settings.tls == "implicit":
            plain = self._context.wrap_socket(plain, server_hostname=host)
        plain.settimeout(TICK)
        return plain

    def _secure(self) -> None:
        """STARTTLS, or nothing more is said to this relay (RFC 3207)."""
        if self._settings.tls != "starttls":
            return
        if not self.has_extn("starttls"):
            raise Trouble("the relay does not offer STARTTLS; without it nothing is sent to it")
        self.connection.settimeout(self.patience)
        self.starttls(context=self._context)
        self.connection.settimeout(TICK)
        if self._received:
            raise Trouble("the relay, or somebody in between, spoke on before TLS was there")
        self.ehlo_or_helo_if_needed()

    def _log_in(self) -> None:
        """AUTH PLAIN or LOGIN (RFC 4954), tried once: each try counts towards a lockout."""
        user, password = self._settings.user, self._settings.password
        if not user:
            return
        login = (user, password.get_secret_value() if password else "")
        offered = self.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            code, text = self.docmd("AUTH", "PLAIN " + _base64("\0" + "\0".join(login)))
        elif "LOGIN" in offered:
            code, text = self._auth_login(*login)
        else:
            raise Trouble("the relay offers no login that we know (PLAIN, LOGIN)", at_least=_LOGIN_PAUSE)
        if code != 235:
            told = _without_secrets(text.decode("utf-8", "replace"), *login)
            raise Trouble(f"login refused: {told}", code, at_least=_LOGIN_PAUSE if code >= 500 else 0.0)

    def _auth_login(self, user: str, password: str) -> tuple[int, bytes]:
        code, text = self.docmd("AUTH", "LOGIN")
        for answer in (user, password):
            if code != 334:
                break
            code, text = self.docmd(_base64(answer))
        return code, text


@contextmanager
def _told_as_trouble(settings: Delivery) -> Iterator[None]:
    """All that can go wrong while opening a connection, as Trouble."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        text = error.smtp_error
        told = text if isinstance(text, str) else text.decode("utf-8", "replace")
        raise Trouble(told, error.smtp_code) from error
    except (OSError, UnicodeError) as error:  # UnicodeError: a host name that cannot exist
        raise Trouble(f"no connection to {settings.host}:{settings.port}: {error}") from error


def _address_literal(connected: socket.socket) -> str:
    """How we call ourselves in EHLO: our address on this connection (RFC 5321 §4.1.3), which needs no DNS."""
    address = connected.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _without_secrets(text: str, user: str, password: str) -> str:
    """An answer to a login, in case the relay repeats what it was told."""
    for secret in (_base64(f"\0{user}\0{password}"), _base64(password), password):
        text = text.replace(secret, "***") if secret else text
    return text

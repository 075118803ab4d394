"""A connection to the relay: opened, secured and logged in, ready for transactions."""

import base64
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from mailrouter.core.remedies import with_remedy
from mailrouter.core.settings import Delivery
from mailrouter.smtp.answers import Reply
from mailrouter.smtp.strict import TICK, Stop, StrictSMTP, Trouble
from mailrouter.tokens import NoToken, TokenRefused, Tokens
from mailrouter.tokens.sasl import Bearer, choose

_GOODBYE = 2.0
_LOGIN_PAUSE = 300.0
"""Seconds between logins that were refused: more often locks the account."""


class Session(StrictSMTP):
    """One connection to the relay."""

    def __init__(self, settings: Delivery, context: ssl.SSLContext, stop: Stop, tokens: Tokens | None = None) -> None:
        """Connect and log in; raises Trouble, and then no mail, and without verified TLS no password, has left."""
        self._settings = settings
        self._context, self._tokens = context, tokens
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
            raise Trouble(with_remedy("the relay does not offer STARTTLS; without it nothing is sent to it"))
        self.connection.settimeout(self.patience)
        self.starttls(context=self._context)
        self.connection.settimeout(TICK)
        if self._received:
            raise Trouble("the relay, or somebody in between, spoke on before TLS was there")
        self.ehlo_or_helo_if_needed()

    def _log_in(self) -> None:
        """AUTH (RFC 4954), tried once: each try counts towards a lockout."""
        if not self._settings.user:
            return
        offered = self.esmtp_features.get("auth", "").upper().split()
        if self._settings.login == "oauth":
            self._show_token(self._settings.user, offered)
        else:
            self._say_password(self._settings.user, offered)

    def _say_password(self, user: str, offered: Sequence[str]) -> None:
        """AUTH PLAIN or LOGIN."""
        password = self._settings.password
        login = (user, password.get_secret_value() if password else "")
        if "PLAIN" in offered:
            code, text = self.docmd("AUTH", "PLAIN " + _base64("\0" + "\0".join(login)))
        elif "LOGIN" in offered:
            code, text = self._auth_login(*login)
        else:
            raise Trouble("the relay offers no login that we know (PLAIN, LOGIN)", at_least=_LOGIN_PAUSE)
        if code != 235:
            raise _refused(code, _without_secrets(text.decode("utf-8", "replace"), *login))

    def _show_token(self, user: str, offered: Sequence[str]) -> None:
        """AUTH XOAUTH2 or OAUTHBEARER; the token on a line of its own, because a command has 512 octets at most."""
        if (mechanism := choose(offered)) is None:
            told = with_remedy("the relay offers neither XOAUTH2 nor OAUTHBEARER")
            raise Trouble(told, at_least=_LOGIN_PAUSE)
        if self._tokens is None:
            raise Trouble("delivery.login is oauth, but nobody gives us tokens", at_least=_LOGIN_PAUSE)
        try:
            token = self._tokens.get()
        except NoToken as none:
            raise Trouble(str(none), at_least=_LOGIN_PAUSE if isinstance(none, TokenRefused) else 0.0) from none
        bearer = Bearer(mechanism, user, token, self._settings.host, self._settings.port)
        code, text = self.docmd("AUTH", mechanism)
        for _ in range(2):  # the token; then, when it is refused, an answer to why
            if code != 334:
                break
            code, text = self.docmd(_base64(bearer(text)))
        if code != 235:
            if code >= 500:
                self._tokens.refused(token)
            raise _refused(code, _without_secrets(text.decode("utf-8", "replace"), user, token))

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
        raise Trouble(with_remedy(f"no connection to {settings.host}:{settings.port}: {error}")) from error


def _address_literal(connected: socket.socket) -> str:
    """How we call ourselves in EHLO: our address on this connection (RFC 5321 §4.1.3), which needs no DNS."""
    address = connected.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _refused(code: int, told: str) -> Trouble:
    """A login that was refused; at 5yz the next one has to wait."""
    said = with_remedy(f"{code} {told}").removeprefix(f"{code} ")
    return Trouble(f"login refused: {said}", code, at_least=_LOGIN_PAUSE if code >= 500 else 0.0)


def _base64(text: str | bytes) -> str:
    return base64.b64encode(text.encode("utf-8") if isinstance(text, str) else text).decode("ascii")


def _without_secrets(text: str, user: str, password: str) -> str:
    """An answer to a login, in case the relay repeats what it was told."""
    for secret in (_base64(f"\0{user}\0{password}"), _base64(password), password):
        text = text.replace(secret, "***") if secret else text
    return text

"""One token for all connections, renewed before it ends."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from mailrouter.backoff import AFTER_REFUSAL
from mailrouter.tokens.service import NoToken, Token, TokenRefused

EARLY = 300.0
"""Seconds before its end at which a token is renewed; of one that is good for less than twice that, half its time."""
_AFTER_TROUBLE = 30.0
"""Seconds after which a service that was away is asked again while the old token still holds."""

_log = structlog.get_logger()


class Service(Protocol):
    """What gives tokens (`mailrouter.tokens.TokenService`)."""

    def ask(self) -> Token: ...


class Tokens:
    """The token that connections log in with. Safe to share among threads: one of them asks, the others wait for it.

    Time is counted from when a token was asked for, on a clock that nobody sets: ours may be wrong.
    """

    def __init__(
        self, service: Service, expires: datetime | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`expires`: when the secret or certificate that we show to the service ends, if that is known."""
        self.expires = expires
        self.ahead: float | None = None
        """Seconds that our clock is ahead of the service's, as far as it told."""
        self._service, self._clock = service, clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._ends = self._renew_at = 0.0
        self._refusal: tuple[float, str] | None = None

    def get(self) -> str:
        """A token that holds. Raises TokenRefused or NoToken.

        While the service is away, or refuses, a token that still holds is used to its end.
        """
        with self._lock:
            now = self._clock()
            if self._token and now < self._renew_at:
                return self._token.value
            try:
                return self._renew(now)
            except NoToken as trouble:
                if self._token and now < self._ends:
                    self._renew_at = min(self._ends, now + _AFTER_TROUBLE)
                    _log.warning(
                        "the token could not be renewed", reason=str(trouble), holds_for=f"{self._ends - now:.0f} s"
                    )
                    return self._token.value
                self._token = None
                raise

    def refused(self, token: str) -> None:
        """A mail server refused this token: it was revoked, or is not for that server. The next is a new one."""
        with self._lock:
            if self._token and self._token.value == token:
                self._token = None

    def _renew(self, now: float) -> str:
        if self._refusal and (left := self._refusal[0] + AFTER_REFUSAL - now) > 0:
            raise TokenRefused(f"{self._refusal[1]} Not asked again for {left:.0f} s.")
        try:
            token = self._service.ask()
        except TokenRefused as refused:
            self._refusal = now, str(refused)
            raise
        self._refusal = None
        self._token, self.ahead = token, token.ahead
        self._ends = now + token.seconds
        self._renew_at = self._ends - min(EARLY, token.seconds / 2)
        _log.info("got a token", holds_for=f"{token.seconds:.0f} s")
        return token.value

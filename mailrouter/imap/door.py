"""The way into the mailbox, shared by all connections of this process: who may knock, and when."""

import math
import time
from collections.abc import Callable
from pathlib import Path

from mailrouter.backoff import AFTER_REFUSAL
from mailrouter.core.settings import Mailbox as Account
from mailrouter.imap.connection import Connection, LoginRefused, connect
from mailrouter.tokens import Tokens


class Door:
    """Connects to the mailbox's server; after a refused login not before five minutes have gone by, whoever asks.

    `answered` is the moment (monotonic seconds) at which the last exchange began that the server answered.
    """

    def __init__(
        self,
        account: Account,
        ca_file: Path | None = None,
        tokens: Tokens | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.account = account
        self.answered = -math.inf
        self._ca_file, self._tokens = ca_file, tokens
        self._clock = clock
        self._refused, self._said = -math.inf, ""

    def connect(self) -> Connection:
        """A new connection, logged in. Raises LoginRefused or Trouble."""
        if (left := self._refused + AFTER_REFUSAL - self._clock()) > 0:
            raise LoginRefused(f"{self._said} Not tried again for {left:.0f} s, so that the account is not locked.")
        try:
            return connect(self.account, self._ca_file, self._tokens)
        except LoginRefused as refused:
            self.refused(refused)
            raise

    def heard(self, since: float) -> None:
        """The server did what it was asked from that moment on; an answer says nothing of what broke while it came."""
        self.answered = since

    def refused(self, said: LoginRefused) -> None:
        """The server does not let us in: it is left alone for a while."""
        self._refused, self._said = self._clock(), str(said)

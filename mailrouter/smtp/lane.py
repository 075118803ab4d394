"""One of the connections to the relay, and the letters that go over it one after the other."""

import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Protocol

from mailrouter.core.model import Letter, Outcome
from mailrouter.core.settings import Delivery
from mailrouter.core.writing import wire
from mailrouter.smtp.answers import one_line
from mailrouter.smtp.pace import Pause, RateLimit
from mailrouter.smtp.session import Session
from mailrouter.smtp.strict import TICK, Stop, Trouble
from mailrouter.smtp.transaction import Envelope, hand_over, offer
from mailrouter.tokens import Tokens


class Ledger(Protocol):
    """What the delivery needs of whoever keeps the books. Called from several threads at once."""

    def content(self, letter: Letter) -> bytes:
        """The final bytes, lines ending in CRLF; raises Unsendable when they are not what was promised."""

    def sending(self, letter: Letter, receipt: bool | None) -> bool:
        """Make durable that the letter may be sent from now on; False: it was settled meanwhile, do not send.

        `receipt`: the receipt address was accepted (None: none was asked).
        """

    def settle(self, letter: Letter, outcome: Outcome) -> None:
        """Write what became of the letter; on this connection's thread, before its next `sending`."""

    def put_back(self, letter: Letter) -> None:
        """The letter was claimed but not tried: it is queued again at once."""


class NotNow(Exception):
    """No letter goes over this connection for now; the letter at hand was not tried."""


@dataclass
class Host:
    """The relay as all connections share it."""

    settings: Delivery
    context: ssl.SSLContext
    sender: str
    receipt: str | None
    rate: RateLimit
    tokens: Tokens | None = None
    pause: Pause = field(default_factory=Pause)
    stop: Stop = field(default_factory=Stop)
    opening: threading.Lock = field(default_factory=threading.Lock)
    """Connections are opened one at a time, so that a wrong password is tried once and not by all of them."""
    size_limit: int | None = None

    @property
    def free(self) -> bool:
        """New letters may be started."""
        return not self.stop.begun and self.pause.left() == 0

    def await_turn(self) -> None:
        """Wait until the rate limit lets the next letter go; raises NotNow if meanwhile none may go."""
        while self.free:
            if not (wait := self.rate.take()):
                return
            time.sleep(min(wait, TICK))
        raise NotNow


@dataclass
class Round:
    """Letters that are to be sent now, shared by the lanes that send them."""

    waiting: deque[Letter]
    ledger: Ledger
    lanes: list["Lane"]
    failed: bool = False
    """The books could not be kept: no lane starts another letter."""


class Lane:
    """Sends letters over one connection, which stays open between rounds. Used by one thread at a time."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._session: Session | None = None

    @property
    def connected(self) -> bool:
        """There is a connection, as far as we know."""
        return self._session is not None and self._session.is_open

    def run(self, round_: Round) -> None:
        """Send waiting letters until there are none, or none may go now. Raises only what the ledger raises."""
        try:
            while self._host.free and not round_.failed and round_.waiting:
                try:
                    letter = round_.waiting.popleft()
                except IndexError:  # another lane was quicker
                    return
                try:
                    self._deliver(letter, round_)
                except NotNow:
                    round_.waiting.appendleft(letter)
                    return
        except BaseException:
            round_.failed = True
            self.close()
            raise

    def close(self) -> None:
        """Leave the relay."""
        if self._session is not None:
            self._session.leave()
            self._session = None

    def _deliver(self, letter: Letter, round_: Round) -> None:
        """Try one letter and settle it; raises NotNow when it was not tried."""
        self._host.await_turn()
        ledger = round_.ledger
        try:
            content = ledger.content(letter)
            wire.check(content)
            session, envelope = self._offered(letter, content, round_)
        except wire.Unsendable as error:
            ledger.settle(letter, Outcome("refused", 0, one_line(error.reason), "message"))
        except Trouble as trouble:
            self._settle_trouble(letter, trouble, ledger)
        else:
            self._send(session, envelope, letter, content, ledger)

    def _offered(self, letter: Letter, content: bytes, round_: Round) -> tuple[Session, Envelope]:
        """The envelope on the connection we have, or on a new one if that turns out to be spent."""
        host = self._host
        if self._session is not None and self._session.is_quiet:
            try:
                return self._session, offer(self._session, host.sender, letter, host.receipt, content)
            except Trouble:
                self._session = None
        session = self._open(round_)
        return session, offer(session, host.sender, letter, host.receipt, content)

    def _open(self, round_: Round) -> Session:
        """A new connection; raises NotNow when the relay allows us fewer, and those there are do the work."""
        host = self._host
        self.close()
        with host.opening:
            if not host.free:
                raise NotNow
            try:
                session = Session(host.settings, host.context, host.stop, host.tokens)
            except Trouble as trouble:
                if not trouble.at_least and any(lane.connected for lane in round_.lanes):
                    raise NotNow from trouble
                raise
        self._session = session
        host.size_limit = session.size_limit
        return session

    def _send(self, session: Session, envelope: Envelope, letter: Letter, content: bytes, ledger: Ledger) -> None:
        """Hand the letter over if it was accepted; the books know of it before DATA and of its outcome after."""
        if envelope.refusal:
            self._settle(letter, envelope.refusal, ledger)
        elif self._host.stop.begun:
            session.reset()
            raise NotNow
        elif not ledger.sending(letter, envelope.receipt):
            session.reset()
        else:
            waits = self._host.settings
            outcome = hand_over(
                session, letter, content, waits.stop_wait.total_seconds(), waits.accept_timeout.total_seconds()
            )
            if outcome.state in ("sent", "unsure"):
                outcome = replace(outcome, receipt=envelope.receipt)
            self._settle(letter, outcome, ledger)

    def _settle(self, letter: Letter, outcome: Outcome, ledger: Ledger) -> None:
        """Write the outcome; an answer about us makes all letters wait, and so does a second broken connection."""
        pause = self._host.pause
        if outcome.scope == "host":
            pause.begin(outcome.reply)
        elif outcome.code:
            pause.end()
        elif pause.broken(outcome.reply):
            outcome = replace(outcome, scope="host")
        ledger.settle(letter, outcome)

    def _settle_trouble(self, letter: Letter, trouble: Trouble, ledger: Ledger) -> None:
        """The relay did not let us get as far as the recipient: pause, unless another lane found out first."""
        host = self._host
        if host.stop.begun or not host.pause.begin(trouble.text, trouble.at_least):
            raise NotNow from trouble
        ledger.settle(letter, Outcome("later", trouble.code, trouble.text, "host"))

"""The delivery: letters out, outcomes back."""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailrouter.core.model import Letter
from mailrouter.core.settings import Delivery
from mailrouter.smtp.lane import Host, Lane, Ledger, Round
from mailrouter.smtp.pace import RateLimit
from mailrouter.smtp.session import Session
from mailrouter.smtp.strict import Trouble
from mailrouter.smtp.transaction import usable
from mailrouter.tls import certificate_ends, is_loopback, trust
from mailrouter.tokens import Tokens

_LARGE = 5_000_000
"""Octets; before a letter above this is written, the relay is asked how large one may be, if it has not said so yet."""
_SIZE_ROOM = 16_384
"""Octets that a relay may count beside those of the letter (RFC 1870 §5): envelope, trace fields it adds itself."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What there is to see of a relay; `trouble`: it did not even take our first login."""

    trouble: str | None
    connections: int
    size_limit: int | None
    certificate_ends: datetime | None


class Relay:
    """The server that takes our letters, over a few connections that stay open.

    `send_all` and `close` are for one thread; `stop` may be called from any, also from a signal.
    """

    def __init__(
        self,
        settings: Delivery,
        sender: str,
        receipt: str | None,
        ca_file: Path | None = None,
        tokens: Tokens | None = None,
    ) -> None:
        """`sender` is the envelope sender, `receipt` the address that gets a copy as proof, `ca_file` our own CAs.

        `tokens` are what `login: oauth` logs in with.

        Nothing is connected yet. Raises ValueError for a relay elsewhere without TLS or an address that SMTP cannot
        carry, OSError for a bad `ca_file`.
        """
        if settings.tls == "none" and not is_loopback(settings.host):
            raise ValueError(
                f"delivery.tls is none, but {settings.host} is not this machine: mail and password would be readable "
                "on the way. Set delivery.tls to starttls or implicit."
            )
        for address in (sender, receipt):
            if address is not None and not usable(address):
                raise ValueError(
                    f"{address!r} cannot be used as an address in SMTP: ASCII only, one @, no spaces or <>."
                )
        self._host = Host(settings, trust(ca_file), sender, receipt, RateLimit(settings.rate), tokens)
        self._lanes = [Lane(self._host) for _ in range(settings.connections)]
        self._threads = ThreadPoolExecutor(settings.connections, thread_name_prefix="smtp")
        self._asked = False

    def send_all(self, letters: Iterable[Letter], ledger: Ledger) -> None:
        """Send `letters`; on return each is settled, put back, or was settled by someone else.

        After trouble with the relay, or a stop, the rest is put back: see `pause_left`. What the ledger raises is
        raised, after the other connections have finished their letter and what was not tried was put back.
        """
        round_ = Round(deque(letters), ledger, [])
        round_.lanes = self._lanes[: len(round_.waiting)]
        runs = [self._threads.submit(lane.run, round_) for lane in round_.lanes]
        wait(runs)
        try:
            for letter in round_.waiting:
                ledger.put_back(letter)
        finally:
            for run in runs:
                run.result()

    def probe(self) -> str | None:
        """Connect, log in and leave again, sending nothing; what is wrong, or None. Tried at once, pause or not."""
        try:
            self._ask()
        except Trouble as trouble:
            return f"{trouble.code} {trouble.text}" if trouble.code else trouble.text
        return None

    def look(self, connections: int) -> Looked:
        """Connect so many times, all at once, log in and leave again, sending nothing."""
        sessions: list[Session] = []
        told = None
        try:
            while len(sessions) < connections:
                sessions.append(self._session())
        except Trouble as trouble:
            told = f"{trouble.code} {trouble.text}" if trouble.code else trouble.text
        first = sessions[0] if sessions else None
        seen = Looked(
            trouble=None if first else told,
            connections=len(sessions),
            size_limit=first.size_limit if first else None,
            certificate_ends=certificate_ends(first.connection) if first else None,
        )
        for session in sessions:
            session.leave()
        return seen

    def pause_left(self) -> float:
        """Seconds that the relay is still left alone after trouble; 0.0 when letters may go."""
        return self._host.pause.left()

    def last_trouble(self) -> str | None:
        """What the relay said, or did, that made all letters wait; None after a success."""
        return self._host.pause.trouble

    def size_limit(self) -> int | None:
        """The largest letter (octets) the relay takes, once it has said so."""
        return self._host.size_limit

    def largest_letter(self, octets: int) -> int | None:
        """How large (octets) a letter may be so that the relay takes it; None when it sets no limit, or did not say so.

        When one of about `octets` is to be written and that matters, the relay is asked, unless it is left alone after
        trouble: over a connection of its own, on which nothing is sent. From any thread.
        """
        host = self._host
        if octets > _LARGE and not self._size_known:
            with host.opening:
                if host.free and not self._size_known:
                    self._ask_or_pause()
        limit = self.size_limit()
        return None if limit is None else max(0, limit - _SIZE_ROOM)

    def stop(self) -> None:
        """Start nothing new, for good.

        A letter before DATA is put back; one after the final dot has `stop_wait` for its answer, then it is unsure.
        """
        self._host.stop.begin()

    def rest(self) -> None:
        """Between rounds: leave the relay, so that its connections are free. The next round opens new ones."""
        for lane in self._lanes:
            lane.close()

    def close(self) -> None:
        """Leave the relay and end the threads."""
        self.stop()
        self._threads.shutdown()
        self.rest()

    @property
    def _size_known(self) -> bool:
        return bool(self._host.size_limit) or self._asked or any(lane.connected for lane in self._lanes)

    def _ask_or_pause(self) -> None:
        """Trouble met while asking is trouble like any other: the next to ask, or to send, waits."""
        try:
            self._ask()
        except Trouble as trouble:
            self._host.pause.begin(trouble.text, trouble.at_least)

    def _ask(self) -> None:
        """Connect, log in, hear how large a letter may be, and leave."""
        host = self._host
        session = self._session()
        host.size_limit, self._asked = session.size_limit, True
        session.leave()

    def _session(self) -> Session:
        return Session(self._host.settings, self._host.context, self._host.stop, self._host.tokens)

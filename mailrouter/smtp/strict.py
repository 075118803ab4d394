"""Answers of the relay, read strictly and in time.

`smtplib` takes half a line or "25x" for an answer, waits anew for every byte that trickles in, and cannot be told that
the router is stopping. So its sending and reading are replaced; the rest of it stays. Whoever catches a Trouble finds
the connection closed.
"""

import math
import re
import select
import smtplib
import socket
import ssl
import time
from typing import TYPE_CHECKING

from mailrouter.smtp.answers import Reply, one_line

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TICK = 0.5
"""Seconds after which a wait looks whether the router is stopping."""

_GRACE = 5.0
"""Seconds that an answer before DATA may still take once the router is stopping."""

_CHUNK = 262_144
_MOST_TEXT = 65_536
_REPLY_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?\r?\n")


class Trouble(Exception):
    """The relay cannot be used over this connection; `code` 0: it said nothing.

    `at_least`: seconds to leave it alone, above the usual pause.
    """

    def __init__(self, text: str, code: int = 0, at_least: float = 0.0) -> None:
        super().__init__(text)
        self.text = one_line(text)
        self.code = code
        self.at_least = at_least


class Stop:
    """Whether, and since when, the router is stopping. Set by a signal, so without any lock."""

    def __init__(self) -> None:
        self._since: float | None = None

    def begin(self) -> None:
        """The router is stopping from now on."""
        if self._since is None:
            self._since = time.monotonic()

    @property
    def begun(self) -> bool:
        """The router is stopping."""
        return self._since is not None

    def latest(self, grace: float) -> float:
        """When a wait must end (monotonic) that may last `grace` seconds more; never, while not stopping."""
        return math.inf if self._since is None else self._since + grace


class StrictSMTP(smtplib.SMTP):
    """smtplib's client with our own sending and reading; its socket wakes every TICK."""

    def __init__(self, host: str, port: int, patience: float, stop: Stop) -> None:
        """Connect and read the greeting. `patience`: seconds for an answer, or for the relay to take a chunk."""
        self.patience = patience
        self.grace = _GRACE
        self._stop = stop
        self._received = bytearray()
        super().__init__(host, port, local_hostname="", timeout=patience)

    @property
    def connection(self) -> socket.socket:
        """The open socket; raises Trouble when there is none."""
        if self.sock is None:
            raise Trouble("the connection to the relay is closed")
        return self.sock

    @property
    def is_open(self) -> bool:
        """The connection was not closed, by us or in trouble."""
        return self.sock is not None

    @property
    def is_quiet(self) -> bool:
        """Nothing came unasked: neither a goodbye nor the end of the connection."""
        return self.sock is not None and not self._received and not _readable(self.sock)

    def reply(self, within: float | None = None) -> Reply:
        """The next answer, waited for `within` seconds in all; 421 says goodbye and is Trouble."""
        code, lines = self._answer(self.patience if within is None else within)
        text = one_line(b"\n".join(lines).decode("utf-8", "replace"))
        if code == 421:
            self.close()
            raise Trouble(text, code)
        return Reply(code, text)

    def getreply(self) -> tuple[int, bytes]:
        """The next answer as smtplib's own methods want it."""
        code, lines = self._answer(self.patience)
        return code, b"\n".join(lines)

    def send(self, s: "ReadableBuffer | str") -> None:
        """Write all of `s`; the wait is per chunk, so that a large letter may take its time on a slow line."""
        rest = memoryview(s.encode("ascii") if isinstance(s, str) else s)
        until = time.monotonic() + self.patience
        while rest:
            try:
                sent = self.connection.send(rest[:_CHUNK])
            except TimeoutError:
                self._check_time(until)
                continue
            except OSError as error:
                raise self._last_words(error) from error
            rest = rest[sent:]
            until = time.monotonic() + self.patience

    def _answer(self, within: float) -> tuple[int, list[bytes]]:
        """Code and text lines of the next reply (RFC 5321 §4.2); anything else on the line is Trouble."""
        until = time.monotonic() + within
        lines: list[bytes] = []
        code = b""
        while True:
            line = self._line(until)
            match = _REPLY_LINE.fullmatch(line)
            if match is None or (code and match[1] != code) or sum(map(len, lines)) > _MOST_TEXT:
                self.close()
                raise Trouble("the relay answered something that is no SMTP reply")
            code = match[1]
            lines.append((match[3] or b"").strip())
            if match[2] != b"-":
                return int(code), lines

    def _line(self, until: float) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > _MOST_TEXT:
                self.close()
                raise Trouble("the relay answered with a line without end")
            self._receive(until)
        line = bytes(self._received[: end + 1])
        del self._received[: end + 1]
        return line

    def _receive(self, until: float) -> None:
        chunk = None
        while chunk is None:
            self._check_time(until)
            try:
                chunk = self.connection.recv(_MOST_TEXT)
            except TimeoutError:
                continue
            except OSError as error:
                self.close()
                raise Trouble(f"the connection to the relay broke: {error}") from error
        if not chunk:
            self.close()
            raise Trouble("the relay closed the connection")
        self._received += chunk

    def _check_time(self, until: float) -> None:
        now = time.monotonic()
        if now < until and now < self._stop.latest(self.grace):
            return
        self.close()
        raise Trouble(
            "the router is stopping and waits no longer" if now < until else "the relay did not answer in time"
        )

    def _last_words(self, error: OSError) -> Trouble:
        """Why the relay hung up while we were writing, if it said so."""
        try:
            reply = self.reply(within=TICK)
        except Trouble as trouble:
            said = trouble
        else:
            said = Trouble(reply.text, reply.code)
        self.close()
        return said if said.code >= 400 else Trouble(f"the connection to the relay broke: {error}")


def _readable(connected: socket.socket) -> bool:
    if isinstance(connected, ssl.SSLSocket) and connected.pending():
        return True
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))

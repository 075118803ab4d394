"""A TCP proxy between the router and its mail server that misbehaves as networks and servers do."""

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

import pytest

from tests.wire.mailserver import MailServer

Afterwards = Literal["stop", "forward", "hang up"]


@dataclass
class _Rule:
    command: str
    lines: tuple[str, ...]
    times: int
    then: Afterwards


@dataclass
class _Spoiler:
    pattern: re.Pattern[bytes]
    spoil: Callable[["Link", "re.Match[bytes]"], bytes | None]
    times: int


class Link:
    """One client's connection, and the one to the server that belongs to it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server

    def reset(self) -> None:
        """RST to the client, and an end to the server."""
        linger = struct.pack("ii", 1, 0)
        with suppress(OSError):
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.client.shutdown(socket.SHUT_RD)
        self.hang_up()

    def hang_up(self) -> None:
        """An orderly end, to both sides."""
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Proxy:
    """Stands before `server` (its `port`) on a port of its own; without faults nobody notices it.

    `connects` has the moment (monotonic seconds) of every connection that was asked for.
    """

    def __init__(self, server: MailServer, port: int = 0) -> None:
        self._target = (server.host, port or server.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connects: list[float] = []
        self.refusing = False
        """Reset every new connection before a word is said."""
        self.swallowing = False
        """Keep all connections open, and pass nothing on: half-open, as behind a firewall that forgot them."""
        self.drip = 0.0
        """Seconds from one piece of what the server says to the next; 0.0: as fast as it comes."""
        self.piece = 1
        """Octets in such a piece."""
        self.full: bytes | None = None
        """A folder that takes no mail any more."""
        self._rules: list[_Rule] = []
        self._spoilers: list[_Spoiler] = []
        self._links: list[Link] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def answer(self, command: str, *lines: str, times: int = 10**6, then: Afterwards = "stop") -> None:
        """Say `lines` to a client that gives `command` (UID is skipped), `times` times.

        The server hears nothing of it, and the last line gets the client's tag. With "forward" all lines are untagged
        and the server answers after them; with "hang up" too, and the connection ends.
        """
        self._rules.append(_Rule(command.upper(), lines, times, then))

    def spoil(
        self, pattern: bytes, spoil: Callable[[Link, "re.Match[bytes]"], bytes | None], times: int = 10**6
    ) -> None:
        """Where the server says `pattern`, let the client hear what `spoil` makes of it; None: nothing any more."""
        self._spoilers.append(_Spoiler(re.compile(pattern, re.S), spoil, times))

    def behave(self) -> None:
        """No more faults; connections that swallowed go on as if nothing was said."""
        self.refusing = self.swallowing = False
        self.drip, self.full = 0.0, None
        self._rules.clear()
        self._spoilers.clear()

    def reset_all(self) -> None:
        """RST on every connection."""
        for link in self._links:
            link.reset()
        self._links.clear()

    def stop(self) -> None:
        """End it, with all its connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self._links:
            link.hang_up()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connects.append(time.monotonic())
            try:
                server = socket.create_connection(self._target, timeout=5)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            link = Link(client, server)
            if self.refusing:
                link.reset()
                continue
            self._links.append(link)
            for work in (self._to_server, self._to_client):
                threading.Thread(target=self._pump, args=(work, link), daemon=True).start()

    def _pump(self, work: Callable[[Link], None], link: Link) -> None:
        with suppress(OSError, ValueError):  # ValueError: closed by the other pump
            work(link)
        link.hang_up()

    def _to_server(self, link: Link) -> None:
        rest = b""
        while data := link.client.recv(65536):
            if self.swallowing:
                continue
            if not (self._rules or self.full):
                link.server.sendall(rest + data)
                rest = b""
                continue
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if not self._pass_on(link, line + b"\n"):
                    return

    def _pass_on(self, link: Link, line: bytes) -> bool:
        """A command to the server, or to the rule that answers instead; False when the connection ended over it."""
        if rule := self._rule(line):
            return self._obey(rule, line.split()[0].decode(), link)
        link.server.sendall(line)
        return True

    def _rule(self, line: bytes) -> _Rule | None:
        words = [word.decode("latin-1").upper() for word in line.split()[1:3]]
        name = next((word for word in words if word != "UID"), "")
        if name == "MOVE" and self.full and self.full in line:
            return _Rule(name, ("NO [OVERQUOTA] this folder is full",), 1, "stop")
        for rule in self._rules:
            if rule.command == name and rule.times > 0:
                rule.times -= 1
                return rule if rule.then != "forward" else self._forwarding(rule, line)
        return None

    def _forwarding(self, rule: _Rule, line: bytes) -> _Rule:
        return _Rule(rule.command, (*rule.lines, line.decode("latin-1")), 0, "forward")

    def _obey(self, rule: _Rule, tag: str, link: Link) -> bool:
        """Do as the rule says; False when the connection ended over it."""
        *lines, last = rule.lines
        for line in lines:
            link.client.sendall(f"{line}\r\n".encode())
        if rule.then == "forward":
            link.server.sendall(last.encode("latin-1"))
            return True
        link.client.sendall(f"{last if rule.then == 'hang up' else f'{tag} {last}'}\r\n".encode())
        return rule.then != "hang up"

    def _to_client(self, link: Link) -> None:
        while data := link.server.recv(65536):
            heard = self._spoiled(link, data)
            if heard is None:
                return
            while self.drip and heard and not self.swallowing:
                link.client.sendall(heard[: self.piece])
                heard = heard[self.piece :]
                time.sleep(self.drip)
            if not self.swallowing:
                link.client.sendall(heard)

    def _spoiled(self, link: Link, data: bytes) -> bytes | None:
        for spoiler in self._spoilers:
            if spoiler.times > 0 and (match := spoiler.pattern.search(data)):
                spoiler.times -= 1
                return spoiler.spoil(link, match)
        return data


def reset_after(octets: int) -> Callable[[Link, "re.Match[bytes]"], None]:
    """A spoiler: the client hears so many octets after the pattern, then the connection is reset."""

    def spoil(link: Link, match: "re.Match[bytes]") -> None:
        link.client.sendall(match.string[: match.end() + octets])
        time.sleep(0.05)  # a reset that overtakes what was sent would hide it
        link.reset()

    return spoil


def another_size(more: int) -> Callable[[Link, "re.Match[bytes]"], bytes]:
    """A spoiler: the literal of which the pattern's first group is the size is said to be `more` octets longer."""

    def spoil(_link: Link, match: "re.Match[bytes]") -> bytes:
        said = match.string
        return said[: match.start(1)] + b"%d" % (int(match[1]) + more) + said[match.end(1) :]

    return spoil


@contextmanager
def before(server: MailServer, port: int = 0) -> Iterator[Proxy]:
    """A proxy before `server`, gone afterwards; `port`: another one than that without TLS."""
    proxy = Proxy(server, port)
    try:
        yield proxy
    finally:
        proxy.stop()


@pytest.fixture
def proxy(dovecot: MailServer) -> Iterator[Proxy]:
    """A proxy before the private Dovecot."""
    with before(dovecot) as made:
        yield made

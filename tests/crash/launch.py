"""What a forked process does: it becomes mailrouter, counts the effects it has, and is struck at one of them.

An effect is a write to the mailbox or to the relay, a question for a token, or a commit of the journal. It is counted
just before it happens; the state just after it is the one before the next. Where the other side goes on by itself with
what was written, the final dot and commands that change the mailbox, the moment just after counts too.
"""

import imaplib
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, Signals
from typing import Any, NamedTuple

from sqlalchemy.engine.default import DefaultDialect

from mailrouter.smtp.strict import StrictSMTP
from mailrouter.tokens import TokenService
from tests.crash.planted import plant
from tests.wire.order import Order

_COMMAND = re.compile(rb"(?:[A-Z]{4,8}[0-9]+ |DONE)")
_CHANGING = re.compile(rb"\S+ (UID )?(MOVE|COPY|STORE|EXPUNGE|CREATE)\b")


@dataclass(frozen=True)
class Copy:
    """The state folder is copied at effect `at`, while no other effect goes on: a backup, to be put back later."""

    at: int
    state: Path
    to: Path


@dataclass(frozen=True)
class Counted(Order):
    """A mailrouter that writes each effect it has to `effects`."""

    effects: Path = Path(os.devnull)
    strike: int = 0
    """The effect at which the process gets `signal`; 0: none."""
    signal: Signals = SIGKILL
    copy: Copy | None = None
    plant: str = ""
    """The name of a bug to plant (`tests.crash.planted`)."""

    def prepare(self) -> None:
        """Plant the bug, and count every effect of this process from now on."""
        plant(self.plant)
        _count(self)


def _count(order: Counted) -> None:
    counter = Counter(order)
    counter.watch(imaplib.IMAP4, "send", _imap, nullcontext())
    counter.watch(TokenService, "ask", _token, nullcontext())
    counter.watch(StrictSMTP, "send", _smtp, nullcontext())
    counter.watch(DefaultDialect, "do_commit", _commit, counter.committing)


class Effect(NamedTuple):
    """What is about to be done; `goes_on`: the other side goes on by itself once it is written."""

    name: str
    goes_on: bool = False


class Counter:
    """Counts effects over all threads, and strikes at the chosen one."""

    def __init__(self, order: Counted) -> None:
        self._order, self._count = order, 0
        self._file = os.open(order.effects, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._lock = threading.Lock()
        self.committing = threading.Lock()
        """Held while the journal is being written, so that it is never copied halfway."""

    def step(self, name: str) -> None:
        """One more effect."""
        with self._lock:
            self._count += 1
            os.write(self._file, f"{self._count} {time.monotonic():.3f} {name}\n".encode())
            if self._order.copy and self._count == self._order.copy.at:
                self._copy(self._order.copy)
            if self._count == self._order.strike:
                os.kill(os.getpid(), self._order.signal)

    def _copy(self, copy: Copy) -> None:
        with self.committing:
            if copy.state.exists():
                # Not by this process: closing any descriptor of the journal would give back the locks SQLite holds on
                # it (fcntl(2)), and the next reader would cut off the index that is mapped here.
                subprocess.run(["cp", "-R", copy.state, copy.to], check=True)

    def watch(
        self, owner: Any, method: str, named: Callable[..., Effect | None], alone: AbstractContextManager[Any]
    ) -> None:
        """Count what this method does, with `alone` held meanwhile; `named` makes an effect of its arguments."""
        real = getattr(owner, method)

        def counted(*args: Any, **words: Any) -> Any:
            effect = named(*args)
            if effect:
                self.step(effect.name)
            with alone:
                answer = real(*args, **words)
            if effect and effect.goes_on:
                self.step(f"after {effect.name}")
            return answer

        setattr(owner, method, counted)


def _imap(_client: object, data: bytes) -> Effect | None:
    """A command; what it consists of further (a login, a literal, its line end) can be written by itself."""
    if not _COMMAND.match(data):
        return None
    return Effect(f"imap {bytes(data[:60]).strip()!r}", _CHANGING.match(data) is not None)


def _smtp(_client: object, data: bytes | str) -> Effect:
    raw = data[:60].encode() if isinstance(data, str) else bytes(data[:60])
    return Effect(f"smtp {raw.strip()!r}", raw == b".\r\n")


def _token(*_: object) -> Effect:
    return Effect("token")


def _commit(*_: object) -> Effect:
    return Effect("commit")

"""Workers for the cages of forked daemons, which need not wait for Python either (`tests.wire.hatching`)."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from select import select
from types import SimpleNamespace
from typing import Any

from mailrouter import cage
from tests.wire import hatching

_STARTED = [sys.executable, "-I", "-m", hatching.WORKER]
_HOW = {
    "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "env": {}, "close_fds": True,
    "start_new_session": True,
}  # fmt: skip
"""How the cage starts a worker; whoever changes that changes it here and in `hatching`."""


class Hatched:
    """A forked worker, as the `subprocess.Popen` that the cage has of it."""

    def __init__(self, door: str, command: list[str], **how: Any) -> None:
        assert (command, how) == (_STARTED, _HOW)
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(door)
        (source, to_worker), (from_worker, target) = os.pipe(), os.pipe()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        theirs = [source, target, nowhere]
        socket.send_fds(self._line, [b"!"], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        self.stdin, self.stdout = os.fdopen(to_worker, "wb"), os.fdopen(from_worker, "rb")
        self.pid = self._told(signed=False)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        if self.returncode is None and select([self._line], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        """How it ends."""
        if self.returncode is None:
            self.returncode = self._told(signed=True)
            self._line.close()
        return self.returncode

    def kill(self) -> None:
        """SIGKILL. Harmless when it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _told(self, *, signed: bool) -> int:
        return int.from_bytes(self._line.recv(4, socket.MSG_WAITALL), "big", signed=signed)


class Hatchery:
    """The process that forks workers, as seen by the one that forks daemons."""

    def __init__(self) -> None:
        self.door = f"\0mailrouter-hatchery-{os.getpid()}"
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(self.door)
            door.listen()
            file = str(Path(hatching.__file__))
            self._process = subprocess.Popen(
                [sys.executable, "-I", file, str(door.fileno())],
                stdin=subprocess.PIPE, env={}, pass_fds=[door.fileno()], start_new_session=True,
            )  # fmt: skip

    def supply(self) -> None:
        """In a fork that becomes mailrouter: have its cage get its workers here."""
        assert self._process.stdin is not None
        self._process.stdin.close()  # as long as it is open somewhere the hatchery goes on
        start = partial(Hatched, self.door)
        cage.subprocess = SimpleNamespace(Popen=start, PIPE=subprocess.PIPE, DEVNULL=subprocess.DEVNULL)  # type: ignore[attr-defined]  # only the cage gets its workers so

"""Starts mailrouter processes without waiting for Python, under strace if they are to be stopped often."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.crash.launch import Order

TOP = Path(__file__).parents[2]


class Running:
    """A forked process. One at a time comes from a zygote."""

    def __init__(self, channel: "Connection[Any, Any]", pid: int) -> None:
        self._channel, self.pid = channel, pid
        self.code: int | None = None
        self.stops = 0
        """How often it was stopped, known when it has ended."""

    def ended(self, within: float = 0.0) -> bool:
        """Whether it has ended, waited for `within` seconds; then `code` is its exit code, or minus the signal."""
        if self.code is None and self._channel.poll(within):
            self.code, self.stops = self._channel.recv()
        return self.code is not None

    def kill(self) -> None:
        """SIGKILL, and wait for its end."""
        if not self.ended():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            assert self.ended(60)


class Zygote:
    """The process that forks (`tests.crash.forking`), as seen by whoever gives it orders.

    `under` is a command that watches over it and whatever it forks (`tests.crash.strace`).
    """

    def __init__(self, under: Sequence[str] = ()) -> None:
        ours, theirs = socket.socketpair()
        writes_no_bytecode = ["-B"] if under else []  # that would stop it too
        command = [*under, sys.executable, *writes_no_bytecode, "-m", "tests.crash.forking", str(theirs.fileno())]
        # A session of its own: an interrupt from the keyboard is for us, and when we end so does everything here.
        self._process = subprocess.Popen(command, cwd=TOP, pass_fds=[theirs.fileno()], start_new_session=True)
        theirs.close()
        self._channel: Connection[Any, Any] = Connection(ours.detach())

    def close(self) -> None:
        """End it, and what it has forked."""
        self._channel.close()
        self._process.wait(60)

    def start(self, order: Order) -> Running:
        """Fork, and become what is ordered; the one forked before must have ended."""
        self._channel.send(order)
        return Running(self._channel, self._channel.recv())

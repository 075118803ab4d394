"""Starts mailrouter processes without waiting for Python, under strace if they are to be stopped often."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from tests.wire.order import TOP, Order


class Running:
    """A forked process, to be watched and ended as a `subprocess.Popen`; from any thread."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        """The exit code, or minus the signal, when it has ended."""
        self.stops = 0
        """How often it was stopped, known when it has ended."""
        self._ended = threading.Event()

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """How it ends. Raises TimeoutExpired after `timeout` seconds."""
        self._ended.wait(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(f"mailrouter (process {self.pid})", timeout or 0.0)
        return self.returncode

    def ended(self, within: float) -> bool:
        """Whether it has ended, waited for `within` seconds."""
        return self._ended.wait(within)

    def send_signal(self, number: int) -> None:
        """Send it a signal. Harmless when it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL. Harmless when it has ended."""
        self.send_signal(signal.SIGKILL)

    def end(self, code: int, stops: int) -> None:
        """It has ended: what whoever started it hears."""
        self.stops, self.returncode = stops, code
        self._ended.set()


class Zygote:
    """The process that forks (`tests.wire.forking`), as seen by whoever gives it orders, from any thread.

    `under` is a command that watches over it and whatever it forks (`tests.crash.strace`).
    """

    def __init__(self, under: Sequence[str] = ()) -> None:
        ours, theirs = socket.socketpair()
        python = [sys.executable, "-B"] if under else [sys.executable]  # writing bytecode would stop it too
        workers = "started" if under else "forked"
        command = [*under, *python, "-m", "tests.wire.forking", str(theirs.fileno()), workers]
        # A session of its own: an interrupt from the keyboard is for us, and when we end so does everything here.
        self._process = subprocess.Popen(command, cwd=TOP, pass_fds=[theirs.fileno()], start_new_session=True)
        theirs.close()
        self._channel: Connection[Any, Any] = Connection(ours.detach())
        self._ordering = threading.Lock()
        self._born: SimpleQueue[Running] = SimpleQueue()
        self._listener = threading.Thread(target=self._listen, name="zygote", daemon=True)
        self._listener.start()

    def close(self) -> None:
        """End it, and what it has forked."""
        with suppress(OSError):
            self._channel.send(None)
        self._process.wait(60)
        self._listener.join(60)
        self._channel.close()

    def start(self, order: Order) -> Running:
        """Fork, and become what is ordered."""
        with self._ordering:
            self._channel.send(order)
            return self._born.get(timeout=60)

    def _listen(self) -> None:
        """Hear of births and deaths until it ends."""
        living: dict[int, Running] = {}
        with suppress(EOFError, OSError):
            while True:
                child, end = self._channel.recv()
                if end:
                    living.pop(child).end(*end)
                else:
                    living[child] = Running(child)
                    self._born.put(living[child])

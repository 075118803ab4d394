"""A process that has imported everything once, and forks a mailrouter from itself each time it is told to.

So a test need not wait for Python to start. What is forked is a process like any other: it is really killed, and
nothing of it is left. No thread may exist here, or the fork would leave its locks behind. Run by `tests.wire.zygote`.

The workers of its cage are forked too, but not from here: from a process as bare as a worker (`tests.wire.hatching`).
"""

import gc
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Any, Literal

from mailrouter.config.loading import share
from mailrouter.wiring import load_checked
from tests.wire.hatchery import Hatchery
from tests.wire.order import Order

NEEDED = ("mailrouter.daemon", "mailrouter.cli.dryrun", "mailrouter.cage_worker", "alembic.command")
"""What mailrouter imports only when it gets there; its worker too, so that its bytecode lies ready."""


class Nursery:
    """Forks for each order, and tells (process id, None) at its birth and (process id, its end) at its death.

    An end is (exit code or minus the signal, how often the process was stopped).
    """

    def __init__(self, channel: "Connection[Any, Any]") -> None:
        self._channel = channel
        self._orders: dict[int, Order] = {}
        self._stops: dict[int, int] = {}
        self._bell, self._ringing = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._ringing, False)

    def serve(self) -> Order | None:
        """In each child: what it is to become. In the parent: None, when master and children are gone."""
        _listen(self._ringing)
        while True:
            if self._channel in wait([self._bell, self._channel]):
                order = self._next()
                if not order:
                    self._end()
                    return None
                if child := os.fork():
                    self._orders[child], self._stops[child] = order, 0
                    self._tell(child, None)
                else:
                    self._leave()
                    return order
            self._look()

    def _next(self) -> Order | None:
        try:
            order: Order | None = self._channel.recv()
        except (EOFError, OSError):
            return None
        return order

    def _leave(self) -> None:
        """What a child does first: keep nothing of ours."""
        _listen(-1)
        self._channel.close()
        os.close(self._bell)
        os.close(self._ringing)

    def _look(self) -> None:
        """Whose state changed since we were rung. The stop that was ordered is the last one of a child."""
        with suppress(BlockingIOError):
            os.read(self._bell, 4096)
        while self._orders and (changed := os.waitpid(-1, os.WNOHANG | os.WUNTRACED))[0]:
            child, status = changed
            if not os.WIFSTOPPED(status):
                self._tell(child, (os.waitstatus_to_exitcode(status), self._stops.pop(child)))
                del self._orders[child]
                continue
            self._stops[child] += 1
            os.kill(child, signal.SIGKILL if self._stops[child] == self._orders[child].stop else signal.SIGCONT)

    def _tell(self, child: int, end: tuple[int, int] | None) -> None:
        with suppress(OSError):
            self._channel.send((child, end))

    def _end(self) -> None:
        for child in self._orders:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _listen(ringing: int) -> None:
    """Have the kernel ring when a child ends, stops or goes on; -1: as Python has it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL if ringing < 0 else lambda *_: None)
    signal.set_wakeup_fd(ringing)


def main(channel: int, workers: Literal["forked", "started"]) -> None:
    """Fork until our master ends; what is forked goes on here as mailrouter."""
    hatchery = Hatchery() if workers == "forked" else None
    for name in NEEDED:
        import_module(name)
    load_checked(share() / "config")  # most of what a test's config says has then been read
    gc.freeze()
    if order := Nursery(Connection(channel)).serve():
        if hatchery:
            hatchery.supply()
        order.launch()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])  # type: ignore[arg-type]  # by `tests.wire.zygote`

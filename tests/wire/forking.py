"""A process that has imported everything once, and forks a mailrouter from itself each time it is told to.

So a trial need not wait for Python to start. What is forked is a process like any other: it is really killed, and
nothing of it is left. No thread may exist here, or the fork would leave its locks behind. Run by `tests.crash.zygote`.
"""

import gc
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Any

from tests.crash.launch import Order, launch

NEEDED = ("mailrouter.daemon", "mailrouter.cli.dryrun", "mailrouter.cage_worker", "alembic.command")
"""What mailrouter imports only when it gets there; its worker too, so that its bytecode lies ready."""


def serve(channel: "Connection[Any, Any]") -> None:
    """Fork for each order; tell the process id, and then (exit code, how often it was stopped)."""
    for name in NEEDED:
        import_module(name)
    gc.freeze()
    bell, ringing = os.pipe()
    os.set_blocking(ringing, False)
    while True:
        try:
            order: Order = channel.recv()
        except EOFError:
            return
        _listen(ringing)
        child = os.fork()
        if not child:
            _listen(-1)
            channel.close()
            launch(order)
            return
        channel.send(child)
        _see_off(child, order.stop, bell, channel)


def _listen(ringing: int) -> None:
    """Have the kernel ring when a child ends, stops or goes on; -1: as Python has it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL if ringing < 0 else lambda *_: None)
    signal.set_wakeup_fd(ringing)


def _see_off(child: int, stop: int, bell: int, channel: "Connection[Any, Any]") -> None:
    """Until the child has ended. Its `stop`-th stop is its last; when our master goes first, it is killed at once."""
    stops = 0
    while True:
        if channel in wait([bell, channel]):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        os.read(bell, 64)
        while (changed := os.waitpid(child, os.WNOHANG | os.WUNTRACED))[0]:
            if not os.WIFSTOPPED(changed[1]):
                with suppress(OSError):
                    channel.send((os.waitstatus_to_exitcode(changed[1]), stops))
                return
            stops += 1
            os.kill(child, signal.SIGKILL if stops == stop else signal.SIGCONT)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))

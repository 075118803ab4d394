"""A worker of the cage that has imported everything once, and forks workers from itself.

Run as the cage starts a worker: isolated, with an empty environment. So what is forked here has what a worker has that
was started, and nothing else. No thread may exist here. Run by `tests.wire.hatchery`.
"""

import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from runpy import run_module
from selectors import EVENT_READ, DefaultSelector

WORKER = "mailrouter.cage_worker"
_MASTER = 0


def hatch(door: socket.socket) -> socket.socket | None:
    """In each child: who asked for a worker. In the parent: None, when its master is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with DefaultSelector() as either:
        either.register(door, EVENT_READ)
        either.register(_MASTER, EVENT_READ)
        while _MASTER not in {key.fd for key, _ in either.select()}:
            asking, _ = door.accept()
            if not os.fork():
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                return asking
            asking.close()
    return None


def attend(asking: socket.socket) -> None:
    """Fork a worker, which tells its process id, and tell how it ended: 32-bit numbers. Only the worker returns."""
    _, descriptors, _, _ = socket.recv_fds(asking, 1, 3)
    if worker := os.fork():
        for descriptor in descriptors:
            os.close(descriptor)
        code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
        with suppress(OSError):
            asking.sendall(code.to_bytes(4, "big", signed=True))
        os._exit(0)
    os.setsid()
    asking.sendall(os.getpid().to_bytes(4, "big"))
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))


def main() -> None:
    """Serve at the door that we inherited, until the pipe that is our stdin ends."""
    run_module(WORKER)
    gc.freeze()
    door = socket.socket(fileno=int(sys.argv[1]))
    if asking := hatch(door):
        attend(asking)
        asking.detach()
        door.detach()
        run_module(WORKER, run_name="__main__")


if __name__ == "__main__":
    main()

"""A thread that waits for news in the inbox (IDLE, RFC 2177) and wakes the poller. It carries no data."""

import random
import select
import threading
import time
from collections.abc import Callable

import structlog

from mailrouter.backoff import delay
from mailrouter.imap.connection import Connection, Trouble, as_trouble, drop
from mailrouter.imap.door import Door
from mailrouter.imap.folders import Folders

_SLICE = (
    9 * 60.0
)  # seconds of IDLE at a time; providers and firewalls cut a silent connection after ten minutes or more
_STEADY = 60.0  # seconds after which a connection counts as having worked
_TICK = 1.0  # seconds within which stop() is noticed

_log = structlog.get_logger()


class Waker(threading.Thread):
    """Calls `wake()` when mail arrives in the inbox, on a connection of its own.

    `wake()` is called in this thread, for every sign of new mail, and each time that IDLE begins, because what came
    just before gives no sign. When its connection breaks it calls too: the poller then finds out whether the server is
    there, and not before the poller was answered does the waker connect again, so that one of them knocks and not both.
    When the server has no IDLE the thread ends: polling goes on beside it anyway, since IDLE can fall silent without
    an error.
    """

    def __init__(self, door: Door, wake: Callable[[], None]) -> None:
        super().__init__(name="imap-waker", daemon=True)
        self._door = door
        self._wake = wake
        self._stopped = threading.Event()
        self._random = random.SystemRandom().random

    def stop(self) -> None:
        """End the thread within a second or so; while it connects, within `mailbox.connect_timeout`."""
        self._stopped.set()

    def run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                self._watch()
                return
            except Trouble as trouble:
                failures = 0 if time.monotonic() - began > _STEADY else failures
                _log.warning("imap.idle_broken", said=str(trouble))
                self._wait(delay(failures, self._random))
                failures += 1

    def _wait(self, pause: float) -> None:
        """Until the server answered the poller again, and `pause` seconds at least."""
        broken = time.monotonic()
        self._wake()
        self._stopped.wait(pause)
        while self._door.answered < broken and not self._stopped.wait(_TICK):
            continue

    def _watch(self) -> None:
        """IDLE until stopped; returns at once when the server has none."""
        with as_trouble(f"{self._door.account.host}: waiting for news"):
            client = self._door.connect()
            try:
                if not client.has_capability("IDLE"):
                    _log.info("imap.no_idle", host=self._door.account.host)
                    return
                client.select_folder(Folders(client).wire_name(self._door.account.inbox), readonly=True)
                while not self._stopped.is_set():
                    self._idle(client)
            finally:
                drop(client)

    def _idle(self, client: Connection) -> None:
        """One slice of IDLE; DONE and NOOP after it show whether the connection still lives."""
        client.idle()
        self._wake()
        end = time.monotonic() + _SLICE
        while not self._stopped.is_set() and time.monotonic() < end:
            if not _readable(client):
                continue
            news = client.idle_check(timeout=0)
            if not news:  # readable but empty: probably dead, and IDLE itself will never say so
                break
            if any(b"EXISTS" in item for item in news):
                self._wake()
        client.idle_done()
        client.noop()


def _readable(client: Connection) -> bool:
    """Whether the server said something within a tick."""
    poller = select.poll()
    poller.register(client.socket().fileno(), select.POLLIN)
    return bool(poller.poll(_TICK * 1000))

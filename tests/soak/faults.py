"""What goes wrong in a soak: each fault is begun, and over again by itself."""

import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.soak.running import Running
from tests.wire.dovecot import Dovecot
from tests.wire.office import ReturningSink
from tests.wire.sink import DROP

OFFICIAL = "oeverman@gemeente.example"


@dataclass
class Scene:
    """The servers and the daemon between them."""

    server: Dovecot
    relay: ReturningSink
    daemon: Running
    chance: random.Random
    _ending: threading.Timer | None = None

    def for_a_while(self, begin: Callable[[], None], undo: Callable[[], None]) -> None:
        """Begin a fault, and undo it after some seconds; before the next one begins it is over."""
        self.wait()
        begin()
        self._ending = threading.Timer(self.chance.uniform(3, 12), undo)
        self._ending.start()

    def wait(self) -> None:
        """Until what is away is back."""
        if self._ending:
            self._ending.join()


def mailbox_restarts(scene: Scene) -> None:
    scene.server.restart()


def mailbox_kicks(scene: Scene) -> None:
    scene.server.kick()


def mailbox_stays_away(scene: Scene) -> None:
    scene.for_a_while(scene.server.stop, scene.server.start)


def relay_hangs_up(scene: Scene) -> None:
    scene.relay.hang_up()


def relay_stays_away(scene: Scene) -> None:
    scene.for_a_while(scene.relay.close_door, scene.relay.open_door)


def relay_puts_off(scene: Scene) -> None:
    scene.relay.answer("rcpt", "451 4.2.1 come back later", OFFICIAL, times=scene.chance.randint(1, 6))


def relay_refuses_mail(scene: Scene) -> None:
    scene.relay.answer("mail", "451 4.3.2 too busy", times=scene.chance.randint(1, 3))


def relay_says_goodbye(scene: Scene) -> None:
    scene.relay.answer("data", "421 4.4.2 going down", times=scene.chance.randint(1, 3))


def relay_is_cut_off_after_the_dot(scene: Scene) -> None:
    scene.relay.answer("dot", DROP, times=scene.chance.randint(1, 3))


def relay_talks_nonsense(scene: Scene) -> None:
    scene.relay.answer("dot", "what was the question", times=1)


def relay_is_slow(scene: Scene) -> None:
    scene.relay.answer("dot", "250 2.0.0 at last", times=2, delay=4.0)


def receipt_is_refused_once(scene: Scene) -> None:
    scene.relay.answer("rcpt", "450 4.2.0 not now", "bewijs@gemeente.example", times=1)


def journal_is_locked(scene: Scene) -> None:
    """As by a backup program that holds the write lock for a few seconds."""
    connection = sqlite3.connect(scene.daemon.office.state / "journal.db", timeout=20, isolation_level=None)
    connection.execute("begin immediate")
    time.sleep(scene.chance.uniform(1, 4))
    connection.close()


def config_is_read_anew(scene: Scene) -> None:
    scene.daemon.signal(signal.SIGHUP)


def daemon_restarts(scene: Scene) -> None:
    scene.daemon.restart(signal.SIGTERM)


def daemon_is_killed(scene: Scene) -> None:
    scene.daemon.restart(signal.SIGKILL)


AROUND = (
    mailbox_restarts, mailbox_kicks, mailbox_stays_away, relay_hangs_up, relay_stays_away, relay_puts_off,
    relay_refuses_mail, relay_says_goodbye, relay_is_cut_off_after_the_dot, relay_talks_nonsense, relay_is_slow,
    receipt_is_refused_once, journal_is_locked, config_is_read_anew,
)  # fmt: skip
"""Faults that the daemon lives through."""

ITS_END = (daemon_restarts, daemon_is_killed)
"""Faults that end it; it is started again."""

"""What is to be done every so many seconds, whatever the clock on the wall does meanwhile."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Tick:
    seconds: float
    call: Callable[[], None]
    due: float


class Ticks(threading.Thread):
    """Calls functions at intervals, in this thread: they only set events, and take no time.

    By the monotonic clock: a schedule of moments on the wall would stand still for two days when the clock is set back
    by two days, and for ever when it was five years ahead.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(name="ticks", daemon=True)
        self._clock = clock
        self._ticks: list[_Tick] = []
        self._stopped = threading.Event()

    def every(self, seconds: float, call: Callable[[], None]) -> None:
        """Call it after so many seconds (0.1 at least), and each time they have gone by again. Before `start` only."""
        seconds = max(seconds, 0.1)
        self._ticks.append(_Tick(seconds, call, self._clock() + seconds))

    def turn(self) -> float:
        """Call what is due, each once however often it was missed; returns the seconds until something is due again."""
        now = self._clock()
        for tick in self._ticks:
            if tick.due <= now:
                tick.due = now + tick.seconds
                tick.call()
        return max(0.0, min(tick.due for tick in self._ticks) - self._clock())

    def run(self) -> None:
        while not self._stopped.wait(self.turn()):
            continue

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

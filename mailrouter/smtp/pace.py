"""How fast letters may go: the rate limit, and the pause after trouble with the relay."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 300.0
"""Seconds; each trouble in a row doubles the pause."""

_MINUTE = 60.0


class RateLimit:
    """At most `rate` letters in any minute, over all connections; 0: no limit. Safe to share among threads."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._taken: deque[float] = deque(maxlen=rate)
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take a turn: 0.0 if it was given, else the seconds after which to ask again."""
        if not self._rate:
            return 0.0
        with self._lock:
            now = self._clock()
            if len(self._taken) == self._rate and (wait := self._taken[0] + _MINUTE - now) > 0:
                return wait
            self._taken.append(now)
            return 0.0


class Pause:
    """The time in which the relay is left alone: growing while trouble lasts, with jitter, gone after a success."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0.0
        self._in_a_row = 0
        self._broken = False
        self.trouble: str | None = None
        """Why there is, or last was, a pause; None after a success."""

    def left(self) -> float:
        """Seconds the pause still lasts; 0.0 when there is none."""
        return max(0.0, self._until - self._clock())

    def begin(self, trouble: str, at_least: float = 0.0) -> bool:
        """Pause because of `trouble`, for `at_least` so many seconds; False if a pause was on already.

        Several connections meet the same trouble at once: it counts once.
        """
        with self._lock:
            if self.left() > 0:
                return False
            step = min(FIRST_PAUSE * 2**self._in_a_row, LONGEST_PAUSE)
            self._in_a_row = min(self._in_a_row + 1, 10)
            self._until = self._clock() + max(at_least, step * random.uniform(0.7, 1.0))  # noqa: S311  (no secret)
            self.trouble = trouble
            return True

    def broken(self, trouble: str) -> bool:
        """A connection broke in the middle of a letter. Once may be that letter's doing; twice in a row is a pause."""
        if self._broken:
            self.begin(trouble)
            return True
        self._broken = True
        return False

    def end(self) -> None:
        """The relay took part in a letter again; a pause that another connection began meanwhile stays."""
        with self._lock:
            self._broken = False
            if self.left() == 0:
                self._in_a_row = 0
                self.trouble = None

"""How long to wait before trying a server again: 1 s at first, doubling to 5 minutes, never in step with others."""

from collections.abc import Callable

MOST = 300.0
"""The longest wait, in seconds; also the wait after a refused login, so that no account is locked."""


def delay(failures: int, random: Callable[[], float], first: float = 1.0, most: float = MOST) -> float:
    """Seconds to wait after `failures` earlier failures in a row (0: this was the first).

    `random` gives numbers in [0, 1). The wait lies between `first` and `most`: uniform between a step and twice that
    step, and the step doubles with every failure.
    """
    step = min(first * 2.0 ** min(failures, 64), most / 2)
    return step * (1 + random())

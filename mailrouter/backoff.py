"""How long to wait before trying the mail server again: soon at first, then every minute."""

from collections.abc import Callable

MOST = 60.0
"""The longest wait, in seconds: how late we may be after a long outage."""
AFTER_REFUSAL = 300.0
"""The wait after a refused login, so that no account is locked."""
_FIRST = (1.0, 8.0)


def delay(failures: int, random: Callable[[], float]) -> float:
    """Seconds to wait after `failures` earlier failures in a row (0: this was the first).

    `random` gives numbers in [0, 1): the first two waits differ with it, and so all later moments do. An outage of ten
    minutes is at most twelve connections.
    """
    return _FIRST[failures] * (1 + random() / 4) if failures < len(_FIRST) else MOST

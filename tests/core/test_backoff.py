"""How long we wait before trying a server again."""

from hypothesis import given
from hypothesis import strategies as st

from mailrouter.backoff import MOST, delay


def test_starts_at_one_second_and_doubles() -> None:
    """Without jitter the waits are 1, 2, 4 … seconds, until half of the longest wait."""
    assert [delay(failures, lambda: 0.0) for failures in range(10)] == [1, 2, 4, 8, 16, 32, 64, 128, 150, 150]


def test_an_outage_of_ten_minutes_is_at_most_twelve_connections() -> None:
    """Even with the shortest waits a server that is away is not hammered."""
    moments = [0.0]
    while moments[-1] <= 600:
        moments.append(moments[-1] + delay(len(moments) - 1, lambda: 0.0))
    assert len(moments[:-1]) <= 12


@given(failures=st.integers(0, 10**9), jitter=st.floats(0, 1, exclude_max=True))
def test_every_wait_lies_between_one_second_and_five_minutes(failures: int, jitter: float) -> None:
    """However often it failed and whatever the jitter, the wait stays within its bounds."""
    assert 1 <= delay(failures, lambda: jitter) <= MOST


def test_jitter_spreads_the_waits() -> None:
    """Two routers that lost the same server do not come back in step."""
    assert (delay(3, lambda: 0.0), delay(3, lambda: 0.5)) == (8, 12)

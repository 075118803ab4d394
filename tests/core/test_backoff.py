"""How long we wait before trying the mail server again."""

from hypothesis import given
from hypothesis import strategies as st

from mailrouter.backoff import MOST, delay


def test_soon_at_first_and_then_every_minute() -> None:
    """Without jitter: after a second, after eight more, and from then on after a minute."""
    assert [delay(failures, lambda: 0.0) for failures in range(5)] == [1, 8, 60, 60, 60]


def test_an_outage_of_ten_minutes_is_at_most_twelve_connections() -> None:
    """Even with the shortest waits, and the first try at once, a server that is away is not hammered."""
    moments = [0.0]
    while moments[-1] <= 600:
        moments.append(moments[-1] + delay(len(moments) - 1, lambda: 0.0))
    assert len(moments[:-1]) == 12


@given(failures=st.integers(0, 10**9), jitter=st.floats(0, 1, exclude_max=True))
def test_no_wait_is_longer_than_a_minute(failures: int, jitter: float) -> None:
    """However often it failed and whatever the jitter: when the server is back we are, within a minute."""
    assert 1 <= delay(failures, lambda: jitter) <= MOST


def test_jitter_spreads_the_waits() -> None:
    """Two routers that lost the same server do not come back in step."""
    assert (delay(0, lambda: 0.0), delay(0, lambda: 0.5)) == (1, 1.125)

"""Which meeting a mail is about: the chain of moves is followed, and two meetings are never taken for one."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.meetings import Change, Known, News, after

D = {n: date(2026, 10, n) for n in range(1, 30)}


def told(*news: tuple[Change, int, int]) -> list[str]:
    """What the meetings are known by that mails tell of, each (change, day until then, day now): "1", "1/2"."""
    said: list[Known] = []
    for change, planned, day in news:
        said.append(after(News(D[planned], D[day], change), said))
    return [known.name.removeprefix("2026-10-").lstrip("0") for known in said]


@pytest.mark.parametrize(
    ("news", "names"),
    [
        ([("planned", 1, 1), ("moved", 1, 8), ("moved", 8, 15), ("cancelled", 15, 15)], ["1"] * 4),
        ([("moved", 1, 8), ("moved", 8, 15), ("planned", 15, 15)], ["1"] * 3),  # announced before the journal began
        ([("planned", 1, 1), ("moved", 1, 8), ("moved", 1, 8), ("moved", 1, 15)], ["1"] * 4),  # by its first day
        ([("planned", 1, 1), ("moved", 1, 8), ("moved", 8, 1), ("cancelled", 1, 1)], ["1"] * 4),  # back again
        ([("planned", 1, 1), ("cancelled", 1, 1), ("cancelled", 1, 1), ("planned", 1, 1)], ["1"] * 4),  # after all
        ([("planned", 1, 1), ("moved", 1, 8), ("moved", 8, 8)], ["1"] * 3),  # the old day is not said
        ([("planned", 1, 1), ("planned", 8, 8), ("moved", 1, 15), ("moved", 8, 22)], ["1", "8", "1", "8"]),
    ],
)
def test_the_chain_is_followed(news: Sequence[tuple[Change, int, int]], names: list[str]) -> None:
    """Moved, repeated, moved back, off, on again: it stays what it was."""
    assert names == told(*news)


@pytest.mark.parametrize(
    ("news", "names"),
    [
        # the day became free, and another meeting is planned on it; news of the first is still of the first
        ([("planned", 1, 1), ("moved", 1, 8), ("planned", 1, 1), ("moved", 1, 8)], ["1", "1", "1/2", "1"]),
        # that the old day is off is no news of the meeting on its new day
        ([("planned", 1, 1), ("moved", 1, 8), ("cancelled", 1, 1)], ["1", "1", "1/2"]),
        # two meetings stand on one day: of which of them the mail speaks is not said
        ([("planned", 1, 1), ("planned", 8, 8), ("moved", 1, 8), ("moved", 8, 15)], ["1", "8", "1", "8/2"]),
        ([("planned", 1, 1), ("planned", 8, 8), ("moved", 1, 8), ("cancelled", 8, 8)], ["1", "8", "1", "8/2"]),
    ],
)
def test_what_is_not_certain_gets_a_name_of_its_own(news: Sequence[tuple[Change, int, int]], names: list[str]) -> None:
    """Two meetings never become one entry."""
    assert names == told(*news)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9), st.booleans()), max_size=12))
def test_two_meetings_stay_two(story: list[tuple[str, int, bool]]) -> None:
    """However often each of two meetings moves: while they never share a day, neither gets the other's name."""
    begin = {"a": date(2026, 1, 1), "b": date(2027, 1, 1)}
    stands, said = dict(begin), [after(News(day, day, "planned"), []) for day in begin.values()]
    for which, days, off in story:
        day = stands[which]
        new = day if off else day + timedelta(days=days)
        known = after(News(day, new, "cancelled" if off else "moved"), said)
        assert begin[which].isoformat() == known.name
        said.append(known)
        stands[which] = new
        if off:  # it goes on after all
            said.append(after(News(new, new, "planned"), said))

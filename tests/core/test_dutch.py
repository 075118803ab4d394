"""How letters write days, times and sizes."""

import datetime as dt

import pytest

from mailrouter.core.writing import dutch

DAY = dt.date(2022, 7, 6)


@pytest.mark.parametrize(
    ("last", "start", "end", "expected"),
    [
        (None, None, None, "woensdag 6 juli 2022"),
        (None, dt.time(19, 30), None, "woensdag 6 juli 2022 om 19.30 uur"),
        (None, dt.time(19, 30), dt.time(21), "woensdag 6 juli 2022 van 19.30 tot 21.00 uur"),
        (DAY, dt.time(9), None, "woensdag 6 juli 2022 om 09.00 uur"),
        (dt.date(2022, 7, 8), None, None, "woensdag 6 juli tot en met vrijdag 8 juli 2022"),
        (
            dt.date(2022, 7, 8),
            dt.time(9),
            dt.time(17),
            "woensdag 6 juli tot en met vrijdag 8 juli 2022, vanaf 09.00 uur",
        ),
        (dt.date(2023, 1, 1), None, None, "woensdag 6 juli 2022 tot en met zondag 1 januari 2023"),
    ],
)
def test_moments(last: dt.date | None, start: dt.time | None, end: dt.time | None, expected: str) -> None:
    """A moment is written as far as it is known."""
    assert dutch.moment(DAY, last, start, end) == expected


def test_a_time_without_a_day() -> None:
    """A time alone is a moment too; nothing is the empty text."""
    assert dutch.moment(None, None, dt.time(20), None) == "om 20.00 uur"
    assert dutch.moment(None, None, None, None) == ""


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (dt.datetime(2022, 7, 6, 22, 30, tzinfo=dt.UTC), "donderdag 7 juli 2022 om 00.30 uur"),
        (dt.datetime(2022, 12, 6, 22, 30, tzinfo=dt.UTC), "dinsdag 6 december 2022 om 23.30 uur"),
    ],
)
def test_sent_is_on_the_clock_of_the_municipality(moment: dt.datetime, expected: str) -> None:
    """Summer and winter time are those of the municipality."""
    assert dutch.sent(moment, "Europe/Amsterdam") == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1 KB"),
        (1_240, "1,2 KB"),
        (340_400, "340 KB"),
        (999_999, "1000 KB"),
        (1_250_000, "1,2 MB"),
        (10_400_000, "10 MB"),
        (3_000_000_000, "3 GB"),
    ],
)
def test_sizes(count: int, expected: str) -> None:
    """Sizes are rounded to what people remember."""
    assert dutch.size(count) == expected

"""The words of Dutch dates: months, weekdays, and what says that a day is past or to come."""

import re
from typing import Literal

Lean = Literal["past", "future"]
"""Which way a date without a year is to be sought."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan",
            "februari febr feb",
            "maart mrt",
            "april apr",
            "mei",
            "juni jun",
            "juli jul",
            "augustus aug",
            "september sept sep",
            "oktober okt",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
WEEKDAYS = {name: number for number, day in enumerate(DAYS) for name in (day, day[:2])}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
DAY = "|".join(DAYS)
ANY_DAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
PART = "(?:ochtend|morgen|middag|avond)"
_FUTURE_AFTER = r"a\.\s?s\.?|as\.|aanstaande?"
_PAST_AFTER = r"j\.\s?l\.?|jl\.?|l\.\s?l\.?|ll\.?|jongstleden|laatstleden"
FUTURE = rf"{_FUTURE_AFTER}|aankomende?|eerstkomende?|komende?"
PAST = rf"{_PAST_AFTER}|afgelopen"
LEAN_AFTER = re.compile(rf"\s{{0,2}}[,(]?\s?(?:({_FUTURE_AFTER})|({_PAST_AFTER}))(?![a-zà-ÿ])")
"""What a day is followed by; "komende" and "afgelopen" stand before it."""

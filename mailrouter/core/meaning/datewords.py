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
FUTURE = r"a\.\s?s\.?|as\.|aanstaande?|aankomende?|eerstkomende?|komende?"
PAST = r"j\.\s?l\.?|jl\.?|l\.\s?l\.?|ll\.?|jongstleden|laatstleden|afgelopen"
LEAN_AFTER = re.compile(
    r"\s{0,2}[,(]?\s?(?:(a\.\s?s\.?|as\.|aanstaande?)|(j\.\s?l\.?|jl\.?|l\.\s?l\.?|ll\.?|jongstleden|laatstleden))(?![a-zà-ÿ])"
)
"""What a day is followed by; "komende" and "afgelopen" stand before it."""

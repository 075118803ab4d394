"""Dutch dates and times: what is read, and what is rightly left alone."""

from datetime import date, time, timedelta

import pytest
from babel.dates import format_date, format_time
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.meaning.dates import find_dates, find_times

TODAY = date(2022, 6, 20)  # a Monday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("woensdag 6 juli 2022 om 19.30 uur", date(2022, 7, 6)),
        ("6 juli", date(2022, 7, 6)),
        ("6 JULI", date(2022, 7, 6)),
        ("wo. 6 juli", date(2022, 7, 6)),
        ("maandag\n27 juni 2022", date(2022, 6, 27)),
        ("6e juli 2022", date(2022, 7, 6)),
        ("12 sept. 1978", date(1978, 9, 12)),
        ("06-07-2022", date(2022, 7, 6)),
        ("6/7", date(2022, 7, 6)),
        ("12-01-'23", date(2023, 1, 12)),
        ("24-4-18", date(2018, 4, 24)),
        ("op 14-2 behandelt", date(2022, 2, 14)),
        ("2022-07-06", date(2022, 7, 6)),
        ("6 juli '22", date(2022, 7, 6)),
        ("d.d. 6 juli 2022", date(2022, 7, 6)),
        ("6 juli a.s.", date(2022, 7, 6)),
        ("18 maart jl.", date(2022, 3, 18)),
        ("20 december jl.", date(2021, 12, 20)),
        ("aanstaande dinsdag", date(2022, 6, 21)),
        ("dinsdag a.s.", date(2022, 6, 21)),
        ("dinsdag de 5e", date(2022, 7, 5)),
        ("woensdagavond de 22ste", date(2022, 6, 22)),
        ("afgelopen dinsdag", date(2022, 6, 14)),
        ("vandaag", TODAY),
        ("morgen", date(2022, 6, 21)),
        ("morgenavond", date(2022, 6, 21)),
        ("overmorgen", date(2022, 6, 22)),
        ("gisteravond", date(2022, 6, 19)),
        ("vanavond", TODAY),
        ("volgende week dinsdag", date(2022, 6, 28)),
        ("dinsdag volgende week", date(2022, 6, 28)),
        ("tweede maandag van maart", date(2022, 3, 14)),
        ("laatste vrijdag van juni", date(2022, 6, 24)),
        ("eerste dinsdag van april 2024", date(2024, 4, 2)),
        ("6 juli 1930 uur", date(2022, 7, 6)),
        ("6 juli 20.00 uur", date(2022, 7, 6)),
        ("Vergadering d.d. 07.06.22", date(2022, 6, 7)),
        ("Datum: di 7-6-'22", date(2022, 6, 7)),
        ("dinsdagavond 7 juni jl.", date(2022, 6, 7)),
        ("wo 6 juli", date(2022, 7, 6)),
        ("woensdag, 6 juli 2022", date(2022, 7, 6)),
        ("WOENSDAG 06 JULI 2022", date(2022, 7, 6)),
        ("zaterdagmiddag 2 juli", date(2022, 7, 2)),
        ("aankomende vrijdag", date(2022, 6, 24)),
        ("derde donderdag van september", date(2022, 9, 15)),
        ("laatste dinsdag van de maand augustus", date(2022, 8, 30)),
        ("1 jan. '23", date(2023, 1, 1)),
        ("eergisteren", date(2022, 6, 18)),
    ],
)
def test_reads(text: str, expected: date) -> None:
    """Each way councils write a date is read."""
    assert [found.value for found in find_dates(text, TODAY)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "maandag 6 juli 2022",  # it is a Wednesday
        "31 juni 2022",
        "zaterdag de 22e",  # none is, five weeks around
        "29 februari 2023",
        "24/7 bereikbaar",
        "3/4 van de leden",
        "14-2",
        "06-12345678",
        "06-12-34-56-78",
        "wk 10/11",
        "artikel 12-3-2020-4",
        "€ 6/7",
        "Goedemorgen, goede morgen, 's morgens",
        "het dorp van morgen",
        "elke tweede maandag van maart",
        "elke dinsdag",
        "tot dinsdag!",
        "5 Jan Jansen",
        "maandag 6 juli",  # no year nearby in which that is a Monday
        "drie meiden, 3 meiden",
    ],
)
def test_leaves_alone(text: str) -> None:
    """What is no date, or contradicts itself, or may be many things, is not a date."""
    assert find_dates(text, TODAY) == []


def test_the_weekday_decides_the_year() -> None:
    """A missing year is the nearest in which the weekday fits."""
    assert find_dates("dinsdag 3 januari", date(2022, 6, 20))[0].value == date(2023, 1, 3)
    assert find_dates("maandag 3 januari", date(2022, 6, 20))[0].value == date(2022, 1, 3)


def test_in_a_title_a_day_and_a_month_are_a_date() -> None:
    """In a subject "20-6" needs nothing that says so; page and part numbers stay numbers."""
    assert [found.value for found in find_dates("Notulen wijkraad 14-6", TODAY, title=True)] == [date(2022, 6, 14)]
    assert [found.value for found in find_dates("Besluitenlijst 14.06.22", TODAY, title=True)] == [date(2022, 6, 14)]
    for text in ("Verslag deel 1-2", "Verzonden 14 10.03.00", "Bijlage 3-4", "pagina 2-3", "06-12345678"):
        assert find_dates(text, TODAY, title=True) == []


def test_without_weekday_the_nearest_year() -> None:
    """A missing year is the nearest; one side of today on request."""
    assert find_dates("12 januari", date(2021, 12, 20))[0].value == date(2022, 1, 12)
    assert find_dates("12 december", date(2022, 1, 5))[0].value == date(2021, 12, 12)
    assert find_dates("12 december", date(2022, 1, 5), "future")[0].value == date(2022, 12, 12)


def test_ranges_and_lists() -> None:
    """A range is one date with its last day; "en" joins two dates; a year at the end is for all."""
    [found] = find_dates("van 12 t/m 14 mei 2023", TODAY)
    assert (found.value, found.until) == (date(2023, 5, 12), date(2023, 5, 14))
    assert [item.value for item in find_dates("12 en 13 mei 2023", TODAY)] == [date(2023, 5, 12), date(2023, 5, 13)]
    listed = [item.value for item in find_dates("15 december 2009, 9 februari en 4 maart 2010", TODAY)]
    assert listed == [date(2009, 12, 15), date(2010, 2, 9), date(2010, 3, 4)]


def test_tells_its_words() -> None:
    """The words include the weekday and a.s., and nothing of the next sentence; they stand at the offsets told."""
    [found] = find_dates("Het is nu 9 juni. Afgelopen nacht regende het.", TODAY)
    assert (found.value, found.words) == (date(2022, 6, 9), "9 juni.")
    text = "Wij zien u graag op dinsdag 5 juli a.s. in het dorpshuis."
    [found] = find_dates(text, TODAY)
    assert found.words == "dinsdag 5 juli a.s." == text[found.start : found.end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("19.30 uur", time(19, 30)),
        ("20:00", time(20)),
        ("19:15u", time(19, 15)),
        ("20u", time(20)),
        ("19u30", time(19, 30)),
        ("20.00 uur", time(20)),
        ("1930 uur", time(19, 30)),
        ("om 20 uur", time(20)),
        ("aanvang: 19.30", time(19, 30)),
        ("De aanvangstijd is 20.00.", time(20)),
        ("half acht", time(19, 30)),
        ("kwart voor acht", time(19, 45)),
        ("half negen 's avonds", time(20, 30)),
        ("half tien 's ochtends", time(9, 30)),
        ("dinsdagavond om 8 uur", time(20)),
        ("om acht uur 's avonds", time(20)),
        ("zondag 3 juli 10 uur", time(10)),
        ("kwart over negen 's avonds", time(21, 15)),
        ("20 h", time(20)),
        ("20.00u.", time(20)),
        ("klokke 19.30", time(19, 30)),
        ("vanaf 14:00 uur", time(14)),
        ("om 10.30u", time(10, 30)),
        ("half drie 's middags", time(14, 30)),
        ("aanvang 8 uur 's avonds", time(20)),
    ],
)
def test_reads_times(text: str, expected: time) -> None:
    """Each way councils write a time is read."""
    assert [found.value for found in find_times(text)] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("19.30-21.30 uur", (time(19, 30), time(21, 30))),
        ("van 20.00 tot 22.00 uur", (time(20), time(22))),
        ("14:45 -15:00", (time(14, 45), time(15))),
        ("19-20 uur", (time(19), time(20))),
        ("20.00 u. tot 22.00 u.", (time(20), time(22))),
        ("tussen 10 en 12 uur", (time(10), time(12))),
        ("van half acht tot tien uur", (time(19, 30), time(22))),
    ],
)
def test_reads_ranges_of_time(text: str, expected: tuple[time, time]) -> None:
    """A range is one time with its end."""
    assert [(found.value, found.until) for found in find_times(text)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "binnen 24 uur",
        "24 uurs opvang",
        "20 uur per week",
        "twee uur vooraf",
        "€ 20.00",
        "punt 3.12",
        "op 06.07.2022",
        "25:10",
        "half mei",
        "om acht uur",  # morning or evening?
        "3.00 uur",
        "tel. 0612345678",
    ],
)
def test_leaves_other_numbers_alone(text: str) -> None:
    """Amounts, durations, chapters and doubtful hours are no times."""
    assert find_times(text) == []


_DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)
_PIECES = st.sampled_from(
    [
        "6",
        "31",
        " ",
        "-",
        "/",
        ".",
        "juli",
        "mei",
        "maandag",
        "a.s.",
        "2022",
        "'23",
        "uur",
        "van",
        "tot",
        "half",
        "\n",
        "ž",
        "İ",
    ]
)


@given(st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=200), st.dates())
def test_any_text_is_read_without_harm(text: str, today: date) -> None:
    """Whatever the text and the day, what is found stands in order at its offsets."""
    for found in (find_dates(text, today), find_times(text)):
        assert all(text[item.start : item.end] == item.words for item in found)
        assert [item.start for item in found] == sorted(item.start for item in found)


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 12, 31)))
def test_every_full_date_is_read_back(value: date) -> None:
    """A date with weekday and year is that date, whatever today is."""
    text = f"op {_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]} {value.year} om 20.00 uur"
    assert [found.value for found in find_dates(text, TODAY)] == [value]
    assert [found.value for found in find_dates(value.strftime("%d-%m-%Y"), TODAY)] == [value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("De koffie is klaar om half acht, we beginnen om acht uur.", [time(19, 30), time(20)]),
        ("Inloop 19.45 uur, wij starten om acht uur.", [time(19, 45), time(20)]),
        ("Onze vergadering begint om acht uur.", [time(20)]),
        ("Wij beginnen om acht uur.", []),
        ("Open van 10.00 tot 12.00 uur, wij zijn er om acht uur.", [time(10)]),
    ],
)
def test_another_time_tells_the_half_of_the_day(text: str, expected: list[time]) -> None:
    """ "Acht uur" may be morning or evening, unless a time close by is of the evening."""
    assert [found.value for found in find_times(text)] == expected


@pytest.mark.parametrize(
    "style",
    [
        "full",
        "long",
        "medium",
        "short",
        "EEE d MMM y",
        "EEEE dd-MM-y",
        "d MMMM ''yy",
        "E. d MMMM y",
        "y-MM-dd",
        "dd/MM/y",
    ],
)
@given(value=st.dates(min_value=date(1951, 1, 1), max_value=date(2050, 12, 31)))
def test_every_style_of_a_date_is_read_back(style: str, value: date) -> None:
    """Whatever style of babel's Dutch, or of a pattern with a year in it: the same day again."""
    text = f"De vergadering van {format_date(value, style, locale='nl_NL')} om 20.00 uur."
    assert [found.value for found in find_dates(text, TODAY)] == [value]


@pytest.mark.parametrize("style", ["EEEE d MMMM", "EEE d MMM", "EEEE d/M", "d MMMM"])
@given(days=st.integers(min_value=-150, max_value=150), today=st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_a_date_near_by_needs_no_year(style: str, days: int, today: date) -> None:
    """Without a year it is the nearest day, also across New Year."""
    value = today + timedelta(days=days)
    text = f"De vergadering van {format_date(value, style, locale='nl_NL')} om 20.00 uur."
    assert [found.value for found in find_dates(text, today)] == [value]


@pytest.mark.parametrize("style", ["short", "HH.mm 'uur'", "HH:mm 'u'", "HHmm 'uur'"])
@given(value=st.times().map(lambda value: value.replace(second=0, microsecond=0)))
def test_every_style_of_a_time_is_read_back(style: str, value: time) -> None:
    """Whatever style of babel's Dutch, to the minute."""
    assert [found.value for found in find_times(f"aanvang {format_time(value, style, locale='nl_NL')}")] == [value]


def test_a_programme_tells_its_times() -> None:
    """Lines that begin with a time, later from line to line, need no "uur"; numbered headings are none."""
    programme = "PROGRAMMA\n10.30 Ontvangst in de tent\n11.00 Opening\n12.15 Lunch\n"
    assert [found.value for found in find_times(programme)] == [time(10, 30), time(11), time(12, 15)]
    assert find_times("10.30 Ontvangst") == []
    assert find_times("12.10 Bijlage\n11.05 Kas\n") == []

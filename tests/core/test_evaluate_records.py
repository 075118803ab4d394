"""Records with what is true of them, and the mails they are made into."""

import json
from datetime import date, time
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.files import docx, pdf
from mailrouter.core.understand import understand_example
from mailrouter.evaluation.forms import FORMS, make_mails, routing_for, sent_on
from mailrouter.evaluation.pdf import make_pdf
from mailrouter.evaluation.record import PartialDate, Record, read_records
from mailrouter.evaluation.word import make_word
from tests.core.routings import routing

KINDS = ("minutes", "invitation", "complaint", "idea", "project", "other")
COUNCILS = Path(__file__).with_name("councils.jsonl")


def a_record(**changes: Any) -> Record:
    """A record of minutes, with some of its keys replaced."""
    values = {"label": "minutes", "title": "Notulen 6 juli", "text": "Aanwezig: vijf leden", "council": "Dorpsraad X"}
    [record] = read_records([json.dumps(values | changes).encode()], KINDS)
    assert isinstance(record, Record), record
    return record


def test_records_are_read_as_they_are_written() -> None:
    """Every line of a file is a record; labels under a longer name are the kinds of the config."""
    records = list(read_records(COUNCILS.read_bytes().split(b"\n"), KINDS))
    assert [*range(1, 13)] == [record.line for record in records if isinstance(record, Record)]
    labels = [record.label for record in records if isinstance(record, Record)]
    assert ["complaint", "complaint", "idea", "project", "other", "other"] == labels[6:]


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ("line 1: not JSON: Expecting ',' delimiter at character 12", b'{"label": 1'),
        ("line 1: this is not an object", b'["minutes"]'),
        ("line 1: not UTF-8: invalid start byte at byte 1", b'"\xff"'),
        ("line 1: not JSON that can be read: nested too deep", b"[" * 100_000),
        ("line 1: label: there is no kind 'sonnet'; kinds.yaml has minutes, other", b'{"label": "sonnet"}'),
        ("line 1: label: Input should be a valid string", b'{"title": "a", "text": "b"}'),
        ("line 1: text: Input should be a valid string", b'{"label": "other", "title": "a", "text": null}'),
        (
            "line 1: title: Input should be a valid string, unable to parse raw data as a unicode string",
            b'{"label": "other", "title": "\\ud800", "text": "b"}',
        ),
        (
            "line 1: text: String should have at most 200000 characters",
            b'{"label": "other", "title": "a", "text": "%b"}' % (b"a" * 200_001),
        ),
        (
            "line 1: start_time: Value error, write HH:MM",
            b'{"label": "other", "title": "a", "text": "b", "start_time": "half acht"}',
        ),
    ],
)
def test_a_line_that_is_no_record_is_told_by_its_number(expected: str, line: bytes) -> None:
    """What is wrong with a line is said, and the lines after it are read."""
    good = b'{"label": "other", "title": "a", "text": "b"}'
    told, record = read_records([line, b"", good], ("minutes", "other"))
    assert expected == told
    assert isinstance(record, Record) and 3 == record.line


@pytest.mark.parametrize("wrong", ["2022-13-01", "2022-02-30", "0001-01-01", "9999-12-31", "XXXX", "morgen", "", 2022])
def test_a_day_there_is_not(wrong: object) -> None:
    """A date that cannot be is told, never guessed at."""
    line = json.dumps({"label": "other", "title": "a", "text": "b", "event_date": wrong}).encode()
    [told] = read_records([line], KINDS)
    assert isinstance(told, str) and told.startswith("line 1: event_date")


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_any_line_is_a_record_or_a_problem(line: bytes | str) -> None:
    """Whatever stands in a line, it ends in a record or in one line that says what is wrong."""
    for told in read_records([line.encode() if isinstance(line, str) else line], KINDS):
        assert isinstance(told, Record) or told.startswith("line 1: ")


@pytest.mark.parametrize(
    ("expected", "known", "other"),
    [
        (True, "2022-07-06", date(2022, 7, 6)),
        (False, "2022-07-06", date(2023, 7, 6)),
        (True, "2022-07", date(2022, 7, 31)),
        (False, "2022-07", date(2022, 8, 1)),
        (True, "XXXX-07-06", date(1999, 7, 6)),
        (False, "XXXX-07-06", date(1999, 6, 7)),
        (True, "2022", date(2022, 1, 1)),
    ],
)
def test_a_date_agrees_as_far_as_it_is_known(expected: bool, known: str, other: date) -> None:
    """A part of a date that is not known agrees with anything."""
    about = a_record(event_date=known).event_date
    assert isinstance(about, PartialDate)
    assert (expected, known) == (about.agrees(other), str(about))


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        (date(2022, 7, 13), {"event_date": "2022-07-06"}),
        (date(2022, 8, 7), {"event_date": "2022-07"}),
        (date(2023, 1, 7), {"event_date": "2022"}),
        (date(2022, 6, 26), {"event_date": "2022-07-06", "label": "invitation"}),
        (date(2022, 6, 21), {"event_date": "2022-07", "label": "invitation"}),
        (date(2023, 3, 21), {"event_date": "XXXX-03-14", "text": "Verslag van dinsdag 14 maart"}),
        (date(2024, 3, 21), {"event_date": "XXXX-03-14"}),
        (date(2024, 7, 1), {}),
        (date(2022, 7, 9), {"event_date": "2022-07-06", "sent": "2022-07-09"}),
    ],
)
def test_when_a_record_was_sent(expected: date, changes: dict[str, str]) -> None:
    """Minutes a week after the last day it may have been, the rest ten days before, unless the record says when."""
    assert expected == sent_on(a_record(**changes))


def test_the_three_forms_of_a_record() -> None:
    """In the body with the title as subject; else in a file named after the title, with a cover that tells nothing."""
    record = a_record(title="Notulen 6/7: Café", event_date="2022-07-06", start_time="19:30")
    mails = {made.form: message_from_bytes(made.raw, policy=default) for made in make_mails(record, routing())}
    assert list(FORMS) == list(mails)
    assert "Notulen 6/7: Café" == mails["body"]["subject"]
    assert "Aanwezig: vijf leden" == mails["body"].get_content().rstrip()
    for form in ("pdf", "docx"):
        cover = mails[form].get_body()
        assert cover is not None and "Notulen" not in f"{mails[form]['subject']} {cover.get_content()}"
        assert [f"Notulen 6-7- Café.{form}"] == [part.get_filename() for part in mails[form].iter_attachments()]
    assert {"Wed, 13 Jul 2022 12:00:00 +0200"} == {mail["date"] for mail in mails.values()}
    assert time(19, 30) == record.start_time


def test_every_sender_is_certain_and_no_venue_is_known() -> None:
    """Each council has a village with its own address; the villages of the config are not there to help."""
    records = [a_record(council="Dorpsraad Oosterdorp", village="Oosterdorp"), a_record(council="", village="")]
    table = routing_for(records, routing())
    assert {"Oosterdorp", "onbekend"} == {village.name for village in table.villages.values()}
    assert set() == {venue for village in table.villages.values() for venue in village.venues}
    for record in records:
        for made in make_mails(record, table):
            told = understand_example(made.raw, made.reference, table).explanation
            assert told["village"]["certain"]


WORDS = "Wat er (vrijdag) stond: “café” – 50 % \\ {klaar} €"


def test_a_pdf_reads_back() -> None:
    """Lines come back as the paper breaks them, on as many pages as it takes."""
    text = "\n".join([WORDS, "", "een twee " * 30, *(f"regel {number}" for number in range(120))])
    read = " ".join(pdf.text_of(make_pdf(text), None)[0].split())
    assert " ".join(text.split()) == read
    assert 3 == make_pdf(text).count(b"/Type /Page ")
    assert max(map(len, pdf.text_of(make_pdf(text), None)[0].splitlines())) <= 90


def test_a_word_document_reads_back() -> None:
    """Every line comes back as a paragraph."""
    text = f"{WORDS}\n<b>&amp;\n\t1. Opening"
    assert [WORDS, "<b>&amp;", "1. Opening"] == [line.strip() for line in docx.text_of(make_word(text)).splitlines()]


@given(st.text(), st.text())
def test_any_text_becomes_three_mails(title: str, text: str) -> None:
    """Whatever a record holds, its mails can be made and read."""
    record = a_record(title=title, text=f"Beste mensen, {text}", council=title, village=title)
    table = routing_for([record], routing())
    for made in make_mails(record, table):
        told = understand_example(made.raw, made.reference, table).explanation
        assert "" == "".join(attachment["note"] for attachment in told["mail"]["attachments"])

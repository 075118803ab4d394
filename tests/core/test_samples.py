"""The letters of all samples: as they were agreed, fit for every mail program, and fit for the council to read."""

import os
import re
from functools import cache
from pathlib import Path

import pytest

from mailrouter.cli.gallery import Shown, message, pages, shown
from mailrouter.config import load
from mailrouter.core.writing import dutch
from mailrouter.core.writing.letter import header_block
from mailrouter.core.writing.samples.cases import MOMENT, RAW, Sample, samples
from tests.core.letters import read

GOLDEN = Path(__file__).parent / "golden"
ROUTING = load(Path(__file__).parents[2] / "config").routing
SAMPLES = {sample.name: sample for sample in samples(ROUTING)}
TO_OFFICIALS = sorted(name for name, sample in SAMPLES.items() if sample.decision.outcome == "forward")
GMAIL_CUTS = 102 * 1024
"""Bytes of HTML after which Gmail shows no more of a mail."""


@cache
def letter_of(name: str) -> Shown:
    """The letter of a sample; made when a test asks for it, for every worker of pytest collects all tests."""
    return shown(SAMPLES[name])


HEADERS = [
    "Auto-Submitted",
    "Content-Type",
    "Date",
    "From",
    "MIME-Version",
    "Message-ID",
    "References",
    "Reply-To",
    "Subject",
    "To",
    "X-Auto-Response-Suppress",
    "X-Mailrouter-Letter",
]


def golden(letter: Shown) -> tuple[str, str]:
    """(text with its most important headers and its files, HTML)."""
    whole = message(letter.sample)
    top = "".join(f"{name}: {whole[name]}\n" for name in ("From", "Reply-To", "Subject"))
    return f"{top}Files: {', '.join(letter.files)}\n\n{letter.text}", letter.html


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_letters_read_as_they_were_agreed(name: str) -> None:
    """Each sample gives the text and HTML of its golden files; renew them with UPDATE_GOLDEN=1 and read them."""
    for form, actual in zip(("txt", "html"), golden(letter_of(name)), strict=True):
        path = GOLDEN / f"{name}.{form}"
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(actual, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == actual


def test_every_golden_letter_has_its_sample() -> None:
    """Nothing is left lying of samples that are no more."""
    assert {path.stem for path in GOLDEN.iterdir()} == set(SAMPLES)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_letter_may_go_over_the_wire(name: str) -> None:
    """CRLF only, ASCII only, no NUL, no line above 998 octets, each header once."""
    wire = _wire(SAMPLES[name])
    head = wire[: wire.index(b"\r\n\r\n")].decode("ascii")
    assert re.search(rb"(?<!\r)\n|\r(?!\n)|\0", wire) is None
    assert wire.isascii()
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert sorted(re.findall(r"(?m)^([!-9;-~]+):", head)) == HEADERS
    assert read(wire).defects == []


def _wire(sample: Sample) -> bytes:
    draft = sample.draft()
    block = header_block(draft, "Anna Smit", "a.smit@gemeente.example", "0" * 32, "gemeente.example", MOMENT)
    return block + draft.content(RAW)


@pytest.mark.parametrize("name", TO_OFFICIALS)
def test_the_council_may_read_every_letter_to_officials(name: str) -> None:
    """No address but the council's own, no evidence, no doubt, and nothing of how the router works."""
    letter, sample = letter_of(name), SAMPLES[name]
    said = f"{letter.subject}\n{letter.text}\n{re.sub(r'<[^>]*>', ' ', letter.html)}"
    addresses = set(re.findall(r"[\w.+-]+@[\w.-]+", f"{said}\n{letter.html}"))
    assert addresses <= {sample.mail.sender}
    for word in ("zeker", "waarschijnlijk", "misschien", "vermoed", "%", "score", "mailrouter", "threshold", "because"):
        assert word not in said.lower(), word
    because = (*sample.decision.because, *(sample.decision.kind.because if sample.decision.kind else ()))
    assert [line for line in because if line in said] == []


@pytest.mark.parametrize("name", TO_OFFICIALS)
def test_text_and_html_say_the_same(name: str) -> None:
    """Each line of the text stands in the HTML too: they are written from one set of facts."""
    letter = letter_of(name)
    html = _words(re.sub(r"<style>.*?</style>|<[^>]*>", " ", letter.html, flags=re.DOTALL))
    marked = re.compile(r"^\s*(?:- |\d+\. )?")
    lines = [_words(marked.sub("", line)).removesuffix(".") for line in letter.text.splitlines()]
    assert [line for line in lines if line not in html] == []


def _words(text: str) -> str:
    for written, meant in (("&#39;", "'"), ("&#34;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
        text = text.replace(written, meant)
    return " ".join(text.split()).replace(" .", ".")


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_html_is_made_for_mail_programs(name: str) -> None:
    """Nothing from elsewhere, nothing that runs, essentials inline, small enough for Gmail, light and dark."""
    page = letter_of(name).html
    assert len(page.encode()) < GMAIL_CUTS
    assert not re.search(r"(?i)<(?:script|img|link|iframe|form|object|video)\b|\bon\w+=|url\(|@import|@font-face", page)
    assert {link.partition(":")[0] for link in re.findall(r'href="([^"]*)"', page)} <= {"mailto"}
    assert '<html lang="nl"' in page
    assert page.count("<h1") == 1
    assert '<meta name="color-scheme" content="light dark">' in page
    assert "prefers-color-scheme: dark" in page
    tables = re.findall(r"<table\b[^>]*>", page)
    assert all('role="presentation"' in table for table in tables)
    without_style = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert re.search(r"<td[^>]*background-color:#ffffff;color:#1b1d1f", without_style)


def test_a_long_text_goes_along_whole_as_a_file() -> None:
    """Of forty pages the letter shows the beginning, says how long it is, and carries all of it."""
    sample, letter = SAMPLES["long"], letter_of("long")
    assert letter.files == ("dorpsplan.pdf", "tekst-van-de-mail.txt")
    assert (
        "de tekst is ongeveer 40 bladzijden lang. De hele tekst zit in de bijlage tekst-van-de-mail.txt." in letter.text
    )
    (part,) = (part for part in message(sample).iter_attachments() if part.get_filename() == letter.files[1])
    assert part.get_content() == sample.mail.text
    assert "Bijlage: dorpsplan.pdf (40 pagina's)\n" in letter.text


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("many", "Bijlagen: 20 bestanden, samen 8,4 MB"),
        ("many", "- bijlage 20 bij de notulen.pdf (20 pagina's, 800 KB)"),
        ("photos", "Bijlagen: 7 foto's, samen 10 MB"),
        ("picture", "De mail heeft geen tekst, alleen een afbeelding. Kijk in de bijlage."),
        ("nothing", "De mail heeft geen tekst en geen bijlagen."),
        ("too-large", "- film van de kruising.mp4 (24 MB)"),
        ("calendar", "Herhaalt: elke maand op de eerste dinsdag, tot en met 30 juni 2027"),
        ("calendar", "- Dorpsfeest: vrijdag 28 mei tot en met zondag 30 mei 2027"),
    ],
)
def test_what_is_large_or_missing_is_named(name: str, line: str) -> None:
    """Sizes and numbers of pages stand in the letter, and what is not there is said."""
    assert line in letter_of(name).text.splitlines()


def test_samples_are_letters_of_the_config() -> None:
    """A municipality's own kinds, colour and footer are what its administrators see."""
    kinds = ROUTING.kinds.model_copy(update={"kinds": {**ROUTING.kinds.kinds, "prize": ROUTING.kinds.kinds["idea"]}})
    look = ROUTING.letters.model_copy(update={"colour": "#007a33", "footer": "Bel de balie."})
    own = {sample.name: sample for sample in samples(ROUTING.model_copy(update={"kinds": kinds, "letters": look}))}
    letter = shown(own["prize"])
    assert set(own) == {*SAMPLES, "prize"}
    assert ("#007a33" in letter.html, "#154273" in letter.html) == (True, False)
    assert "Bel de balie.<br>" in letter.html
    assert "\nBel de balie.\n" in letter.text
    assert dutch.day(own["prize"].facts.date or MOMENT.date()) in letter.text


def test_the_gallery_shows_day_and_night_on_any_screen() -> None:
    """Each picture is a page of its own that is there, and neither asks the screen what it prefers."""
    written = dict(pages(map(letter_of, SAMPLES)))
    shown_there = re.findall(r'<iframe src="([^"]+)"', written["index.html"])
    assert len(shown_there) == 4 * len(SAMPLES)
    assert {page for name in SAMPLES for page in (f"{name}.day.html", f"{name}.night.html")} == set(shown_there)
    assert not [page for page in shown_there if "prefers-color-scheme" in written[page]]

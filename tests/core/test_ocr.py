"""Recognising words: the program is asked as the cage allows, and given up when it does not answer."""

from datetime import timedelta
from pathlib import Path

import pytest

from mailrouter import ocr
from mailrouter.core.reading.extract import read_text
from mailrouter.core.settings import Limits
from tests.core import files


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of tesseract, yet to be written."""
    place = tmp_path / "tesseract"
    monkeypatch.setattr(ocr, "PLACES", (str(place),))
    return place


def write(program: Path, script: str) -> None:
    """Let the program be this shell script."""
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_it_is_off_unless_it_is_asked_for_and_there(program: Path) -> None:
    """Nobody's scans are read by surprise, and a missing program is no error."""
    assert ocr.reader(Limits(ocr=True)) is None
    write(program, "true")
    assert ocr.reader(Limits()) is None
    assert ocr.reader(Limits(ocr=True)) is not None


def test_a_page_goes_in_and_its_words_come_out(program: Path) -> None:
    """The picture on stdin, Dutch, one thread, and nothing of our environment."""
    write(program, 'cat >/dev/null; echo "$@ $OMP_THREAD_LIMIT $HOME"')
    read = ocr.reader(Limits(ocr=True))
    assert read is not None
    assert "stdin stdout -l nld 1 \n" == read.words_in(b"P5 1 1 255\n\0")


def test_a_program_that_fails_is_not_asked_again(program: Path, tmp_path: Path) -> None:
    """Without Dutch language data every page would fail."""
    write(program, f"echo >>{tmp_path}/asked; exit 1")
    read = ocr.reader(Limits(ocr=True))
    assert read is not None
    assert [None, None] == [read.words_in(b""), read.words_in(b"")]
    assert "\n" == (tmp_path / "asked").read_text()


def test_a_program_that_does_not_answer_is_ended(program: Path) -> None:
    """It has a part of the time for the mail."""
    write(program, "exec sleep 60")
    read = ocr.reader(Limits(ocr=True, seconds=timedelta(seconds=0.2)))
    assert read is not None
    assert read.words_in(b"") is None


def test_a_scan_is_read_by_tesseract_itself() -> None:
    """Words drawn as a picture come back as text."""
    read = ocr.reader(Limits(ocr=True, seconds=timedelta(minutes=1)))
    if read is None:
        pytest.skip("tesseract is not installed")
    text, note = read_text("scan.pdf", "application/pdf", files.scan("Notulen dorpsraad Oosterdorp"), read)
    assert ("Notulen dorpsraad Oosterdorp", "") == (text, note)

"""Mails with hostile files through the real cage: the mail goes on as any other, with a plain reason for the file."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zlib import compress

import pytest

from mailrouter.cage import Cage
from mailrouter.core.model import Understanding
from mailrouter.core.reading.files.reasons import BROKEN, EMPTY, PROTECTED, SCAN
from mailrouter.core.settings import Limits
from mailrouter.core.understand import Job
from tests.core import files
from tests.core.files import OCTETS, WORD
from tests.core.letters import TEMPLATES
from tests.core.routings import routing

SENDER = "secretaris@dorpsraad-oosterdorp.example"
WENT_WRONG = "niet gelezen: het lezen van deze mail ging mis"
TOO_LONG = "niet gelezen: het lezen van deze mail duurde te lang"


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    """The cage with its limits as they are shipped, and one worker."""
    opened = Cage(routing(limits=Limits(workers=1), templates=TEMPLATES))
    yield opened
    opened.close()


def understood(cage: Cage, name: str, media_type: str, content: bytes) -> Understanding:
    """What becomes of a mail of a known council with this file."""
    raw = files.mail("Losse tegel", "Er ligt een losse tegel.", (name, media_type, content))
    raw = raw.replace(b"raad@oosterdorp.example", SENDER.encode())
    found = cage.understand(Job(raw, len(raw), datetime(2026, 9, 14, 9, tzinfo=UTC))).result(timeout=60)
    assert isinstance(found, Understanding), found
    return found


def told(found: Understanding) -> tuple[str, str, int, str]:
    """Outcome, village, and of the one attachment how much was read and the note."""
    mail: dict[str, Any] = found.explanation["mail"]
    [attachment] = mail["attachments"]
    village = found.explanation["village"]["key"]
    return found.outcome, village, attachment["text_chars"], attachment["note"]


def pdf_of(drawn: bytes) -> bytes:
    """A PDF of one page that draws this."""
    packed = compress(drawn, 9)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F<</Type/Font/Subtype/Type1"
        b"/BaseFont/Helvetica>>>>>>/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed) + packed + b"\nendstream",
    )
    written = (b"%d 0 obj%s\nendobj\n" % numbered for numbered in enumerate(objects, 1))
    return b"%PDF-1.4\n" + b"".join(written) + b"trailer<</Root 1 0 R>>\n"


@pytest.mark.parametrize(
    ("name", "media_type", "content", "characters", "note"),
    [
        ("bom.docx", WORD, lambda: files.word(files.word_paragraph("a" * 100_000_000)), 200_000, ""),
        (
            "bom.zip",
            "application/zip",
            lambda: files.packed({"a": bytes(50_000_000)}),
            0,
            "archief: dat pakken wij niet uit",
        ),
        (
            "lus.pdf",
            OCTETS,
            lambda: b"%PDF-1.4\n1 0 obj<</Type/Pages/Kids[1 0 R]>>endobj\ntrailer<</Root 1 0 R>>",
            0,
            BROKEN,
        ),
        ("leeg.pdf", OCTETS, lambda: pdf_of(b" " * 50_000_000), 0, SCAN),
        ("slot.pdf", "application/pdf", lambda: files.pdf("x", password="geheim"), 0, PROTECTED),
        ("slot.docx", WORD, lambda: files.locked(files.minutes()), 0, PROTECTED),
        ("half.docx", WORD, lambda: files.minutes()[:5_000], 0, BROKEN),
        ("diep.rtf", "application/rtf", lambda: b"{\\rtf1" + b"{" * 1_000_000, 0, EMPTY),
        ("kring.msg", OCTETS, lambda: files.msg()[:44] + b"\xff" * 4 + files.msg()[48:], 0, BROKEN),
        ("winmail.dat", "application/ms-tnef", lambda: b"\x78\x9f\x3e\x22\1\0\1" + b"\xff" * 20, 0, BROKEN),
    ],
)
def test_a_hostile_file_changes_nothing(
    cage: Cage, name: str, media_type: str, content: Callable[[], bytes], characters: int, note: str
) -> None:
    """Bombs, loops, locked and broken files: the mail is forwarded, and the reason stands with the file."""
    found = understood(cage, name, media_type, content())
    assert ("forward", "oosterdorp", characters, note) == told(found)
    assert [] == found.explanation["warnings"]


def hog() -> bytes:
    """Text objects without end: some two gigabytes, and ten seconds."""
    return pdf_of(b"BT /F 1 Tf " + b"(a)Tj " * 3_000_000 + b"ET")


def test_a_file_that_only_the_cage_can_stop(cage: Cage) -> None:
    """A PDF that eats all memory ends the worker; the mail is read again without it, and forwarded."""
    found = understood(cage, "vol.pdf", "application/pdf", hog())
    assert ("forward", "oosterdorp", 0, WENT_WRONG) == told(found)
    [warning] = found.explanation["warnings"]
    assert warning.endswith("; read again with its attachments closed")
    assert ("forward", "oosterdorp", 5, "") == told(understood(cage, "a.txt", "text/plain", b"later"))


ENDLESS = """
import time
from mailrouter import cage_worker
from mailrouter.core import understand
understand.read_text = lambda *_, **__: time.sleep(3600)
cage_worker.main()
"""
"""A worker that never ends reading a file."""


def test_a_file_that_takes_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes longer than a mail may take is not waited for; the mail is forwarded without having read it."""
    start = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda _, **how: start([sys.executable, "-I", "-c", ENDLESS], **how))
    endless = Cage(routing(limits=Limits.model_validate({"workers": 1, "seconds": "2s"}), templates=TEMPLATES))
    try:
        found = understood(endless, "traag.pdf", "application/pdf", files.pdf("Notulen van 6 juli"))
    finally:
        endless.close()
    assert ("forward", "oosterdorp", 0, TOO_LONG) == told(found)
    assert ["the worker took too long; read again with its attachments closed"] == found.explanation["warnings"]

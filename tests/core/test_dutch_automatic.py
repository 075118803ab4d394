"""Automatic mail as the systems around a Dutch municipality write it, and mail of people that looks like it.

Each sample is a file in automatic/, in a folder of the kind it is; "person" is what must never be filed unread.
"""

from pathlib import Path

import pytest

from mailrouter.core.identity import header_of
from mailrouter.core.reading.automatic.signs import Automatic, sign
from mailrouter.core.reading.parse import parse

SAMPLES = Path(__file__).parent / "automatic"
OWN = ("dorpsraden@gemeente.example", "bewijs@gemeente.example")
BY_WORDS = {
    "auto-reply/case-received",
    "auto-reply/case-system",
    "auto-reply/challenge",
    "auto-reply/domino",
    "auto-reply/english",
    "auto-reply/exchange-2007",
    "auto-reply/french",
    "auto-reply/german",
    "auto-reply/groupwise",
    "auto-reply/issue-tracker",
    "auto-reply/no-return-address",
    "auto-reply/notes-terug-op",
    "auto-reply/outlook-words-only",
    "auto-reply/topdesk",
    "auto-reply/zendesk",
    "bounce/mailman-not-a-member",
    "bounce/no-structure-no-reply",
    "bounce/postfix-text-only",
    "bounce/secure-mail-service",
    "list/mailman-digest",
    "list/newsletter",
    "read-receipt/outlook-read-old",
}
"""Those of which only words, names or the marks of a mailing say what they are."""


def samples(*folders: str) -> list[str]:
    return sorted(f"{path.parent.name}/{path.stem}" for folder in folders for path in (SAMPLES / folder).glob("*.eml"))


def asked(sample: str) -> Automatic | None:
    raw = (SAMPLES / f"{sample}.eml").read_bytes()
    return sign(parse(raw), header_of(raw), None, OWN)


@pytest.mark.parametrize(
    "sample", samples("bounce", "delayed", "auto-reply", "read-receipt", "list", "feedback"), ids=str
)
def test_automatic_mail_of_common_systems_is_told_apart(sample: str) -> None:
    """Each has the kind of its folder, and is certain when more than words say so."""
    found = asked(sample)
    assert found is not None
    assert (found.kind, found.certain) == (sample.partition("/")[0], sample not in BY_WORDS), found.because


@pytest.mark.parametrize("sample", samples("person"), ids=str)
def test_mail_of_people_that_looks_automatic_is_not(sample: str) -> None:
    """A false alarm would hide a council's mail from its officials."""
    assert asked(sample) is None


def test_there_are_enough_samples() -> None:
    """An empty folder would pass unseen."""
    assert len(samples("bounce", "delayed", "auto-reply", "read-receipt", "list", "feedback")) >= 40
    assert len(samples("person")) >= 25

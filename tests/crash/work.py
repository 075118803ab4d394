"""The work of a trial, and what must have come of it: written down here, not taken from a run.

Three mails with two officials each; one mail for the desk; a bounce; and the first mail once more, as it comes in
through an alias. One official is put off once, one does not exist, and the receipt address is refused once.
"""

import re
from collections import Counter
from dataclasses import dataclass

from mailrouter.demo.samples import samples
from tests.crash.relay import TrialRelay
from tests.wire.office import a_mail, minutes
from tests.wire.sink import RECEIPTS

OEVERMAN, HAGEDOORN = "oeverman@gemeente.example", "hagedoorn@gemeente.example"
BRONKHOF, SLUISWACHT = "bronkhof@gemeente.example", "sluiswacht@gemeente.example"
DESK = "balie@gemeente.example"


@dataclass(frozen=True)
class Work:
    """Mails, and the letters that must come of them: (recipient, name of the mail)."""

    mails: tuple[bytes, ...]
    letters: Counter[tuple[str, str]]

    def set_up(self, relay: TrialRelay) -> None:
        """Have the relay answer as this work wants it."""
        relay.answer("rcpt", "451 4.2.0 come back later", HAGEDOORN, times=1)
        relay.answer("rcpt", "550 5.1.1 no such user", BRONKHOF)
        relay.answer("rcpt", "550 5.7.1 not now", RECEIPTS, times=1)


def whole_work() -> Work:
    """All of it."""
    first, second = minutes(1), minutes(2)
    third = minutes(3, sender="info@dorpsraad-noorderveen.example")
    question = a_mail("vraag", sender="jan@onbekend.example")
    bounce = next(sample.raw for sample in samples() if sample.name == "bounce")
    again = b"Received: from lijst.gemeente.example by mx.gemeente.example; Mon, 14 Sep 2026 09:01:00 +0000\r\n" + first
    letters = (
        (OEVERMAN, "Notulen-1"), (HAGEDOORN, "Notulen-1"),
        (OEVERMAN, "Notulen-2"), (HAGEDOORN, "Notulen-2"),
        (DESK, "Notulen-3"), (SLUISWACHT, "Notulen-3"),  # the desk hears that there is no Bronkhof
        (DESK, "vraag"),
    )  # fmt: skip
    return Work((first, second, third, question, bounce, again), Counter(letters))


def small_work() -> Work:
    """One mail for two officials, and one without a letter."""
    bounce = next(sample.raw for sample in samples() if sample.name == "bounce")
    return Work((minutes(1), bounce), Counter([(OEVERMAN, "Notulen-1"), (HAGEDOORN, "Notulen-1")]))


def name_of(letter: bytes) -> str:
    """The mail that a letter is about, by the Message-ID of the original, which the letter refers to."""
    match = re.search(rb"(?m)^References: <([^@\r\n]*)@", letter)
    return match[1].decode() if match else "?"

"""The loop breaker: what goes round stops at the desk after twenty mails, and nothing else is ever stopped."""

import email
import email.policy
from collections import Counter
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from mailrouter.books import balance
from mailrouter.core import loops
from mailrouter.core.identity import letter_id, token
from mailrouter.journal.records import Burst
from tests.router.world import DESK, KEY, START, ReadingCage, World

OFFICIAL = "team.oost@gemeente.example"
COUNCIL = "secretaris@dorpsraad-oosterdorp.example"
OURS = token(KEY, letter_id(KEY, "f" * 64, OFFICIAL, "1"))
MINUTE = 60.0


@pytest.fixture
def office(tmp_path: Path) -> Iterator[World]:
    """A router that reads mail for real; its books must balance at the end."""
    world = World(tmp_path / "state")
    world.promises.cage = ReadingCage()
    yield world
    books = balance(world.journal, world.mailbox, world.settings)
    assert [] == books.wrong
    world.journal.close()


def arrives(
    world: World,
    number: int,
    at: float = START,
    *,
    subject: str = "Losse tegel",
    text: str = "Er ligt een losse tegel voor de school.",
    sender: str = COUNCIL,
    extra: str = "",
) -> None:
    """A mail with a Message-ID and Date of its own, received at that moment."""
    world.mailbox.put(
        f"From: Dorpsraad <{sender}>\r\nTo: dorpsraden@gemeente.example\r\nSubject: {subject}\r\n"
        f"Date: {formatdate(START + number)}\r\nMessage-ID: <{number}@x.example>\r\n{extra}\r\n{text}\r\n".encode(),
        received=at,
    )


def held(world: World) -> list[dict[str, Any]]:
    """The mails the breaker holds, oldest first."""
    return [world.journal.whole(mail["id"]) for mail in reversed(world.journal.mails()) if mail["held"]]


class TestTheBreaker:
    def test_the_same_again_is_held_from_the_21st_on(self, office: World) -> None:
        """Twenty are forwarded; the next goes to the desk with a letter, those after it without one."""
        for number in range(25):
            arrives(office, number, START + number)
        office.run()
        assert {OFFICIAL: 20, DESK: 1} == Counter(office.relay.recipients())
        assert {"Verwerkt/oosterdorp": 20, "Balie": 5, "Bewijs": 21} == office.in_folders()
        first, *others = held(office)
        assert [1, 0, 0, 0, 0] == [len(mail["letters"]) for mail in (first, *others)]
        why, what = others[3]["explanation"]["because"][:2]
        assert (
            f"de router houdt deze mail vast, want hij gaat misschien rond: {COUNCIL} stuurde in de 10 minuten ervoor "
            "al 24 mails met hetzelfde onderwerp en dezelfde tekst, de eerste op maandag 14 september 2026 om 11.00 uur"
        ) == why
        assert f"klopt de mail? Stuur hem dan door met: mailrouter release {others[3]['id_shown'][:8]}" == what
        assert ["accepted", "promised", "held", "filed"] == [event["what"] for event in others[3]["history"]]
        assert {"forward": 20, "held": 5} == office.journal.figures()["outcomes"]

    def test_the_letter_to_the_desk(self, office: World) -> None:
        """It says what happens, how many came since when, and what to do; the mail itself is attached."""
        for number in range(21):
            arrives(office, number)
        office.run()
        [content] = [content for address, content in office.relay.taken if address == DESK]
        letter = email.message_from_bytes(content, policy=email.policy.default)
        [mail] = held(office)
        text, original = letter.iter_parts()
        assert "[Balie] Gaat deze mail rond? – Losse tegel" == letter["Subject"]
        assert f"mailrouter release {mail['id_shown'][:8]}" in text.get_content()
        assert "20 mails met hetzelfde onderwerp en dezelfde tekst, de eerste op maandag 14" in text.get_content()
        assert "in de map Balie van de postbus" in text.get_content()
        assert "<20@x.example>" == original.get_content()["Message-ID"]

    def test_a_held_mail_is_released(self, office: World) -> None:
        """`release` sends it on, once, and the breaker does not hold it again; the others stay held."""
        for number in range(23):
            arrives(office, number)
        office.run()
        *_, last = held(office)
        result = office.promises.decide_again(last["id"], "clerk", None)
        office.step()
        assert ["forward"] == [result.outcome]
        assert {OFFICIAL: 21, DESK: 1} == Counter(office.relay.recipients())
        assert [21, 22] == [mail["id"] for mail in held(office)]
        assert {"forward": 21, "held": 2} == office.journal.figures()["outcomes"]

    def test_a_loop_goes_on_being_held(self, office: World) -> None:
        """A quarter of an hour later, and after a restart, it still runs: held without another letter to the desk."""
        for number in range(21):
            arrives(office, number)
        office.run()
        office.restart()
        office.promises.cage = ReadingCage()
        for number in range(21, 51):
            arrives(office, number, START + (number - 20) * MINUTE / 2)
        office.step()
        assert {OFFICIAL: 20, DESK: 1} == Counter(office.relay.recipients())
        assert 31 == len(held(office))

    def test_another_burst_has_its_own_letter(self, office: World) -> None:
        """The next day the same comes again: twenty go out, and the desk hears of the 21st."""
        for day in range(2):
            for number in range(22):
                arrives(office, 100 * day + number, START + day * 86400)
        office.run()
        assert {OFFICIAL: 40, DESK: 2} == Counter(office.relay.recipients())
        assert [1, 0, 1, 0] == [len(mail["letters"]) for mail in held(office)]

    def test_mails_with_a_sign_of_a_loop_count_together(self, office: World) -> None:
        """Forwarded back to us each time with another text: what names our letters, or comes by 20 servers, is held."""
        hops = "".join(f"Received: from mx{hop}.example by mx.example; {formatdate(START)}\r\n" for hop in range(20))
        for number in range(30):
            extra = f"References: <{OURS}@gemeente.example>\r\n" if number % 2 else hops
            arrives(office, number, subject="Fwd: " * number + "Vraag", text=f"Antwoord {number}", extra=extra)
        office.run()
        assert {OFFICIAL: 20, DESK: 1} == Counter(office.relay.recipients())
        assert "al 29 mails met sporen van een kringloop, " in held(office)[-1]["explanation"]["because"][0]

    def test_a_stranger_floods_the_desk_no_more_than_an_official(self, office: World) -> None:
        """Mail for the desk counts as well: twenty letters, and one about what is held."""
        for number in range(40):
            arrives(office, number, sender="iemand@elders.example")
        office.run()
        assert {DESK: 21} == Counter(office.relay.recipients())
        assert 20 == len(held(office))

    def test_a_duplicate_stays_a_duplicate(self, office: World) -> None:
        """A copy of a mail of the burst is filed as such: not held, and not counted."""
        for number in range(20):
            arrives(office, number)
        for number in range(5):
            arrives(office, number, extra="Received: from elsewhere.example by mx.example\r\n")
        office.run()
        assert {"forward": 20, "duplicate": 5} == office.journal.figures()["outcomes"]
        arrives(office, 20)
        office.step()
        assert [20] == [int(mail["explanation"]["because"][0].split("al ")[1].split()[0]) for mail in held(office)]


class TestWhatIsNeverStopped:
    def test_a_year_of_minutes_in_one_evening(self, office: World) -> None:
        """25 different mails of one council at once, ten of them with the same few words and another scan."""
        for number in range(15):
            arrives(office, number, text=f"Hierbij het verslag van maand {number}.")
        for number in range(15, 25):
            extra = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="grens"\r\n'
            text = (
                "--grens\r\nContent-Type: text/plain\r\n\r\nZie bijlage.\r\n--grens\r\n"
                f"Content-Type: application/pdf; name=scan.pdf\r\n\r\n{'x' * number}\r\n--grens--"
            )
            arrives(office, number, subject="Scan", text=text, extra=extra)
        office.run()
        assert {"forward": 25} == office.journal.figures()["outcomes"]

    def test_a_backlog_of_days(self, office: World) -> None:
        """The same words every hour for two days, all read in one pass: the time of arrival counts."""
        for number in range(48):
            arrives(office, number, START - 2 * 86400 + number * 60 * MINUTE)
        office.run()
        assert {"forward": 48} == office.journal.figures()["outcomes"]

    def test_twenty_in_ten_minutes_again_and_again(self, office: World) -> None:
        """Exactly as many as are allowed, for half an hour."""
        for number in range(60):
            arrives(office, number, START + number * 31)
        office.run()
        assert {"forward": 60} == office.journal.figures()["outcomes"]

    def test_several_senders_with_the_same_words(self, office: World) -> None:
        """A text that many people were asked to send is no loop."""
        for number in range(25):
            arrives(office, number, sender=f"bewoner{number}@dorpsraad-oosterdorp.example")
        office.run()
        assert {"forward": 25} == office.journal.figures()["outcomes"]


MAIL: dict[str, Any] = {"from": COUNCIL, "subject": "Losse tegel", "text": "Bij de\n school.", "attachments": []}


class TestTheRule:
    @pytest.mark.parametrize(
        "change",
        [
            {"subject": "FW: Re: losse tegel"},
            {"text": "bij de school.\n\n"},
            {"from": COUNCIL.upper()},
            {"message_id": "<2@x.example>", "date": "2026-09-15T09:00:00+00:00"},
        ],
    )
    def test_what_makes_no_difference(self, change: dict[str, Any]) -> None:
        """Answer marks, case, blanks, Message-ID and Date."""
        assert loops.likeness(MAIL, False) == loops.likeness(MAIL | change, False)

    @pytest.mark.parametrize(
        "change",
        [
            {"subject": "Losse tegels"},
            {"text": "Bij de kerk."},
            {"from": "voorzitter@dorpsraad-oosterdorp.example"},
            {"attachments": [{"name": "scan.pdf", "bytes": 4711}]},
        ],
    )
    def test_what_makes_it_another_mail(self, change: dict[str, Any]) -> None:
        """Subject, text, sender, attachments."""
        assert loops.likeness(MAIL, False) != loops.likeness(MAIL | change, False)

    def test_a_mail_without_a_certain_sender_counts_with_none(self) -> None:
        """Nor does one that was not read, which has no sender either."""
        assert "" == loops.likeness(MAIL | {"from": None}, False)

    def test_twenty_are_not_too_many(self) -> None:
        """The twentieth has nineteen before it, the twenty-first twenty."""
        assert (False, True) == (loops.is_too_many(19), loops.is_too_many(20))

    @pytest.mark.parametrize(("hops", "loop"), [(19, False), (20, True)])
    def test_signs_of_a_loop(self, hops: int, loop: bool) -> None:
        """Twenty Received fields in the header, not in the text; or the id of a letter of ours."""
        raw = b"Received: x\r\n" * hops + b"Subject: x\r\n\r\n" + b"Received: x\r\n" * 30
        assert (loop, True) == (loops.shows_loop(raw, ()), loops.shows_loop(b"\r\n\r\n", ("a" * 32,)))


def test_an_empty_burst(office: World) -> None:
    """Of a likeness that never came by the journal knows nothing."""
    arrives(office, 1)
    office.run()
    assert Burst(0, None, False) == office.journal.burst(office.journal.load(1), "f" * 64, loops.WITHIN)

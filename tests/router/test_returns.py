"""What comes back about letters of ours: bounces, late bounces, bounces of letters to the desk, answers of calendars.

The mails are read by the real `understand`, in this process.
"""

import email
import email.policy
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mailrouter.core.model import Outcome
from tests.core.returned import dsn, parsed
from tests.core.routings import routing
from tests.router.world import DESK, KilledError, ReadingCage, World

COUNCIL = "bestuur@dorpsraad-oosterdorp.example"
AREA_MANAGER = "team.oost@gemeente.example"
AMBASSADOR = "b.oeverman@gemeente.example"
SHARED = "dorpsraden@gemeente.example"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A router that understands what it gets."""
    made = World(tmp_path / "state")
    made.cage = ReadingCage()
    made.restart()
    return made


def question(subject: str = "Vraag over de speeltuin") -> bytes:
    """A mail of a council; of no kind, so it goes to the area manager."""
    return (
        f"From: Dorpsraad Oosterdorp <{COUNCIL}>\r\nTo: {SHARED}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{subject.encode().hex()}@dorpsraad-oosterdorp.example>\r\n"
        "Date: Mon, 14 Sep 2026 10:00:00 +0200\r\n"
        "\r\nKunt u ons hier iets over vertellen?\r\n"
    ).encode()


def sent(world: World, subject: str = "Vraag over de speeltuin") -> bytes:
    """A council's mail is forwarded; the letter that the area manager got."""
    world.mailbox.put(question(subject))
    world.run()
    return next(content for to, content in reversed(world.relay.taken) if to == AREA_MANAGER)


def mail_with(world: World, subject: str) -> dict[str, Any]:
    """What the journal has of the mail with that subject."""
    mails = [world.journal.whole(item["id"]) for item in world.journal.mails()]
    return next(item for item in mails if item["explanation"]["mail"]["subject"] == subject)


def to_desk(world: World) -> list[EmailMessage]:
    """The letters that the desk got."""
    return [parsed(content) for to, content in world.relay.taken if to == DESK]


def text_of(letter: EmailMessage) -> str:
    """The text of a letter."""
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def drop_ids(returned: EmailMessage) -> None:
    """What Exchange does: another Message-ID, and headers it does not know are gone."""
    del returned["X-Mailrouter-Letter"]
    returned.replace_header("Message-ID", "<AM0PR01@exchange.example>")


def drop_all(returned: EmailMessage) -> None:
    """Nothing is left that names the letter."""
    drop_ids(returned)
    del returned["References"]


class TestBounces:
    """A letter that a later server could not deliver."""

    @pytest.mark.parametrize("status", ["5.1.1", "5.2.2"])
    def test_the_desk_is_told_once(self, world: World, status: str) -> None:
        """The desk gets the mail with the reason, `show` has it, and a second report of the same changes nothing."""
        letter = sent(world)
        for again in ("", "a"):
            world.mailbox.put(dsn(letter, AREA_MANAGER, status=status, says=f"says no{again}"))
            world.step()
        [told] = to_desk(world)
        assert told["Subject"] == "[Balie] Teruggekomen – Vraag over de speeltuin"
        assert AREA_MANAGER in text_of(told)
        shown = mail_with(world, "Vraag over de speeltuin")
        assert [(item["purpose"], item["state"], bool(item["returned"])) for item in shown["letters"]] == [
            ("forward", "sent", True),
            ("refusal", "sent", False),
        ]
        assert "returned" in [event["what"] for event in shown["history"]]
        assert world.in_folders() == {"Verwerkt/oosterdorp": 1, "Automatisch": 2, "Bewijs": 2}
        assert world.journal.audit() == []

    def test_the_report_says_which_letter_it_is_about(self, world: World) -> None:
        """The reasons of the bounce itself name the letter and the mail."""
        world.mailbox.put(dsn(sent(world), AREA_MANAGER))
        world.step()
        bounce = mail_with(world, "Undelivered Mail Returned to Sender")
        assert (bounce["outcome"], bounce["letters"]) == ("file", [])
        fingerprint = mail_with(world, "Vraag over de speeltuin")["fingerprint"]
        assert f"over mail {fingerprint[:8]}" in bounce["explanation"]["because"][-1]

    @pytest.mark.parametrize("change", [drop_ids, drop_all])
    def test_a_server_that_replaced_the_id(self, world: World, change: Callable[[EmailMessage], None]) -> None:
        """By References, else by its recipient if only one letter fits."""
        world.mailbox.put(dsn(sent(world), AREA_MANAGER, change=change))
        world.step()
        assert len(to_desk(world)) == 1

    def test_an_id_that_the_relay_gave(self, world: World) -> None:
        """The Message-ID that the relay named in its 250 is known, also when two letters fit the recipient."""
        taken = Outcome("sent", 250, "taken", receipt=True, alias="AM0PR01@exchange.example")
        world.relay.answers = {AREA_MANAGER: [taken]}
        first = sent(world)
        sent(world, "Nog een vraag")
        world.mailbox.put(dsn(first, AREA_MANAGER, change=drop_all))
        world.step()
        assert [told["Subject"] for told in to_desk(world)] == ["[Balie] Teruggekomen – Vraag over de speeltuin"]

    def test_the_subject_tells_two_letters_apart(self, world: World) -> None:
        """Without an id, of two letters to that address the one with the returned subject."""
        first = sent(world)
        sent(world, "Nog een vraag")
        world.mailbox.put(dsn(first, AREA_MANAGER, change=drop_all))
        world.step()
        assert [told["Subject"] for told in to_desk(world)] == ["[Balie] Teruggekomen – Vraag over de speeltuin"]

    def test_two_letters_fit(self, world: World) -> None:
        """Nobody can tell which letter it was: none is marked, and the desk looks, once a day for that address."""
        for text in ("hier iets over", "er al meer over"):
            world.mailbox.put(question().replace(b"hier iets over", text.encode()).replace(b"Message-ID: <", b"X: <"))
        world.run()
        letter = world.relay.taken[-1][1]
        for says in ("no", "still no"):
            world.mailbox.put(dsn(letter, AREA_MANAGER, change=drop_all, says=says))
            world.step()
        [told] = to_desk(world)
        assert told["Subject"] == "[Balie] Er kwam een mail van ons terug – Undelivered Mail Returned to Sender"
        assert f"het adres {AREA_MANAGER} bestaat niet" in text_of(told)
        assert world.in_folders() == {"Verwerkt/oosterdorp": 2, "Balie": 1, "Automatisch": 1, "Bewijs": 3}
        assert world.journal.audit() == []

    def test_a_mail_that_a_person_wrote(self, world: World) -> None:
        """What somebody sent by hand to the same official came back: no letter of ours is marked for it."""
        sent(world)
        by_hand = question("Van Piet zelf").replace(COUNCIL.encode(), SHARED.encode())
        world.mailbox.put(dsn(by_hand, AREA_MANAGER))
        world.step()
        assert [told["Subject"].split(" – ")[0] for told in to_desk(world)] == [
            "[Balie] Er kwam een mail van ons terug"
        ]
        assert [item["returned"] for item in mail_with(world, "Vraag over de speeltuin")["letters"]] == [None]

    def test_a_journal_that_is_lost(self, world: World) -> None:
        """A report on a letter that only the key knows: the desk looks."""
        letter = sent(world)
        world.journal.close()
        for file in world.folder.iterdir():
            file.unlink()
        world.mailbox.folders = {"INBOX": {}}
        world.open()
        world.mailbox.put(dsn(letter, "elders@provider.example"))
        world.run()
        assert len(to_desk(world)) == 1

    @pytest.mark.parametrize("also", ["", f"Final-Recipient: rfc822; {AREA_MANAGER}\r\nAction: relayed\r\n\r\n"])
    def test_the_copy_to_ourselves_comes_back(self, world: World, also: str) -> None:
        """That says nothing of the official, who has the letter: it is noted, and the desk is not told otherwise."""
        report = dsn(sent(world), "bewijs@gemeente.example", status="5.2.2")
        world.mailbox.put(report.replace(b"\r\n\r\nFinal", b"\r\n\r\n" + also.encode() + b"Final"))
        world.step()
        assert to_desk(world) == []
        shown = mail_with(world, "Vraag over de speeltuin")
        assert [(item["state"], item["returned"]) for item in shown["letters"]] == [("sent", None)]
        assert [event["what"] for event in shown["history"]][-1] == "reported"

    def test_an_answer_of_the_server_that_names_the_alias(self, world: World) -> None:
        """Exchange returns no mail sometimes, and names it in its References only."""
        world.relay.answers = {
            AREA_MANAGER: [Outcome("sent", 250, "ok", receipt=True, alias="AM0PR01@exchange.example")]
        }
        first = sent(world)
        sent(world)
        report = dsn(first, AREA_MANAGER, change=drop_all).replace(b"AM0PR01@exchange.example", b"x@exchange.example")
        world.mailbox.put(report.replace(b"Auto-Sub", b"References: <AM0PR01@exchange.example>\r\nAuto-Sub", 1))
        world.step()
        assert [told["Subject"] for told in to_desk(world)] == ["[Balie] Teruggekomen – Vraag over de speeltuin"]

    def test_a_second_report_does_not_undo_a_retry(self, world: World) -> None:
        """What a person sends again goes out, whatever else is reported on the first time."""
        letter = sent(world)
        world.mailbox.put(dsn(letter, AREA_MANAGER, status="5.2.2"))
        world.step()
        number = world.journal.find(mail_with(world, "Vraag over de speeltuin")["fingerprint"])
        world.journal.retry(number, "piet")
        world.mailbox.put(dsn(letter, AREA_MANAGER, status="5.2.2", says="again"))
        world.step()
        assert [to for to, _ in world.relay.taken] == [AREA_MANAGER, DESK, AREA_MANAGER]

    def test_a_returned_letter_that_is_encoded(self, world: World) -> None:
        """The id is found in base64 too, where the raw bytes do not show it."""
        first = sent(world)
        sent(world, "Nog een vraag")
        world.mailbox.put(dsn(first, AREA_MANAGER, encoding="base64"))
        world.step()
        assert [told["Subject"] for told in to_desk(world)] == ["[Balie] Teruggekomen – Vraag over de speeltuin"]

    def test_the_latest_of_a_conversation(self, world: World) -> None:
        """A letter in answer to an earlier one names both; it is the later one that came back."""
        earlier = email.message_from_bytes(sent(world))["Message-ID"]
        answer = question("RE: Vraag over de speeltuin").replace(b"Date:", f"References: {earlier}\r\nDate:".encode())
        world.mailbox.put(answer)
        world.step()
        later = next(content for to, content in reversed(world.relay.taken) if to == AREA_MANAGER)
        assert earlier.strip("<>").encode() in later
        world.mailbox.put(dsn(later, AREA_MANAGER))
        world.step()
        assert [told["Subject"] for told in to_desk(world)] == ["[Balie] Teruggekomen – RE: Vraag over de speeltuin"]

    def test_a_delay_is_only_noted(self, world: World) -> None:
        """A server that still tries is no reason to call people; the history has it."""
        world.mailbox.put(dsn(sent(world), AREA_MANAGER, action="delayed", status="4.4.1"))
        world.step()
        assert to_desk(world) == []
        shown = mail_with(world, "Vraag over de speeltuin")
        assert [(item["state"], item["returned"]) for item in shown["letters"]] == [("sent", None)]
        assert [event["what"] for event in shown["history"]][-1] == "reported"

    def test_sent_again_by_hand(self, world: World) -> None:
        """`retry` sends the same bytes again, and they can come back again."""
        letter = sent(world)
        for again in range(2):
            world.mailbox.put(dsn(letter, AREA_MANAGER, status=f"5.2.{again}"))
            world.step()
            assert len(to_desk(world)) == again + 1
            number = world.journal.find(mail_with(world, "Vraag over de speeltuin")["fingerprint"])
            assert world.journal.retry(number, "piet") == 1
            world.step()
        taken = [content for to, content in world.relay.taken if to == AREA_MANAGER]
        assert taken == [letter] * 3
        assert world.journal.audit() == []

    def test_a_letter_to_the_desk_comes_back(self, world: World) -> None:
        """The desk gets a short notice; when that comes back too the mail is stuck, and no third letter is written."""
        world.mailbox.put(question().replace(b"dorpsraad-oosterdorp.example>", b"elders.example>", 1))
        world.run()
        for count in (1, 2, 2):
            assert len(to_desk(world)) == count
            letter = next(content for to, content in reversed(world.relay.taken) if to == DESK)
            world.mailbox.put(dsn(letter, DESK, status=f"5.1.{count}"))
            world.step()
        shown = mail_with(world, "Vraag over de speeltuin")
        assert (shown["state"], [item["purpose"] for item in shown["letters"]]) == ("stuck", ["desk", "notice"])
        assert world.journal.audit() == []

    def test_killed_between_report_and_letter(self, world: World) -> None:
        """What was noted with the report is told after a restart, once."""
        letter = sent(world)
        world.mailbox.put(dsn(letter, AREA_MANAGER))
        world.router.collect()
        world.restart()
        world.run()
        world.restart()
        world.run()
        assert len(to_desk(world)) == 1

    def test_a_bounce_of_somebody_elses_mail(self, world: World) -> None:
        """A report on a mail that is none of ours is filed, and nobody is bothered."""
        sent(world)
        world.mailbox.put(dsn(question("Iets anders"), "iemand@elders.example"))
        world.step()
        assert to_desk(world) == []
        assert world.in_folders() == {"Verwerkt/oosterdorp": 1, "Automatisch": 1, "Bewijs": 1}


INVITATION = (
    f"From: Dorpsraad Oosterdorp <{COUNCIL}>\r\nTo: {SHARED}\r\nSubject: Opening speeltuin\r\n"
    "Message-ID: <opening@dorpsraad-oosterdorp.example>\r\nDate: Mon, 14 Sep 2026 10:00:00 +0200\r\n"
    "MIME-Version: 1.0\r\n"
    'Content-Type: multipart/mixed; boundary="i"\r\n\r\n--i\r\nContent-Type: text/plain\r\n\r\nKomt u ook?\r\n'
    "--i\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    f"UID:opening-2026@dorpsraad-oosterdorp.example\r\nORGANIZER:mailto:{COUNCIL}\r\nSUMMARY:Opening speeltuin\r\n"
    "DTSTART:20260926T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--i--\r\n"
).encode()


def calendar_reply(sender: str, partstat: str, uid: str = "opening-2026@dorpsraad-oosterdorp.example") -> bytes:
    """What a calendar sends when somebody answers an invitation (RFC 5546 §3.2.3)."""
    return (
        f"From: Team Oost <{sender}>\r\nTo: {SHARED}\r\nSubject: Geaccepteerd: Opening speeltuin\r\n"
        f"Message-ID: <{partstat}{sender}>\r\nDate: Mon, 14 Sep 2026 11:00:00 +0200\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n"
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nORGANIZER:mailto:{COUNCIL}\r\nATTENDEE;PARTSTAT={partstat}:mailto:{sender}\r\n"
        "SUMMARY:Opening speeltuin\r\nCOMMENT:Ik neem taart mee.\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


class TestCalendars:
    """The answer of a calendar finds its way to the council."""

    @pytest.mark.parametrize(
        ("partstat", "subject", "line"),
        [
            ("ACCEPTED", "Komt: Team Oost – Opening speeltuin", "Team Oost komt naar: Opening speeltuin."),
            ("DECLINED", "Komt niet: Team Oost – Opening speeltuin", "Team Oost komt niet naar: Opening speeltuin."),
            ("TENTATIVE", "Komt misschien: Team Oost – Opening speeltuin", "komt misschien naar: Opening speeltuin."),
        ],
    )
    def test_the_council_is_told(self, world: World, partstat: str, subject: str, line: str) -> None:
        """Tied by the UID; the letter has no address of an official, and no words of somebody who was not verified."""
        world.mailbox.put(INVITATION)
        world.run()
        world.mailbox.put(calendar_reply(AREA_MANAGER, partstat))
        world.step()
        [content] = [content for to, content in world.relay.taken if to == COUNCIL]
        told = parsed(content)
        assert (told["Subject"], told["Reply-To"].addresses[0].addr_spec) == (subject, SHARED)
        text = text_of(told)
        assert line in text
        assert "taart" not in text
        assert AREA_MANAGER not in content.decode()
        assert world.in_folders()["Verwerkt/oosterdorp"] == 2
        assert world.journal.audit() == []

    def test_words_of_a_verified_official(self, world: World) -> None:
        """A comment is passed on when our own mail server knows that the official wrote it."""
        world.promises.routing = routing(trust="mx.gemeente.example")
        world.promises.cage = ReadingCage(world.promises.routing)
        world.mailbox.put(INVITATION)
        world.run()
        domain = AREA_MANAGER.partition("@")[2]
        verified = f"Authentication-Results: mx.gemeente.example; dmarc=pass header.from={domain}\r\n".encode()
        world.mailbox.put(verified + calendar_reply(AREA_MANAGER, "ACCEPTED"))
        world.step()
        [told] = [parsed(content) for to, content in world.relay.taken if to == COUNCIL]
        assert "Opmerking: Ik neem taart mee." in text_of(told)

    def test_the_same_answer_goes_once(self, world: World) -> None:
        """Who says it again is filed; who changes their mind is passed on, three times."""
        world.mailbox.put(INVITATION)
        world.run()
        for number, partstat in enumerate(("ACCEPTED", "ACCEPTED", "DECLINED", "ACCEPTED", "TENTATIVE")):
            world.mailbox.put(calendar_reply(AREA_MANAGER, partstat).replace(b"<" + partstat.encode(), b"<%d" % number))
            world.step()
        assert Counter(to for to, _ in world.relay.taken) == Counter({AREA_MANAGER: 1, COUNCIL: 3, DESK: 1})
        assert world.in_folders()["Automatisch"] == 1

    def test_the_letter_it_answers(self, world: World) -> None:
        """An event under another UID is tied by the letter of ours that the answer names, if that had an event."""
        world.mailbox.put(INVITATION)
        world.run()
        letters = (world.relay.taken[0][1], sent(world))
        for letter, says, to in zip(letters, ("ACCEPTED", "DECLINED"), (COUNCIL, DESK), strict=True):
            letter_id = email.message_from_bytes(letter)["Message-ID"]
            named = f"In-Reply-To: {letter_id}\r\nDate:".encode()
            world.mailbox.put(calendar_reply(AREA_MANAGER, says, "anders").replace(b"Date:", named))
            world.step()
            assert world.relay.taken[-1][0] == to

    @pytest.mark.parametrize(
        ("sender", "uid"),
        [
            (AREA_MANAGER, "onbekend@elders.example"),
            ("vreemde@elders.example", "opening-2026@dorpsraad-oosterdorp.example"),
            ("secretariaat@gemeente.example", "opening-2026@dorpsraad-oosterdorp.example"),
        ],
    )
    def test_nothing_that_was_asked(self, world: World, sender: str, uid: str) -> None:
        """What answers no invitation, or comes from somebody who was not invited, goes to the desk."""
        world.mailbox.put(INVITATION)
        world.run()
        world.mailbox.put(calendar_reply(sender, "ACCEPTED", uid))
        world.step()
        assert [to for to, _ in world.relay.taken if to in (COUNCIL, DESK)] == [DESK]

    def test_an_absence_is_no_answer(self, world: World) -> None:
        """What an official's mail program says by itself never travels to the council, not even in answer to ours."""
        letter_id = email.message_from_bytes(sent(world))["Message-ID"]
        away = (
            f"From: Team Oost <{AREA_MANAGER}>\r\nTo: {SHARED}\r\nSubject: Automatisch antwoord: Vraag\r\n"
            f"In-Reply-To: {letter_id}\r\nAuto-Submitted: auto-replied\r\n\r\nIk ben er maandag weer.\r\n"
        )
        world.mailbox.put(away.encode())
        world.step()
        assert [to for to, _ in world.relay.taken] == [AREA_MANAGER]
        assert world.in_folders()["Automatisch"] == 1


class TestKilledAtEveryMoment:
    """A report and a calendar's answer, with the router killed at each call to mailbox and relay in turn."""

    def test_told_exactly_once(self, tmp_path: Path) -> None:
        """Whatever the moment: one letter to the desk, one to the council, and the books balance."""
        clean = self._run(tmp_path / "clean", 0)
        assert clean > 10
        for moment in range(1, clean + 1):
            self._run(tmp_path / str(moment), moment)

    def _run(self, folder: Path, kill_at: int) -> int:
        world = World(folder)
        world.cage = ReadingCage()
        world.restart()
        letter = sent(world)
        world.mailbox.put(INVITATION)
        world.step()
        world.mailbox.put(dsn(letter, AREA_MANAGER))
        world.mailbox.put(calendar_reply(AREA_MANAGER, "ACCEPTED"))
        moments = self._step(world, kill_at)
        told = Counter(to for to, _ in world.relay.taken)
        assert told == Counter({AREA_MANAGER: 2, DESK: 1, COUNCIL: 1}), f"killed at moment {kill_at}"
        assert world.journal.audit() == []
        assert world.in_folders()["Verwerkt/oosterdorp"] == 3
        world.journal.close()
        return moments

    def _step(self, world: World, kill_at: int) -> int:
        """Work until the kill, then start anew and work to the end; returns how many moments there were."""
        seen = 0

        def moment(name: str) -> None:
            nonlocal seen
            seen += 1
            if seen == kill_at and name != "taken":
                raise KilledError
            world.relay.crash_after_taking = seen == kill_at  # the relay has it, and its receipt is under way

        world.mailbox.meanwhile = world.relay.meanwhile = moment
        with suppress(KilledError):
            world.step()
        moments = seen
        world.mailbox.meanwhile = world.relay.meanwhile = lambda _: None
        world.relay.crash_after_taking = False
        world.restart()
        world.run()
        world.watch(600)
        return moments

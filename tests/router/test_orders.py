"""The desk decides by mail: links, replies by hand, what is refused, and that all of it happens once.

The mails are read by the real `understand`, in this process.
"""

import copy
import html
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest

from mailrouter.config import share
from mailrouter.core.model import Outcome
from mailrouter.core.routing import Official, Routing
from mailrouter.core.terms import Term
from mailrouter.core.understand import Assignment
from mailrouter.journal import Journal
from mailrouter.reminders import remind
from tests.core.returned import parsed
from tests.core.routings import routing
from tests.router.world import DESK, KilledError, ReadingCage, World

SHARED, STRANGER = "dorpsraden@gemeente.example", "j.vanrijn@postvak.example"
CLERK, AREA_MANAGER, AMBASSADOR = "m.smit@gemeente.example", "team.oost@gemeente.example", "b.oeverman@gemeente.example"
MINUTES, HELD = "Notulen van de dorpsraad Oosterdorp", "Notulen van de dorpsraad Oosterdorp"
TEMPLATES = {file.name: file.read_text() for file in (share() / "templates").glob("*.j2")}


def table(**changes: Any) -> Routing:
    """The table with the shipped templates, and a clerk who may decide besides the desk."""
    return routing(templates=TEMPLATES, clerks=(CLERK,), **changes)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A router that holds one mail of a stranger, about Oosterdorp, at the desk."""
    return holding(tmp_path)


def holding(folder: Path, **changes: Any) -> World:
    made = World(folder / "state")
    made.routing = table(**changes)
    made.cage = ReadingCage(made.routing)
    made.restart()
    made.mailbox.put(stranger())
    made.run()
    assert made.relay.recipients() == [DESK]
    return made


def stranger(subject: str = HELD, sender: str = STRANGER) -> bytes:
    """A mail that speaks of Oosterdorp, of an address that nobody lists."""
    return (
        f"From: Jan van Rijn <{sender}>\r\nTo: {SHARED}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{subject.encode().hex()}@postvak.example>\r\nDate: Mon, 14 Sep 2026 10:00:00 +0200\r\n"
        "\r\nHierbij de notulen.\r\n\r\ndorp: Westerdorp\r\nsoort: klacht\r\n"
    ).encode()


def letters_to(world: World, address: str) -> list[EmailMessage]:
    """What that address got, the oldest first."""
    return [parsed(content) for to, content in world.relay.taken if to == address]


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def links(letter: EmailMessage) -> dict[str, tuple[str, str]]:
    """What the buttons of a letter offer: label → subject and body of the mail they open."""
    part = letter.get_body(("html",))
    assert part is not None
    found = re.findall(r'href="(mailto:[^"]+)"[^>]*>([^<]+)</a>', str(part.get_content()))
    opened = {}
    for href, label in found:
        address, _, query = html.unescape(href).removeprefix("mailto:").partition("?")
        assert unquote(address) == SHARED
        fields = parse_qs(query.replace("+", "%2B"))
        opened[html.unescape(label)] = (fields["subject"][0], fields["body"][0])
    return opened


def choice(world: World, label: str) -> tuple[str, str]:
    return next(link for name, link in links(letters_to(world, DESK)[0]).items() if label in name)


NUMBER = count(1)


def sent_by(sender: str, subject: str, body: str, **headers: str) -> bytes:
    """A mail that somebody writes."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = f"Balie <{sender}>", SHARED, subject
    mail["Message-ID"], mail["Date"] = f"<{next(NUMBER)}@gemeente.example>", "Mon, 14 Sep 2026 12:00:00 +0200"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail.as_bytes()


def reply_to(letter: EmailMessage, words: str, sender: str = DESK, *, quoted: bool = True) -> bytes:
    """A reply as mail programs write it: the words, and the letter below them."""
    below = "".join(f"> {line}\r\n" for line in text_of(letter).splitlines())
    history = f"\r\n\r\nOp ma 14 sep 2026 om 11:02 schreef Mailrouter <{SHARED}>:\r\n{below}" if quoted else ""
    thread = {"In_Reply_To": letter["Message-ID"], "References": f"{letter['References']} {letter['Message-ID']}"}
    return sent_by(sender, f"Re: {letter['Subject']}", words + history, **thread)


def mail_of(world: World, subject: str = HELD) -> dict[str, Any]:
    mails = [world.journal.whole(item["id"]) for item in world.journal.mails()]
    return next(item for item in mails if item["explanation"]["mail"]["subject"] == subject)


def handled(world: World) -> None:
    """The held mail was forwarded for Oosterdorp as minutes, once to each, and everything is filed."""
    held = mail_of(world)
    assert (held["outcome"], held["version"], held["explanation"]["village"]["key"]) == ("forward", 2, "oosterdorp")
    got = Counter(to for to, _ in world.relay.taken)
    assert (got[AREA_MANAGER], got[AMBASSADOR]) == (1, 1)
    assert "INBOX" not in world.in_folders()
    assert world.journal.audit() == []


class TestLinks:
    """A tap on a button of the letter."""

    def test_the_letter_offers_what_is_likely(self, world: World) -> None:
        """The likeliest first; each opens a mail to the shared address; the text has no more to say."""
        labels = list(links(letters_to(world, DESK)[0]))
        assert labels[0].startswith("Stuur door: ") and labels[0].endswith(" van Oosterdorp")
        assert any("onthoud dit adres" in label for label in labels)
        assert labels[-1] == "Een ander dorp of een andere soort"
        assert all("Oosterdorp" in label or "Westerdorp" in label for label in labels[:-1])

    @pytest.mark.parametrize("sender", [DESK, CLERK, "Balie@Gemeente.example"])
    def test_a_choice_is_carried_out_and_answered(self, world: World, sender: str) -> None:
        """The mail goes to its people, whoever of the desk sends it gets one line, and it is filed with the mail."""
        world.mailbox.put(sent_by(sender, *choice(world, "Notulen van Oosterdorp")))
        world.step()
        handled(world)
        assert mail_of(world)["decided_by"] == f"{sender.lower()} (per mail)"
        answer = letters_to(world, sender.lower())[-1]
        assert answer["Subject"] == f"[Balie] Gedaan – {HELD}"
        first, *_ = text_of(answer).splitlines()
        assert first == "De mail is doorgestuurd als Notulen van Oosterdorp, aan Bert Oeverman, Team Oost."
        assert answer["Auto-Submitted"] == "auto-generated"
        assert world.in_folders() == {"Verwerkt/oosterdorp": 1, "Balie": 1, "Bewijs": 4}

    @pytest.mark.parametrize("part", ["subject", "body"])
    def test_programs_that_drop_half(self, world: World, part: str) -> None:
        """The code stands in subject and body; one of them is enough, with a signature below."""
        subject, body = choice(world, "Notulen van Oosterdorp")
        if part == "subject":
            body = ""
        else:
            subject = ""
        world.mailbox.put(sent_by(DESK, subject, body + "\r\n-- \r\nMet vriendelijke groet,\r\nde balie\r\n"))
        world.step()
        handled(world)

    def test_an_address_to_remember(self, world: World) -> None:
        """The wish is kept with the decision, for `suggest`."""
        world.mailbox.put(sent_by(DESK, *choice(world, "onthoud dit adres")))
        world.step()
        assert mail_of(world)["explanation"]["assigned"]["remember"] is True
        assert "onthouden als voorstel" in text_of(letters_to(world, DESK)[-1])

    def test_the_form_to_fill_in(self, world: World) -> None:
        """The last button opens a mail with two lines to fill in."""
        subject, body = choice(world, "Een ander dorp")
        filled = body.replace("dorp: ", "dorp: Oosterdorp", 1).replace("soort: ", "soort: Notulen", 1)
        world.mailbox.put(sent_by(DESK, subject, filled))
        world.step()
        handled(world)


class TestByHand:
    """A reply to the letter, with the decision above it."""

    @pytest.mark.parametrize(
        "words",
        [
            "dorp: Oosterdorp\r\nsoort: notulen",
            "Dorp : oosterdorp, soort = Notulen.",
            "Hallo,\r\n\r\nDORP: Dorpsraad Oosterdorp\r\nSoort: minutes\r\n\r\nGroet, Mia",
            "* dorp: oosterdurp\r\n* soort: notulen",
        ],
    )
    def test_as_people_write_it(self, world: World, words: str) -> None:
        """Names and keys, in any case, alone or on one line, with a greeting and a signature."""
        world.mailbox.put(reply_to(letters_to(world, DESK)[0], words))
        world.step()
        handled(world)

    def test_the_village_alone(self, world: World) -> None:
        """Then the router finds the kind."""
        world.mailbox.put(reply_to(letters_to(world, DESK)[0], "dorp: Oosterdorp"))
        world.step()
        assert mail_of(world)["outcome"] == "forward"

    def test_a_thread_that_is_lost(self, world: World) -> None:
        """Some programs name no letter; what they quote holds the code that tells which it is."""
        reply = reply_to(letters_to(world, DESK)[0], "dorp: Oosterdorp\r\nsoort: notulen")
        for header in (b"In-Reply-To", b"References"):
            reply = re.sub(rb"(?ms)^%s:.*?\r\n(?=\S)" % header, b"", reply)
        world.mailbox.put(reply)
        world.step()
        handled(world)

    def test_a_reply_in_html(self, world: World) -> None:
        """As Outlook writes it: no plain text, and a line above the quoted letter."""
        letter = letters_to(world, DESK)[0]
        inner = letter.get_body(("html",))
        assert inner is not None
        page = (
            "<html><body><div>dorp: Oosterdorp</div><div>soort: notulen</div><br><hr>"
            f"<div><b>Van:</b> Mailrouter &lt;{SHARED}&gt;<br><b>Verzonden:</b> maandag 14 september 2026 11:02<br>"
            f"<b>Aan:</b> Balie<br><b>Onderwerp:</b> {letter['Subject']}</div>{inner.get_content()}</body></html>"
        )
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = DESK, SHARED, f"RE: {letter['Subject']}"
        mail["Message-ID"], mail["Date"] = "<html@gemeente.example>", "Mon, 14 Sep 2026 12:00:00 +0200"
        mail["References"] = letter["Message-ID"]
        mail.set_content(page, subtype="html")
        world.mailbox.put(mail.as_bytes())
        world.step()
        handled(world)

    def test_the_answer_can_be_corrected(self, world: World) -> None:
        """A reply to the answer decides once more; who has a letter already gets none."""
        world.mailbox.put(sent_by(DESK, *choice(world, "Bericht van Oosterdorp")))
        world.step()
        assert Counter(to for to, _ in world.relay.taken)[AMBASSADOR] == 0
        world.mailbox.put(reply_to(letters_to(world, DESK)[-1], "dorp: oosterdorp\r\nsoort: notulen"))
        world.step()
        got = Counter(to for to, _ in world.relay.taken)
        assert (got[AREA_MANAGER], got[AMBASSADOR], mail_of(world)["version"]) == (1, 1, 3)
        assert world.journal.audit() == []

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ("dorp: Oostredorp", 'Er is geen dorp "Oostredorp". Bedoelt u Oosterdorp?'),
            ("dorp: oosterdorp\r\nsoort: sonnet", 'Er is geen soort "sonnet".'),
            ("soort: notulen", "niet voor welk dorp"),
            ("Wie is dit?", "niet voor welk dorp"),
        ],
    )
    def test_what_is_not_clear(self, world: World, words: str, said: str) -> None:
        """Nothing is done, and the desk hears why and how it works; nothing that is quoted counts."""
        world.mailbox.put(reply_to(letters_to(world, DESK)[0], words))
        world.step()
        assert mail_of(world)["version"] == 1
        answer = letters_to(world, DESK)[-1]
        assert answer["Subject"] == f"[Balie] Niet gedaan – {HELD}"
        assert said in text_of(answer)
        assert '"dorp: Oosterdorp"' in text_of(answer)

    def test_a_quote_without_a_mark(self, world: World) -> None:
        """A program that copies the letter below the reply, unmarked: neither its words nor its codes count."""
        letter = letters_to(world, DESK)[0]
        thread = {"References": letter["Message-ID"]}
        world.mailbox.put(sent_by(DESK, "Re: x", "Geen idee.\r\n\r\n" + text_of(letter), **thread))
        world.step()
        assert (mail_of(world)["version"], letters_to(world, DESK)[-1]["Subject"]) == (
            1,
            f"[Balie] Niet gedaan – {HELD}",
        )


class TestRefused:
    """Codes used twice, of others, or from elsewhere."""

    def test_used_twice(self, world: World) -> None:
        """The second choice does nothing, and the desk hears who decided."""
        world.mailbox.put(sent_by(DESK, *choice(world, "Notulen van Oosterdorp")))
        world.step()
        world.mailbox.put(sent_by(CLERK, *choice(world, "Bericht van Oosterdorp")))
        world.step()
        handled(world)
        assert f"Over deze mail is al beslist, door {DESK} (per mail)." in text_of(letters_to(world, CLERK)[-1])

    def test_decided_on_the_command_line(self, world: World) -> None:
        """A code is void once anybody decided."""
        held = mail_of(world)["id"]
        world.promises.decide_again(held, "piet", Assignment("oosterdorp", "minutes", "piet"))
        world.mailbox.put(sent_by(DESK, *choice(world, "Bericht van Oosterdorp")))
        world.step()
        handled(world)
        assert "al beslist, door piet" in text_of(letters_to(world, DESK)[-1])

    def test_of_another_router(self, world: World) -> None:
        """What looks like a code and is none of ours."""
        subject, body = choice(world, "Notulen van Oosterdorp")
        forged = [re.sub(r"-[0-9a-f]{16}", "-0123456789abcdef", text) for text in (subject, body)]
        world.mailbox.put(sent_by(DESK, *forged))
        world.step()
        assert (mail_of(world)["version"], "kennen wij niet" in text_of(letters_to(world, DESK)[-1])) == (1, True)

    def test_two_choices(self, world: World) -> None:
        """Two codes that differ: the router does not choose."""
        first, other = choice(world, "Notulen van Oosterdorp"), choice(world, "Bericht van Oosterdorp")
        world.mailbox.put(sent_by(DESK, first[0], other[1]))
        world.step()
        assert (mail_of(world)["version"], "verschillende keuzes" in text_of(letters_to(world, DESK)[-1])) == (1, True)

    @pytest.mark.parametrize("sender", ["vreemd@elders.example", "bestuur@dorpsraad-oosterdorp.example"])
    def test_from_elsewhere(self, world: World, sender: str) -> None:
        """Nothing is done, the sender hears nothing, and the desk is told."""
        world.mailbox.put(sent_by(sender, *choice(world, "Notulen van Oosterdorp")))
        world.step()
        assert mail_of(world)["version"] == 1
        assert set(world.relay.recipients()) == {DESK}
        told = letters_to(world, DESK)[-1]
        assert told["Subject"].startswith("[Balie] Een code van u, van een ander – ")
        assert sender in text_of(told)
        assert world.journal.audit() == []

    def test_a_sender_that_is_not_the_desk_though_it_says_so(self, tmp_path: Path) -> None:
        """Our mail server found that it is not from there: as from elsewhere."""
        world = holding(tmp_path, trust="mx.gemeente.example")
        head = b"Authentication-Results: mx.gemeente.example; dmarc=fail header.from=gemeente.example\r\n"
        world.mailbox.put(head + sent_by(DESK, *choice(world, "Notulen van Oosterdorp")))
        world.step()
        assert mail_of(world)["version"] == 1
        assert letters_to(world, DESK)[-1]["Subject"].startswith("[Balie] Een code van u, van een ander – ")

    def test_a_program_that_answers_everything(self, world: World) -> None:
        """Somebody's ticket system answers each letter; three answers a day, then silence."""
        for number in range(8):
            letter = letters_to(world, DESK)[-1]
            world.mailbox.put(reply_to(letter, f"Uw melding {number} is ontvangen.", quoted=False))
            world.step()
        assert len(letters_to(world, DESK)) == 1 + 3
        assert world.journal.audit() == []

    def test_an_autoreply_of_the_desk(self, world: World) -> None:
        """It is filed, whatever it quotes."""
        letter = letters_to(world, DESK)[0]
        away = reply_to(letter, "Ik ben afwezig tot maandag.")
        world.mailbox.put(away.replace(b"MIME-Version", b"Auto-Submitted: auto-replied\r\nMIME-Version"))
        world.step()
        assert (world.in_folders()["Automatisch"], len(letters_to(world, DESK))) == (1, 1)

    def test_nobody_holds_the_role(self, tmp_path: Path) -> None:
        """A mail that cannot be forwarded that way stays with the desk, which hears why."""
        nobody = table().villages["oosterdorp"].model_copy(update={"officials": {}})
        world = holding(tmp_path, villages={**table().villages, "oosterdorp": nobody})
        world.mailbox.put(sent_by(DESK, *choice(world, "Notulen van Oosterdorp")))
        world.step()
        assert mail_of(world)["version"] == 1
        assert "kan zo niet worden doorgestuurd" in text_of(letters_to(world, DESK)[-1])
        assert world.journal.audit() == []

    @pytest.mark.parametrize(
        "removed", ["update raw set content = x'' where mail_id = 1", "delete from raw where mail_id = 1"]
    )
    def test_a_mail_whose_text_is_gone(self, world: World, removed: str) -> None:
        """It cannot be sent on any more; the desk hears so, and the router goes on."""
        order = sent_by(DESK, *choice(world, "Notulen van Oosterdorp"))
        with sqlite3.connect(world.folder / "journal.db") as journal:
            journal.execute(removed)
        world.mailbox.put(order)
        world.step()
        assert "heeft de tekst van deze mail niet meer" in text_of(letters_to(world, DESK)[-1])
        assert mail_of(world)["version"] == 1


class TestOnce:
    """Crashes, copies and races."""

    def test_the_same_mail_again(self, world: World) -> None:
        """The same bytes, and a copy that was re-encoded: filed as duplicates, and nothing more is sent."""
        order = sent_by(DESK, *choice(world, "Notulen van Oosterdorp"))
        for raw in (order, order, b"X-Seen: 1\r\n" + order):
            world.mailbox.put(raw)
            world.step()
        handled(world)
        assert (len(letters_to(world, DESK)), world.in_folders()["Dubbel"]) == (2, 2)

    def test_two_clerks_at_the_same_moment(self, world: World) -> None:
        """Both choices lie in the inbox: the first counts, and the other hears that it was too late."""
        world.mailbox.put(sent_by(DESK, *choice(world, "Notulen van Oosterdorp")))
        world.mailbox.put(sent_by(CLERK, *choice(world, "Bericht van Oosterdorp")))
        world.step()
        handled(world)
        assert [letters_to(world, who)[-1]["Subject"].split(" – ")[0] for who in (DESK, CLERK)] == [
            "[Balie] Gedaan",
            "[Balie] Niet gedaan",
        ]

    def test_somebody_else_decides_meanwhile(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Decided on the command line between reading and writing: nothing is written twice, and the desk hears it."""
        held, carry_out = mail_of(world)["id"], Journal.carry_out
        piet = Assignment("oosterdorp", "minutes", "piet")

        def beaten(journal: Journal, *given: Any) -> Any:
            monkeypatch.setattr(Journal, "carry_out", carry_out)
            world.promises.decide_again(held, "piet", piet)
            return carry_out(journal, *given)

        monkeypatch.setattr(Journal, "carry_out", beaten)
        world.mailbox.put(sent_by(DESK, *choice(world, "Notulen van Oosterdorp")))
        world.step()
        handled(world)
        assert "al beslist, door piet" in text_of(letters_to(world, DESK)[-1])

    @pytest.mark.parametrize("after", [False, True])
    def test_killed_at_every_moment(self, tmp_path: Path, after: bool) -> None:
        """Killed at each write to the journal, call to the mailbox and letter: in the end all is done, once.

        `after`: right after what was written is on disk, instead of before.
        """
        (first := tmp_path / "0").mkdir()
        before = holding(first)
        before.mailbox.put(sent_by(DESK, *choice(before, "Notulen van Oosterdorp")))
        before.journal.close()
        for moment in count(1):
            world = copy_of(before, tmp_path / str(moment))
            with killed_at(world, moment, after=after) as struck, suppress(KilledError):
                world.step()
            if not struck:
                break
            world.restart()
            world.run()
            world.watch(600)
            handled(world)
            assert len(letters_to(world, DESK)) == 2
            assert mail_of(world)["version"] == 2
        assert moment > 10


def copy_of(world: World, folder: Path) -> World:
    """The same, on a copy of the journal."""
    shutil.copytree(world.folder.parent, folder)
    made = World(folder / "state")
    made.routing, made.cage = world.routing, world.cage
    made.mailbox.folders, made.mailbox.last = copy.deepcopy(world.mailbox.folders), world.mailbox.last
    made.relay.taken = list(world.relay.taken)
    made.restart()
    return made


@contextmanager
def killed_at(world: World, moment: int, *, after: bool) -> Iterator[list[int]]:
    """The process ends at that moment; of a write to the journal, before it or when it is on disk."""
    struck: list[int] = []
    moments = count(1)
    later: Callable[..., Any] = Journal._later

    def passing() -> bool:
        if next(moments) == moment:
            struck.append(moment)
        return struck == [moment]

    def writing(journal: Journal, write: Any, *args: Any, **kwargs: Any) -> Any:
        killed = passing()
        if killed and not after:
            raise KilledError
        written = later(journal, write, *args, **kwargs)
        if killed:
            written.result()
            raise KilledError
        return written

    def calling(what: str) -> None:
        if what != "taken" and passing():  # what the relay took it also copies to us, whatever becomes of us
            raise KilledError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Journal, "_later", writing)
        patched.setattr(world.mailbox, "meanwhile", calling)
        patched.setattr(world.relay, "meanwhile", calling)
        yield struck


class TestReminders:
    """A mail that nobody handles."""

    def reminded(self, world: World, days: float) -> int:
        world.now += days * 86400
        number = remind(world.journal, world.promises, world.mailbox, world.settings.desk.remind, lambda: world.now)
        world.step()
        return number

    def test_once(self, world: World) -> None:
        """After `desk.remind` the same letter goes again, under another subject, and never a third time."""
        assert [self.reminded(world, days) for days in (1, 1.5, 5, 5)] == [0, 1, 0, 0]
        first, again = letters_to(world, DESK)
        assert again["Subject"] == first["Subject"].replace("[Balie] ", "[Balie] Herinnering – ")
        assert (text_of(first), links(first)) == (text_of(again), links(again))
        assert first["Message-ID"] != again["Message-ID"]
        assert world.journal.audit() == []

    def test_a_reply_to_the_reminder(self, world: World) -> None:
        """It decides as a reply to the first letter does."""
        self.reminded(world, 3)
        world.mailbox.put(reply_to(letters_to(world, DESK)[-1], "dorp: Oosterdorp\r\nsoort: notulen"))
        world.step()
        handled(world)

    def test_who_handled_it_is_not_reminded(self, world: World) -> None:
        """Decided, or taken out of the folder."""
        world.mailbox.folders["Balie"].clear()
        assert self.reminded(world, 3) == 0

    def test_not_when_it_was_decided(self, world: World) -> None:
        """A mail that the desk forwarded needs nothing more."""
        world.mailbox.put(sent_by(DESK, *choice(world, "Notulen van Oosterdorp")))
        world.step()
        assert self.reminded(world, 3) == 0

    def test_a_reminder_that_is_refused(self, world: World) -> None:
        """The desk gets a short notice instead, as for any letter to it."""
        world.relay.answers = {DESK: [Outcome("refused", 550, "too large", "message")]}
        self.reminded(world, 3)
        assert letters_to(world, DESK)[-1]["Subject"].startswith("[Balie] Mail wacht op u")
        assert world.journal.audit() == []


def test_the_registry_has_a_formal_mail_already(tmp_path: Path) -> None:
    """It got the mail when the desk did, so it gets none again when the desk sends it on."""
    registry = Official(name="Registratie", email="registratie@gemeente.example")
    officials = {**table().officials, "registratie": registry}
    world = World(tmp_path / "state")
    world.routing = table(officials=officials, everywhere={"registry": (Term(official="registratie"),)})
    world.cage = ReadingCage(world.routing)
    world.restart()
    world.mailbox.put(
        stranger().replace(b"Hierbij de notulen.", b"Hierbij maken wij bezwaar tegen het besluit van 1 mei.")
    )
    world.run()
    assert world.relay.recipients() == [DESK, registry.email]
    world.mailbox.put(sent_by(DESK, *choice(world, "Bericht van Oosterdorp")))
    world.step()
    assert Counter(to for to, _ in world.relay.taken)[registry.email] == 1
    assert (mail_of(world)["outcome"], world.journal.audit()) == ("forward", [])

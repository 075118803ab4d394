"""Alarms: each condition by itself on a real journal with a clock of ours, and the bound on mails to the desk."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from mailrouter import template_faults
from mailrouter.alarms import Alarm, Watch, active, figures
from mailrouter.alarms.conditions import CONDITIONS, Figures, Imbalance, Refusal
from mailrouter.alarms.desk import lying_in
from mailrouter.alarms.post import Slip
from mailrouter.alarms.told import AGAIN, DAY, HOUR, MILD, QUIET, Record
from mailrouter.alarms.words import TITLES
from mailrouter.config import ConfigError, init, load
from mailrouter.core.model import Letter, Outcome
from mailrouter.core.understand import Assignment
from mailrouter.core.writing import alarm as writing
from mailrouter.core.writing import wire
from mailrouter.journal.concerns import AtDesk, Concern
from tests.core.letters import TEMPLATES, body, read
from tests.core.routings import routing
from tests.router.world import DESK, OFFICIALS, START, FakeMailbox, KilledError, ReadingCage, World, mail, settings
from tests.wire.office import minutes

GOLDEN = Path(__file__).parent / "golden" / "alarm.txt"
MINUTE = 60.0
TAKEN = Outcome("sent", 250, "taken")


@dataclass
class FakePost:
    """Carries alarm mails, or does with them what `outcomes` say, one after the other."""

    mails: list[tuple[str, bytes]] = field(default_factory=list)
    outcomes: list[Outcome | BaseException] = field(default_factory=list)
    tries: int = 0
    opened: int = 0

    def send_all(self, letters: Iterable[Letter], ledger: Slip) -> None:
        for letter in letters:
            self.tries += 1
            outcome = self.outcomes.pop(0) if self.outcomes else TAKEN
            if isinstance(outcome, BaseException):
                raise outcome
            content = ledger.content(letter)
            wire.check(content)
            if outcome.state == "sent" and ledger.sending(letter, None):
                self.mails.append((letter.recipient, content))
            ledger.settle(letter, outcome)

    def stop(self) -> None: ...

    def close(self) -> None:
        self.opened -= 1


class Guarded:
    """A world, and the watch that looks at it every minute."""

    def __init__(self, world: World) -> None:
        self.world, self.post = world, FakePost()
        self.relay_says: str | None = None
        self.table = routing(templates=TEMPLATES)
        self.restart()
        self.watch.begin()
        self.polled()

    def restart(self) -> None:
        """The router starts anew; the journal is all it has."""
        self.watch = Watch(
            self.world.journal,
            self.world.settings,
            lambda: self.table,
            self,
            self.connect,
            lambda: self.world.now,
        )

    def last_trouble(self) -> str | None:
        return self.relay_says

    def rest(self) -> None:
        """No connection of letters is open while an alarm goes."""

    def connect(self) -> FakePost:
        self.post.opened += 1
        assert 1 == self.post.opened
        return self.post

    def polled(self) -> None:
        """The mailbox was read just now."""
        self.world.journal.note("last_poll", f"{self.world.now:.0f}").result()

    def later(self, seconds: float) -> list[str]:
        """The kinds of alarm after some time, in which the mailbox was read."""
        self.world.now += seconds
        self.polled()
        return self.kinds()

    def kinds(self) -> list[str]:
        """The kinds of alarm now; `status` sees the same as the watch."""
        found = self.watch.look()
        world = self.world
        asked = active(figures(world.journal, world.settings, world.now), world.settings)
        assert [alarm.text for alarm in found] == [alarm.text for alarm in asked]
        return [alarm.kind for alarm in found]

    def inspect(self, *wrong: str) -> None:
        """What is done once an hour."""
        self.watch.inspect(wrong, self.world.mailbox)

    def the_alarm(self) -> Alarm:
        """The only one."""
        [found] = self.watch.look()
        return found

    def told(self) -> list[EmailMessage]:
        """The mails the desk got."""
        return [read(content) for _, content in self.post.mails]


@pytest.fixture
def guarded(world: World) -> Guarded:
    """A world that is well, under watch."""
    return Guarded(world)


class TestConditions:
    def test_nothing_is_wrong(self, guarded: Guarded) -> None:
        """A mail that is forwarded, looked at and inspected, raises no alarm and no mail."""
        guarded.world.mailbox.put(mail("een"))
        guarded.world.run()
        guarded.inspect()
        assert ([], []) == (guarded.later(10 * DAY), guarded.post.mails)

    def test_the_mailbox_is_out_of_reach(self, guarded: Guarded) -> None:
        """After the patience for servers, not before; it stays one alarm, and ends with the first successful poll."""
        world = guarded.world
        world.now += 5 * MINUTE
        assert [] == guarded.kinds()
        world.now += 1
        assert ["mailbox"] == guarded.kinds()
        world.now += DAY
        assert (START, "mailbox") == (guarded.the_alarm().since, guarded.the_alarm().kind)
        assert [] == guarded.later(0)

    def test_a_mailbox_that_is_polled_seldom(self, tmp_path: Path) -> None:
        """Three polls must have failed, however long that takes."""
        world = World(tmp_path / "state", schedule={"poll": "20m"})
        guarded = Guarded(world)
        world.now += 60 * MINUTE
        assert [] == guarded.kinds()
        world.now += 1
        assert ["mailbox"] == guarded.kinds()
        world.journal.close()

    def test_a_mailbox_that_was_never_read(self, tmp_path: Path) -> None:
        """It counts from the first start of the router; a restart does not make it younger."""
        world = World(tmp_path / "state")
        guarded = Guarded(world)
        world.journal.note("last_poll", "").result()
        world.now += 4 * MINUTE
        guarded.watch.begin()
        world.now += 2 * MINUTE
        assert (START, "mailbox") == (guarded.the_alarm().since, guarded.the_alarm().kind)
        world.journal.close()

    def test_no_daemon_is_running(self, guarded: Guarded) -> None:
        """What `status` says of a mailbox that nobody reads."""
        guarded.world.now += DAY
        assert "the mailbox was not read for 1 day: no daemon is running" == guarded.the_alarm().text

    def test_the_relay_refuses_us(self, guarded: Guarded) -> None:
        """While a letter waits, with the relay's own words, over a restart, until the relay takes a letter."""
        world = guarded.world
        world.mailbox.put(mail("een"))
        world.router.recover()
        world.router.collect()
        guarded.relay_says = "535 5.7.3 Authentication unsuccessful"
        assert [[], ["relay"]] == [guarded.later(0), guarded.later(5 * MINUTE)]
        alarm = guarded.the_alarm()
        assert (START, True) == (alarm.since, f": {guarded.relay_says}. Does the application" in alarm.text)
        guarded.relay_says = None
        guarded.restart()
        assert ["relay"] == guarded.later(MINUTE)
        world.now += 1
        world.step()
        assert [] == guarded.kinds()
        assert [] == guarded.post.mails

    def test_a_relay_without_letters(self, guarded: Guarded) -> None:
        """What it said last is no alarm when nothing waits for it."""
        guarded.relay_says = "421 closing"
        assert [[], []] == [guarded.later(0), guarded.later(DAY)]

    def test_a_letter_that_is_put_off(self, guarded: Guarded) -> None:
        """After the patience for letters, with the last answer; it ends when the letter is sent."""
        world = guarded.world
        world.relay.answers[OFFICIALS[0]] = [Outcome("later", 451, "come back")] * 3
        world.mailbox.put(mail("een"))
        world.run()
        assert [[], ["letters"]] == [guarded.later(15 * MINUTE), guarded.later(1)]
        alarm = guarded.the_alarm()
        assert "1 letter not settled for 15 minutes" in alarm.text
        assert (alarm.line, "come back") == (f"{alarm.text}; the last answer: come back", alarm.said)
        assert ("een" in alarm.text, "een (nummer" in alarm.notice().lines[0]) == (False, True)
        for _ in range(4):
            world.wait(HOUR)
        assert [] == guarded.later(0)

    def test_a_letter_that_is_unsure(self, guarded: Guarded) -> None:
        """It is as unsettled as one that waits for its turn."""
        world = guarded.world
        world.relay.answers[OFFICIALS[0]] = [Outcome("unsure", 0, "the connection broke", receipt=False)]
        world.mailbox.put(mail("een"))
        world.run()
        assert ["letters"] == guarded.later(15 * MINUTE + 1)

    def test_a_letter_that_is_refused(self, guarded: Guarded) -> None:
        """Log and status for a day, and no mail: the desk has its letter about it."""
        world = guarded.world
        world.relay.answers[OFFICIALS[0]] = [Outcome("refused", 550, "no such user")]
        world.mailbox.put(mail("een"))
        world.run()
        assert [["refused"], ["refused"], []] == [guarded.kinds(), guarded.later(DAY - 1), guarded.later(2)]
        assert ([], 1) == (guarded.post.mails, world.relay.recipients().count(DESK))

    def test_a_mail_that_is_stuck(self, guarded: Guarded) -> None:
        """Until a person has it retried and it goes."""
        world = guarded.world
        refused = Outcome("refused", 550, "no such user")
        world.relay.answers = {DESK: [refused, refused]}
        world.mailbox.put(mail("desk een"))
        world.run()
        assert {"desk een": "stuck"} == world.states()
        assert "stuck" in guarded.kinds()
        assert 2 == world.journal.retry(1, "clerk")
        world.step()
        assert [] == guarded.later(DAY)

    def test_the_books(self, guarded: Guarded) -> None:
        """The lines as the inspection gave them, since the first one that found any, until one finds none."""
        guarded.inspect("mail 7 has lost its raw bytes")
        guarded.later(HOUR)
        guarded.inspect("mail 7 has lost its raw bytes", "UID 9 in INBOX was passed over")
        alarm = guarded.the_alarm()
        assert (START, "books") == (alarm.since, alarm.kind)
        assert alarm.text.endswith("mail 7 has lost its raw bytes; UID 9 in INBOX was passed over")
        guarded.inspect()
        assert [] == guarded.kinds()

    def test_books_that_are_all_wrong(self) -> None:
        """A thousand lines do not make an alarm of a thousand lines."""
        lines = tuple(f"mail {number} is lost" for number in range(1000))
        [alarm] = active(Figures(0.0, books=Imbalance(0.0, lines)), settings())
        assert 11 == len(alarm.notice().lines)
        assert alarm.text.endswith("mail 9 is lost; and 990 more; see `verify`")

    def test_receipts_that_do_not_come(self, guarded: Guarded) -> None:
        """Letters that went out without proof are told of when there was time for it, for a day."""
        world = guarded.world
        world.receipts_arrive = False
        world.relay.answers[OFFICIALS[0]] = [Outcome("sent", 250, "taken", receipt=False)]
        world.mailbox.put(mail("een"))
        world.run()
        guarded.later(20 * MINUTE)
        guarded.inspect()
        assert [] == guarded.kinds()
        guarded.later(1)
        guarded.inspect()
        assert "no receipt came of 2 letters" in guarded.the_alarm().text
        guarded.later(DAY)
        guarded.inspect()
        assert [] == guarded.kinds()

    def test_receipts_that_nobody_could_see(self, guarded: Guarded) -> None:
        """While the mailbox is out of reach a missing receipt is no alarm of its own."""
        world = guarded.world
        world.receipts_arrive = False
        world.mailbox.put(mail("een"))
        world.run()
        world.now += HOUR
        guarded.inspect()
        assert ["mailbox"] == guarded.kinds()

    def test_why_the_mailbox_cannot_be_read_is_said_with_what_to_do(self) -> None:
        """The administrator reads the answer in `status`, the desk what its ICT people have to do; the log no words."""
        said = "login.example gives no token: invalid_client: AADSTS7000222: expired."
        alarm = active(Figures(DAY, 0.0, unread=said), settings())[0]
        remedy = (
            "The client secret has expired. Make a new one in the app registration, put it in "
            "MAILROUTER_OAUTH__CLIENT_SECRET and its last day in oauth.secret_expires."
        )
        answer = said.replace("login.example", "login…")
        assert alarm.line == f"{alarm.text}; the last answer: {answer} {remedy}"
        assert "AADSTS" not in alarm.text
        assert alarm.notice().lines[0].startswith("Voor de ICT-beheerder: Het clientgeheim is verlopen. Maak een nieuw")

    @pytest.mark.parametrize(
        ("days", "kind", "says"),
        [
            (40, None, ""),
            (29, "expiry", "verloopt op"),
            (6, "expiring", "verloopt op"),
            (-1, "expiring", "is verlopen"),
        ],
    )
    def test_a_secret_that_ends_is_told_in_time(self, days: int, kind: str | None, says: str) -> None:
        """A month before, and each day of the last week and after it."""
        alarms = active(Figures(100 * DAY, 100 * DAY, expires=(100 + days) * DAY), settings())
        assert [kind] * (kind is not None) == [alarm.kind for alarm in alarms]
        assert all(says in alarm.notice().what for alarm in alarms)

    def test_every_kind_has_its_words(self) -> None:
        """When all is wrong every condition gives its alarm, each of another kind, with a title for the desk."""
        concern = Concern(2, 0.0, {"abcdef012345": "een"})
        everything = Figures(
            DAY, 0.0, True, Refusal(0.0, "no"), concern, concern, concern, concern, Imbalance(0.0, ("x",)), concern
        )
        fault = template_faults.Fault(file="letter.txt.j2", line=3, mail="abcdef01", since=0.0)
        everything = replace(everything, templates=(fault,), kept=concern)
        near = replace(everything, expires=DAY + 6 * DAY)
        far = replace(everything, expires=DAY + 20 * DAY)
        kinds = [alarm.kind for alarm in active(near, settings())]
        kinds += [alarm.kind for alarm in active(far, settings()) if alarm.kind == "expiry"]
        assert (len(CONDITIONS), set(TITLES)) == (len(kinds), set(kinds))


class TestTemplates:
    """Templates that fail on a mail and not on the samples of `check`."""

    def broken(self, guarded: Guarded, name: str, source: str) -> None:
        """Another template is taken over, and a mail comes on which it fails."""
        world = guarded.world
        world.routing = routing(templates={**TEMPLATES, name: source})
        template_faults.begin(world.journal, world.routing)
        world.cage = ReadingCage(world.routing)
        world.restart()
        guarded.restart()
        world.mailbox.put(minutes(1))
        world.run()

    def test_it_is_told_once_and_again_when_it_changes(self, guarded: Guarded) -> None:
        """Not with every mail, not every day; in another place it is news; mended, it is over."""
        self.broken(
            guarded,
            "letter.txt.j2",
            "{% if '1' in subject %}{{ x }}{% endif %}\n{% if '2' in subject %}{{ y }}{% endif %}",
        )
        assert ["template"] == guarded.kinds()
        assert [1, 1, 1] == [len(guarded.post.mails) for _ in range(3) if guarded.later(DAY + 1)]
        guarded.world.mailbox.put(minutes(11))
        guarded.world.step()
        guarded.later(DAY + 1)
        assert 1 == len(guarded.post.mails)
        guarded.world.mailbox.put(minutes(2))
        guarded.world.step()
        assert ["template"] == guarded.later(60)
        assert 2 == len(guarded.post.mails)
        assert "- letter.txt.j2, regel 1 (" in body(guarded.told()[1])
        assert "- letter.txt.j2, regel 2 (" in body(guarded.told()[1])
        template_faults.begin(guarded.world.journal, routing(templates=TEMPLATES))
        assert [] == guarded.later(HOUR)

    def test_a_restart_does_not_tell_it_again(self, guarded: Guarded) -> None:
        """The same templates after a restart: what was found in them stands."""
        self.broken(guarded, "letter.html.j2", "{{ nergens }}")
        assert ["template"] == guarded.kinds()
        template_faults.begin(guarded.world.journal, guarded.world.routing)
        guarded.restart()
        assert (["template"], 1) == (guarded.later(DAY), len(guarded.post.mails))

    def test_what_is_said(self, guarded: Guarded) -> None:
        """Which template and line, what went out instead, what to do; in log and `status` no words of a mail."""
        self.broken(guarded, "letter.txt.j2", "{{ subject.geheim }}")
        alarm = guarded.the_alarm()
        number = alarm.text.split("`show ")[1][:8]
        assert (
            "a template does not work, and letters go out without it: letter.txt.j2:1; "
            f"see `show {number}`, then `check`" == alarm.text
        )
        text = body(guarded.told()[0])
        assert "Een sjabloon voor brieven werkt niet bij elke mail." in text
        assert f"- letter.txt.j2, regel 1 (het eerst bij de mail met nummer {number})" in text
        assert "dan schrijft de router die brief in zijn eigen, eenvoudige vorm" in text
        assert f"mailrouter show {number}" in text
        [letter] = [content for _, content in guarded.world.relay.taken]
        assert body(read(letter)).startswith("Bericht van Dorpsraad Oosterdorp.\n")

    def test_of_an_older_table_nothing_is_noted(self, guarded: Guarded) -> None:
        """A letter that was written before other templates were taken over says nothing about these."""
        world = guarded.world
        told = {"broken_templates": [{"file": "x.txt.j2", "line": 1}], "config": "older", "fingerprint": "0" * 64}
        template_faults.keep(world.journal, told, world.routing, START)
        assert [] == guarded.kinds()


class TestDesk:
    def test_work_that_is_older_than_a_day(self, guarded: Guarded) -> None:
        """An alarm after a day, until a person takes the mail out of the desk's folder."""
        world = guarded.world
        world.mailbox.put(mail("desk een"))
        world.run()
        guarded.later(DAY)
        guarded.inspect()
        assert [] == guarded.kinds()
        guarded.later(1)
        guarded.inspect()
        assert "1 mail in Balie for more than 1 day" in guarded.the_alarm().text
        [uid] = world.mailbox.folders["Balie"]
        world.mailbox.move("Balie", [uid], "Archief")
        assert ["desk"] == guarded.kinds()
        guarded.inspect()
        assert [] == guarded.kinds()

    def test_work_that_outlives_its_term(self, tmp_path: Path) -> None:
        """What the desk never takes out of its folder is kept, and from the term of its kind on that is an alarm."""
        world = World(tmp_path / "kept", retention={"mail": "30d"})
        guarded = Guarded(world)
        world.mailbox.put(mail("desk een"))
        world.run()
        guarded.later(29 * DAY)
        guarded.inspect()
        assert ["desk"] == guarded.kinds()
        guarded.later(2 * DAY)
        guarded.inspect()
        assert ["desk", "kept"] == guarded.kinds()
        kept = guarded.watch.look()[1]
        assert "1 mail kept past retention.mail" in kept.text
        assert "desk een (nummer " in kept.notice().lines[0]
        world.mailbox.folders["Balie"].clear()
        guarded.inspect()
        assert [] == guarded.kinds()
        world.journal.close()

    def test_work_that_is_assigned(self, guarded: Guarded) -> None:
        """A mail that was given to a village is no work for the desk any more, wherever it lies."""
        world = guarded.world
        world.mailbox.put(mail("desk een"))
        world.run()
        guarded.later(DAY + 1)
        guarded.inspect()
        assert ["desk"] == guarded.kinds()
        world.promises.decide_again(1, "clerk", Assignment("oosterdorp", None, "clerk"))
        assert [] == guarded.kinds()
        world.step()
        guarded.inspect()
        assert [] == guarded.kinds()

    def test_the_folder_is_out_of_reach(self, guarded: Guarded) -> None:
        """The last answer stands."""
        world = guarded.world
        world.mailbox.put(mail("desk een"))
        world.run()
        guarded.later(DAY + 1)
        guarded.inspect()
        world.mailbox.down = True
        guarded.inspect()
        assert ["desk"] == guarded.kinds()

    @pytest.mark.parametrize(
        "field",
        [
            b"Message-ID: <een@dorp.example>",
            b"message-id:\r\n <een@dorp.example>",
            b"Message-Id: een@dorp.example",
            b"References: <nul@dorp.example>\r\nMessage-ID:  <een@dorp.example>\r\nIn-Reply-To: <nul@dorp.example>",
        ],
    )
    def test_a_mail_is_known_by_its_message_id(self, field: bytes) -> None:
        """However it is written; what others say of that mail is not that mail."""
        mailbox = FakeMailbox(lambda: START)
        given = [AtDesk(1, "een@dorp.example", 0.0), AtDesk(2, "nul@dorp.example", START)]
        mailbox.put(b"Subject: x\r\n" + field + b"\r\nFrom: <twee@dorp.example>\r\n\r\nx", "Balie")
        assert (1,) == lying_in(mailbox, "Balie", given)

    def test_a_mail_without_message_id(self) -> None:
        """Known by the moment it came in."""
        mailbox = FakeMailbox(lambda: START)
        mailbox.put(b"Subject: x\r\n\r\nx", "Balie", START - 5)
        assert (2,) == lying_in(mailbox, "Balie", [AtDesk(1, None, START), AtDesk(2, None, START - 5)])

    def test_a_folder_that_is_not_there(self) -> None:
        """Nothing lies in it; it is not even looked for when nothing can."""
        mailbox = FakeMailbox(lambda: START)
        assert ((), False) == (lying_in(mailbox, "Balie", []), "Balie" in mailbox.folders)
        assert ((), True) == (lying_in(mailbox, "Balie", [AtDesk(1, None, START)]), "Balie" in mailbox.folders)


def put_off(guarded: Guarded) -> None:
    """One letter is never taken, so an alarm about letters stands."""
    guarded.world.relay.answers[OFFICIALS[0]] = [Outcome("later", 451, "come back")] * 1000
    guarded.world.mailbox.put(mail("een"))
    guarded.world.run()
    guarded.world.now += 16 * MINUTE
    guarded.polled()


class TestTelling:
    def test_the_log_says_it_once(self, guarded: Guarded) -> None:
        """A line when it begins and one when it ends, also over a restart."""
        world = guarded.world
        with capture_logs() as logs:
            world.now += 6 * MINUTE
            for _ in range(3):
                guarded.watch.look()
                guarded.restart()
                world.now += MINUTE
            guarded.later(0)
            guarded.later(MINUTE)
        told = [(line["event"], line["log_level"], line["kind"]) for line in logs if line["event"] != "alarm mail"]
        assert [("alarm", "error", "mailbox"), ("alarm over", "info", "mailbox")] == told
        assert "180 s" == logs[-1]["lasted"]

    def test_a_mail_as_it_was_agreed(self, guarded: Guarded) -> None:
        """The desk reads what the golden file says; renew it with UPDATE_GOLDEN=1 and read it."""
        put_off(guarded)
        guarded.inspect("UID 9 in INBOX was passed over")
        guarded.watch.look()
        world = guarded.world
        world.now += 2 * HOUR
        guarded.inspect()
        guarded.watch.look()
        messages = guarded.told()
        tops = ["".join(f"{name}: {one[name]}\n" for name in ("From", "To", "Subject", "Date")) for one in messages]
        text = "\n=====\n\n".join(f"{top}\n{body(one)}" for top, one in zip(tops, messages, strict=True))
        if os.environ.get("UPDATE_GOLDEN"):
            GOLDEN.parent.mkdir(exist_ok=True)
            GOLDEN.write_text(text, encoding="utf-8")
        assert GOLDEN.read_text(encoding="utf-8") == text

    def test_the_headers_of_a_mail(self, guarded: Guarded) -> None:
        """Nobody's automatic answer is asked for, it is no letter of ours, and each mail has an id of its own."""
        put_off(guarded)
        guarded.table = routing(templates=TEMPLATES, desk=(DESK, "tweede@gemeente.example"))
        guarded.watch.look()
        first, second = guarded.told()
        assert [DESK, "tweede@gemeente.example"] == [address for address, _ in guarded.post.mails]
        assert ["auto-generated", "DR, RN, NRN, OOF, AutoReply"] == [
            first["Auto-Submitted"],
            first["X-Auto-Response-Suppress"],
        ]
        assert (None, None) == (first["X-Mailrouter-Letter"], first["References"])
        assert first["Message-ID"] != second["Message-ID"]
        assert "de balie <tweede@gemeente.example>" == second["To"]

    def test_a_template_that_does_not_work(self, guarded: Guarded) -> None:
        """The mail goes all the same, in its plain form."""
        put_off(guarded)
        guarded.table = routing(templates={"alarm.txt.j2": "{{ nergens }}"})
        guarded.watch.look()
        [message] = guarded.told()
        assert "Een brief is na 15 minuten nog niet bezorgd." in body(message)

    def test_a_new_kind_waits_for_its_hour(self, guarded: Guarded) -> None:
        """One mail an hour at most; it holds all that is wrong, also what was told before."""
        put_off(guarded)
        guarded.watch.look()
        guarded.inspect("UID 9 in INBOX was passed over")
        assert ["letters", "books"] == guarded.later(HOUR - 1)
        assert 1 == len(guarded.post.mails)
        guarded.later(1)
        assert "Let op: er zijn 2 dingen mis" in body(guarded.told()[1])
        guarded.later(DAY - 1)
        assert 2 == len(guarded.post.mails)
        guarded.later(1)
        assert 3 == len(guarded.post.mails)

    def test_what_is_over_is_told_once(self, guarded: Guarded) -> None:
        """In the next mail, whenever that comes."""
        put_off(guarded)
        guarded.inspect("UID 9 in INBOX was passed over")
        guarded.watch.look()
        guarded.inspect()
        guarded.later(HOUR)
        assert 1 == len(guarded.post.mails)
        for _ in range(2):
            guarded.later(DAY)
        texts = [body(message) for message in guarded.told()]
        assert [False, True, False] == ["- boekhouding klopt niet (begon" in text for text in texts]

    def test_a_mail_that_does_not_go(self, guarded: Guarded) -> None:
        """It is tried again, with a pause, and what the next one says is what is wrong then."""
        put_off(guarded)
        guarded.post.outcomes = [Outcome("later", 421, "not now", "host")] * 2
        for _ in range(8):
            guarded.later(5 * MINUTE)
        assert (3, 1, 0) == (guarded.post.tries, len(guarded.post.mails), guarded.post.opened)

    @pytest.mark.parametrize("outcome", [Outcome("unsure", 0, "broke"), Outcome("refused", 550, "no such user")])
    def test_a_mail_of_which_nobody_knows(self, guarded: Guarded, outcome: Outcome) -> None:
        """One that may have gone counts as gone; an address that refuses is not asked again for a day."""
        put_off(guarded)
        guarded.post.outcomes = [outcome]
        tries = []
        for _ in range(7):
            guarded.later(4 * HOUR)
            tries.append(guarded.post.tries)
        assert [1, 1, 1, 1, 1, 1, 2] == tries
        assert (2, 1) == (guarded.post.tries, len(guarded.post.mails))

    def test_a_crash_in_the_middle(self, guarded: Guarded) -> None:
        """The note stands, so the mail may be missing and is never doubled; the other address gets its own."""
        put_off(guarded)
        guarded.table = routing(templates=TEMPLATES, desk=(DESK, "tweede@gemeente.example"))
        guarded.post.outcomes = [KilledError()]
        with pytest.raises(KilledError):
            guarded.watch.look()
        guarded.restart()
        for _ in range(12):
            guarded.later(5 * MINUTE)
        assert ["tweede@gemeente.example"] == [address for address, _ in guarded.post.mails]

    def test_nothing_is_mailed_while_the_relay_is_in_trouble(self, guarded: Guarded) -> None:
        """No login is tried besides those for letters."""
        put_off(guarded)
        guarded.relay_says = "535 5.7.3 Authentication unsuccessful"
        assert ["letters"] == guarded.later(0)
        assert ["relay", "letters"] == guarded.later(HOUR)
        assert 0 == guarded.post.tries

    def test_a_router_that_stops(self, guarded: Guarded) -> None:
        """No mail is begun any more."""
        put_off(guarded)
        guarded.watch.stop()
        guarded.watch.look()
        assert 0 == guarded.post.tries

    def test_inspections_are_counted(self, guarded: Guarded) -> None:
        """`run --once` inspects when the last time was long enough ago."""
        assert guarded.watch.inspection_due()
        guarded.inspect()
        assert not guarded.watch.inspection_due()
        guarded.later(HOUR)
        assert guarded.watch.inspection_due()


KINDS = sorted(TITLES)
ADDRESSES = (DESK, "tweede@gemeente.example")
Looks = list[tuple[float, frozenset[str], list[str]]]


def looks() -> st.SearchStrategy[Looks]:
    """(seconds since the last look, what is wrong then, what becomes of mails) of many looks."""
    pauses = st.sampled_from([0.25, 60.0, 600.0, 1800.0, 3599.0, 3600.0, 90000.0])
    outcomes = st.lists(st.sampled_from(["sent", "failed", "crash"]), min_size=2, max_size=2)
    return st.lists(st.tuples(pauses, st.frozensets(st.sampled_from(KINDS)), outcomes), max_size=30)


def played(story: Looks) -> Iterator[tuple[float, str, Record, str]]:
    """Every mail that is tried in a story: when, to whom, what was known then, what became of it."""
    now, note = START, ""
    for pause, kinds, outcomes in story:
        now += pause
        record = Record.read(note).seen(dict.fromkeys(kinds, 0.0), now)
        for address, outcome in zip(ADDRESSES, outcomes, strict=True):
            if not record.due(address, now):
                continue
            yield now, address, record, outcome
            before, record = record, record.going(address, now)
            if outcome == "failed":
                record = before.failed(address, now)
        note = record.written()


class TestBound:
    @given(looks())
    def test_one_mail_an_hour(self, story: Looks) -> None:
        """Whatever comes and goes, fails or crashes: an address gets at most one mail in any hour."""
        for address in ADDRESSES:
            gone = [now for now, to, _, outcome in played(story) if to == address and outcome != "failed"]
            assert all(later - earlier >= HOUR for earlier, later in pairwise(gone))

    @given(looks())
    def test_tries_have_a_pause(self, story: Looks) -> None:
        """A mail that cannot be sent is not tried every minute."""
        for address in ADDRESSES:
            tried = [now for now, to, _, _ in played(story) if to == address]
            assert all(later - earlier >= AGAIN for earlier, later in pairwise(tried))

    @given(looks())
    def test_no_mail_without_a_reason(self, story: Looks) -> None:
        """A mail that goes tells of at least one thing that is wrong now, and that is a reason for a mail."""
        for _, _, record, _ in played(story):
            assert record.standing.keys() - QUIET

    @given(looks(), st.sampled_from(sorted(set(KINDS) - QUIET)))
    def test_no_silence(self, story: Looks, kind: str) -> None:
        """Whatever was before: what stays wrong for an hour has been told to everybody by then."""
        note, now = "", START
        for now, address, record, _ in played(story):
            note = record.going(address, now).written()
        for minute in range(62):
            record = Record.read(note).seen({kind: 0.0}, now + minute * 60)
            for address in ADDRESSES:
                if record.due(address, now + minute * 60):
                    record = record.going(address, now + minute * 60)
            note = record.written()
        last = Record.read(note)
        assert [last.standing[kind]] * 2 == [last.told[address].kinds[kind] for address in ADDRESSES]

    def test_what_is_mild_is_said_once(self) -> None:
        """Receipts that are missing for a week are one mail."""
        story: Looks = [(HOUR, frozenset(MILD), ["sent", "sent"])] * 170
        assert 2 == len(list(played(story)))

    def test_a_clock_that_was_wrong(self) -> None:
        """A mail that went in a future that did not come holds up no other."""
        record = Record().seen({"desk": 0.0}, START + 40 * DAY).going(DESK, START + 40 * DAY)
        assert record.seen({"desk": 0.0}, START).due(DESK, START)


def test_the_template_is_tried_by_check(tmp_path: Path) -> None:
    """The shipped one works; one of a municipality that does not is told with its place."""
    init(tmp_path / "config")
    load(tmp_path / "config")
    own = tmp_path / "config" / "templates" / "alarm.txt.j2"
    own.parent.mkdir()
    own.write_text("{{ opening }}\n{% for alarm in alarms %}{{ alarm.wat }}{% endfor %}\n")
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / "config")
    [problem] = refused.value.problems
    assert (str(own), 2, True) == (problem.file, problem.line, "'wat'" in problem.message)


def test_a_mail_of_one_thing_and_of_many() -> None:
    """The subject names the most urgent, and how much more there is."""
    notice = writing.Notice("desk", "mails wachten op u", "x", "y", "z", datetime(2026, 9, 14, tzinfo=UTC))
    values = writing.content([notice], [], "gemeente Voorbeeld", "Europe/Amsterdam")
    for number, also in ((1, ""), (3, " (en nog 2)")):
        message = read(writing.mail(values, [notice] * number, DESK, routing(), datetime.now(UTC)))
        assert f"[Balie] De mailrouter vraagt aandacht – mails wachten op u{also}" == message["Subject"]

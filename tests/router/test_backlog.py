"""A backlog: each village in its turn, the oldest mail first, and the desk waits behind nobody."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from zlib import crc32

import pytest

from mailrouter.core.identity import Leaf, fingerprint
from mailrouter.core.model import Draft, Letter, Outcome, Recipient
from mailrouter.journal import Arrival, Journal, Promise
from mailrouter.journal.records import PromisedLetter, Report
from tests.router.world import START, KilledError, World, mail

DRAFT = Draft((), (), b"", ())
HOUR = 3600.0


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A new journal."""
    made = Journal(tmp_path / "state", clock=lambda: START)
    yield made
    made.close()


def letter_to(who: str) -> PromisedLetter:
    """A letter whose id tells nothing of its age."""
    person = Recipient("ambassador", who, who, f"{who}@gemeente.example", "to", "")
    return PromisedLetter(hashlib.sha256(who.encode()).hexdigest()[:32], person, b"", 1, "")


def promise(journal: Journal, words: list[str], outcome: Literal["forward", "desk"] = "forward") -> None:
    """Mails, each with one letter to what it is called; the word before the first space is its village."""
    raws = [word.encode() for word in words]
    accepted = journal.accept([Arrival("INBOX", 1, crc32(raw), START, len(raw), raw) for raw in raws])
    durable = []
    for one, word in zip(accepted, words, strict=True):
        told = {"village": {"key": word.split()[0]}}
        print_ = fingerprint(word, "", "", "", [Leaf("text/plain", "", b"")])
        letter = letter_to(word.replace(" ", "-"))
        made = Promise(print_, outcome, "Verwerkt", told, "0", DRAFT, (letter,))
        durable.append(journal.promise(one.id, made, "Dubbel"))
    for future in durable:
        future.result()


def names(letters: list[Letter]) -> list[str]:
    """To whom the letters are."""
    return [letter.recipient.partition("@")[0] for letter in letters]


def backlog(village: str, number: int) -> list[str]:
    """So many mails of one village, in order."""
    return [f"{village} {count:03}" for count in range(number)]


def all_claims(journal: Journal, most: int) -> Iterator[list[str]]:
    """What is claimed, time after time, until nothing is left."""
    while letters := journal.claim(most):
        yield names(letters)


def test_two_villages_take_turns(journal: Journal) -> None:
    """Half of each claim is of the village whose mail came after 200 of the other."""
    promise(journal, backlog("oosterdorp", 200))
    promise(journal, backlog("westerdorp", 100))
    first, second, *_ = all_claims(journal, 20)
    expected = [f"{village}-{count:03}" for count in range(20) for village in ("oosterdorp", "westerdorp")]
    assert expected == first + second


def test_the_order_of_a_village_is_kept(journal: Journal) -> None:
    """Over all claims, whatever their size, each village's mails go in the order in which they came."""
    for start in range(0, 120, 40):
        for village in ("oosterdorp", "westerdorp", "heidekamp"):
            promise(journal, backlog(village, 120)[start : start + 40])
    sent = [name for claim in all_claims(journal, 7) for name in claim]
    for village in ("oosterdorp", "westerdorp", "heidekamp"):
        assert [f"{village}-{count:03}" for count in range(120)] == [name for name in sent if name.startswith(village)]
    assert 360 == len(sent)


def test_more_villages_than_fit_in_a_claim(journal: Journal) -> None:
    """Thirty villages with a backlog and ten letters at a time: after three claims each had its turn."""
    for number in range(30):
        promise(journal, backlog(f"dorp{number:02}", 5))
    first = [name for claim, _ in zip(all_claims(journal, 10), range(3), strict=False) for name in claim]
    assert {f"dorp{number:02}-000" for number in range(30)} == set(first)


def test_mail_that_comes_during_a_backlog(journal: Journal) -> None:
    """A village that had nothing waiting is in the next claim."""
    promise(journal, backlog("oosterdorp", 300))
    journal.claim(20)
    promise(journal, ["westerdorp 000"])
    assert "westerdorp-000" in names(journal.claim(20))


def test_the_desk_waits_behind_nobody(journal: Journal) -> None:
    """A mail for the desk, guessed to be of the village with the backlog, and a refusal have turns of their own."""
    promise(journal, backlog("oosterdorp", 300))
    promise(journal, ["oosterdorp twijfel"], "desk")
    first = journal.claim(20)
    assert "oosterdorp-twijfel" in names(first)
    letter = next(letter for letter in first if letter.recipient.startswith("oosterdorp-0"))
    journal.settle(letter, Outcome("refused", 550, "no such user"), START).result()
    journal.report(Report(letter.id, letter.mail, "refusal 1", "refusal", DRAFT, (letter_to("balie"),)))
    assert "balie" in names(journal.claim(20))


def test_a_village_that_is_put_off_takes_no_turns(journal: Journal) -> None:
    """Its letters wait for their next try; those of the others fill its place, until it is time."""
    promise(journal, backlog("oosterdorp", 60))
    for letter in journal.claim(60):
        journal.settle(letter, Outcome("later", 451, "come back"), START + HOUR).result()
    assert [] == journal.claim(20)
    promise(journal, backlog("westerdorp", 60))
    assert {"westerdorp"} == {name.partition("-")[0] for claim in all_claims(journal, 20) for name in claim}


def test_no_more_letters_are_taken_up_than_go_in_a_minute(tmp_path: Path) -> None:
    """At 25 a minute a claim of 100 would keep what comes meanwhile waiting for four."""
    world = World(tmp_path / "state", delivery={"rate": 5})
    for number in range(10):
        world.mailbox.put(mail(f"m{number}"))
    world.router.recover()
    world.router.collect()
    assert [5, 5, 5, 5, 0] == [world.router.deliver() for _ in range(5)]
    world.journal.close()


class TestPasses:
    """A backlog is taken in a part at a time; what arrives meanwhile comes with the next part."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("mailrouter.router.PASS", 3)

    def test_new_mail_does_not_wait_for_all_of_it(self, world: World) -> None:
        """Ten mails wait; the eleventh, which comes during the first pass, is in the second."""
        for number in range(10):
            world.mailbox.put(mail(f"oud{number}"))
        world.router.recover()
        first = world.router.collect(), world.router.more_waits
        world.mailbox.put(mail("nieuw"))
        second = world.router.collect(), world.router.more_waits
        assert ((3, True), (4, True), "promised") == (first, second, world.states()["nieuw"])
        world.step()
        world.step()
        assert ({"filed"}, 11, False) == (set(world.states().values()), len(world.states()), world.router.more_waits)

    def test_receipts_are_seen_behind_a_backlog(self, world: World) -> None:
        """The receipt of a letter that was unsure comes in behind nine mails that wait: it is not sent again."""
        for number in range(10):
            world.mailbox.put(mail(f"oud{number}"))
        world.router.recover()
        world.router.collect()
        world.relay.crash_after_taking = True
        with pytest.raises(KilledError):
            world.router.deliver()
        world.relay.crash_after_taking = False
        world.restart()
        world.router.recover()
        for _ in range(4):
            world.router.collect()
        world.watch(360)
        assert 20 == len(world.relay.taken)

    def test_a_mailbox_that_is_numbered_anew_is_looked_at_anew(self, world: World) -> None:
        """Numbers below those seen before mean other mails then."""
        for number in range(5):
            world.mailbox.put(mail(f"oud{number}"))
        world.router.recover()
        world.router.collect()
        world.mailbox.renumber()
        world.step()
        world.step()
        assert ({"filed"}, 5) == (set(world.states().values()), len(world.states()))

    def test_what_lies_there_for_good_keeps_nobody_from_its_turn(self, world: World) -> None:
        """Receipts that cannot be moved fill a part of their own: the mail behind them is taken in all the same."""
        world.mailbox.put(mail("een"))
        world.mailbox.put(mail("twee"))
        world.mailbox.put(mail("drie"))
        world.mailbox.refusing.add("Bewijs")
        world.run()
        for number in range(5):
            world.mailbox.put(mail(f"nieuw{number}"))
        world.restart()
        world.router.recover()
        while world.router.collect() or world.router.more_waits:
            continue
        world.step()
        assert ({"filed"}, 8) == (set(world.states().values()), len(world.states()))

    def test_a_backlog_is_no_imbalance(self, world: World) -> None:
        """While parts of it wait for their turn the journal says so."""
        for number in range(8):
            world.mailbox.put(mail(f"oud{number}"))
        world.router.recover()
        said = []
        for _ in range(3):
            world.router.collect()
            said.append(world.journal.backlog_waits())
        assert [True, True, False] == said

"""One thing goes wrong at a time: no mail stays in limbo, none goes out twice, and one folder holds up no other."""

from collections import Counter
from pathlib import Path

import pytest

from mailrouter.books import balance
from mailrouter.cage import Broken
from mailrouter.core.identity import letter_id, token
from mailrouter.core.model import Outcome
from mailrouter.core.understand import Assignment
from mailrouter.imap import FolderState, Listed, Trouble
from mailrouter.router import BATCH_MAILS
from tests.router.world import DESK, KEY, OFFICIALS, START, KilledError, World, mail

BOTH = sorted(OFFICIALS)
DAY = 86400
LATER = Outcome("later", 451, "4.2.0 come back")
REFUSED = Outcome("refused", 550, "5.1.1 no such user")
UNSURE = Outcome("unsure", 0, "the connection broke after the dot")
OOSTERDORP = Assignment("oosterdorp", None, "clerk")


class TestTheIntake:
    def test_trouble_between_batches_leaves_nobody_waiting(self, world: World) -> None:
        """What was taken in before the connection broke is promised, and the rest follows at the next pass."""
        for number in range(BATCH_MAILS + 10):
            world.mailbox.put(mail(f"m{number:02}"))
        world.mailbox.trouble, world.mailbox.spared = "fetch", 1
        world.router.recover()
        with pytest.raises(Trouble):
            world.router.collect()
        assert {"promised": BATCH_MAILS} == world.journal.figures()["mails"]
        world.step()
        assert dict.fromkeys(OFFICIALS, BATCH_MAILS + 10) == Counter(world.relay.recipients())
        assert {"filed": BATCH_MAILS + 10} == world.journal.figures()["mails"]

    def test_a_stop_ends_the_intake_after_the_batch_in_hand(self, world: World) -> None:
        """Told to stop in a backlog: the batch is taken in whole, the rest stays in the inbox for the next start."""
        for number in range(5 * BATCH_MAILS):
            world.mailbox.put(mail(f"m{number:03}"))
        world.mailbox.meanwhile = lambda method: world.router.stop() if method == "fetch" else None
        world.router.recover()
        assert BATCH_MAILS == world.router.collect()
        assert {"promised": BATCH_MAILS} == world.journal.figures()["mails"]

    def test_a_stop_ends_the_delivery(self, world: World) -> None:
        """After a stop no letter is taken up, however many are due."""
        world.mailbox.put(mail("een"))
        world.router.recover()
        world.router.collect()
        world.router.stop()
        assert (0, []) == (world.router.deliver(), world.relay.taken)

    def test_a_body_that_does_not_come_is_asked_for_again(self, world: World) -> None:
        """A server that lists a mail and does not give it is asked again at each pass; the books tell of it."""
        uid = world.mailbox.put(mail("een"))
        real = world.mailbox.fetch
        world.mailbox.fetch = lambda folder, uids: [one for one in real(folder, uids) if one[0] != uid]  # type: ignore[method-assign]  # a fake stands in
        world.mailbox.put(mail("twee"))
        world.run()
        line = f"UID {uid} in INBOX was passed over: move it out and in again, to be taken in"
        assert [line] == balance(world.journal, world.mailbox, world.settings).wrong
        world.mailbox.fetch = real  # type: ignore[method-assign]  # a fake stands in
        world.step()
        assert {"een": "filed", "twee": "filed"} == world.states()

    def test_a_machine_that_cannot_read_costs_no_tries(self, world: World) -> None:
        """No worker can be started: that says nothing of the mail, which is understood when one can."""
        world.mailbox.put(mail("een"))
        world.cage.broken = True
        for _ in range(3):
            with pytest.raises(Broken):
                world.run()
            world.restart()
        world.cage.broken = False
        world.run()
        assert (BOTH, {"een": "filed"}) == (world.relay.recipients(), world.states())


class TestTheFolders:
    def test_a_full_receipt_folder_stops_no_mail(self, world: World) -> None:
        """Receipts that cannot be put aside have proven themselves all the same; new mail is taken in."""
        world.mailbox.refusing = {"Bewijs"}
        world.mailbox.put(mail("een"))
        world.run()
        world.mailbox.put(mail("twee"))
        world.step()
        assert {"een": "filed", "twee": "filed"} == world.states()
        assert {"INBOX": 4, "Verwerkt/oosterdorp": 2} == world.in_folders()
        world.mailbox.refusing = set()
        world.step()
        assert {"Bewijs": 4, "Verwerkt/oosterdorp": 2} == world.in_folders()

    def test_one_folder_that_refuses_holds_up_no_other(self, world: World) -> None:
        """Mail for the other folders is filed, the trouble is told, and the mail that stays goes when it can."""
        world.mailbox.refusing = {"Automatisch"}
        world.mailbox.put(mail("auto"))
        world.mailbox.put(mail("een"))
        world.router.recover()
        world.router.collect()
        world.router.deliver()
        with pytest.raises(Trouble, match="over its quota"):
            world.router.file()
        assert {"auto": "settled", "een": "filed"} == world.states()
        world.mailbox.refusing = set()
        world.step()
        assert [mail("auto")] == world.mailbox.raws("Automatisch")

    def test_a_server_that_cannot_move_keeps_the_mail(self, world: World) -> None:
        """Copied to its folder and left in the inbox: filed, and neither copied nor forwarded again."""
        world.mailbox.keeps = True
        world.mailbox.put(mail("een"))
        world.run()
        world.watch(300)
        assert (BOTH, {"een": "filed"}) == (world.relay.recipients(), world.states())
        assert [mail("een")] == world.mailbox.raws("Verwerkt/oosterdorp")

    def test_mail_is_not_filed_by_numbers_of_before(self, world: World) -> None:
        """The server numbers anew between taking in and filing: the mail is seen again first, and is no duplicate."""
        world.mailbox.put(mail("een"))
        world.router.recover()
        world.router.collect()
        world.mailbox.renumber()
        world.router.deliver()
        world.router.file()
        world.step()
        assert [mail("een")] == world.mailbox.raws("Verwerkt/oosterdorp")
        assert 0 == world.journal.figures()["seen_again"]

    def test_a_mail_dragged_out_and_back_is_the_same_mail(self, world: World) -> None:
        """A person moves a waiting mail away and brings it back: it is filed where it belongs, not as a duplicate."""
        world.relay.answers[OFFICIALS[0]] = [LATER]
        uid = world.mailbox.put(mail("een"))
        world.run()
        del world.mailbox.folders["INBOX"][uid]
        world.mailbox.put(mail("een"))
        world.step()
        world.wait(120)
        assert [mail("een")] == world.mailbox.raws("Verwerkt/oosterdorp")

    def test_a_person_who_answers_from_the_shared_mailbox(self, world: World) -> None:
        """An answer to one of our letters, with a copy to ourselves, is mail; it is no receipt and is never deleted."""
        own = token(KEY, letter_id(KEY, "f" * 64, OFFICIALS[0], "1"))
        answer = mail("antwoord", f"References: <1@x.example> <{own}@gemeente.example>\r\n").replace(
            b"x@dorpsraad-oosterdorp.example", b"Dorpsraden <dorpsraden@gemeente.example>"
        )
        world.mailbox.put(answer)
        world.run()
        assert {"antwoord": "filed"} == world.states()
        world.now += 15 * DAY
        world.receipts.tidy()
        assert [answer] == world.mailbox.raws("Verwerkt/oosterdorp")

    def test_the_books_balance_beside_a_daemon(self, world: World) -> None:
        """A mail that is filed while `verify` looks is not told as one that still lies in the inbox."""
        world.mailbox.put(mail("een"))
        world.router.recover()
        world.router.collect()
        world.router.deliver()
        beside = _Beside(world)
        assert [] == balance(world.journal, beside, world.settings).wrong
        assert {"een": "filed"} == world.states()


class _Beside:
    """The mailbox as `verify` sees it: the daemon files mail at each look."""

    def __init__(self, world: World) -> None:
        self._world = world

    def uids(self, folder: str) -> FolderState:
        state = self._world.mailbox.uids(folder)
        self._world.router.file()
        return state

    def list(self, folder: str, uids: list[int]) -> list[Listed]:
        return [*self._world.mailbox.list(folder, uids)]


class TestPeopleDecide:
    def test_assign_while_a_letter_waits(self, world: World) -> None:
        """The same village once more: who has a letter or will get one gets no other, and the mail stays until then."""
        world.relay.answers[OFFICIALS[0]] = [LATER]
        world.mailbox.put(mail("een"))
        world.run()
        world.promises.decide_again(1, "clerk", OOSTERDORP)
        world.step()
        assert [mail("een")] == world.mailbox.raws("INBOX")
        world.wait(120)
        assert (BOTH, {"een": "filed"}) == (world.relay.recipients(), world.states())

    def test_assign_frees_a_stuck_mail(self, world: World) -> None:
        """The desk could not be told, a person decided: the mail reaches its officials and leaves the inbox."""
        world.relay.answers[DESK] = [REFUSED, REFUSED]
        world.mailbox.put(mail("desk"))
        world.run()
        assert {"desk": "stuck"} == world.states()
        world.promises.decide_again(1, "clerk", OOSTERDORP)
        world.step()
        assert (BOTH, {"desk": "filed"}) == (world.relay.recipients(), world.states())
        assert [mail("desk")] == world.mailbox.raws("Verwerkt/oosterdorp")

    def test_retry_after_assign_doubles_nothing(self, world: World) -> None:
        """The official was refused, then assigned the mail anew: of both letters one goes out."""
        world.relay.answers[OFFICIALS[0]] = [REFUSED]
        world.mailbox.put(mail("een"))
        world.run()
        world.promises.decide_again(1, "clerk", OOSTERDORP)
        world.step()
        world.journal.retry(1, "clerk")
        world.step()
        assert {OFFICIALS[0]: 1, OFFICIALS[1]: 1, DESK: 1} == Counter(world.relay.recipients())

    def test_a_second_refusal_is_told_again(self, world: World) -> None:
        """Retried and refused once more: the desk hears of it a second time."""
        world.relay.answers[OFFICIALS[0]] = [REFUSED, REFUSED]
        world.mailbox.put(mail("een"))
        world.run()
        world.journal.retry(1, "clerk")
        world.step()
        assert {OFFICIALS[1]: 1, DESK: 2} == Counter(world.relay.recipients())

    def test_a_refusal_is_told_while_the_mailbox_is_away(self, world: World) -> None:
        """The desk need not wait for IMAP."""
        world.relay.answers[OFFICIALS[0]] = [REFUSED]
        world.mailbox.put(mail("een"))
        world.router.recover()
        world.router.collect()
        world.mailbox.down = True
        for _ in range(3):
            world.daemon_turn()
        assert DESK in world.relay.recipients()
        world.mailbox.down = False
        world.step()
        assert {"een": "filed"} == world.states()


class TestDoubt:
    def test_an_unsure_letter_without_receipts_is_sent_again(self, tmp_path: Path) -> None:
        """Where no receipt can come there is nothing to wait for: the same bytes, at the next try."""
        world = World(tmp_path / "state", receipts={"address": None})
        world.relay.answers[OFFICIALS[0]] = [UNSURE]
        world.mailbox.put(mail("een"))
        world.run()
        world.wait(120)
        assert {OFFICIALS[0]: 2, OFFICIALS[1]: 1} == Counter(world.relay.recipients())
        assert 1 == len({content for to, content in world.relay.taken if to == OFFICIALS[0]})
        assert [] == world.journal.audit()
        world.journal.close()

    def test_a_letter_that_was_unsure_is_doubted_from_then_on(self, world: World) -> None:
        """From then on "duplicate" from the relay means that it is there; of the other letter it would not."""
        world.receipts_arrive = False
        world.relay.answers[OFFICIALS[0]] = [UNSURE, LATER]
        world.relay.answers[OFFICIALS[1]] = [LATER] * 4
        world.mailbox.put(mail("een"))
        world.run()
        world.watch(420)
        doubted = {one["address"]: bool(one["doubted"]) for one in world.journal.whole(1)["letters"]}
        assert {OFFICIALS[0]: True, OFFICIALS[1]: False} == doubted

    def test_a_gap_in_the_watching_is_no_waiting(self, world: World) -> None:
        """An hour in which nobody looked (or a clock that jumped) counts as half a wait at most."""
        late: list[bytes] = []
        world.relay.returned = late.append
        world.relay.answers[OFFICIALS[0]] = [Outcome("unsure", 0, "broke", receipt=True)]
        world.mailbox.put(mail("een"))
        world.run()
        world.wait(3600)
        assert 2 == len(world.relay.taken)
        for content in late:
            world.receipt(content)
        world.watch(600)
        assert (2, {"een": "filed"}) == (len(world.relay.taken), world.states())

    def test_a_restart_does_not_start_the_waiting_anew(self, world: World) -> None:
        """Four minutes watched, a restart, one minute more: the wait of five is over."""
        world.receipts_arrive = False
        world.relay.answers[OFFICIALS[0]] = [UNSURE]
        world.mailbox.put(mail("een"))
        world.run()
        world.watch(240)
        world.restart()
        world.run()
        assert 2 == len(world.relay.taken)
        world.watch(60)
        assert 3 == len(world.relay.taken)

    def test_a_clock_that_was_wrong_strands_no_letter(self, world: World) -> None:
        """A try put off by a clock five years ahead is due at once when the clock is right again."""
        world.now = START + 5 * 365 * DAY
        world.relay.answers[OFFICIALS[0]] = [LATER]
        world.mailbox.put(mail("een"))
        world.run()
        world.now = START + DAY
        world.wait(60)
        assert BOTH == world.relay.recipients()

    def test_trouble_of_the_relay_costs_a_letter_no_patience(self, world: World) -> None:
        """After six hours without a relay a letter is tried within the first step of `delivery.retry`, not the last."""
        world.relay.answers[OFFICIALS[0]] = [Outcome("later", 0, "no connection", "host") for _ in range(6)]
        world.mailbox.put(mail("een"))
        world.run()
        for _ in range(6):
            [letter] = world.journal.open_letters()
            first = world.settings.delivery.retry[0].total_seconds()
            assert letter["next"] - world.now <= 1.1 * first
            world.wait(1.1 * first)
        assert BOTH == world.relay.recipients()


def test_receipts_that_are_waited_for_are_looked_for_often(world: World) -> None:
    """While a letter is unsure the receipt folder is due every quarter of the wait; otherwise never between polls."""
    world.mailbox.put(mail("een"))
    world.relay.crash_after_taking, world.receipts_arrive = True, False
    with pytest.raises(KilledError):
        world.run()
    world.restart()
    world.router.recover()
    due = [world.receipts.due()]
    world.now += 75
    due.append(world.receipts.due())
    world.relay.crash_after_taking = False
    world.step()
    due.append(world.receipts.due())
    world.watch(360)
    world.now += 3600
    assert [False, True, False, False] == [*due, world.receipts.due()]

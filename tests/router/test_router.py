"""The journey of a mail, with a mailbox and a relay that do as they are told."""

import shutil
from pathlib import Path
from typing import Never

import pytest

from mailrouter.core.identity import token, trial_id
from mailrouter.core.model import Outcome
from mailrouter.core.understand import Assignment
from mailrouter.imap import Trouble
from mailrouter.promises import NotHeld
from mailrouter.router import NeedsCutoff
from tests.router.world import DESK, KEY, OFFICIALS, START, KilledError, World, mail

BOTH = sorted(OFFICIALS)


def test_a_mail_reaches_both_officials_and_leaves_the_inbox(world: World) -> None:
    """The main job: two letters, the original in its village's folder, the receipts in theirs."""
    world.mailbox.put(mail("een"))
    world.run()
    assert BOTH == world.relay.recipients()
    assert [mail("een")] == world.mailbox.raws("Verwerkt/oosterdorp")
    assert [] == world.mailbox.raws("INBOX")
    assert 2 == len(world.mailbox.raws("Bewijs"))
    assert {"een": "filed"} == world.states()


def test_receipts_are_not_fetched_whole(world: World) -> None:
    """Own letters are recognised by their headers alone."""
    uid = world.mailbox.put(mail("een"))
    world.run()
    assert [uid] == world.mailbox.fetched


def test_a_mail_waits_in_the_inbox_until_its_last_letter_is_settled(world: World) -> None:
    """One official put off: the original stays, and the other official gets nothing twice."""
    world.relay.answers[OFFICIALS[0]] = [Outcome("later", 451, "come back")]
    world.mailbox.put(mail("een"))
    world.run()
    assert [OFFICIALS[1]] == world.relay.recipients()
    assert [mail("een")] == world.mailbox.raws("INBOX")
    world.now += 120
    world.step()
    assert BOTH == world.relay.recipients()
    assert [] == world.mailbox.raws("INBOX")


def test_the_same_bytes_twice_are_one_mail(world: World) -> None:
    """The second copy is filed as a duplicate, visibly."""
    world.mailbox.put(mail("een"))
    world.mailbox.put(mail("een"))
    world.run()
    assert BOTH == world.relay.recipients()
    assert [mail("een")] == world.mailbox.raws("Verwerkt/oosterdorp")
    assert [mail("een")] == world.mailbox.raws("Dubbel")
    assert 1 == world.journal.figures()["seen_again"]


def test_a_copy_with_another_route_is_a_duplicate(world: World) -> None:
    """The same fingerprint with other bytes: one forward, the copy filed, and it says of which mail."""
    world.mailbox.put(mail("een"))
    world.mailbox.put(mail("een", "Received: from elsewhere\r\n"))
    world.run()
    assert BOTH == world.relay.recipients()
    assert 1 == len(world.mailbox.raws("Dubbel"))
    assert [1, None] == [row["duplicate_of"] for row in world.journal.mails(10)]


def test_a_mail_moved_back_by_hand_is_not_forwarded_again(world: World) -> None:
    """A person who drags a mail back into the inbox sees it filed as a duplicate."""
    world.mailbox.put(mail("een"))
    world.run()
    world.mailbox.put(mail("een"))
    world.step()
    assert BOTH == world.relay.recipients()
    assert [mail("een")] == world.mailbox.raws("Dubbel")


def test_a_mail_that_vanished_is_still_forwarded(world: World) -> None:
    """Once it is in the journal, nobody can lose it by deleting the original."""
    world.relay.answers[OFFICIALS[0]] = [Outcome("later", 451, "come back")]
    uid = world.mailbox.put(mail("een"))
    world.run()
    del world.mailbox.folders["INBOX"][uid]
    world.now += 120
    world.step()
    assert BOTH == world.relay.recipients()
    assert {"een": "filed"} == world.states()


def test_a_new_uidvalidity_repeats_nothing(world: World) -> None:
    """The server numbers anew while a mail waits: it is found again by its bytes, forwarded once and filed."""
    world.relay.answers[OFFICIALS[0]] = [Outcome("later", 451, "come back")]
    world.mailbox.put(mail("een"))
    world.run()
    world.mailbox.renumber()
    world.now += 120
    world.step()
    assert BOTH == world.relay.recipients()
    assert [mail("een")] == world.mailbox.raws("Verwerkt/oosterdorp")


def test_automatic_mail_is_filed_without_a_letter(world: World) -> None:
    """An out-of-office reply bothers nobody."""
    world.mailbox.put(mail("auto"))
    world.run()
    assert ([], [mail("auto")]) == (world.relay.taken, world.mailbox.raws("Automatisch"))


def test_a_mail_that_kills_its_worker_goes_whole_to_the_desk(world: World) -> None:
    """Two tries in the cage, then the desk gets the original; the next mail is not affected."""
    world.mailbox.put(mail("poison"))
    world.mailbox.put(mail("een"))
    world.run()
    assert sorted([*BOTH, DESK]) == world.relay.recipients()
    assert 2 == world.cage.asked.count(mail("poison"))
    content = dict(world.relay.taken)[DESK]
    assert b"origineel.eml" in content
    assert [mail("poison")] == world.mailbox.raws("Balie")


def test_a_refused_letter_is_told_to_the_desk(world: World) -> None:
    """One official unknown at the relay: the other gets the mail, the desk hears of it, then it is filed."""
    world.relay.answers[OFFICIALS[0]] = [Outcome("refused", 550, "5.1.1 no such user")]
    world.mailbox.put(mail("een"))
    world.run()
    assert sorted([OFFICIALS[1], DESK]) == world.relay.recipients()
    assert b"550" in dict(world.relay.taken)[DESK] or b"no such user" in dict(world.relay.taken)[DESK]
    assert {"een": "filed"} == world.states()


def test_retry_sends_the_same_bytes(world: World) -> None:
    """After the address was mended at the relay, the refused letter goes out as it was promised."""
    world.relay.answers[OFFICIALS[0]] = [Outcome("refused", 550, "5.1.1 no such user")]
    world.mailbox.put(mail("een"))
    world.run()
    assert 1 == world.journal.retry(1, "clerk")
    world.step()
    assert OFFICIALS[0] in world.relay.recipients()
    assert 0 == world.journal.retry(1, "clerk")


def test_a_refused_desk_letter_becomes_a_notice_and_then_stuck(world: World) -> None:
    """The last resort: when even the notice is refused, the mail stays where it is and is called stuck."""
    refusal = Outcome("refused", 550, "5.7.1 no")
    world.relay.answers[DESK] = [refusal, refusal]
    world.mailbox.put(mail("desk"))
    world.run()
    assert [] == world.relay.taken
    assert [mail("desk")] == world.mailbox.raws("INBOX")
    assert ["mail 1 (6465736b0000) is stuck: nothing automatic is left to try; see `show` and `retry`"] == (
        world.journal.books(0.0).remarks
    )
    world.journal.retry(1, "clerk")
    world.step()
    assert [] == world.mailbox.raws("INBOX")


def test_a_crash_after_the_dot_is_settled_by_the_receipt(world: World) -> None:
    """The relay took the letter, we went down before we wrote that: the receipt tells, nothing goes out twice."""
    world.mailbox.put(mail("een"))
    world.relay.crash_after_taking = True
    with pytest.raises(KilledError):
        world.run()
    world.relay.crash_after_taking = False
    world.restart()
    world.run()
    assert BOTH == world.relay.recipients()
    assert {"een": "filed"} == world.states()


def test_without_a_receipt_the_same_bytes_go_out_after_the_wait(world: World) -> None:
    """No receipt came in time: the letter is sent again, byte for byte, and not before."""
    world.mailbox.put(mail("een"))
    world.relay.crash_after_taking, world.receipts_arrive = True, False
    with pytest.raises(KilledError):
        world.run()
    world.relay.crash_after_taking = False
    world.restart()
    world.run()
    assert 2 == len(world.relay.taken)
    world.watch(240)
    assert 2 == len(world.relay.taken)
    world.watch(60)
    assert 3 == len(world.relay.taken)
    assert 1 == len({content for to, content in world.relay.taken if to == world.relay.taken[0][0]})


def test_no_letter_goes_out_again_while_the_receipts_cannot_be_read(world: World) -> None:
    """Time in which the mailbox is out of reach does not count as waiting for a receipt."""
    world.mailbox.put(mail("een"))
    world.relay.crash_after_taking, world.receipts_arrive = True, False
    with pytest.raises(KilledError):
        world.run()
    world.relay.crash_after_taking = False
    world.restart()
    world.run()
    world.watch(120)
    for _ in range(10):
        world.now += 60
        world.mailbox.trouble = "uids"
        with pytest.raises(Trouble):
            world.step()
    world.watch(60)
    assert 2 == len(world.relay.taken)
    world.watch(180)
    assert 3 == len(world.relay.taken)


def test_a_lost_journal_sends_nothing_twice(world: World) -> None:
    """The journal is gone, the mail is still in the inbox: the receipts tell what was sent."""
    world.mailbox.put(mail("een"))
    world.mailbox.trouble = "move"
    with pytest.raises(Trouble):
        world.run()
    assert BOTH == world.relay.recipients()
    world.journal.close()
    shutil.rmtree(world.folder)
    world.open()
    world.run()
    world.watch(360)
    assert BOTH == world.relay.recipients()
    assert [] == world.mailbox.raws("INBOX")


def test_an_interrupted_mail_is_taken_up_again(world: World) -> None:
    """Accepted and not yet understood when the router went down: understood at the next start."""
    world.mailbox.put(mail("een"))
    world.promises.finish = _killed  # type: ignore[method-assign,assignment]  # the process ends here
    with pytest.raises(KilledError):
        world.run()
    world.restart()
    world.run()
    assert BOTH == world.relay.recipients()


def test_a_mail_that_was_in_hand_at_three_crashes_is_read_all_the_same(world: World) -> None:
    """Crashes are seldom the fault of a mail that happened to be there: its officials get it."""
    world.mailbox.put(mail("een"))
    for _ in range(3):
        world.promises.cage = DyingCage()
        with pytest.raises(KilledError):
            world.run()
        world.restart()
    world.run()
    assert BOTH == world.relay.recipients()


class DyingCage:
    """The process ends while a mail is in here."""

    def understand(self, job: object) -> Never:
        raise KilledError


def _killed(*_: object) -> None:
    raise KilledError


def test_old_mail_is_not_taken_in_unasked(world: World) -> None:
    """A first start on a mailbox with years of mail stops and says what to set."""
    world.mailbox.put(mail("oud"), received=START - 400 * 86400)
    with pytest.raises(NeedsCutoff, match=r"INBOX holds 1 messages, the oldest of 2025-08-10.*mailbox.since"):
        world.run()
    assert [] == world.relay.taken


def test_mail_before_the_cutoff_stays_where_it_is(tmp_path: Path) -> None:
    """With mailbox.since set, older mail is neither read nor moved."""
    world = World(tmp_path / "state", mailbox={"since": "2026-09-01"})
    world.mailbox.put(mail("oud"), received=START - 400 * 86400)
    world.mailbox.put(mail("nieuw"))
    world.run()
    assert ([mail("oud")], {"nieuw": "filed"}) == (world.mailbox.raws("INBOX"), world.states())
    world.journal.close()


def test_a_mail_too_large_is_not_fetched(tmp_path: Path) -> None:
    """Only its header is read; the desk is told where it lies."""
    world = World(tmp_path / "state", limits={"mail": 5000})
    world.promises.routing = world.promises.routing.model_copy(update={"limits": world.settings.limits})
    world.cage._result = lambda job: _unread(job, world)  # type: ignore[method-assign]  # the real rule, in place
    world.mailbox.put(mail("groot") + b"x" * 10_000)
    world.run()
    assert ([DESK], []) == (world.relay.recipients(), world.mailbox.fetched)
    assert 1 == len(world.mailbox.raws("Balie"))
    world.journal.close()


def _unread(job: object, world: World) -> object:
    from mailrouter.core.understand import Job, understand

    assert isinstance(job, Job)
    return understand(job, world.promises.routing)


def test_a_person_decides_and_nobody_gets_it_twice(world: World) -> None:
    """`assign` makes a new version with letters for who has none yet; the history names the person."""
    world.mailbox.put(mail("desk"))
    world.run()
    assert [DESK] == world.relay.recipients()
    world.promises.decide_again(1, "clerk", Assignment("oosterdorp", None, "clerk"))
    world.step()
    assert sorted([DESK, *BOTH]) == world.relay.recipients()
    with pytest.raises(NotHeld, match="not held at the desk"):
        world.promises.decide_again(1, "clerk", None)
    world.promises.decide_again(1, "clerk", Assignment("oosterdorp", None, "clerk"))
    world.step()
    assert sorted([DESK, *BOTH]) == world.relay.recipients()
    assert "clerk" in {event["who"] for event in world.journal.whole(1)["history"]}


def test_release_of_a_mail_that_would_be_held_again_changes_nothing(world: World) -> None:
    """The config of now still sends it to the desk: said so, nothing written."""
    world.mailbox.put(mail("desk"))
    world.run()
    with pytest.raises(NotHeld, match="held again"):
        world.promises.decide_again(1, "clerk", None)
    assert 1 == world.journal.whole(1)["version"]


def test_old_receipts_of_settled_letters_are_deleted(world: World) -> None:
    """After `receipts.keep` they have done their work; nothing else in that folder is touched."""
    world.mailbox.put(mail("een"))
    world.run()
    world.mailbox.put(mail("van iemand anders"), "Bewijs")
    assert 0 == world.receipts.tidy()
    world.now += 15 * 86400
    assert 2 == world.receipts.tidy()
    assert [mail("van iemand anders")] == world.mailbox.raws("Bewijs")


def test_the_letter_of_doctor_is_set_aside_and_in_no_books(world: World) -> None:
    """It proves nothing, holds nothing back, is known by its id alone, and goes when receipts go."""
    world.mailbox.put(mail("een"))
    world.run()
    own = token(KEY, trial_id(KEY, "0123456789abcdef"))
    for folder in ("INBOX", "Bewijs"):
        world.mailbox.put(f"X-Mailrouter-Letter: {own}\r\n\r\nproef\r\n".encode(), folder)
    world.run()
    assert ([], 4) == (world.mailbox.raws("INBOX"), len(world.mailbox.raws("Bewijs")))
    assert 1 == len(world.journal.mails(9))
    assert (0.0, []) == (world.receipts.held(), world.journal.audit())
    world.now += 15 * 86400
    assert 4 == world.receipts.tidy()

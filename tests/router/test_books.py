"""The books: each fault planted in a journal is told in one line, and a journal without faults has none."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from copy import copy, deepcopy
from pathlib import Path

import pytest

from mailrouter.books import balance
from mailrouter.core.identity import letter_id, token
from mailrouter.core.model import Outcome
from mailrouter.core.understand import Assignment
from mailrouter.journal import Books, Journal, JournalTrouble, Lock
from mailrouter.journal.opening import FILE
from tests.router.world import KEY, OFFICIALS, FakeRelay, World, mail

FIRST, SECOND = OFFICIALS
REFUSED = Outcome("refused", 550, "5.1.1 no such user", "recipient")
LETTER = "(select id from letter where mail_id = 1 and address = '{}')"
ONE, OTHER = LETTER.format(FIRST), LETTER.format(SECOND)
FORGET = "delete from proof where letter_id = {};"
UNTELL = FORGET.format("(select id from letter where about is not null)") + "delete from letter where about is not null"


WAIT = 300.0
"""Seconds, as `receipts.wait` of the world."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Mail 1 went to both officials, 2 to the desk, 3 was filed, 4 repeats 1, of 5 one letter was refused."""
    made = World(tmp_path_factory.mktemp("done") / "state", router={"key": KEY.decode()})
    for word in ("plan", "desk", "auto", "plan again"):
        made.mailbox.put(mail(word))
    made.run()
    made.relay.answers[FIRST] = [REFUSED]
    made.mailbox.put(mail("refused"))
    made.step()
    made.wait(2 * WAIT)
    made.journal.close()
    return made


@pytest.fixture
def world(done: World, tmp_path: Path) -> Iterator[World]:
    """The same work, in a journal and a mailbox of the test's own."""
    made = copy(done)
    made.folder, made.mailbox, made.relay = tmp_path / "state", deepcopy(done.mailbox), FakeRelay(made.receipt)
    made.folder.mkdir()
    shutil.copy(done.folder / FILE, made.folder)
    made.open()
    yield made
    made.journal.close()


def plant(world: World, sql: str) -> None:
    """Change the journal behind the router's back."""
    with closing(sqlite3.connect(world.folder / FILE)) as connection:
        connection.executescript(sql)


def books(world: World) -> Books:
    """How the books stand, mailbox included."""
    return balance(world.journal, world.mailbox, world.settings)


def fits(pattern: str, lines: list[str]) -> bool:
    """There is one line, and it begins so; `letter L` stands for any letter."""
    return len(lines) == 1 and re.sub("letter [0-9a-f]{8} ", "letter L ", lines[0]).startswith(pattern)


def test_work_that_was_done_balances(world: World) -> None:
    """Forwarded, at the desk, filed, a duplicate, a refusal that was told: nothing to say."""
    assert {"plan": "filed", "desk": "filed", "auto": "filed", "plan again": "filed", "refused": "filed"} == (
        world.states()
    )
    assert Books() == books(world)


PLAN, AUTO = "mail 1 (706c616e0000)", "mail 3 (6175746f0000)"
WRONG = {
    "a sighting without its mail": (
        "insert into sighting (folder, uidvalidity, uid, mail_id, seen, again) values ('INBOX', 1, 9999, 77, 0, 0)",
        "UID 9999 of INBOX is mail 77, which the journal has lost",
    ),
    "a letter without its mail": (
        "update letter set mail_id = 77 where purpose = 'refusal'",
        "letter L is of mail 77, which the journal has lost",
    ),
    "a letter without its text": (
        f"update letter set draft_id = 77 where id = {ONE}",
        f"letter L of {PLAN} to the ambassador has lost its text",
    ),
    "a mail without its bytes": ("delete from raw where mail_id = 1", f"{PLAN} has lost its raw bytes"),
    "a mail without a sighting": ("delete from sighting where mail_id = 3", f"{AUTO} was never seen in a mailbox"),
    "a mail in no state": (
        "update mail set state = 'lost' where id = 3",
        f"{AUTO} is 'lost', and there is no such state",
    ),
    "a letter in no state": (
        f"{FORGET.format(ONE)} update letter set state = 'lost' where id = {ONE}",
        f"letter L of {PLAN} to the ambassador is 'lost', and there is no such state",
    ),
    "a decision without an outcome": (
        "update mail set outcome = null where id = 3",
        f"{AUTO} counts as decided and has no outcome",
    ),
    "a stuck mail without a stuck letter": (
        "update mail set state = 'stuck' where id = 3",
        f"{AUTO} is stuck and none of its letters is",
    ),
    "a letter that was never written": (
        f"{FORGET.format(ONE)} delete from letter where id = {ONE}",
        f"{PLAN}: no letter was written to the ambassador: `assign` it",
    ),
    "a letter that was not decided": (
        "update mail set explanation = json_remove(explanation, '$.recipients[1]') where id = 1",
        f"{PLAN}: letter L to the ambassador does not follow from its decision",
    ),
    "a letter for another purpose": (
        f"update letter set purpose = 'desk' where id = {ONE}",
        f"{PLAN}: letter L to the ambassador does not follow from its decision",
    ),
    "a letter of a mail that is only filed": (
        "update mail set outcome = 'file' where id = 2",
        "mail 2 (6465736b0000): letter L to the ambassador does not follow from its decision",
    ),
    "two letters for one": (
        f"update letter set address = '{FIRST}' where id = {OTHER};"
        "update mail set explanation = json_remove(explanation, '$.recipients[1]') where id = 1",
        f"{PLAN}: 2 letters forward it to one ambassador",
    ),
    "a letter that is sent because it says so": (
        f"{FORGET.format(ONE)} update letter set code = null, proven = null where id = {ONE}",
        f"letter L of {PLAN} to the ambassador counts as sent, and neither the relay nor a receipt said so",
    ),
    "a letter that is sent on a refusal": (
        f"{FORGET.format(ONE)} update letter set code = 550, proven = null where id = {ONE}",
        f"letter L of {PLAN} to the ambassador counts as sent, and neither the relay nor a receipt said so",
    ),
    "a letter that is proven and queued": (
        f"update letter set state = 'queued' where id = {ONE}; update mail set state = 'promised' where id = 1",
        f"letter L of {PLAN} to the ambassador is queued, though its receipt came back: stop the router",
    ),
    "an open letter of a mail that is filed": (
        f"{FORGET.format(ONE)} update letter set state = 'unsure' where id = {ONE}",
        f"letter L of {PLAN} to the ambassador is unsure, and its mail counts as settled",
    ),
    "a refusal that was kept from the desk": (
        UNTELL,
        "letter L of mail 5 (726566757365) to the ambassador was not delivered, and the desk was not told: `retry` it",
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_fault_is_told(world: World, fault: str) -> None:
    """One line for each fault, with the mail or letter, what is wrong with it and what to do; and no other line."""
    sql, line = WRONG[fault]
    plant(world, sql)
    assert fits(line, books(world).wrong), books(world).wrong


REMARKS = {
    "a mail that waits to be understood": (
        "update mail set state = 'accepted', outcome = null where id = 3",
        f"{AUTO} is not decided, and no daemon runs",
    ),
    "a letter that was being sent": (
        f"{FORGET.format(ONE)} update letter set state = 'sending' where id = {ONE};"
        "update mail set state = 'promised' where id = 1",
        f"letter L of {PLAN} to the ambassador is sending, and no daemon runs",
    ),
    "a letter that was taken up": (
        f"{FORGET.format(ONE)} update letter set state = 'claimed' where id = {ONE};"
        "update mail set state = 'promised' where id = 1",
        f"letter L of {PLAN} to the ambassador is claimed, and no daemon runs",
    ),
    "a refusal that is to be told": (
        f"{UNTELL}; update mail set state = 'promised' where id = 5",
        "letter L of mail 5 (726566757365) to the ambassador was not delivered, and no daemon runs",
    ),
    "a mail that is stuck": (
        f"{FORGET.format(ONE)} update letter set state = 'stuck' where id = {ONE};"
        "update mail set state = 'stuck' where id = 1",
        f"{PLAN} is stuck: nothing automatic is left to try",
    ),
    "a receipt that never came": (
        f"{FORGET.format(ONE)} update letter set proven = null where id = {ONE}",
        f"the receipt of letter L of {PLAN} to the ambassador never came back",
    ),
    "a receipt of a letter from before": (
        "insert into proof (letter_id, seen, folder) values ('0123456789abcdef0123456789abcdef', 0, 'Bewijs')",
        "letter L was sent, as its receipt tells, and is not in this journal",
    ),
}


@pytest.mark.parametrize("what", REMARKS)
def test_what_balances_and_is_worth_knowing(world: World, what: str) -> None:
    """Work that waits for the daemon, what a relay lost, letters from before this journal: a remark, and no fault."""
    sql, line = REMARKS[what]
    plant(world, sql)
    assert [] == books(world).wrong
    assert fits(line, books(world).remarks), books(world).remarks


@pytest.mark.parametrize("what", ["a mail that waits to be understood", "a refusal that is to be told"])
def test_a_daemon_that_runs_leaves_nothing_lying(world: World, what: str) -> None:
    """What waits while a daemon runs is no remark; after a quarter of an hour it is a fault."""
    lock = Lock(world.folder)
    plant(world, REMARKS[what][0] + "; update letter set changed = 0; update mail set accepted = 0")
    assert 1 == len(books(world).wrong), books(world).wrong
    plant(world, f"update letter set changed = {world.now - 60}; update mail set accepted = {world.now - 60}")
    assert Books() == books(world)
    lock.release()


def test_a_receipt_that_is_on_its_way_is_no_remark(world: World) -> None:
    """Within `receipts.wait` nothing is said of a receipt that is not there yet."""
    plant(world, REMARKS["a receipt that never came"][0] + f"; update letter set changed = {world.now - 60}")
    assert Books() == books(world)


def test_many_remarks_are_counted(world: World) -> None:
    """A journal that was put back may lack hundreds of letters: some are named, the rest is counted."""
    rows = ", ".join(f"('{number:032x}', 0, 'Bewijs')" for number in range(25))
    plant(world, f"insert into proof (letter_id, seen, folder) values {rows}")
    assert (21, "and 5 more of these") == (len(books(world).remarks), books(world).remarks[-1])


def test_a_letter_that_somebody_had_already_counts_after_assign(world: World) -> None:
    """A second version of a decision writes letters only to who has none, and the books balance."""
    world.promises.decide_again(5, "clerk", Assignment("oosterdorp", None, "clerk"))
    world.step()
    assert ([FIRST], 2) == (world.relay.recipients(), world.journal.whole(5)["version"])
    assert Books() == books(world)


class TestTheMailbox:
    def test_a_mail_that_was_passed_over(self, world: World) -> None:
        """A lower number than the last one taken in, and never seen; also when it says that it is a letter of ours."""
        forged = mail("plan", "X-Mailrouter-Letter: 0123456789abcdef0123456789abcdef.0123456789abcdef\r\n")
        uid = world.mailbox.put(forged)
        world.mailbox.last += 1
        plant(
            world,
            "insert into sighting (folder, uidvalidity, uid, mail_id, seen, again, left, how)"
            f" values ('INBOX', 1, {uid + 1}, 1, 0, 1, 0, 'moved')",
        )
        assert [f"UID {uid} in INBOX was passed over: move it out and in again, to be taken in"] == books(world).wrong

    def test_a_mail_that_did_not_leave(self, world: World) -> None:
        """The journal says that it is filed, and there it lies."""
        world.mailbox.folders["INBOX"][1] = (mail("plan"), world.now)
        line = "mail 706c616e0000 is filed and still lies in INBOX (UID 1): move it to its folder by hand"
        assert [line] == books(world).wrong

    def test_receipts_that_lie_there_still(self, world: World) -> None:
        """Own receipts are no mail: a remark says how many, wherever they lie."""
        for number in range(2):
            own = token(KEY, letter_id(KEY, f"{number}", FIRST, "1"))
            world.mailbox.put(mail("receipt", f"X-Mailrouter-Letter: {own}\r\n"))
        told = "2 of our own receipts lie in INBOX: the daemon sets them aside when it looks"
        assert Books([], [told]) == books(world)

    def test_new_mail_is_nothing_to_tell(self, world: World) -> None:
        """What arrived after the last look is neither fault nor remark."""
        world.mailbox.put(mail("new"))
        assert Books() == books(world)


def test_a_damaged_file_is_told(world: World) -> None:
    """Garbage in a page of the tables: neither the books nor a daemon's start go by it."""
    world.journal.close()
    with closing(sqlite3.connect(world.folder / FILE)) as connection:
        [page] = connection.execute("select rootpage from sqlite_master where name = 'letter'").fetchone()
    with (world.folder / FILE).open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    world.journal = Journal(world.folder)
    [line] = world.journal.audit()
    assert line.startswith("the journal file is damaged (")
    assert "put back a backup" in line
    with pytest.raises(JournalTrouble, match=r"the journal file is damaged .* put back a backup"):
        world.journal.check()

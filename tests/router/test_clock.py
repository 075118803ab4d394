"""The clock of the machine jumps while letters wait: nothing is lost or doubled, and none of them waits for years."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailrouter.core.model import Outcome
from mailrouter.ticks import Ticks
from tests.router.world import OFFICIALS, START, World, mail

DAY = 86400.0
JUMPS = {"two days back": -2 * DAY, "five years on": 5 * 365 * DAY, "to 1970": -START}
LATER = Outcome("later", 451, "4.2.0 come back")
UNSURE = Outcome("unsure", 0, "the connection broke after the dot", receipt=True)
EACH_ONCE = Counter(dict.fromkeys(OFFICIALS, 1))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A router with one mail in its inbox; its books must balance at the end."""
    made = World(tmp_path / "state", mailbox={"since": "2026-09-01"})
    made.mailbox.put(mail("een"))
    yield made
    assert [] == made.journal.audit()
    assert {"een": "filed"} == made.states()
    made.journal.close()


jumping = pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
and_back = pytest.mark.parametrize("back", [False, True], ids=["", "and back"])


def let_the_clock_jump(world: World, jump: float, back: bool) -> None:
    """Off it goes; the router looks once, and, if asked, somebody sets it right a minute later."""
    world.now += jump
    world.wait(60)
    if back:
        world.now -= jump


@jumping
@and_back
def test_before_the_first_start(world: World, jump: float, back: bool) -> None:
    """A machine that starts with a wrong clock works with it."""
    world.now += jump
    world.run()
    world.now -= jump if back else 0
    world.watch(120)
    assert EACH_ONCE == Counter(world.relay.recipients())


@jumping
@and_back
def test_while_a_letter_is_put_off(world: World, jump: float, back: bool) -> None:
    """A letter with a backoff is tried again within an hour or so, and is not given up for its seeming age."""
    world.relay.answers[OFFICIALS[0]] = [LATER, LATER, LATER]
    world.run()
    let_the_clock_jump(world, jump, back)
    for _ in range(70):
        world.wait(60)
    assert EACH_ONCE == Counter(world.relay.recipients())


@jumping
@and_back
def test_while_a_letter_is_unsure(world: World, jump: float, back: bool) -> None:
    """A receipt that comes two minutes late still comes in time: the jump is no waiting."""
    late: list[bytes] = []
    world.relay.returned = late.append
    world.relay.answers[OFFICIALS[0]] = [UNSURE]
    world.run()
    let_the_clock_jump(world, jump, back)
    world.wait(60)
    for content in late:
        world.receipt(content)
    world.watch(900)
    assert EACH_ONCE == Counter(world.relay.recipients())


@jumping
@and_back
def test_while_no_receipt_comes(world: World, jump: float, back: bool) -> None:
    """A letter that the relay never took is sent again after about `receipts.wait`, and not after years."""
    world.receipts_arrive = False
    world.relay.answers[OFFICIALS[0]] = [UNSURE]
    world.run()
    let_the_clock_jump(world, jump, back)
    assert EACH_ONCE == Counter(world.relay.recipients())
    world.watch(600)
    assert Counter({OFFICIALS[0]: 2, OFFICIALS[1]: 1}) == Counter(world.relay.recipients())
    assert 1 == len({content for to, content in world.relay.taken if to == OFFICIALS[0]})


@jumping
@and_back
def test_while_letters_are_held(world: World, jump: float, back: bool) -> None:
    """A new journal beside an old receipt folder waits for late receipts: no shorter for the jump, and not for ever."""
    world.mailbox.ensure("Bewijs")
    world.run()
    let_the_clock_jump(world, jump, back)
    assert Counter() == Counter(world.relay.recipients())
    world.watch(600)
    assert EACH_ONCE == Counter(world.relay.recipients())


@jumping
def test_over_a_restart(world: World, jump: float) -> None:
    """The machine comes up with another clock than it went down with."""
    world.relay.answers[OFFICIALS[0]] = [LATER]
    world.run()
    world.now += jump
    world.restart()
    world.run()
    for _ in range(70):
        world.wait(60)
    assert EACH_ONCE == Counter(world.relay.recipients())


def test_ticks_do_not_look_at_the_wall() -> None:
    """Each at its own interval by the monotonic clock; what was missed is made up for once."""
    now, heard = 0.0, []
    ticks = Ticks(lambda: now)
    ticks.every(60, lambda: heard.append("poll"))
    ticks.every(3600, lambda: heard.append("verify"))
    waits = []
    for moment in (0.0, 60.0, 90.0, 120.0, 3600.0):
        now = moment
        waits.append(ticks.turn())
    assert [60, 60, 30, 60, 60] == waits
    assert ["poll", "poll", "poll", "verify"] == heard


def test_ticks_end_when_told() -> None:
    """The thread calls, and stops."""
    called = threading.Event()
    ticks = Ticks()
    ticks.every(0.01, called.set)
    ticks.start()
    assert called.wait(10)
    ticks.stop()
    ticks.join(10)
    assert not ticks.is_alive()

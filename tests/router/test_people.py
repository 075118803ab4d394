"""People who use the mailbox while the router works, and servers that number it anew: at every moment, one at a time.

A clean run is counted first: each call to the mailbox and each letter is a moment. Then the work is done as many times
over, and at moment k somebody does one thing. In the end everybody has got everything exactly once.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from mailrouter.books import balance
from mailrouter.core.model import Outcome
from mailrouter.imap import Trouble
from tests.router.world import DESK, OFFICIALS, World, mail

MAILS = {word: mail(word) for word in ("een", "twee", "desk", "auto")}
DUE = {"een": OFFICIALS, "twee": OFFICIALS, "desk": (DESK,), "auto": ()}
"""Who is to get what."""
LATER = Outcome("later", 451, "4.2.0 come back")
Act = Callable[[World], None]


def nothing(_: object) -> None:
    """Nobody is there."""


def move_away(world: World) -> None:
    """Everything in the inbox goes to a folder of somebody's own."""
    for raw, received in take(world, "INBOX"):
        world.mailbox.put(raw, "Prive", received)


def delete(world: World) -> None:
    """Everything in the inbox is destroyed, receipts too."""
    take(world, "INBOX")


def delete_receipts(world: World) -> None:
    """The receipt folder is emptied."""
    take(world, "Bewijs")


def copy_back(world: World) -> None:
    """Of everything, wherever it lies, a copy is put in the inbox."""
    for folder in ("INBOX", *filed(world)):
        for raw, _ in [*world.mailbox.folders[folder].values()]:
            world.mailbox.put(raw)


def drag_back(world: World) -> None:
    """Everything that was dealt with is dragged back into the inbox; what lies there is dragged out and in again."""
    for folder in ("INBOX", *filed(world)):
        for raw, received in take(world, folder):
            world.mailbox.put(raw, "INBOX", received)


def number_anew(world: World) -> None:
    """The server has lost its index: new UIDVALIDITY, and the same UIDs for other mails."""
    world.mailbox.renumber()


def take(world: World, folder: str) -> list[tuple[bytes, float]]:
    """Take all messages out of a folder."""
    there = world.mailbox.folders.get(folder, {})
    taken = [*there.values()]
    there.clear()
    return taken


def filed(world: World) -> list[str]:
    """The folders to which the router moved mail."""
    return [name for name in world.mailbox.folders if name not in ("INBOX", "Prive")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A router that has just been installed; making its journal costs more than the work itself."""
    folder = tmp_path_factory.mktemp("people") / "installed"
    folder.mkdir()
    World(folder / "state").journal.close()
    return folder


@contextmanager
def at_rest(installed: Path, act: Act, at: int) -> Iterator[tuple[World, int]]:
    """The world after the work was done, with `act` at moment `at`; and how many moments there were."""
    moments = count()

    def moment(_what: str) -> None:
        if next(moments) == at:
            act(world)

    folder = Path(shutil.copytree(installed, installed.with_name("at work")))
    world = World(folder / "state")
    try:
        world.mailbox.meanwhile = world.relay.meanwhile = moment
        world.relay.answers[OFFICIALS[0]] = [LATER]
        for raw in MAILS.values():
            world.mailbox.put(raw)
        run(world, turns=3)
        number = next(moments)
        world.mailbox.meanwhile = world.relay.meanwhile = nothing
        run(world, turns=2)
        yield world, number
    finally:
        world.journal.close()
        shutil.rmtree(folder)


def run(world: World, turns: int) -> None:
    """So many turns of the daemon; three are enough for the work."""
    for _ in range(turns):
        with suppress(Trouble):
            if world.journal.noted("receipts_opened") is None:
                world.router.recover()
            world.daemon_turn()
        world.now += 70


def where_mails_lie(world: World) -> set[tuple[str, bytes]]:
    """The councils' mails, each with its folder."""
    return {(name, raw) for name in world.mailbox.folders for raw in world.mailbox.raws(name) if raw in MAILS.values()}


def everywhere(world: World) -> set[bytes]:
    """Every message in every folder."""
    return {raw for name in world.mailbox.folders for raw in world.mailbox.raws(name)}


ACTS = (move_away, delete, delete_receipts, copy_back, drag_back, number_anew)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_at_every_moment(installed: Path, act: Act) -> None:
    """What was taken in reaches everybody once, whatever befalls the original; what was taken away before is theirs."""
    with at_rest(installed, nothing, -1) as (clean, moments):
        assert moments > 20
        places = where_mails_lie(clean)
    for at in range(moments):
        with at_rest(installed, act, at) as (world, _):
            taken_in = world.states()
            due = Counter(person for word in taken_in for person in DUE[word])
            assert (at, due) == (at, Counter(world.relay.recipients()))
            assert len(world.relay.taken) == len({content for _, content in world.relay.taken})
            assert (at, {"filed"}) == (at, {*taken_in.values()} or {"filed"})
            assert (at, []) == (at, world.mailbox.raws("INBOX"))
            assert (at, []) == (at, balance(world.journal, world.mailbox, world.settings).wrong)
            if act in (delete_receipts, number_anew):
                assert (at, places) == (at, where_mails_lie(world))
            if act is not delete:
                assert (at, set()) == (at, {*MAILS.values()} - everywhere(world))
            if act not in (move_away, delete):
                assert (at, {*MAILS}) == (at, {*taken_in})

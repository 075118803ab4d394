"""A journal that knows less than was sent: lost, put back from an older copy, or on a machine that was started anew."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailrouter.witness import NOTHING, Witness
from tests.router.world import OFFICIALS, KilledError, World, mail

BOTH = sorted(OFFICIALS)


def put_back(world: World, copy: Path) -> None:
    """The state folder as it was when it was copied; the machine's memory stays."""
    world.journal.close()
    shutil.rmtree(world.folder)
    shutil.copytree(copy, world.folder)
    world.open()


def copied(world: World, copy: Path) -> Path:
    """A copy of the state folder, taken while nothing is written."""
    world.journal.close()
    shutil.copytree(world.folder, copy)
    world.open()
    return copy


@contextmanager
def receipts_on_their_way(world: World) -> Iterator[list[bytes]]:
    """Receipts are held up until the block ends, then they all arrive."""
    late: list[bytes] = []
    usual, world.relay.returned = world.relay.returned, late.append
    yield late
    world.relay.returned = usual
    for content in late:
        world.receipt(content)


class TestAnOlderCopy:
    """Letters are held back until late receipts had time to come, over restarts too; none is sent twice."""

    @pytest.mark.parametrize("later", [0, 20])
    def test_the_hold_of_a_restored_journal_outlives_a_restart(
        self, world: World, tmp_path: Path, later: float
    ) -> None:
        """Restored from before the sending, told so by one receipt, started twice: still nothing goes out."""
        world.mailbox.put(mail("een"))
        world.mailbox.put(mail("twee"))
        world.router.recover()
        world.router.collect()
        copy = copied(world, tmp_path / "copy")
        with receipts_on_their_way(world) as late:
            world.run()
            assert 4 == len(world.relay.taken)
            world.receipt(late.pop(0))
            put_back(world, copy)
            world.run()
            world.now += later
            world.restart()
            world.run()
            assert 4 == len(world.relay.taken)
        world.watch(360)
        assert (4, {"een": "filed", "twee": "filed"}) == (len(world.relay.taken), world.states())

    def test_the_hold_of_a_new_journal_outlives_a_restart(self, world: World) -> None:
        """The journal is lost, the receipt folder is not: no letter until late receipts had time to come."""
        late: list[bytes] = []
        world.relay.returned = late.append
        world.mailbox.put(mail("een"))
        world.relay.crash_after_taking = True
        with pytest.raises(KilledError):
            world.run()
        world.relay.crash_after_taking = False
        world.journal.close()
        shutil.rmtree(world.folder)
        world.open()
        world.run()
        world.now += 20
        world.restart()
        world.run()
        assert 1 == len(world.relay.taken)
        for content in late:
            world.receipt(content)
        world.watch(360)
        assert (BOTH, {"een": "filed"}) == (world.relay.recipients(), world.states())

    @pytest.mark.parametrize("arrived", ["receipts", "witness"])
    @pytest.mark.parametrize("sent", [1, 2, 3, 4])
    def test_nothing_is_sent_twice(self, world: World, tmp_path: Path, arrived: str, sent: int) -> None:
        """Put back after 1, 2, 3 or 4 of 4 letters went; receipts that are there tell so, or the witness alone."""
        world.mailbox.put(mail("een"))
        world.mailbox.put(mail("twee"))
        world.router.recover()
        world.router.collect()
        copy = copied(world, tmp_path / "copy")
        with receipts_on_their_way(world) as late:
            world.relay.crash_after_taking_number = sent
            with pytest.raises(KilledError):
                world.run()
            world.relay.crash_after_taking_number = 0
            if arrived == "receipts":
                world.receipt(late.pop(0))
                world.reboot()
            put_back(world, copy)
            world.run()
            assert sent == len(world.relay.taken)
        world.watch(360)
        assert (4, {"een": "filed", "twee": "filed"}) == (len(world.relay.taken), world.states())

    def test_of_a_mail_that_the_copy_does_not_know(self, world: World, tmp_path: Path) -> None:
        """The copy is from before the mail came, which lies in the inbox as if it were new."""
        world.mailbox.put(mail("eerder"))
        world.run()
        copy = copied(world, tmp_path / "copy")
        with receipts_on_their_way(world):
            world.mailbox.put(mail("een"))
            world.relay.crash_after_taking_number = 4
            with pytest.raises(KilledError):
                world.step()
            world.relay.crash_after_taking_number = 0
            put_back(world, copy)
            world.run()
        world.watch(360)
        assert (4, {"eerder": "filed", "een": "filed"}) == (len(world.relay.taken), world.states())

    def test_of_a_copy_that_lacks_nothing(self, world: World, tmp_path: Path) -> None:
        """A copy made after the last letter went is as good as the journal: nothing waits."""
        world.mailbox.put(mail("een"))
        world.run()
        put_back(world, copied(world, tmp_path / "copy"))
        world.mailbox.put(mail("twee"))
        world.run()
        assert {"een": "filed", "twee": "filed"} == world.states()


class TestAPlainRestart:
    """Whoever crashes on a journal that lacks nothing need not wait for anybody else's receipts."""

    def test_after_a_crash_new_mail_goes_at_once(self, world: World) -> None:
        """Only the letter that was under way waits for its receipt."""
        world.mailbox.put(mail("een"))
        world.relay.crash_after_taking = True
        world.receipts_arrive = False
        with pytest.raises(KilledError):
            world.run()
        world.relay.crash_after_taking, world.receipts_arrive = False, True
        world.mailbox.put(mail("twee"))
        world.restart()
        world.run()
        assert {"een": "promised", "twee": "filed"} == world.states()
        world.watch(360)

    def test_after_a_reboot_letters_wait_once(self, world: World) -> None:
        """Nobody can tell whether the journal is the newest; after `receipts.wait` all goes on."""
        world.mailbox.put(mail("een"))
        world.run()
        world.reboot()
        world.mailbox.put(mail("twee"))
        world.restart()
        world.run()
        held = [world.receipts.held(), len(world.relay.taken)]
        world.watch(360)
        world.restart()
        world.run()
        assert ([300.0, 2], 0.0, 4) == (held, world.receipts.held(), len(world.relay.taken))

    def test_a_fresh_installation_sends_at_once(self, world: World) -> None:
        """No journal, no receipt folder, no witness: there is nothing to wait for."""
        world.mailbox.put(mail("een"))
        world.run()
        assert BOTH == world.relay.recipients()

    def test_without_receipts_nothing_is_waited_for(self, tmp_path: Path) -> None:
        """Where no receipts are kept none can come late."""
        world = World(tmp_path / "state", receipts={"address": None})
        world.mailbox.put(mail("een"))
        world.run()
        world.reboot()
        world.mailbox.put(mail("twee"))
        world.restart()
        world.run()
        assert 4 == len(world.relay.taken)
        world.journal.close()


class TestWitness:
    """A file of a few bytes that outlives the process."""

    def test_the_newest_sending_counts(self, tmp_path: Path) -> None:
        """Two connections that commit in one order and get here in the other."""
        witness = Witness("x", tmp_path)
        witness.start(NOTHING)
        for event, letter in ((3, "c"), (2, "b")):
            witness.see(event, letter)
        assert (3, "c") == Witness("x", tmp_path).last()

    def test_it_is_for_our_eyes_only(self, tmp_path: Path) -> None:
        """Mode 0600, and a link that lies in its place is not followed."""
        Witness("x", tmp_path).start((1, "a"))
        [file] = tmp_path.iterdir()
        assert 0o600 == file.stat().st_mode & 0o777
        (tmp_path / "mailrouter-y").symlink_to(tmp_path / "elsewhere")
        Witness("y", tmp_path).start((1, "a"))
        assert not (tmp_path / "elsewhere").exists()

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"nonsense", b"x y\n"])
    def test_nonsense_is_no_witness(self, tmp_path: Path, content: bytes) -> None:
        """What cannot be read is as good as nothing: the next start waits."""
        (tmp_path / "mailrouter-x").write_bytes(content)
        assert None is Witness("x", tmp_path).last()

    def test_without_a_place_letters_are_sent_all_the_same(self, tmp_path: Path) -> None:
        """A witness that cannot be written is said aloud and stops nothing."""
        witness = Witness("x", tmp_path / "missing")
        witness.start(NOTHING)
        witness.see(1, "a")
        assert None is Witness("x", tmp_path / "missing").last()


def test_the_hold_lasts_its_whole_time_from_the_start(world: World, tmp_path: Path) -> None:
    """Time before the hold began is no waiting, however long ago the copy looked for receipts last."""
    world.mailbox.put(mail("een"))
    world.run()
    copy = copied(world, tmp_path / "copy")
    world.mailbox.put(mail("twee"))
    world.router.recover()
    world.step()
    put_back(world, copy)
    world.now += 3600
    world.router.recover()
    assert 300.0 == world.receipts.held()


def test_a_hold_that_begins_during_a_round_stops_it(world: World) -> None:
    """A receipt that tells of a letter this journal never sent: what is claimed by then goes back."""
    world.mailbox.put(mail("een"))
    world.router.recover()
    world.router.collect()
    [first, second] = world.journal.claim(10)
    world.receipts.prove([first.id], "INBOX")
    assert (False, 300.0) == (world.router._ledger.sending(second, True), world.receipts.held())
    assert ["queued"] == [letter["state"] for letter in world.journal.open_letters()]

"""Retention: what is no longer needed is thrown away without a trace, and nothing else is."""

import dataclasses
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from mailrouter import retention
from mailrouter.cage import Escape
from mailrouter.core.model import Outcome, Understanding
from mailrouter.core.understand import Assignment, Job
from mailrouter.journal import Journal, Purged, purging, tables
from mailrouter.journal.records import Returned
from mailrouter.journal.returns import note
from mailrouter.promises import NotHeld
from mailrouter.retention import Retention
from tests.router.world import DESK, OFFICIALS, FakeCage, KilledError, World, mail

DAY = 86400.0
CANARY = "kanarie-7f3a"
REFUSED = Outcome("refused", 550, f"5.1.1 {CANARY} no such user")
UNSURE = Outcome("unsure", 0, "the connection broke after the dot", receipt=True)


def keeper(world: World) -> Retention:
    """Retention over the world's mailbox and clock."""
    return Retention(world.journal, world.mailbox, world.settings, lambda: world.now)


def purge(world: World) -> None:
    """Purge until nothing is due."""
    while keeper(world).purge():
        continue


def after(world: World, days: float) -> None:
    """Time passes, and what is due then is thrown away."""
    world.now += days * DAY
    purge(world)


def traces(journal: Journal, word: str = CANARY) -> dict[str, int]:
    """File of the journal → how often the word stands in its bytes, whatever they are of."""
    files = sorted(journal.file.parent.glob("journal.db*"))
    return {file.name: number for file in files if (number := file.read_bytes().count(word.encode()))}


def purged(world: World) -> dict[str, bool]:
    """First word of each mail that can still be told → whether it was purged; purged ones by their number."""
    return {
        (whole["explanation"] or {}).get("mail", {}).get("subject") or str(whole["id"]): whole["purged"] is not None
        for whole in world.journal.mails()
    }


class CanaryCage(FakeCage):
    """Understands mail as the fake does, and lets the canary sing in every text that comes of reading one."""

    def understand(self, job: Job) -> "Future[Understanding | Escape]":
        result = super().understand(job).result()
        if isinstance(result, Understanding):
            result = self._singing(result)
        future: Future[Understanding | Escape] = Future()
        future.set_result(result)
        return future

    def _singing(self, of: Understanding) -> Understanding:
        told: dict[str, Any] = dict(of.explanation)
        told["mail"] = told["mail"] | {"text": f"tekst {CANARY}", "from_name": CANARY, "message_id": CANARY}
        told |= {
            "because": [CANARY],
            "warnings": [CANARY],
            "facts": {"place": CANARY, "source": {"place": CANARY}},
            "village": {"key": "oosterdorp", "certain": True, "because": [CANARY]},
            "kind": {"key": "complaint", "confidence": 0.9, "because": [CANARY]},
            "calendar_uid": CANARY,
            "report": {"subject": CANARY},
        }
        if of.draft is None:
            return dataclasses.replace(of, explanation={name: told[name] for name in told if name != "report"})
        headers = (*of.draft.headers, ("Subject", f"[Oosterdorp] {CANARY}"))
        own = f"{CANARY} {CANARY}\r\n".encode()
        draft = dataclasses.replace(of.draft, headers=headers, references=(CANARY,), own=own, body=())
        del told["report"]
        return dataclasses.replace(of, draft=draft, explanation=told)


@pytest.fixture
def singing(world: World) -> World:
    """A world in which the canary sings in everything that is content."""
    world.cage = CanaryCage()
    world.restart()
    return world


def forwarded(world: World, word: str, extra: str = "") -> None:
    """A mail is forwarded and filed."""
    world.mailbox.put(mail(word, extra))
    world.run()


class TestWhatGoes:
    def test_no_trace_is_left(self, singing: World) -> None:
        """Of forwarded, refused, held and filed mail: nothing of it stands in any page, free page or log."""
        singing.relay.answers[OFFICIALS[1]] = [Outcome("later", 451, f"4.2.0 {CANARY}"), REFUSED]
        for number in range(30):
            singing.mailbox.put(mail(f"{CANARY}{number} {CANARY}", f"X-Filler: {CANARY * 200}\r\n"))
        singing.mailbox.put(mail(f"auto {CANARY}"))
        singing.mailbox.put(mail(f"desk {CANARY}"))
        singing.run()
        singing.watch(3600)
        for uid in list(singing.mailbox.folders["Balie"]):
            del singing.mailbox.folders["Balie"][uid]
        assert {"filed": 32} == singing.journal.figures()["mails"]
        assert traces(singing.journal)
        after(singing, 91)
        assert {} == traces(singing.journal)
        assert 0 == free_pages(singing.journal)

    def test_the_record_stays(self, singing: World) -> None:
        """Who wrote, what was decided, who got it, when and in which role; and the codes of the servers."""
        singing.relay.answers[OFFICIALS[1]] = [REFUSED]
        forwarded(singing, f"een {CANARY}")
        before = singing.journal.whole(1)
        after(singing, 91)
        whole = singing.journal.whole(1)
        told = whole["explanation"]
        assert ("x@dorpsraad-oosterdorp.example", "complaint") == (told["mail"]["from"], told["kind"]["key"])
        assert before["explanation"]["recipients"] == told["recipients"]
        kept = ("id", "purpose", "role", "address", "name", "sha256", "state", "code", "proven", "changed")
        assert [[item[key] for key in kept] for item in before["letters"]] == [
            [item[key] for key in kept] for item in whole["letters"]
        ]
        assert ("", "550") == tuple(e["detail"] for e in whole["history"] if e["what"] in ("sending", "refused"))[:2]
        [purge_event] = [event for event in whole["history"] if event["what"] == "purged"]
        assert ("mailrouter", "in time (retention.mail)") == (purge_event["who"], purge_event["detail"])

    def test_the_record_goes_later(self, singing: World) -> None:
        """Then nothing names anybody; the books still balance, and the id still finds the mail."""
        forwarded(singing, "een")
        print_ = singing.journal.whole(1)["fingerprint"]
        after(singing, 91)
        after(singing, 640)
        for word in ("@gemeente.example", "@dorpsraad-oosterdorp.example", "veldzicht"):
            rows = (singing.journal.whole(1), singing.journal.mails())
            assert word not in json.dumps(rows), word
        assert {} == traces(singing.journal, "dorpsraad-oosterdorp.example")
        assert (1, []) == (singing.journal.find(print_[:12]), singing.journal.audit())

    def test_nothing_goes_early(self, world: World) -> None:
        """It counts from the last letter, not from the mail."""
        world.relay.answers[OFFICIALS[0]] = [Outcome("later", 451, "4.2.0 come back")] * 3
        forwarded(world, "een")
        world.watch(2 * 3600)
        after(world, 89.9)
        assert {"een": False} == purged(world)
        after(world, 0.2)
        assert {"1": True} == purged(world)

    def test_each_kind_has_its_terms(self, tmp_path: Path) -> None:
        """A kind may be kept shorter or longer than others."""
        terms = {"mail": "90d", "kinds": {"complaint": {"mail": "30d", "record": "60d"}}}
        world = World(tmp_path / "kinds", retention=terms)
        forwarded(world, "een")
        world.cage = CanaryCage()
        world.restart()
        forwarded(world, "twee")
        after(world, 31)
        assert {"een": False, "2": True} == purged(world)
        after(world, 30)
        assert (None, True) == (world.journal.whole(1)["purged"], world.journal.whole(2)["unnamed"] is not None)
        after(world, 30)
        assert {"1": True, "2": True} == purged(world)
        assert [] == world.journal.audit()
        world.journal.close()

    def test_every_field_is_decided_on(self) -> None:
        """A field with text is content, record, or one of these, which name nobody. Think before adding to them."""
        harmless = {
            "mail": {"key", "fingerprint", "state", "outcome", "config"},
            "sighting": {"folder", "how"},
            "letter": {
                "id", "version", "purpose", "about", "role", "copy", "village", "sha256", "state", "returned",
            },
            "proof": {"letter_id", "folder"},
            "cursor": {"folder"},
            "event": {"letter_id", "what"},
            "note": {"key", "value"},
        }  # fmt: skip
        texts = {
            table.name: {
                column.name for column in table.c if column.type.python_type in (str, bytes)
            } - harmless.get(table.name, set())
            for table in tables.metadata.tables.values()
        }  # fmt: skip
        assert {name: set(fields) for name, fields in purging.FIELDS.items()} == {k: v for k, v in texts.items() if v}


class TestWhatStays:
    def test_what_is_still_needed(self, world: World) -> None:
        """Stuck, unsure, waiting, or with the desk: none of it goes, however old it is."""
        world.relay.answers[OFFICIALS[0]] = [REFUSED]
        world.relay.answers[DESK] = [REFUSED, REFUSED]
        forwarded(world, "stuck")
        world.relay.answers[OFFICIALS[0]] = [Outcome("later", 451, "4.2.0 come back")] * 900
        forwarded(world, "waiting")
        world.receipts_arrive = False
        world.relay.answers[OFFICIALS[1]] = [UNSURE]
        world.mailbox.put(mail("unsure"))
        world.router.collect()
        world.router.deliver()
        world.mailbox.put(mail("desk"))
        world.router.collect()
        world.router.deliver()
        world.router.file()
        after(world, 400)
        assert dict.fromkeys(("stuck", "waiting", "unsure", "desk"), False) == purged(world)

    def test_what_people_took_from_the_desk(self, world: World) -> None:
        """A mail that lies in the desk's folder waits for the desk; once it is taken out it goes."""
        raw = mail("desk", "Message-ID: <a@b>\r\n")
        world.mailbox.put(raw)
        world.run()
        after(world, 91)
        assert {"desk": False} == purged(world)
        world.mailbox.folders["Balie"].clear()
        purge(world)
        assert {"1": True} == purged(world)

    def test_a_mailbox_out_of_reach(self, world: World) -> None:
        """Then nobody knows what lies with the desk, so what was given to it stays; all else goes."""
        for word in ("desk", "een"):
            forwarded(world, word)
        world.mailbox.folders["Balie"].clear()
        world.mailbox.down = True
        after(world, 91)
        assert {"desk": False, "2": True} == purged(world)

    def test_a_retried_letter(self, world: World) -> None:
        """A letter that is queued anew keeps its mail; then it counts from there."""
        world.relay.answers[OFFICIALS[0]] = [REFUSED]
        forwarded(world, "een")
        world.now += 89 * DAY
        world.journal.retry(1, "clerk")
        after(world, 2)
        assert {"een": False} == purged(world)
        world.step()
        after(world, 91)
        assert {"1": True} == purged(world)

    def test_originals_are_not_ours_to_delete(self, world: World) -> None:
        """The mailbox is the same before and after."""
        for word in ("een", "auto", "desk"):
            forwarded(world, word)
        before = world.in_folders()
        after(world, 91)
        after(world, 700)
        assert before == world.in_folders()


class TestAfterwards:
    def test_a_second_copy_is_still_known(self, singing: World) -> None:
        """The same bytes, and the same mail in other bytes: filed as duplicates, and nobody gets a letter."""
        forwarded(singing, "een")
        after(singing, 91)
        sent = len(singing.relay.taken)
        forwarded(singing, "een")
        forwarded(singing, "een", "X-Re-Encoded: yes\r\n")
        assert (sent, 2) == (len(singing.relay.taken), singing.in_folders()["Dubbel"])

    def test_it_cannot_be_sent_again(self, world: World) -> None:
        """retry, release and assign say when it went, and write nothing."""
        world.relay.answers[OFFICIALS[0]] = [REFUSED]
        forwarded(world, "een")
        forwarded(world, "desk")
        world.mailbox.folders["Balie"].clear()
        after(world, 91)
        before = world.journal.whole(1), world.journal.whole(2)
        with pytest.raises(Purged, match=r"purged on 2026-12-14.*Verwerkt/oosterdorp"):
            world.journal.retry(1, "clerk")
        for assigned in (None, Assignment("oosterdorp", None, "clerk")):
            with pytest.raises((Purged, NotHeld), match=r"purged on 2026-12-14"):
                world.promises.decide_again(2, "clerk", assigned)
        assert before == (world.journal.whole(1), world.journal.whole(2))

    def test_a_late_receipt(self, singing: World) -> None:
        """It still proves its letter."""
        singing.receipts_arrive = False
        forwarded(singing, "een")
        after(singing, 91)
        for _, content in singing.relay.taken:
            singing.mailbox.put(b"Received: from relay\r\n" + content)
        singing.step()
        assert 2 == sum(item["proven"] is not None for item in singing.journal.whole(1)["letters"])

    def test_a_letter_that_comes_back_late(self, singing: World) -> None:
        """The desk is told by whom it was, with no word of the mail; what it was told goes in time too."""
        forwarded(singing, f"een {CANARY}")
        after(singing, 91)
        letter = singing.journal.whole(1)["letters"][0]["id"]
        returned = Returned(letter, True, "hard", f"het adres bestaat niet {CANARY}")
        singing.journal._write(note, returned, 1, singing.now)
        singing.step()
        [(_, content)] = [taken for taken in singing.relay.taken if taken[0] == DESK]
        assert b"de map Verwerkt/oosterdorp" in content
        assert {"filed": 1} == singing.journal.figures()["mails"]
        after(singing, 91)
        assert {} == traces(singing.journal)
        assert 2 == sum(event["what"] == "purged" for event in singing.journal.whole(1)["history"])

    def test_a_large_journal_is_written_anew_once_a_day(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The log is emptied each time, and what is left behind in pages goes with the next day."""
        monkeypatch.setattr(retention, "SMALL", 0)
        seen: list[bool] = []
        real = Journal.sweep
        monkeypatch.setattr(Journal, "sweep", lambda journal, anew: seen.append(anew) or real(journal, anew))
        forwarded(world, "een")
        world.wait(3600)
        forwarded(world, "twee")
        after(world, 89.99)
        after(world, 0.05)
        after(world, 1)
        after(world, 1)
        assert [True, False, True] == seen
        assert "no" == world.journal.noted("purge_traces")

    def test_somebody_is_reading(self, singing: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who reads for long keeps the log from being emptied: it is done at the next turn."""
        monkeypatch.setattr("mailrouter.journal.sweeping._PATIENCE_MS", 10)
        forwarded(singing, f"een {CANARY}")
        with closing(sqlite3.connect(singing.journal.file, isolation_level=None)) as reader:
            reader.execute("begin")
            reader.execute("select count(*) from raw").fetchone()
            after(singing, 91)
            assert "yes" == singing.journal.noted("purge_traces")
            reader.execute("rollback")
        purge(singing)
        assert ("no", {}) == (singing.journal.noted("purge_traces"), traces(singing.journal))


class TestKilled:
    @pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
    def test_at_every_effect(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
        """Killed at any commit, and at the sweep: the books balance at once, and the next start does the rest."""
        monkeypatch.setattr(retention, "BATCH", 2)
        for number in range(1, 100):
            world = World(tmp_path / f"state-{number}")
            world.cage = CanaryCage()
            world.restart()
            for one in range(5):
                world.mailbox.put(mail(f"m{one:03}x{CANARY}"))
            world.run()
            world.now += 91 * DAY
            with monkeypatch.context() as patched, suppress(KilledError):
                ended = killing(patched, number, late=late)
                purge(world)
            killed = bool(ended)
            world.restart()
            assert [] == world.journal.audit(), number
            purge(world)
            assert ({}, []) == (traces(world.journal), world.journal.audit()), number
            assert all(purged(world).values())
            world.journal.close()
            if not killed:
                assert number > 5
                return
        raise AssertionError("it never came to an end")


def killing(patched: pytest.MonkeyPatch, number: int, *, late: bool) -> list[str]:
    """End the process at the number-th effect on the journal, before it or after it; tells which that was."""
    done: list[str] = []
    ended: list[str] = []

    def dying(name: str) -> Callable[..., Any]:
        real = getattr(Journal, name)

        def effect(journal: Journal, *args: Any, **kwargs: Any) -> Any:
            done.append(name)
            last = len(done) == number
            result = None if last and not late else real(journal, *args, **kwargs)
            if last:
                ended.append(name)
                raise KilledError
            return result

        return effect

    for name in ("purge", "purge_record", "sweep", "note"):
        patched.setattr(Journal, name, dying(name))
    return ended


def free_pages(journal: Journal) -> int:
    """Pages of the file that hold nothing."""
    with closing(sqlite3.connect(f"file:{journal.file}?mode=ro", uri=True)) as connection:
        return int(connection.execute("pragma freelist_count").fetchone()[0])

"""The cage with real workers: what they may see, what becomes of those that fail, what is believed of their answers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailrouter.cage import Cage, Escape
from mailrouter.core.model import Understanding
from mailrouter.core.routing import Routing
from mailrouter.core.settings import Limits
from mailrouter.core.understand import Assignment, Job, understand
from tests.core.routings import routing

RAW = (
    b"From: Raad <secretaris@dorpsraad-oosterdorp.example>\r\nTo: dorpsraden@gemeente.example\r\n"
    b"Subject: Losse tegel\r\nDate: Mon, 14 Sep 2026 09:00:00 +0000\r\nMessage-ID: <1@dorpsraad-oosterdorp.example>\r\n"
    b"\r\nEr ligt een losse tegel voor de school.\r\n"
)
JOB = Job(RAW, len(RAW), datetime(2026, 9, 14, 9, tzinfo=UTC))


def limited(hash_: str = "0123456789ab", **limits: Any) -> Routing:
    """The small routing table with one worker, and other limits."""
    return routing(limits=Limits.model_validate({"workers": 1} | limits), hash=hash_)


@pytest.fixture
def make_cage() -> Iterator[Callable[[Routing], Cage]]:
    """Open a cage; its workers are gone after the test."""
    opened: list[Cage] = []

    def make(table: Routing) -> Cage:
        opened.append(Cage(table))
        return opened[-1]

    yield make
    for cage in opened:
        cage.close()


def answer(future: "Future[Understanding | Escape]") -> Understanding | Escape:
    """The answer, within a minute."""
    return future.result(timeout=60)


def workers() -> set[int]:
    """The processes of the cages of this process."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"mailrouter.cage_worker" in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
        except OSError:
            continue
    return found


def test_the_cage_understands_as_the_core_does(make_cage: Callable[[Routing], Cage]) -> None:
    """What comes out of a worker is what the same function says in this process."""
    table = limited()
    here, there = understand(JOB, table), answer(make_cage(table).understand(JOB))
    assert isinstance(there, Understanding)
    assert json.dumps(here.explanation) == json.dumps(there.explanation)
    assert here == replace(there, explanation=here.explanation)


def test_an_assignment_goes_into_the_cage(make_cage: Callable[[Routing], Cage]) -> None:
    """A person's decision counts inside as well."""
    job = Job(RAW, len(RAW), JOB.reference, None, Assignment("westerdorp", "minutes", "clerk"))
    told = answer(make_cage(limited()).understand(job))
    assert isinstance(told, Understanding)
    assert "Verwerkt/westerdorp" == told.folder


def test_many_mails_keep_their_answers(make_cage: Callable[[Routing], Cage]) -> None:
    """Several workers at once: each answer belongs to its own mail."""
    jobs = [Job(raw, len(raw), JOB.reference) for raw in (RAW.replace(b"tegel", b"tegel %d" % n) for n in range(20))]
    cage = make_cage(limited(workers=2))
    futures = [cage.understand(job) for job in jobs]
    told = [answer(future) for future in futures]
    subjects = [one.explanation["mail"]["subject"] for one in told if isinstance(one, Understanding)]
    assert [f"Losse tegel {n}" for n in range(20)] == subjects


ENDLESS = """
import time
from mailrouter import cage_worker
cage_worker.understand = lambda *_: time.sleep(3600)
cage_worker.main()
"""
"""A worker that never ends reading a mail."""


def test_a_mail_that_takes_too_long_comes_back(
    make_cage: Callable[[Routing], Cage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is killed at the limit of time, the mail escapes, and the next one is read by a new worker."""
    cage = make_cage(limited(seconds="0.1s"))
    start, slow = subprocess.Popen, []

    def slowly(_: object, **how: Any) -> "subprocess.Popen[bytes]":
        slow.append(start([sys.executable, "-I", "-c", ENDLESS], **how))
        return slow[-1]

    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "Popen", slowly)
        told = answer(cage.understand(JOB))
    assert Escape("the worker took too long", "het lezen van deze mail duurde te lang") == told
    assert [-signal.SIGKILL] * 2 == [worker.poll() for worker in slow]
    cage.reload(limited("ba9876543210"))
    assert isinstance(answer(cage.understand(JOB)), Understanding)


def test_a_worker_that_dies_is_replaced(make_cage: Callable[[Routing], Cage]) -> None:
    """The mail at hand escapes with the reason; the next one finds a new worker."""
    cage = make_cage(limited())
    assert isinstance(answer(cage.understand(JOB)), Understanding)
    [first] = workers()
    os.kill(first, signal.SIGKILL)
    gone = answer(cage.understand(JOB))
    assert Escape("the worker died (exit -9)", "het lezen van deze mail ging mis", outside=True) == gone
    assert isinstance(answer(cage.understand(JOB)), Understanding)
    assert first not in workers()


HASTY = """
import struct, sys, time
frame = struct.Struct("!II")
routing, more = frame.unpack(sys.stdin.buffer.read(8))
sys.stdin.buffer.read(routing + more)
for _ in range(2):
    sys.stdout.buffer.write(frame.pack(2, 0) + b"{}")
sys.stdout.buffer.flush()
time.sleep(60)
"""
"""A worker that says it is ready, answers before it was asked, and reads nothing more."""


def test_a_worker_that_answers_before_it_has_read(
    make_cage: Callable[[Routing], Cage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large mail that nobody takes out of the pipe cannot keep the router waiting beyond the limit of time."""
    start = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda _, **how: start([sys.executable, "-I", "-c", HASTY], **how))
    raw = RAW + b"x" * 1_000_000
    told = answer(make_cage(limited(seconds="0.3s")).understand(Job(raw, len(raw), JOB.reference)))
    gone = "het lezen van deze mail ging mis"
    assert Escape("the worker answered before it had read all", gone) == told


def test_a_mail_that_breaks_the_reading_harms_no_other(make_cage: Callable[[Routing], Cage]) -> None:
    """An error inside is told by its type and place, never in words of the mail; the worker lives on."""
    table = limited()
    cage = make_cage(table)
    broken = Job(RAW, len(RAW), JOB.reference, None, Assignment("geheim dorp", None, "clerk"))
    told = answer(cage.understand(broken))
    assert isinstance(told, Escape)
    assert told.reason.startswith("reading failed: KeyError in ")
    assert "geheim" not in told.reason
    before = workers()
    assert isinstance(answer(cage.understand(JOB)), Understanding)
    assert before == workers()


def test_a_mail_that_needs_too_much_memory_comes_back(make_cage: Callable[[Routing], Cage]) -> None:
    """A worker at its limit of memory says so, the mail escapes, and with more room the same mail is read."""
    cage = make_cage(limited(memory="1 MB"))
    told = answer(cage.understand(JOB))
    assert isinstance(told, Escape)
    assert told.reason.startswith(("reading failed: MemoryError in ", "the worker died (exit "))
    cage.reload(limited("ba9876543210"))
    assert isinstance(answer(cage.understand(JOB)), Understanding)


def test_workers_see_nothing_of_ours(make_cage: Callable[[Routing], Cage], monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment, and of our open files not even those that say they are to be inherited."""
    monkeypatch.setenv("MAILROUTER_ROUTER__KEY", "kanarie")
    ours = os.open("/dev/zero", os.O_RDONLY)
    os.set_inheritable(ours, True)
    try:
        cage = make_cage(limited())
        answer(cage.understand(JOB))
        [worker] = workers()
        assert b"" == Path(f"/proc/{worker}/environ").read_bytes()
        open_files = {str(file.readlink()) for file in Path(f"/proc/{worker}/fd").iterdir()}
        assert [] == [file for file in open_files if not file.startswith("pipe:") and file != "/dev/null"]
        limits = Path(f"/proc/{worker}/limits").read_text()
    finally:
        os.close(ours)
    rows = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()[1:]}
    assert ["600000000", "600000000"] == rows["Max address space"]
    assert [["0", "0"], ["16", "16"]] == [rows["Max file size"], rows["Max open files"]]


def test_closing_ends_the_workers(make_cage: Callable[[Routing], Cage]) -> None:
    """Nothing is left running."""
    cage = make_cage(limited())
    answer(cage.understand(JOB))
    assert 1 == len(workers())
    cage.close()
    deadline = time.monotonic() + 30
    while workers() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set() == workers()

"""The fuzzing itself: what goes wrong is seen, kept as small as it was met, and can be tried again."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz.targets import TARGETS, Target, must
from tests.fuzz.trying import Desk, Trial, wrong


def fragile(data: bytes) -> None:
    """A parser with two faults."""
    if b"!" in data:
        raise KeyError(data)
    must(len(data) < 100, "input is short")


FRAGILE = Target("fragile", fragile, lambda: (b"goed",))


def test_the_smallest_input_of_each_fault_is_kept(tmp_path: Path) -> None:
    """One file for each fault and place, with why beside it, however often it is met."""
    trial = Trial(FRAGILE, tmp_path / "found", Desk(tmp_path / "desk"))
    for data in (b"goed", b"fout!" * 3, b"fout!", b"fout! fout!", b"x" * 300, b"y" * 200):
        trial(data)
    kept = {path.read_bytes(): path.with_suffix(".why").read_text() for path in (tmp_path / "found").glob("*.input")}
    assert {b"fout!", b"y" * 200} == set(kept)
    assert kept[b"fout!"].startswith("KeyError (test_harness.py:")
    assert kept[b"y" * 200].startswith("Broken: not so: input is short (")
    assert (6, b"y" * 200) == Desk(tmp_path / "desk").look()


def test_a_time_that_grows_faster_than_the_input_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured in CPU, so that a busy machine finds nothing."""
    moments = iter([0.0, 1.9, 0.0, 2.1])
    monkeypatch.setattr("time.process_time", lambda: next(moments))
    assert "" == wrong(FRAGILE, b"goed")
    assert "it took more than 2 s" == wrong(FRAGILE, b"goed")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("pass", ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "it ended the process (SIGSEGV)"),
        ("raise SystemExit(3)", "gave way"),
        ("raise SystemExit(1)", "it ended the process (exit 1)"),
        ("import time; time.sleep(600)", "it took more than 1 s"),
    ],
)
def test_why_a_process_ended_is_told(code: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the kernel ended it, or when it would never have ended."""
    monkeypatch.setattr(fuzz, "STARTING", 1.0)
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        try:
            assert why == fuzz.ended(process, Desk(tmp_path / "desk"))
        finally:
            process.kill()


def test_what_was_kept_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`replay FILE` tells the same, and that nothing goes wrong once it was mended."""
    monkeypatch.setitem(TARGETS, "fragile", FRAGILE)
    file = tmp_path / "fragile" / "x.input"
    file.parent.mkdir()
    for data, code in ((b"fout!", 1), (b"goed", 0)):
        file.write_bytes(data)
        assert code == fuzz.main("replay", str(file))
    first, second = capsys.readouterr().out.splitlines()
    assert ("KeyError", "nothing goes wrong") == (first.partition(" (")[0], second)


def test_a_parser_is_fuzzed_in_a_process_of_its_own(tmp_path: Path) -> None:
    """The inputs tried are counted, also by who watches."""
    tally = fuzz.watched("headers.filename", "hypothesis", tmp_path, 3, 1)
    assert (tally.tried > 10, tally.findings) == (True, 0)


def test_an_unknown_parser_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A word that is no parser is a mistake on the command line."""
    monkeypatch.setenv("PARSER", "mime.tree mime.bush")
    assert 64 == fuzz.main()
    assert capsys.readouterr().err.startswith("no such parser: mime.bush. There are: limits.exceeded mime.tree ")

"""`make fuzz`: every parser for a minute, in a process of its own, with memory and time bounded.

    FUZZ=20 SEED=1 PARSER="mime.tree address" make fuzz
    python -m tests.fuzz replay FILE                  what goes wrong with one input that was kept

Damages samples (hypothesis) and, where atheris is installed, follows coverage for the other half of the time. Closes
with a table; 1 if anything was found.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.engines import atheris_is_here
from tests.fuzz.targets import TARGETS
from tests.fuzz.trying import EX_TOO_LARGE, Desk, keep, wrong

PATIENCE = 10.0
"""Seconds in which one input must be done with."""
STARTING = 120.0
"""Seconds in which a process must be at its first input."""
MOST_STARTS = 20
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of one parser."""

    name: str
    engine: str
    tried: int
    findings: int

    def __str__(self) -> str:
        return f"{self.name:<20} {self.engine:<11} {self.tried:>9} {self.findings:>9}"


def main(*words: str) -> int:
    """The exit code."""
    match words:
        case ["replay", file]:
            return replay(Path(file))
        case []:
            return fuzz()
    sys.stderr.write(f"{__doc__}\n")
    return 64


def fuzz() -> int:
    """Every parser that was asked for; 1 with findings."""
    seconds, number = float(os.environ.get("FUZZ") or 60), int(os.environ.get("SEED") or random.randrange(10**6))
    wanted = (os.environ.get("PARSER") or "").split() or list(TARGETS)
    if unknown := set(wanted) - set(TARGETS):
        sys.stderr.write(f"no such parser: {' '.join(sorted(unknown))}. There are: {' '.join(TARGETS)}\n")
        return 64
    engines = ["hypothesis", "atheris"] if atheris_is_here() else ["hypothesis"]
    print(f"{len(wanted)} parsers, {seconds:.0f} s each, seed {number}, with {' and '.join(engines)}", flush=True)
    folder = Path(tempfile.gettempdir()) / f"mailrouter-fuzz-{os.getpid()}"
    print(f"{'parser':<20} {'with':<11} {'inputs':>9} {'findings':>9}")
    found = 0
    for name in wanted:
        for engine in engines:
            tally = watched(name, engine, folder / name, seconds / len(engines), number)
            print(tally, flush=True)
            found += tally.findings
    print(told(folder) if found else "nothing found")
    return 1 if found else 0


def told(folder: Path) -> str:
    """What was found, and how to see it again."""
    lines = [f"{path.parent.name}: {path.read_text().strip()}" for path in sorted(folder.rglob("*.why"))]
    files = [f"python -m tests.fuzz replay {path}" for path in sorted(folder.rglob("*.input"))]
    return "\n".join(f"{line}\n    {file}" for line, file in zip(lines, files, strict=True))


def watched(name: str, engine: str, folder: Path, seconds: float, number: int) -> Tally:
    """Fuzz one parser; a process that ends before its time is replaced, and the input at hand kept."""
    before = len(list(folder.glob("*.input")))
    with tempfile.TemporaryDirectory(prefix="mr-fuzz-") as place:
        desk = Path(place) / "desk"
        paper, deadline = Desk(desk), time.monotonic() + seconds
        for start in range(MOST_STARTS):
            left = deadline - time.monotonic()
            if start and left < 1:
                break
            words = (engine, name, str(folder), str(desk), f"{left:.1f}", str(number + 1_000_000 * start))
            with started(words, Path(place) / "said") as process:
                why = ended(process, paper)
            if not why:
                break
            if why != "gave way":
                keep(folder, why, paper.look()[1])
        tried, _ = paper.look()
    return Tally(name, engine, tried, len(list(folder.glob("*.input"))) - before)


@contextmanager
def started(words: Sequence[str], said: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that fuzzes one parser; ended at the end."""
    with said.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.engines", *words],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def ended(process: "subprocess.Popen[bytes]", paper: Desk) -> str:
    """Wait for the end of a process: why it ended before its time, "" if it did not."""
    last, since = paper.look()[0], time.monotonic()
    patience = STARTING
    while process.poll() is None:
        time.sleep(0.1)
        now, _ = paper.look()
        if now != last:
            last, since, patience = now, time.monotonic(), PATIENCE
        elif time.monotonic() - since > patience:
            return f"it took more than {patience:.0f} s"
    if process.returncode == EX_TOO_LARGE:
        return "gave way"
    if process.returncode < 0:
        return f"it ended the process ({signal.Signals(-process.returncode).name})"
    return f"it ended the process (exit {process.returncode})" if process.returncode else ""


def replay(file: Path) -> int:
    """Try one input that was kept; the folder it lies in names the parser."""
    if why := wrong(TARGETS[file.parent.name], file.read_bytes()):
        print(why)
        return 1
    print("nothing goes wrong")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

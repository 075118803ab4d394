"""A sweep: the same trial with a crash at every effect there is, several at a time."""

import os
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from queue import SimpleQueue
from signal import SIGTERM
from types import TracebackType

from tests.crash.scene import Stage
from tests.crash.trial import Seen, Sweep, trial
from tests.crash.work import Work

LATE = 0.3
"""Seconds a receipt is on its way in the sweeps that take the journal away."""
RANDOM = "random"
SWEEPS = (
    Sweep("receipts"),
    Sweep("rewritten-ids", rewriting=True),
    Sweep("no-receipts", receipts=False),
    Sweep("sigterm", signal=SIGTERM),
    Sweep("journal-deleted", journal="deleted", late=LATE),
    Sweep("journal-older", journal="older", late=LATE),
    Sweep("oauth", tokens=True),
    Sweep(RANDOM),
)
SYSCALLS = Sweep("syscalls")
"""By system call instead of by effect, on stages that are traced."""
ROUNDS = 100
"""Trials of the random sweep, each with three crashes in a row."""
CLEAN_RUNS = 3
"""Threads make a run differ a little from the next; the longest of these tells how many effects there are."""


class Stages:
    """Several stages, each in use by one trial at a time."""

    def __init__(self, work: Work, number: int, *, traced: bool = False) -> None:
        self.number = number
        self._free: SimpleQueue[Stage] = SimpleQueue()
        for _ in range(number):
            self._free.put(Stage(work, traced=traced))

    def __enter__(self) -> "Stages":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for _ in range(self.number):
            self._free.get().close()

    def trials(self, sweep: Sweep, points: Iterable[Sequence[int]], plant: str = "") -> Iterator[Seen]:
        """A trial for each of `points`, the effects at which its daemons are struck; in order of completion."""

        def one(strikes: Sequence[int]) -> Seen:
            stage = self._free.get()
            try:
                return trial(stage, sweep, strikes, plant)
            finally:
                self._free.put(stage)

        with ThreadPoolExecutor(self.number) as pool:
            try:
                for done in as_completed([pool.submit(one, strikes) for strikes in points]):
                    yield done.result()
            finally:  # after an interrupt only the trials that run are finished, so that nothing of them is left
                pool.shutdown(cancel_futures=True)


@dataclass
class Tally:
    """What came of all trials of a sweep."""

    sweep: Sweep
    kill_points: int = 0
    deliveries: int = 0
    lost: int = 0
    duplicated: int = 0
    stuck: int = 0
    wrong: list[Seen] = field(default_factory=list)
    """The trials that went otherwise than they may."""

    def add(self, seen: Seen) -> None:
        """Count a trial."""
        self.kill_points += seen.crashes
        self.deliveries += seen.deliveries
        self.lost += seen.lost.total()
        self.duplicated += seen.doubled.total()
        self.stuck += bool(seen.stuck)
        if not seen.well(self.sweep):
            self.wrong.append(seen)

    def __str__(self) -> str:
        return (
            f"crash sweep={self.sweep.name} kill_points={self.kill_points} deliveries={self.deliveries} "
            f"lost={self.lost} duplicated={self.duplicated} stuck={self.stuck}"
        )


def run(stages: Stages, sweep: Sweep, every: int = 1, plant: str = "") -> Tally:
    """The whole sweep, or one in `every` of its trials. Runs that nothing strikes come first: they must be well too."""
    tally = Tally(sweep)
    clean = [_told(tally, seen) for seen in stages.trials(sweep, [()] * CLEAN_RUNS, plant)]
    effects = max(seen.effects for seen in clean)
    if tally.wrong:
        return tally
    points = _three_each(effects) if sweep.name == RANDOM else [(at,) for at in range(1, effects + 1)]
    for number, seen in enumerate(stages.trials(sweep, points[::every], plant), 1):
        _progress(f"{sweep.name}: {number} of {len(points[::every])}, {len(tally.wrong)} wrong")
        _told(tally, seen)
    while every == 1 and sweep.name != RANDOM:  # a run can have more effects than the clean ones had
        further = [(effects + at,) for at in range(1, stages.number + 1)]
        if not sum(_told(tally, seen).crashes for seen in stages.trials(sweep, further, plant)):
            break
        effects += stages.number
    _progress("")
    return tally


def _told(tally: Tally, seen: Seen) -> Seen:
    """Count a trial, and tell what was wrong with it; of a planted bug that is no news."""
    tally.add(seen)
    if seen.folder:
        _progress("")
        print(f"  struck at {seen.strikes}: {seen.told()}\n    see {seen.folder}", flush=True)
    return seen


def _three_each(effects: int) -> list[tuple[int, ...]]:
    """Three effects for each trial; after the first crash fewer are left. $SEED repeats an earlier choice."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    print(f"random: SEED={seed}", flush=True)
    chance = random.Random(seed)
    return [tuple(chance.randint(1, most) for most in (effects, effects // 2, effects // 2)) for _ in range(ROUNDS)]


def _progress(text: str) -> None:
    """One line that is written over, where somebody is watching."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()

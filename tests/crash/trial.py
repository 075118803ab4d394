"""One trial: a little work, a crash or three, plain restarts, and what the relay and the mailbox saw in the end."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from typing import Literal

from tests.crash.scene import CONNECTIONS, Scene, Stage
from tests.crash.work import Work, name_of
from tests.wire.sink import RECEIPTS
from tests.wire.zygote import Running

PATIENCE = 40.0
"""Seconds after which a daemon that did not come to rest counts as stuck."""
ENDS_WITHIN = 10.0
"""Seconds within which the daemon ends after SIGTERM."""
_TICK = 0.03


@dataclass(frozen=True)
class Sweep:
    """What happens in each trial of a sweep, and what it allows."""

    name: str
    signal: Signals = SIGKILL
    receipts: bool = True
    rewriting: bool = False
    """The relay gives the receipts another Message-ID, as Microsoft's does."""
    late: float = 0.0
    """Seconds after the 250 at which a receipt comes; while no daemon runs that time stands still."""
    tokens: bool = False
    """Over OAuth2 and TLS on both sides, with tokens that are renewed all the time."""
    journal: Literal["kept", "deleted", "older"] = "kept"
    """What becomes of the journal at the crash. Older: it is what it was at half of the effects."""

    @property
    def doubles(self) -> int:
        """Duplicates allowed for each crash, with identical Message-ID and Date."""
        return 0 if self.receipts else CONNECTIONS


@dataclass
class Seen:
    """What came of a trial."""

    strikes: tuple[int, ...]
    effects: int = 0
    """How many the first daemon had; under strace: system calls."""
    crashes: int = 0
    deliveries: int = 0
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubled: Counter[tuple[str, str]] = field(default_factory=Counter)
    differing: int = 0
    """Duplicates whose Message-ID or Date is not that of the first."""
    stuck: list[str] = field(default_factory=list)
    """Why the trial did not come to a good end."""
    folder: Path | None = None
    """Where everything that was logged is kept, if something was wrong."""

    def told(self) -> str:
        """What was wrong, on one line."""
        counted = {
            "lost": dict(self.lost),
            "doubled": dict(self.doubled),
            "with another Message-ID or Date": self.differing,
        }
        return "; ".join([f"{what} {which}" for what, which in counted.items() if which] + self.stuck)

    def well(self, sweep: Sweep) -> bool:
        """Nothing is wrong, as far as that sweep can promise."""
        too_often = self.doubled.total() > sweep.doubles * self.crashes
        return not (self.lost or self.stuck or self.differing or too_often)


def trial(stage: Stage, sweep: Sweep, strikes: Sequence[int], plant: str = "") -> Seen:
    """Do the work, with a crash of each daemon at the effect in `strikes`; let the next one live, and count."""
    with Scene(stage, sweep.receipts, late=sweep.late, rewriting=sweep.rewriting, tokens=sweep.tokens) as scene:
        seen = Seen(tuple(strikes))
        _live_through(scene, sweep, seen, plant)
        seen.stuck += filter(None, (scene.verified(), scene.misplaced()))
        _count(seen, stage.work, scene.relay.taken)
        scene.kept = not plant and not seen.well(sweep)
        seen.folder = scene.folder if scene.kept else None
    return seen


def _live_through(scene: Scene, sweep: Sweep, seen: Seen, plant: str) -> None:
    """One daemon after the other, until one comes to rest that is not to be struck."""
    for number, strike in enumerate((*seen.strikes, 0)):
        copy_at = max(1, strike // 2) if strike and sweep.journal == "older" else 0
        daemon = scene.start(number, strike, sweep.signal, copy_at, plant)
        rested = _wait(daemon, scene, number)
        ended = daemon.ended(0)
        struck = ended and _reached(daemon, scene, sweep, number, strike)
        daemon.kill()
        daemon.wait(PATIENCE)
        if number == 0:
            seen.effects = daemon.stops or len(scene.effects(number))
        # With several strikes, a daemon that had fewer effects than that is struck at rest.
        if struck or (strike and rested and len(seen.strikes) > 1):
            _after_crash(daemon, scene, sweep, seen, number)
            continue
        if not rested:
            how = f"ended by itself with {daemon.returncode}" if ended else f"did not come to rest in {PATIENCE:.0f} s"
            seen.stuck.append(f"daemon {number} {how}")
        return


def _reached(daemon: Running, scene: Scene, sweep: Sweep, number: int, strike: int) -> bool:
    """Whether a daemon that has ended did so because it was struck."""
    if sweep.signal == SIGKILL:
        return daemon.returncode == -SIGKILL
    return any(line.startswith(f"{strike} ") for line in scene.effects(number))


def _wait(daemon: Running, scene: Scene, number: int) -> bool:
    """Until the daemon comes to rest (True), ends, or has no time left."""
    until = time.monotonic() + PATIENCE
    dark = True
    while not daemon.ended(_TICK) and time.monotonic() < until:
        if dark and any(" imap " in effect for effect in scene.effects(number)):
            scene.relay.lighten()
            dark = False
        if not dark and scene.at_rest():
            return True
    return False


def _after_crash(daemon: Running, scene: Scene, sweep: Sweep, seen: Seen, number: int) -> None:
    """What happens between a crash and the next start."""
    scene.relay.darken()
    seen.crashes += 1
    if sweep.signal == SIGTERM:
        seen.stuck += _badly_ended(daemon, scene, number, seen.strikes[number])
    if sweep.journal == "deleted":
        scene.lose_journal()
    elif sweep.journal == "older":
        scene.put_older_back()


def _badly_ended(daemon: Running, scene: Scene, number: int, strike: int) -> Iterator[str]:
    """What is wrong with how a daemon ended that was told to."""
    asked = next(float(line.split()[1]) for line in scene.effects(number) if line.startswith(f"{strike} "))
    if (took := time.monotonic() - asked) > ENDS_WITHIN:
        yield f"it took {took:.1f} s to end"
    if daemon.returncode not in (0, -SIGTERM):  # killed, before it could listen to signals
        yield f"told to end, it ended with {daemon.returncode}"
    if left := scene.letters("claimed", "sending", "unsure"):
        yield f"it left {left} letters in doubt"


def _count(seen: Seen, work: Work, taken: Sequence[tuple[list[str], bytes]]) -> None:
    """Hold what the relay took against what had to come."""
    letters: Counter[tuple[str, str]] = Counter()
    heads: dict[tuple[str, str], tuple[bytes, ...]] = {}
    for recipients, content in taken:
        officials = [address for address in recipients if address != RECEIPTS]
        if not officials:
            seen.stuck.append(f"a copy of a letter about {name_of(content)} went to the receipt address alone")
        for official in officials:
            which, head = (official, name_of(content)), _telling(content)
            letters[which] += 1
            seen.differing += heads.setdefault(which, head) != head
    seen.deliveries = letters.total()
    seen.lost, seen.doubled = work.letters - letters, letters - work.letters


def _telling(letter: bytes) -> tuple[bytes, ...]:
    """Message-ID and Date: a mail server drops a second message that has both."""
    return tuple(re.findall(rb"(?m)^(?:Message-ID|Date): .*$", letter.partition(b"\r\n\r\n")[0]))

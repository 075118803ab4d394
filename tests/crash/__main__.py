"""`make crash`: every sweep, or `CRASH=receipts make crash` for one. Exit 1 if anything is lost, doubled or stuck."""

import os
import sys
from collections import Counter
from functools import partial
from multiprocessing import Pool

from tests.crash.trial import CONNECTIONS, Seen, Sweep, trial

SWEEPS = (
    Sweep("receipts"),
    Sweep("no-receipts", receipts=False, doubles=CONNECTIONS),
    Sweep("sigterm", signal="SIGTERM"),
    Sweep("journal-deleted", lose_journal=True),
)


def main() -> int:
    """Run the sweeps named in $CRASH (all without it), at every effect, or at every $EVERY-th."""
    wanted = os.environ.get("CRASH", "").split()
    chosen = [sweep for sweep in SWEEPS if not wanted or sweep.name in wanted]
    if not chosen:
        sys.stderr.write(f"no such sweep; there are: {' '.join(sweep.name for sweep in SWEEPS)}\n")
        return 64
    return max(run(sweep, int(os.environ.get("EVERY", "1"))) for sweep in chosen)


def run(sweep: Sweep, every: int) -> int:
    """One sweep; 1 if it does not hold."""
    clean = trial(sweep, 0)
    assert clean.done, clean.told
    lost = doubled = stuck = deliveries = points = wrong = 0
    with Pool(os.cpu_count()) as pool:
        for seen in pool.imap_unordered(partial(trial, sweep), range(1, clean.effects + 1, every)):
            missing, more = clean.letters - seen.letters, seen.letters - clean.letters
            points, deliveries = points + 1, deliveries + sum(seen.letters.values())
            lost, doubled = lost + sum(missing.values()), doubled + sum(more.values())
            stuck += not seen.done
            if missing or not seen.done or not _allowed(sweep, seen, more):
                wrong += 1
                print(f"  at effect {seen.at}: done={seen.done} lost={dict(missing)} doubled={dict(more)}")
                print(f"    {seen.told[-300:]}")
    print(
        f"crash sweep={sweep.name} kill_points={points} deliveries={deliveries} "
        f"lost={lost} duplicated={doubled} stuck={stuck}",
        flush=True,
    )
    return 1 if wrong else 0


def _allowed(sweep: Sweep, seen: Seen, more: Counter[tuple[str, bytes]]) -> bool:
    """No more duplicates than the sweep allows, and those the same message to the letter."""
    return sum(more.values()) <= sweep.doubles and all(len(seen.heads[which]) == 1 for which in more)


if __name__ == "__main__":
    sys.exit(main())

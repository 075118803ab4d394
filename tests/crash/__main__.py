"""The crash sweeps: `make crash`, `make crash-syscalls` and `make crash-planted`.

Every sweep closes with one line; the exit code is 1 if anything is lost, doubled or stuck.
"""

import logging
import os
import signal
import sys
from collections.abc import Iterable

from tests.crash import strace
from tests.crash.planted import BUGS
from tests.crash.sweep import SWEEPS, SYSCALLS, Stages, run
from tests.crash.trial import Sweep
from tests.crash.work import small_work, whole_work
from tests.wire.dovecot import program

EX_USAGE, EX_UNAVAILABLE, EX_TERMINATED = 64, 69, 143
AT_A_TIME = 4 * (os.cpu_count() or 1)
"""Trials; more than there are processors, because much of a trial is waiting."""


def main(word: str = "") -> int:
    """Without a word the sweeps named in $CRASH (all without it), by effect; or "syscalls", or "planted".

    $EVERY: one in so many trials only. $PLANT: with this bug in it.
    """
    if not program("dovecot"):
        return _unavailable("Dovecot is not installed (Debian: apt install dovecot-imapd)")
    every, plant = int(os.environ.get("EVERY") or 1), os.environ.get("PLANT", "")
    wanted = os.environ.get("CRASH", "").split()
    known = [sweep.name for sweep in SWEEPS]
    if not {*wanted} <= {*known} or plant not in {"", *BUGS}:
        sys.stderr.write(f"CRASH is some of: {' '.join(known)}\nPLANT is one of: {' '.join(BUGS)}\n")
        return EX_USAGE
    if word == "planted":
        return planted()
    if word == "syscalls":
        return syscalls(every, plant)
    with Stages(whole_work(), AT_A_TIME) as stages:
        return _sweep(stages, [sweep for sweep in SWEEPS if not wanted or sweep.name in wanted], every, plant)


def syscalls(every: int, plant: str) -> int:
    """The receipts sweep by system call."""
    if why := strace.missing():
        return _unavailable(f"system calls cannot be traced here: {why}")
    with Stages(small_work(), AT_A_TIME, traced=True) as stages:
        return _sweep(stages, [SYSCALLS], every, plant)


def planted() -> int:
    """Each bug with the sweep that must catch it; 0 if each is caught."""
    missed = []
    with Stages(whole_work(), AT_A_TIME) as stages:
        for name, bug in BUGS.items():
            print(f"planted: {name}", flush=True)
            sweep = next(sweep for sweep in SWEEPS if sweep.name == bug.sweep)
            if _sweep(stages, [sweep], bug.every, name) == 0:
                missed.append(name)
    print(f"not caught: {' '.join(missed)}" if missed else "all caught")
    return 1 if missed else 0


def _sweep(stages: Stages, sweeps: Iterable[Sweep], every: int, plant: str) -> int:
    """The exit code of these sweeps."""
    wrong = 0
    for sweep in sweeps:
        tally = run(stages, sweep, every, plant)
        print(tally, flush=True)
        wrong += len(tally.wrong)
    return 1 if wrong else 0


def _unavailable(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return EX_UNAVAILABLE


if __name__ == "__main__":
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(EX_TERMINATED)
    )  # as an interrupt: servers are stopped, folders gone
    logging.getLogger("mail.log").disabled = True  # that a client went away in the middle is what we are here for
    sys.exit(main(*sys.argv[1:]))

"""Runs mailrouter and signals it at its n-th effect: launch.py N SIGNAL EFFECTS WORDS …

An effect is a write to the mailbox or the relay, or a commit of the journal; each counts twice, before and after. Every
effect is written as a line to the file EFFECTS, so that a run that is let live tells how many there are (N = 0).
"""

import imaplib
import os
import signal
import sys
import threading
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

from mailrouter.cli import main
from mailrouter.smtp.strict import StrictSMTP


class Counter:
    """Counts effects over all threads, and strikes at the chosen one."""

    def __init__(self, at: int, number: int, effects: str) -> None:
        self._at, self._number, self._count = at, number, 0
        self._file = os.open(effects, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._lock = threading.Lock()

    def step(self, name: str) -> None:
        """One more effect."""
        with self._lock:
            self._count += 1
            os.write(self._file, f"{self._count} {name}\n".encode())
            if self._count == self._at:
                os.kill(os.getpid(), self._number)

    def watch(self, owner: Any, method: str, name: str) -> None:
        """Count what this method does."""
        real = getattr(owner, method)

        def counted(*args: Any, **words: Any) -> Any:
            self.step(f"before {name}")
            answer = real(*args, **words)
            self.step(f"after {name}")
            return answer

        setattr(owner, method, counted)


def launch(at: str, number: str, effects: str, *words: str) -> None:
    """Run the words as the command line would."""
    counter = Counter(int(at), signal.Signals[number], effects)
    counter.watch(imaplib.IMAP4, "send", "imap")
    counter.watch(StrictSMTP, "send", "smtp")
    counter.watch(DefaultDialect, "do_commit", "commit")
    sys.argv = ["mailrouter", *words]
    main()


if __name__ == "__main__":
    launch(*sys.argv[1:])

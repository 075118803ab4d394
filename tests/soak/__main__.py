"""`make soak`: an hour of mail with a fault every half minute. SOAK=600 EVERY=20 SEED=1 make soak for another measure.

In the first fifth the daemon itself is ended now and then; after that it lives on, and what it holds must stay flat.
Closes with one line, and exits 1 unless nothing is lost, doubled or left, and memory and descriptors are flat.
"""

import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from imapclient.exceptions import IMAPClientError

from tests.soak.faults import AROUND, ITS_END, Scene
from tests.soak.running import Running, Weight
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, minutes

OFFICIALS = ("oeverman@gemeente.example", "hagedoorn@gemeente.example")
PATIENCE = 600.0
SETTLING = 120.0
"""Seconds after which what a process holds is taken as its start."""
GROWTH = 1.10
SPARE = 12
"""Descriptors that come and go: connections, workers."""


class Soak:
    """One run: mail in, faults, and the count at the end."""

    def __init__(self, folder: Path, seconds: float, every: float, seed: int) -> None:
        self._seconds, self._every, self._chance = seconds, every, random.Random(seed)
        self._server, self._relay = Dovecot(), ReturningSink()
        self._relay.start()
        self._relay.mailbox = self._server
        self._office = Office(
            folder / "office", self._server, self._relay,
            delivery={"retry": ["2s"], "accept_timeout": "10s"}, receipts={"wait": "10s"}, schedule={"poll": "5s"},
        )  # fmt: skip
        self._scene = Scene(self._server, self._relay, Running(self._office), self._chance)
        self._mails = 0
        self._faults: Counter[str] = Counter()
        self._weights: list[Weight] = []

    def run(self) -> bool:
        """Whether all held; the closing line is printed."""
        began = time.monotonic()
        next_fault, calm = began + self._every, began + self._seconds / 5
        while (now := time.monotonic()) < began + self._seconds:
            self._mail()
            if now >= next_fault:
                next_fault = now + self._every
                self._fault(AROUND if now > calm else AROUND + ITS_END * 3)
                self._tell(now - began)
            if now > calm + SETTLING:
                self._weigh()
            self._scene.daemon.look_after()
            time.sleep(max(0.0, now + 1 - time.monotonic()))
        return self._counted()

    def close(self) -> None:
        self._scene.wait()
        self._scene.daemon.stop()
        self._relay.stop()
        self._server.remove()

    def _mail(self) -> None:
        """A council writes; while the mailbox is away its mail server keeps the mail, as we do here."""
        try:
            self._server.append(minutes(self._mails))
        except (OSError, IMAPClientError):
            return
        self._mails += 1

    def _fault(self, choice: Sequence[Callable[[Scene], None]]) -> None:
        fault = self._chance.choice(choice)
        self._faults[fault.__name__] += 1
        self._scene.wait()
        fault(self._scene)

    def _weigh(self) -> None:
        try:
            self._weights.append(self._scene.daemon.weight())
        except OSError:
            self._weights.clear()  # it ended: the next one is weighed from its start

    def _tell(self, seconds: float) -> None:
        weight = self._weights[-1] if self._weights else None
        print(f"  {seconds:.0f} s: {self._mails} mails, {len(self._relay.taken)} letters, {weight}", flush=True)

    def _counted(self) -> bool:
        self._scene.wait()
        deadline = time.monotonic() + PATIENCE
        self._relay.behave()
        while not self._at_rest() and time.monotonic() < deadline:
            self._scene.daemon.look_after()
            time.sleep(1)
        wanted = Counter({(official, f"Notulen {n}"): 1 for n in range(self._mails) for official in OFFICIALS})
        came = Counter((to, _minutes_of(content)) for to, content in self._relay.taken)
        lost, doubled = sum((wanted - came).values()), sum((came - wanted).values())
        rest = self._at_rest()
        code = self._scene.daemon.stop()
        verified = self._office.verb("verify", code=None)
        first, last = self._middle(self._weights[:60]), self._middle(self._weights[-60:])
        flat = last.megabytes <= first.megabytes * GROWTH and last.descriptors <= first.descriptors + SPARE
        fine = not lost and not doubled and rest and flat and not code and not verified.returncode
        print(verified.stdout.strip())
        print(f"faults: {', '.join(f'{name} {number}' for name, number in sorted(self._faults.items()))}")
        print(
            f"soak seconds={self._seconds:.0f} mails={self._mails} letters={len(self._relay.taken)} "
            f"faults={self._faults.total()} starts={self._scene.daemon.starts} ended_by_itself="
            f"{self._scene.daemon.unasked} lost={lost} duplicated={doubled} at_rest={rest} "
            f"rss_mb={first.megabytes:.0f}->{last.megabytes:.0f} fds={first.descriptors}->{last.descriptors}",
            flush=True,
        )
        if not fine:
            print(self._scene.daemon.last_words())
        return fine

    def _at_rest(self) -> bool:
        return self._office.filed() == self._mails and not self._server.messages()

    @staticmethod
    def _middle(weights: list[Weight]) -> Weight:
        if not weights:
            return Weight(0, 0)
        memory, descriptors = sorted(w.megabytes for w in weights), sorted(w.descriptors for w in weights)
        return Weight(memory[len(memory) // 2], descriptors[len(descriptors) // 2])


def _minutes_of(content: bytes) -> str:
    """Which minutes a letter forwards, by the id of the mail it refers to."""
    found = re.search(rb"<Notulen-(\d+)@", content.partition(b"\r\n\r\n")[0])
    return f"Notulen {int(found[1])}" if found else "something else"


def main() -> int:
    """Run it; 1 if something did not hold."""
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    seconds, every = float(os.environ.get("SOAK") or 3600), float(os.environ.get("EVERY") or 30)
    print(f"soak of {seconds:.0f} s, a fault every {every:.0f} s, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="mr-soak-") as folder:
        soak = Soak(Path(folder), seconds, every, seed)
        try:
            return 0 if soak.run() else 1
        finally:
            soak.close()


if __name__ == "__main__":
    sys.exit(main())

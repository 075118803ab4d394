"""The daemon of a soak: started, watched and started again."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.wire.office import Office


@dataclass(frozen=True)
class Weight:
    """What a process holds: resident memory (MB) and open descriptors."""

    megabytes: float
    descriptors: int


class Running:
    """`mailrouter run` on an office, one process after the other."""

    def __init__(self, office: Office) -> None:
        self.office, self.starts, self.unasked = office, 0, 0
        self._log = office.folder / "daemon.log"
        self._start()

    def restart(self, number: signal.Signals) -> None:
        """End it with a signal, and start it again."""
        self.signal(number)
        self._process.wait(120)
        self._start()

    def look_after(self) -> None:
        """Start it again if it ended by itself, as systemd would."""
        if self._process.poll() is not None:
            self.unasked += 1
            self._start()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self._process.wait(120)

    def weight(self) -> Weight:
        """What the process holds now."""
        place = Path("/proc") / str(self._process.pid)
        resident = int((place / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return Weight(resident / 1e6, len(list((place / "fd").iterdir())))

    def last_words(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-2000:]

    def _start(self) -> None:
        self.starts += 1
        self._process = self.office.process(self._log)

"""The witness: what was sent last from this machine, kept where no backup of the journal reaches.

A journal cannot tell that it was put back from an older copy; it only knows less. So the last `sending` is also noted
in memory (a file on tmpfs, /dev/shm or systemd's runtime folder): it outlives a crash of the router, is in no backup
and no disk snapshot, and is gone after a reboot. A journal that holds what the witness saw has lost nothing.
"""

import os
import tempfile
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger()

NOTHING = (0, "")
"""The witness was there, and nothing was sent yet."""

_LENGTH = 64


class Witness:
    """Remembers the newest `sending`: the number of its event in the journal, and its letter. Safe among threads."""

    def __init__(self, journal: str, folder: Path | None = None) -> None:
        """Of the journal with that identity; `folder` is where it is kept, if not in this machine's memory."""
        places = [folder] if folder else [*_candidates()]
        self._files = [place / f"mailrouter-{journal}" for place in places]
        self._lock = threading.Lock()
        self._seen = self.last() or NOTHING

    def last(self) -> tuple[int, str] | None:
        """What was sent last; None when nobody was watching: a reboot, or another machine."""
        return max(filter(None, map(_read, self._files)), default=None)

    def start(self, last: tuple[int, str]) -> None:
        """Watch on from a journal whose newest `sending` is `last`."""
        with self._lock:
            for file in self._files:  # what another place still holds is older than this
                with suppress(OSError):
                    file.unlink()
            self._seen = last
            self._write()

    def see(self, event: int, letter: str) -> None:
        """This letter is about to go; its `sending` is durable as that event."""
        with self._lock:
            if event > self._seen[0]:
                self._seen = event, letter
                self._write()

    def _write(self) -> None:
        """One write of fixed length, which a crash of this process cannot cut."""
        line = "{} {}".format(*self._seen).ljust(_LENGTH - 1) + "\n"
        file = next((file for file in self._files if os.access(file.parent, os.W_OK)), self._files[-1])
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(file, flags, 0o600)
            try:
                os.pwrite(descriptor, line.encode("ascii"), 0)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.warning("no witness: after a crash letters wait for receipts", file=str(file), reason=str(error))
            with suppress(OSError):
                file.unlink()


def _read(file: Path) -> tuple[int, str] | None:
    try:
        number, _, letter = file.read_text("ascii").strip().partition(" ")
        return int(number), letter
    except (OSError, ValueError):
        return None


def _candidates() -> Iterable[Path]:
    if runtime := os.environ.get("RUNTIME_DIRECTORY"):  # systemd.exec(5); it can name several
        yield Path(runtime.partition(":")[0])
    yield Path("/dev/shm")  # noqa: S108  (the journal's identity is random: nobody can lay the file out for us)
    yield Path(tempfile.gettempdir())

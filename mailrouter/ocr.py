"""Recognising the words in scanned pages: tesseract, inside the cage and within its limits.

A page goes in on stdin and its words come out on stdout: a worker may open no file to write. Tesseract inherits the
limits of the worker on memory and CPU time.
"""

import subprocess
import time
from pathlib import Path

from mailrouter.core.settings import Limits

PLACES = ("/usr/bin/tesseract", "/usr/local/bin/tesseract")
_SHARE = 0.6
"""Of the wall time for one mail: the rest is for all else there is to do."""
_MOST_OUTPUT = 200_000


class Tesseract:
    """Reads the pages of one mail until its time is up; at the first page that fails it stops."""

    def __init__(self, program: str, seconds: float) -> None:
        self._command = [program, "stdin", "stdout", "-l", "nld"]
        self._until = time.monotonic() + seconds

    def words_in(self, picture: bytes) -> str | None:
        """The words in a picture (PGM); None if there is no time left, or it cannot be read."""
        left = self._until - time.monotonic()
        if left <= 0:
            return None
        try:
            done = subprocess.run(
                self._command,
                input=picture,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"OMP_THREAD_LIMIT": "1"},
                timeout=left,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            self._until = 0.0
            return None
        return done.stdout[:_MOST_OUTPUT].decode("utf-8", "replace")


def reader(limits: Limits) -> Tesseract | None:
    """What reads the scans of one mail; None where it is switched off or not installed."""
    program = next((place for place in PLACES if Path(place).is_file()), None) if limits.ocr else None
    return Tesseract(program, limits.seconds.total_seconds() * _SHARE) if program else None

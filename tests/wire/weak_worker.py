"""A cage worker with weak spots: a mail whose subject names one brings it down, as bugs in C libraries do.

As `weak_worker.py run …` it is `mailrouter`, whose cage starts this file for its workers.
"""

import ctypes
import os
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

from mailrouter import cage, cage_worker
from mailrouter.core.model import Understanding
from mailrouter.core.reading.files.pdf import RecognisesText
from mailrouter.core.routing import Routing
from mailrouter.core.understand import Job

read = cage_worker.understand


def understand(job: Job, routing: Routing, recognises: RecognisesText | None) -> Understanding:
    """Read a mail as ever, unless it is poison."""
    head = job.raw.partition(b"\r\n\r\n")[0]
    if b"Subject: segfault" in head:
        ctypes.string_at(1)
    if b"Subject: memory" in head:
        hoard = [b"x" * 50_000_000 for _ in range(100)]
        os._exit(len(hoard))
    if b"Subject: nonsense" in head:
        os.write(3, b"hallo wereld" * 10)
    if b"Subject: sleep" in head:
        time.sleep(20)
    while b"Subject: spin" in head:
        pass
    return read(job, routing, recognises)


def start(command: list[str], **how: Any) -> "subprocess.Popen[bytes]":
    """A worker as the cage starts it, but for this file."""
    return subprocess.Popen([*command[:2], __file__, *command[4:]], **how)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        cage_worker.understand = understand
        cage_worker.main()
    else:
        from mailrouter.cli import main

        cage.subprocess = SimpleNamespace(Popen=start, PIPE=subprocess.PIPE, DEVNULL=subprocess.DEVNULL)  # type: ignore[attr-defined]  # only the cage starts weak workers
        main()

"""The inside of the cage: a process of its own that reads one mail after the other, within limits.

Started by `mailrouter.cage` as `python -I -m mailrouter.cage_worker` with an empty environment and no descriptors but
its three. It answers on stdout in frames (`mailrouter.cage.write_frame`) and has nothing else to say.
"""

import gc
import json
import os
import resource
import sys
import traceback
from datetime import datetime
from typing import IO, Any

from mailrouter import ocr
from mailrouter.cage import read_frame, write_frame
from mailrouter.core.codes import Codes
from mailrouter.core.packing import pack, unpack_own
from mailrouter.core.routing import Routing
from mailrouter.core.understand import Assignment, Job, understand

CPU_SECONDS = 5
"""CPU time for one mail; after that the kernel ends the worker (SIGXCPU)."""


def main() -> None:
    """Read the routing table, then answer one job after the other until stdin ends."""
    source, target = sys.stdin.buffer, _private_stdout()
    opening, _ = read_frame(source)
    routing = Routing.model_validate(opening["routing"])
    _limit(int(opening["memory"]))
    gc.freeze()
    write_frame(target, {}, b"")
    while True:
        try:
            head, raw = read_frame(source)
        except EOFError:
            return
        _more_cpu()
        _answer(target, head, raw, routing)


def _private_stdout() -> IO[bytes]:
    """Our own way out; what a library prints on stdout from now on goes where stderr goes."""
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return target


def _answer(target: IO[bytes], head: dict[str, Any], raw: bytes, routing: Routing) -> None:
    try:
        value, own = pack(understand(_job(head, raw), routing, ocr.reader(routing.limits)))
    except (Exception, RecursionError, MemoryError) as error:
        value, own = {"failed": _where(error)}, b""
    write_frame(target, value, own)


def _job(head: dict[str, Any], raw: bytes) -> Job:
    assigned = Assignment(**head["assigned"]) if head["assigned"] else None
    reference, own = datetime.fromisoformat(head["reference"]), unpack_own(head["own"])
    codes = Codes(**head["codes"]) if head["codes"] else None
    return Job(raw, head["size"], reference, own, assigned, head["largest"], head["unopened"], codes, head["meeting"])


def _where(error: BaseException) -> str:
    """The type of an error and the line it came from; never its text, which may hold words of the mail."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((f for f in reversed(frames) if "mailrouter" in f.filename), frames[-1])
    return f"{type(error).__name__} in {last.name}, line {last.lineno} of {last.filename.rpartition('/')[2]}"


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _more_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1, hard))


if __name__ == "__main__":
    try:
        main()
    except json.JSONDecodeError:
        sys.exit(65)

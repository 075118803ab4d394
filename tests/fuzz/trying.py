"""Trying inputs on one parser, in a process of its own: counts them, measures them, keeps what is too much for it.

The input at hand always stands in a file that the process above can read, also after the kernel ended this one.
"""

import hashlib
import mmap
import resource
import struct
import time
import traceback
from pathlib import Path

from tests.fuzz.targets import Target

SLOW = 2.0
"""Seconds of CPU for one input (of at most 200 KB): more means that the time grows faster than the input."""
MEMORY = 600_000_000
"""Octets that the process may hold."""
EX_TOO_LARGE = 3
"""It holds more than that, and gives way to a new one."""
_HEAD = struct.Struct("<QI")
_ROOM = 1 << 20


class Desk:
    """The file in which the number of inputs tried stands, and the one at hand."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_HEAD.size + _ROOM))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def put(self, number: int, data: bytes) -> None:
        """Lay the next input down."""
        self._map[_HEAD.size : _HEAD.size + len(data)] = data
        self._map[: _HEAD.size] = _HEAD.pack(number, len(data))

    def look(self) -> tuple[int, bytes]:
        """How many were laid down, and the one at hand."""
        number, size = _HEAD.unpack(self._map[: _HEAD.size])
        return number, bytes(self._map[_HEAD.size : _HEAD.size + size])


class Trial:
    """Tries inputs on one target; of each thing that goes wrong it keeps the smallest input."""

    def __init__(self, target: Target, folder: Path, desk: Desk) -> None:
        self._target, self._folder, self._desk = target, folder, desk
        self._tried, _ = desk.look()
        self._smallest: dict[str, bytes] = {}

    def __call__(self, data: bytes) -> None:
        """Try one input."""
        self._tried += 1
        self._desk.put(self._tried, data)
        if why := wrong(self._target, data):
            self._keep(why, data)
        if _weight() > MEMORY:
            self._keep("it took more than 600 MB", data)
            raise SystemExit(EX_TOO_LARGE)

    def _keep(self, why: str, data: bytes) -> None:
        known = self._smallest.get(why)
        if known is None or len(data) < len(known):
            if known is not None:
                path_of(self._folder, known).unlink()
                path_of(self._folder, known).with_suffix(".why").unlink()
            self._smallest[why] = data
            keep(self._folder, why, data)


def wrong(target: Target, data: bytes) -> str:
    """What goes wrong with this input, and where; "" if nothing does."""
    began = time.process_time()
    try:
        target.run(data)
    except (Exception, RecursionError, MemoryError) as error:
        return f"{type(error).__name__}{_told(error)} ({_where(error)})"
    return "it took more than 2 s" if time.process_time() - began > SLOW else ""


def _told(error: BaseException) -> str:
    """What it says, without what is different each time."""
    return f": {error}"[:80] if isinstance(error, AssertionError) else ""


def _where(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/fuzz/trying.py" not in frame.filename]
    last = next((frame for frame in reversed(frames) if "/mailrouter/" in frame.filename), frames[-1])
    return f"{Path(last.filename).name}:{last.lineno}"


def _weight() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def keep(folder: Path, why: str, data: bytes) -> Path:
    """Save an input under the name of its hash, and beside it why."""
    folder.mkdir(parents=True, exist_ok=True)
    path = path_of(folder, data)
    path.write_bytes(data)
    path.with_suffix(".why").write_text(why + "\n")
    return path


def path_of(folder: Path, data: bytes) -> Path:
    """Where an input is kept."""
    return folder / f"{hashlib.sha256(data).hexdigest()[:16]}.input"

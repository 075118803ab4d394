"""strace around the router: what it asked of the kernel and in which order, and a fault in place of an answer."""

import codecs
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.wire.office import PATIENCE, Office, environment

_LINE = re.compile(r"(?P<pid>\d+) +(?P<rest>.*)")
_RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)")
_UNFINISHED = " <unfinished ...>"
_CALL = re.compile(r"(?P<name>\w+)\((?P<args>.*)\)\s+= (?P<result>-?\d+)")
_ARGUMENTS = re.compile(r'\d+<(?P<path>[^>]*)>(?:, "(?P<data>(?:[^"\\]|\\.)*)"(?:\.\.\.)?)?(?P<rest>.*)')


@cache
def works() -> bool:
    """Whether strace is there and may look at processes."""
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


@dataclass(frozen=True, slots=True)
class Call:
    """A system call on a file or a connection. `start` and `end`: its places in the order of all that happened."""

    thread: int
    name: str
    path: str
    data: bytes
    """What was written or sent, as far as strace was told to show it."""
    numbers: tuple[int, ...]
    """The arguments after that: of pwrite64 the length and the place, of ftruncate the length."""
    result: int
    start: int
    end: int


def once(office: Office, *options: str) -> tuple["subprocess.CompletedProcess[str]", list[Call]]:
    """`run --once` to its end, as strace with these options sees it."""
    log = office.folder / "strace.log"
    command = ["strace", "-f", "-qq", "-y", "--seccomp-bpf", "-o", str(log), *options]
    command += [sys.executable, *office.program, "run", "--once", "--config", str(office.config)]
    memory = environment(RUNTIME_DIRECTORY=str(office.memory))
    done = subprocess.run(command, cwd=office.folder, env=memory, capture_output=True, text=True, timeout=2 * PATIENCE)
    return done, calls(log)


def calls(log: Path) -> list[Call]:
    """What a log of strace tells, in the order in which the calls ended."""
    return [*_calls(log.read_text("latin-1").splitlines())]


def _calls(lines: Sequence[str]) -> Iterator[Call]:
    begun: dict[tuple[int, str], tuple[int, str]] = {}
    for number, line in enumerate(lines):
        if not (match := _LINE.fullmatch(line)):
            continue
        thread, rest, start = int(match["pid"]), match["rest"], number
        if rest.endswith(_UNFINISHED):
            name = rest.partition("(")[0]
            begun[thread, name] = number, rest.removesuffix(_UNFINISHED)
            continue
        if again := _RESUMED.fullmatch(rest):
            start, first = begun.pop((thread, again["name"]))
            rest = first + again["rest"]
        call, arguments = _CALL.match(rest), None
        if call and (arguments := _ARGUMENTS.match(call["args"])):
            data = codecs.escape_decode((arguments["data"] or "").encode("latin-1"))[0]
            numbers = tuple(int(text) for text in re.findall(r"(?<![\w<])\d+(?!\w)", arguments["rest"]))
            path = arguments["path"]
            yield Call(thread, call["name"], path, data, numbers, int(call["result"]), start, number)

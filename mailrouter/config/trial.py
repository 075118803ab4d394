"""Templates tried out: each is compiled, and those that letters use are filled in, with every fact and with none.

A template is a program, and one can ask for all memory there is or never come to an end. The shipped ones are known not
to; a municipality's own are tried in a process of their own, within limits, so that no config can take `check` or the
daemon along.
"""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache

from jinja2 import TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailrouter.config.forms import suggest
from mailrouter.core.writing.sample import render_error

SECONDS = 5
"""CPU time for one template."""
_ALL_SECONDS = 30
_WALL_SECONDS = 60.0
_MEMORY = 600_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template: its name, the line (from 1), and what, as a sentence without a full stop."""

    name: str
    line: int
    message: str


Templates = tuple[tuple[str, str], ...]
"""(name, source) of each."""


@lru_cache(maxsize=16)
def faults(templates: Templates, filled_in: tuple[str, ...], apart: bool) -> tuple[Fault, ...]:
    """What is wrong with the templates, of which some are filled in; `apart`: tried in a process of their own."""
    if apart:
        return tuple(_apart(dict(templates), filled_in))
    return tuple(fault for fault in _tried(dict(templates), filled_in) if isinstance(fault, Fault))


def main() -> None:
    """The process apart: what is to be tried on stdin, what comes of it on stdout, a line of JSON each."""
    ask = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_ALL_SECONDS, _ALL_SECONDS))
    for found in _tried(ask["templates"], ask["filled_in"]):
        sys.stdout.write(json.dumps(asdict(found) if isinstance(found, Fault) else found) + "\n")
        sys.stdout.flush()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # ends the process


def _apart(templates: Mapping[str, str], filled_in: Iterable[str]) -> Iterator[Fault]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", "from mailrouter.config.trial import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
    )
    ask = json.dumps({"templates": dict(templates), "filled_in": list(filled_in)}).encode()
    try:
        told, _ = process.communicate(ask, timeout=_WALL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        told, _ = process.communicate()
    at = next(iter(templates), "")
    for found in map(json.loads, told.splitlines()):
        if isinstance(found, str):
            at = found
        else:
            yield Fault(**found)
    if process.returncode:
        yield Fault(at, 1, f"this template takes more than {SECONDS} s, or more than {_MEMORY // 10**6} MB")


def _tried(templates: Mapping[str, str], filled_in: Iterable[str]) -> Iterator[Fault | str]:
    """The name of each template before it is tried, and after it what is wrong with it."""
    told: set[str] = set()
    for name, source in templates.items():
        yield name
        for fault in _compiled(name, source, templates):
            told.add(name)
            yield fault
    for name in filled_in:
        yield name
        # what leans on a template that is told already fails in that same file
        if name not in told and (error := render_error(templates, name)):
            file = error.file if error.file in templates else name
            if file not in told:
                told.add(file)
                yield Fault(file, max(error.line, 1), f"this template does not render: {error.message}")


def _compiled(name: str, source: str, templates: Mapping[str, str]) -> Iterator[Fault]:
    """Jinja2 that does not compile, or that leans on a template that is not there."""
    environment = ImmutableSandboxedEnvironment(autoescape=True)
    try:
        tree = environment.parse(source)
        environment.compile(tree)
    except TemplateSyntaxError as error:
        yield Fault(name, error.lineno, f"this template is not right: {error.message}")
        return
    except Exception as error:  # constants are worked out when a template is compiled, and can be anything
        yield Fault(name, 1, f"this template cannot be compiled: {type(error).__name__}: {error}")
        return
    for other in meta.find_referenced_templates(tree):
        if other is not None and other not in templates:
            yield Fault(name, 1, f'this template uses "{other}", which is not there{suggest(other, templates)}')

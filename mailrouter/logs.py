"""Logs: one event a line on stderr, as JSON when read by a machine; never words of a mail, names or addresses.

Whoever logs passes on numbers, states, ids and words of ours, and of what a server said only what may be told
(`mailrouter.core.telling`). What could slip through all the same is stopped here: an address is left out of any value,
and of an error its kind and place are told, never its message, which can hold what was being worked on.
"""

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Iterable
from types import TracebackType
from typing import TextIO

import structlog

from mailrouter.core.telling import without_addresses

_FIRST = ("timestamp", "level", "event")
_LONGEST = 500
_FRAMES = 20
"""The innermost frames of a traceback that are told."""

log = structlog.get_logger()


def configure(stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream` (default stderr), those of libraries and of uncaught errors too."""
    target = stream or sys.stderr
    plain = target.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _place_of_error,
            _harmless,
            structlog.dev.ConsoleRenderer(colors=True) if plain else structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_OfLibraries(logging.WARNING), *(h for h in root.handlers if type(h).__module__ != __name__)]


def catch_all() -> None:
    """From now on an error that nobody caught, in any thread, and every warning is logged, and not printed."""
    sys.excepthook = lambda kind, error, trace: _uncaught(kind, trace)
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_traceback)
    warnings.showwarning = lambda message, category, file, line, *_: log.warning(
        "a warning", kind=category.__name__, at=f"{_short(file)}:{line}"
    )


class _OfLibraries(logging.Handler):
    """What libraries log: which one, how bad, and where an error came from. Their words can be of a mail."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        say = log.error if record.levelno >= logging.ERROR else log.warning
        say("a library complains", library=record.name, at=f"{_short(record.pathname)}:{record.lineno}", exc_info=error)


def _uncaught(kind: type[BaseException], trace: TracebackType | None) -> None:
    log.critical("an error that nobody expected", error=kind.__name__, trace=_frames(traceback.extract_tb(trace)))


def _place_of_error(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """`exc_info` becomes the kinds of the error and its causes, and the places it went through."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = " < ".join(type(one).__name__ for one in _causes(error))
        event["trace"] = _frames(traceback.extract_tb(error.__traceback__))
    return event


def _causes(error: BaseException) -> Iterable[BaseException]:
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        seen.append(one)
        one = one.__cause__ or one.__context__
    return seen


def _frames(stack: traceback.StackSummary) -> list[str]:
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in stack[-_FRAMES:]]


def _short(file: str) -> str:
    """The end of a path: package and file."""
    return "/".join(file.split("/")[-2:])


def _harmless(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """One line, no address; what tells most comes first."""
    ordered = [*(name for name in _FIRST if name in event), *(name for name in event if name not in _FIRST)]
    return {name: _clean(event[name]) if isinstance(event[name], str) else event[name] for name in ordered}


def _clean(text: str) -> str:
    return without_addresses("".join(c if c.isprintable() else " " for c in text))[:_LONGEST]

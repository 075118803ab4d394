"""Which of a village's meetings a mail is about, so that what changes stays one entry in a reader's calendar.

A meeting is known by the day on which it was first planned. Mails name the day it stands on by then, so the chain of
moves is followed back. What cannot be told apart is never taken for the same meeting: it gets a name of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Change = Literal["planned", "moved", "cancelled"]


@dataclass(frozen=True, slots=True)
class News:
    """What a mail says of a meeting: the day it stood on until then, the day it stands on now, what changed."""

    planned: date
    day: date
    change: Change


@dataclass(frozen=True, slots=True)
class Known:
    """A meeting as a mail left it. `name`: the day it was first planned on, with a number if it is not that day's first
    ("2026-10-01", "2026-10-01/2")."""

    name: str
    day: date
    gone: bool
    """It was cancelled."""


def after(news: News, said: Sequence[Known]) -> Known:
    """The meeting that `news` is about, as it is then; `said`: what the village's earlier mails said, in order."""
    return Known(_name(news, said), news.day, news.change == "cancelled")


def _name(news: News, said: Sequence[Known]) -> str:
    now = {known.name: known for known in said}
    for which in _likely(news, now, said):
        if len(which) == 1:
            return which[0]
        if which:
            break
    return _fresh(news.planned, now)


def _likely(news: News, now: dict[str, Known], said: Sequence[Known]) -> tuple[list[str], ...]:
    """Names of meetings it can be about, the likeliest first; where several are equally likely nothing is certain."""
    there = [name for name, known in now.items() if known.day == news.planned and not known.gone]
    gone = [name for name, known in now.items() if known.day == news.planned and known.gone]
    if news.change != "moved":
        return there, gone
    were = {known.name for known in said if known.day == news.planned} | {_first(news.planned)}
    came = [name for name in now if name in were]
    told_before = [name for name in came if now[name].day == news.day and not now[name].gone]
    return told_before, there, came


def _fresh(day: date, taken: dict[str, Known]) -> str:
    """A name for a meeting of that day that no other has."""
    name, number = _first(day), 1
    while name in taken:
        number += 1
        name = f"{_first(day)}/{number}"
    return name


def _first(day: date) -> str:
    return day.isoformat()

"""Records: texts of councils with what is true of them, one JSON object a line."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

_SAME_KIND = {
    "complaint_or_wish": "complaint",
    "idea_or_activity": "idea",
    "newsletter_or_other": "other",
}
"""Labels by which collections of council texts name the kinds that the config has under a shorter key."""
_PARTIAL = re.compile(r"(?:(\d{4})|X{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_LEAP_YEAR = 2024
"""Stands in for a year that is not known: it has every day there is."""
_YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day of which the year ("XXXX-03-13"), or the day ("2019-05"), or day and month ("2019") may not be known."""

    year: int | None
    month: int | None
    day: int | None

    def agrees(self, other: date) -> bool:
        """Whether the day is this one, as far as it is known."""
        known = (self.year, self.month, self.day)
        return all(mine in (None, its) for mine, its in zip(known, (other.year, other.month, other.day), strict=True))

    def __str__(self) -> str:
        parts = [f"{self.year:04}" if self.year else "XXXX", *(f"{part:02}" for part in (self.month, self.day) if part)]
        return "-".join(parts)


def _partial_date(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _PARTIAL.fullmatch(value)
    if not match or value == "XXXX":
        raise ValueError("write YYYY-MM-DD, YYYY-MM or YYYY, with XXXX for a year that is not known")
    year, month, day = (int(part) if part else None for part in match.groups())
    if year and year not in _YEARS:
        raise ValueError(f"the year must be from {_YEARS[0]} to {_YEARS[-1]}")
    date(year or _LEAP_YEAR, month or 1, day or 1)
    return PartialDate(year, month, day)


def _clock(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"\d\d:\d\d", value, re.ASCII):
        raise ValueError("write HH:MM")
    return time.fromisoformat(value)


def _sent(value: object) -> object:
    if not isinstance(value, str):
        return value
    sent = date.fromisoformat(value)
    if sent.year not in _YEARS:
        raise ValueError(f"the year must be from {_YEARS[0]} to {_YEARS[-1]}")
    return sent


_Line = Annotated[str, Field(max_length=500)]
_Text = Annotated[str, Field(min_length=1, max_length=200_000)]


class Record(BaseModel):
    """A text, its title, and what is true of it; None where that is not known or not so."""

    model_config = ConfigDict(frozen=True, strict=True, arbitrary_types_allowed=True)

    line: int
    """Where it stands in its file."""
    id: _Line | int = ""
    label: str
    """The key of its kind."""
    title: _Line
    text: _Text
    council: _Line = ""
    village: _Line = ""
    ambiguous: bool = False
    event_date: Annotated[PartialDate | None, BeforeValidator(_partial_date)] = None
    start_time: Annotated[time | None, BeforeValidator(_clock)] = None
    location: _Line | None = None
    attendee_section: bool | None = None
    sent: Annotated[date | None, BeforeValidator(_sent)] = None
    """The day the text was sent."""


def read_records(lines: Iterable[bytes], kinds: Collection[str]) -> Iterator[Record | str]:
    """The record of each line that is not blank, or what is wrong with it ("line 3: …").

    `kinds` are the keys that a label may have; keys of a record that mean nothing here are passed over.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _record(line, number, kinds)
            except ValidationError as error:
                yield f"line {number}: {_told(error)}"
            except (ValueError, RecursionError) as error:
                yield f"line {number}: {_no_json(error)}"


class _Unfit(ValueError):
    """A JSON value that is no record."""


def _record(line: bytes, number: int, kinds: Collection[str]) -> Record:
    value = json.loads(line.decode("utf-8-sig"))
    if not isinstance(value, dict):
        raise _Unfit("this is not an object")
    label = value.get("label")
    if isinstance(label, str):
        label = label if label in kinds else _SAME_KIND.get(label, label)
        if label not in kinds:
            raise _Unfit(f"label: there is no kind {label[:40]!r}; kinds.yaml has {', '.join(kinds)}")
    known: dict[str, Any] = {name: item for name, item in value.items() if name in Record.model_fields}
    return Record.model_validate(known | {"label": label, "line": number})


def _told(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)


def _no_json(error: Exception) -> str:
    if isinstance(error, _Unfit):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: {error.reason} at byte {error.start}"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at character {error.pos + 1}"
    return f"not JSON that can be read: {'nested too deep' if isinstance(error, RecursionError) else error}"

"""What is wrong with a config, and where: shown as `file:line:column: message`, all of it at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong (error) or that looks wrong (warning).

    `line` and `column` count from 1. Line 0: there is no line to point at (a missing file, an environment variable).
    """

    file: str
    line: int
    column: int
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file, or a file or environment variable as a whole (line 0)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def problem(self, message: str, severity: Severity = "error") -> Problem:
        """A problem at this spot."""
        return Problem(self.file, self.line, self.column, message, severity)


class ConfigError(Exception):
    """The config cannot be used; `problems` holds everything that was found, warnings too."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

"""The six files as far as they could be read, for the cross-checks and for pointing at a spot in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mailrouter.config.problem import Problem, Severity
from mailrouter.config.reading import KeyPath, Source
from mailrouter.core.routing import Kinds, Official, Topic, Village
from mailrouter.core.settings import Settings
from mailrouter.core.terms import College, Terms

if TYPE_CHECKING:
    from mailrouter.config.examples import Example

SETTINGS = "mailrouter.yaml"
VILLAGES = "villages.yaml"
OFFICIALS = "officials.yaml"
TOPICS = "topics.yaml"
KINDS = "kinds.yaml"
EXAMPLES = "examples.yaml"
FILES = (SETTINGS, VILLAGES, OFFICIALS, TOPICS, KINDS, EXAMPLES)


@dataclass(frozen=True, slots=True)
class Template:
    """A template and the file it came from."""

    path: Path
    source: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tables:
    """What the files say. None or missing: not readable, and told already (`broken`: file and path of what is so).

    Every term has its days, also those it takes from its college.
    """

    folder: Path
    sources: Mapping[str, Source] = field(repr=False)
    settings: Settings | None
    colleges: Mapping[str, College]
    everywhere: Mapping[str, Terms]
    villages: Mapping[str, Village]
    officials: Mapping[str, Official]
    topics: Mapping[str, Topic]
    kinds: Kinds | None
    examples: "Mapping[int, Example]"
    templates: Mapping[str, Template]
    broken: frozenset[tuple[str, KeyPath]] = frozenset()

    def problem(self, file: str, path: KeyPath, message: str, severity: Severity = "error") -> Problem:
        """A problem at a value (or at its key, if it is more than plain text) in one of the files."""
        return self.sources[file].spot(path).problem(message, severity)

    def names(self, file: str, path: KeyPath = ()) -> frozenset[str] | None:
        """The keys that stand in a file, those of broken entries too; None if the file could not be read."""
        at = self.sources[file].data
        for name in path:
            at = at.get(name) if isinstance(at, dict) else None
        return frozenset(at) if isinstance(at, dict) else None

    def whole(self, file: str, path: KeyPath) -> bool:
        """Whether nothing around that value was left out for its form."""
        return not any((file, path[:length]) in self.broken for length in range(len(path) + 1))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a cross-check found: file, path of the value, and what is wrong with it."""

    file: str
    path: KeyPath
    message: str
    severity: Severity = "error"


Findings = Iterator[Finding]

"""Every place in the config where somebody holds a role: in a village, for a topic, or everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass

from mailrouter.config.forms import suggest
from mailrouter.config.reading import KeyPath
from mailrouter.config.tables import OFFICIALS, SETTINGS, TOPICS, VILLAGES, Finding, Findings, Tables
from mailrouter.core.terms import Terms


@dataclass(frozen=True, slots=True)
class Seat:
    """A role and its terms, where they stand, and what they are for ("oosterdorp")."""

    file: str
    path: KeyPath
    role: str
    terms: Terms
    of: str

    def spot(self, tables: Tables, index: int, key: str = "") -> KeyPath:
        """The path of a term or of a part of it, or of the bare official key that stands for a term."""
        longer = (*self.path, index, *([key] if key else []))
        known = tables.sources[self.file]
        if longer in known.values:
            return longer
        item = (*self.path, index)
        return item if item in known.keys else self.path


def seats(tables: Tables) -> Iterator[Seat]:
    """All of them, in the order of the files."""
    for role, terms in tables.everywhere.items():
        yield Seat(SETTINGS, ("municipality", "officials", role), role, terms, "every village")
    for key, village in tables.villages.items():
        for role, terms in village.officials.items():
            yield Seat(VILLAGES, (key, "officials", role), role, terms, key)
    for key, topic in tables.topics.items():
        for role, terms in topic.roles.items():
            path = (key, "officials", role) if role in topic.officials else (key, role)
            yield Seat(TOPICS, path, role, terms, key)


def unknown_official(tables: Tables, file: str, path: KeyPath, name: str) -> Findings:
    """A name that officials.yaml does not have."""
    known = tables.names(OFFICIALS)
    if known is not None and name not in known:
        yield Finding(file, path, f'there is no official "{name}" in officials.yaml{suggest(name, known)}')


def unknown_role(tables: Tables, file: str, path: KeyPath, role: str) -> Findings:
    """A role that mailrouter.yaml does not have."""
    known = tables.names(SETTINGS, ("roles",))
    if known is not None and role not in known:
        yield Finding(file, path, f'there is no role "{role}" in mailrouter.yaml{suggest(role, known)}')

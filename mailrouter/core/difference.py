"""What another config would do otherwise with a mail: two explanations of it held against each other.

Compared is what people notice: the outcome, who gets the mail and as what, the village, the kind, the folder. Reasons
may differ, and so may the config's hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mailrouter.core.model import OutcomeName

Change = Literal["desk", "forward", "file", "recipients", "village", "kind", "folder"]
"""The first of these that holds: another outcome, by its name; else other recipients; else only the rest."""

CHANGES: Mapping[Change, tuple[str, str]] = {
    "recipients": ("changes recipients", "change recipients"),
    "desk": ("goes to the desk", "go to the desk"),
    "forward": ("is forwarded", "are forwarded"),
    "file": ("is filed without a letter", "are filed without a letter"),
    "village": ("is of another village", "are of another village"),
    "kind": ("is of another kind", "are of another kind"),
    "folder": ("lands in another folder", "land in another folder"),
}
"""How each change is said, of one mail and of several, in the order of a summary."""


@dataclass(frozen=True, slots=True)
class Course:
    """What happens to a mail. `people`: of each recipient role, address (lower case) and "to" or "cc"."""

    outcome: OutcomeName
    people: frozenset[tuple[str, str, str]]
    village: str | None
    kind: str | None
    folder: str


def course(explanation: Mapping[str, Any]) -> Course:
    """The course of a mail, by an object as `explain --json` prints it."""
    village, kind = explanation.get("village"), explanation.get("kind")
    return Course(
        outcome=explanation["outcome"],
        people=frozenset((p["role"], p["address"].lower(), p["copy"]) for p in explanation["recipients"]),
        village=village["key"] if village else None,
        kind=kind["key"] if kind else None,
        folder=explanation.get("folder") or "",
    )


def change(before: Course, after: Course) -> Change | None:
    """What changes most between two courses of the same mail; None if nothing does."""
    if before.outcome != after.outcome:
        return after.outcome
    if before.people != after.people:
        return "recipients"
    rest: tuple[Change, ...] = ("village", "kind", "folder")
    return next((name for name in rest if getattr(before, name) != getattr(after, name)), None)

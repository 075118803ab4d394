"""A mail whose answer is known, and a lesson: the values that the other modules here take and give."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailrouter.core.model import Evidence


@dataclass(frozen=True, slots=True)
class Decided:
    """A mail of which village and kind are known, and what the router makes of it with the config of now.

    `by`: the person who decided; empty if the router did, and nobody objected.
    """

    id: str
    subject: str
    sender: str | None
    authentic: str
    """"pass", "fail" or "none": whether the sender is who they say."""
    text: str
    """Its own words, without quoted history."""
    village: str | None
    kind: str | None
    """None: a person named the village alone."""
    by: str
    read: str = ""
    """The kind the router makes of it now; empty if it cannot be read any more."""
    evidence: Sequence[Evidence] = ()
    remember: bool = False
    """The person asked to list the sender's address for the village."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Lines for a file of the config, why, and the mails that speak for it. Without lines it is a remark."""

    file: str
    lines: tuple[str, ...]
    """YAML, from the top level of the file on."""
    because: str
    mails: tuple[str, ...]

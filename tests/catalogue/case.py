"""A bad input as a value: the bytes, and what must become of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Ending = Literal["forward", "desk", "file", "duplicate"]
"""`duplicate`: filed as a copy of the mail that came before it."""


@dataclass(frozen=True, slots=True)
class BadInput:
    """A mail that is bad in one way, and what must become of it.

    `raw` is what a sender sent; a mail server may pass it on with other line ends. `does` says for administrators what
    the router does, beyond its `ending`.
    """

    number: int
    title: str
    raw: bytes = field(repr=False)
    ending: Ending
    does: str
    variant: str = ""
    """Tells inputs of one number apart."""
    earlier: bytes | None = field(default=None, repr=False)
    """An ordinary mail that came before it and is forwarded."""
    mail: Mapping[str, Any] = field(default_factory=dict)
    """What `explain --json` must say under "mail"."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """What `explain --json` must say elsewhere."""
    says: tuple[str, ...] = ()
    """Words that must stand in what `explain` tells, or in the letter."""
    text: tuple[str, ...] = ()
    """Words that must stand in the text of the letter."""
    silent: tuple[str, ...] = ()
    """Words that must not stand in the letter: not in its text, its HTML or its header."""
    files: tuple[tuple[str, bytes], ...] | None = field(default=None, repr=False)
    """The attachments of the letter to officials, by name and content (None: whatever they are)."""
    readable: tuple[str, ...] = ()
    """Names of attachments whose text must have been read."""
    answers: str | None = None
    """Where an answer to the letter goes (None: wherever it does)."""

    @property
    def name(self) -> str:
        """As tests name it."""
        return f"{self.number}{self.variant} {self.title}"


@dataclass(frozen=True, slots=True)
class ServerInput:
    """What a server does wrong rather than a mail; `test` is the function that proves what becomes of it."""

    number: int
    title: str
    does: str
    test: str
    """path::name, from the root of the repo."""

"""A mail as the signs see it, and what a sign is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from mailrouter.core.meaning.event import Event, first_event
from mailrouter.core.meaning.zones import Zone
from mailrouter.core.model import Mail

TITLE = 90
"""Characters that a title has at most."""
_COVER = 400
BODIES = ("text", "attachment")
"""The zones in which a mail tells something, as against those that name it."""


@dataclass(frozen=True)
class Reading:
    """A mail as the signs see it: its zones and the event of its calendar part."""

    mail: Mail
    zones: tuple[Zone, ...]
    timezone: str

    @cached_property
    def event(self) -> Event | None:
        """The first event of a calendar part."""
        return first_event(self.mail.attachments, self.timezone)

    def bodies(self) -> list[Zone]:
        """The attachments' texts and the sender's own words."""
        return [zone for zone in self.zones if zone.name in BODIES]

    def told(self) -> list[Zone]:
        """What the mail says itself: no quoted history, and no short cover of a longer text that is attached."""
        attached = max((len(zone.text) for zone in self.zones if zone.name == "attachment"), default=0)
        return [
            zone
            for zone in self.zones
            if zone.name != "quoted" and not (zone.name == "text" and len(zone.text) < min(_COVER, attached))
        ]

    def titles(self) -> list[str]:
        """Subject, file names and the first words of each text, in lower case."""
        return [
            zone.lowered if zone.name not in BODIES else first_lines(zone.lowered)
            for zone in self.zones
            if zone.name != "quoted"
        ]


def first_lines(lowered: str) -> str:
    """The first lines of a text as far as they can be a title."""
    lines = [line.strip() for line in lowered[: 3 * TITLE].lstrip().split("\n")[:2]]
    return "\n".join(line for line in lines if len(line) <= TITLE and not line.endswith((".", "!", "?", ",")))


Sign = Callable[[Reading], str | None]
"""The words on which a sign rests, or None."""

"""Whom to mail when: at most one mail an hour to each address, whatever comes and goes. Pure values.

A mail goes when a kind of alarm begins that the address was not told of, and once a day while something lasts. It holds
all that is wrong then, and what is over of what the address was told before.
"""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

HOUR, DAY = 3600.0, 86400.0
AGAIN = 600.0
"""Seconds before a mail that could not be sent is tried again."""

QUIET = frozenset({"relay", "refused"})
"""Kinds that are no reason for a mail: with the one none can go, of the other the desk has had its letter."""
MILD = frozenset({"receipts", "expiry", "template", "kept"})
"""Kinds that are no reason to say it again every day."""


class Told(BaseModel):
    """What one address was told, and when. Moments are seconds since 1970, UTC."""

    model_config = ConfigDict(frozen=True)

    at: float | None = None
    """When the last mail went, or may have gone."""
    tried: float | None = None
    """When the last mail that certainly did not go was tried."""
    kinds: Mapping[str, float] = {}
    """What the last mail told of: kind → when it began."""


class Record(BaseModel):
    """What is wrong by now, since when we know, and who was told. Kept as one note in the journal."""

    model_config = ConfigDict(frozen=True)

    standing: Mapping[str, float] = {}
    told: Mapping[str, Told] = {}

    @classmethod
    def read(cls, note: str | None) -> "Record":
        """The record as it was written last."""
        return cls.model_validate_json(note) if note else cls()

    def written(self) -> str:
        """The record as a note."""
        return self.model_dump_json()

    def seen(self, kinds: Mapping[str, float], now: float) -> "Record":
        """The record after a look that found these kinds; each with the moment from which it counts as begun anew."""
        standing = {kind: max(self.standing.get(kind, now), renewed) for kind, renewed in kinds.items()}
        return Record(standing=standing, told=self.told)

    def due(self, address: str, now: float) -> bool:
        """Whether a mail may and should go to that address."""
        told = self.told.get(address, Told())
        if _within(told.at, HOUR, now) or _within(told.tried, AGAIN, now):
            return False
        calling = {kind: began for kind, began in self.standing.items() if kind not in QUIET}
        if any(told.kinds.get(kind) != began for kind, began in calling.items()):
            return True
        return not calling.keys() <= MILD and not _within(told.at, DAY, now)

    def over(self, address: str) -> dict[str, float]:
        """What that address was told of and is over: kind → when it began."""
        told = self.told.get(address, Told()).kinds
        return {kind: began for kind, began in told.items() if kind not in self.standing}

    def going(self, address: str, now: float) -> "Record":
        """The record from the moment on in which a mail may have gone to that address."""
        return self._with(address, Told(at=now, kinds=self.standing))

    def failed(self, address: str, now: float) -> "Record":
        """The record when it certainly did not go."""
        return self._with(address, self.told.get(address, Told()).model_copy(update={"tried": now}))

    def _with(self, address: str, told: Told) -> "Record":
        return Record(standing=self.standing, told={**self.told, address: told})


def _within(moment: float | None, seconds: float, now: float) -> bool:
    """Whether that moment lies less than `seconds` back. One in the future does not: the clock was wrong then."""
    return moment is not None and 0 <= now - moment < seconds

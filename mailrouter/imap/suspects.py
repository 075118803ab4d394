"""One mail that cannot be read, because the connection breaks over it each time, must not keep the others waiting."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

FIRST_REST, LONGEST_REST = 60.0, 3600.0
"""Seconds for which such a mail is passed over; four times longer each time."""
_MOST_STRIKES = 10


class Reading(NamedTuple):
    """What is read, and from where. Under another UIDVALIDITY a UID is another mail."""

    folder: str
    uidvalidity: int
    what: str


@dataclass
class Suspects:
    """Messages over which a reading broke off."""

    clock: Callable[[], float] = time.monotonic
    _strikes: dict[tuple[Reading, int], int] = field(default_factory=dict)
    _rests_until: dict[tuple[Reading, int], float] = field(default_factory=dict)

    def in_turn(self, reading: Reading, uids: Sequence[int], most: int) -> Iterator[Sequence[int]]:
        """These messages, `most` at a time; then the suspected, one by one, without those that are passed over now."""
        now = self.clock()
        plain = [uid for uid in uids if (reading, uid) not in self._strikes]
        suspected = [uid for uid in uids if (reading, uid) in self._strikes]
        yield from (plain[start : start + most] for start in range(0, len(plain), most))
        yield from ([uid] for uid in suspected if self._rests_until.get((reading, uid), now) <= now)

    def broke(self, reading: Reading, uids: Sequence[int]) -> float:
        """It broke off over these; returns the seconds for which the one mail among them is passed over.

        0.0 when that mail is not known yet: the first time it may as well have been the connection, and from then on
        they are read one by one.
        """
        first = [uid for uid in uids if (reading, uid) not in self._strikes]
        if first:
            self._strikes.update({(reading, uid): 0 for uid in first})
            return 0.0
        (uid,) = uids
        rest = min(FIRST_REST * 4.0 ** self._strikes[reading, uid], LONGEST_REST)
        self._strikes[reading, uid] = min(self._strikes[reading, uid] + 1, _MOST_STRIKES)
        self._rests_until[reading, uid] = self.clock() + rest
        return rest

    def came(self, reading: Reading, uids: Sequence[int]) -> None:
        """These were read."""
        for uid in uids if self._strikes else ():
            self._strikes.pop((reading, uid), None)
            self._rests_until.pop((reading, uid), None)

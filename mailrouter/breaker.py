"""The loop breaker: what goes round comes to a stop at the desk, before it has filled anybody's mailbox.

Of mails that are alike (`mailrouter.core.loops`) the first `MOST` in ten minutes go their way. The next one goes to
the desk with a letter that says so; those after it lie in the desk's folder and in the journal without a letter each,
because the breaker must not be a flood itself. `release` sends any of them on.
"""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from mailrouter.core import loops
from mailrouter.core.decide import to_desk
from mailrouter.core.model import Understanding
from mailrouter.core.routing import Routing
from mailrouter.core.understand import told_to_desk
from mailrouter.core.writing import dutch
from mailrouter.core.writing.letter import held
from mailrouter.journal import Accepted, Journal

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a mail: as it was understood, or held."""

    understanding: Understanding
    likeness: str
    held: bool


class Breaker:
    """Looks at each mail once, between understanding and promise. For one thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._promising: dict[str, Future[bool]] = {}

    def judge(self, mail: Accepted, of: Understanding, mentioned: tuple[str, ...], routing: Routing) -> Verdict:
        """Hold a mail that is one too many of its like. `mentioned`: the letters of ours that it names."""
        loop = loops.shows_loop(mail.raw, mentioned)
        likeness = loops.likeness(of.explanation["mail"], loop) if of.outcome != "file" else ""
        if not likeness:
            return Verdict(of, "", False)
        if earlier := self._promising.get(likeness):
            earlier.result()  # the journal counts what it has on disk
        burst = self._journal.burst(mail, likeness, loops.WITHIN)
        if burst.since is None or not loops.is_too_many(burst.number):
            return Verdict(of, likeness, False)
        first = dutch.sent(datetime.fromtimestamp(burst.since, UTC), routing.timezone)
        because = loops.because(of.explanation, loop, burst.number, first)
        log.warning("the loop breaker holds a mail", mail=mail.id, alike=burst.number, letter=not burst.held)
        return Verdict(_to_desk(mail, of, because, routing, silent=burst.held), likeness, True)

    def promised(self, likeness: str, durable: "Future[bool]") -> None:
        """A mail with that likeness is being written down."""
        self._promising = {key: future for key, future in self._promising.items() if not future.done()}
        if likeness:
            self._promising[likeness] = durable


def _to_desk(
    mail: Accepted, of: Understanding, because: tuple[str, str], routing: Routing, *, silent: bool
) -> Understanding:
    """The same mail for the desk; `silent`: the desk has had its letter about this burst."""
    decision = to_desk(routing, because)
    people = () if silent else decision.recipients
    told = told_to_desk(of.explanation, because, people, decision.folder)
    whole = mail.raw if mail.size <= len(mail.raw) else b""
    draft = None if silent else held(told, whole, because, routing, decision.folder)
    return replace(of, outcome="desk", folder=decision.folder, recipients=people, draft=draft, explanation=told)

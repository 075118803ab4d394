"""What the decisions of people teach: mails they decided, held against what the router makes of them now.

Pure, from decided mails to lessons; who supplies the mails (the journal, or whoever else keeps what people said) is no
business of these modules. Nothing changes by itself: a lesson is lines for the config that somebody may paste.
"""

from collections.abc import Iterable

from mailrouter.core.lessons.decided import Decided, Lesson
from mailrouter.core.lessons.phrases import misleading, missing
from mailrouter.core.lessons.senders import new_senders
from mailrouter.core.routing import Routing

__all__ = ["Decided", "Lesson", "learn"]


def learn(mails: Iterable[Decided], routing: Routing) -> list[Lesson]:
    """Every lesson of these mails, the surest first: senders, phrases that mislead, phrases that are missing."""
    known = list(mails)
    return [*new_senders(known, routing), *misleading(known, routing.kinds), *missing(known, routing)]

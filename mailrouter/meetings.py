"""Ties a mail to the meeting that earlier mails of its village announced (`mailrouter.core.meetings`)."""

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import date
from typing import Any

from mailrouter.core.meetings import Known, News, after
from mailrouter.core.model import Understanding
from mailrouter.journal import Accepted, Journal, meetings


class Meetings:
    """Looks at each mail between understanding and promise. For one thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._promising: dict[str, Future[bool]] = {}

    def known(self, mail: Accepted, of: Understanding) -> Known | None:
        """The meeting that goes along with the letter as a calendar file, if one does."""
        told = of.explanation.get("meeting")
        if not told or of.outcome != "forward":
            return None
        village = village_of(of.explanation)
        if earlier := self._promising.get(village):
            earlier.result()  # the journal tells what it has on disk
        return after(_news(told), self._journal.ask(meetings.said, village, mail.id))

    def promised(self, of: Understanding, durable: "Future[bool]") -> None:
        """A mail is being written down."""
        self._promising = {key: future for key, future in self._promising.items() if not future.done()}
        if of.explanation.get("meeting"):
            self._promising[village_of(of.explanation)] = durable


def needs_its_name(of: Understanding, known: Known | None) -> bool:
    """Whether the letter, written by what this mail alone says, names another meeting than it is about."""
    return known is not None and known.name != of.explanation["meeting"]["planned"]


def village_of(told: Mapping[str, Any]) -> str:
    """The key of the village of a mail, by its explanation; empty if it has none."""
    return str(told["village"]["key"]) if told.get("village") else ""


def _news(told: Mapping[str, Any]) -> News:
    return News(date.fromisoformat(told["planned"]), date.fromisoformat(told["day"]), told["change"])

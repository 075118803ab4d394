"""A draft of the config tried on the mails of the journal: each under the draft, and under the config in force.

Both are tried with the code of now, in the cage, so that whatever differs comes from the draft. What the journal
decided at the time can differ from both, because code and config have changed since.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailrouter.cli import screens
from mailrouter.cli.explaining import Question, understood
from mailrouter.config import Config
from mailrouter.core.difference import Change, change, course
from mailrouter.core.model import Understanding
from mailrouter.core.understand import Assignment
from mailrouter.journal import Journal, past
from mailrouter.journal.past import Past


@dataclass(frozen=True, slots=True)
class Trial:
    """What is held against what: `force` is None when there is only the journal to compare the draft with."""

    draft: Config
    force: Config | None
    folder: Path
    """Of the journal."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One mail under both: `before` as the config in force has it, `after` as the draft has it."""

    mail: Past
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    rewritten: bool
    """The letter reads otherwise."""

    @property
    def change(self) -> Change | None:
        """What changes, if anything does."""
        return change(course(self.before), course(self.after))

    @property
    def otherwise(self) -> bool:
        """The journal decided otherwise than the config in force does now."""
        decided = self.mail.explanation
        return decided is not None and change(course(decided), course(self.before)) is not None


@dataclass
class Sum:
    """What came of a replay."""

    mails: int = 0
    changes: Counter[Change] = field(default_factory=Counter)
    rewritten: int = 0
    otherwise: list[str] = field(default_factory=list)
    not_replayed: list[str] = field(default_factory=list)

    def add(self, pair: Pair) -> None:
        """Count one mail."""
        self.mails += 1
        self.rewritten += pair.rewritten
        if (what := pair.change) is not None:
            self.changes[what] += 1
        if pair.otherwise:
            self.otherwise.append(pair.mail.shown)


def pairs(trial: Trial, journal: Journal, key: bytes | None, since: float, total: Sum) -> Iterator[Pair]:
    """Every mail that can be replayed, the oldest first; what cannot is written down in `total`."""
    ids, now = journal.ask(past.received_since, since), datetime.now(UTC).timestamp()
    mails: dict[str, Past] = {}

    def remembered() -> Iterator[Question]:
        for mail in _mails(journal, ids):
            if mail.raw is None or not (trial.force or _compares(mail)):
                total.not_replayed.append(mail.shown)
                continue
            mails[str(mail.id)] = replace(mail, raw=None)
            yield _question(mail, now)

    draft = understood(remembered(), trial.draft.routing, key)
    if trial.force is None:
        for question, after in screens.progress(draft, len(ids), "replaying"):
            mail = mails.pop(question.name)
            yield Pair(mail, mail.explanation or {}, after.explanation, rewritten=False)
        return
    again = (_question(mail, now) for mail in _mails(journal, ids) if mail.raw is not None)
    force = understood(again, trial.force.routing, key)
    for (question, after), (_, before) in screens.progress(zip(draft, force, strict=True), len(ids), "replaying"):
        yield Pair(mails.pop(question.name), before.explanation, after.explanation, _rewritten(before, after))


def _mails(journal: Journal, ids: Iterable[int]) -> Iterator[Past]:
    return (journal.ask(past.past, number) for number in ids)


def _question(mail: Past, now: float) -> Question:
    reference = datetime.fromtimestamp(min(mail.received, now), UTC)
    return Question(str(mail.id), mail.raw or b"", mail.size, reference, assigned=_assigned(mail.explanation or {}))


def _assigned(told: Mapping[str, Any]) -> Assignment | None:
    """What a person decided about a mail stays as they decided it, under any config."""
    return Assignment(**told["assigned"]) if told.get("assigned") else None


def _compares(mail: Past) -> bool:
    """Whether the config alone made the decision of the journal: not what the mail is one of, or an answer to."""
    told = mail.explanation
    return told is not None and not (
        mail.held or told.get("report") or told.get("calendar_reply") or told.get("ruling")
    )


def _rewritten(before: Understanding, after: Understanding) -> bool:
    """Whether both write a letter and not the same: a template or a name differs."""
    if before.draft is None or after.draft is None:
        return False
    return (before.draft.headers, before.draft.own) != (after.draft.headers, after.draft.own)

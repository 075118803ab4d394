"""Who holds a role from when until when: terms, and the colleges they can follow.

A term names its own days, or the college it belongs to: then the days are the college's, and the change of college is
one date in one place.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import zip_longest
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Entry(BaseModel):
    """An entry of one of the YAML files: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Term(Entry):
    """Who holds a role, from when until when (both days included; None: open)."""

    official: str
    since: date | None = Field(default=None, alias="from")
    until: date | None = None
    college: str | None = Field(default=None, description="The college whose days count where none are written here.")


def as_terms(value: Any) -> Any:
    """A bare official key is a term without dates."""
    if isinstance(value, str):
        return ({"official": value},)
    return value


Terms = Annotated[tuple[Term, ...], BeforeValidator(as_terms)]


class College(Entry):
    """Mayor and aldermen from one election to the next; the last day is the one before the next college's first."""

    since: date = Field(alias="from")
    until: date | None = None


def runs(since: date | None, until: date | None, on: date) -> bool:
    """Whether a stretch of days, both ends included (None: open), holds that day."""
    return (since is None or since <= on) and (until is None or on <= until)


def dated_colleges(colleges: Mapping[str, College]) -> dict[str, College]:
    """The colleges in order, each with its last day where another one follows."""
    ordered = sorted(colleges.items(), key=lambda item: item[1].since)
    following = [college.since - timedelta(days=1) for _, college in ordered[1:]]
    return {
        key: college if college.until else college.model_copy(update={"until": end})
        for (key, college), end in zip_longest(ordered, following)
    }


def dated(terms: Iterable[Term], colleges: Mapping[str, College]) -> tuple[Term, ...]:
    """The terms, each with the days of its college where it names none of its own.

    `colleges` as `dated_colleges` gives them; a college that is not among them leaves a term as it is.
    """
    return tuple(_dated(term, colleges.get(term.college or "")) for term in terms)


def _dated(term: Term, college: College | None) -> Term:
    if college is None:
        return term
    return term.model_copy(update={"since": term.since or college.since, "until": term.until or college.until})

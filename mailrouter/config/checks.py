"""All cross-checks: whether what the files say fits together."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from mailrouter.config import check_kinds, check_people, check_senders, check_settings
from mailrouter.config.check_terms import IN_TIME
from mailrouter.config.problem import Problem
from mailrouter.config.rendering import template_problems
from mailrouter.config.tables import Finding, Findings, Tables

CHECKS: tuple[Callable[[Tables], Findings], ...] = (
    check_settings.settings,
    check_senders.senders,
    check_senders.loops,
    check_senders.names,
    check_people.roles,
    check_people.officials,
    check_kinds.topics,
    check_kinds.kinds,
    check_kinds.keys,
    check_kinds.expectations,
)


def cross_check(tables: Tables, today: date) -> Iterator[Problem]:
    """Everything that does not fit, but for what follows from a fault of form that was told already."""
    findings = [finding for check in CHECKS for finding in check(tables)]
    findings += [finding for check in IN_TIME for finding in check(tables, today)]
    yield from _problems(tables, findings)
    yield from template_problems(tables)


def demands(tables: Tables) -> Iterator[Problem]:
    """What a config has to have, though one that was made before that still runs."""
    yield from _problems(tables, check_people.registry(tables))


def _problems(tables: Tables, findings: Iterable[Finding]) -> Iterator[Problem]:
    for finding in findings:
        if tables.whole(finding.file, finding.path):
            yield tables.problem(finding.file, finding.path, finding.message, finding.severity)

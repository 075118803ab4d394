"""All cross-checks: whether what the files say fits together."""

from collections.abc import Callable, Iterator
from datetime import date

from mailrouter.config import check_kinds, check_people, check_settings
from mailrouter.config.problem import Problem
from mailrouter.config.rendering import template_problems
from mailrouter.config.tables import Findings, Tables

CHECKS: tuple[Callable[[Tables], Findings], ...] = (
    check_settings.settings,
    check_people.senders,
    check_people.loops,
    check_people.names,
    check_people.roles,
    check_people.officials,
    check_people.substitutes,
    check_kinds.topics,
    check_kinds.kinds,
    check_kinds.keys,
    check_kinds.expectations,
)


def cross_check(tables: Tables, today: date) -> Iterator[Problem]:
    """Everything that does not fit, but for what follows from a fault of form that was told already."""
    findings = [finding for check in CHECKS for finding in check(tables)]
    findings += check_people.terms(tables, today)
    for finding in findings:
        if tables.whole(finding.file, finding.path):
            yield tables.problem(finding.file, finding.path, finding.message, finding.severity)
    yield from template_problems(tables)

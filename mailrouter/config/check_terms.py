"""Cross-checks of the directory in time: gaps, overlaps, people who left, substitutes who are away, terms that end."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import pairwise

from mailrouter.config.reading import KeyPath
from mailrouter.config.seats import Seat, seats
from mailrouter.config.tables import OFFICIALS, SETTINGS, Finding, Findings, Tables
from mailrouter.core.directory import serves
from mailrouter.core.routing import Absence, Official
from mailrouter.core.terms import Term

SOON = timedelta(days=60)
"""How long before its end a term is told of, if nobody follows."""
_DAY = timedelta(days=1)


def terms(tables: Tables, today: date) -> Findings:
    """Terms of a role follow each other without gaps or overlaps, and the last does not run out unseen."""
    for seat in seats(tables):
        wrong = [finding for index, term in enumerate(seat.terms) for finding in _term(tables, seat, index, term)]
        yield from wrong
        if not any(finding.severity == "error" for finding in wrong):
            yield from _row(tables, seat, today)


def _term(tables: Tables, seat: Seat, index: int, term: Term) -> Findings:
    """A term by itself: in order, and of a college that exists."""
    if _end(term) < _begin(term):
        message = f"the term ends before it begins, on {term.since}"
        yield Finding(seat.file, seat.spot(tables, index, "until"), message)
    if term.college is None:
        return
    path = seat.spot(tables, index, "college")
    college = tables.colleges.get(term.college)
    if college is None:
        known = ", ".join(tables.colleges) or "none"
        yield Finding(seat.file, path, f'there is no college "{term.college}" in mailrouter.yaml; known here: {known}')
    elif _begin(term) < college.since or _end(term) > (college.until or date.max):
        days = f"from {college.since} to {college.until or 'now'}"
        yield Finding(seat.file, path, f'the term is not within the college "{term.college}", {days}', "warning")


def _row(tables: Tables, seat: Seat, today: date) -> Findings:
    """The terms of a role as a row in time."""
    ordered = sorted(enumerate(seat.terms), key=lambda item: _begin(item[1]))
    latest = ordered[0] if ordered else None
    for index, term in ordered[1:]:
        assert latest is not None  # there is a first before there is a second
        if fault := _seam(latest[1], term, seat.role):
            yield Finding(seat.file, seat.spot(tables, index), fault, "warning")
        latest = max(latest, (index, term), key=lambda item: _end(item[1]))
    if latest is None or (last := latest[1].until) is None or last > today + SOON:
        return
    if last < today:
        message = f"nobody holds the role {seat.role} since the last term ended on {last}"
    else:
        message = f"the last term of the role {seat.role} ends on {last}, {_in_days(last, today)}, and nobody follows"
    yield Finding(seat.file, seat.spot(tables, latest[0], "until"), message, "warning")


def _seam(before: Term, term: Term, role: str) -> str:
    """What is wrong where one term ends and the next begins."""
    if _end(before) >= _begin(term):
        return f"two hold the role {role} at once from {term.since or 'the beginning'}: both get the mail"
    if _end(before) + _DAY < _begin(term):
        return f"nobody holds the role {role} from {_end(before) + _DAY} to {_begin(term) - _DAY}"
    return ""


def _begin(term: Term) -> date:
    return term.since or date.min


def _end(term: Term) -> date:
    return term.until or date.max


def _in_days(day: date, today: date) -> str:
    left = (day - today).days
    return "today" if left == 0 else f"in {left} day{'s' if left > 1 else ''}"


def colleges(tables: Tables, today: date) -> Findings:
    """One college follows the other, and the last one is not over."""
    ordered = list(tables.colleges.items())
    twice = {second.since for (_, first), (_, second) in pairwise(ordered) if first.since == second.since}
    for key, college in ordered:
        if college.until and college.until < college.since and college.since not in twice:
            message = f"the college ends before it begins, on {college.since}"
            yield Finding(SETTINGS, ("colleges", key, "until"), message)
    for (before, first), (key, second) in pairwise(ordered):
        if first.since == second.since:
            message = f'the colleges "{before}" and "{key}" begin on the same day, {second.since}'
            yield Finding(SETTINGS, ("colleges", key, "from"), message)
        elif first.until is None or first.until >= second.since:
            message = f'the college "{before}" has not ended when "{key}" begins, on {second.since}'
            yield Finding(SETTINGS, ("colleges", key), message, "warning")
        elif first.until + _DAY < second.since:
            message = f"there is no college from {first.until + _DAY} to {second.since - _DAY}"
            yield Finding(SETTINGS, ("colleges", key), message, "warning")
    if ordered and (last := ordered[-1][1].until) and last <= today + SOON:
        when = f"ended on {last}" if last < today else f"ends on {last}, {_in_days(last, today)},"
        message = f'the term of the college "{ordered[-1][0]}" {when} and no other follows'
        yield Finding(SETTINGS, ("colleges", ordered[-1][0]), message, "warning")


def service(tables: Tables, today: date) -> Findings:
    """Whoever left, or is not there yet, gets nothing any more, and somebody has taken over."""
    for key, official in tables.officials.items():
        yield from _own_days(tables, key, official)
    for seat in seats(tables):
        for index, term in enumerate(seat.terms):
            others = [other for other in seat.terms if other is not term]
            if fault := _out_of_service(tables, term, seat.role, others, today):
                yield Finding(seat.file, seat.spot(tables, index, "official"), fault, "warning")
    for key, official in tables.officials.items():
        for index, copy in enumerate(official.copy_to):
            if fault := _gone(tables, copy.official, max(today, official.since or today)):
                message = f"{fault}, but is to get copies of what {key} gets"
                yield Finding(OFFICIALS, (key, "copy_to", index), message, "warning")


def _own_days(tables: Tables, key: str, official: Official) -> Findings:
    if official.since and official.until and official.until < official.since:
        message = f"{key} leaves before they begin, on {official.since}"
        yield Finding(OFFICIALS, (key, "until"), message)
    if not official.successor:
        return
    path: KeyPath = (key, "successor")
    if official.until is None:
        yield Finding(OFFICIALS, path, f"{key} has a successor but no last day; write until")
    elif key in _line(tables, official.successor):
        line = " → ".join([key, *_line(tables, official.successor)])
        yield Finding(OFFICIALS, path, f"the successors go round in a circle: {line}")
    elif fault := _gone(tables, official.successor, official.until + _DAY):
        message = f"{fault}: nobody gets the mail of {key} from {official.until + _DAY}"
        yield Finding(OFFICIALS, path, message, "warning")


def _line(tables: Tables, key: str) -> list[str]:
    """An official, their successor, and so on, until one comes back."""
    line = [key]
    while (official := tables.officials.get(line[-1])) and official.successor and line.count(line[-1]) == 1:
        line.append(official.successor)
    return line


def _gone(tables: Tables, key: str, on: date) -> str:
    """That somebody is not in service on a day, and nobody succeeded them; empty if that is not so."""
    official = tables.officials.get(key)
    if official is None or _acts(tables, key, on):
        return ""
    if official.until and official.until < on:
        return f"{key} left on {official.until}"
    return f"{key} does not begin before {official.since}"


def _acts(tables: Tables, key: str, on: date) -> bool:
    """Whether this official or a successor is in service."""
    passed: set[str] = set()
    while (official := tables.officials.get(key)) and not serves(official, on):
        if key in passed or not official.successor or not official.until or on <= official.until:
            return False
        passed.add(key)
        key = official.successor
    return True


def _out_of_service(tables: Tables, term: Term, role: str, others: Iterable[Term], today: date) -> str:
    """Why nobody acts in a role on some day of a term that is not over yet."""
    official = tables.officials.get(term.official)
    if official is None or _end(term) < today:
        return ""
    held = list(others)
    if official.until and _end(term) > official.until:
        day = max(official.until + _DAY, _begin(term))
        if not _acts(tables, term.official, day) and not _covered(held, day):
            verb = "left" if official.until < today else "leaves"
            return (
                f"{term.official} {verb} on {official.until} without a successor, but holds the role {role} after that"
            )
    if official.since and official.since > max(today, _begin(term)) and not _covered(held, official.since - _DAY):
        return f"{term.official} begins on {official.since}, but holds the role {role} before that"
    return ""


def _covered(others: Iterable[Term], day: date) -> bool:
    return any(_begin(other) <= day <= _end(other) for other in others)


def absences(tables: Tables, today: date) -> Findings:
    """Whoever is away is replaced by somebody who is there, all of the time."""
    for key, official in tables.officials.items():
        for index, absence in enumerate(official.absences):
            path: KeyPath = (key, "absences", index)
            if absence.until < absence.since:
                yield Finding(OFFICIALS, (*path, "until"), f"the absence ends before it begins, on {absence.since}")
                continue
            circle = _circle(tables, (key,), absence)
            if circle and circle[-1] == key == min(circle) and len(circle) > 2:
                message = f"the substitutes go round in a circle: {' → '.join(circle)}, all absent on the same days"
                yield Finding(OFFICIALS, path, message)
            elif not circle and absence.until >= today:
                yield from _weak(tables, (*path, "substitute"), absence)
            for other in official.absences[:index]:
                if days := _both(other, absence):
                    message = f"{key} has another absence on the same days, {days}; the first with a substitute counts"
                    yield Finding(OFFICIALS, path, message, "warning")


def _weak(tables: Tables, path: KeyPath, absence: Absence) -> Findings:
    """A substitute who is away as well, with nobody in their place, or who is not in service."""
    key = absence.substitute
    substitute = tables.officials.get(key or "")
    if key is None or substitute is None:
        return
    for other in substitute.absences:
        if not other.substitute and (days := _both(absence, other)):
            message = f"the substitute {key} is absent too, {days}, and nobody stands in for them"
            yield Finding(OFFICIALS, path, message, "warning")
    for day in (absence.since, absence.until):
        if fault := _gone(tables, key, day):
            yield Finding(OFFICIALS, path, f"{fault}, and cannot stand in on {day}", "warning")
            return


def _both(one: Absence, other: Absence) -> str:
    """The days that two absences share, in words."""
    since, until = max(one.since, other.since), min(one.until, other.until)
    return f"from {since} to {until}" if since <= until else ""


def _circle(tables: Tables, passed: tuple[str, ...], absence: Absence) -> tuple[str, ...]:
    """The chain of substitutes from an absence on, if it comes back to somebody on it."""
    substitute = absence.substitute
    if substitute is None or substitute not in tables.officials:
        return ()
    if substitute in passed:
        return (*passed, substitute)
    for other in tables.officials[substitute].absences:
        since, until = max(absence.since, other.since), min(absence.until, other.until)
        if since <= until:
            both = Absence(since=since, until=until, substitute=other.substitute)
            if circle := _circle(tables, (*passed, substitute), both):
                return circle
    return ()


IN_TIME: tuple[Callable[[Tables, date], Findings], ...] = (terms, colleges, service, absences)
"""The checks that depend on the day."""

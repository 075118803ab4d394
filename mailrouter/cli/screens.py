"""What the verbs show: rich tables on a terminal, plain lines of tab-separated values in a pipe."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

Item = TypeVar("Item")


def console() -> Console:
    """Standard output as it is now."""
    return Console(file=sys.stdout, highlight=False)


def progress(items: Iterable[Item], total: int, doing: str) -> Iterator[Item]:
    """The items, with a bar on a terminal that tells how far they are; nothing of it is left in the end."""
    console = Console(stderr=True)
    yield from track(items, doing, total=total, console=console, disable=not sys.stderr.isatty(), transient=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show rows; in a pipe the heading is left out and cells are parted by tabs."""
    if not sys.stdout.isatty():
        for row in rows:
            sys.stdout.write("\t".join(_flat(cell) for cell in row) + "\n")
        return
    shown = Table(title=title, title_justify="left", show_lines=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*[Text(_flat(cell)) for cell in row])
    console().print(shown)


def fields(pairs: Sequence[tuple[str, str]]) -> None:
    """Show a list of names and values, one a line."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        sys.stdout.write(f"{name:<{width}}  {_flat(value)}\n")


def lines(title: str, values: Sequence[str]) -> None:
    """Show a heading and its lines, if there are any."""
    if values:
        sys.stdout.write(f"{title}:\n" + "".join(f"  {_flat(value)}\n" for value in values))


def moment(seconds: float | None, timezone: str) -> str:
    """Seconds since 1970 as local civil time; a dash when there is none."""
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M:%S")


def explanation(told: Mapping[str, Any]) -> None:
    """One object of `explain --json` for people."""
    mail, village, kind = told["mail"], told["village"], told["kind"]
    fields(
        [
            ("mail", f"{told['file']} ({told['fingerprint'][:12]})"),
            ("from", f"{mail['from_name']} <{mail['from']}>" if mail["from"] else "no certain sender"),
            ("subject", mail["subject"] or "(none)"),
            ("village", f"{village['key']} ({'certain' if village['certain'] else 'a guess'})" if village else "-"),
            ("kind", f"{kind['key']} ({kind['confidence']:.0%})" if kind else "-"),
            ("automatic", told["automatic"] or "no"),
            ("outcome", told["outcome"]),
        ]
    )
    facts = {name: value for name, value in told["facts"].items() if value and name != "source"}
    lines("facts", [f"{name}: {value}" for name, value in facts.items()])
    people = [
        f"{p['copy']}  {p['official']} <{p['address']}> as {p['role']}: {p['because']}" for p in told["recipients"]
    ]
    lines("recipients", people)
    lines("because", told["because"])
    lines("warnings", told["warnings"])
    sys.stdout.write("\n")


def _flat(cell: str) -> str:
    """One line of printable characters: what a mail says must not drive the terminal."""
    return "".join(c if c.isprintable() else " " for c in cell)


def counted(by_state: dict[str, int]) -> str:
    """How many there are, and how many in each state."""
    inside = ", ".join(f"{number} {state}" for state, number in sorted(by_state.items()))
    return f"{sum(by_state.values())}" + (f" ({inside})" if inside else "")

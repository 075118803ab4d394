"""The verbs about the config: init, check, routes, query, schema."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from mailrouter.cli import screens
from mailrouter.cli.common import ConfigFolder, On, app, config_in, sysexits
from mailrouter.config import Config, ConfigError, check, find_config, init, load, run_examples, schema, today
from mailrouter.core.directory import Holder, audience, everywhere, holders, of_topic, topic_roles
from mailrouter.core.meaning.village import by_sender
from mailrouter.core.routing import Routing
from mailrouter.core.terms import runs


@app.command(name="init")
def init_(folder: Annotated[Path, typer.Argument(metavar="DIR")], config: ConfigFolder = None) -> None:
    """Write a commented config and a router key to start from."""
    with sysexits():
        for path in init(folder):
            sys.stdout.write(f"{path}\n")


@app.command(name="check")
def check_(
    connect: Annotated[bool, typer.Option("--connect", help="Log in to the mailbox and the relay too.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    on: On = None,
    config: ConfigFolder = None,
) -> None:
    """Show all problems of the config, as file:line:column."""
    from mailrouter.core.understand import understand_example

    with sysexits():
        try:
            loaded = load(find_config(config))
        except ConfigError as error:
            for problem in error.problems:
                sys.stdout.write(f"{problem}\n")
            raise typer.Exit(1) from error
        problems = [*check(loaded, on.date() if on else None), *run_examples(loaded, understand_example)]
        for problem in problems:
            sys.stdout.write(f"{problem.severity}: {problem}\n")
        wrong = [problem for problem in problems if strict or problem.severity == "error"]
        reached = _connect(loaded) if connect else True
        if wrong or not reached:
            raise typer.Exit(1)
        sys.stdout.write(f"ok: {len(loaded.routing.villages)} villages, {len(loaded.examples)} examples right\n")


def _connect(config: Config) -> bool:
    """Log in to both servers; says what came of it."""
    from mailrouter.cli.connecting import probe

    reached = True
    for name, trouble in probe(config):
        sys.stdout.write(f"{name}: {trouble or 'ok'}\n")
        reached = reached and not trouble
    return reached


@app.command()
def routes(
    topics: Annotated[bool, typer.Option("--topics", help="Who answers for each topic, and for all villages.")] = False,
    on: On = None,
    config: ConfigFolder = None,
) -> None:
    """Show the table village × kind → people, or who answers for each topic."""
    with sysexits():
        loaded = config_in(config)
        routing, day = loaded.routing, on.date() if on else today(loaded)
        if topics:
            title = f"Who answers for what on {day}{_college(routing, day)}"
            screens.table(title, ["topic", "role", "people"], list(_by_role(routing, day)))
            return
        rows = [
            [village, kind, _people(routing, village, kind, day)]
            for village in routing.villages
            for kind in routing.kinds.kinds
        ]
        screens.table(f"Who gets what on {day}{_college(routing, day)}", ["village", "kind", "people"], rows)


def _college(routing: Routing, day: date) -> str:
    running = [key for key, college in routing.colleges.items() if runs(college.since, college.until, day)]
    return f" (college {', '.join(running)})" if running else ""


def _people(routing: Routing, village: str, kind: str, day: date) -> str:
    """Whom a kind goes to in a village, whatever its topic, and the roles of which that cannot be said."""
    found = audience(routing, village, kind, (), day, ask_instead=False)
    names = [f"{p.official}{' (cc)' if p.copy == 'cc' else ''}" for p in found.people]
    entry, by_topic = routing.kinds.kinds[kind], topic_roles(routing.topics)
    topical = [f"{_role(routing, role)} (by topic)" for role in (*entry.to, *entry.cc) if role in by_topic]
    instead = [f"{_role(routing, role)} (without topic)" for role in entry.without_topic if role not in entry.to]
    empty = [f"{_role(routing, role)}: VACANT" for role in found.vacant]
    return ", ".join([*names, *topical, *instead, *empty])


def _by_role(routing: Routing, day: date) -> Iterator[list[str]]:
    for topic, entry in routing.topics.items():
        for role, terms in entry.roles.items():
            if terms:
                yield [topic, role, _acting(routing, of_topic(routing, topic, role, day), role)]
    for role in routing.everywhere:
        yield ["everywhere", role, _acting(routing, everywhere(routing, role, day), role)]


def _acting(routing: Routing, found: Sequence[Holder], role: str) -> str:
    names = [f"{holder.official} (for {holder.away})" if holder.away else holder.official for holder in found]
    return ", ".join(names) or f"{_role(routing, role)}: VACANT"


def _role(routing: Routing, role: str) -> str:
    return routing.roles.get(role, role)


@app.command()
def query(
    address: Annotated[str, typer.Argument(metavar="ADDRESS")], on: On = None, config: ConfigFolder = None
) -> None:
    """Show which village an address writes for, and its officials; exit 1 if none."""
    with sysexits():
        loaded = config_in(config)
        routing, day = loaded.routing, on.date() if on else today(loaded)
        guess = by_sender(address, routing.villages)
        if guess is None:
            sys.stderr.write(f"mailrouter: no village lists {address} or its domain\n")
            raise typer.Exit(1)
        village = routing.villages[guess.key]
        pairs = [("village", f"{guess.key} ({village.name})"), ("council", village.council_name)]
        for role in dict.fromkeys((*village.officials, *routing.everywhere)):
            found = holders(routing, guess.key, role, (), day)
            pairs += [(_role(routing, role), _official(routing, holder)) for holder in found]
            pairs += [] if found else [(_role(routing, role), "VACANT")]
        screens.fields([*pairs, ("because", "; ".join(guess.because))])


def _official(routing: Routing, holder: Holder) -> str:
    official = routing.officials[holder.official]
    away = f", for {routing.officials[holder.away].name}" if holder.away else ""
    return f"{official.name} <{official.email}>{away}"


@app.command(name="schema")
def schema_(config: ConfigFolder = None) -> None:
    """Print the JSON Schema of the config files, for editors."""
    sys.stdout.write(json.dumps(schema(), indent=2) + "\n")

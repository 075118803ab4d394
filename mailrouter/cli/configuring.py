"""The verbs about the config: init, check, routes, query, schema."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from mailrouter.cli import screens
from mailrouter.cli.common import ConfigFolder, On, app, config_in, sysexits
from mailrouter.config import Config, ConfigError, check, find_config, init, load, run_examples, schema
from mailrouter.core.directory import TOPIC_ROLES, holders, recipients
from mailrouter.core.meaning.village import by_sender


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
def routes(on: On = None, config: ConfigFolder = None) -> None:
    """Show the table village × kind → people."""
    with sysexits():
        routing = config_in(config).routing
        day = on.date() if on else date.today()  # noqa: DTZ011  # the administrator's own day
        rows = []
        for village in routing.villages:
            for kind in routing.kinds.kinds:
                people, vacant = recipients(routing, village, kind, (), day)
                names = [f"{p.official}{' (cc)' if p.copy == 'cc' else ''}" for p in people]
                by_topic = [f"{routing.roles.get(role, role)} (by topic)" for role in vacant if role in TOPIC_ROLES]
                empty = [f"{routing.roles.get(role, role)}: VACANT" for role in vacant if role not in TOPIC_ROLES]
                rows.append([village, kind, ", ".join([*names, *by_topic, *empty])])
        screens.table(f"Who gets what on {day}", ["village", "kind", "people"], rows)


@app.command()
def query(
    address: Annotated[str, typer.Argument(metavar="ADDRESS")], on: On = None, config: ConfigFolder = None
) -> None:
    """Show which village an address writes for, and its officials; exit 1 if none."""
    with sysexits():
        routing = config_in(config).routing
        guess = by_sender(address, routing.villages)
        if guess is None:
            sys.stderr.write(f"mailrouter: no village lists {address} or its domain\n")
            raise typer.Exit(1)
        day = on.date() if on else date.today()  # noqa: DTZ011  # the administrator's own day
        village = routing.villages[guess.key]
        pairs = [("village", f"{guess.key} ({village.name})"), ("council", village.council_name)]
        for role in village.officials:
            for holder in holders(routing, guess.key, role, (), day):
                official = routing.officials[holder.official]
                pairs.append((routing.roles.get(role, role), f"{official.name} <{official.email}>"))
        screens.fields([*pairs, ("because", "; ".join(guess.because))])


@app.command(name="schema")
def schema_(config: ConfigFolder = None) -> None:
    """Print the JSON Schema of the config files, for editors."""
    sys.stdout.write(json.dumps(schema(), indent=2) + "\n")

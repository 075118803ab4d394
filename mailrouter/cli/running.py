"""The verbs that run the router: run, demo."""

from pathlib import Path
from typing import Annotated

import typer

from mailrouter.cli.common import EX_CONFIG, AsJson, ConfigFolder, app, fail, sysexits
from mailrouter.config import find_config, load


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="One pass: take in, send, file, end.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look: print what would be decided.")] = False,
    config: ConfigFolder = None,
) -> None:
    """Run the daemon."""
    from mailrouter import daemon, logs, wiring
    from mailrouter.cli.dryrun import dry_run as look

    logs.catch_all()
    with sysexits():
        folder = find_config(config)
        if dry_run:
            raise typer.Exit(look(load(folder)))
        try:
            raise typer.Exit(daemon.run(folder, once=once))
        except wiring.NoKey as error:
            fail(EX_CONFIG, str(error))


@app.command()
def demo(
    json_: AsJson = False,
    config: ConfigFolder = None,
    add: Annotated[
        list[Path] | None, typer.Option("--add", metavar="FILE", help="A mail of your own (.eml) on top.")
    ] = None,
) -> None:
    """Show everything at work on this machine: no config, no network, no root."""
    from mailrouter.demo.run import demo as show

    raise typer.Exit(show(as_json=json_, added=add or []))

"""The verb that keeps the journal safe: backup."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailrouter.cli import screens
from mailrouter.cli.common import (
    EX_CANTCREAT,
    EX_DATAERR,
    ConfigFolder,
    app,
    config_in,
    fail,
    journal_of,
    sysexits,
)
from mailrouter.journal import CannotCreate


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file; an existing one is not touched.")],
    config: ConfigFolder = None,
) -> None:
    """Write a whole copy of the journal to a file, also while the daemon runs."""
    with sysexits(), journal_of(config_in(config)) as journal:
        try:
            held = journal.backup(file)
        except FileExistsError as error:
            fail(EX_DATAERR, f"{error}, and a backup overwrites nothing. Nothing was done.")
        except CannotCreate as error:
            fail(EX_CANTCREAT, f"{error}. Nothing was done.")
    mails, letters = screens.counted(held["mails"]), screens.counted(held["letters"])
    sys.stdout.write(f"{file}: {mails} mails, {letters} letters, {held['octets'] / 1000:.0f} kB, checked\n")

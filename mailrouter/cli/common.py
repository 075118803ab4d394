"""What all verbs share: their options, the config and the journal they work on, and how they end when they cannot."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from mailrouter.cage import Broken
from mailrouter.config import Config, ConfigError, find_config, load
from mailrouter.journal import Journal, JournalTrouble, NotThere, Taken, Unknown

EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_UNAVAILABLE, EX_OSERR, EX_CANTCREAT = 64, 65, 66, 69, 71, 73
EX_IOERR, EX_TEMPFAIL, EX_CONFIG = 74, 75, 78

app = typer.Typer(
    name="mailrouter",
    help="Forwards the mail of village councils to the officials it is meant for, exactly once, and tells why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_WHERE = "The config folder (default: $MAILROUTER_CONFIG, ./config, /etc/mailrouter)."
_WHEN = "As if it were this day (YYYY-MM-DD)."
_WHICH = "The first 8 or more characters of a mail's id, as `list` shows it."

ConfigFolder = Annotated[Path | None, typer.Option("--config", metavar="DIR", help=_WHERE)]
On = Annotated[datetime | None, typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"], help=_WHEN)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of tables.")]
Id = Annotated[str, typer.Argument(metavar="ID", help=_WHICH)]


def fail(code: int, message: str) -> NoReturn:
    """Say what is wrong on stderr, and end."""
    sys.stderr.write(f"mailrouter: {message}\n")
    raise typer.Exit(code)


@contextmanager
def sysexits() -> Iterator[None]:
    """Turn what can go wrong into a clear line and an exit code."""
    try:
        yield
    except ConfigError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        raise typer.Exit(EX_CONFIG) from error
    except Taken as error:
        fail(EX_TEMPFAIL, f"{error}. Nothing was done.")
    except NotThere as error:
        fail(EX_NOINPUT, str(error))
    except JournalTrouble as error:
        fail(EX_IOERR, f"{error}. Nothing was done.")
    except Broken as error:
        fail(EX_OSERR, f"mail cannot be read on this machine: {error}. Nothing was done.")
    except Unknown as error:
        fail(EX_DATAERR, f"{error}. Nothing was done.")


def config_in(folder: Path | None) -> Config:
    """The config the verb was told to use."""
    return load(find_config(folder))


@contextmanager
def journal_of(config: Config) -> Iterator[Journal]:
    """The journal of a config, which must exist."""
    journal = Journal(config.state_folder(), must_exist=True)
    try:
        yield journal
    finally:
        journal.close()


def who() -> str:
    """The person at the keyboard, for the history; also when they became root for it."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"

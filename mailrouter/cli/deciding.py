"""The verbs with which people decide: retry, release, assign."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mailrouter.cli.common import (
    EX_CONFIG,
    EX_DATAERR,
    ConfigFolder,
    Id,
    app,
    config_in,
    fail,
    journal_of,
    sysexits,
    who,
)
from mailrouter.config import Config, find_config
from mailrouter.core.understand import Assignment


@app.command()
def retry(mail: Id, config: ConfigFolder = None) -> None:
    """Queue the refused and stuck letters of a mail again: the same bytes."""
    with sysexits(), journal_of(config_in(config)) as journal:
        queued = journal.retry(journal.find(mail), who())
        if not queued:
            fail(EX_DATAERR, f"mail {mail} has no refused or stuck letter. Nothing was done.")
        sys.stdout.write(f"{queued} letter(s) queued\n")


@app.command()
def release(mail: Id, config: ConfigFolder = None) -> None:
    """Decide a held mail again, with the config of now."""
    _decide(mail, config, lambda _config, _who: None)


@app.command()
def assign(
    mail: Id,
    village: Annotated[str, typer.Argument(metavar="VILLAGE", help="A village's key.")],
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help="A kind's key.")] = None,
    config: ConfigFolder = None,
) -> None:
    """Decide a mail by hand: a new version; who already has a letter gets none."""

    def assigned(loaded: Config, who: str) -> Assignment:
        for name, known, what in (
            (village, loaded.routing.villages, "village"),
            (kind, loaded.routing.kinds.kinds, "kind"),
        ):
            if name is not None and name not in known:
                fail(EX_DATAERR, f"there is no {what} {name}; there are: {', '.join(known)}. Nothing was done.")
        return Assignment(village, kind, who)

    _decide(mail, config, assigned)


def _decide(mail: str, folder: Path | None, assigned: Callable[[Config, str], Assignment | None]) -> None:
    from mailrouter.cage import Cage
    from mailrouter.promises import NotHeld, Promises
    from mailrouter.wiring import load_checked, relay_of, router_key

    with sysexits():
        loaded, person = load_checked(find_config(folder)), who()
        decision = assigned(loaded, person)
        key = router_key(loaded)
        if key is None:
            fail(EX_CONFIG, "this needs the router key. Nothing was done.")
        cage, relay = Cage(loaded.routing), relay_of(loaded)
        try:
            with journal_of(loaded) as journal:
                promises = Promises(journal, cage, loaded.routing, key, largest=relay.largest_letter)
                result = promises.decide_again(journal.find(mail), person, decision)
        except NotHeld as error:
            fail(EX_DATAERR, f"{error}. Nothing was done.")
        finally:
            relay.close()
            cage.close()
        for to in result.recipients:
            sys.stdout.write(f"{to.copy}\t{to.official}\t{to.address}\t{to.role}\n")

"""The verbs for people's rights over their data: export, forget."""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from mailrouter.cli import screens
from mailrouter.cli.common import (
    EX_CANTCREAT,
    EX_DATAERR,
    EX_TEMPFAIL,
    EX_USAGE,
    ConfigFolder,
    app,
    config_in,
    fail,
    journal_of,
    sysexits,
    who,
)
from mailrouter.config import Config
from mailrouter.core.settings import Settings
from mailrouter.exporting import CannotExport, export
from mailrouter.forgetting import Plan
from mailrouter.forgetting import forget as carry_out
from mailrouter.forgetting import plan as planned
from mailrouter.journal import Journal, holdings
from mailrouter.journal.holdings import Holding
from mailrouter.retention import sweep

_MOST_SHOWN = 50


@app.command(name="export")
def export_(
    sender: Annotated[str | None, typer.Option("--sender", metavar="ADDRESS", help="Mails from this address.")] = None,
    village: Annotated[str | None, typer.Option("--village", metavar="KEY", help="Mails of this village.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", metavar="DATE", formats=["%Y-%m-%d"], help="Received from then on.")
    ] = None,
    folder: Annotated[Path | None, typer.Option("--to", metavar="FOLDER", help="The new folder to write.")] = None,
    config: ConfigFolder = None,
) -> None:
    """Write what the journal holds of a sender or a village into a folder: .eml, .json and checksums."""
    with sysexits():
        if (sender is None) == (village is None):
            fail(EX_USAGE, "say either --sender ADDRESS or --village KEY. Nothing was done.")
        loaded = config_in(config)
        if village is not None and village not in loaded.routing.villages:
            known = ", ".join(loaded.routing.villages)
            fail(EX_DATAERR, f"there is no village {village}; there are: {known}. Nothing was done.")
        target = folder or Path(f"export-{datetime.now(UTC):%Y%m%d-%H%M%S}")
        with journal_of(loaded) as journal:
            moment = _midnight(since, loaded)
            mails = (
                journal.ask(holdings.of_sender, sender.strip().lower(), moment)
                if sender is not None
                else journal.ask(holdings.of_village, village or "", moment)
            )
            if not mails:
                fail(1, "the journal holds no such mail. Nothing was done.")
            try:
                done = export(mails, lambda number: journal.ask(holdings.bytes_of, number), target)
            except FileExistsError as error:
                fail(EX_DATAERR, f"{error}, and an export overwrites nothing. Nothing was done.")
            except CannotExport as error:
                fail(EX_CANTCREAT, f"{error}. Nothing was done.")
    sys.stdout.write(f"{target}: {done.mails + done.headers} mails\n")
    for number, what in (
        (done.headers, "of these are header only: the mail was too large to fetch, and lies in the mailbox"),
        (done.purged, "more were purged: their .json says when, and what the record still tells"),
    ):
        if number:
            sys.stdout.write(f"{number} {what}\n")
    sys.stdout.write(f"check it with: cd {target} && sha256sum --check SHA256SUMS\n")


@app.command()
def forget(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address of a sender.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; do not name the person.")] = "",
    mentioned: Annotated[
        bool, typer.Option("--mentioned", help="Also mails of others in which the address stands.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigFolder = None,
) -> None:
    """Remove what the journal holds of a sender: shows it, asks, removes it, and keeps the reason."""
    from mailrouter.wiring import mailbox_of

    wanted = address.strip().lower()
    with sysexits():
        if "@" not in wanted:
            fail(EX_USAGE, f"{address} is no address. Nothing was done.")
        if wanted in reason.lower():
            fail(EX_USAGE, "the reason is kept, so it must not name the person. Nothing was done.")
        loaded = config_in(config)
        mailbox = mailbox_of(loaded)
        with journal_of(loaded) as journal:
            try:
                found = planned(journal, mailbox, loaded.settings, wanted, mentioned=mentioned)
            finally:
                mailbox.close()
            _shown(found, loaded.settings, loaded.routing.timezone)
            if not found.goes:
                nothing = "none of it can be removed now" if found.waits else "the journal holds no mail from them"
                fail(EX_DATAERR if found.waits else 1, f"{nothing}. Nothing was done.")
            if not yes and not typer.confirm(f"Remove {len(found.goes)} mails from the journal?"):
                fail(1, "Nothing was done.")
            _carry_out(journal, found, reason)
        if found.waits:
            fail(
                EX_TEMPFAIL, f"{len(found.waits)} mails could not be removed yet: do what is said above, and try again"
            )


def _carry_out(journal: Journal, found: Plan, reason: str) -> None:
    why = f"forget: {reason}" if reason else "forget"
    gone = carry_out(journal, found, why, who())
    swept = sweep(journal, time.time(), beside=journal.in_use())
    left = "no trace of them is left in its file" if swept else "the daemon removes the last traces within a day"
    sys.stdout.write(f"{gone} mails were removed from the journal; {left}\n")


def _shown(found: Plan, settings: Settings, timezone: str) -> None:
    """What would go, what cannot go yet, and what is not ours to remove."""

    def rows(mails: list[Holding]) -> list[str]:
        told = [_line(mail, timezone) for mail in mails[:_MOST_SHOWN]]
        return [*told, *([f"and {len(mails) - _MOST_SHOWN} more"] if len(mails) > _MOST_SHOWN else [])]

    screens.lines("to be removed from the journal", rows(found.goes))
    waits = [f"{_line(mail, timezone)}: {why}" for mail, why in found.waits]
    screens.lines("cannot be removed yet", waits)
    screens.lines("stay, because others wrote them (--mentioned removes them too)", rows(found.naming))
    if not found.goes and not found.waits:
        return
    theirs = [*found.goes, *(mail for mail, _ in found.waits)]
    screens.lines("not ours to remove: the originals, in the mailbox", [_place(mail, timezone) for mail in theirs])
    readers = sorted({letter.address for mail in theirs for letter in mail.letters if letter.address})
    screens.lines("not ours to remove: letters that these people received", readers)
    later = [f"backups of the journal that were made before today ({settings.journal.folder} or elsewhere)"]
    if settings.receipts.address:
        keep = f"{settings.receipts.keep / timedelta(days=1):g} days"
        later.insert(0, f"receipts in {settings.receipts.folder}: the daemon deletes each when it is {keep} old")
    screens.lines("gone later", later)


def _line(mail: Holding, timezone: str) -> str:
    subject = f"(purged on {screens.moment(mail.purged, timezone)[:10]})" if mail.purged else mail.subject or "(none)"
    return f"{mail.id[:12]}  {screens.moment(mail.received, timezone)}  {mail.state}  {subject}"


def _place(mail: Holding, timezone: str) -> str:
    folder = mail.folder or "INBOX"
    return f"{folder}: received {screens.moment(mail.received, timezone)}, {mail.subject or '(no subject known)'}"


def _midnight(day: datetime | None, config: Config) -> float:
    return day.replace(tzinfo=ZoneInfo(config.routing.timezone)).timestamp() if day else 0.0

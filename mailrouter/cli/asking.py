"""The verbs that ask: explain, list, show, verify, status."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mailrouter.cli import explaining, screens
from mailrouter.cli.common import (
    EX_UNAVAILABLE,
    AsJson,
    ConfigFolder,
    Id,
    On,
    app,
    config_in,
    fail,
    journal_of,
    sysexits,
)
from mailrouter.config import Config


@app.command()
def explain(
    what: Annotated[list[str], typer.Argument(metavar="FILE… | ID", help="Mails (.eml), or a mail of the journal.")],
    json_: AsJson = False,
    on: On = None,
    config: ConfigFolder = None,
) -> None:
    """Tell what would happen to a mail, and why. Sends nothing."""
    from mailrouter.wiring import router_key

    with sysexits():
        loaded = config_in(config)
        key = router_key(loaded)
        if key is None:
            sys.stderr.write("mailrouter: no router key: our own letters and receipts cannot be told from other mail\n")
        day = on.date() if on else None
        questions = _questions(what, loaded, day)
        for told in _progress(explaining.explain(questions, loaded.routing, key), len(what)):
            if json_:
                sys.stdout.write(json.dumps(told, ensure_ascii=True) + "\n")
            else:
                screens.explanation(told)


def _questions(what: list[str], config: Config, on: date | None) -> Iterator[Any]:
    now = datetime.now(UTC)
    for name in what:
        path = Path(name)
        if path.exists() or not _looks_like_id(name):
            yield explaining.from_file(path, name, on, config.routing.timezone, now)
        else:
            with journal_of(config) as journal:
                yield explaining.from_journal(journal.load(journal.find(name)), name, on, config.routing.timezone)


def _looks_like_id(name: str) -> bool:
    return len(name) >= 8 and not set(name.lower()) - set("0123456789abcdef")


def _progress(told: Iterator[Any], total: int) -> Iterator[Any]:
    """A progress bar on stderr while standard output goes elsewhere and there is much to do."""
    if total < 20 or not sys.stderr.isatty() or sys.stdout.isatty():
        yield from told
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(told, total=total, description="explaining", console=Console(stderr=True))


@app.command(name="list")
def list_(
    most: Annotated[int | None, typer.Option("--most", "-n", help="Only so many, the newest.")] = None,
    json_: AsJson = False,
    config: ConfigFolder = None,
) -> None:
    """List the mails of the journal, newest first."""
    with sysexits():
        loaded = config_in(config)
        with journal_of(loaded) as journal:
            mails = journal.mails(most)
        if json_:
            for mail in mails:
                sys.stdout.write(json.dumps(mail, ensure_ascii=True) + "\n")
            return
        columns = ["id", "received", "state", "outcome", "village", "kind", "letters", "subject"]
        screens.table("Mails", columns, [_row(mail, loaded.routing.timezone) for mail in mails])


def _row(mail: dict[str, Any], timezone: str) -> list[str]:
    told = mail["explanation"] or {}
    village, kind = told.get("village") or {}, told.get("kind") or {}
    outcome = "duplicate" if mail["duplicate_of"] else "held" if mail["held"] else told.get("automatic")
    letters = ", ".join(f"{number} {state}" for state, number in mail["letters"].items())
    subject = told.get("mail", {}).get("subject", "")
    if mail["purged"]:
        subject = f"(purged on {screens.moment(mail['purged'], timezone)[:10]})"
    return [
        mail["id_shown"], screens.moment(mail["received"], timezone), mail["state"], outcome or mail["outcome"] or "",
        village.get("key", "-"), kind.get("key", "-"), letters or "-", subject,
    ]  # fmt: skip


@app.command()
def show(mail: Id, json_: AsJson = False, config: ConfigFolder = None) -> None:
    """Show one mail: its letters, and its history."""
    with sysexits():
        loaded = config_in(config)
        with journal_of(loaded) as journal:
            whole = journal.whole(journal.find(mail))
        if json_:
            sys.stdout.write(json.dumps(whole, ensure_ascii=True) + "\n")
            return
        _shown(whole, loaded.routing.timezone)


def _shown(mail: dict[str, Any], timezone: str) -> None:
    def when(seconds: float | None) -> str:
        return screens.moment(seconds, timezone)

    told = mail["explanation"]
    if told:
        screens.explanation({"file": "journal", **told})
    screens.fields(
        [
            ("state", f"{mail['state']} (version {mail['version']}, decided by {mail['decided_by'] or '-'})"),
            ("received", when(mail["received"])),
            ("folder", mail["folder"] or "-"),
            *([("purged", _purged(mail, when))] if mail["purged"] else []),
            ("duplicates", str(len(mail["duplicates"]) + sum(bool(seen["again"]) for seen in mail["sightings"]))),
        ]
    )
    letters = [
        [
            item["id"][:8], item["purpose"], item["address"],
            "returned" if item["returned"] else item["state"], when(item["changed"]),
            "proven" if item["proven"] else "no receipt" if item["receipt"] is False else "-",
            (item["reply"] or "") if item["returned"] else f"{item['code'] or ''} {item['reply'] or ''}".strip(),
        ]
        for item in mail["letters"]
    ]  # fmt: skip
    screens.table("Letters", ["letter", "purpose", "to", "state", "since", "proof", "answer"], letters)
    history = [[when(e["at"]), e["what"], (e["letter_id"] or "")[:8], e["who"], e["detail"]] for e in mail["history"]]
    screens.table("History", ["when", "what", "letter", "who", "detail"], history)


def _purged(mail: dict[str, Any], when: Callable[[float | None], str]) -> str:
    """When what a mail says was thrown away, by whom and why."""
    last = [event for event in mail["history"] if event["what"] == "purged"][-1]
    who = f" by {last['who']}" if last["who"] else ""
    unnamed = f"; the record of who got it on {when(mail['unnamed'])[:10]}" if mail["unnamed"] else ""
    return f"on {when(mail['purged'])[:10]}{who}: {last['detail'] or 'in time'}{unnamed}"


@app.command()
def verify(config: ConfigFolder = None) -> None:
    """Balance the books: every mail seen is accounted for; exit 1 if not."""
    from mailrouter.books import balance
    from mailrouter.imap import Trouble
    from mailrouter.wiring import mailbox_of

    with sysexits():
        loaded = config_in(config)
        mailbox = mailbox_of(loaded, readonly=True)
        unreached = ""
        with journal_of(loaded) as journal:
            try:
                books = balance(journal, mailbox, loaded.settings)
            except Trouble as trouble:
                unreached = str(trouble)
                books = balance(journal, None, loaded.settings)
            finally:
                mailbox.close()
            figures = journal.figures() if not books.wrong else {}  # a damaged journal has none to give
        if figures and not unreached:
            mails, letters = screens.counted(figures["mails"]), screens.counted(figures["letters"])
            sys.stdout.write(f"ok: {mails} mails, {letters} letters\n")
        for line in (*books.wrong, *(f"remark: {remark}" for remark in books.remarks)):
            sys.stdout.write(f"{line}\n")
        if books.wrong:
            raise typer.Exit(1)
        if unreached:
            fail(EX_UNAVAILABLE, f"the journal balances, but the mailbox was not looked at: {unreached}")


@app.command()
def status(json_: AsJson = False, config: ConfigFolder = None) -> None:
    """Show how the router is doing."""
    from mailrouter.alarms import active
    from mailrouter.alarms import figures as alarm_figures

    with sysexits():
        loaded = config_in(config)
        with journal_of(loaded) as journal:
            figures = journal.figures()
            alarms = active(alarm_figures(journal, loaded.settings, time.time()), loaded.settings)
        notes = figures.pop("notes")
        polled = float(notes["last_poll"]) if "last_poll" in notes else None
        told = {
            "last_poll": _iso(polled),
            "last_poll_age": round(time.time() - polled) if polled else None,
            **figures,
            "oldest_unsettled": _iso(figures["oldest_unsettled"]),
            "config": loaded.routing.hash,
            "config_in_force": notes.get("config"),
        }
        if json_:
            listed = [{"kind": alarm.kind, "since": _iso(alarm.since), "text": alarm.line} for alarm in alarms]
            sys.stdout.write(json.dumps(told | {"alarms": listed}) + "\n")
            return
        shown = {
            name: screens.counted(value) if isinstance(value, dict) else str(value or "-")
            for name, value in told.items()
        }
        screens.fields([*shown.items(), ("alarms", str(len(alarms) or "none"))])
        timezone = loaded.routing.timezone
        screens.lines(
            "alarms", [f"{alarm.kind}, since {screens.moment(alarm.since, timezone)}: {alarm.line}" for alarm in alarms]
        )


def _iso(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None

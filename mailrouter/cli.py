"""The verbs. Each reads its words, asks the parts, and shows what they answer; exit codes follow sysexits."""

import getpass
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from mailrouter import screens
from mailrouter.config import Config, ConfigError, check, find_config, init, load, schema
from mailrouter.journal import Journal, NotThere, Taken, Unknown

if TYPE_CHECKING:
    from mailrouter.core.understand import Assignment

EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_UNAVAILABLE, EX_TEMPFAIL, EX_CONFIG = 64, 65, 66, 69, 75, 78

app = typer.Typer(
    name="mailrouter",
    help="Forwards the mail of village councils to the officials it is meant for, exactly once, and tells why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ConfigFolder = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="DIR", help="The config folder (default: $MAILROUTER_CONFIG, ./config, /etc/mailrouter)."
    ),
]
On = Annotated[
    datetime | None,
    typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"], help="As if it were this day (YYYY-MM-DD)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of tables.")]
Id = Annotated[
    str, typer.Argument(metavar="ID", help="The first 8 or more characters of a mail's id, as `list` shows it.")
]


def main() -> None:
    """The entry point."""
    app()


def fail(code: int, message: str) -> NoReturn:
    """Say what is wrong on stderr, and end."""
    sys.stderr.write(f"mailrouter: {message}\n")
    raise typer.Exit(code)


@contextmanager
def _told() -> Iterator[None]:
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
    except Unknown as error:
        fail(EX_DATAERR, f"{error}. Nothing was done.")


def _config(folder: Path | None) -> Config:
    return load(find_config(folder))


@contextmanager
def _journal(config: Config) -> Iterator[Journal]:
    journal = Journal(config.state_folder(), must_exist=True)
    try:
        yield journal
    finally:
        journal.close()


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="One pass: take in, send, file, end.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look: print what would be decided.")] = False,
    config: ConfigFolder = None,
) -> None:
    """Run the daemon."""
    from mailrouter import daemon, logs
    from mailrouter.dryrun import dry_run as look

    logs.configure()
    with _told():
        folder = find_config(config)
        if dry_run:
            raise typer.Exit(look(load(folder)))
        try:
            raise typer.Exit(daemon.run(folder, once=once))
        except daemon.NoKey as error:
            fail(EX_CONFIG, str(error))


@app.command()
def demo(
    json_: AsJson = False,
    add: Annotated[
        list[Path] | None, typer.Option("--add", metavar="FILE", help="A mail of your own (.eml) on top.")
    ] = None,
) -> None:
    """Show everything at work on this machine: no config, no network, no root."""
    from mailrouter.demo.run import demo as show

    raise typer.Exit(show(as_json=json_, added=add or []))


@app.command(name="init")
def init_(folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Write a commented config and a router key to start from."""
    with _told():
        try:
            written = init(folder)
        except FileExistsError as error:
            fail(EX_DATAERR, f"{error}. Nothing was written.")
        for path in written:
            sys.stdout.write(f"{path}\n")


@app.command(name="check")
def check_(
    connect: Annotated[bool, typer.Option("--connect", help="Log in to the mailbox and the relay too.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    on: On = None,
    config: ConfigFolder = None,
) -> None:
    """Show all problems of the config, as file:line:column."""
    from mailrouter.config import run_examples
    from mailrouter.core.understand import understand_example

    with _told():
        folder = find_config(config)
        try:
            loaded = load(folder)
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
    from mailrouter.connecting import probe

    reached = True
    for name, trouble in probe(config):
        sys.stdout.write(f"{name}: {trouble or 'ok'}\n")
        reached = reached and not trouble
    return reached


@app.command()
def explain(
    what: Annotated[list[str], typer.Argument(metavar="FILE… | ID", help="Mails (.eml), or a mail of the journal.")],
    json_: AsJson = False,
    on: On = None,
    config: ConfigFolder = None,
) -> None:
    """Tell what would happen to a mail, and why. Sends nothing."""
    from mailrouter import explaining
    from mailrouter.daemon import router_key

    with _told():
        loaded = _config(config)
        key = router_key(loaded)
        if key is None:
            sys.stderr.write("mailrouter: no router key: our own letters and receipts cannot be told from other mail\n")
        day = on.date() if on else None
        questions = _questions(what, loaded, day)
        try:
            for told in _progress(explaining.explain(questions, loaded.routing, key), len(what)):
                if json_:
                    sys.stdout.write(json.dumps(told, ensure_ascii=True) + "\n")
                else:
                    screens.explanation(told)
        except explaining.NoInput as error:
            fail(EX_NOINPUT, str(error))


def _questions(what: list[str], config: Config, on: date | None) -> Iterator[Any]:
    from mailrouter import explaining

    now = datetime.now(UTC)
    for name in what:
        path = Path(name)
        if path.exists() or not _looks_like_id(name):
            yield explaining.from_file(path, name, on, config.routing.timezone, now)
        else:
            with _journal(config) as journal:
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


@app.command()
def routes(on: On = None, config: ConfigFolder = None) -> None:
    """Show the table village × kind → people."""
    from mailrouter.core.directory import recipients

    with _told():
        routing = _config(config).routing
        day = on.date() if on else date.today()  # noqa: DTZ011  # the administrator's own day
        rows = []
        for village in routing.villages:
            for kind in routing.kinds.kinds:
                people, vacant = recipients(routing, village, kind, (), day)
                names = [f"{p.official}{' (cc)' if p.copy == 'cc' else ''}" for p in people]
                by_topic = [f"{routing.roles.get(role, role)} (by topic)" for role in vacant if role in _BY_TOPIC]
                empty = [f"{routing.roles.get(role, role)}: VACANT" for role in vacant if role not in _BY_TOPIC]
                rows.append([village, kind, ", ".join([*names, *by_topic, *empty])])
        screens.table(f"Who gets what on {day}", ["village", "kind", "people"], rows)


_BY_TOPIC = ("portfolio_holder", "department")


@app.command()
def query(
    address: Annotated[str, typer.Argument(metavar="ADDRESS")], on: On = None, config: ConfigFolder = None
) -> None:
    """Show which village an address writes for, and its officials; exit 1 if none."""
    from mailrouter.core.directory import holders
    from mailrouter.core.village import by_sender

    with _told():
        routing = _config(config).routing
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


@app.command(name="list")
def list_(
    most: Annotated[int, typer.Option("--most", "-n", help="How many, newest first.")] = 50,
    json_: AsJson = False,
    config: ConfigFolder = None,
) -> None:
    """List the mails of the journal, newest first."""
    with _told():
        loaded = _config(config)
        with _journal(loaded) as journal:
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
    outcome = "duplicate" if mail["duplicate_of"] else told.get("automatic") or mail["outcome"] or ""
    letters = ", ".join(f"{number} {state}" for state, number in mail["letters"].items())
    subject = told.get("mail", {}).get("subject", "")
    return [
        mail["id_shown"], screens.moment(mail["received"], timezone), mail["state"], outcome,
        village.get("key", "-"), kind.get("key", "-"), letters or "-", subject,
    ]  # fmt: skip


@app.command()
def show(mail: Id, json_: AsJson = False, config: ConfigFolder = None) -> None:
    """Show one mail: its letters, and its history."""
    with _told():
        loaded = _config(config)
        with _journal(loaded) as journal:
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
            ("duplicates", str(len(mail["duplicates"]) + sum(bool(seen["again"]) for seen in mail["sightings"]))),
        ]
    )
    letters = [
        [
            item["id"][:8], item["purpose"], item["address"], item["state"], when(item["changed"]),
            "proven" if item["proven"] else "no receipt" if item["receipt"] is False else "-",
            f"{item['code'] or ''} {item['reply'] or ''}".strip(),
        ]
        for item in mail["letters"]
    ]  # fmt: skip
    screens.table("Letters", ["letter", "purpose", "to", "state", "since", "proof", "answer"], letters)
    history = [[when(e["at"]), e["what"], (e["letter_id"] or "")[:8], e["who"], e["detail"]] for e in mail["history"]]
    screens.table("History", ["when", "what", "letter", "who", "detail"], history)


@app.command()
def retry(mail: Id, config: ConfigFolder = None) -> None:
    """Queue the refused and stuck letters of a mail again: the same bytes."""
    with _told(), _journal(_config(config)) as journal:
        queued = journal.retry(journal.find(mail), _who())
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
    from mailrouter.core.understand import Assignment

    def assigned(loaded: Config, who: str) -> Assignment:
        for name, known, what in (
            (village, loaded.routing.villages, "village"),
            (kind, loaded.routing.kinds.kinds, "kind"),
        ):
            if name is not None and name not in known:
                fail(EX_DATAERR, f"there is no {what} {name}; there are: {', '.join(known)}. Nothing was done.")
        return Assignment(village, kind, who)

    _decide(mail, config, assigned)


def _decide(mail: str, folder: Path | None, assigned: "Callable[[Config, str], Assignment | None]") -> None:
    from mailrouter.cage import Cage
    from mailrouter.daemon import router_key
    from mailrouter.promises import NotHeld, Promises

    with _told():
        loaded, who = _config(folder), _who()
        decision = assigned(loaded, who)
        key = router_key(loaded)
        if key is None:
            fail(EX_CONFIG, "this needs the router key. Nothing was done.")
        cage = Cage(loaded.routing)
        try:
            with _journal(loaded) as journal:
                promises = Promises(journal, cage, loaded.routing, key)
                result = promises.decide_again(journal.find(mail), who, decision)
        except NotHeld as error:
            fail(EX_DATAERR, f"{error}. Nothing was done.")
        finally:
            cage.close()
        for person in result.recipients:
            sys.stdout.write(f"{person.copy}\t{person.official}\t{person.address}\t{person.role}\n")


def _who() -> str:
    """The person at the keyboard, for the history; also when they became root for it."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@app.command()
def verify(config: ConfigFolder = None) -> None:
    """Balance the books: every mail seen is accounted for; exit 1 if not."""
    from mailrouter.books import discrepancies
    from mailrouter.imap import Mailbox, Trouble

    with _told():
        loaded = _config(config)
        ca_file = loaded.settings.mailbox.ca_file
        mailbox = Mailbox(loaded.settings.mailbox, loaded.path(ca_file) if ca_file else None, readonly=True)
        with _journal(loaded) as journal:
            try:
                wrong = discrepancies(journal, mailbox, loaded.settings)
            except Trouble as trouble:
                sys.stderr.write(f"mailrouter: only the journal was checked, the mailbox is out of reach: {trouble}\n")
                wrong = discrepancies(journal, None, loaded.settings)
            finally:
                mailbox.close()
            figures = journal.figures()
        for line in wrong:
            sys.stdout.write(f"{line}\n")
        if wrong:
            raise typer.Exit(1)
        sys.stdout.write(f"ok: {_counted(figures['mails'])} mails, {_counted(figures['letters'])} letters\n")


def _counted(by_state: dict[str, int]) -> str:
    inside = ", ".join(f"{number} {state}" for state, number in sorted(by_state.items()))
    return f"{sum(by_state.values())}" + (f" ({inside})" if inside else "")


@app.command()
def status(json_: AsJson = False, config: ConfigFolder = None) -> None:
    """Show how the router is doing."""
    with _told():
        loaded = _config(config)
        with _journal(loaded) as journal:
            figures = journal.figures()
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
            sys.stdout.write(json.dumps(told) + "\n")
            return
        shown = {
            name: _counted(value) if isinstance(value, dict) else str(value or "-") for name, value in told.items()
        }
        screens.fields(list(shown.items()))


def _iso(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None


@app.command(name="schema")
def schema_() -> None:
    """Print the JSON Schema of the config files, for editors."""
    sys.stdout.write(json.dumps(schema(), indent=2) + "\n")

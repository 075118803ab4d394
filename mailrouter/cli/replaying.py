"""`replay`: a draft of the config held against the config in force, on the mails that were really received.

Each mail that changes is shown, and the sum; what the journal decided otherwise at the time is said apart.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from mailrouter.cli import screens
from mailrouter.cli.common import EX_NOINPUT, EX_USAGE, AsJson, app, fail, sysexits
from mailrouter.cli.trying import Pair, Sum, Trial, pairs
from mailrouter.config import Config, ConfigError, find_config, load
from mailrouter.core.difference import CHANGES, course
from mailrouter.journal import FILE, Journal
from mailrouter.journal.past import Past

_MOST_NAMED = 10
"""Mails named in a remark."""
_COLUMNS = ("mail", "received", "change", "before", "after", "subject")
_PARTS = ("outcome", "recipients", "village", "kind", "folder", "because")
"""What is told of each side of a difference, as in `explain --json`."""
_WHY_OTHERWISE = "code or config were others then, or more than the config decided them (`show` tells)"

_DRAFT = "The draft: a config folder. Nothing in it is put into use."
_AGAINST = "The config in force (default: $MAILROUTER_CONFIG, ./config, /etc/mailrouter)."
_JOURNAL = "The folder of the journal (default: that of the config in force, else that of the draft)."
_SINCE = "Only mails received on this day (YYYY-MM-DD) or later."


@app.command()
def replay(
    config: Annotated[Path | None, typer.Option("--config", metavar="DRAFT", help=_DRAFT)] = None,
    since: Annotated[datetime | None, typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help=_SINCE)] = None,
    against: Annotated[Path | None, typer.Option(metavar="DIR", help=_AGAINST)] = None,
    journal: Annotated[Path | None, typer.Option(metavar="DIR", help=_JOURNAL)] = None,
    expect_none: Annotated[bool, typer.Option("--expect-none", help="Exit 1 if any mail changes.")] = False,
    json_: AsJson = False,
) -> None:
    """Try a draft of the config on the mails of the journal, and show what it would change. Sends nothing."""
    if config is None:
        fail(EX_USAGE, "name the draft: --config DRAFT. The config in force is found as always, or with --against DIR")
    with sysexits():
        trial = _trial(config, against, journal)
        books = Journal(trial.folder, must_exist=True)
        try:
            _remark(trial, books)
            total, zone = Sum(), trial.draft.routing.timezone
            rows = []
            for pair in pairs(trial, books, _key(trial), _midnight(since, zone), total):
                total.add(pair)
                if pair.change and json_:
                    _print(_told(pair))
                elif pair.change:
                    rows.append(_row(pair, zone))
        finally:
            books.close()
        if rows:
            screens.table("Mails that change", _COLUMNS, rows)
        _conclude(total, trial, json_)
        if expect_none and total.changes:
            raise typer.Exit(1)


def _trial(draft: Path, against: Path | None, journal: Path | None) -> Trial:
    """Find both configs and the journal. A draft that misroutes its own examples is refused, as at a start."""
    from mailrouter.wiring import load_checked

    tried, force = load_checked(draft), _in_force(draft, against)
    if journal is not None:
        return Trial(tried, force, journal)
    places = [config.state_folder() for config in (force, tried) if config]
    found = next((place for place in places if (place / FILE).exists()), None)
    if found is None:
        fail(EX_NOINPUT, f"there is no journal in {' or '.join(map(str, places))}; name its folder with --journal DIR")
    # A journal that is not that of the config found here was not written under that config.
    own = force is not None and (against is not None or _same(found, force.state_folder()))
    return Trial(tried, force if own else None, found)


def _in_force(draft: Path, against: Path | None) -> Config | None:
    """The config to compare with; None if there is none but the draft itself."""
    try:
        folder = find_config(against)
    except ConfigError:
        return None
    return None if _same(folder, draft) else load(folder)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _remark(trial: Trial, journal: Journal) -> None:
    """Say on stderr what the reader of the figures must know."""
    if _key(trial) is None:
        _tell("no router key: our own letters and receipts cannot be told from other mail")
    if trial.force is None:
        _tell(
            "no config in force was found beside the draft, so the draft is compared with what the journal decided at "
            "the time: a difference can come from the code or an earlier config too. Name it with --against DIR"
        )
    elif (running := journal.noted("config")) not in (None, trial.force.routing.hash):
        _tell(
            f"the daemon took over config {running} last, and {trial.force.folder} is {trial.force.routing.hash}: it "
            "was changed since. The draft is compared with the folder as it is now"
        )


def _tell(line: str) -> None:
    sys.stderr.write(f"mailrouter: {line}\n")


def _key(trial: Trial) -> bytes | None:
    from mailrouter.wiring import router_key

    return (router_key(trial.force) if trial.force else None) or router_key(trial.draft)


def _midnight(since: datetime | None, timezone: str) -> float:
    return since.replace(tzinfo=ZoneInfo(timezone)).timestamp() if since else 0.0


def _row(pair: Pair, timezone: str) -> list[str]:
    """One mail that changes: id, received, what changes, what no longer holds, what will, subject."""
    what = pair.change
    before, after = course(pair.before), course(pair.after)
    if what in ("recipients", "desk", "forward", "file"):
        gone, come = before.people - after.people, after.people - before.people
        sides = [_people(before.outcome, gone), _people(after.outcome, come)]
    else:
        sides = [str(getattr(side, what or "kind") or "-") for side in (before, after)]
    if before.outcome != after.outcome:
        sides[1] += f" ({'; '.join(pair.after['because'])})"
    if pair.otherwise:
        sides[0] += f" (the journal: {_decided(pair.mail)})"
    subject = str(pair.before["mail"]["subject"] or "(none)")
    said = CHANGES[what][0] if what else ""
    return [pair.mail.shown, screens.moment(pair.mail.received, timezone), said, *sides, subject]


def _people(outcome: str, people: Iterable[tuple[str, str, str]]) -> str:
    each = [f"{address} ({role}{', cc' if copy == 'cc' else ''})" for role, address, copy in sorted(people)]
    return f"{outcome}: {', '.join(each) or '-'}"


def _decided(mail: Past) -> str:
    decided = course(mail.explanation or {})
    return "held by the loop breaker" if mail.held else _people(decided.outcome, decided.people)


def _told(pair: Pair) -> dict[str, Any]:
    """One mail that changes, as JSON."""
    mail, subject = pair.mail, pair.before["mail"]["subject"]
    sides = {"before": pair.before, "after": pair.after} | ({"journal": mail.explanation} if mail.explanation else {})
    return {
        "id": mail.shown,
        "received": datetime.fromtimestamp(mail.received, UTC).isoformat(),
        "subject": subject,
        "change": pair.change,
        "journal": None,
    } | {name: {part: side.get(part) for part in _PARTS} for name, side in sides.items()}


def _conclude(total: Sum, trial: Trial, json_: bool) -> None:
    if json_:
        _print(
            {
                "mails": total.mails,
                "changed": sum(total.changes.values()),
                "changes": {name: total.changes[name] for name in CHANGES},
                "letters_rewritten": total.rewritten,
                "otherwise_in_journal": total.otherwise,
                "not_replayed": total.not_replayed,
                "draft": trial.draft.routing.hash,
                "in_force": trial.force.routing.hash if trial.force else None,
                "journal": str(trial.folder / FILE),
            }
        )
        return
    said = [f"{number} {CHANGES[name][number > 1]}" for name in CHANGES if (number := total.changes[name])]
    sys.stdout.write(f"{_mails_said(total.mails)}: {', '.join(said) or 'nothing changes'}\n")
    if total.rewritten:
        _tell(f"a letter that reads otherwise: {_mails_said(total.rewritten)}")
    if total.otherwise:
        _tell(f"decided otherwise at the time than now: {_named(total.otherwise)}; {_WHY_OTHERWISE}")
    if total.not_replayed:
        _tell(f"not replayed: {_named(total.not_replayed)}; {_why_not(trial)}")


def _mails_said(number: int) -> str:
    return f"{number} mail{'' if number == 1 else 's'}"


def _named(names: list[str]) -> str:
    return f"{_mails_said(len(names))} ({', '.join(names[:_MOST_NAMED])}{' …' if len(names) > _MOST_NAMED else ''})"


def _why_not(trial: Trial) -> str:
    return "the journal no longer has their text" + ("" if trial.force else ", or more than the config decided them")


def _print(told: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=True) + "\n")

"""`suggest`: what the decisions of people teach, as lines for the config. It changes nothing."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from mailrouter.cli import explaining
from mailrouter.cli.common import AsJson, ConfigFolder, app, config_in, journal_of, sysexits
from mailrouter.core.lessons import Decided, Lesson, learn
from mailrouter.core.model import Evidence
from mailrouter.core.reading.quotes import new_text
from mailrouter.core.routing import Routing
from mailrouter.journal import Accepted, Journal, Purged

_OTHERS = 500
"""Mails nobody had to decide, against which what people decided is held."""


@app.command()
def suggest(json_: AsJson = False, config: ConfigFolder = None) -> None:
    """Show what people's decisions teach: lines for the config, and the mails that speak for them. Changes nothing."""
    with sysexits():
        loaded = config_in(config)
        with journal_of(loaded) as journal:
            rows = journal.decided(_OTHERS)
            by_people = [row for row in rows if row["explanation"].get("assigned")]
            mails = {row["id"]: mail for row in by_people if (mail := _kept(journal, row["id"]))}
            gone = journal.decided_and_purged()
        assigned = [row for row in by_people if row["id"] in mails]
        others = [_decided(row, row["explanation"]) for row in rows if row not in by_people]
        lessons = learn([*_read_anew(assigned, list(mails.values()), loaded.routing), *others], loaded.routing)
        if gone:
            sys.stderr.write(
                f"mailrouter: {gone} mails that people decided were purged (retention.mail): what they teach cannot be "
                "told any more\n"
            )
        if json_:
            for lesson in lessons:
                sys.stdout.write(json.dumps(asdict(lesson), ensure_ascii=True) + "\n")
            return
        subjects = {row["id_shown"]: str(row["explanation"]["mail"]["subject"]) for row in assigned}
        sys.stdout.write("\n".join(_shown(lesson, subjects) for lesson in lessons))
        if not lessons:
            sys.stderr.write(f"mailrouter: nothing to learn from {len(assigned)} assigned mails\n")


def _kept(journal: Journal, mail: int) -> Accepted | None:
    """A mail of the journal; None when a daemon purged it this very moment."""
    try:
        return journal.load(mail)
    except Purged:
        return None


def _read_anew(rows: Sequence[dict[str, Any]], mails: Sequence[Accepted], routing: Routing) -> Iterator[Decided]:
    """The assigned mails, with what the router would make of them now."""
    questions = [
        explaining.from_journal(mail, row["id_shown"], None, routing.timezone)
        for row, mail in zip(rows, mails, strict=True)
    ]
    for row, told in zip(rows, explaining.explain(questions, routing, None), strict=True):
        yield _decided(row, dict(told))


def _decided(row: dict[str, Any], read: dict[str, Any]) -> Decided:
    """A mail of the journal: as it was decided, and as it is read now."""
    then = row["explanation"]
    assigned, mail = then.get("assigned") or {}, then["mail"]
    kind = read["kind"] or {}
    return Decided(
        id=row["id_shown"],
        subject=mail["subject"],
        sender=mail["from"],
        authentic=then["authentic"],
        text=new_text(mail["text"], mail["subject"]),
        village=assigned.get("village") or (then["village"] or {}).get("key"),
        kind=assigned.get("kind") if assigned else (then["kind"] or {}).get("key"),
        by=assigned.get("by", ""),
        remember=assigned.get("remember") is True,
        read=kind.get("key", ""),
        evidence=tuple(Evidence(**item) for item in kind.get("evidence", ())),
    )


def _shown(lesson: Lesson, subjects: dict[str, str]) -> str:
    """A lesson as YAML that can be pasted; all that is not YAML stands behind a #."""
    named = [f"#   {mail}  {_one_line(subjects.get(mail, ''))}" for mail in lesson.mails]
    return "\n".join([f"# {lesson.file}: {_one_line(lesson.because)}", *named, *lesson.lines]) + "\n"


def _one_line(words: str) -> str:
    return "".join(c if c.isprintable() else " " for c in words)[:200]

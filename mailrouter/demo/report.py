"""What the demo shows at its end: a table of what arrived and who got what and why, and the letters as files."""

import email
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_ZONE: Final = ZoneInfo("Europe/Amsterdam")
_DONE: Final = {"forward": "forwarded", "desk": "to the desk", "file": "filed"}
_COLOUR: Final = {"forward": "green", "desk": "yellow", "file": "bright_black"}
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one mail. `recipients`: people with their role, as they are shown; `folder`: where it lies now."""

    arrived: datetime
    sender: str
    subject: str
    outcome: Literal["forward", "desk", "file"]
    village: str
    kind: str
    recipients: Sequence[str]
    why: str
    folder: str


@dataclass(frozen=True, slots=True)
class End:
    """How the books stand at the end of the demo. `verify` is "ok" or what does not balance."""

    letters_sent: int
    inbox_left: int
    verify: str
    letters: Path


def totals(rows: Iterable[Row], end: End) -> dict[str, int | str]:
    """The object that `mailrouter demo --json` ends with."""
    outcomes = Counter(row.outcome for row in rows)
    return {
        "arrived": outcomes.total(),
        "forwarded": outcomes["forward"],
        "desk": outcomes["desk"],
        "filed": outcomes["file"],
        "letters_sent": end.letters_sent,
        "inbox_left": end.inbox_left,
        "verify": end.verify,
        "letters": str(end.letters),
    }


def show(rows: Sequence[Row], end: End, console: Console) -> None:
    """Print the table and what it comes to."""
    console.print("What arrived, and what became of it:", style="bold")
    console.print(_table(rows))
    for line in summary(totals(rows, end)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def summary(figures: Mapping[str, int | str]) -> list[str]:
    """The last lines, for people."""
    balance = figures["verify"]
    return [
        f"{_count(figures['arrived'], 'mail')} arrived: {figures['forwarded']} forwarded, "
        f"{figures['desk']} to the desk, {figures['filed']} filed without a letter.",
        f"Sent: {_count(figures['letters_sent'], 'letter')}. "
        f"Left in the inbox: {_count(figures['inbox_left'], 'mail')}.",
        "The books balance (verify: ok)." if balance == "ok" else f"The books do not balance: {balance}",
        f"The letters, to look at: {figures['letters']}/index.html",
    ]


def _count(number: int | str, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _table(rows: Sequence[Row]) -> Table:
    table = Table(show_lines=True, expand=True)
    table.add_column("#", justify="right", no_wrap=True)
    for heading, ratio in (("Arrived", 9), ("Taken for", 5), ("Who got it", 8), ("Why", 10)):
        table.add_column(heading, ratio=ratio, min_width=13, overflow="fold")
    for number, row in enumerate(rows, start=1):
        table.add_row(str(number), _arrival(row), _taken_for(row), _who(row), escape(row.why))
    return table


def _arrival(row: Row) -> str:
    when = row.arrived.astimezone(_ZONE).strftime("%d-%m %H:%M")
    subject = escape(row.subject) or "(no subject)"
    return f"[bold]{subject}[/bold]\n{escape(row.sender) or '(no sender)'}\n{when}"


def _taken_for(row: Row) -> str:
    """What the router made of it; for the desk it is no more than a suggestion."""
    lines = [escape(value) for value in (row.kind, row.village) if value]
    if lines and row.outcome == "desk":
        lines.insert(0, "[italic]perhaps[/italic]")
    return "\n".join(lines) or "-"


def _who(row: Row) -> str:
    colour = _COLOUR[row.outcome]
    lines = [
        f"[{colour}]{_DONE[row.outcome]}[/{colour}]",
        *(f"- {escape(person)}" for person in row.recipients),
        f"[dim]in {escape(row.folder)}[/dim]",
    ]
    return "\n".join(lines)


def write_letters(folder: Path, letters: Iterable[tuple[str, bytes]]) -> Path:
    """Write each letter as .eml and its HTML part as .html, numbered in their order, and an index.html; its path.

    `letters`: a name in words ("uitnodiging Westerdorp aan mevrouw Jansen") and the bytes as they were delivered.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for number, (words, raw) in enumerate(letters, start=1):
        name = f"{number:02}-{file_name(words)}"
        (folder / f"{name}.eml").write_bytes(raw)
        letter = email.message_from_bytes(raw, policy=default)
        if (part := letter.get_body(("html",))) is not None:
            content = _with_charset(part.get_content())
            (folder / f"{name}.html").write_text(content, "utf-8")
        entries.append(_index_entry(name, letter, part is not None))
    index = folder / "index.html"
    index.write_text(_INDEX.replace("{rows}", "\n".join(entries)), "utf-8")
    return index


def file_name(words: str) -> str:
    """Words as a file name: lower-case ASCII letters and digits, the rest a hyphen."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_NAME].strip("-") or "letter"


def _with_charset(content: str) -> str:
    """The HTML as a file, which has no Content-Type header to tell its character set."""
    if re.search(r"<meta[^>]+charset", content[:2000], re.IGNORECASE):
        return content
    return f'<!doctype html><meta charset="utf-8">\n{content}'


def _index_entry(name: str, letter: EmailMessage, has_html: bool) -> str:
    subject, to = (html.escape(str(letter[header] or "")) for header in ("Subject", "To"))
    shown = f'<a href="{name}.html">{subject}</a>' if has_html else subject
    return f'<tr><td>{shown}</td><td>{to}</td><td><a href="{name}.eml">.eml</a></td></tr>'


_INDEX: Final = """\
<!doctype html>
<html lang="nl">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Brieven van de demo</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
  table { border-collapse: collapse; width: 100% }
  th, td { border-bottom: 1px solid #ccc; padding: .4rem .6rem; text-align: left; vertical-align: top }
  td { overflow-wrap: anywhere }
</style>
<h1>Brieven van de demo</h1>
<p>Elke regel is een brief die is bezorgd: eerst zoals de ontvanger hem ziet, daarnaast het hele bericht.</p>
<table>
<tr><th scope="col">Onderwerp</th><th scope="col">Aan</th><th scope="col">Bericht</th></tr>
{rows}
</table>
</html>
"""

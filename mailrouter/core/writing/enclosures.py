"""Attachments in words: their names, sizes and pages ("notulen.pdf (4 pagina's, 1,2 MB)"), and how much they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailrouter.core.model import Attachment
from mailrouter.core.reading.calendars.lines import calendars
from mailrouter.core.writing import dutch

_MOST = 40
_FEW = 2
_ORNAMENT = 30_000
"""Bytes of a picture below which it is taken for a logo in a signature."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The attachments a letter carries, and those it has to leave out (they stay with the mail in `folder`).

    `calendar`: the name of the calendar file that we add ourselves; empty if there is none.
    """

    kept: Sequence[Attachment]
    left_out: Sequence[Attachment]
    folder: str
    calendar: str = ""


def lines(files: Sequence[Attachment]) -> list[str]:
    """A line for each file, or for the first of very many with a word on how many more there are."""
    more = len(files) - _MOST
    if more <= 0:
        return [line(file) for file in files]
    rest = sum(len(file.content) for file in files[_MOST:])
    return [*(line(file) for file in files[:_MOST]), f"… en nog {more} (samen {dutch.size(rest)})"]


def line(file: Attachment) -> str:
    """Name, pages and size, and what of it the router could not read: then the summary does not tell it either."""
    details = [*([dutch.pages(file.pages)] if file.pages else []), dutch.size(len(file.content))]
    note = f"; {file.note}" if file.note else ""
    return f"{_name(file)} ({', '.join(details)}{note})"


def heading(files: Sequence[Attachment]) -> str:
    """What stands above the lines: "Bijlagen (20, samen 12 MB)"."""
    if len(files) < 2:
        return "Bijlage"
    return f"Bijlagen ({len(files)}, samen {dutch.size(sum(len(file.content) for file in files))})"


def summary(files: Sequence[Attachment]) -> list[str]:
    """[label, value] for the top of the letter: what there is to read besides it; empty for no more than a logo."""
    own = set(map(id, calendars(files)))
    worth = [file for file in files if id(file) not in own and not _is_ornament(file)]
    if not worth:
        return []
    if len(worth) <= _FEW:
        return ["Bijlage" if len(worth) == 1 else "Bijlagen", " en ".join(_short(file) for file in worth)]
    pictures = sum(_is_picture(file) for file in worth)
    what = "foto's" if pictures == len(worth) else "bestanden"
    total = dutch.size(sum(len(file.content) for file in worth))
    also = f", waarvan {pictures} foto's" if 1 < pictures < len(worth) else ""
    return ["Bijlagen", f"{len(worth)} {what}{also}, samen {total}"]


def without_text(files: Sequence[Attachment]) -> str:
    """What the letter says of a mail in which nothing is written."""
    if not files:
        return "De mail heeft geen tekst en geen bijlagen."
    look = "Kijk in de bijlage." if len(files) == 1 else "Kijk in de bijlagen."
    if not all(map(_is_picture, files)):
        return f"De mail zelf heeft geen tekst. {look}"
    what = "een afbeelding" if len(files) == 1 else f"{len(files)} afbeeldingen"
    return f"De mail heeft geen tekst, alleen {what}. {look}"


def _short(file: Attachment) -> str:
    return f"{_name(file)} ({dutch.pages(file.pages) if file.pages else dutch.size(len(file.content))})"


def _name(file: Attachment) -> str:
    return file.name or "zonder naam"


def _is_picture(file: Attachment) -> bool:
    return file.type.startswith("image/")


def _is_ornament(file: Attachment) -> bool:
    return _is_picture(file) and len(file.content) < _ORNAMENT

"""A gallery of letters as web pages: each sample as text and HTML, on a phone and a desk, by day and by night."""

import email
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from typing import Final

from mailrouter.core.writing.letter import header_block
from mailrouter.core.writing.samples.cases import MOMENT, RAW, Sample

_NIGHT: Final = re.compile(r"@media \(prefers-color-scheme: ?dark\)")


@dataclass(frozen=True, slots=True)
class Shown:
    """A sample as its letter: subject, text, and HTML (empty if it has none)."""

    sample: Sample
    subject: str
    sender: str
    text: str
    html: str
    files: tuple[str, ...]

    @property
    def first_line(self) -> str:
        """What the letter begins with."""
        return self.text.split("\n", 1)[0]


def shown(sample: Sample) -> Shown:
    """The letter of a sample, read back from the bytes that would go over the wire."""
    letter = message(sample)
    text, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    return Shown(
        sample=sample,
        subject=str(letter["Subject"]),
        sender=str(letter["From"]),
        text=_content(text),
        html=_content(rich),
        files=tuple(part.get_filename() or "" for part in letter.iter_attachments()),
    )


def message(sample: Sample) -> EmailMessage:
    """The whole letter to somebody."""
    draft = sample.draft()
    head = header_block(draft, "Anna Smit", "a.smit@gemeente.example", "0" * 32, "gemeente.example", MOMENT)
    return email.message_from_bytes(head + draft.content(RAW), policy=default)


def _content(part: object) -> str:
    return str(part.get_content()).replace("\r\n", "\n") if isinstance(part, EmailMessage) else ""


def by_night(page: str) -> str:
    """A letter as it looks where dark is preferred, whatever the screen it is shown on prefers."""
    return _NIGHT.sub("@media all", page).replace("color-scheme: light dark", "color-scheme: dark")


def by_day(page: str) -> str:
    """The same where light is preferred."""
    return _NIGHT.sub("@media not all", page).replace("color-scheme: light dark", "color-scheme: light")


def pages(letters: Iterable[Shown]) -> Iterator[tuple[str, str]]:
    """(file name, content) of all pages; the gallery itself is index.html."""
    entries = []
    for letter in letters:
        name = letter.sample.name
        yield f"{name}.txt", letter.text
        if letter.html:
            yield f"{name}.html", letter.html
            yield f"{name}.day.html", by_day(letter.html)
            yield f"{name}.night.html", by_night(letter.html)
        entries.append(_entry(letter))
    yield "index.html", _INDEX.replace("{entries}", "\n".join(entries))


def _entry(letter: Shown) -> str:
    name = letter.sample.name
    files = ", ".join(letter.files[:5]) + (f" en nog {len(letter.files) - 5}" if len(letter.files) > 5 else "")
    lines = (
        ("Onderwerp", letter.subject),
        ("Van", letter.sender),
        ("Eerste regel", letter.first_line),
        ("Bijlagen", files or "geen"),
        ("Grootte", f"{len(letter.html.encode()) / 1024:.0f} KB HTML, {len(letter.text.encode()) / 1024:.0f} KB tekst"),
    )
    told = "".join(f"<dt>{label}</dt><dd>{html.escape(value)}</dd>" for label, value in lines)
    frames = "".join(_frame(name, page, width) for page in ("day", "night") for width in ("phone", "desk"))
    return _ENTRY.format(
        name=html.escape(name),
        about=html.escape(letter.sample.about),
        told=told,
        frames=frames if letter.html else "<p>Deze brief heeft geen HTML: zijn sjabloon werkt niet.</p>",
        text=html.escape(letter.text),
    )


def _frame(name: str, page: str, width: str) -> str:
    what = {"phone": "telefoon, 360 pixels", "desk": "bureau, 1200 pixels"}[width]
    title = html.escape(f"{name}: {what}, {'licht' if page == 'day' else 'donker'}")
    return (
        f'<figure class="{width}"><div><iframe src="{name}.{page}.html" title="{title}" loading="lazy"></iframe></div>'
        f'<figcaption><a href="{name}.{page}.html">{title}</a></figcaption></figure>'
    )


_ENTRY: Final = """\
<section id="{name}">
<h2>{about}</h2>
<dl>{told}</dl>
<div class="frames">{frames}</div>
<details><summary>Als tekst</summary><pre>{text}</pre></details>
</section>"""

_INDEX: Final = """\
<!doctype html>
<html lang="nl">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Brieven van de mailrouter</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem }
  section { border-top: 1px solid #888; margin-top: 2rem }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem }
  dt { font-weight: bold }
  dd { margin: 0; overflow-wrap: anywhere }
  .frames { display: flex; flex-wrap: wrap; gap: 1rem }
  figure { margin: 0; flex: none }
  figure div { overflow: hidden; height: 640px; border: 1px solid #888 }
  .phone div { width: 360px }
  .desk div { width: 600px }
  iframe { border: 0; width: 360px; height: 640px }
  .desk iframe { width: 1200px; height: 1280px; transform: scale(.5); transform-origin: 0 0 }
  figcaption { font-size: .875rem }
  pre { white-space: pre-wrap; max-width: 45rem; border: 1px solid #888; padding: 1rem }
  @media (max-width: 45rem) {
    body { margin: 1rem }
    dl { display: block }
    dd { margin: 0 0 .5rem 0 }
    .frames { margin: 0 -1rem }
    .frames div { width: 360px; border-width: 1px 0 }
    .desk iframe { height: 2134px; transform: scale(.3) }
    figcaption { margin-left: 1rem }
  }
</style>
<h1>Brieven van de mailrouter</h1>
<p>Elke brief zoals de ontvanger hem ziet: op een telefoon (360 pixels) en op een bureau (1200 pixels), licht en donker.
Onderaan staat de tekst voor mailprogramma's zonder opmaak, en voor wie zich de mail laat voorlezen.</p>
{entries}
</html>
"""

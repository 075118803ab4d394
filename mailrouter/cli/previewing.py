"""The verb preview: what letters look like, for administrators who change templates."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailrouter.cli.common import ConfigFolder, app, config_in, sysexits


@app.command()
def preview(folder: Annotated[Path, typer.Argument(metavar="DIR")], config: ConfigFolder = None) -> None:
    """Write a gallery of all letters to DIR/index.html, with sample mails, on phone and desk, light and dark."""
    from mailrouter.cli import gallery
    from mailrouter.config import share
    from mailrouter.core.writing.samples import samples

    with sysexits():
        routing = config_in(config).routing
        letters = [gallery.shown(sample) for sample in samples(routing)]
        folder.mkdir(parents=True, exist_ok=True)
        for name, page in gallery.pages(letters):
            (folder / name).write_text(page, "utf-8")
        for letter in letters:
            sys.stdout.write(f"{letter.sample.name}\n  {letter.subject}\n  {letter.first_line}\n")
        sys.stdout.write(f"{len(letters)} letters, to look at: {folder / 'index.html'}\n")
        sys.stdout.write(f"the shipped templates: {share() / 'templates'}\n")

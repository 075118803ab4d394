"""Whether templates render: each is filled in with a sample letter, one with every fact and one with none."""

import fnmatch
from collections.abc import Iterator

from mailrouter.config.problem import Place, Problem
from mailrouter.config.tables import Tables
from mailrouter.config.trial import faults
from mailrouter.core.writing.alarm import TEMPLATE as ALARM
from mailrouter.core.writing.notes import ROLE_NOTE

DESK = "desk"
"""The template of the letter to the desk."""
FORMATS = (".txt.j2", ".html.j2")
"""A letter is written as text and as HTML: one template file each."""


def template_problems(tables: Tables) -> Iterator[Problem]:
    """Whatever is wrong with the templates, if there is any of the municipality's own among them.

    The shipped ones alone are known to render, and trying them takes as long as everything else at the start.
    """
    templates = tables.templates
    if any(_is_own(tables, name) for name in templates):
        yield from trial(tables)
    for name in (DESK + ending for ending in FORMATS):
        if name not in templates:
            yield Place(str(tables.folder / "templates")).problem(f"the template {name} is not there")


def trial(tables: Tables) -> Iterator[Problem]:
    """Whatever is wrong with any template; all that letters are written with are filled in too."""
    templates = tables.templates
    kinds = {kind.template for kind in tables.kinds.kinds.values()} if tables.kinds else set()
    letters = [stem + ending for stem in sorted({*kinds, DESK}) for ending in FORMATS]
    notes = sorted(fnmatch.filter(templates, ROLE_NOTE.format("*")))
    filled_in = tuple(name for name in (*letters, ALARM, *notes) if name in templates)
    sources = tuple((name, template.source) for name, template in templates.items())
    for fault in faults(sources, filled_in, any(_is_own(tables, name) for name in templates)):
        yield Place(str(templates[fault.name].path), fault.line, 1).problem(fault.message)


def _is_own(tables: Tables, name: str) -> bool:
    return tables.templates[name].path.is_relative_to(tables.folder)

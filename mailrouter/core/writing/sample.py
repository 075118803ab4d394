"""Whether a template works: it is filled in with every sample, before a real mail meets it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

from mailrouter.core.writing.alarm import Notice, Solved
from mailrouter.core.writing.alarm import content as alarm_content
from mailrouter.core.writing.content import Content
from mailrouter.core.writing.notes import ROLE_NOTE
from mailrouter.core.writing.notes import values as note_values
from mailrouter.core.writing.render import RenderError, render
from mailrouter.core.writing.samples import ROUTING, samples

DESK, ALARM = "desk", "alarm"
"""What the templates for others than officials are called."""


def render_problem(templates: Mapping[str, str], name: str) -> str | None:
    """What is wrong with a template, as "file:line: message"; None when it renders with all samples."""
    error = render_error(templates, name)
    return str(error) if error else None


def render_error(templates: Mapping[str, str], name: str) -> RenderError | None:
    """The same as an error, for those who need its file and line apart."""
    try:
        for values in _values(name.partition(".")[0]):
            render(templates, name, values)
    except RenderError as error:
        return error
    return None


def _values(template: str) -> Iterator[Content]:
    if template == ALARM:
        yield from map(_alarm, (True, False))
        return
    if template.startswith(ROLE_NOTE.partition("{")[0]):
        for sample in samples(ROUTING):
            if village := sample.decision.village:
                yield note_values(ROUTING.villages[village.key], sample.decision, ROUTING)
        return
    outcome = "desk" if template == DESK else "forward"
    yield from (sample.values() for sample in samples(ROUTING) if sample.decision.outcome == outcome)


def _alarm(full: bool) -> Content:
    since = dt.datetime(2022, 7, 8, 9, 30, tzinfo=dt.UTC)
    plain = Notice("desk", "mails wachten", "Er wachten mails.", "De router wacht.", "Kijk in de map Balie.", since)
    notices = (plain, replace(plain, lines=("nummer 000000000000",))) if full else (plain,)
    return alarm_content(notices, (Solved("mails wachten", since),) if full else (), "gemeente Voorbeeld", "UTC")

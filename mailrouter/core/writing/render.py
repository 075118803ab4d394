"""Templates: a municipality's own files, rendered in a sandbox with plain values only.

What goes wrong in a template is a `RenderError` with file and line; the letter then goes out in its built-in form.
"""

import re
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from jinja2 import BaseLoader, DictLoader, Environment, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

LARGEST = 256 * 1024
"""Most characters a template may give."""


class RenderError(Exception):
    """A template that cannot be rendered: its file, the line (0: not known) and what is wrong."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line
        self.message = message


class _NamedTemplates(BaseLoader):
    """Templates from memory that know their file name, so that errors can tell it."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._sources = DictLoader(templates)

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, _, unchanged = self._sources.get_source(environment, template)
        return source, template, unchanged


def render(templates: Mapping[str, str], name: str, facts: Mapping[str, object]) -> str:
    """The template `name` filled in with `facts`; RenderError if that fails or gives more than `LARGEST`."""
    try:
        template = _environment(tuple(templates.items())).get_template(name)
        text = _collected(template.generate(facts), name)
    except RenderError:
        raise
    except Exception as error:  # a template can raise whatever its expressions can
        raise _located(error, name, templates) from error
    return _tidy(text) if name.endswith(".txt.j2") else text


@lru_cache(maxsize=4)
def _environment(templates: tuple[tuple[str, str], ...]) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=_NamedTemplates(dict(templates)),
        autoescape=_is_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _is_html(name: str | None) -> bool:
    return name is None or name.endswith(".html.j2")


def _collected(pieces: Iterable[str], name: str) -> str:
    """The pieces joined, given up as soon as they are too many."""
    kept: list[str] = []
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > LARGEST:
            raise RenderError(name, 0, f"the template gives more than {LARGEST // 1024} KB")
        kept.append(piece)
    return "".join(kept)


def _located(error: Exception, name: str, templates: Mapping[str, str]) -> RenderError:
    """The error with the template and line it came from."""
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, TemplateSyntaxError):
        return RenderError(error.name or name, error.lineno, message)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in templates:
            return RenderError(frame.filename, frame.lineno or 0, message)
    return RenderError(name, 0, message)


def _tidy(text: str) -> str:
    """Plain text without blanks at line ends, runs of empty lines, or empty lines around it."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text + "\n")).strip("\n") + "\n"

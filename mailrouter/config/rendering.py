"""Whether templates render: each is filled in with a sample letter, one with every fact and one with none."""

from collections.abc import Iterator, Mapping

from jinja2 import TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailrouter.config.forms import suggest
from mailrouter.config.problem import Place, Problem
from mailrouter.config.tables import Tables, Template
from mailrouter.core.writing.alarm import TEMPLATE as ALARM
from mailrouter.core.writing.sample import render_error

DESK = "desk"
"""The template of the letter to the desk."""
FORMATS = (".txt.j2", ".html.j2")
"""A letter is written as text and as HTML: one template file each."""


def template_problems(tables: Tables) -> Iterator[Problem]:
    """Whatever is wrong with the templates; those that kinds name, the desk's and the alarm's are filled in too."""
    templates = tables.templates
    found = [problem for template in templates.values() for problem in _form_problems(template, templates)]
    told = {problem.file for problem in found}
    used = {kind.template for kind in tables.kinds.kinds.values()} if tables.kinds else set()
    for name in (*(stem + ending for stem in sorted({*used, DESK}) for ending in FORMATS), ALARM):
        # what leans on a template that is told already fails in that same file
        if name in templates and (problem := _render_problem(name, templates)) and problem.file not in told:
            told.add(problem.file)
            found.append(problem)
    yield from found
    for name in (DESK + ending for ending in FORMATS):
        if name not in templates:
            yield Place(str(tables.folder / "templates")).problem(f"the template {name} is not there")


def _form_problems(template: Template, templates: Mapping[str, Template]) -> Iterator[Problem]:
    """Jinja2 that does not compile, or that leans on a template that is not there."""
    environment = ImmutableSandboxedEnvironment(autoescape=True)
    place = Place(str(template.path), 1, 1)
    try:
        tree = environment.parse(template.source)
        environment.compile(tree)
    except TemplateSyntaxError as error:
        yield Place(place.file, error.lineno, 1).problem(f"this template is not right: {error.message}")
        return
    for name in meta.find_referenced_templates(tree):
        if name is not None and name not in templates:
            yield place.problem(f'this template uses "{name}", which is not there{suggest(name, templates)}')


def _render_problem(name: str, templates: Mapping[str, Template]) -> Problem | None:
    error = render_error({other: template.source for other, template in templates.items()}, name)
    if error is None:
        return None
    file = templates.get(error.file, templates[name]).path
    return Place(str(file), max(error.line, 1), 1).problem(f"this template does not render: {error.message}")

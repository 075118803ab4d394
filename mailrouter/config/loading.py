"""From a folder to a config in force: read, overlaid, filled in, checked, or refused with every problem at once."""

import hashlib
import json
import os
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

import mailrouter
from mailrouter.config import examples as examples_
from mailrouter.config.checks import cross_check, demands
from mailrouter.config.examples import Example, Understand
from mailrouter.config.forms import Form, fill
from mailrouter.config.overlay import overlay
from mailrouter.config.problem import ConfigError, Place, Problem
from mailrouter.config.reading import Source, read
from mailrouter.config.rendering import trial
from mailrouter.config.tables import (
    EXAMPLES,
    FILES,
    KINDS,
    OFFICIALS,
    SETTINGS,
    TOPICS,
    VILLAGES,
    Tables,
    Template,
)
from mailrouter.core.routing import Kinds, Official, Routing, Topic, Village
from mailrouter.core.settings import Settings
from mailrouter.core.terms import College, Terms, dated, dated_colleges

_SEARCHED: Final = (Path("config"), Path("/etc/mailrouter"))
_NO_HASH: Final = ""


@dataclass(frozen=True, slots=True)
class Config:
    """A config that can be used: nothing in it is wrong, though `warnings` may say what looks wrong."""

    folder: Path
    settings: Settings
    routing: Routing
    examples: tuple[Example, ...]
    warnings: tuple[Problem, ...] = field(repr=False)
    tables: Tables = field(repr=False)

    def path(self, written: str) -> Path:
        """A path as written in the config: relative to its folder."""
        return self.folder / written

    def state_folder(self) -> Path:
        """Where the journal is kept. Raises ConfigError when a $NAME in it is not in the environment."""
        written = self.settings.journal.folder
        try:
            return self.path(string.Template(written).substitute(os.environ))
        except KeyError as error:
            message = f"folder: ${error.args[0]} is not set in the environment"
        except ValueError:
            message = "folder: a $ begins a name ($NAME or ${NAME}); write $$ for the character itself"
        raise ConfigError([self.tables.problem(SETTINGS, ("journal", "folder"), message)])


def find_config(argument: Path | None) -> Path:
    """The config folder: the one asked for, else $MAILROUTER_CONFIG, else ./config, else /etc/mailrouter."""
    if argument is not None:
        return argument
    if named := os.environ.get("MAILROUTER_CONFIG"):
        return Path(named)
    for folder in _SEARCHED:
        if (folder / SETTINGS).is_file():
            return folder
    message = "no config here or in /etc/mailrouter; name one with --config DIR, or make one: mailrouter init DIR"
    raise ConfigError([Place("./config").problem(message)])


def share() -> Path:
    """The folder with the shipped `templates/` and `config/`: inside an installed wheel, or the top of the repo."""
    package = Path(mailrouter.__file__).parent
    inside = package / "share"
    return inside if inside.is_dir() else package.parent


def load(folder: Path) -> Config:
    """Read a config folder. Raises ConfigError with every problem there is, when any of them is an error."""
    if not folder.is_dir():
        raise ConfigError([Place(str(folder)).problem("there is no such folder; `mailrouter init` makes one")])
    tables, problems = _tables(folder)
    problems += cross_check(tables, _today(tables.settings))
    problems = _sorted(problems, tables)
    settings, kinds = tables.settings, tables.kinds
    if settings is None or kinds is None or any(problem.severity == "error" for problem in problems):
        raise ConfigError(problems)
    routing = _routing(settings, kinds, tables)
    return Config(folder, settings, routing, tuple(tables.examples.values()), tuple(problems), tables)


def check(config: Config, on: date | None = None) -> list[Problem]:
    """What is to be put right in a config that was loaded, on a day (default: today).

    Warnings; and as an error what every config has to have, though one that was made before that still runs.
    """
    by_day = cross_check(config.tables, on or today(config))
    of_form = set(config.warnings) - set(cross_check(config.tables, today(config)))
    return _sorted({*of_form, *by_day, *demanded(config), *trial(config.tables)}, config.tables)


def demanded(config: Config) -> list[Problem]:
    """What every config has to have, though one that was made before that still runs: errors of `check`."""
    return list(demands(config.tables))


def run_examples(config: Config, understand: Understand) -> list[Problem]:
    """Read every example as `understand` would; each that comes out otherwise than expected is an error."""
    return examples_.run(config.tables.examples, config.tables, config.routing, understand)


def _tables(folder: Path) -> tuple[Tables, list[Problem]]:
    problems: list[Problem] = []
    sources: dict[str, Source] = {}
    for name in FILES:
        sources[name], found = read(folder / name)
        problems += found
    sources[SETTINGS], found = overlay(sources[SETTINGS], folder)
    problems += found
    sources[EXAMPLES] = _numbered(sources[EXAMPLES], problems)
    templates = _templates(folder, problems)
    forms = {name: _form(sources[name], annotation) for name, annotation in ANNOTATIONS.items()}
    problems += [problem for form in forms.values() for problem in form.problems]
    broken = frozenset((name, path) for name, form in forms.items() for path in form.broken)
    settings: Settings | None = forms[SETTINGS].value
    colleges = dated_colleges(settings.colleges) if settings else {}
    tables = Tables(
        folder=folder,
        sources=sources,
        settings=settings,
        colleges=colleges,
        everywhere=_dated(settings.municipality.officials, colleges) if settings else {},
        villages={key: _village(entry, colleges) for key, entry in (forms[VILLAGES].value or {}).items()},
        officials=forms[OFFICIALS].value or {},
        topics={key: _topic(entry, colleges) for key, entry in (forms[TOPICS].value or {}).items()},
        kinds=forms[KINDS].value,
        examples=forms[EXAMPLES].value or {},
        templates=templates,
        broken=broken,
    )
    return tables, problems


def _dated(held: Mapping[str, Terms], colleges: Mapping[str, College]) -> dict[str, Terms]:
    return {role: dated(terms, colleges) for role, terms in held.items()}


def _village(entry: Village, colleges: Mapping[str, College]) -> Village:
    return entry.model_copy(update={"officials": _dated(entry.officials, colleges)})


def _topic(entry: Topic, colleges: Mapping[str, College]) -> Topic:
    """The topic with days in all its terms."""
    terms = {name: dated(getattr(entry, name), colleges) for name in ("portfolio_holder", "department")}
    return entry.model_copy(update={**terms, "officials": _dated(entry.officials, colleges)})


def _numbered(source: Source, problems: list[Problem]) -> Source:
    """Examples by their number, so that one that is not right leaves the places of the others alone."""
    if isinstance(source.data, list):
        return replace(source, data=dict(enumerate(source.data)))
    if source.data is not None:
        problems.append(source.spot(()).problem('should be a list: each example after "- "'))
    return replace(source, data=None)


ANNOTATIONS: Mapping[str, Any] = {
    SETTINGS: Settings,
    VILLAGES: dict[str, Village],
    OFFICIALS: dict[str, Official],
    TOPICS: dict[str, Topic],
    KINDS: Kinds,
    EXAMPLES: dict[int, Example],
}
"""What each file holds; examples by their number in the list."""


def _form(source: Source, annotation: Any) -> Form[Any]:
    if source.data is None:
        return Form(None, (), frozenset({()}))
    return fill(source, TypeAdapter(annotation), annotation)


def _templates(folder: Path, problems: list[Problem]) -> dict[str, Template]:
    """The shipped templates, each replaced by the municipality's own of the same name if there is one."""
    files: dict[str, Path] = {}
    for place in (share() / "templates", folder / "templates"):
        files |= {file.name: file for file in place.glob("*.j2")}
    found: dict[str, Template] = {}
    for name, file in sorted(files.items()):
        try:
            found[name] = Template(file, file.read_bytes().decode())
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Place(str(file)).problem(f"this template cannot be read: {error}"))
    return found


def _routing(settings: Settings, kinds: Kinds, tables: Tables) -> Routing:
    mailbox, receipts = settings.mailbox, settings.receipts
    routing = Routing(
        municipality=settings.municipality.name,
        timezone=settings.municipality.timezone,
        address=mailbox.address,
        own_addresses=tuple(filter(None, (mailbox.address, *mailbox.aliases, receipts.address))),
        desk_name=settings.desk.name,
        desk=settings.desk.addresses,
        clerks=settings.desk.clerks,
        roles=settings.roles,
        villages=dict(tables.villages),
        officials=dict(tables.officials),
        topics=dict(tables.topics),
        everywhere=dict(tables.everywhere),
        colleges=dict(tables.colleges),
        kinds=kinds,
        folders=settings.folders,
        limits=settings.limits,
        recipients=settings.recipients,
        trust=settings.authentication.trust,
        letters=settings.letters,
        templates={name: template.source for name, template in tables.templates.items()},
        hash=_NO_HASH,
    )
    everything = json.dumps(routing.model_dump(mode="json", exclude={"hash"}), ensure_ascii=True)
    return routing.model_copy(update={"hash": hashlib.sha256(everything.encode()).hexdigest()[:12]})


def today(config: Config) -> date:
    """The day it is in the municipality."""
    return _today(config.settings)


def _today(settings: Settings | None) -> date:
    zone = settings.municipality.timezone if settings else "Europe/Amsterdam"
    return datetime.now(ZoneInfo(zone)).date()


def _sorted(problems: Iterable[Problem], tables: Tables) -> list[Problem]:
    """By file in the order of the manual, then by line."""
    order = {source.file: number for number, source in enumerate(tables.sources.values())}
    return sorted(
        dict.fromkeys(problems),
        key=lambda problem: (order.get(problem.file, len(order)), problem.file, problem.line, problem.column),
    )

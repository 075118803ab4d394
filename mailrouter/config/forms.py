"""From what a file says to a typed value: each fault of form told at the place where it stands.

What is wrong is left out and the rest is kept, so that the cross-checks can go on and report all they find at once.
"""

import copy
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from mailrouter.config.problem import Problem
from mailrouter.config.reading import KeyPath, Source

T = TypeVar("T")

_MESSAGES = {
    "string_type": "should be text",
    "bool_parsing": "should be true or false",
    "bool_type": "should be true or false",
    "int_parsing": "should be a whole number",
    "int_type": "should be a whole number",
    "float_parsing": "should be a number",
    "float_type": "should be a number",
    "date_from_datetime_parsing": "should be a date, written like 2026-01-31",
    "date_from_datetime_inexact": "should be a date without a time, written like 2026-01-31",
    "date_parsing": "should be a date, written like 2026-01-31",
    "date_type": "should be a date, written like 2026-01-31",
    "datetime_from_date_parsing": "should be a date and time, written like 2026-01-31T09:30:00+01:00",
    "datetime_parsing": "should be a date and time, written like 2026-01-31T09:30:00+01:00",
    "datetime_type": "should be a date and time, written like 2026-01-31T09:30:00+01:00",
    "tuple_type": 'should be a list: each item on its own line after "- "',
    "dict_type": 'should hold keys: each on its own line as "key: value"',
    "model_type": 'should hold keys: each on its own line as "key: value"',
}
_PASSES = 10
"""What is left out can leave something else incomplete: at most as often as models are nested."""
_UNION_MEMBERS = {"Sign": "sign", "Pattern": "pattern", "Phrases": "phrases", "Phrase": "phrase"}
"""Members of the one union in our models, each with the key that tells it; without any it is the last."""


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """A file as a typed value. None: too little of it was right. `broken`: paths of which something was left out."""

    value: T | None
    problems: tuple[Problem, ...] = ()
    broken: frozenset[KeyPath] = frozenset()


def fill(source: Source, adapter: TypeAdapter[T], annotation: Any) -> Form[T]:
    """Read the data of a file as the model `annotation` (that of the adapter) describes it."""
    data = copy.deepcopy(source.data)
    problems: list[Problem] = []
    broken: set[KeyPath] = set()
    for _ in range(_PASSES):
        try:
            return Form(adapter.validate_python(data), tuple(problems), frozenset(broken))
        except ValidationError as error:
            faults = list(_faults(error, data))
        if not broken and not problems:
            problems = [_problem(path, fault, source, annotation) for path, fault in faults]
        broken |= {_whole(path) for path, fault in faults if fault["type"] != "extra_forbidden"}
        cuts = {path[:-1] if fault["type"] == "missing" else path for path, fault in faults}
        if () in cuts:
            return Form(None, tuple(problems), frozenset({()}))
        for path in sorted(cuts, key=_last_items_first, reverse=True):
            _cut(data, path)
    return Form(None, tuple(problems), frozenset({()}))


def suggest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` when a known word is near, else what is known if that is short, else nothing."""
    names = sorted(known)
    if near := difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6):
        return f'; did you mean "{near[0]}"?'
    return f"; known here: {', '.join(names)}" if 0 < len(names) <= 20 else ""


def _faults(error: ValidationError, data: Any) -> Iterable[tuple[KeyPath, ErrorDetails]]:
    for fault in error.errors(include_url=False):
        if not _of_other_member(fault["loc"], data):
            yield _path(fault["loc"], data), fault


def _of_other_member(loc: KeyPath, data: Any) -> bool:
    """Whether a fault is about the member of a union that this entry was never meant to be."""
    for index, name in enumerate(loc):
        if name in _UNION_MEMBERS and index and isinstance(loc[index - 1], int):
            return name != _meant(_at(data, _path(loc[:index], data)))
    return False


def _meant(entry: Any) -> str:
    """The member of the union that an entry is meant to be."""
    told = (name for name, key in _UNION_MEMBERS.items() if isinstance(entry, dict) and key in entry)
    return next(told, [*_UNION_MEMBERS][-1])


def _path(loc: KeyPath, data: Any) -> KeyPath:
    """The path of a fault in the data: its location without the names of union members."""
    path: list[str | int] = []
    for index, name in enumerate(loc):
        if name in _UNION_MEMBERS and index and isinstance(loc[index - 1], int):
            continue
        path.append(name)
    return tuple(path)


def _at(data: Any, path: KeyPath) -> Any:
    for name in path:
        data = data[name]
    return data


def _whole(path: KeyPath) -> KeyPath:
    """The list around a fault if there is one: the places of its other items are not to be relied on."""
    first = next((index for index, name in enumerate(path) if isinstance(name, int) and index), len(path))
    return path[:first]


def _last_items_first(path: KeyPath) -> tuple[tuple[int, str], ...]:
    return tuple((name, "") if isinstance(name, int) else (0, name) for name in path)


def _cut(data: Any, path: KeyPath) -> None:
    try:
        del _at(data, path[:-1])[path[-1]]
    except (KeyError, IndexError, TypeError):
        return  # what is around it was cut out already


def _problem(path: KeyPath, fault: ErrorDetails, source: Source, annotation: Any) -> Problem:
    name = str(path[-1]) if path else ""
    if fault["type"] == "extra_forbidden":
        return source.key(path).problem(f'unknown key "{name}"{suggest(name, known_keys(annotation, path[:-1]))}')
    if fault["type"] == "missing":
        return source.key(path[:-1]).problem(f'the key "{name}" is missing')
    words = next((name for name in reversed(path) if isinstance(name, str)), "")
    return source.spot(path).problem(f"{words}: {_message(fault)}" if words else _message(fault))


def _message(fault: ErrorDetails) -> str:
    if fault["input"] is None:
        return "is empty; give it a value or leave the key out"
    if fault["type"] == "value_error":
        return re.sub("^Value error, ", "", fault["msg"])
    return _MESSAGES.get(fault["type"]) or re.sub(r"^(Input|Value|String|Tuple) should", "should", fault["msg"])


def known_keys(annotation: Any, path: KeyPath) -> frozenset[str]:
    """The keys that a model knows at a path; empty where any key will do."""
    models = [annotation]
    for name in path:
        models = [inner for model in models for inner in _inside(model, name)]
    return frozenset(key for model in models for plain in _plain(model) for key in _fields(plain))


def _fields(model: Any) -> Mapping[str, Any]:
    """Key in the file → annotation."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return {}
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _inside(annotation: Any, name: str | int) -> list[Any]:
    """What can stand under a key or index."""
    found = []
    for model in _plain(annotation):
        if fields := _fields(model):
            found += [fields[str(name)]] if name in fields else []
        elif get_origin(model) is dict:
            found.append(get_args(model)[1])
        elif get_origin(model) is tuple:
            found.append(get_args(model)[0])
    return found


def _plain(annotation: Any) -> list[Any]:
    """The members of a union, without what Annotated adds."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [plain for member in get_args(annotation) for plain in _plain(member)]
    return [annotation]

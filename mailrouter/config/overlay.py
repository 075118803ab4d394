"""What the environment and the secrets folder lay over mailrouter.yaml.

`MAILROUTER_<SECTION>__<KEY>` overrides any setting (lists and mappings as JSON; an empty variable counts as not set).
Secrets come from there or from a file of that name in the secrets folder: `$MAILROUTER_SECRETS`, else systemd's
`$CREDENTIALS_DIRECTORY`, else `secrets/` in the config folder. In mailrouter.yaml they are refused. Where both have
one, the environment wins. `.env` files are not read.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from mailrouter.config.forms import suggest
from mailrouter.config.problem import Place, Problem
from mailrouter.config.reading import KeyPath, Source
from mailrouter.core.settings import Settings

PREFIX = "MAILROUTER_"
_OTHERS = 0o077
"""Permissions of group and others: nobody but the owner may touch a secret."""


class _Environment(BaseSettings, Settings):
    """Settings as pydantic-settings looks for them in the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid")


def overlay(source: Source, folder: Path) -> tuple[Source, list[Problem]]:
    """mailrouter.yaml with secrets and environment laid over it; every secret in it is a SecretStr from here on."""
    problems: list[Problem] = []
    data, keys = _without_secrets(source, problems)
    layers = [*_secrets(folder, problems), *_environment(problems)]
    if not isinstance(data, dict):
        return source, problems
    values = dict(source.values)
    for path, value, place in layers:
        _lay(data, path, value)
        for places in (keys, values):
            for old in [old for old in places if old[: len(path)] == path]:
                del places[old]
            places[path] = place
    return replace(source, data=data, keys=keys, values=values), problems


def secret_names() -> dict[str, KeyPath]:
    """Environment variable → the setting it holds, for every secret there is."""
    return {
        f"{PREFIX}{section}__{key}".upper(): (section, key)
        for section, outer in Settings.model_fields.items()
        if isinstance(outer.annotation, type) and issubclass(outer.annotation, BaseModel)
        for key, inner in outer.annotation.model_fields.items()
        if SecretStr in get_args(inner.annotation)
    }


def _without_secrets(source: Source, problems: list[Problem]) -> tuple[Any, dict[KeyPath, Place]]:
    if not isinstance(source.data, dict):
        return source.data, dict(source.keys)
    data = {key: dict(value) if isinstance(value, dict) else value for key, value in source.data.items()}
    for name, path in secret_names().items():
        section = data.get(str(path[0]))
        if isinstance(section, dict) and path[1] in section:
            del section[path[1]]
            problems.append(
                source.key(path).problem(
                    f"a secret does not belong in this file; set {name} in the environment "
                    f"or write it to {name.lower()} in the secrets folder, and choose a new one"
                )
            )
    return data, dict(source.keys)


def _lay(data: dict[str, Any], path: KeyPath, value: Any) -> None:
    for name in path[:-1]:
        inner = data.setdefault(str(name), {})
        if not isinstance(inner, dict):
            return  # what stands there is wrong already, and told
        data = inner
    data[str(path[-1])] = value


Layer = tuple[KeyPath, Any, Place]


def _environment(problems: list[Problem]) -> list[Layer]:
    """Each variable read on its own, whole sections first, so that a fault names its variable."""
    reader = EnvSettingsSource(_Environment)
    secrets = set(secret_names().values())
    layers: list[Layer] = []
    for name in sorted(os.environ, key=lambda name: (name.count("__"), name)):
        value = os.environ[name]
        if not name.upper().startswith(PREFIX) or not value:
            continue
        reader.env_vars = {name.lower(): value}
        try:
            found = reader()
        except SettingsError:
            problems.append(Place(name).problem('should be JSON: a list like ["a", "b"] or a mapping like {"a": "b"}'))
            continue
        if not found and "__" in name:
            problems.append(Place(name).problem(_unknown_section(name)))
        for path, leaf in _leaves(found, ()):
            hidden = path in secrets and isinstance(leaf, str)
            layers.append((path, SecretStr(leaf) if hidden else leaf, Place(name)))
    return layers


def _unknown_section(name: str) -> str:
    section = name[len(PREFIX) :].lower().partition("__")[0]
    return f'there is no section "{section}" of settings{suggest(section, Settings.model_fields)}'


def _leaves(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, dict) and len(path) < 2:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    else:
        yield path, value


def _secrets(folder: Path, problems: list[Problem]) -> list[Layer]:
    place, given_by_systemd = _secrets_folder(folder)
    known = {name.lower(): path for name, path in secret_names().items()}
    try:
        files = sorted(file for file in place.iterdir() if not file.name.startswith("."))
    except FileNotFoundError:
        if "MAILROUTER_SECRETS" in os.environ:
            problems.append(Place(str(place)).problem("there is no such folder, though $MAILROUTER_SECRETS names it"))
        return []
    except OSError as error:
        problems.append(_unreadable(place, error))
        return []
    layers: list[Layer] = []
    for file in files:
        path = known.get(file.name.lower())
        if path is None:
            message = f"this is not the name of a secret{suggest(file.name, known)}; the file is not used"
            problems.append(Place(str(file)).problem(message, "warning"))
        elif (value := _secret(file, given_by_systemd, problems)) is not None:
            layers.append((path, value, Place(str(file))))
    return layers


def _secrets_folder(folder: Path) -> tuple[Path, bool]:
    """The folder, and whether systemd guards it: there modes are what the kernel's ACLs make of them."""
    if named := os.environ.get("MAILROUTER_SECRETS"):
        return Path(named), False
    if given := os.environ.get("CREDENTIALS_DIRECTORY"):
        return Path(given), True
    return folder / "secrets", False


def _secret(file: Path, given_by_systemd: bool, problems: list[Problem]) -> SecretStr | None:
    place = Place(str(file))
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & _OTHERS and not given_by_systemd:
            problems.append(place.problem(f"others can read this secret (mode {mode:04o}); run: chmod 600 {file}"))
            return None
        text = file.read_bytes().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        problems.append(place.problem("this secret is not UTF-8 text"))
        return None
    except OSError as error:
        problems.append(_unreadable(file, error))
        return None
    if not text:
        problems.append(place.problem("this secret is empty"))
        return None
    return SecretStr(text)


def _unreadable(path: Path, error: OSError) -> Problem:
    """Not an error: who may not read secrets can still use explain, check, routes and query."""
    why = f"cannot be read ({error.strerror}); verbs that need a secret will say so"
    return Place(str(path)).problem(why, "warning")

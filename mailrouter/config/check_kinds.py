"""Cross-checks of kinds, topics, templates and what the examples expect."""

import math
from collections.abc import Iterable
from typing import get_args

from mailrouter.config.forms import suggest
from mailrouter.config.reading import KeyPath
from mailrouter.config.rendering import FORMATS
from mailrouter.config.seats import unknown_role
from mailrouter.config.tables import (
    EXAMPLES,
    KINDS,
    OFFICIALS,
    SETTINGS,
    TOPICS,
    VILLAGES,
    Finding,
    Findings,
    Tables,
)
from mailrouter.core.directory import topic_roles
from mailrouter.core.meaning import patterns
from mailrouter.core.meaning.kind import SIGNS, choose
from mailrouter.core.meaning.zones import ZoneName
from mailrouter.core.routing import Kind, Kinds, Pattern, Sign

ZONES = get_args(ZoneName)


def kinds(tables: Tables) -> Findings:
    """Each kind can win, goes to roles that exist, and has its templates."""
    if tables.kinds is None:
        return
    fallback = tables.kinds.fallback
    if (known := tables.names(KINDS, ("kinds",))) is not None and fallback not in known:
        yield Finding(KINDS, ("fallback",), f'there is no kind "{fallback}" to fall back on{suggest(fallback, known)}')
    for key, kind in tables.kinds.kinds.items():
        yield from _roles(tables, key, kind)
        yield from _evidence(key, kind)
        if key != fallback:
            yield from _winnable(key, tables.kinds)
        for ending in FORMATS:
            if kind.template + ending not in tables.templates:
                message = f'the template "{kind.template}{ending}" is not there{suggest(kind.template, _stems(tables))}'
                yield Finding(KINDS, ("kinds", key, "template"), message)


def _stems(tables: Tables) -> Iterable[str]:
    return {name.partition(".")[0] for name in tables.templates}


def _roles(tables: Tables, key: str, kind: Kind) -> Findings:
    by_topic = topic_roles(tables.topics)
    for name, listed in (("to", kind.to), ("cc", kind.cc), ("without_topic", kind.without_topic)):
        for index, role in enumerate(listed):
            yield from unknown_role(tables, KINDS, ("kinds", key, name, index), role)
    if not kind.to:
        yield Finding(KINDS, ("kinds", key, "to"), f'nobody gets mail of the kind "{key}"; name a role in to')
    elif all(role in by_topic for role in (*kind.to, *kind.cc, *kind.without_topic)):
        message = (
            f'mail of the kind "{key}" goes to the desk whenever its topic is not known; add a role of the village'
        )
        yield Finding(KINDS, ("kinds", key, "to"), message, "warning")
    if kind.without_topic and not any(role in by_topic for role in kind.to):
        message = f'without_topic of the kind "{key}" is never used: no role in its to follows from the topic'
        yield Finding(KINDS, ("kinds", key, "without_topic"), message, "warning")


def _evidence(key: str, kind: Kind) -> Findings:
    for index, item in enumerate(kind.evidence):
        path: KeyPath = ("kinds", key, "evidence", index)
        if not math.isfinite(item.weight) or item.weight == 0:
            yield Finding(KINDS, (*path, "weight"), "weight: should be a number other than 0")
        if isinstance(item, Pattern) and (fault := patterns.fault(item.pattern)):
            yield Finding(KINDS, (*path, "pattern"), f"this pattern cannot be used: {fault}")
        if isinstance(item, Sign):
            if item.sign not in SIGNS:
                yield Finding(KINDS, (*path, "sign"), f'there is no sign "{item.sign}"{suggest(item.sign, SIGNS)}')
            continue
        for zone_index, zone in enumerate(item.where):
            if zone not in ZONES:
                message = f'there is no part of a mail "{zone}"{suggest(zone, ZONES)}'
                yield Finding(KINDS, (*path, "where", zone_index), message)


def _winnable(key: str, kinds: Kinds) -> Findings:
    """In the best case all that speaks for the kind is in a mail, and all that speaks against the others."""
    sums = {other: _sum(kind, in_favour=other == key) for other, kind in kinds.kinds.items()}
    if sums[key] == 0:
        why = "it has no evidence in its favour"
    elif choose(sums, kinds)[0] != key or choose(sums, kinds)[1] < kinds.needed(key):
        why = f"all its evidence together does not reach the threshold of {kinds.needed(key)}"
    else:
        return
    yield Finding(KINDS, ("kinds", key, "evidence"), f'the kind "{key}" can never win: {why}')


def _sum(kind: Kind, in_favour: bool) -> float:
    return sum(item.weight for item in kind.evidence if (item.weight > 0) == in_favour)


def topics(tables: Tables) -> Findings:
    """Each topic can be recognised."""
    for key, topic in tables.topics.items():
        if not (topic.words or topic.phrases or topic.patterns):
            yield Finding(
                TOPICS, (key,), f"the topic {key} has no words, phrases or patterns: no mail is ever about it"
            )
        for name in ("words", "phrases"):
            for index, words in enumerate(getattr(topic, name)):
                if not words.strip("* "):
                    yield Finding(TOPICS, (key, name, index), "a word or phrase needs letters")
        for index, pattern in enumerate(topic.patterns):
            if fault := patterns.fault(pattern):
                yield Finding(TOPICS, (key, "patterns", index), f"this pattern cannot be used: {fault}")


def keys(tables: Tables) -> Findings:
    """Keys become parts of folder names and of commands: plain letters only."""
    listed: list[tuple[str, KeyPath]] = [(file, ()) for file in (VILLAGES, OFFICIALS, TOPICS)]
    for file, path in [*listed, (KINDS, ("kinds",)), (SETTINGS, ("roles",))]:
        for key in tables.names(file, path) or ():
            if not (key.isascii() and key.replace("-", "").replace("_", "").isalnum()):
                message = f'the key "{key}" should be letters, digits, - and _ only, without accents or spaces'
                yield Finding(file, (*path, key), message)


def expectations(tables: Tables) -> Findings:
    """What examples expect can come about: villages, kinds and officials that exist."""
    for index, example in tables.examples.items():
        expect, path = example.expect, (index, "expect")
        if not expect.model_fields_set:
            yield Finding(EXAMPLES, path, f'the example "{example.name}" expects nothing')
        if expect.village is not None:
            yield from _unknown(tables.names(VILLAGES), (*path, "village"), "village", expect.village)
        if expect.kind is not None:
            yield from _unknown(tables.names(KINDS, ("kinds",)), (*path, "kind"), "kind", expect.kind)
        for field in ("recipients", "copies"):
            for number, official in enumerate(getattr(expect, field) or ()):
                if official != "desk":
                    yield from _unknown(tables.names(OFFICIALS), (*path, field, number), "official", official)
        for number, topic in enumerate(expect.topics or ()):
            yield from _unknown(tables.names(TOPICS), (*path, "topics", number), "topic", topic)


def _unknown(known: frozenset[str] | None, path: KeyPath, what: str, name: str) -> Findings:
    if known is not None and name not in known:
        yield Finding(EXAMPLES, path, f'there is no {what} "{name}"{suggest(name, known)}')

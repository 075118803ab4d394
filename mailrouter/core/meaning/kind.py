"""What kind of mail it is: evidence from kinds.yaml is weighed, and doubt is admitted.

Weights are log-odds: the kinds' sums go through a softmax in which the fallback kind has a head start, so that one
word decides nothing. Quoted history counts for a quarter.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mailrouter.core.meaning import patterns
from mailrouter.core.meaning.signs import LABELS, SIGNS, Reading
from mailrouter.core.meaning.words import lower
from mailrouter.core.meaning.zones import writing_day, zones
from mailrouter.core.model import Evidence, KindGuess, Mail
from mailrouter.core.routing import Kind, Kinds, Pattern, Phrase, Sign

__all__ = ["SIGNS", "choose", "weigh"]

_HEAD_START = 1.0
"""What a kind must have before it is as likely as the fallback."""
_STRONG = 0.9
"""A kind this sure against the fallback alone is strong: of two such kinds the one listed first wins."""
_RIVAL = 0.5
"""...if it has at least this part of the other's sum."""
_OF_HISTORY = 0.25
_PLACES = {
    "subject": "in het onderwerp",
    "text": "in de tekst",
    "attachment": "in een bijlage",
    "filename": "in de naam van een bijlage",
    "quoted": "in een eerdere mail eronder",
}


@dataclass(frozen=True, slots=True)
class _Found:
    what: Evidence
    because: str


def weigh(mail: Mail, reference: datetime, timezone: str, kinds: Kinds) -> KindGuess:
    """The kind of a mail, how sure that is (0 to 1), and every sign that counted.

    `reference` is the moment the mail was received, `timezone` the municipality's. Below `kinds.threshold` the key is
    the fallback; the confidence is then that of the best kind, and the evidence stays.
    """
    reading = Reading(mail, zones(mail, writing_day(mail, reference, timezone)), timezone)
    texts = _texts(reading)
    signs = {name: sign(reading) for name, sign in SIGNS.items()}
    evidence = {key: list(_evidence(key, kind, texts, signs)) for key, kind in kinds.kinds.items()}
    sums = {key: sum(item.what.weight for item in found) for key, found in evidence.items()}
    key, confidence = choose(sums, kinds)
    because = tuple(item.because for found in evidence.values() for item in found)
    weighed = tuple(item.what for found in evidence.values() for item in found)
    if confidence < kinds.threshold and key != kinds.fallback:
        doubt = f"niet zeker genoeg van {kinds.kinds[key].title}: {confidence:.0%}, nodig is {kinds.threshold:.0%}"
        return KindGuess(kinds.fallback, confidence, (*because, doubt), weighed)
    return KindGuess(key, confidence, because, weighed)


def _texts(reading: Reading) -> dict[str, str]:
    """Each zone as words between single blanks, so that a phrase is found whole."""
    texts: dict[str, str] = {}
    for zone in reading.zones:
        texts[zone.name] = f"{texts.get(zone.name, '')} {' '.join(zone.lowered.split())} "
    return texts


def _evidence(key: str, kind: Kind, texts: dict[str, str], signs: dict[str, str | None]) -> Iterator[_Found]:
    for item in kind.evidence:
        if isinstance(item, Sign):
            if words := signs.get(item.sign):
                because = f'{kind.title} {item.weight:+.1f}: {LABELS[item.sign]} ("{words[:80]}")'
                yield _Found(Evidence(key, "sign", item.sign, "", item.weight), because)
        elif found := _found(item, texts):
            zone, words = found
            weight = item.weight * (_OF_HISTORY if zone == "quoted" else 1)
            form, name = ("phrase", item.phrase) if isinstance(item, Phrase) else ("pattern", item.pattern)
            because = f"{kind.title} {weight:+.1f}: {words} {_PLACES.get(zone, zone)}"
            yield _Found(Evidence(key, form, name, zone, weight), because)


def _found(item: Phrase | Pattern, texts: dict[str, str]) -> tuple[str, str] | None:
    """The first of its zones in which a phrase or pattern stands, and what stands there, in words."""
    for zone in item.where:
        text = texts.get(zone, "")
        if isinstance(item, Phrase):
            if _has(text, item.phrase):
                return zone, f'"{item.phrase}"'
        elif found := patterns.find(item.pattern, text.strip()):
            return zone, f'"{found[:80]}" (patroon)'
    return None


def _has(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text as whole words; `*` at an end stands for the rest of a word."""
    words = " ".join(lower(phrase).split())
    bare = words.strip("*")
    place = text.find(bare) if bare else -1
    while place >= 0:
        end = place + len(bare)
        before = words.startswith("*") or not (place and text[place - 1].isalnum())
        after = words.endswith("*") or not (end < len(text) and text[end].isalnum())
        if before and after:
            return True
        place = text.find(bare, place + 1)
    return False


def choose(sums: dict[str, float], kinds: Kinds) -> tuple[str, float]:
    """The likeliest kind and its share. Two strong kinds in one mail: the first in kinds.yaml."""
    scores = dict(sums)
    scores[kinds.fallback] = scores.get(kinds.fallback, 0.0) + _HEAD_START
    most = max(scores.values())
    strong = [
        key
        for key in kinds.kinds
        if key != kinds.fallback
        and _share({key: scores[key], kinds.fallback: scores[kinds.fallback]}, key) >= _STRONG
        and scores[key] >= _RIVAL * most
    ]
    if len(strong) > 1:
        scores = {key: score for key, score in scores.items() if key == strong[0] or key not in strong}
    best = strong[0] if strong else max(scores, key=lambda key: scores[key])
    return best, _share(scores, best)


def _share(scores: dict[str, float], key: str) -> float:
    """The softmax of one of the scores."""
    return 1 / sum(math.exp(max(-50.0, min(50.0, score - scores[key]))) for score in scores.values())

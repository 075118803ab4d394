"""What kind of mail it is: evidence from kinds.yaml is weighed, and doubt is admitted.

Weights are log-odds: the kinds' sums go through a softmax in which the fallback kind has a head start, so that one
word decides nothing. Quoted history counts for a quarter.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from mailrouter.core.meaning import patterns
from mailrouter.core.meaning.signs import LABELS, SIGNS
from mailrouter.core.meaning.view import Reading
from mailrouter.core.meaning.words import lower
from mailrouter.core.meaning.zones import writing_day, zones
from mailrouter.core.model import Evidence, KindGuess, Mail
from mailrouter.core.routing import Kind, Kinds, Pattern, Phrase, Phrases, Sign

__all__ = ["HEAD_START", "SIGNS", "choose", "find_evidence", "weigh"]

HEAD_START = 0.5
"""What a kind must have before it is as likely as the fallback."""
_STRONG = 0.97
"""A kind this sure against the fallback alone is strong; no single sign makes it so. Of two the first listed wins."""
_RIVAL = 0.5
"""...if it has at least this part of the other's sum."""
_OF_HISTORY = 0.25
_OF_TITLE = 1.5
"""Of phrases: what stands in the subject or in a file's name was chosen to say what the mail is about."""
_TITLES = ("subject", "filename")
_MOST_OF_PHRASES = 2.5
_SHORT = 800
"""Characters of a text in which a phrase counts whole."""
_LEAST_OF_LENGTH = 0.4
_PLACES = {
    "subject": "in het onderwerp",
    "text": "in de tekst",
    "attachment": "in een bijlage",
    "filename": "in de naam van een bijlage",
    "quoted": "in een eerdere mail eronder",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of evidence that is there: its place in kinds.yaml, how strong (1 is once, in a text), and in words."""

    index: int
    strength: float
    what: Evidence
    because: str


def weigh(mail: Mail, reference: datetime, timezone: str, kinds: Kinds) -> KindGuess:
    """The kind of a mail, how sure that is (0 to 1), and every sign that counted.

    `reference` is the moment the mail was received, `timezone` the municipality's. Below the threshold the key is the
    fallback; the confidence is then that of the best kind, and the evidence stays.
    """
    evidence = find_evidence(mail, reference, timezone, kinds)
    sums = {key: sum(item.what.weight for item in found) for key, found in evidence.items()}
    key, confidence = choose(sums, kinds)
    because = tuple(item.because for found in evidence.values() for item in found)
    weighed = tuple(item.what for found in evidence.values() for item in found)
    needed = kinds.needed(key)
    if confidence < needed and key != kinds.fallback:
        doubt = f"niet zeker genoeg van {kinds.kinds[key].title}: {confidence:.0%}, nodig is {needed:.0%}"
        return KindGuess(kinds.fallback, confidence, (*because, doubt), weighed)
    return KindGuess(key, confidence, because, weighed)


def find_evidence(mail: Mail, reference: datetime, timezone: str, kinds: Kinds) -> dict[str, list[Found]]:
    """Per kind the evidence of kinds.yaml that the mail has; arguments as for `weigh`."""
    reading = Reading(mail, zones(mail, writing_day(mail, reference, timezone)), timezone)
    texts = _texts(reading)
    signs = {name: sign(reading) for name, sign in SIGNS.items()}
    return {key: list(_evidence(key, kind, texts, signs)) for key, kind in kinds.kinds.items()}


def _texts(reading: Reading) -> dict[str, str]:
    """Each zone as words between single blanks, so that a phrase is found whole."""
    texts: dict[str, str] = {}
    for zone in reading.zones:
        texts[zone.name] = f"{texts.get(zone.name, '')} {' '.join(zone.lowered.split())} "
    return texts


def _evidence(key: str, kind: Kind, texts: dict[str, str], signs: dict[str, str | None]) -> Iterator[Found]:
    for index, item in enumerate(kind.evidence):
        if isinstance(item, Sign):
            if words := signs.get(item.sign):
                because = f'{kind.title} {item.weight:+.1f}: {LABELS[item.sign]} ("{words[:80]}")'
                yield Found(index, 1.0, Evidence(key, "sign", item.sign, "", item.weight), because)
        elif found := _found(item, texts):
            weight = item.weight * found.strength
            because = f"{kind.title} {weight:+.1f}: {found.words} {_PLACES.get(found.zone, found.zone)}"
            yield Found(index, found.strength, Evidence(key, *_name(item, found), found.zone, weight), because)


@dataclass(frozen=True, slots=True)
class _Words:
    """What stands in a zone of a phrase, phrases or pattern, and how strong that makes it (1 is once, in a text)."""

    zone: str
    words: str
    strength: float
    listed: tuple[str, ...] = ()


def _name(item: Phrase | Phrases | Pattern, found: _Words) -> tuple[str, str]:
    if isinstance(item, Phrases):
        return "phrases", ", ".join(found.listed)
    return ("phrase", item.phrase) if isinstance(item, Phrase) else ("pattern", item.pattern)


def _found(item: Phrase | Phrases | Pattern, texts: dict[str, str]) -> _Words | None:
    """The first of its zones in which evidence stands; of phrases all zones together."""
    if isinstance(item, Phrases):
        return _several(item, texts)
    for zone in item.where:
        text = texts.get(zone, "")
        strength = _OF_HISTORY if zone == "quoted" else 1.0
        if isinstance(item, Phrase):
            if _has(text, item.phrase):
                return _Words(zone, f'"{item.phrase}"', strength)
        elif found := patterns.find(item.pattern, text.strip()):
            return _Words(zone, f'"{found[:80]}" (patroon)', strength)
    return None


def _several(item: Phrases, texts: dict[str, str]) -> _Words | None:
    """Phrases that say the same: the best zone of each counts, the first one whole and every further one for half."""
    best: dict[str, float] = {}
    zones: dict[str, str] = {}
    for zone in item.where:
        text = texts.get(zone, "")
        factor = _OF_HISTORY if zone == "quoted" else _OF_TITLE if zone in _TITLES else _of_length(text)
        for phrase in item.phrases if text else ():
            if best.get(phrase, 0.0) < factor and _has(text, phrase):
                best[phrase], zones[phrase] = factor, zone
    if not best:
        return None
    listed = sorted(best, key=lambda phrase: -best[phrase])
    strength = best[listed[0]] + sum(best[phrase] / 2 for phrase in listed[1:])
    words = ", ".join(f'"{phrase}"' for phrase in listed)
    return _Words(zones[listed[0]], words[:80], min(strength, _MOST_OF_PHRASES), tuple(listed))


def _of_length(text: str) -> float:
    """What a phrase counts for in a text: the longer the text, the more words it has by chance."""
    return max(_LEAST_OF_LENGTH, _SHORT / max(_SHORT, len(text)))


@lru_cache(maxsize=4096)
def _sought(phrase: str) -> tuple[str, bool, bool]:
    """A phrase without its stars, and whether it may go on before and after."""
    words = " ".join(lower(phrase).split())
    return words.strip("*"), words.startswith("*"), words.endswith("*")


def _has(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text as whole words; `*` at an end stands for the rest of a word."""
    bare, open_before, open_after = _sought(phrase)
    place = text.find(bare) if bare else -1
    while place >= 0:
        end = place + len(bare)
        before = open_before or not (place and text[place - 1].isalnum())
        after = open_after or not (end < len(text) and text[end].isalnum())
        if before and after:
            return True
        place = text.find(bare, place + 1)
    return False


def choose(sums: dict[str, float], kinds: Kinds) -> tuple[str, float]:
    """The likeliest kind and its share. Two strong kinds in one mail: the first in kinds.yaml."""
    scores = dict(sums)
    scores[kinds.fallback] = scores.get(kinds.fallback, 0.0) + HEAD_START
    most, fallback = max(scores.values()), max(scores[kinds.fallback], HEAD_START)
    strong = [
        key
        for key in kinds.kinds
        if key != kinds.fallback
        and _share({key: scores[key], kinds.fallback: fallback}, key) >= _STRONG
        and scores[key] >= _RIVAL * most
    ]
    if len(strong) > 1:
        scores = {key: score for key, score in scores.items() if key == strong[0] or key not in strong}
    best = strong[0] if strong else max(scores, key=lambda key: scores[key])
    return best, _share(scores, best)


def _share(scores: dict[str, float], key: str) -> float:
    """The softmax of one of the scores."""
    return 1 / sum(math.exp(max(-50.0, min(50.0, score - scores[key]))) for score in scores.values())

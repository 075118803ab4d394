"""Verdicts added up: how often kind and facts are right, and whether the confidence is worth what it says."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mailrouter.evaluation.verdict import FACTS, Verdict

_BANDS = (0.0, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Where the bands of confidence begin and end; the last one holds its end too."""
_SHARPEST = ("minutes", "invitation")


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    right: int
    of: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.right / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Of what was called this kind, how much is (precision); of what is, how much was called so (recall)."""

    precision: Share
    recall: Share

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 if nothing of the kind was found."""
        total = self.precision.of + self.recall.of
        return 2 * self.recall.right / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """Mails of about the same confidence: what was stated on average, and what came true. None: the doubted."""

    low: float | None
    high: float | None
    stated: float
    right: Share


@dataclass(frozen=True, slots=True)
class FactFigures:
    """A fact over the mails whose record has it; `invented` counts those whose record has none."""

    right: Share
    wrong: Share
    left_out: Share
    invented: Share


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is told of a heap of mails. Everything but `ambiguous` is of the records that are not ambiguous."""

    mails: int
    three: Share
    """Right for minutes, invitation, or neither of them."""
    all_kinds: Share
    ambiguous: Share
    kinds: dict[str, KindFigures]
    macro_f1: float | None
    bands: tuple[Band, ...]
    facts: dict[str, FactFigures]


def add_up(verdicts: Sequence[Verdict]) -> Figures:
    """The figures of some verdicts."""
    clear = [verdict for verdict in verdicts if not verdict.record.ambiguous]
    kinds = _kinds(clear)
    there = [figures.f1 for figures in kinds.values() if figures.recall.of]
    return Figures(
        mails=len(verdicts),
        three=_share(_of_three(v.kind) == _of_three(v.record.label) for v in clear),
        all_kinds=_share(v.right for v in clear),
        ambiguous=_share(v.right for v in verdicts if v.record.ambiguous),
        kinds=kinds,
        macro_f1=sum(there) / len(there) if there else None,
        bands=tuple(_bands(clear)),
        facts={name: _fact(name, clear) for name in FACTS},
    )


def _share(truths: Iterable[bool]) -> Share:
    counted = Counter(truths)
    return Share(counted[True], counted.total())


def _of_three(kind: str) -> str:
    return kind if kind in _SHARPEST else "rest"


def _kinds(verdicts: Sequence[Verdict]) -> dict[str, KindFigures]:
    """Per kind that occurs or was read."""
    names = dict.fromkeys([*(v.record.label for v in verdicts), *(v.kind for v in verdicts if v.kind)])
    return {
        name: KindFigures(
            precision=_share(v.right for v in verdicts if v.kind == name),
            recall=_share(v.right for v in verdicts if v.record.label == name),
        )
        for name in names
    }


def _bands(verdicts: Sequence[Verdict]) -> Iterator[Band]:
    doubted = [v for v in verdicts if v.doubted]
    if doubted:
        yield _band(None, None, doubted)
    for low, high in pairwise(_BANDS):
        inside = [v for v in verdicts if not v.doubted and _within(v.confidence, low, high)]
        if inside:
            yield _band(low, high, inside)


def _within(confidence: float, low: float, high: float) -> bool:
    return low <= confidence < high or confidence == high == _BANDS[-1]


def _band(low: float | None, high: float | None, inside: Sequence[Verdict]) -> Band:
    return Band(low, high, sum(v.confidence for v in inside) / len(inside), _share(v.right for v in inside))


def _fact(name: str, verdicts: Sequence[Verdict]) -> FactFigures:
    outcomes = Counter(v.facts[name].outcome for v in verdicts if name in v.facts)
    there = outcomes["right"] + outcomes["wrong"] + outcomes["left out"]
    return FactFigures(
        right=Share(outcomes["right"], there),
        wrong=Share(outcomes["wrong"], there),
        left_out=Share(outcomes["left out"], there),
        invented=Share(outcomes["invented"], outcomes["invented"] + outcomes["nothing"]),
    )

"""Fits the weights of kinds.yaml to texts with known answers, with councils kept apart, and tells what that is worth.

    .venv/bin/python bench/fit_kinds.py FILE.jsonl … [--write] [--pull 2.0]

The files are those of `mailrouter evaluate`. The kinds' sums go through the softmax of `mailrouter.core.meaning.kind`;
what is fitted are the weights alone, by gradient descent on the log-likelihood, with a pull (`--pull`, a Gaussian
prior) towards the weights that stand in kinds.yaml: a weight that the texts say nothing about stays what people made
it, and none changes its sign. The figures printed are those of ten folds, no council in two of them: every record is
judged with weights that never saw its council. `--write` puts the weights of all records together into
config/kinds.yaml.
"""

import argparse
import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailrouter.config import load
from mailrouter.core.meaning.kind import HEAD_START, choose, find_evidence
from mailrouter.core.reading.extract import read_text
from mailrouter.core.reading.parse import parse
from mailrouter.core.routing import Kinds, Routing
from mailrouter.evaluation.forms import FORMS, make_mails
from mailrouter.evaluation.record import Record, read_records

CONFIG = Path(__file__).parent.parent / "config"
FOLDS, STEPS, RATE = 10, 200, 0.05
LEAST = 0.1
BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)

Weights = dict[tuple[str, int], float]


@dataclass(frozen=True)
class Case:
    """A mail made of a record: kind, form, the fold of its council, and per kind the evidence and its strength."""

    label: str
    form: str
    fold: int
    found: dict[str, list[tuple[int, float]]]


def cases(files: Iterable[Path], routing: Routing) -> list[Case]:
    """Every record that is not ambiguous, in its three forms."""
    made = []
    for file in files:
        for record in read_records(file.read_bytes().split(b"\n"), routing.kinds.kinds):
            if isinstance(record, Record) and not record.ambiguous:
                made += _cases(record, routing)
    return made


def _cases(record: Record, routing: Routing) -> list[Case]:
    fold = int(hashlib.sha256((record.council or record.title).encode()).hexdigest(), 16) % FOLDS
    found = []
    for mail in make_mails(record, routing):
        read = parse(mail.raw, routing.limits.read, lambda name, type, content: read_text(name, type, content))
        evidence = find_evidence(read, mail.reference, routing.timezone, routing.kinds)
        there = {key: [(item.index, item.strength) for item in items] for key, items in evidence.items()}
        found.append(Case(record.label, mail.form, fold, there))
    return found


def sums(case: Case, weights: Weights) -> dict[str, float]:
    """The kinds' sums of a mail under some weights."""
    return {key: sum(weights[key, index] * strength for index, strength in items) for key, items in case.found.items()}


def shares(case: Case, weights: Weights, fallback: str) -> dict[str, float]:
    """The softmax of the sums, the fallback with its head start."""
    scores = sums(case, weights)
    scores[fallback] += HEAD_START
    most = max(scores.values())
    powers = {key: math.exp(score - most) for key, score in scores.items()}
    total = sum(powers.values())
    return {key: power / total for key, power in powers.items()}


def fit(known: Sequence[Case], prior: Weights, fallback: str, pull: float) -> Weights:
    """The likeliest weights, given where they come from (Adam, full batch)."""
    weights, mean, square = dict(prior), dict.fromkeys(prior, 0.0), dict.fromkeys(prior, 0.0)
    for step in range(1, STEPS + 1):
        slope = {key: pull * (weights[key] - prior[key]) for key in prior}
        for case in known:
            for kind, share in shares(case, weights, fallback).items():
                error = (share - (kind == case.label)) / len(FORMS)
                for index, strength in case.found[kind]:
                    slope[kind, index] += error * strength
        for key, value in slope.items():
            mean[key] = 0.9 * mean[key] + 0.1 * value
            square[key] = 0.999 * square[key] + 0.001 * value * value
            moved = mean[key] / (1 - 0.9**step) / (math.sqrt(square[key] / (1 - 0.999**step)) + 1e-8)
            weights[key] = _same_sign(weights[key] - RATE * moved, prior[key])
    return weights


def _same_sign(weight: float, prior: float) -> float:
    return max(weight, LEAST) if prior > 0 else min(weight, -LEAST)


def read(case: Case, weights: Weights, kinds: Kinds) -> tuple[str, float]:
    """The kind that is read of a mail, as `weigh` does."""
    key, confidence = choose(sums(case, weights), kinds)
    return (key if confidence >= kinds.needed(key) else kinds.fallback), confidence


def tell(name: str, judged: Sequence[tuple[Case, str, float]]) -> None:
    """The figures of some mails."""
    pairs = Counter((case.label, key) for case, key, _ in judged)
    labels = sorted({case.label for case, _, _ in judged})
    scores = {}
    for label in labels:
        right = pairs[label, label]
        called = sum(number for (_, key), number in pairs.items() if key == label)
        there = sum(number for (known, _), number in pairs.items() if known == label)
        scores[label] = (right / called if called else 0.0, right / there, 2 * right / (called + there))
    three = sum(n for (a, b), n in pairs.items() if _three(a) == _three(b)) / len(judged)
    told = "  ".join(f"{label[:5]} {p:.2f}/{r:.2f}" for label, (p, r, _) in scores.items())
    macro = sum(f1 for _, _, f1 in scores.values()) / len(labels)
    print(f"{name:8} three {three:.3f}  macro-F1 {macro:.3f}  precision/recall {told}")


def _three(kind: str) -> str:
    return kind if kind in ("minutes", "invitation") else "rest"


def tell_confidence(judged: Sequence[tuple[Case, str, float]], fallback: str) -> None:
    """What was stated against what came true, doubted mails left out."""
    bands: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for case, key, confidence in judged:
        band = max(index for index, low in enumerate(BANDS) if low <= confidence)
        bands[band].append((confidence, key == case.label))
    for band, items in sorted(bands.items()):
        stated, true = sum(c for c, _ in items) / len(items), sum(right for _, right in items) / len(items)
        print(
            f"  {BANDS[band]:.2f}–{min(1, BANDS[band + 1]):.2f}  stated {stated:.2f}  true {true:.2f}  of {len(items)}"
        )


def write(file: Path, fitted: Sequence[float]) -> None:
    """The weights in the order in which they stand in kinds.yaml; nothing else of the file changes."""
    head, mark, body = file.read_text().partition("\nkinds:\n")
    news = iter(fitted)
    body, count = re.subn(r"(?<=\bweight: )-?\d+(?:\.\d+)?", lambda _: f"{next(news):.1f}", body)
    if count != len(fitted):
        raise SystemExit(f"{file}: {count} weights stand in it, {len(fitted)} were fitted; nothing was written")
    file.write_text(head + mark + body)


def main() -> None:
    """Fit, tell, and write if asked to."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("files", nargs="+", type=Path)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--pull", type=float, default=2.0)
    asked = arguments.parse_args()
    routing = load(CONFIG).routing
    kinds = routing.kinds
    prior = {(key, index): item.weight for key, kind in kinds.kinds.items() for index, item in enumerate(kind.evidence)}
    known = cases(asked.files, routing)
    tell("as it is", [(case, *read(case, prior, kinds)) for case in known])
    judged = []
    for fold in range(FOLDS):
        weights = fit([case for case in known if case.fold != fold], prior, kinds.fallback, asked.pull)
        judged += [(case, *read(case, weights, kinds)) for case in known if case.fold == fold]
    for form in FORMS:
        tell(form, [item for item in judged if item[0].form == form])
    tell("folds", judged)
    tell_confidence(judged, kinds.fallback)
    if asked.write:
        fitted = fit(known, prior, kinds.fallback, asked.pull)
        write(CONFIG / "kinds.yaml", [fitted[key] for key in prior])
        print("written to config/kinds.yaml")


if __name__ == "__main__":
    main()

"""`evaluate`: how well the router understands texts of which the answer is known."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mailrouter.cli import explaining, screens
from mailrouter.cli.common import EX_DATAERR, EX_NOINPUT, AsJson, ConfigFolder, app, config_in, fail, sysexits
from mailrouter.core.routing import Routing
from mailrouter.evaluation.figures import Band, FactFigures, Figures, KindFigures, Share, add_up
from mailrouter.evaluation.forms import FORMS, make_mails, routing_for
from mailrouter.evaluation.record import Record, read_records
from mailrouter.evaluation.verdict import Verdict, judge


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Texts with what is true of them, one a line.")],
    json_: AsJson = False,
    config: ConfigFolder = None,
) -> None:
    """Measure how well mail is understood, on texts of which the answer is known. Sends nothing."""
    with sysexits():
        routing = config_in(config).routing
        records, problems = _read(file, routing)
        for problem in problems:
            sys.stderr.write(f"mailrouter: {file}: {problem}; left out\n")
        if records:
            verdicts = list(_verdicts(records, routing))
            _tell(verdicts, records, routing, json_)
        if problems or not records:
            what = f"{len(problems)} lines are no record" if problems else "there is no record in it"
            fail(EX_DATAERR, f"{file}: {what}; docs/how-to/evaluate.md says what a record is")


def _read(file: Path, routing: Routing) -> tuple[list[Record], list[str]]:
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        fail(EX_NOINPUT, f"{file} cannot be read: {error.strerror or error}")
    read = list(read_records(lines, routing.kinds.kinds))
    return [item for item in read if isinstance(item, Record)], [item for item in read if isinstance(item, str)]


def _verdicts(records: Sequence[Record], routing: Routing) -> Iterator[Verdict]:
    """Read every record in its three forms, as `explain` does, and judge what was read."""
    routing = routing_for(records, routing)
    made = [mail for record in records for mail in make_mails(record, routing)]
    questions = (explaining.Question(mail.form, mail.raw, len(mail.raw), mail.reference) for mail in made)
    told = explaining.explain(questions, routing, None)
    for mail, answer in zip(made, screens.progress(told, len(made), "reading"), strict=True):
        yield judge(mail, answer, routing.kinds)


def _tell(verdicts: Sequence[Verdict], records: Sequence[Record], routing: Routing, json_: bool) -> None:
    heaps = {form: add_up([v for v in verdicts if v.form == form]) for form in FORMS} | {"all": add_up(verdicts)}
    if json_:
        told = {
            "records": len(records),
            "ambiguous": sum(record.ambiguous for record in records),
            "config": routing.hash,
            "forms": {name: _figures_told(figures) for name, figures in heaps.items()},
            "misses": [_miss_told(verdict) for verdict in verdicts if not verdict.right or verdict.missed],
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=True) + "\n")
        return
    _show(heaps)
    _show_misses(verdicts)


def _show(heaps: Mapping[str, Figures]) -> None:
    """Tables with a column for each form."""
    names = list(heaps)
    columns = "; columns: " + ", ".join(names)
    screens.lines("kinds", ["of records that are not ambiguous, but for one row; right / how many" + columns])
    screens.table("Kinds", ["", *names], [[label, *row] for label, row in _kind_rows(list(heaps.values()))])
    screens.lines(
        "confidence", ["what was stated on average → what came true; doubted: too little for any kind" + columns]
    )
    screens.table("Confidence", ["", *names], _band_rows(list(heaps.values())))
    screens.lines(
        "facts", ["of minutes and invitations; right, wrong, left out; invented: the record has none" + columns]
    )
    screens.table("Facts", ["", *names], _fact_rows(list(heaps.values())))


def _kind_rows(heaps: Sequence[Figures]) -> Iterator[tuple[str, list[str]]]:
    yield "minutes / invitation / rest", [_shown(figures.three) for figures in heaps]
    yield "all kinds", [_shown(figures.all_kinds) for figures in heaps]
    yield "all kinds, ambiguous", [_shown(figures.ambiguous) for figures in heaps]
    yield "macro-F1", ["-" if figures.macro_f1 is None else f"{figures.macro_f1:.2f}" for figures in heaps]
    nothing = KindFigures(Share(0, 0), Share(0, 0))
    for kind in dict.fromkeys(kind for figures in heaps for kind in figures.kinds):
        yield f"{kind}: precision", [_shown(figures.kinds.get(kind, nothing).precision) for figures in heaps]
        yield f"{kind}: recall", [_shown(figures.kinds.get(kind, nothing).recall) for figures in heaps]


def _band_rows(heaps: Sequence[Figures]) -> list[list[str]]:
    bands = {(band.low, band.high) for figures in heaps for band in figures.bands}
    rows = []
    for low, high in sorted(bands, key=lambda ends: -1.0 if ends[0] is None else ends[0]):
        found = [next((b for b in figures.bands if (b.low, b.high) == (low, high)), None) for figures in heaps]
        rows.append(["doubted" if low is None else f"{low:.2f}–{high:.2f}", *map(_band_shown, found)])
    return rows


def _band_shown(band: Band | None) -> str:
    return f"{band.stated:.2f} → {_shown(band.right)}" if band else "-"


def _fact_rows(heaps: Sequence[Figures]) -> list[list[str]]:
    rows = []
    for fact in heaps[0].facts:
        for name in FactFigures.__dataclass_fields__:
            rows.append([f"{fact}: {name.replace('_', ' ')}", *(_shown(getattr(f.facts[fact], name)) for f in heaps)])
    return rows


def _shown(share: Share) -> str:
    return "-" if share.value is None else f"{share.value:.2f} ({share.right}/{share.of})"


def _show_misses(verdicts: Iterable[Verdict]) -> None:
    """Every miss with its evidence; forms in which a record was read alike are told together."""
    missed: dict[tuple[int, tuple[str, ...]], list[Verdict]] = {}
    for verdict in verdicts:
        if lines := tuple(_miss_lines(verdict)):
            missed.setdefault((verdict.record.line, lines), []).append(verdict)
    for (line, lines), alike in missed.items():
        record = alike[0].record
        forms = ", ".join(verdict.form for verdict in alike)
        doubt = ", ambiguous" if record.ambiguous else ""
        screens.lines(f"miss: line {line}{doubt} ({forms})", [record.title, *lines])


def _miss_lines(verdict: Verdict) -> Iterator[str]:
    if not verdict.right:
        yield f"kind: {verdict.kind or 'automatic'} ({verdict.confidence:.0%}), it is {verdict.record.label}"
        yield from (f"  {line}" for line in verdict.because)
    for name, fact in verdict.missed.items():
        read = f'{fact.read}, from "{fact.words}"' if fact.read else "nothing"
        yield f"{name} {fact.outcome}: {read}; it is {fact.expected or 'not in the record'}"


def _figures_told(figures: Figures) -> dict[str, Any]:
    return {
        "mails": figures.mails,
        "three": _told(figures.three),
        "all_kinds": _told(figures.all_kinds),
        "ambiguous": _told(figures.ambiguous),
        "macro_f1": figures.macro_f1,
        "kinds": {
            kind: {"precision": _told(item.precision), "recall": _told(item.recall), "f1": item.f1}
            for kind, item in figures.kinds.items()
        },
        "confidence": [
            {"low": band.low, "high": band.high, "stated": band.stated, "right": _told(band.right)}
            for band in figures.bands
        ],
        "facts": {
            name: {part: _told(getattr(item, part)) for part in FactFigures.__dataclass_fields__}
            for name, item in figures.facts.items()
        },
    }


def _told(share: Share) -> dict[str, Any]:
    return {"right": share.right, "of": share.of, "share": share.value}


def _miss_told(verdict: Verdict) -> dict[str, Any]:
    return {
        "line": verdict.record.line,
        "id": verdict.record.id,
        "ambiguous": verdict.record.ambiguous,
        "form": verdict.form,
        "kind": {
            "expected": verdict.record.label, "read": verdict.kind or None, "confidence": verdict.confidence,
            "because": verdict.because,
        },
        "facts": {
            name: {"outcome": fact.outcome, "expected": fact.expected, "read": fact.read, "source": fact.words}
            for name, fact in verdict.missed.items()
        },
    }  # fmt: skip

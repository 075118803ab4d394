"""What was read held against what is true, the figures of that, and the verb that prints them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mailrouter.cli import app
from mailrouter.evaluation.figures import Share, add_up
from mailrouter.evaluation.forms import make_mails
from mailrouter.evaluation.verdict import Verdict, judge
from tests.core.routings import routing
from tests.core.test_evaluate_records import COUNCILS, a_record

CONFIG = Path(__file__).parents[2] / "config"
TABLE = routing()
MEETING = {"event_date": "2022-07-06", "start_time": "19:30", "location": "de grote zaal van De Brink"}
TEXT = "Vergadering op 6 juli 2022 om 19.30 uur in de grote zaal van De Brink. Aanwezig: vijf leden"
NOTHING: dict[str, Any] = {"date": None, "start": None, "place": None, "attendees_listed": False, "source": {}}


def verdict(record: dict[str, Any], facts: dict[str, Any], kind: str = "minutes", confidence: float = 0.9) -> Verdict:
    """A verdict on a mail in which this was read."""
    made = make_mails(a_record(**{"text": TEXT, **record}), TABLE)[0]
    guess = {"key": kind, "confidence": confidence, "because": ["a sign"]}
    return judge(made, {"kind": guess, "because": [], "facts": NOTHING | facts}, TABLE.kinds)


@pytest.mark.parametrize(
    ("expected", "record", "facts"),
    [
        ({"date": "right"}, {"event_date": "2022-07-06"}, {"date": "2022-07-06"}),
        ({"date": "wrong"}, {"event_date": "2022-07-06"}, {"date": "2022-06-07"}),
        ({"date": "left out"}, {"event_date": "2022-07-06"}, {}),
        ({"date": "invented"}, {}, {"date": "2022-06-07"}),
        ({"date": "nothing"}, {}, {}),
        ({"date": "right"}, {"event_date": "2022-07"}, {}),
        ({"date": "right"}, {"event_date": "2022-07"}, {"date": "2022-07-08"}),
        ({"date": "wrong"}, {"event_date": "2022-07"}, {"date": "2022-08-08"}),
        ({"start": "right"}, {"start_time": "19:30"}, {"start": "19:30"}),
        ({"start": "wrong"}, {"start_time": "19:30"}, {"start": "19:00"}),
        ({"place": "right"}, {"location": "zaal De Brink"}, {"place": "grote zaal van De Brink"}),
        ({"place": "right"}, {"location": "zaal De Brink"}, {"place": "De Brink"}),
        ({"place": "wrong"}, {"location": "zaal De Brink"}, {"place": "Café de Brug"}),
        ({"place": "wrong"}, {"location": "grote zaal De Brink"}, {"place": "De Brink"}),
        ({"place": "wrong"}, {"location": "zaal De Brink"}, {"place": "zaal De Brink"}),
        ({"place": "wrong"}, {"location": "De Brink", "text": "De Brink " * 20}, {"place": ("De Brink " * 20).strip()}),
        ({"place": "right"}, {"location": "’t Huis", "text": "in 't Huis"}, {"place": "'t Huis"}),
        ({"place": "nothing"}, {"location": ""}, {}),
        ({"attendees": "right"}, {"attendee_section": True}, {"attendees_listed": True}),
        ({"attendees": "left out"}, {"attendee_section": True}, {}),
        ({"attendees": "invented"}, {"attendee_section": False}, {"attendees_listed": True}),
    ],
)
def test_facts(expected: dict[str, str], record: dict[str, Any], facts: dict[str, Any]) -> None:
    """A fact is right, wrong, left out, or invented; a place must stand in the mail and name half of what is meant."""
    [(name, outcome)] = expected.items()
    assert outcome == verdict(record, facts).facts[name].outcome


def test_only_meetings_have_facts() -> None:
    """Of a complaint nothing is asked but its kind."""
    assert {} == verdict({"label": "complaint", **MEETING}, {}).facts


def test_figures() -> None:
    """Precision is of what was called so, recall of what is so; ambiguous records count in a row of their own."""
    minutes, complaint = {"label": "minutes"}, {"label": "complaint"}
    figures = add_up(
        [
            verdict(minutes, {}),
            verdict(minutes, {}, "other", 0.4),
            verdict(complaint, {}, "other", 0.4),
            verdict(complaint, {}, "complaint"),
            verdict(complaint, {}, "minutes"),
            verdict({**minutes, "ambiguous": True}, {}, "complaint"),
        ]
    )
    assert (Share(3, 5), Share(2, 5), Share(0, 1)) == (figures.three, figures.all_kinds, figures.ambiguous)
    assert (Share(1, 2), Share(1, 2)) == (figures.kinds["minutes"].precision, figures.kinds["minutes"].recall)
    assert (Share(1, 1), Share(1, 3)) == (figures.kinds["complaint"].precision, figures.kinds["complaint"].recall)
    assert (0.5 + 0.5) / 2 == figures.macro_f1
    assert [(None, Share(0, 2)), (0.9, Share(2, 3))] == [(band.low, band.right) for band in figures.bands]


def test_automatic_post_is_no_kind() -> None:
    """A text that is taken for automatic post is a miss, with the reason."""
    made = make_mails(a_record(), TABLE)[0]
    judged = judge(made, {"kind": None, "because": ["een bounce"], "facts": NOTHING}, TABLE.kinds)
    assert ("", False, ("een bounce",)) == (judged.kind, judged.right, judged.because)
    assert Share(0, 1) == add_up([judged]).all_kinds


def run(*words: str | Path) -> Result:
    """The verb, as it is typed."""
    return CliRunner().invoke(app, ["evaluate", *map(str, words), "--config", str(CONFIG)])


def test_the_verb_prints_figures_and_misses() -> None:
    """Figures for each form and for all, then every miss with what was read and why; exit 0."""
    done = run(COUNCILS)
    assert (0, "") == (done.exit_code, done.stderr)
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in done.stdout.splitlines() if "\t" in line}
    assert ["1.00 (3/3)"] * 3 + ["1.00 (9/9)"] == rows["minutes: recall"]
    assert {4} == {len(row) for row in rows.values()}
    assert "miss: line 8 (body, pdf, docx):\n  De bus\n  kind: other (" in done.stdout


def test_the_verb_for_scripts() -> None:
    """One JSON object, ASCII only, with the same figures."""
    done = run(COUNCILS, "--json")
    told = json.loads(done.stdout)
    assert (0, True, 12, 1) == (done.exit_code, done.stdout.isascii(), told["records"], told["ambiguous"])
    assert ["body", "pdf", "docx", "all"] == list(told["forms"])
    assert {"right": 9, "of": 9, "share": 1.0} == told["forms"]["all"]["facts"]["start"]["right"]
    assert {"complaint"} == {miss["kind"]["expected"] for miss in told["misses"] if miss["line"] == 8}


def test_the_verb_tells_which_lines_are_no_records(tmp_path: Path) -> None:
    """What can be read is measured; each other line is named, and the exit code says that not all was read."""
    file = tmp_path / "ours.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"label": "other", "title": "Dank", "text": "Dank u wel."}\nonzin\n{"label": "x"}\n')
    done = run(file)
    assert 65 == done.exit_code
    assert [f"mailrouter: {file}: line 2: ", f"mailrouter: {file}: line 3: "] == [
        line[: len(f"mailrouter: {file}: line 2: ")] for line in done.stderr.splitlines()[:2]
    ]
    assert "all kinds\t1.00 (1/1)" in done.stdout


def test_the_verb_without_records(tmp_path: Path) -> None:
    """An empty file is 65, and one that is not there 66."""
    (tmp_path / "leeg.jsonl").write_bytes(b"\n")
    assert 65 == run(tmp_path / "leeg.jsonl").exit_code
    assert 66 == run(tmp_path / "weg.jsonl").exit_code

"""The catalogue itself: complete, the same each time, and told on its page."""

import ast
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.catalogue.case import ServerInput
from tests.catalogue.inputs import INPUTS, SERVER_INPUTS, written
from tests.catalogue.page import PAGE, page

ROOT = Path(__file__).resolve().parents[2]


def test_no_number_is_left_out() -> None:
    """97 inputs, some in more than one form, each with a name of its own."""
    assert {*range(1, 98)} == {bad.number for bad in INPUTS} | {server.number for server in SERVER_INPUTS}
    assert [] == [name for name, times in Counter(bad.name for bad in INPUTS).items() if times > 1]


@pytest.mark.parametrize("server", SERVER_INPUTS, ids=lambda server: f"{server.number} {server.title}")
def test_what_a_server_does_wrong_is_tested_where_it_is_said(server: ServerInput) -> None:
    """The test that the catalogue names is there."""
    path, _, name = server.test.partition("::")
    functions = [
        node.name for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.FunctionDef)
    ]
    assert name in functions


def test_the_page_tells_what_the_catalogue_says() -> None:
    """python -m tests.catalogue.page writes it anew."""
    assert page() == PAGE.read_text()


def test_each_time_the_same_bytes(tmp_path: Path) -> None:
    """Written out by another process, every mail is the same, with its expectation beside it."""
    command = [sys.executable, "-m", "tests.catalogue.inputs", str(tmp_path / "theirs")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    ours = written(tmp_path / "ours")
    assert len(INPUTS) == len(ours)
    assert [] == [path.name for path in ours if path.read_bytes() != (tmp_path / "theirs" / path.name).read_bytes()]
    assert "desk" == json.loads((tmp_path / "theirs" / "37.json").read_text())["outcome"]

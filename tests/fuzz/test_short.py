"""A short fuzzing of every parser; `make fuzz` takes a minute for each."""

from typing import get_args

import pytest

from tests.fuzz import engines, mutation
from tests.fuzz.targets import TARGETS, Target
from tests.fuzz.trying import wrong

EXAMPLES = 60


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_damaged_input_gives_a_result_within_limits(target: Target) -> None:
    """The samples as they are, and some damaged ones: always the same."""
    found: dict[str, bytes] = {}

    def trial(data: bytes) -> None:
        if why := wrong(target, data):
            found.setdefault(why, data[:2_000])

    for sample in target.samples():
        trial(sample)
    engines.batch(target, trial, 1, EXAMPLES)
    assert {} == found


def test_edits_damage_and_are_repeatable() -> None:
    """Each kind of edit changes a sample, in the same way each time, and nothing grows without bound."""
    sample, edits = b"een\r\ntwee\r\ndrie\r\n", [(what, 7, 4, 2) for what in get_args(mutation.What)]
    changed = [mutation.apply(sample, [edit], [sample, b"vier\r\n" * 9]) for edit in edits]
    assert [] == [edit for edit, data in zip(edits, changed, strict=True) if data == sample]
    assert changed == [mutation.apply(sample, [edit], [sample, b"vier\r\n" * 9]) for edit in edits]
    assert mutation.LARGEST == len(mutation.apply(sample, [("many", 3, 2**16 - 1, 0)] * 90, [sample]))

"""What makes inputs: hypothesis, which damages samples; and atheris, which follows the lines that code runs through.

Run as a process for one parser by `tests.fuzz`. The parsers are imported late: atheris must see that happen.
"""

import importlib.util
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.mutation import damaged

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

BATCH = 500
_ALL = [*HealthCheck]


def with_hypothesis(name: str, folder: Path, desk: Path, seconds: float, number: int) -> None:
    """Damage samples for so many seconds."""
    from tests.fuzz.targets import TARGETS
    from tests.fuzz.trying import MEMORY, Desk, Trial

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    target, deadline = TARGETS[name], time.monotonic() + seconds
    trial = Trial(target, folder, Desk(desk))
    for sample in target.samples():
        trial(sample)
    while time.monotonic() < deadline:
        batch(target, lambda data: trial(data) if time.monotonic() < deadline else None, number, BATCH)
        number += 1


def batch(target: "Target", trial: Callable[[bytes], None], number: int, size: int) -> None:
    """So many damaged samples of a target, the same for the same number."""

    @settings(max_examples=size, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=_ALL)
    @seed(number)
    @given(damaged(target.samples(), target.largest))
    def one(data: bytes) -> None:
        trial(data)

    one()


def atheris_is_here() -> bool:
    """Whether atheris is installed."""
    return importlib.util.find_spec("atheris") is not None


def with_atheris(name: str, folder: Path, desk: Path, seconds: float, number: int) -> None:
    """Follow coverage for so many seconds; does not return."""
    import atheris

    with atheris.instrument_imports(include=["mailrouter.core"]):
        from tests.fuzz.targets import TARGETS
    from tests.fuzz.trying import Desk, Trial

    target = TARGETS[name]
    corpus = desk.with_name("corpus")
    corpus.mkdir(exist_ok=True)
    for order, sample in enumerate(target.samples()):
        (corpus / f"{order:04}").write_bytes(sample)
    options = (
        f"-max_total_time={max(1, int(seconds))}", f"-seed={number}", f"-max_len={target.largest}", "-timeout=60",
        "-verbosity=0", "-rss_limit_mb=0", "-print_final_stats=0", "-len_control=50", str(corpus),
    )  # fmt: skip
    atheris.Setup([sys.argv[0], *options], Trial(target, folder, Desk(desk)))
    atheris.Fuzz()


ENGINES = {"hypothesis": with_hypothesis, "atheris": with_atheris}


if __name__ == "__main__":
    engine, name, folder, desk, seconds, number = sys.argv[1:]
    ENGINES[engine](name, Path(folder), Path(desk), float(seconds), int(number))

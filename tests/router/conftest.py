"""The world of the router tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.router.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A router that has just been installed on an empty mailbox; its books must balance at the end."""
    made = World(tmp_path / "state")
    yield made
    assert [] == made.journal.audit()
    made.journal.close()

"""Every bad input through the cage alone: what `explain` would say of it, and the letter that would be sent."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from mailrouter.cage import Cage
from mailrouter.config import init, load
from mailrouter.core.identity import own_ids
from mailrouter.core.model import Understanding
from mailrouter.core.routing import Routing
from mailrouter.core.understand import Job
from mailrouter.core.writing.letter import header_block
from tests.catalogue.case import BadInput
from tests.catalogue.inputs import INPUTS
from tests.catalogue.making import SHARED
from tests.catalogue.town import KEY, LARGEST, furnish
from tests.catalogue.verdict import wrong

TOKEN = "0123456789abcdef0123456789abcdef.0123456789abcdef"
CAME = datetime(2026, 9, 14, 9, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def routing(tmp_path_factory: pytest.TempPathFactory) -> Routing:
    """The tables of the catalogue's town."""
    folder = tmp_path_factory.mktemp("town") / "config"
    init(folder)
    furnish(folder)
    return load(folder).routing


@pytest.fixture(scope="module")
def cage(routing: Routing) -> Iterator[Cage]:
    """A cage with a worker of its own."""
    opened = Cage(routing.model_copy(update={"limits": routing.limits.model_copy(update={"workers": 1})}))
    yield opened
    opened.close()


def letters(understood: Understanding, raw: bytes) -> list[bytes]:
    """The letter to each recipient, as it would go over the wire."""
    if understood.draft is None:
        return []
    body = understood.draft.content(raw)
    return [
        header_block(understood.draft, person.name, person.address, TOKEN, "gemeente.example", CAME) + body
        for person in understood.recipients
    ]


@pytest.mark.parametrize("bad", INPUTS, ids=lambda bad: bad.name)
def test_each_ends_as_stated(bad: BadInput, cage: Cage) -> None:
    """Forwarded, to the desk or filed, for the stated reason, and no letter can do harm."""
    raw = bad.raw if len(bad.raw) <= LARGEST else bad.raw.partition(b"\r\n\r\n")[0]
    job = Job(raw, len(bad.raw), CAME, own_ids(bad.raw, KEY.encode(), SHARED))
    understood = cage.understand(job).result(timeout=60)
    assert isinstance(understood, Understanding), understood
    assert [] == list(wrong(bad, raw, understood.explanation, letters(understood, raw)))
    assert bool(understood.recipients) == (bad.ending != "file")

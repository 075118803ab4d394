"""kill -9 in the middle of the work, on real servers: nothing is lost, and nothing is sent twice.

The short form of `make crash`, with the same code: some of the kill points of four of its sweeps.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.crash.sweep import SWEEPS, Stages
from tests.crash.work import whole_work
from tests.wire.conftest import missing
from tests.wire.dovecot import Dovecot, program
from tests.wire.office import Daemon, Office, ReturningSink, minutes

MAILS = 20
AT_A_TIME = 4
POINTS = {
    "receipts": (0, 20, 60, 100, 140),
    "journal-deleted": (90,),
    "journal-older": (110,),
    "oauth": (0, 3, 60, 120),
}
"""Sweep → the effects at which the daemon is killed; 0: at none, which must end as well as the others."""


@pytest.fixture(scope="module")
def stages() -> Iterator[Stages]:
    """What the trials make use of."""
    if not program("dovecot"):
        missing("Dovecot")
    with Stages(whole_work(), AT_A_TIME) as stages:
        yield stages


@pytest.mark.parametrize("name", POINTS)
def test_kill_and_start_again(stages: Stages, name: str) -> None:
    """Killed at an effect and started again, each official has each letter once, and the books balance."""
    sweep = next(sweep for sweep in SWEEPS if sweep.name == name)
    points = [(at,) if at else () for at in POINTS[name]]
    seen = sorted(stages.trials(sweep, points), key=lambda seen: seen.strikes)
    assert [""] * len(points) == [trial.told() for trial in seen]
    assert [len(trial.strikes) for trial in seen] == [trial.crashes for trial in seen]
    assert {whole_work().letters.total()} == {trial.deliveries for trial in seen}


def test_one_pass_is_killed_and_the_daemon_goes_on(
    dovecot: Dovecot, relay: ReturningSink, make_office: Callable[..., Office]
) -> None:
    """Of 20 mails, `run --once` is killed over the 20th letter, whose receipt is not there yet: the daemon ends it."""
    with dovecot.mail_program() as client:
        for number in range(MAILS):
            client.append("INBOX", minutes(number))
    office = make_office(dovecot)
    running: list[Daemon] = []
    relay.on_taken = lambda number: running[0].kill() if number == MAILS else None
    with office.started("--once") as daemon:
        running.append(daemon)
        assert -9 == daemon.process.wait()
    with office.started() as daemon:
        office.wait_until_filed(MAILS)
        assert 0 == daemon.stop()
    letters = 2 * MAILS
    officials = {"oeverman@gemeente.example": MAILS, "hagedoorn@gemeente.example": MAILS}
    assert Counter(officials) == relay.addressees()
    assert (letters, {1}) == (len(relay.letters()), set(relay.letters().values()))
    assert office.verb("verify").stdout.startswith("ok: ")

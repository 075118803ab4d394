"""kill -9 in the middle of the work, on real servers: nothing is lost, and nothing is sent twice."""

import shutil
from collections import Counter
from collections.abc import Callable

import pytest

from tests.wire.dovecot import Dovecot
from tests.wire.office import Daemon, Office, ReturningSink, minutes

MAILS = 20
LETTERS = 2 * MAILS
OEVERMAN, HAGEDOORN = "oeverman@gemeente.example", "hagedoorn@gemeente.example"


def killed(office: Office, relay: ReturningSink, at: int, receipt: str) -> None:
    """Forward 20 mails, and kill the router when the relay has taken `at` letters, `receipt` their receipts came."""

    def kill(number: int) -> None:
        if number == at:
            running[0].kill()

    running: list[Daemon] = []
    setattr(relay, "on_taken" if receipt == "before" else "after_receipt", kill)
    with office.started("--once") as daemon:
        running.append(daemon)
        assert -9 == daemon.process.wait()
    relay.on_taken = relay.after_receipt = lambda _number: None


def recovered(office: Office) -> None:
    """Start again, until everything is filed."""
    with office.started() as daemon:
        office.wait_until_filed(MAILS)
        assert 0 == daemon.stop()


@pytest.fixture
def office(dovecot: Dovecot, make_office: Callable[..., Office]) -> Office:
    """Twenty mails in the inbox, each for the same two officials."""
    with dovecot.mail_program() as client:
        for number in range(MAILS):
            client.append("INBOX", minutes(number))
    return make_office(dovecot)


def assert_each_letter_came_once(office: Office, relay: ReturningSink) -> None:
    """Every official got every mail once, the inbox is empty, each mail is in its folder, and the books balance."""
    assert Counter({OEVERMAN: MAILS, HAGEDOORN: MAILS}) == relay.addressees()
    assert (LETTERS, {1}) == (len(relay.letters()), set(relay.letters().values()))
    assert ([], MAILS) == (office.server.messages(), len(office.server.messages("Verwerkt/oosterdorp")))
    assert office.verb("verify").stdout.startswith("ok: ")


@pytest.mark.parametrize(("at", "receipt"), [(1, "before"), (9, "after"), (20, "before"), (39, "after")])
def test_kill_and_start_again(office: Office, relay: ReturningSink, at: int, receipt: str) -> None:
    """Killed at the n-th letter, before its receipt is there or just after: started again, all is as if nothing was."""
    killed(office, relay, at, receipt)
    recovered(office)
    assert_each_letter_came_once(office, relay)


def test_kill_and_lose_the_journal(office: Office, relay: ReturningSink) -> None:
    """The journal is gone as well: the mails are still in the inbox, and the receipts tell what was sent."""
    killed(office, relay, 20, "after")
    shutil.rmtree(office.state)
    recovered(office)
    assert_each_letter_came_once(office, relay)

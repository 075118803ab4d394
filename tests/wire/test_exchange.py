"""The daemon with a relay that answers as Exchange Online does: letters wait, nobody is told that they were refused."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.wire import exchange
from tests.wire.dovecot import Dovecot
from tests.wire.exchange import ExchangeLikeSink
from tests.wire.office import Office, minutes, wait_until
from tests.wire.sink import DROP

pytestmark = pytest.mark.wire

HAGEDOORN, OEVERMAN = "hagedoorn@gemeente.example", "oeverman@gemeente.example"
WAITS = "the relay makes all letters wait"
MakeOffice = Callable[..., Office]


@pytest.fixture
def relay() -> Iterator[ExchangeLikeSink]:
    """Exchange Online, near enough; it brings the receipts back to the mailbox of the office that uses it."""
    sink = ExchangeLikeSink()
    sink.start()
    yield sink
    sink.stop()


def finished(office: Office, relay: ExchangeLikeSink, mails: int) -> None:
    """Every mail went to both its officials once and nobody else, is filed, and the books balance."""
    assert Counter({HAGEDOORN: mails, OEVERMAN: mails}) == relay.addressees()
    assert ([], mails) == (office.server.messages(), len(office.server.messages("Verwerkt/oosterdorp")))
    assert office.verb("verify").stdout.startswith("ok: ")


def states(office: Office) -> Counter[str]:
    """How many letters are in each state."""
    return Counter(letter["state"] for mail in office.mails() for letter in mail["letters"])


def test_what_is_wrong_with_our_own_mailbox_refuses_no_letter(
    dovecot: Dovecot, make_office: MakeOffice, relay: ExchangeLikeSink
) -> None:
    """Quota used up, mailbox full, no right to send, throttled: all letters wait, told once, and go when it is over."""
    office = make_office(dovecot, delivery={"retry": ["0.1s"], "connections": 1})
    for number in range(2):
        dovecot.append(minutes(number))
    for trouble in (
        exchange.QUOTA, exchange.FULL, exchange.FULL_SHUTOFF, exchange.SEND_AS_DENIED, exchange.THROTTLED
    ):  # fmt: skip
        relay.trouble = trouble
        told = office.verb("run", "--once", code=75).stderr
        assert (1, Counter(queued=4), []) == (told.count(WAITS), states(office), relay.taken)
        assert trouble.split()[1] in told
    relay.trouble = None
    wait_until(lambda: office.verb("run", "--once", code=None).returncode == 0, "all letters go")
    finished(office, relay, 2)


def test_more_letters_at_once_than_it_takes(dovecot: Dovecot, make_office: MakeOffice, relay: ExchangeLikeSink) -> None:
    """With five connections configured the fourth is turned away: those letters go after the pause, and all once."""
    relay.slow = 0.3
    for number in range(3):
        dovecot.append(minutes(number))
    office = make_office(dovecot, delivery={"retry": ["0.1s"], "connections": 5})
    with office.started() as daemon:
        office.wait_until_filed(3)
        assert 0 == daemon.stop()
    assert relay.turned_away > 0
    assert WAITS in daemon.log()
    finished(office, relay, 3)


def test_letters_that_go_too_fast(dovecot: Dovecot, make_office: MakeOffice, relay: ExchangeLikeSink) -> None:
    """Above the rate it says 421 and hangs up: the rest goes after the pause, and the desk hears nothing of it."""
    relay.rate = (4, 2.0)
    for number in range(3):
        dovecot.append(minutes(number))
    office = make_office(dovecot, delivery={"retry": ["0.1s"]})
    with office.started() as daemon:
        office.wait_until_filed(3)
        assert 0 == daemon.stop()
    assert relay.turned_away > 0
    assert WAITS in daemon.log()
    finished(office, relay, 3)


def test_its_defaults_fit(dovecot: Dovecot, make_office: MakeOffice, relay: ExchangeLikeSink) -> None:
    """Three connections are never one too many, and each letter is known by the id it gave as well as by ours."""
    relay.slow = 0.05
    for number in range(5):
        dovecot.append(minutes(number))
    office = make_office(dovecot)
    office.verb("run", "--once")
    assert 0 == relay.turned_away
    given = {exchange.header(content, b"Message-ID").decode().strip("<>") for _, content in relay.taken}
    assert given == {letter["alias"] for mail in office.mails() for letter in mail["letters"]}
    finished(office, relay, 5)


def test_a_receipt_under_another_id_is_proof(
    dovecot: Dovecot, make_office: MakeOffice, relay: ExchangeLikeSink
) -> None:
    """The answer to the dot is lost; the receipt comes back with a new Message-ID and without our header: sent once."""
    relay.answer("dot", DROP, OEVERMAN, times=1)
    dovecot.append(minutes(1))
    office = make_office(dovecot, receipts={"wait": "1m"})
    with office.started() as daemon:
        office.wait_until_filed(1)
        assert 0 == daemon.stop()
    assert '"state": "unsure"' in daemon.log()
    assert {b""} == {exchange.header(content, b"X-Mailrouter-Letter") for _, content in relay.taken}
    finished(office, relay, 1)


@pytest.mark.parametrize("duplicate", [None, exchange.DUPLICATE])
def test_a_second_copy_is_swallowed(
    dovecot: Dovecot, make_office: MakeOffice, relay: ExchangeLikeSink, duplicate: str | None
) -> None:
    """Answer and receipt are lost: the letter goes out again, is known by Message-ID and Date, and counts as sent."""
    relay.duplicate = duplicate
    relay.answer("dot", DROP, OEVERMAN, times=1)
    dovecot.append(minutes(1))
    office = make_office(dovecot, receipts={"wait": "1s"})
    relay.mailbox = None
    with office.started() as daemon:
        office.wait_until_filed(1)
        assert 0 == daemon.stop()
    assert (1, Counter(sent=2)) == (relay.swallowed, states(office))
    assert Counter({HAGEDOORN: 1, OEVERMAN: 1}) == relay.addressees()

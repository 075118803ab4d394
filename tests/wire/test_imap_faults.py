"""The daemon while its mail server, or the way to it, misbehaves: nothing is lost, doubled, or held up for long."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, a_mail, minutes, wait_until
from tests.wire.proxy import Afterwards, Proxy, another_size, reset_after
from tests.wire.proxy import proxy as proxy

pytestmark = pytest.mark.wire

HAGEDOORN, OEVERMAN, DESK = "hagedoorn@gemeente.example", "oeverman@gemeente.example", "balie@gemeente.example"
DONE = "Verwerkt/oosterdorp"
BODY = rb"BODY\[\] \{(\d+)\}\r\n"
"""Where the server gives a whole mail."""


@pytest.fixture
def office(
    dovecot: Dovecot, proxy: Proxy, make_office: Callable[..., Office], relay: ReturningSink
) -> Iterator[Office]:
    """An office that reaches its mail server through the proxy; at the end its books must balance."""
    made = make_office(dovecot, mailbox={"port": proxy.port, "timeout": "2s"}, delivery={"retry": ["1s"]})
    yield made
    proxy.behave()
    made.verb("verify")
    assert {1} == set(relay.letters().values())


def put_off(relay: ReturningSink) -> None:
    """One of the two officials cannot be reached for now, so that a mail stays in the inbox."""
    relay.answer("rcpt", "451 4.2.0 later please", OEVERMAN)


def forwarded(number: int) -> Counter[str]:
    """Who got how many letters when so many minutes were forwarded."""
    return Counter({HAGEDOORN: number, OEVERMAN: number})


class TestTheConnectionBreaks:
    def test_a_restart_while_letters_go_out(self, office: Office, dovecot: Dovecot, relay: ReturningSink) -> None:
        """The mail server restarts when the relay has taken a letter, before its receipt is there."""
        relay.on_taken = lambda number: dovecot.restart() if number < 3 else None
        dovecot.append(minutes(1))
        with office.started():
            office.wait_until_filed(1)
            dovecot.append(minutes(2))
            office.wait_until_filed(2)
        assert forwarded(2) == relay.addressees()

    def test_a_person_who_keeps_kicking(self, office: Office, dovecot: Dovecot, relay: ReturningSink) -> None:
        """`doveadm kick` at each letter and at each receipt: the daemon comes back each time."""
        relay.on_taken = relay.after_receipt = lambda _number: dovecot.kick()
        dovecot.append(minutes(1))
        with office.started():
            office.wait_until_filed(1)
            dovecot.append(minutes(2))
            office.wait_until_filed(2)
        assert forwarded(2) == relay.addressees()

    @pytest.mark.parametrize(
        ("last", "then"),
        [("* BYE going down for maintenance", "hang up"), ("NO [UNAVAILABLE] try later", "stop")],
        ids=["BYE", "UNAVAILABLE"],
    )
    def test_a_server_that_says_so(
        self, office: Office, proxy: Proxy, relay: ReturningSink, last: str, then: Afterwards
    ) -> None:
        """BYE, or NO [UNAVAILABLE], in answer to one command after the other: asked again soon."""
        with office.started() as daemon:
            for number, command in enumerate(["AUTHENTICATE", "SELECT", "SEARCH", "FETCH", "MOVE", "IDLE"], 1):
                proxy.answer(command, last, times=1, then=then)
                office.server.append(minutes(number))
                office.wait_until_filed(number)
        assert forwarded(6) == relay.addressees()
        assert "refuses our login" not in daemon.log()

    def test_a_reset_in_the_middle_of_a_mail(self, office: Office, proxy: Proxy, relay: ReturningSink) -> None:
        """RST after so many octets of a mail: half a mail is no mail, the whole one is taken in."""
        with office.started():
            for number, octets in enumerate([0, 1, 100, 400], 1):
                proxy.spoil(BODY, reset_after(octets), times=1)
                office.server.append(minutes(number))
                office.wait_until_filed(number)
        assert forwarded(4) == relay.addressees()
        assert [minutes(number) for number in range(1, 5)] == office.server.messages(DONE)

    def test_an_outage_is_no_reason_to_hammer(self, office: Office, proxy: Proxy, relay: ReturningSink) -> None:
        """A server that resets every connection is asked twice in eight seconds, by all parts together."""
        with office.started() as daemon:
            daemon.says("running")
            wait_until(lambda: len(proxy.connects) == 2, "poller and waker are connected")
            proxy.refusing = True
            office.server.append(minutes(1))
            proxy.reset_all()
            wait_until(lambda: len(proxy.connects) == 3, "the first try")
            time.sleep(7)
            assert 3 == len(proxy.connects)
            proxy.refusing = False
            office.wait_until_filed(1)
        assert forwarded(1) == relay.addressees()


class TestTheConnectionHangs:
    def test_half_open(self, office: Office, proxy: Proxy, relay: ReturningSink) -> None:
        """From the middle of an answer on nothing comes any more, on any connection: given up after mailbox.timeout."""

        def swallow(_link: object, _match: object) -> bytes:
            proxy.swallowing = True
            return b""

        with office.started() as daemon:
            for number, where in enumerate([rb"\* SEARCH", BODY, rb"COPYUID"], 1):
                proxy.spoil(where, swallow, times=1)
                office.server.append(minutes(number))
                daemon.says("no answer in time", number)
                proxy.swallowing = False
                office.wait_until_filed(number)
        assert forwarded(3) == relay.addressees()

    def test_letters_do_not_wait_for_the_mailbox(self, office: Office, proxy: Proxy, relay: ReturningSink) -> None:
        """The way to the mailbox is gone after the intake: a letter that was put off goes out at its time."""
        put_off(relay)
        office.server.append(minutes(1))
        with office.started() as daemon:
            daemon.says('"state": "later"')
            proxy.swallowing = True
            daemon.says("no answer in time")
            relay.behave()
            wait_until(lambda: len(relay.taken) == 2, "the letter that was put off")
            proxy.swallowing = False
            proxy.reset_all()
            office.wait_until_filed(1)
        assert forwarded(1) == relay.addressees()

    def test_an_octet_at_a_time(self, office: Office, proxy: Proxy, relay: ReturningSink) -> None:
        """Never silent for long, and never ready: such a connection counts as dead after mailbox.timeout."""
        with office.started() as daemon:
            daemon.says("running")
            proxy.drip = 0.2
            office.server.append(minutes(1))
            daemon.says("the answer comes too slowly")
            proxy.drip = 0.0
            office.wait_until_filed(1)
        assert forwarded(1) == relay.addressees()

    def test_a_slow_line_is_not_a_dead_one(self, office: Office, proxy: Proxy, relay: ReturningSink) -> None:
        """An answer that takes longer than mailbox.timeout, at a speed that gets somewhere, is waited for."""
        proxy.piece, proxy.drip = 512, 0.1
        office.server.append(a_mail("Toelichting", text="Een lange toelichting op de begroting.\r\n" * 500))
        with office.started() as daemon:
            office.wait_until_filed(1)
        assert Counter({HAGEDOORN: 1}) == relay.addressees()
        assert "too slowly" not in daemon.log()


class TestWhatTheServerSays:
    @pytest.mark.parametrize("more", [-7, 7])
    def test_a_wrong_size_of_one_mail(self, office: Office, proxy: Proxy, relay: ReturningSink, more: int) -> None:
        """The server lies about one mail, each time: it stays, named by `verify`, and all others go on."""
        broken = a_mail("Tegel", text="x" * 1234)
        for raw in (minutes(1), broken, minutes(2)):
            office.server.append(raw)
        proxy.spoil(rb"BODY\[\] \{(%d)\}\r\n" % len(broken), another_size(more))
        with office.started() as daemon:
            daemon.says("a mail cannot be read")
            wait_until(lambda: office.filed() == 2, "the other two mails are filed")
            office.server.append(minutes(3))
            wait_until(lambda: office.filed() == 3, "a mail that came later is filed")
            wait_until(lambda: [broken] == office.server.messages(), "only that mail lies in the inbox")
        assert "UID 2 in INBOX was passed over" in office.verb("verify", code=1).stdout
        proxy.behave()
        with office.started():
            office.wait_until_filed(4)
        assert forwarded(3) + Counter({HAGEDOORN: 1}) == relay.addressees()

    def test_a_full_folder_holds_up_no_other(self, office: Office, proxy: Proxy, relay: ReturningSink) -> None:
        """NO [OVERQUOTA] to MOVE: the mail stays, its letters are not sent again, and all else goes on as ever."""
        with office.started() as daemon:
            daemon.says("running")
            proxy.full = DONE.encode()
            office.server.append(minutes(1))
            daemon.says("OVERQUOTA")
            for number in range(1, 4):
                office.server.append(a_mail(f"Vraag {number}", sender="iemand@elders.example"))
                wait_until(lambda n=number: n == len(office.server.messages("Balie")), f"question {number} is filed")
            assert minutes(1) in office.server.messages()
            assert "out of reach" not in daemon.log()
            proxy.full = None
            office.wait_until_filed(4)
        assert forwarded(1) + Counter({DESK: 3}) == relay.addressees()
        assert 2 == len(proxy.connects)

    def test_an_alert_is_told(self, office: Office, proxy: Proxy, relay: ReturningSink) -> None:
        """[ALERT] must reach people (RFC 9051 §7.1), and changes nothing else."""
        proxy.answer("SELECT", "* OK [ALERT] De postbus is bijna vol", then="forward")
        office.server.append(minutes(1))
        with office.started() as daemon:
            office.wait_until_filed(1)
        assert forwarded(1) == relay.addressees()
        assert 1 == daemon.log().count("De postbus is bijna vol")

    def test_a_password_that_is_no_longer_good(self, office: Office, proxy: Proxy, relay: ReturningSink) -> None:
        """One try in five minutes, by whatever part; it is said, and letters go on being delivered."""
        put_off(relay)
        office.server.append(minutes(1))
        with office.started() as daemon:
            daemon.says('"state": "later"')
            wait_until(lambda: len(proxy.connects) == 2, "poller and waker are connected")
            proxy.answer("AUTHENTICATE", "NO [AUTHENTICATIONFAILED] who are you?")
            proxy.reset_all()
            daemon.says("the mailbox refuses our login")
            relay.behave()
            wait_until(lambda: len(relay.taken) == 2, "the letter that was put off")
            time.sleep(3)
            assert 3 == len(proxy.connects)
            assert 0 == daemon.stop()
        proxy.behave()
        with office.started():
            office.wait_until_filed(1)
        assert forwarded(1) == relay.addressees()


class TestPeopleInTheMailbox:
    """While one official is put off and the mail waits, somebody touches it in a mail program of their own."""

    @pytest.mark.parametrize("what", ["moves", "deletes", "flags", "copies"])
    def test_somebody(self, office: Office, dovecot: Dovecot, relay: ReturningSink, what: str) -> None:
        """Moves it away, deletes it, flags it or copies it: both officials get it once, and the books balance."""
        put_off(relay)
        dovecot.append(minutes(1))
        with office.started() as daemon:
            daemon.says('"state": "later"')
            with dovecot.mail_program() as client:
                client.select_folder("INBOX")
                [uid] = client.search(["SUBJECT", "Notulen 1"])
                if what == "moves":
                    client.create_folder("Prive")
                    client.move([uid], "Prive")
                elif what == "deletes":
                    client.delete_messages([uid])
                    client.uid_expunge([uid])
                elif what == "flags":
                    client.add_flags([uid], [b"\\Seen", b"\\Flagged", b"\\Deleted"])
                else:
                    client.copy([uid], "INBOX")
            relay.behave()
            office.wait_until_filed(2 if what == "copies" else 1)
        assert forwarded(1) == relay.addressees()
        places = {"moves": {"Prive"}, "deletes": set(), "flags": {DONE}, "copies": {DONE, "Dubbel"}}
        assert places[what] == {name for name in ("Prive", DONE, "Dubbel") if dovecot.messages(name)}

    def test_dragged_back(self, office: Office, dovecot: Dovecot, relay: ReturningSink) -> None:
        """A mail that was dealt with is dragged back into the inbox: nobody gets it again, and it is filed as known."""
        dovecot.append(minutes(1))
        with office.started():
            office.wait_until_filed(1)
            with dovecot.mail_program() as client:
                client.select_folder(DONE)
                client.move(client.search(), "INBOX")
            office.wait_until_filed(2)
        assert [minutes(1)] == dovecot.messages("Dubbel")
        assert forwarded(1) == relay.addressees()


def test_six_daemons_at_once(office: Office, relay: ReturningSink) -> None:
    """Started together on one state folder: one works, five say so and exit 75; killed, the next one just starts."""
    office.server.append(minutes(1))
    with ExitStack() as stack:
        six = [stack.enter_context(office.started()) for _ in range(6)]
        wait_until(lambda: [one.process.poll() for one in six].count(None) == 1, "five have ended")
        [works] = [one for one in six if one.process.poll() is None]
        others = [one for one in six if one is not works]
        assert [75] * 5 == [one.process.returncode for one in others]
        assert [True] * 5 == ["another mailrouter (process" in one.log() for one in others], others[0].log()
        office.wait_until_filed(1)
        works.signal(signal.SIGKILL)
        works.process.wait()
    with office.started():
        office.server.append(minutes(2))
        office.wait_until_filed(2)
    assert forwarded(2) == relay.addressees()

"""The log of a daemon at work: JSON, and silent about whose mail it was and what it said."""

import json
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.core.returned import dsn
from tests.wire.certificates import Certificates
from tests.wire.dovecot import Dovecot
from tests.wire.office import PLAIN, Office, ReturningSink, a_mail, wait_until
from tests.wire.sink import server_context
from tests.wire.test_oauth_run import over_tokens
from tests.wire.tokens import SECRET, TokenService

OEVERMAN, HAGEDOORN, DESK = "oeverman@gemeente.example", "hagedoorn@gemeente.example", "balie@gemeente.example"
CANARY = "kanarie-7f3a"
SECRETS = (
    CANARY, "Hagedoorn", "hagedoorn", "Oeverman", "oeverman", "secretaris", "dorpsraad-oosterdorp", "buurvrouw",
    "Geertje", "@gemeente", "@elders", "balie@", "Losse", "tegel",
)  # fmt: skip
"""Names, addresses, and words of subjects and texts."""
BEYOND_THE_MAIL = """
import mailrouter.router, mailrouter.cli
real = mailrouter.router.Router.collect
def collect(self):
    if list(self._intake.uids("INBOX").uids):
        import logging
        try:
            raise ValueError("Losse tegel van buurvrouw@elders.example")
        except ValueError as error:
            logging.getLogger("somebody").error("Geertje %s", "kanarie-7f3a", exc_info=True)
            raise RuntimeError("mail of Geertje: kanarie-7f3a") from error
    return real(self)
mailrouter.router.Router.collect = collect
mailrouter.cli.main()
"""


@pytest.fixture
def office(dovecot: Dovecot, make_office: Callable[..., Office]) -> Office:
    """An office that is quick to alarm."""
    return make_office(
        dovecot,
        delivery={"retry": ["1s"]},
        alarms={"server": "1s", "letter": "1s", "desk": "1s"},
        schedule={"poll": "0.2s", "verify": "1s"},
    )


def lines(log: str) -> Iterator[dict[str, Any]]:
    """Each line of a log, which must be an object of its own."""
    for line in log.splitlines():
        told = json.loads(line)
        assert ["timestamp", "level", "event"] == list(told)[:3]
        yield told


def silent(text: str) -> None:
    """No secret stands in the text."""
    for secret in SECRETS:
        assert secret not in text, [line for line in text.splitlines() if secret in line]


def test_every_kind_of_event(office: Office, relay: ReturningSink) -> None:
    """Letters refused and put off by name, a bounce, a loop, the desk, alarms, a reload, an export and a purge."""
    relay.answer("rcpt", f"550 5.1.1 <{OEVERMAN}> wethouder Oeverman onbekend: {CANARY}", OEVERMAN)
    text = f"Geertje ({CANARY}) struikelde. Mail buurvrouw@elders.example."
    with office.started() as daemon:
        for number in range(3):
            office.server.append(a_mail(f"Losse tegel {CANARY} {number}", text=text))
        office.server.append(a_mail(f"{CANARY} Kapotte bank", sender="buurvrouw@elders.example", text=text))
        office.wait_until_filed(4)
        content = next(content for address, content in relay.taken if address == HAGEDOORN)
        office.server.append(dsn(content, HAGEDOORN, says=f"Hagedoorn is weg {CANARY}"))
        relay.answer("rcpt", f"451 4.2.1 <{HAGEDOORN}> Hagedoorn is vol: {CANARY}", HAGEDOORN)
        office.server.append(a_mail(f"Wacht {CANARY}", text=text))
        daemon.says('"state": "later"')
        daemon.says('"event": "alarm"', times=2)
        office.edit("officials.yaml", OEVERMAN, f"x@{OEVERMAN}")
        daemon.signal(signal.SIGHUP)
        daemon.says("not taken over")
        office.edit("officials.yaml", f"x@{OEVERMAN}", OEVERMAN)
        status = office.verb("status").stdout + office.verb("status", "--json").stdout
        assert 0 == daemon.stop()
    told = list(lines(daemon.log()))
    assert {"running", "collected", "letter", "alarm"} <= {line["event"] for line in told}
    silent(daemon.log())
    silent(status)


def test_relay_and_mailbox_in_trouble(office: Office, relay: ReturningSink) -> None:
    """What the relay says of us, a refused login, a mailbox that goes: the log tells the reason and nobody's name."""
    relay.answer("mail", f"550 5.7.60 <dorpsraden@gemeente.example> Geertje {CANARY} may not send as this sender")
    with office.started() as daemon:
        office.server.append(a_mail(f"Losse tegel {CANARY}"))
        daemon.says("the relay makes all letters wait")
        daemon.says('"kind": "relay"')
        office.server.stop()
        daemon.says("the mailbox is out of reach")
        status = office.verb("status").stdout
        assert 0 == daemon.stop()
        office.server.restart()
    waits = [line for line in lines(daemon.log()) if line["event"] == "the relay makes all letters wait"]
    assert "5.7.60" in waits[0]["reason"]
    silent(daemon.log())
    silent(status)
    once = office.verb("run", "--once", code=75).stderr
    silent(once)


ACCOUNT = "dorpsraden@gemeente.example"
REPEATING = {"error": "invalid_grant", "error_description": f"AADSTS50034: The user account {ACCOUNT} does not exist."}


@pytest.mark.parametrize(
    "trouble", ["no token", "token", "password", "relay token", "relay password", "TLS", "relay TLS", "recipient"]
)
def test_who_we_are_is_not_told(
    trouble: str,
    with_tokens: Callable[..., tuple[TokenService, Dovecot]],
    make_office: Callable[..., Office],
    relay: ReturningSink,
    certificates: Certificates,
) -> None:
    """Neither the shared address nor a recipient's, when a login, a token, a recipient or TLS fails; in no place."""
    service, server = with_tokens(**({"certificate": certificates.elsewhere} if trouble == "TLS" else {}))
    office = make_office(server, **over_tokens(service, server, relay, str(certificates.ca)), alarms={"server": "0.1s"})
    office.secret("mailrouter_oauth__client_secret", SECRET)
    office.server.append(a_mail(f"Losse tegel {CANARY}"))
    if trouble == "no token":
        service.answer = 400, REPEATING
    elif trouble == "token":
        office.change(mailbox={"user": ACCOUNT})
    elif trouble == "password":
        office.change(mailbox={"user": ACCOUNT, "login": "password"})
    elif trouble == "relay token":
        office.change(delivery={"user": ACCOUNT})
        relay.answer("login", f"535 5.7.8 <{ACCOUNT}> may not: {CANARY}")
    elif trouble == "relay password":
        relay.mechanisms = ("PLAIN",)
        office.change(delivery={"user": ACCOUNT, "login": "password"})
        office.secret("mailrouter_delivery__password", "fout")
    elif trouble == "relay TLS":
        relay.starttls = server_context(certificates.elsewhere)
    elif trouble == "recipient":
        relay.answer("rcpt", f"451 4.2.1 <{HAGEDOORN}> Hagedoorn is vol: {CANARY}", HAGEDOORN)
    mailbox = trouble in ("no token", "token", "password", "TLS")
    once = office.verb("run", "--once", code=69 if mailbox else 75).stderr
    with office.started() as daemon:
        daemon.says(("out of reach" if trouble == "TLS" else "refuses our login") if mailbox else "running")
        wait_until(lambda: bool(office.json("status")[0]["alarms"]) or trouble == "recipient", "an alarm")
        status = office.verb("status").stdout + office.verb("status", "--json").stdout
        assert 0 == daemon.stop()
    for told in (once, daemon.log(), status):
        silent(told)


def test_an_error_that_nobody_expected(office: Office) -> None:
    """Its kind and its place are told, of its causes and of what libraries log too; never a word of what it says."""
    office.program = ("-c", BEYOND_THE_MAIL)
    with office.started() as daemon:
        office.server.append(a_mail(f"Losse tegel {CANARY}"))
        wait_until(lambda: daemon.process.poll() is not None, "the end of the daemon")
    silent(daemon.log())
    failed = [line for line in lines(daemon.log()) if "trace" in line]
    assert ["ValueError", "RuntimeError < ValueError"] == [line["error"] for line in failed]
    assert any("daemon.py" in place for place in failed[1]["trace"])
    office.program = PLAIN
    office.verb("run", "--once")

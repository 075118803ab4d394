"""The main job over OAuth2 and TLS on both sides, with tokens that are renewed while it runs."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.wire.certificates import Certificates
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, minutes, wait_until
from tests.wire.tokens import TokenService

pytestmark = pytest.mark.wire

MAILS = 200


def over_tokens(service: TokenService, server: Dovecot, relay: ReturningSink, ca: str) -> dict[str, Any]:
    """The sections of mailrouter.yaml for these servers."""
    trusted = {"host": "localhost", "ca_file": ca, "login": "oauth", "user": server.user}
    settings = service.settings()
    return {
        "mailbox": trusted | {"port": server.tls_port, "tls": "implicit"},
        "delivery": trusted | {"port": relay.port, "tls": "starttls"},
        "oauth": {
            "tenant": settings.tenant, "client_id": settings.client_id, "token_url": settings.token_url,
            "scope": settings.scope, "ca_file": ca,
        },
    }  # fmt: skip


def test_two_hundred_mails_over_tokens_and_tls(
    with_tokens: Callable[..., tuple[TokenService, Dovecot]],
    make_office: Callable[..., Office],
    relay: ReturningSink,
    certificates: Certificates,
) -> None:
    """Each mail reaches its two officials exactly once, while the token ends again and again and the relay hangs up."""
    service, server = with_tokens()
    service.lifetime, service.holds = 4.0, 60.0  # a slow machine must not find a token ended that it just got

    def in_the_middle(number: int) -> None:
        if number in (100, 200, 300):  # connections outlive their token: with new ones a new token must do
            relay.hang_up()
            server.kick()

    relay.after_receipt = in_the_middle
    with server.mail_program() as client:
        for number in range(MAILS):
            client.append("INBOX", minutes(number))
    office = make_office(server, **over_tokens(service, server, relay, str(certificates.ca)))
    office.secret("mailrouter_oauth__client_secret", "client-kanarie")
    (office.config / "secrets" / "mailrouter_mailbox__password").unlink()
    with office.started() as daemon:
        for part in range(MAILS // 10, MAILS, MAILS // 10):  # so that a busy machine may take its time
            wait_until(lambda part=part: office.filed() >= part, f"{part} mails filed")  # type: ignore[misc]
        office.wait_until_filed(MAILS)
        assert 0 == daemon.stop()
        log = daemon.log()
    officials = {"oeverman@gemeente.example": MAILS, "hagedoorn@gemeente.example": MAILS}
    assert Counter(officials) == relay.addressees()
    assert (2 * MAILS, {1}) == (len(relay.letters()), set(relay.letters().values()))
    assert office.verb("verify").stdout.startswith("ok: ")
    assert (len(service.asked) > 2, log.count("got a token") > 2) == (True, True)
    given = [*service._given, "client-kanarie"]
    assert [] == [token for token in given if token in log]
    assert not any(token.encode() in (office.state / "journal.db").read_bytes() for token in given)


def test_a_secret_that_is_wrong_or_ends_is_told(
    with_tokens: Callable[..., tuple[TokenService, Dovecot]],
    make_office: Callable[..., Office],
    relay: ReturningSink,
    certificates: Certificates,
) -> None:
    """`run --once` and `status` say that the secret ends and, when it is wrong, what to do; it shows nowhere."""
    service, server = with_tokens()
    sections = over_tokens(service, server, relay, str(certificates.ca))
    sections["oauth"]["secret_expires"] = (datetime.now(UTC) + timedelta(days=20)).date()
    office = make_office(server, **sections, alarms={"server": "0.1s"})
    office.secret("mailrouter_oauth__client_secret", "client-kanarie")
    assert "alarm: the client secret that tokens are got with expires on" in office.verb("run", "--once").stderr
    assert "expiry" in [alarm["kind"] for alarm in office.json("status")[0]["alarms"]]
    assert "mailbox: ok\nrelay: ok" in office.verb("check", "--connect").stdout
    office.secret("mailrouter_oauth__client_secret", "fout-kanarie")
    once, checked = office.verb("run", "--once", code=69), office.verb("check", "--connect", code=1)
    for told in (once.stderr, checked.stdout):
        assert "AADSTS7000215: Invalid client secret provided. The client secret is wrong. Copy the value" in told
    wait_until(lambda: len(office.json("status")[0]["alarms"]) == 2, "the alarm of the mailbox")
    alarm = office.json("status")[0]["alarms"][0]
    assert ("mailbox", True) == (alarm["kind"], "Copy the value" in alarm["text"])
    assert "kanarie" not in once.stderr + checked.stdout + json.dumps(alarm)

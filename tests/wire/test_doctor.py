"""`mailrouter doctor` against real servers: all well, ten planted faults, and a daemon beside it."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailrouter.doctor import machine
from tests.wire.certificates import Certificates
from tests.wire.dns_server import DnsServer
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, minutes, wait_until
from tests.wire.sink import RECEIPTS, server_context
from tests.wire.test_oauth_run import over_tokens
from tests.wire.tokens import TokenService

pytestmark = pytest.mark.wire

GOOD = {
    "gemeente.example": ["v=spf1 ip4:192.0.2.1 -all", "iets anders"],
    "s1._domainkey.gemeente.example": ["v=DKIM1; k=rsa; p=" + "A" * 400],
    "_dmarc.gemeente.example": ["v=DMARC1; p=reject"],
}


@pytest.fixture
def make_dns() -> Iterator[Callable[..., DnsServer]]:
    made: list[DnsServer] = []

    def make(texts: Any) -> DnsServer:
        made.append(DnsServer(texts))
        return made[-1]

    yield make
    for server in made:
        server.stop()


def findings(office: Office, dns: DnsServer, code: int) -> list[dict[str, Any]]:
    """What the doctor finds; it must end with that code."""
    told = office.verb("doctor", "--json", "--resolver", dns.address, code=code)
    return [json.loads(line) for line in told.stdout.splitlines()]


def verdicts(found: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Verdict → the parts that have it."""
    return {word: {one["part"] for one in found if one["verdict"] == word} for word in ("ok", "warning", "error")}


def secured(server: Dovecot, service: TokenService, relay: ReturningSink, certificates: Certificates) -> dict[str, Any]:
    """The sections of an office over tokens and TLS, with all that the doctor can look at."""
    sections = over_tokens(service, server, relay, str(certificates.ca))
    sections["delivery"]["dkim_selectors"] = ["s1"]
    sections["oauth"]["secret_expires"] = (datetime.now(UTC) + timedelta(days=200)).date()
    return sections


def test_all_is_well(
    with_tokens: Callable[..., tuple[TokenService, Dovecot]],
    make_office: Callable[..., Office],
    make_dns: Callable[..., DnsServer],
    relay: ReturningSink,
    certificates: Certificates,
) -> None:
    """A set-up that is right gives no error; the letter to ourselves lies in the receipt folder, and in no books."""
    service, server = with_tokens(certificate=certificates.lasting("imap", 90))
    relay.starttls = server_context(certificates.lasting("relay", 90))
    office = make_office(server, **secured(server, service, relay, certificates), receipts={"wait": "20s"})
    office.secret("mailrouter_oauth__client_secret", "client-kanarie")
    assert 0 == office.verb("run", "--once").returncode
    seen = verdicts(findings(office, make_dns(GOOD), 0))
    assert {"daemon"} == seen["warning"]
    assert {
        "disk", "journal", "token", "credential", "clock", "mailbox", "mailbox certificate", "folder", "relay",
        "relay certificate", "size", "connections", "receipt", "move", "spf", "dkim", "dmarc",
    } == seen["ok"]  # fmt: skip
    assert ([], 1) == (server.messages(), len(server.messages("Bewijs")))
    assert [[RECEIPTS]] == [to for _, to, _ in relay.messages]
    assert office.verb("verify").stdout == "ok: 0 mails, 0 letters\n"
    assert 0 == office.verb("run", "--once").returncode
    assert ([], 1) == (office.mails(), len(relay.messages))


def test_ten_planted_faults_are_all_named(
    with_tokens: Callable[..., tuple[TokenService, Dovecot]],
    make_office: Callable[..., Office],
    make_dns: Callable[..., DnsServer],
    relay: ReturningSink,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each fault is an error with a remedy, none hides another, and the exit code is 1."""
    service, server = with_tokens(
        certificate=certificates.lasting("nearly", 2),  # 3: the mail server's certificate
        rights="INBOX owner lrwi\nBewijs owner lrwi\nBalie owner lr\n",  # 2: the folders
    )
    service.ahead = 900.0  # 1: our clock is a quarter of an hour behind
    relay.starttls = server_context(certificates.lasting("ended soon", 3))  # 4: the relay's certificate
    relay.size = 300_000  # 5: SIZE
    sections = secured(server, service, relay, certificates)
    sections["oauth"]["secret_expires"] = (datetime.now(UTC) + timedelta(days=3)).date()  # 6: the client secret
    office = make_office(server, **sections, receipts={"wait": "1s"})
    office.secret("mailrouter_oauth__client_secret", "client-kanarie")
    relay.mailbox = None  # 7: receipts do not come back
    monkeypatch.setattr(machine, "_free", lambda _place: 20_000_000)  # 8: the disk
    office.state.mkdir()
    (office.state / "journal.db").write_bytes(b"geen journaal" * 1000)  # 9: the journal
    office.may_be_unbalanced = "its journal is damaged on purpose"
    dns = make_dns({"gemeente.example": ["v=spf1 -all", "v=spf1 mx -all"], "s1._domainkey.gemeente.example": ["p="]})
    found = findings(office, dns, 1)  # 10, 11, 12: SPF twice, the DKIM key revoked, no DMARC
    wrong = [one for one in found if one["verdict"] == "error"]
    assert {
        "clock", "folder", "mailbox certificate", "relay certificate", "size", "credential", "receipt", "disk",
        "journal", "spf", "dkim", "dmarc",
    } == {one["part"] for one in wrong}  # fmt: skip
    assert [] == [one["part"] for one in wrong if not one["remedy"]]
    folders = [one["text"] for one in wrong if one["part"] == "folder"]
    assert ["INBOX lacks rights (te of RFC 4314)", "Balie can only be read"] == folders
    assert "client-kanarie" not in json.dumps(found)


@pytest.mark.parametrize(
    ("plant", "part", "remedy"),
    [
        ("secret", "token", "Copy the value of the secret"),
        ("service down", "token", "oauth.token_url"),
        ("audience", "mailbox", "IMAP.AccessAsApp"),
        ("relay certificate", "relay", "another name"),
        ("relay login", "relay", "SMTP.SendAsApp"),
        ("send as", "receipt", "Add-RecipientPermission"),
    ],
)
def test_one_fault_says_what_to_do(
    with_tokens: Callable[..., tuple[TokenService, Dovecot]],
    make_office: Callable[..., Office],
    make_dns: Callable[..., DnsServer],
    relay: ReturningSink,
    certificates: Certificates,
    plant: str,
    part: str,
    remedy: str,
) -> None:
    """A wrong secret, a service that is away, a token for another server, another name, SendAs: each with its words."""
    service, server = with_tokens()
    if plant == "relay certificate":
        relay.starttls = server_context(certificates.elsewhere)
    office = make_office(server, **secured(server, service, relay, certificates), receipts={"wait": "1s"})
    office.secret("mailrouter_oauth__client_secret", "fout" if plant == "secret" else "client-kanarie")
    if plant == "service down":
        service.stop()
    elif plant == "audience":
        service.scope = "iets anders"
    elif plant == "relay login":
        relay.knows = lambda _user, _token: False
    elif plant == "send as":
        relay.answer("dot", "554 5.2.252 SendAsDenied; a@gemeente.example not allowed to send as b@gemeente.example")
    found = findings(office, make_dns(GOOD), 1)
    said = [one for one in found if one["part"] == part and one["verdict"] == "error"]
    assert remedy in said[0]["remedy"], found
    assert said[0]["dutch"]
    if part != "receipt":
        assert (1, "skipped") == (len(said), next(one["verdict"] for one in found if one["part"] == "receipt"))
    if plant == "relay login":
        assert 1 == relay.logins  # who refuses us is asked once


def test_beside_a_running_daemon(
    dovecot: Dovecot, relay: ReturningSink, make_office: Callable[..., Office], make_dns: Callable[..., DnsServer]
) -> None:
    """The daemon sets the doctor's letter aside and writes it in no books; letters are neither held nor doubled."""
    office = make_office(dovecot, receipts={"wait": "20s"})
    dovecot.append(minutes(1))
    with office.started() as daemon:
        office.wait_until_filed(1)
        found = findings(office, make_dns(GOOD), 0)
        assert {"daemon", "receipt", "journal"} <= verdicts(found)["ok"]
        wait_until(lambda: not dovecot.messages(), "the letter of the doctor set aside")
        dovecot.append(minutes(2))
        office.wait_until_filed(2)
        assert 0 == daemon.stop()
        assert "holding letters back" not in daemon.log()
    assert (4, 5) == (len(relay.taken), len(dovecot.messages("Bewijs")))
    assert office.verb("verify").stdout.startswith("ok: 2 ")
    with closing(sqlite3.connect(office.state / "journal.db")) as journal:
        assert (4, 4) == journal.execute("select count(*), (select count(*) from letter) from proof").fetchone()


def test_what_cannot_be_looked_at_is_said(
    dovecot: Dovecot, relay: ReturningSink, make_office: Callable[..., Office]
) -> None:
    """Without a resolver, a receipt address or tokens those parts are skipped, visibly; for people as lines."""
    office = make_office(dovecot, receipts={"address": None})
    told = office.verb("doctor", "--resolver", "127.0.0.1:1").stdout
    assert "skipped  dns: SPF, DKIM and DMARC were not looked at, because no resolver answers" in told
    assert "skipped  receipt: letters go without receipts" in told
    assert "skipped  token: nobody logs in with tokens" in told
    assert "→ Run doctor where there is DNS, or name a resolver: --resolver ADDRESS." in told
    assert (told.splitlines()[-1].startswith("0 wrong, "), relay.messages) == (True, [])

"""The how-to documents, followed word for word: what they tell to write and to type is read from the pages and done.

A page marks a block with a comment before it: `<!-- run: NAME -->` are commands, `<!-- config: NAME -->` is a part of
mailrouter.yaml, `<!-- file: NAME -->` a file for another server. Only where servers listen and where
the folders of the installation are is changed, because here they are on this machine.
"""

import json
import os
import re
import smtplib
import ssl
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mailrouter.core.settings import Settings
from mailrouter.core.writing.samples.texts import IDEA
from mailrouter.journal.opening import FILE
from tests.core.letters import body, read
from tests.wire.certificates import Certificates
from tests.wire.dovecot import Dovecot
from tests.wire.exchange import ExchangeLikeSink
from tests.wire.office import Office, ReturningSink, a_mail, environment, minutes, wait_until
from tests.wire.postfix import Postfix
from tests.wire.sink import PASSWORD, RECEIPTS, USER, server_context
from tests.wire.tokens import SECRET, TokenService

HOWTO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
MARK = re.compile(r"(?m)^ *<!-- (run|config|file): (\S+) -->\n\n((?:(?: {4}.*)?\n)+)")
OEVERMAN, HAGEDOORN = "oeverman@gemeente.example", "hagedoorn@gemeente.example"
COUNCIL = "secretaris@dorpsraad-oosterdorp.example"


def blocks(page: str, what: str) -> dict[str, str]:
    """Name → the marked blocks of that sort on a page, in their order."""
    found = MARK.findall((HOWTO / f"{page}.md").read_text())
    return {name: textwrap.dedent(text).strip() + "\n" for kind, name, text in found if kind == what}


def config(page: str) -> dict[str, dict[str, Any]]:
    """The sections of mailrouter.yaml that a page tells to write."""
    [text] = blocks(page, "config").values()
    return YAML(typ="safe").load(text)  # type: ignore[no-any-return]  # YAML is what it is


SYSTEMCTL = """\
#!/bin/bash
pid={folder}/daemon.pid
case $1 in
start) mailrouter run </dev/null >>{folder}/daemon.log 2>&1 & echo $! >$pid ;;
stop) kill $(<$pid) && while readlink /proc/$(<$pid)/exe >/dev/null; do sleep 0.1; done ;;
esac
"""
"""What starts and stops the daemon where the machine's own systemctl may not."""


def follow(office: Office, page: str, name: str, said: str = "") -> str:
    """Type the commands of a block in a shell; what they print. `said`: what is typed when something asks."""
    return typed_in(office, blocks(page, "run")[name], said)


def typed_in(office: Office, text: str, said: str = "") -> str:
    """Type commands in a shell, with the places of the office for those of the pages."""
    places = {
        "/etc/mailrouter": office.config, "/var/lib/mailrouter": office.state,
        "/var/backups/mailrouter": office.folder / "backups", "-o mailrouter -g mailrouter ": "",
    }  # fmt: skip
    for told, here in places.items():
        text = text.replace(told, str(here))
    programs = office.folder / "programs"
    programs.mkdir(exist_ok=True)
    mailrouter = f'#!/bin/sh\nexec {sys.executable} -m mailrouter "$@"\n'
    for program, script in (("mailrouter", mailrouter), ("systemctl", SYSTEMCTL.format(folder=office.folder))):
        (programs / program).write_text(script)
        (programs / program).chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    more = {"PATH": path, "MAILROUTER_CONFIG": str(office.config), "RUNTIME_DIRECTORY": str(office.memory)}
    typed = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(
        typed, cwd=office.folder, env=environment() | more, input=said, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def write_config(office: Office, page: str, here: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the config as the page tells, then where its servers are found here."""
    office.change(**config(page))
    office.change(**here)


def forwards(office: Office, relay: ReturningSink, server: Dovecot) -> None:
    """A mail goes its way, with its proofs."""
    server.append(minutes(1))
    office.verb("run", "--once")
    assert sorted(relay.addressees()) == sorted({OEVERMAN, HAGEDOORN})
    [mail] = office.mails()
    assert ("filed", 2) == (mail["state"], sum(letter["proven"] is not None for letter in mail["letters"]))


def found_here(server: Dovecot, port: int, ca: str = "own-ca.pem") -> dict[str, dict[str, Any]]:
    """Where the servers of the tests are."""
    return {
        "mailbox": {"host": "localhost", "port": server.tls_port, "ca_file": ca, "user": server.user},
        "delivery": {"host": "localhost", "port": port, "ca_file": ca, "user": server.user},
    }


@pytest.fixture
def relay() -> Any:
    """A relay that behaves as Exchange does, and wants a login over TLS."""
    sink = ExchangeLikeSink()
    sink.start()
    yield sink
    sink.stop()


def trusting(office: Office, certificates: Certificates) -> None:
    """Put the municipality's own authority where the pages say."""
    (office.config / "own-ca.pem").write_bytes(certificates.ca.read_bytes())


def type_secrets(office: Office, page: str, *secrets: str) -> None:
    """Type each command of the block `secrets`, and what it asks for."""
    for command, secret in zip(blocks(page, "run")["secrets"].splitlines(), secrets, strict=True):
        target = command.split()[-1].replace("/etc/mailrouter", str(office.config))
        subprocess.run([*command.split()[:-1], target], input=secret + "\n", text=True, check=True)


@pytest.mark.parametrize("page", ["exchange-server", "google-workspace"])
def test_with_passwords(
    page: str,
    make_dovecot: Callable[..., Dovecot],
    make_office: Callable[..., Office],
    relay: ExchangeLikeSink,
    certificates: Certificates,
) -> None:
    """The config, the secrets and the commands of the page lead to a mail that is forwarded and proven."""
    server = make_dovecot(certificate=certificates.localhost)
    relay.starttls, relay.login_required = server_context(certificates.localhost), True
    office = make_office(server)
    trusting(office, certificates)
    write_config(office, page, found_here(server, relay.port))
    office.change(delivery={"user": USER}, receipts={"address": RECEIPTS})
    type_secrets(office, page, server.password, PASSWORD)
    follow(office, page, "look")
    forwards(office, relay, server)


def behind(
    postfix: Postfix, make_dovecot: Callable[..., Dovecot], sink: ReturningSink, certificates: Certificates
) -> Dovecot:
    """Dovecot and Postfix as the page sets them up; the mail of officials ends in the sink."""
    files = blocks("dovecot-postfix", "file")
    more = files["99-mailrouter.conf"].replace("/var/spool/postfix", str(postfix.queue))
    server = make_dovecot(certificate=certificates.localhost, more=more)
    postfix.start(certificates.localhost, server, sink.port, files["main.cf"], files["master.cf"])
    return server


def test_a_real_postfix(
    make_dovecot: Callable[..., Dovecot],
    make_office: Callable[..., Office],
    relay: ExchangeLikeSink,
    postfix: Postfix,
    certificates: Certificates,
) -> None:
    """A council's mail comes in by Postfix, letters go out by it, receipts come back to the plus address."""
    page = "dovecot-postfix"
    server = behind(postfix, make_dovecot, relay, certificates)
    office = make_office(server)
    relay.mailbox = None  # whatever comes back comes back by Postfix
    trusting(office, certificates)
    write_config(office, page, found_here(server, postfix.submission))
    type_secrets(office, page, server.password, server.password)
    follow(office, page, "look")
    assert "Balie" in server.folders()
    with smtplib.SMTP("127.0.0.1", postfix.port) as outside:
        outside.sendmail(COUNCIL, [config(page)["mailbox"]["address"]], minutes(1))
    wait_until(lambda: bool(server.messages()), postfix.log())
    with office.started() as daemon:
        wait_until(lambda: proven(office) == 2 and not server.messages(), f"{daemon.log()}{postfix.log()}")
        assert 0 == daemon.stop()
    assert [[HAGEDOORN], [OEVERMAN]] == sorted(to for _, to, _ in relay.messages)
    assert {"dorpsraden@gemeente.example"} == {sender for sender, _, _ in relay.messages}
    assert (1, 2) == (len(server.messages("Verwerkt/oosterdorp")), len(server.messages("Bewijs")))


def proven(office: Office) -> int:
    """How many letters have their proof."""
    if not (office.state / FILE).exists():
        return 0
    return sum(letter["proven"] is not None for mail in office.mails() for letter in mail["letters"])


def test_what_postfix_refuses(
    make_dovecot: Callable[..., Dovecot], relay: ReturningSink, postfix: Postfix, certificates: Certificates
) -> None:
    """As the page sets it up: no login without TLS, no letters without a login, and nobody else's address as sender."""
    server = behind(postfix, make_dovecot, relay, certificates)
    with smtplib.SMTP("localhost", postfix.submission) as client:
        client.ehlo()
        assert "auth" not in client.esmtp_features
        client.starttls(context=ssl.create_default_context(cafile=certificates.ca))
        client.ehlo()
        assert "35000000" == client.esmtp_features["size"]
        client.mail("dorpsraden@gemeente.example")
        assert 553 == client.rcpt(OEVERMAN)[0]
        client.rset()
        client.mail(COUNCIL)
        assert 554 == client.rcpt(OEVERMAN)[0]
        client.rset()
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(server.user, "fout")
        client.login(server.user, server.password)
        client.mail(OEVERMAN)
        assert 553 == client.rcpt(HAGEDOORN)[0]
        client.rset()
        client.mail("dorpsraden@gemeente.example")
        assert 250 == client.rcpt(OEVERMAN)[0]
    assert [] == relay.messages


def test_microsoft_365(
    with_tokens: Callable[..., tuple[TokenService, Dovecot]],
    make_office: Callable[..., Office],
    relay: ExchangeLikeSink,
    certificates: Certificates,
) -> None:
    """With a token service that answers as Microsoft's does: the config, the secret, the commands, a mail."""
    service, server = with_tokens()
    office = make_office(server)
    trusting(office, certificates)
    write_config(office, "microsoft-365", found_here(server, relay.port) | _tokens_here(service))
    follow(office, "microsoft-365", "certificate")
    assert (office.folder / "mailrouter.crt").read_text().startswith("-----BEGIN CERTIFICATE")
    (office.config / "secrets" / "mailrouter_mailbox__password").unlink()
    follow(office, "microsoft-365", "secret", SECRET + "\n")
    follow(office, "microsoft-365", "look")
    forwards(office, relay, server)


def test_from_passwords_to_tokens(
    with_tokens: Callable[..., tuple[TokenService, Dovecot]],
    make_office: Callable[..., Office],
    relay: ExchangeLikeSink,
    certificates: Certificates,
) -> None:
    """A daemon at work with passwords is moved without losing or doubling anything."""
    service, server = with_tokens()
    relay.mechanisms = ("PLAIN", "XOAUTH2")
    office = make_office(server)
    trusting(office, certificates)
    office.change(mailbox={"tls": "implicit"}, delivery={"tls": "starttls"})
    office.change(**found_here(server, relay.port))
    office.change(delivery={"user": USER})
    office.secret("mailrouter_delivery__password", PASSWORD)
    page = "tokens-for-passwords"
    with office.started() as daemon:
        server.append(minutes(1))
        office.wait_until_filed(1)
        write_config(office, page, _tokens_here(service) | {"delivery": {"user": server.user}})
        office.secret("mailrouter_oauth__client_secret", SECRET)
        follow(office, page, "look")
        server.append(minutes(2))
        office.wait_until_filed(2)
        assert 0 == daemon.stop()
    for name in ("mailbox", "delivery"):
        (office.config / "secrets" / f"mailrouter_{name}__password").unlink()
    relay.mechanisms = ("XOAUTH2",)
    with office.started() as daemon:
        server.append(minutes(3))
        office.wait_until_filed(3)
        follow(office, page, "after")
        assert 0 == daemon.stop()
    assert {OEVERMAN: 3, HAGEDOORN: 3} == dict(relay.addressees())


def test_retention(dovecot: Dovecot, make_office: Callable[..., Office], relay: ReturningSink) -> None:
    """Somebody asks what is held of them, gets it, and asks to be forgotten."""
    office = make_office(dovecot)
    dovecot.append(minutes(1))
    office.verb("run", "--once")
    assert "OK" in follow(office, "retention", "export")
    [note] = [json.loads(file.read_text()) for file in (office.folder / "inzage").glob("*.json")]
    assert COUNCIL == note["sender"]
    assert "1 mails were removed" in follow(office, "retention", "forget")
    assert 1 == len(dovecot.messages("Verwerkt/oosterdorp"))


def test_backup_and_restore(dovecot: Dovecot, make_office: Callable[..., Office], relay: ReturningSink) -> None:
    """A backup by hand and by cron; put back, nothing is lost or sent twice, and the books balance."""
    office = make_office(dovecot)
    backups = office.folder / "backups"
    backups.mkdir()
    [cron] = blocks("backup", "file").values()
    typed_in(office, "systemctl start mailrouter")
    try:
        dovecot.append(minutes(1))
        office.wait_until_filed(1)
        old = backups / "2026-01-01.db"
        old.write_bytes(b"")
        os.utime(old, (0, 0))
        typed_in(office, cron)
        [copy] = backups.iterdir()
        copy.unlink()
        assert "1 (1 filed) mails, 2 (2 sent) letters" in follow(office, "backup", "backup")
        [copy] = backups.iterdir()
        copy.rename(backups / "2026-09-14.db")
        dovecot.append(minutes(2))
        office.wait_until_filed(2)
        follow(office, "backup", "restore")
        dovecot.append(minutes(3))
        office.wait_until_filed(2)
        log = (office.folder / "daemon.log").read_text()
        assert "holding letters back" in log
        assert follow(office, "backup", "verify").startswith("ok: 2 (2 filed) mails, 4 (4 sent) letters")
    finally:
        typed_in(office, "systemctl stop mailrouter")
    assert {OEVERMAN: 3, HAGEDOORN: 3} == dict(relay.addressees())
    assert (office.state / "damaged" / "journal.db").exists()


def test_the_privacy_sheet_tells_the_terms() -> None:
    """The terms that the sheet calls the default are the default."""
    sheet = (HOWTO.parent / "reference" / "privacyblad.md").read_text()
    retention, receipts = (Settings.model_fields[name].default for name in ("retention", "receipts"))
    for days, key in (
        (retention.mail.days, "retention.mail"),
        (retention.record.days, "retention.record"),
        (receipts.keep.days, "receipts.keep"),
    ):
        assert re.search(rf"\| {days} dagen[^|]*\(`{key}`\)", sheet), key


def _tokens_here(service: TokenService) -> dict[str, dict[str, Any]]:
    settings = service.settings()
    names = ("tenant", "client_id", "token_url", "scope")
    return {"oauth": {name: getattr(settings, name) for name in names} | {"ca_file": "own-ca.pem"}}


def test_change_the_templates(dovecot: Dovecot, make_office: Callable[..., Office], relay: ReturningSink) -> None:
    """Looked at, copied, changed, checked: the next letter has the new words; a slip is told with file and line."""
    office = make_office(dovecot)
    page = "change-templates"
    assert "heeft een idee of plan" in follow(office, page, "look")
    follow(office, page, "copy")
    own = office.config / "templates"
    for name, text in blocks(page, "file").items():
        (own / name).write_text(text)
    assert "\n  Een plan van Dorpsraad Oosterdorp: Bankjes langs het Bospad\n" in follow(office, page, "check")
    assert "staan in het convenant" in (office.folder / "letters-new" / "idea.html").read_text()
    dovecot.append(a_mail("Idee: bankjes langs het Bospad", text=f"Ons idee:\r\n{IDEA}"))
    office.verb("run", "--once")
    letter = next(read(content) for address, content in relay.taken if address == HAGEDOORN)
    assert body(letter).startswith("Een plan van Dorpsraad Oosterdorp: ")
    assert "Dit is de dorpsraad van Oosterdorp. Afspraken met dorpsraden" in body(letter)
    (own / "idea.txt.j2").write_text("{{ council }}\n{{ raad }}\n")
    assert "templates/idea.txt.j2:2:1: " in office.verb("check", code=1).stdout

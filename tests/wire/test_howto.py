"""The how-to documents, followed word for word: what they tell to write and to type is read from the pages and done.

A page marks a block with a comment before it: `<!-- run: NAME -->` are commands, `<!-- config: NAME -->` is a part of
mailrouter.yaml, `<!-- file: NAME -->` a file for another server. Only where servers listen is changed, because here
they are on this machine.
"""

import json
import os
import re
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
from tests.core.letters import body, read
from tests.wire.certificates import Certificates
from tests.wire.dovecot import Dovecot
from tests.wire.exchange import ExchangeLikeSink
from tests.wire.office import Office, ReturningSink, a_mail, environment, minutes
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


def follow(office: Office, page: str, name: str, said: str = "") -> str:
    """Type the commands of a block in a shell; what they print. `said`: what is typed when something asks."""
    text = blocks(page, "run")[name].replace("/etc/mailrouter", str(office.config))
    programs = office.folder / "programs"
    programs.mkdir(exist_ok=True)
    shim = programs / "mailrouter"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m mailrouter "$@"\n')
    shim.chmod(0o755)
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


@pytest.mark.parametrize("page", ["exchange-server", "google-workspace", "dovecot-postfix"])
def test_with_passwords(
    page: str,
    make_dovecot: Callable[..., Dovecot],
    make_office: Callable[..., Office],
    relay: ExchangeLikeSink,
    certificates: Certificates,
) -> None:
    """The config, the secrets and the commands of the page lead to a mail that is forwarded and proven."""
    more = blocks(page, "file").get("99-mailrouter.conf", "")
    server = make_dovecot(certificate=certificates.localhost, more=more)
    relay.starttls, relay.login_required = server_context(certificates.localhost), True
    office = make_office(server)
    (office.config / "own-ca.pem").write_bytes(certificates.ca.read_bytes())
    write_config(office, page, found_here(server, relay.port))
    office.change(delivery={"user": USER}, receipts={"address": RECEIPTS})
    for command, secret in zip(blocks(page, "run")["secrets"].splitlines(), (server.password, PASSWORD), strict=True):
        target = command.split()[-1].replace("/etc/mailrouter", str(office.config))
        typed = [*command.split()[:-1], target]
        subprocess.run(typed, input=secret + "\n", text=True, check=True)
    follow(office, page, "look")
    if more:
        assert "Balie" in server.folders()
    forwards(office, relay, server)


def test_microsoft_365(
    make_dovecot: Callable[..., Dovecot],
    make_tokens: Callable[..., TokenService],
    make_office: Callable[..., Office],
    relay: ExchangeLikeSink,
    certificates: Certificates,
) -> None:
    """With a token service that answers as Microsoft's does: the config, the secret, the commands, a mail."""
    office, server = _with_tokens("microsoft-365", make_dovecot, make_tokens, make_office, relay, certificates)
    follow(office, "microsoft-365", "certificate")
    assert (office.folder / "mailrouter.crt").read_text().startswith("-----BEGIN CERTIFICATE")
    (office.config / "secrets" / "mailrouter_mailbox__password").unlink()
    follow(office, "microsoft-365", "secret", SECRET + "\n")
    follow(office, "microsoft-365", "look")
    forwards(office, relay, server)


def test_from_passwords_to_tokens(
    make_dovecot: Callable[..., Dovecot],
    make_tokens: Callable[..., TokenService],
    make_office: Callable[..., Office],
    relay: ExchangeLikeSink,
    certificates: Certificates,
) -> None:
    """A daemon at work with passwords is moved without losing or doubling anything."""
    service = make_tokens()
    server = make_dovecot(certificate=certificates.localhost, tokens=service.introspection)
    relay.starttls, relay.login_required = server_context(certificates.localhost), True
    relay.knows, relay.mechanisms = service.good, ("PLAIN", "XOAUTH2")
    office = make_office(server)
    (office.config / "own-ca.pem").write_bytes(certificates.ca.read_bytes())
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


def _with_tokens(
    page: str,
    make_dovecot: Callable[..., Dovecot],
    make_tokens: Callable[..., TokenService],
    make_office: Callable[..., Office],
    relay: ExchangeLikeSink,
    certificates: Certificates,
) -> tuple[Office, Dovecot]:
    """An office with the config of a page, and servers that take only tokens."""
    service = make_tokens()
    server = make_dovecot(certificate=certificates.localhost, tokens=service.introspection)
    relay.starttls, relay.login_required, relay.knows = server_context(certificates.localhost), True, service.good
    office = make_office(server)
    (office.config / "own-ca.pem").write_bytes(certificates.ca.read_bytes())
    write_config(office, page, found_here(server, relay.port) | _tokens_here(service))
    return office, server


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

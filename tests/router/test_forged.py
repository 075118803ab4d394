"""Headers that anybody can write: none of them makes the router hold, hide or settle anything."""

import re

import pytest

from mailrouter.core.identity import own_ids, token
from mailrouter.core.model import Outcome
from mailrouter.core.understand import Job, understand
from tests.core.mails import moment
from tests.core.routings import routing
from tests.router.world import KEY, OFFICIALS, World, mail

FORGED = token(b"another key", "0123456789abcdef" * 2)
HEADERS = [
    f"X-Mailrouter-Letter: {FORGED}",
    "X-Mailrouter-Letter: yes",
    "X-Mailrouter-Loop: dorpsraden@gemeente.example",
    "X-Loop: dorpsraden@gemeente.example",
    f"Message-ID: <{FORGED}@gemeente.example>",
    f"References: <{FORGED}@gemeente.example>\r\nAuto-Submitted: auto-generated",
    f"References: <{FORGED}@gemeente.example>\r\nAuto-Submitted: auto-forwarded",
    "Delivered-To: dorpsraden@gemeente.example\r\nDelivered-To: bewijs@gemeente.example",
    "Auto-Submitted: no",
    "X-Auto-Response-Suppress: All",
    "Authentication-Results: mx.gemeente.example; dmarc=fail header.from=dorpsraad-oosterdorp.example",
]
BOTH = sorted(OFFICIALS)


@pytest.mark.parametrize("header", HEADERS)
def test_a_forged_header_hides_no_mail(header: str) -> None:
    """A council's mail that says to be our own letter, or to have been here before, is read like any other."""
    raw = (
        f"{header}\r\nFrom: s@dorpsraad-oosterdorp.example\r\nTo: dorpsraden@gemeente.example\r\n"
        "Subject: Losse tegel\r\n\r\nEr ligt een losse tegel.\r\n"
    ).encode()
    own = own_ids(raw, KEY, "dorpsraden@gemeente.example")
    told = understand(Job(raw, len(raw), moment(2026, 9, 14), own), routing())
    assert ("forward", None) == (told.outcome, told.explanation["automatic"])


@pytest.mark.parametrize("header", HEADERS)
def test_a_forged_header_stops_no_letter(world: World, header: str) -> None:
    """The mail is taken in, forwarded once to each official, and filed; not kept as a receipt."""
    world.mailbox.put(mail("een", f"{header}\r\n"))
    world.run()
    assert (BOTH, {"een": "filed"}) == (world.relay.recipients(), world.states())
    assert 1 == len(world.mailbox.raws("Verwerkt/oosterdorp"))


@pytest.mark.parametrize("name", ["X-Mailrouter-Letter", "Message-ID", "References"])
def test_a_forged_receipt_settles_nothing(world: World, name: str) -> None:
    """Whoever knows the id of a letter, but not our key, cannot make the router believe that it arrived."""
    world.receipts_arrive = False
    world.relay.answers[OFFICIALS[0]] = [Outcome("unsure", 0, "the connection broke", "message", receipt=True)]
    world.mailbox.put(mail("een"))
    world.run()
    content = next(content for recipient, content in world.relay.taken if recipient == OFFICIALS[0])
    [known] = set(re.findall(rb"([0-9a-f]{32})\.[0-9a-f]{16}", content))
    claimed = token(b"another key", known.decode())
    value = claimed if name.startswith("X-") else f"<{claimed}@gemeente.example>"
    forged = f"{name}: {value}\r\nFrom: dorpsraden@gemeente.example\r\nAuto-Submitted: auto-generated\r\n"
    world.mailbox.put(f"Subject: twee\r\n{forged}\r\ntekst\r\n".encode())
    world.wait(60)
    assert {"een": "promised", "twee": "filed"} == world.states()
    world.watch(600)
    assert 2 == [to for to, sent in world.relay.taken if sent == content].count(OFFICIALS[0])

"""Is it really the council? What becomes of a mail, by whose word is trusted, its headers and its sender."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from mailrouter.core.model import Understanding
from mailrouter.core.understand import Assignment, Job, understand
from tests.core.routings import routing

MX, EXCHANGE = "mx.gemeente.example", "exchange-online"
DOMAIN = "dorpsraad-oosterdorp.example"
SECRETARY = f"secretaris@{DOMAIN}"
SHARED = "dorpsraden@gemeente.example"
CAUTION = "Controleer of deze mail echt van de dorpsraad komt voordat u antwoordt."

HOP = f"Received: from mail.{DOMAIN} by mx.gemeente.example with ESMTPS id 1; Mon, 14 Sep 2026 09:00:02 +0000"
FOREIGN = f"Received: from laptop by mail.{DOMAIN} with ESMTPSA id 2; Mon, 14 Sep 2026 09:00:01 +0000"
OURS = f"Authentication-Results: mx.gemeente.example 1; spf=pass; dmarc=%s (p=reject) header.from={DOMAIN}"
OURS_SPF = f"Authentication-Results: mx.gemeente.example; spf=pass smtp.mailfrom={DOMAIN}"
INSIDE = "Received: from a.prod.outlook.com by b.eurprd01.prod.outlook.com with HTTPS; Mon, 14 Sep 2026 09:00:03 +0000"
DOOR = f"Received: from mail.{DOMAIN} by c.mail.protection.outlook.com via Frontend Transport; 14 Sep 2026 09:00:02 GMT"
TENANT = (
    "Received: from d.prod.outlook.com by e.eurprd02.prod.outlook.com with mapi id 3; Mon, 14 Sep 2026 09:00:01 GMT"
)
NAMELESS = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=%s; dkim=pass header.d=%s;"
    "dmarc=%s header.from=%s;compauth=%s"
)


def nameless(dmarc: str, compauth: str, domain: str = DOMAIN) -> str:
    """What Exchange Online writes."""
    return NAMELESS % (domain, domain, dmarc, domain, compauth)


@dataclass(frozen=True)
class Case:
    """A mail and what is to become of it; without `sender`: that of the secretary, unnamed."""

    name: str
    trust: str
    headers: tuple[str, ...]
    authentic: str
    outcome: str
    because: str = ""
    reply_to: str = SHARED
    caution: bool = False
    sender: tuple[str, ...] = (f"From: {SECRETARY}",)


def fine(name: str, trust: str, *headers: str, authentic: str = "pass", sender: str = SECRETARY) -> Case:
    """Forwarded, and answered directly."""
    return Case(name, trust, headers, authentic, "forward", reply_to=SECRETARY, sender=(f"From: {sender}",))


def unsure(name: str, trust: str, *headers: str) -> Case:
    """Forwarded with the neutral line, and answered at the shared address."""
    return Case(name, trust, headers, "none", "forward", caution=True)


def failed(name: str, trust: str, *headers: str) -> Case:
    """To the desk, because the check failed."""
    return Case(name, trust, headers, "fail", "desk", "de controle wijst uit dat hij niet van dat adres komt")


def unclear(name: str, because: str, *sender: str) -> Case:
    """To the desk, because there is no single certain sender."""
    return Case(name, MX, (OURS % "pass", HOP), "none", "desk", because, sender=sender)


def doubted(name: str, because: str, sender: str) -> Case:
    """To the desk, though the sender is who it says: that is not who it looks like."""
    address = sender.rpartition("<")[2].rstrip(">")
    proof = (OURS % "pass").replace(DOMAIN, address.rpartition("@")[2])
    return Case(name, MX, (proof, HOP), "pass", "desk", because, sender=(f"From: {sender}",))


CASES = [
    fine("no check is made here", "none", OURS % "fail", HOP, authentic="none"),
    fine("our server says pass", MX, OURS % "pass", HOP, FOREIGN),
    fine("our server writes below its Received", MX, HOP, OURS % "pass", FOREIGN),
    fine("a person's name at the council's address", MX, OURS % "pass", HOP, sender=f"Ineke Jansen <{SECRETARY}>"),
    fine("the council's own name", MX, OURS % "pass", HOP, sender=f'"Dorpsraad Oosterdorp" <{SECRETARY}>'),
    fine("an unquoted comma in the name", MX, OURS % "pass", HOP, sender=f"Jansen, Jan <{SECRETARY}>"),
    fine("brackets in the name", MX, OURS % "pass", HOP, sender=f"[Dorpsraad] Jan <{SECRETARY}>"),
    failed("our server says fail", MX, OURS % "fail", HOP, FOREIGN),
    failed("ours says fail above a forged pass", MX, OURS % "fail", HOP, OURS % "pass", FOREIGN),
    failed("one filter of ours fails below another", MX, HOP, OURS_SPF, OURS % "fail", FOREIGN),
    unsure("only a lower filter of ours passes", MX, HOP, OURS_SPF, OURS % "pass", FOREIGN),
    unsure("our server found no policy", MX, OURS % "none", HOP, FOREIGN),
    unsure("our server could not look it up", MX, OURS % "temperror", HOP, FOREIGN),
    unsure("the policy cannot be read", MX, OURS % "permerror", HOP, FOREIGN),
    unsure("a guess is no pass", MX, OURS % "bestguesspass", HOP, FOREIGN),
    unsure("no server says anything", MX, HOP, FOREIGN),
    unsure("forged below a foreign server", MX, HOP, FOREIGN, OURS % "pass"),
    unsure("forged in the name of another server", MX, (OURS % "pass").replace("mx.gemeente", "mx.elders"), HOP),
    unsure("our name in a comment", MX, (OURS % "pass").replace("mx.gemeente.example 1", "x (mx.gemeente.example)")),
    unsure("a result in a comment", MX, (OURS % "none").replace("spf=pass;", "spf=none (\\) ; dmarc=pass);"), HOP),
    unsure("a pass of another domain", MX, (OURS % "pass").replace(DOMAIN, "elders.example"), HOP),
    unsure("a pass of a sub-domain", MX, (OURS % "pass").replace(DOMAIN, f"nieuws.{DOMAIN}"), HOP),
    fine("Exchange says pass", EXCHANGE, INSIDE, nameless("pass action=none", "pass reason=100"), DOOR),
    fine("Exchange puts it together", EXCHANGE, INSIDE, nameless("bestguesspass", "pass reason=109"), DOOR),
    failed("Exchange says fail", EXCHANGE, INSIDE, nameless("fail action=quarantine", "fail reason=000"), DOOR),
    failed("Exchange does not trust it all", EXCHANGE, INSIDE, nameless("none action=none", "fail reason=001"), DOOR),
    unsure("Exchange knows little of it", EXCHANGE, INSIDE, nameless("none", "softpass reason=202"), DOOR),
    unsure("Exchange skipped the check", EXCHANGE, INSIDE, nameless("none action=none", "none reason=405"), DOOR),
    unsure("forged below the door of Exchange", EXCHANGE, INSIDE, DOOR, nameless("pass", "pass reason=100")),
    unsure("forged below a foreign server, no name", EXCHANGE, INSIDE, FOREIGN, nameless("pass", "pass reason=100")),
    failed("a tenant forges", EXCHANGE, INSIDE, nameless("fail", "fail"), DOOR, TENANT, nameless("pass", "pass")),
    unsure("a name where Exchange writes none", EXCHANGE, INSIDE, OURS % "pass", DOOR),
    unclear("two From headers", "er staan twee afzenders", f"From: {SECRETARY}", "From: b@kwaad.example"),
    unclear("two mailboxes", "er staan twee afzenders", f"From: {SECRETARY}, b@kwaad.example"),
    unclear("a group", "de afzender is niet zeker", f"From: Raad: {SECRETARY};"),
    unclear("no From", "er staat geen afzender"),
    unclear("a bracket trick", "de afzender is niet zeker", f"From: {SECRETARY}]<b@kwaad.example>"),
    unclear("an address before a comma", "er staan twee afzenders", f"From: {SECRETARY}, Jan <b@kwaad.example>"),
    unclear("the same address twice", "er staan twee afzenders", f"From: {SECRETARY}, Jan <{SECRETARY}>"),
    unclear("a quoted address and a comma", "de afzender is niet zeker", f'From: "{SECRETARY}", Jan <b@kwaad.example>'),
    unclear("an encoded address and a comma", "de afzender is niet", "From: =?utf-8?q?a=40x?=, Jan <b@kwaad.example>"),
    unclear("a wide at-sign and a comma", "de afzender is", "From: =?utf-8?q?a=EF=BC=A0x?=, Jan <b@kwaad.example>"),
    unclear("an address in a comment, a comma", "de afzender is", f"From: Raad, Jan ({SECRETARY}) <b@kwaad.example>"),
    unclear("two addresses in brackets", "er staan twee afzenders", f"From: Jan <{SECRETARY}>, <b@kwaad.example>"),
    unclear("a name after the address", "de afzender is niet zeker", f"From: Jan <{SECRETARY}>, Piet"),
    unclear("a route", "de afzender is niet zeker", f"From: Raad, Jan <@kwaad.example:{SECRETARY}>"),
    unclear("only a comma before", "de afzender is niet zeker", f"From: , <{SECRETARY}>"),
    unclear("a bare address as name", "lijkt een ander adres", f"From: {SECRETARY} <b@kwaad.example>"),
    doubted("an address as name", f"noemt zich {SECRETARY}", f'"{SECRETARY}" <b@kwaad.example>'),
    doubted("our address as name", f"noemt zich {SHARED}", f'"{SHARED}" <{SECRETARY}>'),
    doubted("an official's name", "zoals Anna Veldzicht van", f"=?utf-8?q?drs=2E_Anna_V=C3=A9ldzicht?= <{SECRETARY}>"),
    doubted("the municipality's name", "zoals gemeente Voorbeeld", f'"Balie (Gemeente Voorbeeld)" <{SECRETARY}>'),
    doubted("an official's name turned round", "zoals Anna Veldzicht van", f"Veldzicht, Anna <{SECRETARY}>"),
    doubted("another council's name", "zoals Dorpsraad Westerdorp", f"Dorpsraad Westerdorp <{SECRETARY}>"),
    doubted("a council's name elsewhere", "zoals Dorpsraad Oosterdorp", "Dorpsraad Oosterdorp <x@kwaad.example>"),
    doubted("a homoglyph", f"lijkt op een adres bij {DOMAIN}", "s@xn--dorpsrd-oosterdorp-wwoa.example"),
    doubted("a digit for a letter", f"lijkt op een adres bij {DOMAIN}", "s@dorpsraad-oosterd0rp.example"),
    doubted("one letter off", f"lijkt op een adres bij {DOMAIN}", "s@dorpsraad-oosterdrop.example"),
    doubted("another top-level domain", f"lijkt op een adres bij {DOMAIN}", "s@dorpsraad-oosterdorp.test"),
    doubted("the municipality's look", "adres bij gemeente.example", "a.veldzicht@gerneente.example"),
    doubted("an official's own address", "niet van een dorpsraad", "a.veldzicht@gemeente.example"),
    Case("answers elsewhere", MX, (OURS % "pass", HOP, "Reply-To: s@kwaad.example"), "pass", "desk", "s@kwaad.example"),
    fine("answers to a colleague", MX, OURS % "pass", HOP, f"Reply-To: Voorzitter <voorzitter@{DOMAIN}>"),
    fine("answers to the shared address", MX, OURS % "pass", HOP, f"Reply-To: {SHARED}"),
]  # fmt: skip


def read(case: Case, assigned: Assignment | None = None) -> Understanding:
    """What the router makes of the mail of a case."""
    rest = ("To: " + SHARED, "Subject: Losse tegel", "Message-ID: <1@x.example>", "", "Er ligt een losse tegel.", "")
    raw = "\r\n".join((*case.headers, *case.sender, *rest)).encode()
    return understand(
        Job(raw, len(raw), datetime(2026, 9, 14, 9, 1, tzinfo=UTC), None, assigned), routing(trust=case.trust)
    )


def answers_go_to(told: Understanding) -> str:
    """The address in Reply-To of the letter."""
    assert told.draft is not None
    return re.sub(r".*<(.*)>", r"\1", dict(told.draft.headers)["Reply-To"])


def has_caution(told: Understanding) -> bool:
    """Whether the letter has the neutral line."""
    assert told.draft is not None
    return CAUTION.encode() in told.draft.own.replace(b"=\r\n", b"")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_is_believed(case: Case) -> None:
    """The verdict, the outcome with its reason, where answers go, and whether the letter has the neutral line."""
    told = read(case)
    shown = told.explanation
    assert (case.authentic, case.outcome) == (shown["authentic"], shown["outcome"]), shown["because"]
    assert case.because in "; ".join(shown["because"])
    assert (case.reply_to, case.caution) == (answers_go_to(told), has_caution(told))


@pytest.mark.parametrize("case", [case for case in CASES if case.outcome == "desk"], ids=lambda case: case.name)
def test_a_person_who_decided_saw_the_doubts(case: Case) -> None:
    """What a person assigned to a village is forwarded; the neutral line stays where the sender was not verified."""
    told = read(case, Assignment("oosterdorp", None, "balie"))
    assert "forward" == told.outcome
    assert (case.authentic != "pass") == has_caution(told)


def test_every_kind_of_case_is_here() -> None:
    """Enough cases, each with a name of its own."""
    assert (True, len(CASES)) == (len(CASES) >= 16, len({case.name for case in CASES}))

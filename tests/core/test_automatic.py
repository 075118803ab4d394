"""Signs that no person wrote a mail; one sample of each."""

import pytest

from mailrouter.core.identity import OwnIds
from mailrouter.core.reading.automatic import SIGNS, sign
from mailrouter.core.reading.parse import parse

OWN = ("dorpsraden@gemeente.example", "bewijs@gemeente.example")
LETTER = "0123456789abcdef0123456789abcdef"
PERSON = "From: Jo <jo@oosterdorp.example>\n"
DAEMON = "From: Postmaster <postmaster@gemeente.example>\n"
DSN = (
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b\n"
    "Content-Type: message/delivery-status\n\n"
)


def asked(raw: str, own: OwnIds | None = None) -> tuple[str, str] | None:
    found = sign(parse(raw.encode()), raw.partition("\n\n")[0].encode(), own, OWN)
    return (found.kind, found.because) if found else None


@pytest.mark.parametrize(
    ("raw", "own", "kind", "because"),
    [
        (PERSON + "\n", OwnIds(itself=LETTER), "proof", f"onze eigen brief {LETTER}"),
        ("Received: from a by b\n" * 51 + PERSON + "\n", None, "loop", "51 servers"),
        ("From: Dorpsraden <Dorpsraden@gemeente.example>\n\n", None, "loop", "ons eigen adres"),
        (PERSON + "Auto-Submitted: auto-forwarded\n\n", OwnIds(about=(LETTER,)), "loop", LETTER),
        (
            PERSON + "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n",
            None,
            "feedback",
            "RFC 5965",
        ),
        (PERSON + "Subject: Report domain: x.example Submitter: y.example Report-ID: 1\n\n", None, "feedback", "DMARC"),
        (PERSON + "Content-Type: message/disposition-notification\n\n", None, "read-receipt", "RFC 8098"),
        (PERSON + "Subject: Gelezen: Notulen\nReturn-Path: <>\n\n", None, "read-receipt", "ontvangstbevestiging"),
        (DAEMON + DSN + "\nAction: delivered\n--b--\n", None, "read-receipt", "is afgeleverd"),
        (DAEMON + DSN + "\nAction: delayed\n--b--\n", None, "delayed", "RFC 3464"),
        ("From: MAILER-DAEMON@gemeente.example\nSubject: Bezorging is vertraagd\n\n", None, "delayed", "vertraagd"),
        (DAEMON + DSN + "\nAction: failed\n\nAction: delayed\n--b--\n", None, "bounce", "RFC 3464"),
        (PERSON + "X-Failed-Recipients: x@x.example\n\n", None, "bounce", "niet bereikt"),
        ("From: MAILER-DAEMON@gemeente.example (Mail Delivery System)\n\n", None, "bounce", "eigen adres"),
        (DAEMON + "Subject: Onbestelbaar: Notulen\n\n", None, "bounce", "gaat over bezorgen"),
        (PERSON + "Return-Path: <>\nSubject: Undelivered mail\n\n", None, "bounce", "geen retouradres"),
        (
            "From MAILER-DAEMON Wed Jul  6\n" + PERSON + "Subject: Undelivered mail\n\n",
            None,
            "bounce",
            "geen retouradres",
        ),
        (PERSON + "Auto-Submitted: auto-replied (vacation)\n\n", None, "auto-reply", "RFC 3834"),
        (PERSON + "X-Autoreply: yes\n\n", None, "auto-reply", "x-autoreply"),
        (PERSON + "Precedence: auto_reply\n\n", None, "auto-reply", "auto_reply"),
        (PERSON + "Subject: Automatisch antwoord: Notulen\n\n", None, "auto-reply", "Automatisch antwoord"),
        (PERSON + "Subject: Afwezig: Notulen\n\n", None, "auto-reply", "Afwezig"),
        (PERSON + "Subject: Afwezigheidsassistent\n\n", None, "auto-reply", "Afwezigheidsassistent"),
        (PERSON + "Return-Path: <>\nSubject: Hallo\n\n", None, "auto-reply", "geen retouradres"),
        (PERSON + "List-Id: <nieuws.x.example>\nList-Unsubscribe: <mailto:x@x.example>\n\n", None, "list", "list-id"),
        (PERSON + "List-Unsubscribe: <mailto:x@x.example>\nPrecedence: bulk\n\n", None, "list", "bulk"),
    ],
)
def test_automatic_mail_is_recognised(raw: str, own: OwnIds | None, kind: str, because: str) -> None:
    """Each kind is told by its sign, and the sign is named."""
    found = asked(raw, own)
    assert found is not None
    assert found[0] == kind
    assert because in found[1]


@pytest.mark.parametrize(
    "raw",
    [
        PERSON + "Subject: Notulen\nReturn-Path: <jo@oosterdorp.example>\nAuto-Submitted: no\n\n",
        PERSON + "Subject: Notulen\nPrecedence: bulk\n\n",
        PERSON + "Subject: Notulen\nX-Auto-Response-Suppress: All\n\n",
        PERSON + "Subject: Re: Automatisch antwoord: Notulen\n\n",
        PERSON + "Subject: Afwezigheid van de wijkagent\n\n",
        PERSON + "Subject: FW: Onbestelbaar: Notulen\n\n",
        PERSON + "Subject: Uitnodiging\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n",
        PERSON + "Subject: Nieuwsgroep\nList-Id: <raad.oosterdorp.example>\n\n",
        "From: Postmaster <postmaster@oosterdorp.example>\nSubject: Nieuw adres dorpsraad\n\n",
        "\n",
    ],
)
def test_mail_of_a_person_is_not_automatic(raw: str) -> None:
    """A single weak mark decides nothing."""
    assert asked(raw) is None


def test_a_reply_to_our_letter_is_not_automatic() -> None:
    """An official who answers quotes our id; that makes it no letter of ours."""
    assert asked(PERSON + "Subject: RE: [Oosterdorp] Notulen\n\n", OwnIds(about=(LETTER,))) is None


def test_our_own_letters_are_recognised_first() -> None:
    """A proof is settled whatever else it looks like."""
    assert SIGNS[0][0] == "proof"

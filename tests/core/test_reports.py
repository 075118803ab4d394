"""Reports of mail servers: for whom a mail failed, why, and which mail it was."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import binary, sampled_from, text

from mailrouter.core.reading.parse import parse
from mailrouter.core.reading.reports.delivery_status import Fate, read
from mailrouter.core.reading.reports.report import Report, read_report, told
from mailrouter.core.reading.reports.verdicts import outcome_of, reason_of

SAMPLES = Path(__file__).parent / "automatic"
TOKEN = "0123456789abcdef0123456789abcdef.0123456789abcdef"
OWN_ID = f"{TOKEN}@router.gemeente.example"
HEAD = "From: MAILER-DAEMON@mail.gemeente.example\nTo: dorpsraden@gemeente.example\n"
REPORT = HEAD + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n"


def sample(name: str) -> Report:
    report = read_report(parse((SAMPLES / f"{name}.eml").read_bytes()))
    assert report is not None
    return report


def of(raw: str) -> Report:
    report = read_report(parse(raw.encode()))
    assert report is not None
    return report


@pytest.mark.parametrize(
    ("name", "outcome", "recipient", "status", "line"),
    [
        ("bounce/exchange-online", "hard", "v.devries@gemeente.example", "5.1.10", "het adres v.devries"),
        ("bounce/exchange-on-premises", "hard", "K.Jansen@gemeente.example", "5.1.1", "bestaat niet (5.1.1)"),
        ("bounce/postfix", "hard", "p.bakker@noorderveen.example", "5.1.1", "bestaat niet (5.1.1)"),
        ("bounce/postfix-text-only", "soft", "p.bakker@noorderveen.example", "5.2.2", "is vol (5.2.2)"),
        ("bounce/exim", "soft", "penningmeester@westerdorp.example", "", "de mailbox van penningmeester@"),
        ("bounce/gmail", "hard", "raad.heidekamp@mail.provider.example", "5.1.1", "bestaat niet (5.1.1)"),
        ("bounce/provider-full", "soft", "secretaris.oosterdorp@kabel.provider.example", "5.2.2", "is vol (5.2.2)"),
        ("bounce/qmail", "soft", "voorzitter@zuiderbroek.example", "5.7.1", "weigert de mail (5.7.1): "),
        ("bounce/domino", "hard", "m.visser@gemeente.example", "", "het adres m.visser@gemeente.example bestaat niet"),
        ("bounce/no-structure-no-reply", "soft", "bestuur@waterlanden.example", "", "is vol"),
        ("bounce/german", "soft", "h.muster@stadt.example", "", "is niet bezorgd"),
        ("delayed/postfix", "delayed", "info@heidekamp.example", "4.4.1", "nog niet bezorgd"),
        ("delayed/exchange", "delayed", "info@heidekamp.example", "", "de mailserver probeert het opnieuw"),
        ("delayed/gmail", "delayed", "info@zuiderbroek.example", "", "nog niet bezorgd"),
        ("read-receipt/dsn-delivered", "delivered", "a.smit@gemeente.example", "2.1.5", "is bezorgd"),
        ("read-receipt/dsn-relayed", "delivered", "info@middelwijk.example", "2.0.0", "doorgegeven aan een andere"),
    ],
)
def test_reports_of_common_systems_are_read(name: str, outcome: str, recipient: str, status: str, line: str) -> None:
    """Recipient, status and outcome come from the report or from its text, and the desk gets one plain line."""
    report = sample(name)
    assert [(outcome, recipient, status)] == [(report.outcome, f.final_recipient, f.status) for f in report.recipients]
    assert line in told(report)


@pytest.mark.parametrize("name", ["exchange-online", "postfix", "exim", "qmail", "provider-full"])
def test_the_mail_it_is_about_is_found(name: str) -> None:
    """By the Message-ID of the returned mail or header, in a part or in the text, or by what that one refers to."""
    assert OWN_ID in sample(f"bounce/{name}").returned_ids


def test_an_id_replaced_on_the_way_is_told_as_well() -> None:
    """The relay may have given our letter another Message-ID, which the journal knows as an alias."""
    assert sample("bounce/exchange-online").returned_ids[0].startswith("AM9PR08MB6666ABCDEF@")


@pytest.mark.parametrize("name", ["exchange-online", "postfix", "gmail"])
def test_ids_of_our_letters_are_found_in_encoded_parts(name: str) -> None:
    """Base64 hides an id from a search in the raw bytes."""
    assert (TOKEN,) == sample(f"bounce/{name}").returned_tokens


def test_ids_are_found_in_a_mail_in_the_returned_mail() -> None:
    """A server may return a mail that carries ours inside, encoded once more."""
    inner = f"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n{TOKEN[:20]}=\n{TOKEN[20:]}\n"
    nested = f"Content-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: message/rfc822\n\n{inner}\n--c--\n"
    report = of(REPORT + f"--b\nContent-Type: message/rfc822\n\n{nested}\n--b--\n")
    assert (TOKEN,) == report.returned_tokens


def test_fields_are_read_as_servers_write_them() -> None:
    """Folded, without type, in angle brackets, with xtext, and two recipients without an empty line between them."""
    assert [
        Fate("a@x.example", "a+b@x.example", "failed", "5.2.2", "552 mailbox full"),
        Fate("c@x.example", "", "delayed", "4.4.1", ""),
    ] == list(
        read(
            "Reporting-MTA: dns; x\n\nOriginal-Recipient: rfc822;a+2Bb@x.example\nFinal-Recipient: <a@x.example>\n"
            "Action: Failed (bounced)\nStatus: 5.2.2 (full)\nDiagnostic-Code: smtp; 552\n mailbox\n full\n"
            "Final-recipient: RFC822; c@x.example\nAction: delayed\nStatus: 4.4.1\n"
        )
    )


def test_fields_in_the_text_count_where_there_is_no_part() -> None:
    """Some servers write the report as text."""
    report = of(HEAD + "Subject: x\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\n")
    assert (Fate("a@x.example", "", "failed", "5.1.1"),) == report.recipients


def test_a_report_tells_the_worst_first() -> None:
    """Of several recipients the desk hears of the one that needs work, and of how many others."""
    report = of(
        REPORT + "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
        "Final-Recipient: rfc822; a@x.example\nAction: delivered\nStatus: 2.0.0\n\n"
        "Final-Recipient: rfc822; b@x.example\nAction: failed\nStatus: 5.1.1\n\n"
        "Final-Recipient: rfc822; c@x.example\nAction: failed\nStatus: 5.2.2\n--b--\n"
    )
    assert "hard" == report.outcome
    assert "het adres b@x.example bestaat niet (5.1.1) (en nog 2 andere adressen)" == told(report)


@pytest.mark.parametrize(
    ("status", "diagnostic", "outcome", "reason"),
    [
        ("5.1.1", "", "hard", "unknown"),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "hard", "unknown"),
        ("5.1.2", "", "hard", "no-domain"),
        ("5.1.8", "553 5.1.8 Domain of sender address does not exist", "soft", "refused"),
        ("5.2.1", "", "hard", "closed"),
        ("5.2.2", "", "soft", "full"),
        ("5.1.1", "550 5.1.1 Mailbox is full", "soft", "full"),
        ("5.2.3", "", "soft", "too-large"),
        ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", "soft", "too-large"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "hard", "unknown"),
        ("5.4.4", "", "hard", "no-domain"),
        ("5.4.7", "", "soft", "unreachable"),
        ("5.7.1", "", "soft", "refused"),
        ("5.7.1", "550 5.7.1 User unknown", "hard", "unknown"),
        ("4.1.1", "450 4.1.1 User unknown", "soft", "unreachable"),
        ("4.4.7", "", "soft", "unreachable"),
        ("5.0.0", "", "soft", "other"),
        ("", "De mailbox van de ontvanger is vol", "soft", "full"),
        ("", "** Adres niet gevonden **", "hard", "unknown"),
        ("", "niet bezorgd omdat het e-mailadres niet bestaat", "hard", "unknown"),
        ("", "was blocked by our Spam Firewall", "soft", "refused"),
        ("", "account temporarily disabled", "soft", "unreachable"),
    ],
)
def test_hard_is_an_address_that_takes_no_mail(status: str, diagnostic: str, outcome: str, reason: str) -> None:
    """Words count before status codes; what is temporary, full or refused may go well later."""
    fate = Fate("a@x.example", "", "failed", status, diagnostic)
    assert (outcome, reason) == (outcome_of(fate), reason_of(fate))


def test_what_a_server_said_is_short_and_on_one_line() -> None:
    """It goes into letters and onto screens."""
    status = f"Final-Recipient: rfc822; a@x.example\nDiagnostic-Code: smtp; 550 \x1b[1m\u202e{'no ' * 300}\n two\n"
    [fate] = read(status)
    assert 300 >= len(fate.diagnostic)
    assert fate.diagnostic.isprintable()


def test_a_report_without_recipients_still_tells() -> None:
    """The returned mail says which letter it was, even if nothing says why."""
    report = of(REPORT + f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{OWN_ID}>\n--b--\n")
    assert ("soft", (), (OWN_ID,)) == (report.outcome, report.recipients, report.returned_ids)
    assert "een mail is niet bezorgd; in het bericht staat niet bij wie" == told(report)


def test_a_report_can_leave_the_cage() -> None:
    """It is JSON as it stands."""
    report = sample("bounce/postfix")
    assert asdict(report) == {**json.loads(json.dumps(asdict(report))), **_tuples(report)}


def _tuples(report: Report) -> dict[str, object]:
    told = asdict(report)
    return {key: told[key] for key in ("recipients", "returned_ids", "returned_tokens")}


@pytest.mark.parametrize("name", ["read-receipt/thunderbird", "read-receipt/outlook-not-read", "person/absent-members"])
def test_other_mail_is_no_report(name: str) -> None:
    """A receipt that a mail was read names a recipient too, for whom nothing failed."""
    assert read_report(parse((SAMPLES / f"{name}.eml").read_bytes())) is None


PARTS = [
    b"",
    b"Subject: Undelivered\n\n",
    REPORT.encode() + b"--b\nContent-Type: message/delivery-status\n\n",
    REPORT.encode() + b"--b\nContent-Type: message/rfc822\n\n",
]


@given(sampled_from(PARTS), binary(max_size=1_500))
def test_any_mail_can_be_asked_for_a_report(before: bytes, rest: bytes) -> None:
    """Whatever the bytes, there is an answer, and it can be told."""
    report = read_report(parse(before + rest))
    assert report is None or told(report)


@given(text(max_size=400))
def test_any_text_can_be_a_delivery_status(status: str) -> None:
    """Whatever a server writes, what is read of it is clean."""
    for fate in read(f"Final-Recipient: rfc822; a@x.example\n{status}"):
        assert all(value.isprintable() for value in asdict(fate).values())

"""Signs that no person wrote a mail; one sample of each."""

import pytest
from hypothesis import given
from hypothesis.strategies import binary, sampled_from, text

from mailrouter.core.identity import OwnIds
from mailrouter.core.reading.automatic.signs import SIGNS, Automatic, sign
from mailrouter.core.reading.parse import parse

OWN = ("dorpsraden@gemeente.example", "bewijs@gemeente.example")
LETTER = "0123456789abcdef0123456789abcdef"
PERSON = "From: Jo <jo@oosterdorp.example>\n"
DAEMON = "From: Postmaster <postmaster@gemeente.example>\n"
DSN = (
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b\n"
    "Content-Type: message/delivery-status\n\n"
)


CARRIED = DSN.replace("report; report-type=delivery-status", "mixed") + "\nAction: failed\n--b--\n"
NULL = "Return-Path: <>\n"
ANSWER = "In-Reply-To: <1@gemeente.example>\n"
RETURNED = (
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n{}\n--b\nContent-Type: message/rfc822\n\n"
    "Subject: Notulen\n\nx\n--b--\n"
)
SERVICE = PERSON + 'X-Amz-Sns-Message-Id: 1\n\n{{"notificationType":"{}"}}\n'
REPLY = (
    "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VEVENT\nUID:1\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.example\n"
)


def asked(raw: str, own: OwnIds | None = None) -> Automatic | None:
    return sign(parse(raw.encode()), raw.partition("\n\n")[0].encode(), own, OWN)


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
        (DAEMON + NULL + "Subject: x\n" + RETURNED.format("x"), None, "bounce", "geen retouradres"),
        (PERSON + NULL + "Subject: x\n" + RETURNED.format("Mailbox vol"), None, "bounce", "geen retouradres"),
        (PERSON + NULL + "Subject: Undelivered mail\n\n", None, "bounce", "geen retouradres"),
        (
            "From: no-reply@x.example\nSubject: x\n" + RETURNED.format("550 5.1.1 User unknown"),
            None,
            "bounce",
            "stuurt een mail terug",
        ),
        (PERSON + CARRIED, None, "bounce", "er zit"),
        ("From: DSN <x@x.example>\nX-MS-Exchange-Message-Is-Ndr:\n\n", None, "bounce", "Exchange"),
        (SERVICE.format("Bounce"), None, "bounce", "verzenddienst"),
        (SERVICE.format("Complaint"), None, "feedback", "spamklacht"),
        (SERVICE.format("Delivery"), None, "read-receipt", "afgeleverd"),
        (
            "From: raad-request@x.example\nList-Id: <raad.x.example>\n\nYou are not a member of this list\n",
            None,
            "bounce",
            "lijstserver",
        ),
        ("From: Postmaster@x.example\nSubject: Zustellung verzögert\n\n", None, "delayed", "vertraagd"),
        (
            "From MAILER-DAEMON Wed Jul  6\n" + PERSON + "Subject: Undelivered mail\n\n",
            None,
            "bounce",
            "geen retouradres",
        ),
        (PERSON + "Auto-Submitted: auto-replied (vacation)\n\n", None, "auto-reply", "RFC 3834"),
        (PERSON + "X-Autoreply: yes\n\n", None, "auto-reply", "x-autoreply"),
        (PERSON + "Precedence: auto_reply\n\n", None, "auto-reply", "auto_reply"),
        (PERSON + "X-POST-MessageClass: 9; Autoresponder\n\n", None, "auto-reply", "autoresponder"),
        (PERSON + "Auto-Submitted: auto-generated\nSubject: Out of office\n\n", None, "auto-reply", "Out of"),
        (PERSON + NULL + "Subject: Uw melding is ontvangen\n\n", None, "auto-reply", "Uw melding"),
        (PERSON + "Subject: Automatisch antwoord: Notulen\n\n", None, "auto-reply", "Automatisch antwoord"),
        (
            PERSON + "Precedence: bulk\nSubject: Afwezig: Notulen\n\nIk ben met vakantie\n",
            None,
            "auto-reply",
            "Afwezig",
        ),
        (PERSON + "Subject: Afwezigheidsassistent\n\n", None, "auto-reply", "Afwezigheidsassistent"),
        (PERSON + NULL + ANSWER + "Subject: Hallo\n\n", None, "auto-reply", "geen retouradres"),
        (PERSON + "List-Id: <nieuws.x.example>\nList-Unsubscribe: <mailto:x@x.example>\n\n", None, "list", "list-id"),
        (PERSON + "List-Unsubscribe: <mailto:x@x.example>\nPrecedence: bulk\n\n", None, "list", "bulk"),
        (PERSON + "X-List-Administrivia: yes\n\n", None, "list", "lijstserver"),
        (
            "From: staff@hotmail.com\nSubject: complaint about message\n" + RETURNED.format("x"),
            None,
            "feedback",
            "spamklacht",
        ),
        (PERSON + "TLS-Report-Domain: x.example\n\n", None, "feedback", "RFC 8460"),
        (PERSON + "X-Apple-Unsubscribe: true\nAuto-Submitted: auto-replied\n\n", None, "feedback", "Apple"),
        (PERSON + "Content-Class: urn:content-classes:mdn\n\n", None, "read-receipt", "Exchange"),
        (PERSON + "Subject: Gelezen: Notulen\n\nUw bericht is gelezen op 3-6-2025\n", None, "read-receipt", "tekst"),
    ],
)
def test_automatic_mail_is_recognised(raw: str, own: OwnIds | None, kind: str, because: str) -> None:
    """Each kind is told by its sign, and the sign is named."""
    found = asked(raw, own)
    assert found is not None
    assert (found.kind, because in found.because) == (kind, True), found


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


@pytest.mark.parametrize(
    "raw",
    [
        PERSON + REPLY,
        PERSON + NULL + "Auto-Submitted: auto-replied\n" + REPLY,
        PERSON + "Subject: Doorst: Onbestelbaar\n" + CARRIED,
        "Subject: x\n\nHet pakket kon niet worden bezorgd.\n",
        "From: Jo <admin@oosterdorp.example>\n\nDe krant kan niet worden bezorgd. Vraag 550 handtekeningen.\n",
        "From: Microsoft Outlook <postmaster@gemeente.example>\n" + NULL + "\nUw postvak is bijna vol\n",
        "From: Dorpsraad <postmaster@oosterdorp.example>\nSubject: Notulen\n\n4.2.1 Rondvraag\n",
        PERSON + NULL + "Auto-Submitted: auto-forwarded\nSubject: Notulen\n\n",
        PERSON + "List-Id: <l.x.example>\nList-Unsubscribe: <x:y>\nList-Post: <mailto:l@x.example>\n\n",
    ],
)
def test_mail_for_people_is_not_automatic(raw: str) -> None:
    """What people must see passes whatever program sent it: replies to invitations, forwards, scans, warnings."""
    assert asked(raw) is None


@pytest.mark.parametrize(
    ("raw", "certain"),
    [
        (PERSON + "Auto-Submitted: auto-replied\n\n", True),
        (PERSON + "Subject: Automatisch antwoord: Notulen\n\n", False),
        (PERSON + NULL + "Subject: Automatisch antwoord: Notulen\n\n", True),
        (DAEMON + "Subject: Onbestelbaar: Notulen\n\n", False),
        (DAEMON + DSN + "\nAction: failed\n--b--\n", True),
        (PERSON + CARRIED, False),
        (PERSON + NULL + ANSWER + "Subject: Hallo\n\n", False),
        (PERSON + "List-Id: <n.x.example>\nList-Unsubscribe: <x:y>\n\n", False),
    ],
)
def test_words_alone_are_never_certain(raw: str, certain: bool) -> None:
    """Certain is what the RFCs or the structure of a mail say; the rest a council may write as well."""
    found = asked(raw)
    assert found is not None
    assert certain == found.certain


FORM = "From: Website <website@oosterdorp.example>\n"
FORM_SUBJECTS = [
    "Automatisch bericht: contactformulier",
    "Automatische reactie: formulier",
    "Melding van afwezigheid",
    "Gelezen: wijkkrant",
    "Auto: te hard gereden",
    "Niet bereikbaar: dorpshuis",
]
ASIDE = "Ik ben overdag niet bereikbaar.\n"


@pytest.mark.parametrize("subject", FORM_SUBJECTS)
@pytest.mark.parametrize("mark", ["Auto-Submitted: auto-generated\n", "Precedence: bulk\n"])
def test_what_a_web_form_sends_is_never_certain(subject: str, mark: str) -> None:
    """A program that sends by itself answers nothing: the desk looks at it, if a council's form it is."""
    found = asked(f"{FORM}{mark}Subject: {subject}\n\n{ASIDE}")
    assert found is None or not found.certain


@pytest.mark.parametrize("subject", FORM_SUBJECTS)
@pytest.mark.parametrize("mark", ["Auto-Submitted: auto-replied\n", NULL])
def test_what_answers_with_such_a_subject_is_certain(subject: str, mark: str) -> None:
    """The same words from a machine that answers are of that machine."""
    found = asked(f"{PERSON}{mark}Subject: {subject}\n\n{ASIDE}")
    assert found is not None
    assert found.certain


PEOPLES_SUBJECTS = [
    "Afwezigheidsmelding vergadering 12 maart",
    "Melding van afwezigheid",
    "Buiten kantoor",
    "Automatisch bericht: inbraak dorpshuis",
    "Auto response team gezocht",
]


@pytest.mark.parametrize("subject", PEOPLES_SUBJECTS)
def test_a_subject_that_people_write_too_files_nothing(subject: str) -> None:
    """From a private address, with no mark of a machine, even an absence in the text is told by a person."""
    assert asked(f"{PERSON}Subject: {subject}\n\nIk ben op 12 maart afwezig.\n") is None


@pytest.mark.parametrize("subject", PEOPLES_SUBJECTS)
@pytest.mark.parametrize(
    ("mark", "certain"),
    [
        (NULL, True),
        (ANSWER, False),
        ("References: <1@gemeente.example>\n", False),
        ("Auto-Submitted: auto-generated\n", False),
        ("X-Auto-Response-Suppress: All\n", False),
        ("Precedence: bulk\n", False),
    ],
)
def test_one_mark_of_a_machine_makes_it_an_absence(subject: str, mark: str, certain: bool) -> None:
    """Together with such a subject one mark is enough."""
    found = asked(f"{PERSON}{mark}Subject: {subject}\n\nTot ziens.\n")
    assert found is not None
    assert (found.kind, found.certain) == ("auto-reply", certain)


@pytest.mark.parametrize(
    "subject",
    [
        "Automatisch antwoord: Notulen",
        "Automatic reply: Notulen",
        "Niet op kantoor: Notulen",
        "Out of Office AutoReply: Notulen",
        "Auto-Reply",
        "AUTO: Jan Jansen is niet aanwezig (terug op 16-06-2025)",
    ],
)
def test_a_subject_that_only_machines_write_is_enough(subject: str) -> None:
    """Exchange, Outlook and Domino are told by it, though never for certain."""
    found = asked(f"{PERSON}Subject: {subject}\n\nTot ziens.\n")
    assert found is not None
    assert (found.kind, found.certain) == ("auto-reply", False)


SCAN = (
    'Content-Type: multipart/{}; boundary=b\n\n--b\n\n{}\n--b\nContent-Type: image/jpeg; name="{}"\n'
    "Content-Transfer-Encoding: base64\n\n/9j/4AAQ\n--b--\n"
)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (SCAN.format("mixed", "", "SCAN1.JPG"), None),
        (ANSWER + SCAN.format("mixed", "", "SCAN1.JPG"), None),
        (ANSWER + SCAN.format("mixed", "Tot ziens", "image001.jpg"), "auto-reply"),
        (ANSWER + SCAN.format("related", "Tot ziens", "foto.jpg"), "auto-reply"),
        (ANSWER + SCAN.format("mixed", "Tot ziens", ""), "auto-reply"),
        ("Subject: Losse tegels\n\nBij de school liggen de tegels los.\n", None),
    ],
)
def test_a_null_return_path_alone_says_nothing(raw: str, kind: str | None) -> None:
    """Copiers and some gateways send so; only an answer is automatic by it, unless a scan or photo comes with it."""
    found = asked(PERSON + NULL + raw)
    assert kind == (found and found.kind)


def test_an_automatic_reply_that_refers_to_our_letter_stays_one() -> None:
    """An official who is away answers our letter, and that travels to nobody."""
    found = asked(PERSON + "Auto-Submitted: auto-replied\n\n", OwnIds(about=(LETTER,)))
    assert found is not None
    assert found.kind == "auto-reply"


def test_a_reply_to_our_letter_is_not_automatic() -> None:
    """An official who answers quotes our id; that makes it no letter of ours."""
    assert asked(PERSON + "Subject: RE: [Oosterdorp] Notulen\n\n", OwnIds(about=(LETTER,))) is None


def test_our_own_letters_are_recognised_first() -> None:
    """A proof is settled whatever else it looks like."""
    assert SIGNS[0][0] == "proof"


@given(binary(max_size=2_000), sampled_from([b"", b"From: MAILER-DAEMON\nReturn-Path: <>\n", DSN.encode()]))
def test_any_mail_is_either_automatic_or_not(raw: bytes, before: bytes) -> None:
    """Whatever the bytes, there is an answer."""
    found = sign(parse(before + raw), before, None, OWN)
    assert found is None or found.because


@given(text(max_size=500), text(max_size=500))
def test_any_words_are_either_automatic_or_not(subject: str, body: str) -> None:
    """Whatever the words, there is an answer."""
    raw = f"From: postmaster@x.example\nSubject: {subject}\n\n{body}".encode("utf-8", "replace")
    found = sign(parse(raw), raw, None, OWN)
    assert found is None or found.because

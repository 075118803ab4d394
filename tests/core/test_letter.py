"""Letters: what they say, to whom they answer, and that nothing of a mail escapes into them."""

import datetime as dt
from dataclasses import replace
from typing import Literal

import pytest

from mailrouter.core.decide import Verdict
from mailrouter.core.model import Decision, Draft, Facts
from mailrouter.core.settings import Limits
from mailrouter.core.writing import letter as letters
from mailrouter.core.writing.sample import render_problem
from tests.core.letters import (
    DECISION,
    FACTS,
    FROZEN,
    MAIL,
    RAW,
    ROUTING,
    TEMPLATES,
    TOKEN,
    body,
    decided,
    letter,
    read,
    with_attachments,
    written,
)

DESK = Decision(
    outcome="desk",
    because=("de afzender is bij geen dorp bekend",),
    folder="Balie",
    village=replace(DECISION.village, certain=False) if DECISION.village else None,
    kind=DECISION.kind,
)


def test_headers_say_who_writes_and_where_answers_go() -> None:
    """From is the shared address in the council's name, Reply-To the council; automatic answers are not wanted."""
    message = letter()
    assert {name: str(message[name]) for name in message if name != "Content-Type"} == {
        "Date": "Fri, 08 Jul 2022 09:31:02 +0000",
        "To": "Anna Smit <a.smit@gemeente.example>",
        "Message-ID": f"<{TOKEN}@gemeente.example>",
        "X-Mailrouter-Letter": TOKEN,
        "References": f"<0@oosterdorp.example> <1@oosterdorp.example> <{TOKEN}@gemeente.example>",
        "From": "Dorpsraad Oosterdorp via gemeente Voorbeeld <dorpsraden@gemeente.example>",
        "Reply-To": "Dorpsraad Oosterdorp <secretaris@oosterdorp.example>",
        "Subject": "[Oosterdorp] Notulen – 6 juli 2022",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "MIME-Version": "1.0",
    }


@pytest.mark.parametrize(
    ("authentic", "trust", "reply_to", "warned"),
    [
        ("pass", "mx.gemeente.example", "secretaris@oosterdorp.example", False),
        ("none", "mx.gemeente.example", "dorpsraden@gemeente.example", True),
        ("fail", "exchange-online", "dorpsraden@gemeente.example", True),
        ("none", "none", "secretaris@oosterdorp.example", False),
    ],
)
def test_an_unverified_sender_is_not_answered_directly(
    authentic: Verdict, trust: str, reply_to: str, warned: bool
) -> None:
    """Where senders can be verified, one that was not gets a neutral line, and answers go to the shared address."""
    decision = replace(DECISION, authentic=authentic)
    message = letter(decision=decision, routing=ROUTING.model_copy(update={"trust": trust}))
    line = "Controleer of deze mail echt van de dorpsraad komt voordat u antwoordt."
    assert message["Reply-To"].addresses[0].addr_spec == reply_to
    assert (line in body(message), line in body(message, "html")) == (warned, warned)
    assert ("Uw antwoord op deze mail gaat naar" in body(message)) == (not warned)


@pytest.mark.parametrize(
    ("subject", "kind", "date", "expected"),
    [
        ("Verkeer", "minutes", dt.date(2022, 7, 6), "[Oosterdorp] Notulen – 6 juli 2022 – Verkeer"),
        ("Verkeer", "minutes", None, "[Oosterdorp] Notulen – Verkeer"),
        (
            "Notulen 6 juli 2022, verkeer",
            "minutes",
            dt.date(2022, 7, 6),
            "[Oosterdorp] Notulen – 6 juli 2022 – verkeer",
        ),
        ("NOTULEN: verkeer", "minutes", None, "[Oosterdorp] Notulen – verkeer"),
        ("Notulenboek", "minutes", None, "[Oosterdorp] Notulen – Notulenboek"),
        ("Notulen 6 juli", "minutes", dt.date(2022, 7, 6), "[Oosterdorp] Notulen – 6 juli 2022"),
        ("Notulen en agenda", "minutes", None, "[Oosterdorp] Notulen – Notulen en agenda"),
        ("", "other", None, "[Oosterdorp] Bericht"),
        ("Re: Klacht", "complaint", None, "[Oosterdorp] Klacht – Re: Klacht"),
    ],
)
def test_the_subject_names_village_kind_and_date(subject: str, kind: str, date: dt.date | None, expected: str) -> None:
    """The subject says village, kind, the date if known, and what the council wrote, without saying the kind twice."""
    message = letter(mail=replace(MAIL, subject=subject), decision=decided(kind), facts=Facts(date=date))
    assert message["Subject"] == expected


@pytest.mark.parametrize(
    ("subject", "status", "expected"),
    [
        ("Vergadering 6 juli gaat niet door", "cancelled", "Gaat niet door – Bericht – 6 juli 2022"),
        ("Geannuleerd: overleg", "cancelled", "Gaat niet door – Bericht – 6 juli 2022"),
        ("Nieuwe datum vergadering", "moved", "Verplaatst – Bericht – 6 juli 2022"),
        ("6 juli gaat niet door, wel 13 juli", "cancelled", "Gaat niet door – Bericht – 6 juli 2022 – {}"),
        ("Vergadering over de rondweg", "cancelled", "Gaat niet door – Bericht – 6 juli 2022 – {}"),
        ("Vergadering 6 juli", "planned", "Bericht – 6 juli 2022 – {}"),
    ],
)
def test_the_subject_says_news_once(
    subject: str, status: Literal["planned", "moved", "cancelled"], expected: str
) -> None:
    """What the council wrote is left out where it says the same news in other words, and is never cut."""
    facts = Facts(date=dt.date(2022, 7, 6), status=status)
    message = letter(mail=replace(MAIL, subject=subject), decision=decided("other"), facts=facts)
    assert f"[Oosterdorp] {expected.format(subject)}" == message["Subject"]


def test_a_long_subject_is_cut_at_200_characters() -> None:
    """A subject of 10,000 characters beyond ASCII is cut, and folded so that no line is too long."""
    wire = written(letters.compose(replace(MAIL, subject="é" * 10_000), RAW, DECISION, FACTS, ROUTING)[0])
    head = wire[: wire.index(b"\r\n\r\n")]
    assert len(read(wire)["Subject"]) == 200
    assert max(len(line) for line in head.split(b"\r\n") if b"=?" in line) <= 76


def test_a_subject_cannot_add_a_header() -> None:
    """Line breaks that came out of an encoded word stay inside the subject, as blanks."""
    message = letter(mail=replace(MAIL, subject="hoi\r\nBcc: x@kwaad.example\r\n\r\n<b>", sender_name="a\nb"))
    assert message["Bcc"] is None
    assert str(message["Subject"]).endswith("hoi Bcc: x@kwaad.example <b>")


def test_a_mail_cannot_speak_to_the_templates() -> None:
    """Jinja2 and HTML in a mail are text like any other."""
    nasty = "{{ 7*7 }} {% for x in y %} <script>alert(1)</script> <!--[if mso]>"
    mail = replace(MAIL, subject=nasty, text=nasty)
    message = letter(mail=mail, facts=replace(FACTS, place=nasty, agenda=(nasty,)))
    assert body(message).count("{{ 7*7 }} {% for x in y %} <script>") == 4
    assert "<script>" not in body(message, "html")
    assert body(message, "html").count("&lt;!--[if mso]&gt;") == 5


def test_a_message_id_cannot_add_a_reference_that_breaks_the_header() -> None:
    """Ids that are no ids are not repeated; of many references the first and the last remain."""
    mail = replace(MAIL, message_id="<a b@c>", references=("<x@y>\r\nBcc: z@z", "<é@y>", "<" + "a" * 999 + "@y>"))
    many = replace(MAIL, references=tuple(f"<{n}@oosterdorp.example>" for n in range(100)))
    own = f"<{TOKEN}@gemeente.example>"
    assert letter(mail=mail)["References"] == own
    assert str(letter(mail=many)["References"]).split()[:2] == ["<0@oosterdorp.example>", "<82@oosterdorp.example>"]
    assert str(letter(mail=many)["References"]).split()[-2:] == ["<1@oosterdorp.example>", own]


def test_a_template_that_fails_does_not_stop_the_mail() -> None:
    """The letter goes out in its built-in form, and what failed is told with file and line."""
    broken = {**TEMPLATES, "minutes.txt.j2": "eerste regel\n{{ nergens }}", "minutes.html.j2": "{% if %}"}
    routing = ROUTING.model_copy(update={"templates": broken})
    draft, failed = letters.compose(MAIL, RAW, DECISION, FACTS, routing)
    message = read(written(draft))
    assert [str(error) for error in failed] == [
        "minutes.txt.j2:2: UndefinedError: 'nergens' is undefined",
        "minutes.html.j2:1: TemplateSyntaxError: Expected an expression, got 'end of statement block'",
    ]
    assert body(message).startswith("Notulen van Dorpsraad Oosterdorp.\n\nWanneer: woensdag 6 juli 2022")
    assert "Kan de gemeente de snelheid op de Dorpsstraat meten?" in body(message)
    assert message.get_body(("html",)) is None


def test_the_desk_letter_has_a_built_in_form_too() -> None:
    """Without any template the desk still reads why the mail is there, and what to do."""
    draft, failed = letters.compose(MAIL, RAW, DESK, FACTS, ROUTING.model_copy(update={"templates": {}}))
    text = body(read(written(draft)))
    assert len(failed) == 2
    assert "- De afzender is bij geen dorp bekend.\n" in text
    assert "mailrouter assign 3f9a1c20 oosterdorp minutes\n" in text


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_shipped_templates_have_no_problem(name: str) -> None:
    """Every template renders with everything known and with nothing known."""
    assert render_problem(TEMPLATES, name) is None


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("een\n{{ councl }}", "t.txt.j2:2: UndefinedError: 'councl' is undefined"),
        ("{% endif %}", "t.txt.j2:1: TemplateSyntaxError: Encountered unknown tag 'endif'."),
        ("{{ agenda[0] }}", "t.txt.j2:1: UndefinedError: list object has no element 0"),
        ("{{ ''.__class__.mro() }}", "t.txt.j2:1: SecurityError: access to attribute '__class__' of 'str' object"),
        ("\n{{ agenda.append(1) }}", "t.txt.j2:2: SecurityError: "),
        ("{{ 'a' * 10**7 }}", "t.txt.j2:0: the template gives more than 256 KB"),
        ("{% include 'weg.txt.j2' %}", "t.txt.j2:1: TemplateNotFound: weg.txt.j2"),
        ("{{ 1 / 0 }}", "t.txt.j2:1: ZeroDivisionError: division by zero"),
    ],
)
def test_a_wrong_template_is_told_with_file_and_line(source: str, problem: str) -> None:
    """Whatever a template does wrong comes back as file, line and message."""
    found = render_problem({"t.txt.j2": source}, "t.txt.j2")
    assert (found or "").startswith(problem)


def test_nothing_of_a_long_text_is_dropped_in_silence() -> None:
    """What does not fit in a letter goes along as a file, and the letter says so."""
    text = "0123456789\n" * 6_000
    message = letter(mail=replace(MAIL, text=text))
    assert 1_000 < body(message).count("0123456789") < 3_000
    assert body(message).count("0123456789") == body(message, "html").count("0123456789")
    assert "De hele tekst zit in de bijlage tekst-van-de-mail.txt." in body(message)
    (part,) = message.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("tekst-van-de-mail.txt", text)


@pytest.mark.parametrize(
    "text", ["&" * 60_000, "é" * 60_000, "woord " * 20_000, "\n\n".join("abc" * 3 for _ in range(9_000))]
)
def test_no_text_makes_a_letter_that_gmail_cuts_off(text: str) -> None:
    """Whatever is in a long text, text and HTML both go out, the HTML below 102 KB."""
    draft, failed = letters.compose(replace(MAIL, text=text), RAW, DECISION, FACTS, ROUTING)
    message = read(written(draft))
    assert failed == ()
    assert 20_000 < len(body(message, "html").encode()) < 102 * 1024
    assert len(body(message)) > 3_000


def test_lines_filled_by_a_mail_program_flow_again() -> None:
    """A break where the next word did not fit goes; one that was meant stays, and so do lists."""
    filled = (
        "Wij vragen de gemeente om de snelheid op de Dorpsstraat te\n"
        "meten en daarna met ons te bespreken wat er kan. Dit zijn\n"
        "de plekken:\n- de school en het plein bij de kerk aan de rand van het\n- de brug\n\nGroet,\nIneke"
    )
    text = body(letter(mail=replace(MAIL, text=filled)))
    assert "Dorpsstraat te meten en daarna met ons te bespreken wat er kan. Dit zijn de plekken:\n" in text
    assert "\n  - de brug\n\n  Groet,\n  Ineke\n" in text


def test_a_letter_that_is_too_large_leaves_out_the_largest_attachment() -> None:
    """What does not fit is named with its size and folder; the rest goes along."""
    big, small = b"\x00" * 90_000, b"\x01" * 3_000
    bodies = [("foto.jpg", "image/jpeg", "8bit", big, big), ("klein.png", "image/png", "8bit", small, small)]
    mail, raw = with_attachments(*bodies)
    routing = ROUTING.model_copy(update={"limits": Limits(letter=100_000)})
    draft, _ = letters.compose(mail, raw, DECISION, FACTS, routing)
    message = read(written(draft, raw))
    assert [part.get_filename() for part in message.iter_attachments()] == ["klein.png"]
    assert "Te groot om mee te sturen\n- foto.jpg (90 KB)\nDit staat in de postbus" in body(message)
    assert "Te groot om mee te sturen" in body(message, "html")
    assert len(written(draft, raw)) <= 100_000


def test_the_desk_gets_the_original_as_a_message() -> None:
    """A clean original goes along byte for byte as message/rfc822."""
    draft, _ = letters.compose(MAIL, RAW, DESK, FACTS, ROUTING)
    (part,) = read(written(draft)).iter_attachments()
    assert (part.get_content_type(), part.get_filename()) == ("message/rfc822", "origineel.eml")
    assert RAW in written(draft)


@pytest.mark.parametrize(
    "raw",
    [
        RAW.replace(b"\r\n", b"\n"),
        RAW + b"caf\xe9\r\n",
        RAW + b"\r\n.\r\n\r.\r",
        RAW + b"a" * 999 + b"\r\n",
        RAW + b"\0",
        b"From x\r\n" + RAW,
        b"\r\nhoi",
    ],
)
def test_the_desk_gets_an_unclean_original_as_bytes(raw: bytes) -> None:
    """An original that may not go over the wire as it is goes along in base64, byte for byte."""
    draft, _ = letters.compose(MAIL, raw, DESK, FACTS, ROUTING)
    (part,) = read(written(draft, raw)).iter_attachments()
    assert (part.get_content_type(), part.get_content()) == ("application/octet-stream", raw)


def test_the_desk_is_told_where_an_original_lies_that_is_too_large() -> None:
    """An original above the limit is left out, and its folder named."""
    raw = RAW + b"regel\r\n" * 200_000
    routing = ROUTING.model_copy(update={"limits": Limits(letter=1_000_000)})
    draft, _ = letters.compose(MAIL, raw, DESK, FACTS, routing)
    message = read(written(draft, raw))
    assert list(message.iter_attachments()) == []
    assert "U vindt hem in de postbus, in de map Balie." in body(message)


@pytest.mark.parametrize("raw", [b"\0\xff\r.\r" * 50, b"geen mail", RAW])
def test_a_mail_that_could_not_be_read_goes_whole_to_the_desk(raw: bytes) -> None:
    """Nothing of it is parsed: its bytes go along as a file, and the letter says why."""
    draft = letters.unread(raw, "Hint\r\nBcc: x", "de mail brak het lezen af", ROUTING, "Balie")
    message = read(written(draft, raw))
    (part,) = message.iter_attachments()
    assert (part.get_content_type(), part.get_filename(), part.get_content()) == (
        "application/octet-stream",
        "origineel.eml",
        raw,
    )
    assert message["Subject"] == "[Balie] Niet te lezen – Hint Bcc: x"
    assert "Reden: de mail brak het lezen af.\n" in body(message)


@pytest.mark.parametrize("raw", [b"", b"a" * 800])
def test_a_mail_that_is_too_large_is_named_with_its_folder(raw: bytes) -> None:
    """A mail above seven tenths of the limit, or never fetched, is not enclosed."""
    routing = ROUTING.model_copy(update={"limits": Limits(letter=1_000)})
    message = read(written(letters.unread(raw, "", "te groot", routing, "Balie"), raw))
    assert list(message.iter_attachments()) == []
    assert "De mail zelf zit niet bij dit bericht. U vindt hem in de postbus, in de map Balie." in body(message)


EXPLANATION = {
    "fingerprint": MAIL.fingerprint,
    "mail": {"subject": "Notulen ← juli", "from": MAIL.sender, "message_id": MAIL.message_id},
}


def test_a_refused_letter_is_told_to_the_desk() -> None:
    """The desk reads who did not get it, what the server said, what to do, and has the original."""
    draft = letters.refusal(EXPLANATION, RAW, "a.smit@gemeente.example", "550 5.1.1\r\nunknown", ROUTING, "Balie")
    message = read(written(draft))
    assert message["Subject"] == "[Balie] Niet bezorgd – Notulen ← juli"
    assert "Niet bezorgd bij: a.smit@gemeente.example\nAntwoord van de mailserver: 550 5.1.1 unknown\n" in body(message)
    assert "mailrouter retry 3f9a1c20\n" in body(message)
    assert [part.get_filename() for part in message.iter_attachments()] == ["origineel.eml"]


def test_the_last_resort_is_short_and_text_only() -> None:
    """A notice is one plain text that says where the original is."""
    draft = letters.notice(EXPLANATION, "balie@gemeente.example", "552 too big", ROUTING, "Balie")
    message = read(written(draft))
    assert (message.get_content_type(), len(written(draft)) < 2_500) == ("text/plain", True)
    assert "U vindt het origineel in de postbus, in de map Balie." in message.get_content()
    assert "mailrouter show 3f9a1c20" in message.get_content()


def test_a_notice_needs_nothing_but_its_arguments() -> None:
    """An explanation that tells nothing about the mail still gives a letter."""
    message = read(written(letters.notice({}, "x", "", ROUTING, "Balie")))
    assert "Onderwerp: (geen onderwerp)" in message.get_content()


def test_the_same_promise_gives_the_same_bytes() -> None:
    """A letter composed twice is the same to the byte; another recipient's differs only in what names them."""
    first, second = (letters.compose(MAIL, RAW, DECISION, FACTS, ROUTING)[0] for _ in range(2))
    assert written(first) == written(second)
    lines = [set(_block(first, name, token)) for name, token in (("Anna", "a" * 32), ("Bram", "b" * 32))]
    assert sorted(line.split(b":")[0] for line in lines[0] ^ lines[1]) == sorted(
        [b" <" + b"a" * 32 + b"@x.example>", b" <" + b"b" * 32 + b"@x.example>"]
        + 2 * [b"Message-ID", b"X-Mailrouter-Letter", b"To"]
    )


def _block(draft: Draft, name: str, token: str) -> list[bytes]:
    block = letters.header_block(draft, name, f"{name}@gemeente.example", token, "x.example", FROZEN)
    return block.split(b"\r\n")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('Anna "Ans" Smit, wethouder', 'Anna "Ans" Smit, wethouder'),
        ("Zoë de Größe", "Zoë de Größe"),
        ("=?utf-8?Q?x?=", "=?utf-8?Q?x?="),
        ("x\r\nBcc: y", "x Bcc: y"),
        ("wijkteam\u202egnp", "wijkteamgnp"),
        ("", ""),
    ],
)
def test_names_in_headers_are_quoted_or_encoded(name: str, shown: str) -> None:
    """Whatever a name holds, it stays a name."""
    draft = letters.compose(MAIL, RAW, DECISION, FACTS, ROUTING)[0]
    block = letters.header_block(draft, name, "a@gemeente.example", TOKEN, "gemeente.example", FROZEN)
    (address,) = read(block)["To"].addresses
    assert (address.display_name, address.addr_spec) == (shown, "a@gemeente.example")


def test_an_address_that_cannot_stand_in_a_header_is_refused() -> None:
    """An internationalised domain is written in ASCII; a local part beyond ASCII is an error."""
    draft = letters.compose(MAIL, RAW, DECISION, FACTS, ROUTING)[0]
    block = letters.header_block(draft, "", "a@dörp.example", TOKEN, "gemeente.example", FROZEN)
    assert b"To: a@xn--drp-sna.example\r\n" in block
    with pytest.raises(ValueError, match="cannot be written in a header"):
        letters.header_block(draft, "", "zoë@gemeente.example", TOKEN, "gemeente.example", FROZEN)


@pytest.mark.parametrize("sender", [None, "zoë@oosterdorp.example", "a b@x.example", '"a"@x.example'])
def test_a_sender_without_a_plain_address_is_answered_at_the_shared_address(sender: str | None) -> None:
    """Reply-To never holds what cannot be written safely, and the letter promises nothing then."""
    message = letter(mail=replace(MAIL, sender=sender))
    assert message["Reply-To"].addresses[0].addr_spec == "dorpsraden@gemeente.example"
    assert "Uw antwoord op deze mail gaat naar" not in body(message)


def test_a_council_has_its_own_name() -> None:
    """The council is named as the config names it."""
    village = replace(DECISION.village, key="westerdorp") if DECISION.village else None
    message = letter(decision=replace(DECISION, village=village))
    assert message["From"].addresses[0].display_name == "Bewonersplatform Westerdorp via gemeente Voorbeeld"


def test_a_mail_without_a_village_is_not_forwarded() -> None:
    """Forwarding needs a village; without one it is an error of the caller."""
    with pytest.raises(ValueError, match="belongs at the desk"):
        letters.compose(MAIL, RAW, replace(DECISION, village=None), FACTS, ROUTING)

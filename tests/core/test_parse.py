"""From the raw bytes of an arrival to the mail we read in them."""

import datetime as dt
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.model import Mail
from mailrouter.core.reading.parse import NOT_READ, TOO_MANY, parse

MAIL = (
    b"Received: from mail.oosterdorp.example by mx.gemeente.example; Wed, 6 Jul 2022 20:01:00 +0200\r\n"
    b"Message-ID: <een@oosterdorp.example>\r\n"
    b"Date: Wed, 6 Jul 2022 20:00:00 +0200\r\n"
    b'From: "Dorpsraad Oosterdorp" <Secretaris@Oosterdorp.example>\r\n'
    b"To: dorpsraden@gemeente.example\r\n"
    b"Cc: jo@oosterdorp.example, kapot\r\n"
    b"Reply-To: raad@oosterdorp.example\r\n"
    b"References: <nul@gemeente.example>\r\n <half@gemeente.example>\r\n"
    b"In-Reply-To: <half@gemeente.example>\r\n"
    b"Subject: =?utf-8?q?Notulen_caf=C3=A9-overleg?=\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n'
    b"\r\n"
    b"--b\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b"Hierbij de notulen van het caf=C3=A9-overleg.=20\r\n"
    b"\r\n"
    b"Op 4 juli 2022 om 10:00 schreef Balie <balie@gemeente.example>:\r\n"
    b"> Wanneer komen de notulen?\r\n"
    b"--b\r\n"
    b'Content-Type: text/plain; charset=utf-8; name="notulen.txt"\r\n'
    b"Content-Disposition: attachment\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"\r\n"
    b"QmVzbHVpdDogZWVuIGRyZW1wZWw=\r\n"
    b"--b\r\n"
    b"Content-Type: message/rfc822\r\n"
    b"\r\n"
    b"Subject: Oude mail\r\n"
    b"\r\n"
    b"oude tekst\r\n"
    b"--b--\r\n"
)


def test_a_mail_is_read_whole() -> None:
    """Sender, subject, addresses, date and ids come out as the contract names them."""
    mail = parse(MAIL)
    assert mail.subject == "Notulen café-overleg"
    assert (mail.sender, mail.sender_name, mail.from_problem) == (
        "Secretaris@oosterdorp.example",
        "Dorpsraad Oosterdorp",
        "",
    )
    assert (mail.to, mail.cc, mail.reply_to) == (
        ("dorpsraden@gemeente.example",),
        ("jo@oosterdorp.example",),
        ("raad@oosterdorp.example",),
    )
    assert mail.date == dt.datetime(2022, 7, 6, 20, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert mail.message_id == "een@oosterdorp.example"
    assert mail.references == ("nul@gemeente.example", "half@gemeente.example")
    assert mail.header("to") == "dorpsraden@gemeente.example"
    assert mail.content_type == "multipart/mixed"
    assert mail.warnings == ()


def test_the_text_is_whole_and_the_new_text_is_without_the_quote() -> None:
    """`text` keeps what a reply quotes, `new_text` does not."""
    mail = parse(MAIL)
    assert mail.text.endswith("schreef Balie <balie@gemeente.example>:\n> Wanneer komen de notulen?")
    assert mail.new_text == "Hierbij de notulen van het café-overleg."


def test_attachments_are_decoded_and_found_in_the_raw_mail() -> None:
    """The range of an attachment holds its encoded bytes as they came; a nested mail is one file."""
    text, nested = parse(MAIL).attachments
    assert (text.name, text.type, text.encoding) == ("notulen.txt", "text/plain", "base64")
    assert (text.content, text.text, text.note) == (b"Besluit: een drempel", "Besluit: een drempel", "")
    assert MAIL[text.start : text.end] == b"QmVzbHVpdDogZWVuIGRyZW1wZWw="
    assert text.parameters == {"charset": "utf-8", "name": "notulen.txt"}
    assert (nested.name, nested.content) == ("bijlage-2.eml", b"Subject: Oude mail\r\n\r\noude tekst")
    assert nested.text == "Oude mail\n\noude tekst"


def test_above_the_limit_attachments_stay_closed() -> None:
    """Of a very large mail only headers and text are read."""
    mail = parse(MAIL, read_limit=len(MAIL) - 1)
    assert [(attachment.text, attachment.note) for attachment in mail.attachments] == [("", NOT_READ)] * 2
    assert mail.new_text == "Hierbij de notulen van het café-overleg."


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ("", "er staat geen afzender in de mail"),
        ("From: a@x.example\r\nFrom: b@x.example\r\n", "er staan twee afzenders in de mail"),
        ("From: \r\n", "er staat geen adres"),
    ],
)
def test_without_one_certain_sender_there_is_none(headers: str, problem: str) -> None:
    """A mail that does not say plainly who wrote it has no sender, and a reason."""
    mail = parse(f"{headers}Subject: x\r\n\r\ntekst".encode())
    assert (mail.sender, mail.from_problem) == (None, problem)


@pytest.mark.parametrize(
    ("value", "year"),
    [
        ("Wed, 6 Jul 2022 20:00:00 -0000", 2022),
        ("6 Jul 2022 20:00", 2022),
        ("gisteren", None),
        ("Mon, 1 Jan 99999 00:00 +0000", None),
    ],
)
def test_a_date_has_a_zone_or_is_none(value: str, year: int | None) -> None:
    """What cannot be read is no date."""
    date = parse(f"Date: {value}\n\n".encode()).date
    assert (date.year if date else None) == year
    assert date is None or date.tzinfo is not None


def test_oddities_are_named() -> None:
    """Each thing that is wrong with a mail is a warning, none of them an error."""
    raw = (
        b"Message-ID: <a@x.example>\nMessage-ID: <b@x.example>\nDate: gisteren\nFrom: a@x.example\nkapot\n"
        b"Content-Type: text/plain; charset=geheim\nContent-Transfer-Encoding: base64\n\nQUJDR"
    )
    assert parse(raw).warnings == (
        "the header holds lines that are no header fields",
        "2 fields Message-Id; the first counts",
        "the Date cannot be read",
        "a part text/plain is broken base64",
        "unknown charset 'geheim', read as UTF-8 or Windows-1252",
    )


def test_of_very_many_attachments_a_hundred_are_read() -> None:
    """All of them are there to be sent on."""
    part = b"--b\nContent-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\ntekst\n"
    mail = parse(b"Content-Type: multipart/mixed; boundary=b\n\n" + part * 102 + b"--b--\n")
    assert [attachment.text for attachment in mail.attachments] == ["tekst"] * 100 + ["", ""]
    assert [attachment.note for attachment in mail.attachments[99:]] == ["", TOO_MANY, TOO_MANY]


def test_a_text_too_long_to_be_read_is_named() -> None:
    """The mail goes on with what was read of it."""
    mail = parse(b"From: a@x.example\n\n" + b"tekst " * 400_000)
    assert mail.warnings == ("a text of 2400000 octets; its first 2000000 characters are read",)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Content-Type: text/plain; charset=utf-7\n\nFr+APY-sche", "Frösche"),
        ("Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n--b\nContent-Type: text/html\n\n<p>Ja", "Ja"),
        ("Content-Type: text/html\n\n<p>&#8238;ab&#847;c&#0;d", "abc\ufffdd"),
        ("Content-Type: text/plain\n\neen\x1b[31m twee\ttab", "een [31m twee tab"),
    ],
)
def test_a_text_is_decoded_first_and_cleaned_then(raw: str, text: str) -> None:
    """No charset, no encoding and no entity brings back what cleaning takes away."""
    assert parse(raw.encode()).text == text


def test_what_servers_write_is_taken_literally() -> None:
    """An encoded word in Authentication-Results is a sender's trick and is not decoded; one in a subject is."""
    mail = parse(b"Authentication-Results: mx; =?utf-8?q?dmarc=3Dpass?=\nX-Note: =?utf-8?q?caf=C3=A9?=\n\n")
    assert mail.headers == (("authentication-results", "mx; =?utf-8?q?dmarc=3Dpass?="), ("x-note", "café"))


@pytest.mark.parametrize(
    "again",
    [
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(
            b"Subject: =?utf-8?q?Notulen_caf=C3=A9-overleg?=", b"Subject: Notulen =?iso-8859-1?b?Y2Fm6S1vdmVybGVn?="
        ),
        MAIL.replace(b'boundary="b"', b'boundary="bb"').replace(b"\r\n--b", b"\r\n--bb"),
        MAIL.replace(b"charset=utf-8\r\n", b"charset=iso-8859-1\r\n").replace(b"caf=C3=A9-", b"caf=E9-"),
        MAIL.replace(b"QmVzbHVpdDog\r\n", b"").replace(b"QmVzbHVpdDogZWVu", b"QmVzbHVp\r\ndDogZWVu"),
        b"Received: from mx by store; Wed, 6 Jul 2022 20:02:00 +0200\r\n" + MAIL,
    ],
)
def test_a_copy_that_a_server_wrote_anew_is_the_same_mail(again: bytes) -> None:
    """Line ends, boundaries, encodings, charsets and trace fields do not change the fingerprint."""
    assert again != MAIL
    assert parse(again).fingerprint == parse(MAIL).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"een@oosterdorp", b"twee@oosterdorp"),
        MAIL.replace(b"caf=C3=A9-overleg.", b"caf=C3=A9-overleg!"),
        MAIL.replace(b"QmVzbHVpdDogZWVu", b"QmVzbHVpdDogZWVv"),
        MAIL.replace(b"notulen.txt", b"verslag.txt"),
        MAIL.replace(b"oude tekst", b"andere tekst"),
    ],
)
def test_other_content_is_another_mail(other: bytes) -> None:
    """The same Message-ID does not make it the same mail."""
    assert other != MAIL
    assert parse(other).fingerprint != parse(MAIL).fingerprint


def test_a_mail_without_id_and_date_is_known_by_its_first_received() -> None:
    """One that is sent again on purpose is not taken for a copy."""
    first = b"Received: a; Wed, 6 Jul 2022 20:00:00 +0200\n\ntekst"
    assert parse(first).fingerprint != parse(first.replace(b"20:00", b"20:01")).fingerprint


INVISIBLE = {
    chr(code) for start, end in ((0x200B, 0x2010), (0x2028, 0x202F), (0x2060, 0x2070)) for code in range(start, end)
}
INVISIBLE |= set("\xad\u034f\u061c\ufeff")


def assert_clean(text: str, longest: int, allowed: str = "") -> None:
    """It can be written as UTF-8, is bounded, and holds no control, bidi or zero-width character."""
    text.encode("utf-8")
    assert len(text) <= longest
    assert not INVISIBLE.intersection(text)
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in text if char not in allowed)


def assert_sound(mail: Mail, raw: bytes) -> None:
    """Every str is clean and no longer than the mail can account for; parts lie in the mail; twice the same."""
    one_line = [mail.subject, mail.sender or "", mail.sender_name, mail.message_id or "", *mail.references]
    one_line += [mail.from_problem, mail.content_type, mail.forwarded_from or "", *mail.to, *mail.cc, *mail.reply_to]
    one_line += [text for pair in mail.headers for text in pair] + list(mail.warnings)
    for text in one_line:
        assert_clean(text, 10_000)
    assert_clean(mail.text, 20 * len(raw) + 1_000, allowed="\n")
    assert_clean(mail.new_text, len(mail.text), allowed="\n")
    for part in mail.attachments:
        assert part.name
        assert_clean(part.name, 150)
        assert_clean(part.type, 255)
        assert_clean(part.text, 200_000, allowed="\n")
        assert 0 <= part.start <= part.end <= len(raw)
        for pair in part.parameters.items():
            assert_clean("".join(pair), 600)
    assert parse(raw) == mail


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    """Whatever arrives can be read."""
    assert_sound(parse(raw), raw)


PIECES = """From: |Subject: |To: |<a@x.example>|Content-Type: text/plain|Content-Type: text/html|; charset=utf-7
; charset=utf-16|; charset=iso-2022-jp|; format=flowed|Content-Type: multipart/mixed; boundary=b|--b|--b--|> |-- |Van:
Content-Type: message/rfc822|Content-Type: multipart/alternative; boundary=b|Content-Transfer-Encoding: base64|<p>|?=
Content-Transfer-Encoding: quoted-printable|=?utf-8?q?=E2=80=AE|=?utf-7?q?+IC4-|; name="|<style>|&#x202e;|+IC4-|\0
; filename*0*=utf-8''%E2%80%8B|=E2=80=8B|Begin doorgestuurd bericht:|\x1b$B"""
pieces = st.sampled_from([*(piece.encode() for piece in re.split("[|\n]", PIECES)), b"\r\n", b"\n", b"\n", b"\n"])


@given(st.lists(pieces | st.binary(max_size=8), max_size=60).map(b"".join))
def test_anything_that_looks_like_a_mail_is_one(raw: bytes) -> None:
    """The words of mail in any order give a sound mail, always the same."""
    assert_sound(parse(raw), raw)


@given(st.integers(0, 2**32), st.integers(1, 20))
def test_a_damaged_mail_is_a_mail(seed: int, wounds: int) -> None:
    """Bytes changed, cut and doubled in a good mail cost no error."""
    chance = random.Random(seed)
    raw = bytearray(MAIL)
    for _ in range(wounds):
        at = chance.randrange(len(raw))
        size = chance.randrange(12)
        raw[at : at + size] = chance.choice(
            [b"", chance.randbytes(size), bytes(raw[at : at + 3 * size]), b"\r\n", b"\0", b"--b", b'"', b"=?", b"\xff"]
        )
    assert_sound(parse(bytes(raw)), bytes(raw))

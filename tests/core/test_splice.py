"""Attachments in letters: the bytes stay as they were, whatever the original looks like."""

import base64
import binascii
import email
import email.header
import quopri
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.model import Attachment, Mail
from mailrouter.core.reading.parse import parse
from mailrouter.core.writing import fields, splice
from mailrouter.core.writing.letter import compose
from tests.core.letters import DECISION, FACTS, MAIL, RAW, ROUTING, read, with_attachments, written

PDF = bytes(range(256)) * 40
TEXT = b"Agenda\r\n1. Opening\r\n"


def lines(data: bytes) -> bytes:
    """Base64 as most mail programs write it."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def sent(mail_and_raw: tuple[Mail, bytes]) -> tuple[EmailMessage, bytes, bool]:
    """(the only attachment of the letter, the letter, whether it was spliced)."""
    mail, raw = mail_and_raw
    draft, _ = compose(mail, raw, DECISION, FACTS, ROUTING)
    wire = written(draft, raw)
    (part,) = read(wire).iter_attachments()
    assert isinstance(part, EmailMessage)
    return part, wire, any(span.source == "raw" for span in draft.body)


@pytest.mark.parametrize(
    ("encoding", "decoded", "encoded"),
    [
        ("base64", PDF, lines(PDF)),
        ("BASE64 ", PDF, lines(PDF)),
        ("quoted-printable", b"caf\xe9 = ja\r\n", b"caf=E9 =3D ja\r\n"),
        ("7bit", TEXT, TEXT),
        ("", TEXT, TEXT),
        ("base64", b"", b""),
    ],
)
def test_clean_attachments_are_spliced(encoding: str, decoded: bytes, encoded: bytes) -> None:
    """An attachment in a clean encoding keeps its encoded bytes, and decodes to the same."""
    part, _, spliced = sent(with_attachments(("a.bin", "application/pdf", encoding, decoded, encoded)))
    assert (part.get_payload(decode=True), spliced) == (decoded, True)


@pytest.mark.parametrize(
    ("encoding", "decoded", "encoded"),
    [
        ("8bit", b"caf\xe9\r\n", b"caf\xe9\r\n"),
        ("binary", PDF, PDF),
        ("x-uuencode", PDF, b"begin 644 x\r\n"),
        ("base64", PDF, base64.encodebytes(PDF)),
        ("base64", PDF, base64.b64encode(PDF)),
        ("7bit", b"a\nb\n", b"a\nb\n"),
        ("7bit", b"a\rb", b"a\rb"),
        ("7bit", b"a\0b", b"a\0b"),
        ("7bit", b".\r\n\n.\n\r.\r", b".\r\n\n.\n\r.\r"),
        ("7bit", b"a" * 999, b"a" * 999),
        ("7bit", b"iets anders", TEXT),
        ("7bit", b"caf\xe9", b"caf\xe9"),
    ],
)
def test_other_attachments_are_encoded_anew(encoding: str, decoded: bytes, encoded: bytes) -> None:
    """What may not go over the wire as it is, or is not what was read, goes in base64 and decodes to the same."""
    part, wire, spliced = sent(with_attachments(("a.bin", "application/pdf", encoding, decoded, encoded)))
    assert (part.get_payload(decode=True), part["Content-Transfer-Encoding"], spliced) == (decoded, "base64", False)
    assert splice.clean(wire)


def test_an_attachment_that_was_not_found_in_the_original_is_encoded() -> None:
    """Without a range in the raw mail the decoded bytes serve."""
    mail = replace(MAIL, attachments=(Attachment("a.pdf", "application/pdf", PDF, "base64"),))
    part, _, spliced = sent((mail, RAW))
    assert (part.get_payload(decode=True), spliced) == (PDF, False)


@given(st.lists(st.tuples(st.sampled_from(["7bit", "8bit", "base64", "quoted-printable"]), st.binary()), max_size=5))
def test_attachments_decode_to_the_same_bytes_in_order(bodies: list[tuple[str, bytes]]) -> None:
    """Any bytes in any encoding come out as they went in, and the letter may go over the wire."""
    encode = {"base64": lines, "quoted-printable": lambda data: quopri.encodestring(data, quotetabs=True)}
    parts = [
        (f"{n}", "application/octet-stream", encoding, data, encode.get(encoding, bytes)(data))
        for n, (encoding, data) in enumerate(bodies)
    ]
    mail, raw = with_attachments(*parts)
    wire = written(compose(mail, raw, DECISION, FACTS, ROUTING)[0], raw)
    assert [part.get_payload(decode=True) for part in read(wire).iter_attachments()] == [data for _, data in bodies]
    assert splice.clean(wire)


def test_ten_megabytes_are_spliced() -> None:
    """An attachment of 10 MB travels as a range of the original: none of it is copied into our own parts."""
    big = PDF * 1_000
    mail, raw = with_attachments(("groot.pdf", "application/pdf", "base64", big, lines(big)))
    draft, _ = compose(mail, raw, DECISION, FACTS, ROUTING)
    (part,) = read(written(draft, raw)).iter_attachments()
    assert (part.get_payload(decode=True) == big, len(draft.own) < 20_000) == (True, True)


@pytest.mark.parametrize("body", [b"--=_m0_%b", b"--=_a0_%b--", b"--=_m0_%b\r\n\r\n--=_m1_%b"])
def test_an_original_cannot_end_our_parts(body: bytes) -> None:
    """A mail that contains the boundary we would take gets another."""
    content = b"\r\n" + body.replace(b"%b", MAIL.fingerprint[:32].encode()) + b"\r\n"
    part, _, spliced = sent(with_attachments(("a.txt", "application/x-a", "7bit", content, content)))
    assert (part.get_payload(decode=True), spliced) == (content, True)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("notulen.pdf", "notulen.pdf"),
        ("notulen 6 juli (concept).pdf", "notulen 6 juli (concept).pdf"),
        ("verslag café “nieuw”.pdf", "verslag café “nieuw”.pdf"),
        ('a"; filename="b.exe', 'a"; filename="b.exe'),
        ("a\r\nBcc: x.pdf", "a Bcc: x.pdf"),
        ("fdp.\u202eexe", "fdp.exe"),
        ("", "bijlage-1"),
        ("x" * 60 + ".pdf", "x" * 60 + ".pdf"),
        ("日本" * 70, "日本" * 70),
        ("é" * 500, "é" * 149 + "…"),
        ("\ud800", "?"),
    ],
)
def test_names_of_attachments_arrive(name: str, shown: str) -> None:
    """A name stays one parameter, in whatever script and of whatever length (RFC 2231)."""
    part, wire, _ = sent(with_attachments((name, "application/pdf", "7bit", TEXT, TEXT)))
    assert (part.get_filename(), part.get_param("name")) == (shown, shown)
    assert part.get_content_disposition() == "attachment"
    assert max(len(line) for line in wire.split(b"\r\n") if b"name" in line) <= 78


@pytest.mark.parametrize(
    ("type_", "encoding", "expected"),
    [
        ("application/pdf", "7bit", "application/pdf"),
        ("IMAGE/PNG", "7bit", "image/png"),
        ("x\r\nBcc: y/z", "7bit", "application/octet-stream"),
        ("nonsense", "7bit", "application/octet-stream"),
        ("multipart/mixed", "7bit", "application/octet-stream"),
        ("message/external-body", "7bit", "application/octet-stream"),
        ("message/rfc822", "base64", "application/octet-stream"),
        ("message/rfc822", "7bit", "message/rfc822"),
    ],
)
def test_types_of_attachments(type_: str, encoding: str, expected: str) -> None:
    """The type is kept when it is one and may be encoded so; else the part is a file of bytes."""
    encoded = lines(TEXT) if encoding == "base64" else TEXT
    part, _, _ = sent(with_attachments(("a", type_, encoding, TEXT, encoded)))
    assert part.get_content_type() == expected


@pytest.mark.parametrize(("charset", "expected"), [("iso-8859-1", "iso-8859-1"), ('x"\r\nBcc: y', None)])
def test_the_charset_of_a_text_is_kept(charset: str, expected: str | None) -> None:
    """A text attachment keeps its charset, if that is one; no other parameter of it comes along."""
    mail, raw = with_attachments(("a.txt", "text/plain", "8bit", b"caf\xe9", b"caf\xe9"))
    parameters = {"charset": charset, "format": "flowed", "x": "y"}
    part, _, _ = sent((replace(mail, attachments=(replace(mail.attachments[0], parameters=parameters),)), raw))
    assert (part.get_content_charset(), part.get_param("format"), part.get_param("x")) == (expected, None, None)
    assert part["Bcc"] is None


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_a_mail_as_it_arrives_gives_its_attachments(line_end: bytes) -> None:
    """What was parsed out of a real message, with CRLF or LF, comes out of the letter with the same bytes and names."""
    message = EmailMessage()
    message["From"] = "secretaris@oosterdorp.example"
    message.set_content("Beste mensen,")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="notulen “juli”.pdf")
    message.add_attachment("één regel\n", filename="verslag.txt", cte="quoted-printable")
    message.add_attachment(RAW, maintype="application", subtype="octet-stream", filename="x", cte="7bit")
    raw = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", line_end)
    mail = parse(raw)
    draft, _ = compose(mail, raw, DECISION, FACTS, ROUTING)
    parts = list(read(written(draft, raw)).iter_attachments())
    assert [part.get_filename() for part in parts] == ["notulen “juli”.pdf", "verslag.txt", "x"]
    assert [part.get_payload(decode=True) for part in parts] == [file.content for file in mail.attachments]
    assert mail.attachments[0].content == PDF
    assert [span.source for span in draft.body].count("raw") == (3 if line_end == b"\r\n" else 0)


CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n%bBEGIN:VEVENT\r\nSUMMARY:METHOD\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    "method", [b"METHOD:REQUEST\r\n", b"method:request\r\n", b"METHOD;X=1:REQ\r\n UEST\r\n", b"MET\r\n HOD:REQUEST\r\n"]
)
@pytest.mark.parametrize(
    ("name", "type_"), [("", "text/calendar"), ("x.ICS", "application/octet-stream"), ("x", "application/ics")]
)
def test_a_calendar_is_passed_on_as_a_file(method: bytes, name: str, type_: str) -> None:
    """A scheduling request loses its METHOD, in the content and in the type, and nothing else."""
    content = CALENDAR % method
    mail, raw = with_attachments((name, type_, "7bit", content, content))
    with_method = replace(mail.attachments[0], parameters={"method": "REQUEST", "charset": "utf-8"})
    part, _, _ = sent((replace(mail, attachments=(with_method,)), raw))
    assert part.get_payload(decode=True) == CALENDAR % b""
    assert (part.get_content_type(), part.get_param("method")) == (type_, None)


def test_a_calendar_without_method_is_not_touched() -> None:
    """A calendar that asks for nothing is spliced like any attachment."""
    content = CALENDAR % b""
    part, _, spliced = sent(with_attachments(("x.ics", "text/calendar", "7bit", content, content)))
    assert (part.get_payload(decode=True), spliced) == (content, True)


@given(st.binary() | st.text("ab\r\n\0é.").map(str.encode) | st.integers(990, 2005).map(lambda n: b"a" * n + b"\r\n"))
def test_clean_is_what_the_wire_takes(data: bytes) -> None:
    """Clean bytes have CRLF only, no NUL, nothing above 127 and no line above 998 octets."""
    rest = data.replace(b"\r\n", b"")
    short = all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert splice.clean(data) == (not (set(rest) & {0, 10, 13}) and data.isascii() and short)


@given(st.text())
def test_texts_of_our_own_arrive(text: str) -> None:
    """Any text comes out with the same lines, whichever encoding is shorter."""
    headers, body = splice.encoded_text(text, "plain")
    decode = {"base64": binascii.a2b_base64, "quoted-printable": quopri.decodestring}[dict(headers)[_CTE]]
    assert decode(body).decode() == "\r\n".join(text.splitlines()) + "\r\n"
    assert splice.clean(body)
    assert max(map(len, body.split(b"\r\n"))) <= 76


_CTE = "Content-Transfer-Encoding"


@given(st.text(max_size=300))
def test_any_subject_arrives_on_one_line(text: str) -> None:
    """A subject decodes to its visible characters, in lines that mail servers take (RFC 2047 §2)."""
    expected = fields.one_line(text, 900)
    field = fields.text_field("Subject", text)
    value = email.message_from_string(field)["Subject"]
    decoded = "".join(
        part.decode(charset or "ascii") if isinstance(part, bytes) else part
        for part, charset in email.header.decode_header(value or "")
    )
    assert decoded == expected
    assert field.isascii()
    assert all(len(line) <= 76 for line in field.split("\r\n") if "=?" in line)

"""Text from attachments."""

import io
import zipfile

import docx
import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.extract import BROKEN, EMPTY, ENCRYPTED, ENOUGH, PROTECTED, SCAN, UNKNOWN, read_text

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OCTETS = "application/octet-stream"


def pdf(*pages: str, password: str | None = None) -> bytes:
    paper = FPDF()
    if password:
        paper.set_encryption(owner_password="eigenaar", user_password=password)
    for page in pages:
        paper.add_page()
        paper.set_font("helvetica", size=12)
        paper.multi_cell(0, text=page)
    return bytes(paper.output())


def word(document: "docx.document.Document") -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def minutes() -> bytes:
    document = docx.Document()
    document.add_heading("Notulen dorpsraad Oosterdorp", 1)
    document.add_paragraph("Opening", style="List Number")
    document.add_paragraph("Verkeer", style="List Number")
    document.add_paragraph("drempel", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ("Wie", "Wat", "Jo", "Belt"), strict=True):
        cell.text = text
    return word(document)


def archive(document_xml: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("word/document.xml"), document_xml, zipfile.ZIP_DEFLATED)  # of no moment
    return stream.getvalue()


def paragraph(text: str) -> str:
    return f'<w:document xmlns:w="w"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:document>'


ICS = (
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Europe/Amsterdam:20220706T193000\r\nDTEND:20220706T200000Z\r\n"
    b"SUMMARY:Vergadering dorps\r\n raad\r\nLOCATION:Dorpshuis\\, zaal 1\r\n"
    b"DESCRIPTION:Agenda:\\n1. Opening\r\nEND:VEVENT\r\n"
)


@pytest.mark.parametrize(
    ("name", "media_type", "content", "text"),
    [
        (
            "a.pdf",
            "application/pdf",
            pdf("Notulen van 6 juli", "Besluit: drempel"),
            "Notulen van 6 juli\n\nBesluit: drempel",
        ),
        ("zonder", OCTETS, pdf("Notulen van 6 juli"), "Notulen van 6 juli"),
        (
            "a.docx",
            WORD,
            minutes(),
            "Notulen dorpsraad Oosterdorp\n1. Opening\n2. Verkeer\n- drempel\nWie | Wat\nJo | Belt",
        ),
        ("a.html", OCTETS, b"<p>een<p>twee", "een\n\ntwee"),
        ("a.txt", OCTETS, b"\xef\xbb\xbfcaf\xc3\xa9\r\n", "café"),
        ("a.txt", "text/plain", "café".encode("utf-16"), "café"),
        ("a", "text/x-eigen", b"caf\xe9", "café"),
        (
            "a.ics",
            "text/calendar",
            ICS,
            "Datum: 06-07-2022, 19.30 uur\nVergadering dorpsraad\nLocatie: Dorpshuis, zaal 1\nAgenda:\n1. Opening",
        ),
        ("a.eml", "message/rfc822", b"Subject: Oud\n\ntekst", "Oud\n\ntekst"),
    ],
)
def test_text_is_read_by_content_type_or_name(name: str, media_type: str, content: bytes, text: str) -> None:
    """Each form of file gives its text, whatever its label says."""
    assert read_text(name, media_type, content) == (text, "")


@pytest.mark.parametrize(
    ("name", "media_type", "content", "note"),
    [
        ("a.pdf", "application/pdf", pdf("x", password="geheim"), PROTECTED),
        ("a.pdf", "application/pdf", pdf("x")[:300], BROKEN),
        ("a.pdf", "application/pdf", pdf("", ""), SCAN),
        ("a.docx", WORD, minutes()[:2_000], BROKEN),
        ("a.docx", WORD, b"geen zip", BROKEN),
        ("a.docx", WORD, archive(b'<!DOCTYPE x [<!ENTITY a "b">]>' + paragraph("&a;").encode()), BROKEN),
        ("a.docx", WORD, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), PROTECTED),
        ("encrypted.asc", OCTETS, b"-----BEGIN PGP MESSAGE-----\n", ENCRYPTED),
        ("smime.p7m", "application/pkcs7-mime", b"\x30", "versleuteld of ondertekend (S/MIME)"),
        ("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22", UNKNOWN),
        ("a.txt", "text/plain", b" \r\n", EMPTY),
        ("a.txt", "text/plain", b"", "leeg bestand"),
        ("a.jpg", "image/jpeg", b"\xff\xd8", ""),
        ("a.zip", "application/zip", archive(b"")[:30].replace(b"word/", b"xxxx/"), ""),
        ("handtekening.p7s", "application/pkcs7-signature", b"\x30", ""),
    ],
)
def test_without_text_the_note_says_why(name: str, media_type: str, content: bytes, note: str) -> None:
    """The desk reads in plain Dutch why a file gave no text; of a picture nothing is said."""
    assert read_text(name, media_type, content) == ("", note)


def test_reading_stops_when_there_is_enough() -> None:
    """A file that unpacks to far more than anyone reads gives two hundred thousand characters."""
    bomb = archive(paragraph("a" * 50_000_000).encode())
    text, note = read_text("a.docx", WORD, bomb)
    assert (set(text), len(text) <= ENOUGH, note) == ({"a"}, True, "")


@given(
    st.sampled_from(["a.pdf", "a.docx", "a.html", "a.ics", "a.eml", "a.txt", "a.bin"]),
    st.binary(max_size=500),
    st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04word/", b"BEGIN:VEVENT\nSUMMARY"]),
)
def test_any_bytes_give_text_or_a_note(name: str, content: bytes, start: bytes) -> None:
    """No file can make reading fail."""
    text, note = read_text(name, OCTETS, start + content)
    assert not (text and note)
    text.encode("utf-8")

"""Text from attachments: which form a file has, what is said of one that gives no text, and that nothing gets out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailrouter.core.reading.extract import read_text
from mailrouter.core.reading.files.page import ENOUGH
from mailrouter.core.reading.files.reasons import (
    BROKEN,
    EMPTY,
    EMPTY_FILE,
    ENCRYPTED,
    PROTECTED,
    SCAN,
    SIGNED,
    TOO_DEEP,
    TOO_MANY,
    UNKNOWN,
)
from tests.core import files
from tests.core.files import OCTETS, WORD

ARCHIVE = "archief: dat pakken wij niet uit"
OLD_WORD = "oud Word-bestand (.doc): dat kunnen wij niet lezen"
LOCKED_OFFICE = files.compound({"EncryptionInfo": b"x", "EncryptedPackage": b"x"})


@pytest.mark.parametrize(
    ("name", "media_type", "content", "text"),
    [
        (
            "a.pdf",
            "application/pdf",
            files.pdf("Notulen van 6 juli", "Besluit: drempel"),
            "Notulen van 6 juli\n\nBesluit: drempel",
        ),
        ("zonder", OCTETS, files.pdf("Notulen van 6 juli"), "Notulen van 6 juli"),
        ("zonder", OCTETS, b"\r\n\r\njunk" + files.pdf("Notulen van 6 juli"), "Notulen van 6 juli"),
        ("a.pdf", "application/pdf", files.word(files.word_paragraph("toch Word")), "toch Word"),
        ("a.doc", "application/msword", files.RTF, files.RTF_TEXT),
        ("a.doc", "application/msword", b"<html><p>een<p>twee", "een\n\ntwee"),
        ("a.docx", OCTETS, files.odt("<text:p>toch ODT</text:p>"), "toch ODT"),
        ("a.txt", "text/plain", files.winmail(), files.WINMAIL_TEXT),
        ("zonder", OCTETS, files.msg(), files.MSG_TEXT),
        ("a.html", OCTETS, b"<p>een<p>twee", "een\n\ntwee"),
        ("a.txt", OCTETS, b"\xef\xbb\xbfcaf\xc3\xa9\r\n", "café"),
        ("a.txt", "text/plain", "café".encode("utf-16"), "café"),
        ("a", "text/x-eigen", b"caf\xe9", "café"),
        ("a.csv", "text/csv", b"Wie;Wat\r\nJo;Belt\r\n", "Wie;Wat\nJo;Belt"),
        ("a.eml", "message/rfc822", b"Subject: Oud\n\ntekst", "Oud\n\ntekst"),
        (
            "a.ics",
            "text/calendar",
            files.ICS,
            "Datum: 06-07-2022, 19.30 uur\nVergadering dorpsraad\nLocatie: Dorpshuis, zaal 1\nAgenda:\n1. Opening",
        ),
    ],
)
def test_text_is_read_by_content_type_or_name(name: str, media_type: str, content: bytes, text: str) -> None:
    """Each form of file gives its text, whatever its label says."""
    assert (text, "") == read_text(name, media_type, content)


@pytest.mark.parametrize(
    ("name", "media_type", "content", "note"),
    [
        ("a.pdf", "application/pdf", files.pdf("x", password="geheim"), PROTECTED),
        ("a.pdf", "application/pdf", files.pdf("x")[:300], BROKEN),
        ("a.pdf", "application/pdf", files.pdf("", ""), SCAN),
        ("a.docx", WORD, files.minutes()[:2_000], BROKEN),
        ("a.docx", WORD, b"geen zip", BROKEN),
        ("a.docx", WORD, files.packed({"word/document.xml": files.word_paragraph("x")}, method=12), BROKEN),
        ("a.docx", WORD, files.word(b'<!DOCTYPE x [<!ENTITY a "b">]>' + files.word_paragraph("&a;")), BROKEN),
        ("a.docx", WORD, LOCKED_OFFICE, PROTECTED),
        ("a.docx", WORD, files.locked(files.minutes()), PROTECTED),
        ("a.odt", OCTETS, files.odt("", **{"META-INF/manifest.xml": b"<encryption-data/>"}), PROTECTED),
        ("a.odt", OCTETS, files.packed({"mimetype": files.OPEN_TEXT.encode()}), BROKEN),
        ("a.rtf", "text/rtf", b"\x89PNG", BROKEN),
        ("a.msg", OCTETS, files.msg()[:700], BROKEN),
        ("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22", BROKEN),
        ("winmail.dat", "application/ms-tnef", b"\x89PNG", UNKNOWN),
        ("a.zip", "application/zip", files.packed({"a.txt": b"a"}), ARCHIVE),
        ("a.zip", "application/zip", files.packed({}), ARCHIVE),
        ("a.zip", "application/zip", files.locked(files.packed({"a.txt": b"a"})), PROTECTED),
        ("a.zip", "application/zip", files.packed({"a.txt": b"a"})[:30], BROKEN),
        ("a.rar", OCTETS, b"Rar!\x1a\x07", ARCHIVE),
        ("a", OCTETS, files.compound({"WordDocument": b"x"}), OLD_WORD),
        ("a.doc", "application/msword", b"\xdb\xa5", OLD_WORD),
        ("a.xls", OCTETS, files.compound({"Workbook": b"x"}), "oud Excel-bestand (.xls): dat kunnen wij niet lezen"),
        (
            "a.ppt",
            OCTETS,
            files.compound({"PowerPoint Document": b"x"}),
            "oude PowerPoint-presentatie (.ppt): die kunnen wij niet lezen",
        ),
        ("a", OCTETS, files.compound({"Anders": b"x"}), UNKNOWN),
        ("a.xlsx", OCTETS, files.packed({"xl/workbook.xml": b"x"}), "rekenblad (Excel): dat kunnen wij niet lezen"),
        (
            "a.pptx",
            OCTETS,
            files.packed({"ppt/presentation.xml": b"x"}),
            "presentatie (PowerPoint): die kunnen wij niet lezen",
        ),
        (
            "a.ods",
            OCTETS,
            files.packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
            "rekenblad (OpenDocument): dat kunnen wij niet lezen",
        ),
        ("encrypted.asc", OCTETS, b"-----BEGIN PGP MESSAGE-----\n", ENCRYPTED),
        ("smime.p7m", "application/pkcs7-mime", b"\x30", SIGNED),
        ("a.txt", "text/plain", b" \r\n", EMPTY),
        ("a.txt", "text/plain", b"", EMPTY_FILE),
        ("a.txt", "text/plain", b"MZ\0\0", UNKNOWN),
        ("a.eml", "message/rfc822", b"A: b\n" * 2_000, "niet gelezen: de kop van de mail heeft meer dan 1000 regels"),
        ("a.jpg", "image/jpeg", b"\xff\xd8", ""),
        ("handtekening.p7s", "application/pkcs7-signature", b"\x30", ""),
    ],
)
def test_without_text_the_note_says_why(name: str, media_type: str, content: bytes, note: str) -> None:
    """The desk reads in plain Dutch why a file gave no text; of a picture nothing is said."""
    assert ("", note) == read_text(name, media_type, content)


def test_a_mail_in_the_mail_gives_its_attachments_too() -> None:
    """Subject, sender and text, then each file under its name, with its text or why there is none."""
    inner = files.mail(
        "Stukken", "Hierbij de stukken.", ("notulen.docx", WORD, files.minutes()), ("foto.zip", "application/zip", b"x")
    )
    assert read_text("a.eml", "message/rfc822", inner) == (
        "Stukken\nVan: Raad <raad@oosterdorp.example>\n\nHierbij de stukken.\n\nBijlage: notulen.docx\n"
        "Notulen dorpsraad Oosterdorp\n1. Opening\n2. Verkeer\n- drempel\nWie | Wat\nJo | Belt\n\n"
        f"Bijlage: foto.zip ({ARCHIVE})",
        "",
    )


def test_mails_in_mails_are_opened_three_deep() -> None:
    """A mail in a mail in a mail and so on ends with the note that it lies too deep."""
    content = b"Subject: 0\n\ndiep verborgen"
    for number in range(1, 100):
        head = f"Subject: {number}\nContent-Type: multipart/mixed; boundary=g{number}\n\n--g{number}\n"
        content = (head + "Content-Type: message/rfc822\n\n").encode() + content
    text, note = read_text("a.eml", "message/rfc822", content[content.index(b"Subject: 9\n") :])
    assert ["9", "8", "7"] == [line for line in text.split("\n") if line.isdigit()]
    assert (True, "") == (f"({TOO_DEEP})" in text, note)


def test_no_more_than_fifty_files_are_opened() -> None:
    """A mail with a hundred texts in it gives fifty, and says that this is not all."""
    content = files.mail("x", "y", *(("a.txt", "text/plain; charset=utf-8", b"tekst") for _ in range(100)))
    text, _ = read_text("a.eml", "message/rfc822", content)
    assert 50 == text.count("tekst")
    assert text.endswith(f"({TOO_MANY})")


def test_enough_is_enough_across_files() -> None:
    """The texts of the files in a mail count together; what comes after is not opened."""
    big = b"a" * (ENOUGH // 2)
    content = files.mail("x", "y", *((f"{number}.txt", "text/plain", big) for number in range(5)))
    text, note = read_text("a.eml", "message/rfc822", content)
    assert (2, True, "") == (text.count("Bijlage: "), len(text) <= ENOUGH, note)


VALID: list[tuple[str, bytes]] = [
    ("a.pdf", files.pdf("Notulen van 6 juli", "Besluit: drempel")),
    ("a.docx", files.minutes()),
    ("a.docx", files.packed({"word/document.xml": files.word_paragraph("tekst")}, method=0)),
    ("a.odt", files.agenda()),
    ("a.odt", files.packed({"mimetype": files.OPEN_TEXT.encode(), "content.xml": b"<a><p>x</p></a>"}, method=0)),
    ("a.rtf", files.RTF),
    ("a.html", b"<html><body><table><tr><td>een<td>twee</table><ul><li>drie</ul><a href='https://x.example'>x</a>"),
    ("a.ics", files.ICS),
    ("a.txt", "café\r\n".encode("utf-16")),
    ("a.eml", files.mail("Stukken", "Hierbij.", ("a.docx", WORD, files.minutes()), ("b.rtf", OCTETS, files.RTF))),
    ("a.msg", files.msg()),
    ("winmail.dat", files.winmail()),
    ("a.zip", files.packed({"a.txt": b"a"})),
    ("a.doc", LOCKED_OFFICE),
]


@st.composite
def damaged(draw: st.DrawFn, name: str, content: bytes) -> tuple[str, bytes]:
    """A valid file with bytes changed, taken out, put in and repeated, or cut off."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(0, 5))):
        at, size = draw(st.integers(0, len(changed))), draw(st.integers(0, 12))
        changed[at : at + size] = draw(st.binary(max_size=12) | st.sampled_from([b"\xff" * 4, bytes(changed[:600])]))
    if draw(st.booleans()):
        del changed[draw(st.integers(0, len(changed))) :]
    return name, bytes(changed)


LABELS = ["a.pdf", "a.docx", "a.odt", "a.rtf", "a.html", "a.ics", "a.eml", "a.txt", "a.msg", "a.bin", "winmail.dat"]


@settings(max_examples=400)
@given(st.sampled_from(VALID).flatmap(lambda file: damaged(*file)), st.one_of(st.none(), st.sampled_from(LABELS)))
def test_a_damaged_file_gives_text_or_a_note(file: tuple[str, bytes], label: str | None) -> None:
    """No damage to a file can make reading it fail, whatever it is called."""
    text, note = read_text(label or file[0], OCTETS, file[1])
    assert len(text) <= ENOUGH
    assert not (text and note)
    text.encode("utf-8")


@given(
    st.sampled_from(LABELS), st.binary(max_size=500), st.sampled_from([b"", b"%PDF-1.4\n", b"{\\rtf", b"PK\x03\x04"])
)
def test_any_bytes_give_text_or_a_note(name: str, content: bytes, start: bytes) -> None:
    """No bytes at all can make reading fail."""
    text, note = read_text(name, OCTETS, start + content)
    assert not (text and note)
    text.encode("utf-8")

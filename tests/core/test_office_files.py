"""Documents: what a reader of Word, LibreOffice or WordPad would see."""

import pytest

from mailrouter.core.reading.files import docx, odt, pdf, rtf
from mailrouter.core.reading.files.page import ENOUGH
from mailrouter.core.reading.files.reasons import SCAN, Unreadable
from tests.core import files

W = '<w:document xmlns:w="w" xmlns:mc="mc">%s</w:document>'


def test_a_word_document_shows_its_numbers_and_tables() -> None:
    """The numbers Word computes stand before their paragraphs, a table row is one line."""
    told = "Notulen dorpsraad Oosterdorp\n1. Opening\n2. Verkeer\n- drempel\nWie | Wat\nJo | Belt"
    assert told == docx.text_of(files.minutes())


def test_a_word_document_under_another_member_name() -> None:
    """Some programs call the text part document2.xml."""
    content = files.packed({"word/document2.xml": files.word_paragraph("tekst")})
    assert "tekst" == docx.text_of(content)


def test_word_text_that_is_there_twice_is_read_once() -> None:
    """The older drawing of a text box repeats its text."""
    box = "<mc:AlternateContent><mc:Choice>%s</mc:Choice><mc:Fallback>%s</mc:Fallback></mc:AlternateContent>"
    run = "<w:p><w:r><w:t>kader</w:t></w:r></w:p>"
    assert "kader" == docx.text_of(files.word((W % (box % (run, run))).encode())).strip()


def test_word_text_that_nobody_sees_is_left_out() -> None:
    """Hidden runs are for machines only; one that says it is not hidden is read."""
    run = "<w:p><w:r><w:rPr><w:vanish%s/></w:rPr><w:t>%s</w:t></w:r><w:r><w:t> %s</w:t></w:r></w:p>"
    body = run % ("", "weg", "een") + run % (' w:val="0"', "wel", "twee")
    assert "een\nwel twee" == docx.text_of(files.word((W % body).encode()))


def test_reading_a_word_document_stops_when_there_is_enough() -> None:
    """A document that unpacks to far more than anyone reads gives what anyone reads."""
    text = docx.text_of(files.word(files.word_paragraph("a" * 50_000_000)))
    assert ({"a"}, True) == (set(text), len(text) <= 2 * ENOUGH)


@pytest.mark.parametrize(
    "part",
    [
        "<w:x/>" * 3_000_000,
        "<w:p/>" * 3_000_000,
        "<w:tr><w:tc>" * 300_000 + "</w:tc></w:tr>" * 300_000,
        f'<w:x a="{"b" * 20_000_000}"/>',
    ],
)
def test_a_word_document_of_nothing_but_tags(part: str) -> None:
    """A few kilobytes that unpack to millions of elements, or to one enormous one, give no text."""
    assert "" == docx.text_of(files.word((W % part).encode()))


def test_hostile_lists_cost_nothing() -> None:
    """A list with a hundred thousand levels and endless labels numbers nothing beyond the nine there are."""
    levels = "".join(f'<w:lvl w:ilvl="{n}"><w:lvlText w:val="{"%1" * 900}"/></w:lvl>' for n in range(10_000))
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    paragraphs = '<w:p><w:numId w:val="1"/><w:r><w:t>a</w:t></w:r></w:p>' * 50_000
    content = files.packed({"word/document.xml": (W % paragraphs).encode(), "word/numbering.xml": numbering.encode()})
    assert len(docx.text_of(content)) <= 2 * ENOUGH


def test_an_opendocument_text_shows_its_numbers_and_tables() -> None:
    """Lists are numbered as LibreOffice shows them, also where one goes on after a paragraph; notes are left out."""
    assert (
        "Agenda Oosterdorp\n1. Opening\n2. Verkeer\na) drempel\nPauze\n3. Rond  vraag\n- sluiting\nWie | Jo"
        == odt.text_of(files.agenda())
    )


def test_opendocument_lists_of_a_named_style() -> None:
    """A list style may stand in styles.xml; levels can be shown together, and start at another number."""
    styles = (
        b'<x xmlns:text="t" xmlns:style="s"><text:list-style style:name="Genummerd">'
        b'<text:list-level-style-number text:level="1" style:num-format="1" text:start-value="3"/>'
        b'<text:list-level-style-number text:level="2" style:num-format="1" style:num-prefix="(" style:num-suffix=")" '
        b'text:display-levels="2"/></text:list-style></x>'
    )
    body = (
        '<text:list text:style-name="Genummerd"><text:list-item><text:p>een</text:p><text:list><text:list-item>'
        "<text:p>twee</text:p></text:list-item></text:list></text:list-item></text:list>"
    )
    assert "3 een\n(3.1) twee" == odt.text_of(files.odt(body, **{"styles.xml": styles}))


def test_what_an_opendocument_text_hides_is_left_out() -> None:
    """Deleted text, comments and the description of a picture are no text; a text box is a paragraph of its own."""
    body = (
        "<text:tracked-changes><text:p>weg</text:p></text:tracked-changes><text:p>Zie"
        "<office:annotation><text:p>niet doen</text:p></office:annotation><draw:frame><draw:text-box>"
        "<text:p>kader</text:p></draw:text-box><draw:desc>foto</draw:desc></draw:frame>slot</text:p>"
    )
    assert "Zie\nkader\nslot" == odt.text_of(files.odt(body))


def test_opendocument_text_that_nobody_sees_is_left_out() -> None:
    """Hidden sections, and words in a style that hides."""
    body = (
        '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
        '<text:section text:name="S" text:display="none"><text:p>weg</text:p></text:section>'
        '<text:p>wel<text:span text:style-name="T1">weg</text:span><text:hidden-text>weg</text:hidden-text></text:p>'
    )
    assert "wel" == odt.text_of(files.odt(body))


@pytest.mark.parametrize(
    "body",
    ["<text:x/>" * 2_000_000, "<text:p>" + '<text:s text:c="999999"/>' * 500_000 + "</text:p>"],
)
def test_an_opendocument_text_of_nothing_but_tags(body: str) -> None:
    """It ends where a reader has had enough, without text."""
    assert "" == odt.text_of(files.odt(body)).strip()


def test_rich_text_is_read_as_it_is_shown() -> None:
    """Characters of every kind, numbers that the writer computed and tables; no fonts, pictures or hidden text."""
    assert files.RTF_TEXT == rtf.text_of(files.RTF)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb"{\rtf1\mac caf\'8e}", "café"),
        (rb"{\rtf1\pc caf\'82}", "café"),
        (rb"{\rtf1\pca caf\'82}", "café"),
        (rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}wel\htmlrtf weg\htmlrtf0{\*\htmltag72 </p>}}", "wel"),
    ],
)
def test_rich_text_of_other_programs(content: bytes, text: str) -> None:
    """The charsets of old systems; and what Outlook puts beside the HTML that it keeps in rich text (MS-OXRTFEX)."""
    assert text == rtf.text_of(content)


@pytest.mark.parametrize(
    "content",
    [
        b"{\\rtf1" + b"{" * 300_000 + b"diep",
        b"{\\rtf1" + b"{}" * 1_000_000,
        b"{\\rtf1{\\fonttbl" + b"{\\f0\\fcharset0 aaaaaaaa" * 100_000,
        b"{\\rtf1 " + b'{\\field{\\*\\fldinst{HYPERLINK "a"}} { b ' * 50_000,
        b"{\\rtf1\\bin999999999 x}",
        b"{\\rtf1\\uc99999999 \\u1 x}",
        b"{\\rtf1\\u-32768\\ansicpg99999\\f999999999\\'zz\\",
    ],
)
def test_hostile_rich_text_is_read_in_one_pass(content: bytes) -> None:
    """Nested groups, endless font tables and fields, absurd numbers: none of it takes long or fails."""
    assert len(rtf.text_of(content)) <= 2 * ENOUGH


class Recognising:
    """Recognises what it was told to, page by page."""

    def __init__(self, *words: str | None) -> None:
        self.words = list(words)
        self.pictures: list[bytes] = []

    def words_in(self, picture: bytes) -> str | None:
        """The next words."""
        self.pictures.append(picture)
        return self.words.pop(0)


def test_a_page_of_few_words_without_a_picture_is_no_scan() -> None:
    """A notice of one word is read; beside a picture one word may be a stamp."""
    assert ("Let op", "") == pdf.text_of(files.pdf("Let op"), None)
    with pytest.raises(Unreadable, match="scan"):
        pdf.text_of(files.scan("Let op"), None)


def test_a_scan_is_read_where_words_can_be_recognised() -> None:
    """Each page goes as a picture in grey to what recognises words."""
    recognises = Recognising("Notulen\n", "Besluit")
    assert ("Notulen\n\nBesluit", "") == pdf.text_of(files.pdf("", ""), recognises)
    assert [b"P5 1654 2339 255", b"P5 1654 2339 255"] == [one.split(b"\n")[0] for one in recognises.pictures]
    assert {17 + 1654 * 2339} == {len(one) for one in recognises.pictures}


def test_what_of_a_scan_was_not_read_is_said() -> None:
    """When time is up the note tells how far reading came; without a word it is a scan as ever."""
    assert ("Notulen", "scan: alleen gelezen tot en met pagina 1 van 3") == pdf.text_of(
        files.pdf("", "", ""), Recognising("Notulen", None)
    )
    with pytest.raises(Unreadable, match=r"waarschijnlijk een scan") as raised:
        pdf.text_of(files.pdf("", ""), Recognising(None))
    assert SCAN == str(raised.value)


def test_no_more_than_ten_pages_of_a_scan_are_read() -> None:
    """A scanned book is read in part."""
    recognises = Recognising(*["tekst"] * 12)
    _, note = pdf.text_of(files.pdf(*[""] * 12), recognises)
    assert (10, "scan: alleen gelezen tot en met pagina 10 van 12") == (len(recognises.pictures), note)


def test_a_pdf_whose_pages_go_round_in_circles() -> None:
    """A page tree that holds itself has no pages that can be read."""
    content = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 1000000/Kids[2 0 R 2 0 R]>>endobj\ntrailer<</Root 1 0 R>>\n"
    )
    with pytest.raises(Unreadable, match="beschadigd"):
        pdf.text_of(content, None)

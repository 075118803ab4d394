"""Good and odd input for each kind of parser, from which damaged input is made."""

import io
import re
import zipfile
from functools import cache

from docx import Document

from tests.catalogue import documents
from tests.catalogue.inputs import INPUTS
from tests.catalogue.making import SENDER, VILLAGE

MOST = 20_000
"""Octets of a mail that is used: damage in a large file hits nothing."""

TEXTS = (
    "Notulen van 6 juli 2022, 19.30 uur, Dorpshuis De Brink.\n\nAanwezig: Anja (voorzitter), Bert\n\n1. Opening\n"
    "2. Verkeer\nBesluit: er komt een drempel.\nActie: Bert stuurt een brief voor 1 augustus.\nVolgende vergadering: "
    "woensdag 7 september a.s., half acht.",
    "Hierbij nodigen wij u uit voor de vergadering van dinsdag 12-01-'23 om 20:00 uur in MFC De Wester. Graag bericht "
    "voor morgen. De schouw van 3 t/m 5 oktober gaat niet door en is verplaatst naar de tweede maandag van maart.",
    "Dank voor uw bericht.\n\nOp di 5 jul. 2022 om 10:00 schreef Jan <jan@elders.example>:\n> Wanneer komt het?\n>> ",
    "Zie onder.\n\n-----Oorspronkelijk bericht-----\nVan: Jan\nVerzonden: vrijdag 1 juli 2022 20:15\nAan: Raad\n"
    "Onderwerp: Bankje\n\nHet is stuk.\n\n-- \nJan\nVerstuurd vanaf mijn iPhone",
)
ADDRESSES = (
    f"Dorpsraad <{SENDER}>",
    f'"De Vries, A. (Anja)" <{SENDER}> (secretaris)',
    f"{SENDER}, Raad: a@x.example, b@x.example;, =?utf-8?q?Caf=C3=A9?= <c@één.example>",
    f"{SENDER}]<bob@kwaad.example>",
    "undisclosed-recipients:;",
    '"a b"@x.example',
)
PARAMETERS = (
    "attachment; filename*0*=utf-8''notulen%20; filename*1*=%C3%A9%C3%A9n; filename*2=.pdf",
    'text/plain; charset="utf-8"; format=flowed; name="=?utf-8?b?w6nDqW4=?= twee.txt"',
    'multipart/signed; protocol="application/pkcs7-signature"; boundary="grens; \\" x"',
    "attachment; filename=../../C:\\notulen.pdf.exe",
)
RESULTS = (
    "mx.gemeente.example; dmarc=pass (p=reject) header.from=dorpsraad-oosterdorp.example; spf=fail; dkim=none",
    "spf=pass smtp.mailfrom=x.example; dkim=pass; dmarc=fail header.from=x.example;compauth=fail reason=001",
)
PAGES = (
    "<p>Losse <b>tegel</b> voor de <a href='https://x.example/a'>school</a>.</p><ul><li>een<li>twee</ul><pre>a\n</pre>",
    "<table><tr><td>Datum<td>6 juli<tr><td colspan=2>x</table><div style='display:none'>weg</div><ol start=3><li></ol>",
    "<blockquote type=cite>oud</blockquote><script>x()</script><style>p{}</style>&eacute;&#8203;&#xD800;<br><br>einde",
)
RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Notulen van \b 6 juli\b0\par Caf\'e9 \u233?\tab x{\*\x weg}}",
    rb"{\rtf1\ansi\uc2 {\pict\bin4 abcd}{\field{\*\fldinst HYPERLINK}{\fldrslt hier}}\cell\row\par}",
)
EVENT = (
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Amsterdam\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"
    b"UID:1@x.example\r\nDTSTART;TZID=Europe/Amsterdam:20261006T193000\r\nDURATION:PT2H\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n"
    b"SUMMARY:Schouw\\, ronde 2\r\nLOCATION:De Brink\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.example\r\n"
    b"DESCRIPTION:Neem\r\n  laarzen mee\\n\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
WORD_XML = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>Notulen'
    b"</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>Actie</w:t><w:tab/><w:br/></w:r></w:p></w:tc></w:tr></w:tbl>"
    b"</w:body></w:document>"
)
OPEN_XML = (
    b'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    b'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text><text:h>Notulen</text:h>'
    b'<text:p>6 juli<text:s text:c="3"/><text:tab/>x<text:line-break/></text:p><text:list><text:list-item><text:p>een'
    b"</text:p></text:list-item></text:list></office:text></office:body></office:document-content>"
)


@cache
def mails() -> tuple[bytes, ...]:
    """The mails of the catalogue that are not too large."""
    return tuple(bad.raw for bad in INPUTS if len(bad.raw) <= MOST)


@cache
def header_values() -> tuple[bytes, ...]:
    """What stands in the header fields of those mails, and values that take some reading."""
    found = {value for raw in mails() for value in re.findall(rb"(?m)^[A-Za-z-]+: *([^\r\n]+(?:\r\n[ \t].*)*)", raw)}
    return (*(value.encode() for value in (*PARAMETERS, *ADDRESSES, *RESULTS)), *sorted(found))


@cache
def results() -> tuple[bytes, ...]:
    """Header blocks with what servers say of a sender."""
    hop = f"Received: from mail.{VILLAGE} by mx.gemeente.example (x); Mon, 14 Sep 2026 09:00:00 +0000\r\n"
    return tuple(f"{hop}Authentication-Results: {value}\r\n{hop}\r\n".encode() for value in RESULTS)


@cache
def word() -> bytes:
    """A document as Word writes it."""
    document, target = Document(), io.BytesIO()
    document.add_heading("Notulen")
    document.add_paragraph("Aanwezig: Anja, Bert")
    document.add_table(1, 2).cell(0, 1).text = "Besluit"
    document.save(target)
    return target.getvalue()


def archive(member: str, content: bytes, first: str = "") -> bytes:
    """A zip with one member, and before it one that tells what kind of file it is."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        if first:
            made.writestr("mimetype", first)
        made.writestr(member, content)
    return target.getvalue()


def open_document(content: bytes) -> bytes:
    """An ODT with this content.xml."""
    return archive("content.xml", content, "application/vnd.oasis.opendocument.text")


def word_document(content: bytes) -> bytes:
    """A DOCX with this document.xml."""
    return archive("word/document.xml", content)


@cache
def pdfs() -> tuple[bytes, ...]:
    """Small PDF files."""
    return documents.one_page("Notulen van 6 juli"), documents.pdf_loop()


@cache
def winmails() -> tuple[bytes, ...]:
    """Small winmail.dat files."""
    return (documents.winmail(b"De tekst.", b"drempel.txt", b"Besluit: een drempel"),)

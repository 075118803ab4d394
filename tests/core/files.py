"""Files as bytes, for tests of what is read in them; written by hand where no library of ours writes that form."""

import io
import struct
import zipfile
from collections.abc import Mapping

import docx
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OPEN_TEXT = "application/vnd.oasis.opendocument.text"
OCTETS = "application/octet-stream"

Tree = Mapping[str, "bytes | Tree"]
"""A compound file: streams and storages by name."""


def pdf(*pages: str, password: str | None = None) -> bytes:
    """A PDF with these pages."""
    paper = FPDF()
    if password:
        paper.set_encryption(owner_password="eigenaar", user_password=password)
    for page in pages:
        paper.add_page()
        paper.set_font("helvetica", size=12)
        paper.multi_cell(0, text=page)
    return bytes(paper.output())


def scan(text: str) -> bytes:
    """A PDF of one page that holds a picture of these words."""
    paper = FPDF()
    paper.add_page()
    picture = Image.new("L", (1200, 200), 255)
    ImageDraw.Draw(picture).text((20, 60), text, fill=0, font=ImageFont.load_default(size=60))
    paper.image(picture, x=10, y=10, w=190)
    return bytes(paper.output())


def minutes() -> bytes:
    """A Word document: a heading, a numbered list, a bullet and a table."""
    document = docx.Document()
    document.add_heading("Notulen dorpsraad Oosterdorp", 1)
    document.add_paragraph("Opening", style="List Number")
    document.add_paragraph("Verkeer", style="List Number")
    document.add_paragraph("drempel", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ("Wie", "Wat", "Jo", "Belt"), strict=True):
        cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def packed(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file; its members have no moment, so the bytes are always the same."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return stream.getvalue()


def locked(archive: bytes) -> bytes:
    """A zip file whose first member says that it is encrypted (APPNOTE.TXT §4.4.4)."""
    at = archive.index(b"PK\x01\x02") + 8
    return archive[:6] + b"\x01" + archive[7:at] + b"\x01" + archive[at + 1 :]


def word(document_xml: bytes) -> bytes:
    """A Word document of which only the text part is there."""
    return packed({"word/document.xml": document_xml})


def word_paragraph(text: str) -> bytes:
    """The text part of a Word document with one paragraph."""
    return f'<w:document xmlns:w="w"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:document>'.encode()


_ODT = """<office:document-content xmlns:office="o" xmlns:text="t" xmlns:style="s" xmlns:table="b" xmlns:draw="d">
<office:automatic-styles>
 <text:list-style style:name="L1">
  <text:list-level-style-number text:level="1" style:num-suffix="." style:num-format="1"/>
  <text:list-level-style-number text:level="2" style:num-suffix=")" style:num-format="a" text:display-levels="1"/>
 </text:list-style>
 <text:list-style style:name="L2"><text:list-level-style-bullet text:level="1"/></text:list-style>
</office:automatic-styles>
<office:body><office:text>%s</office:text></office:body></office:document-content>"""


def odt(body: str, **members: bytes) -> bytes:
    """An OpenDocument text with that in its body; L1 numbers its items, L2 has bullets."""
    return packed({"mimetype": OPEN_TEXT.encode(), "content.xml": (_ODT % body).encode()} | members)


def agenda() -> bytes:
    """An OpenDocument text: numbered items in two levels, interrupted and gone on with, a bullet and a table."""
    return odt(
        '<text:h text:outline-level="1">Agenda\n   Oosterdorp</text:h>'
        '<text:list text:style-name="L1"><text:list-item><text:p>Opening</text:p></text:list-item>'
        "<text:list-item><text:p>Verkeer</text:p><text:list>"
        "<text:list-item><text:p>drempel</text:p></text:list-item></text:list></text:list-item></text:list>"
        "<text:p>Pauze<text:note><text:p>koffie</text:p></text:note></text:p>"
        '<text:list text:continue-numbering="true" text:style-name="L1">'
        '<text:list-item><text:p>Rond<text:s text:c="2"/>vraag</text:p></text:list-item></text:list>'
        '<text:list text:style-name="L2"><text:list-item><text:p>sluiting</text:p></text:list-item></text:list>'
        "<table:table><table:table-row><table:table-cell><text:p>Wie</text:p></table:table-cell>"
        "<table:table-cell><text:p>Jo</text:p></table:table-cell></table:table-row></table:table>"
    )


RTF = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset238 Arial CE;}}{\stylesheet{\s1 kop;}}"
    rb"{\info{\title geheim}}\uc1 Notulen caf\'e9 \u8364? 5\par {\listtext 1.\tab}Opening\par"
    b"\r\n"
    rb"{\*\onbekend weg}{\field{\*\fldinst HYPERLINK x}{\fldrslt Verkeer}}{\v verborgen}\line {\f1 \'b9}"
    rb"\u-10179?\u-8704?{\pict\wmetafile8 0102{\b 03}}\trowd Wie\cell Jo\cell\row}"
)
RTF_TEXT = "Notulen café € 5\n1. Opening\nVerkeer\ną😀Wie | Jo"

ICS = (
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Europe/Amsterdam:20220706T193000\r\nDTEND:20220706T200000Z\r\n"
    b"SUMMARY:Vergadering dorps\r\n raad\r\nLOCATION:Dorpshuis\\, zaal 1\r\n"
    b"DESCRIPTION:Agenda:\\n1. Opening\r\nEND:VEVENT\r\n"
)


def mail(subject: str, text: str, *attached: tuple[str, str, bytes]) -> bytes:
    """A mail with these attachments (name, type, bytes)."""
    parts = [f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode()]
    for name, type_, content in attached:
        head = f'Content-Type: {type_}; name="{name}"\r\nContent-Transfer-Encoding: binary\r\n\r\n'
        parts.append(head.encode() + content)
    head = (
        f"From: Raad <raad@oosterdorp.example>\r\nSubject: {subject}\r\nContent-Type: multipart/mixed; boundary=grens"
    )
    return b"".join(
        [head.encode(), b"\r\n\r\n", *(b"--grens\r\n" + part + b"\r\n" for part in parts), b"--grens--\r\n"]
    )


# winmail.dat (MS-OXTNEF)


def tnef(*attributes: tuple[int, bytes]) -> bytes:
    """A winmail.dat with these attributes (number, value)."""
    out = b"\x78\x9f\x3e\x22\x01\x00"
    for number, value in attributes:
        level = 2 if number in (0x69002, 0x18010, 0x6800F, 0x69005) else 1
        out += struct.pack("<BII", level, number, len(value)) + value + struct.pack("<H", sum(value) % 0x10000)
    return out


def properties(*values: tuple[int, int, bytes]) -> bytes:
    """Properties (type, number, value) as an attribute of a winmail.dat holds them."""
    out = struct.pack("<I", len(values))
    for type_, number, value in values:
        out += struct.pack("<HH", type_, number)
        if number >= 0x8000:
            name = "Zaak".encode("utf-16-le")
            out += bytes(16) + struct.pack("<II", 1, len(name)) + name
        if type_ in (0x1E, 0x1F, 0x102, 0x0D):
            out += struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)
        else:
            out += value
    return out


def utf16(text: str) -> bytes:
    """Text as Outlook stores it."""
    return (text + "\0").encode("utf-16-le")


def winmail() -> bytes:
    """A message with a text file and a message in it, as Outlook sends it."""
    inner = tnef((0x18004, b"Binnenste\0"), (0x2800C, b"diep van binnen\0"))
    return tnef(
        (0x69007, struct.pack("<II", 1252, 0)),
        (0x18004, b"Oud onderwerp\0"),
        (
            0x69003,
            properties(
                (0x03, 0x3FDE, struct.pack("<I", 65001)),
                (0x1F, 0x8001, utf16("van een eigen soort")),
                (0x1003, 0x6001, struct.pack("<III", 2, 7, 8)),
                (0x1F, 0x0037, utf16("Verslag")),
                (0x1E, 0x0C1A, b"Raad Oosterdorp\0"),
                (0x1F, 0x5D01, utf16("raad@oosterdorp.example")),
                (0x102, 0x1013, "<p>Beste café".encode()),
            ),
        ),
        (0x69002, bytes(14)),
        (0x18010, b"lang.t\0"),
        (0x6800F, b"Besluit: drempel"),
        (0x69005, properties((0x1F, 0x3707, utf16("lang verslag.txt")))),
        (0x69002, bytes(14)),
        (0x69005, properties((0x0D, 0x3701, bytes(16) + inner), (0x1F, 0x3001, utf16("Binnenste")))),
    )


WINMAIL_TEXT = (
    "Verslag\nVan: Raad Oosterdorp <raad@oosterdorp.example>\n\nBeste café\n\nBijlage: lang verslag.txt\n"
    "Besluit: drempel\n\nBijlage: Binnenste\nBinnenste\n\ndiep van binnen"
)


# Compound files (MS-CFB) and Outlook messages (MS-OXMSG)

_FREE, _END, _IS_FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _MINI, _CUTOFF = 512, 64, 4096


def compound(tree: Tree) -> bytes:
    """A compound file, version 3."""
    entries: list[list[object]] = [["Root Entry", 5, _FREE, _FREE, b""]]  # name, type, right, child, content
    _add_entries(entries, 0, tree)
    mini, mini_fat = b"", []
    starts = [0] * len(entries)
    for sid, (_, _, _, _, content) in enumerate(entries):
        assert isinstance(content, bytes)
        if 0 < len(content) < _CUTOFF:
            starts[sid] = len(mini_fat)
            count = -(-len(content) // _MINI)
            mini_fat += [*range(len(mini_fat) + 1, len(mini_fat) + count), _END]
            mini += content.ljust(count * _MINI, b"\0")
    entries[0][4] = mini
    body, fat = b"", list[int]()

    def place(content: bytes) -> int:
        nonlocal body
        count = -(-len(content) // _SECTOR)
        first = len(fat)
        fat.extend([*range(first + 1, first + count), _END] if count else [])
        body += content.ljust(count * _SECTOR, b"\0")
        return first if count else _END

    for sid, (_, _, _, _, content) in enumerate(entries):
        assert isinstance(content, bytes)
        if sid == 0 or len(content) >= _CUTOFF:
            starts[sid] = place(content)
    first_mini_fat = place(struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(-(-len(mini_fat) // 128) * 512, b"\xff"))
    directory = b"".join(_entry(*entry, start=starts[sid]) for sid, entry in enumerate(entries))
    first_directory = place(directory)
    fat_sectors = 1
    while (len(fat) + fat_sectors) > fat_sectors * 128:
        fat_sectors += 1
    first_fat = len(fat)
    fat += [_IS_FAT] * fat_sectors
    body += struct.pack(f"<{len(fat)}I", *fat).ljust(fat_sectors * _SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fat_sectors, first_directory, 0, _CUTOFF, first_mini_fat, 1, _END, 0)
    tables = [*range(first_fat, first_fat + fat_sectors)]
    return header + struct.pack("<109I", *tables, *[_FREE] * (109 - len(tables))) + body


def _add_entries(entries: list[list[object]], parent: int, tree: Tree) -> None:
    previous = 0
    for name, value in tree.items():
        sid = len(entries)
        is_stream = isinstance(value, bytes)
        entries.append([name, 2 if is_stream else 1, _FREE, _FREE, value if is_stream else b""])
        if previous:
            entries[previous][2] = sid
        else:
            entries[parent][3] = sid
        previous = sid
        if not isinstance(value, bytes):
            _add_entries(entries, sid, value)


def _entry(name: str, type_: int, right: int, child: int, content: bytes, start: int) -> bytes:
    label = name.encode("utf-16-le")
    head = label.ljust(64, b"\0") + struct.pack("<HBBIII", len(label) + 2, type_, 1, _FREE, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, len(content))


def outlook(**parts: bytes | str | Tree) -> dict[str, bytes | Tree]:
    """The storage of a message or attachment: texts and bytes by property name, "attachments" as given."""
    tree: dict[str, bytes | Tree] = {"__properties_version1.0": bytes(32)}
    for key, value in parts.items():
        number = int(key.removeprefix("p"), 16)
        if isinstance(value, str):
            tree[f"__substg1.0_{number:04X}001F"] = value.encode("utf-16-le")
        else:
            tree[f"__substg1.0_{number:04X}{'0102' if isinstance(value, bytes) else '000D'}"] = value
    return tree


def msg() -> bytes:
    """An Outlook message with a PDF and a message in it."""
    inner = outlook(p0037="Binnenste", p1000="diep van binnen")
    return compound(
        outlook(p0037="Verslag", p0042="Raad Oosterdorp", p5D02="raad@oosterdorp.example", p1000="Beste café\r\n")
        | {
            "__attach_version1.0_#00000000": outlook(p3707="verslag.pdf", p3701=pdf("Besluit: er komt een drempel")),
            "__attach_version1.0_#00000001": outlook(p3701=inner),
        }
    )


MSG_TEXT = (
    "Verslag\nVan: Raad Oosterdorp <raad@oosterdorp.example>\n\nBeste café\n\nBijlage: verslag.pdf\n"
    "Besluit: er komt een drempel\n\nBijlage: bericht\nBinnenste\n\ndiep van binnen"
)

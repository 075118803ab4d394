"""Files that do harm, or that cannot be opened, made from scratch."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from functools import cache

_MEGABYTE = bytes(1_000_000)


@cache
def zip_bomb(member: str = "leeg.txt", megabytes: int = 50) -> bytes:
    """An archive that becomes a thousand times as large."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(_member(member), "w") as content,
    ):
        for _ in range(megabytes):
            content.write(_MEGABYTE)
    return target.getvalue()


def locked_zip() -> bytes:
    """An archive with one member that asks for a password (APPNOTE 4.4.4, bit 0)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(_member("notulen.txt"), b"versleutelde bytes")
    content = bytearray(target.getvalue())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flags] |= 1
    return bytes(content)


def _member(name: str) -> zipfile.ZipInfo:
    """A member that was last changed at the same moment, whenever it is made."""
    info = zipfile.ZipInfo(name, (2026, 9, 14, 9, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, the first of which is its catalogue (ISO 32000 §7.5)."""
    written, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


@cache
def pdf_bomb() -> bytes:
    """One page of which the content is deflated twice, 50 MB when it is out, and that would run a script."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(_MEGABYTE.replace(b"\0", b" ")) for _ in range(50)) + packer.flush()
    twice = zlib.compress(once, 9)
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (len(twice), twice),
    )


def pdf_loop() -> bytes:
    """A tree of pages that contains itself."""
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 99>>")


def one_page(text: str) -> bytes:
    """A PDF of one page that says `text` (ASCII)."""
    content = b"BT /F1 12 Tf 20 700 Td (%s) Tj ET" % text.encode("ascii")
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def winmail(text: bytes, name: bytes, content: bytes) -> bytes:
    """A winmail.dat: a message text and one file in it ([MS-OXTNEF] §2.1)."""
    attributes = (
        (1, 0x00089006, struct.pack("<I", 0x10000)),  # attTnefVersion
        (1, 0x00069007, struct.pack("<II", 1252, 0)),  # attOemCodepage
        (1, 0x0002800C, text + b"\0"),  # attBody
        (2, 0x00069002, struct.pack("<HIIII", 1, 0xFFFFFFFF, 0, 0, 0)[:14]),  # attAttachRendData
        (2, 0x00018010, name + b"\0"),  # attAttachTitle
        (2, 0x0006800F, content),  # attAttachData
    )
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(_attributes(attributes))


def _attributes(attributes: Iterable[tuple[int, int, bytes]]) -> Iterable[bytes]:
    for level, name, data in attributes:
        yield struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

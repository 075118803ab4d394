"""A text as a PDF like the one a council would make of it: lines broken where the paper ends, and pages.

As small as the format allows (ISO 32000-1): a standard font, WinAnsiEncoding, nothing compressed.
"""

import textwrap
import unicodedata

_COLUMNS = 90
_LINES_OF_PAGE = 54
_WIDTH, _HEIGHT = 595, 842
"""A4, in points of 1/72 inch."""
_MARGIN, _SIZE, _LEADING = 56, 10, 13.5
_FIRST_PAGE_OBJECT = 4


def make_pdf(text: str) -> bytes:
    """The text on as many pages as it takes; a character that WinAnsiEncoding lacks becomes a question mark."""
    lines = [part for line in text.splitlines() for part in _broken(line)]
    pages = [lines[at : at + _LINES_OF_PAGE] for at in range(0, len(lines), _LINES_OF_PAGE)] or [[]]
    numbers = [_FIRST_PAGE_OBJECT + 2 * index for index in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in zip(numbers, pages, strict=True):
        objects += [_page(number + 1), _stream(page)]
    return _file(objects)


def _broken(line: str) -> list[str]:
    """A line as the paper breaks it: what is set apart by blanks stays so; an empty line stays one."""
    return textwrap.wrap(line.expandtabs(), _COLUMNS) or [""]


def _page(content: int) -> bytes:
    return (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}]"
        f" /Resources << /Font << /F1 3 0 R >> >> /Contents {content} 0 R >>"
    ).encode()


def _stream(lines: list[str]) -> bytes:
    """The content of a page: one text object, a line at a time (ISO 32000-1 §9.4)."""
    shown = b"".join(b"(" + _string(line) + b") Tj T*\n" for line in lines)
    begin = f"BT /F1 {_SIZE} Tf {_LEADING} TL {_MARGIN} {_HEIGHT - _MARGIN} Td\n".encode()
    content = begin + shown + b"ET"
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def _string(line: str) -> bytes:
    """A line as the inside of a literal string (ISO 32000-1 §7.3.4.2)."""
    printable = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", line))
    data = printable.encode("cp1252", "replace")
    return data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: list[bytes]) -> bytes:
    """Header, objects, cross-reference table and trailer (ISO 32000-1 §7.5)."""
    made, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(made))
    return bytes(made) + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer

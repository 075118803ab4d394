"""The text of a PDF, page by page; of a scan what is recognised in it, where that can be done."""

import re
from typing import Any, Protocol

from mailrouter.core.reading.files.page import ENOUGH
from mailrouter.core.reading.files.reasons import BROKEN, PROTECTED, SCAN, Unreadable, foreign

PAGES = 200
SCANNED_PAGES = 10
_PDFIUM_PASSWORD = 4
"""FPDF_ERR_PASSWORD."""
_MIN_TEXT_OF_PAGE = 8
"""Visible characters a page on average must have, or the document is a scan with a stamp on it."""
_HYPHEN_AT_LINE_END = re.compile("[\x02\ufffe](?:\\r?\\n)?")
_DOTS = 200 / 72
"""Pixels a point, for recognition: 200 dots an inch."""
_LARGEST_SIDE = 3_000
"""Pixels: more than A4 needs, and a bound on what a page of a mile costs."""


class RecognisesText(Protocol):
    """What reads the words in the picture of a page."""

    def words_in(self, picture: bytes) -> str | None:
        """The words in a picture (PGM); None if it cannot or may not read any more."""


def text_of(content: bytes, recognises: RecognisesText | None) -> tuple[str, str]:
    """(text, what was not read, in Dutch); Unreadable for a document that is broken or locked, and for a scan."""
    import pypdfium2

    with foreign():
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            raise Unreadable(PROTECTED if error.err_code == _PDFIUM_PASSWORD else BROKEN) from error
        try:
            pages = _pages(document)
            visible = sum(len("".join(page.split())) for page in pages)
            if visible >= _MIN_TEXT_OF_PAGE * len(pages) or (visible and not _has_pictures(document)):
                return "\n\n".join(pages), ""
            return _recognised(document, recognises)
        finally:
            document.close()


def pages_of(content: bytes) -> int:
    """How many pages a document has; 0 if it cannot be opened."""
    import pypdfium2

    with foreign():
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError:
            return 0
        count = len(document)
        document.close()
        return count


def _pages(document: Any) -> list[str]:
    """The text of the pages, until there is enough, or until one cannot be read."""
    import pypdfium2

    pages: list[str] = []
    try:
        for number in range(min(len(document), PAGES)):
            pages.append(_text_of_page(document, number))
            if sum(map(len, pages)) > ENOUGH:
                break
    except pypdfium2.PdfiumError as error:
        if not pages:
            raise Unreadable(BROKEN) from error
    if not pages:
        raise Unreadable(BROKEN)
    return pages


def _has_pictures(document: Any) -> bool:
    """Whether one of its first pages holds a picture: a page of few words without one is no scan."""
    import pypdfium2.raw

    for number in range(min(len(document), SCANNED_PAGES)):
        page = document[number]
        found = any(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))
        page.close()
        if found:
            return True
    return False


def _text_of_page(document: Any, number: int) -> str:
    page = document[number]
    words = page.get_textpage()
    text = str(words.get_text_bounded())
    words.close()
    page.close()
    return _HYPHEN_AT_LINE_END.sub("", text)


def _recognised(document: Any, recognises: RecognisesText | None) -> tuple[str, str]:
    """The words recognised in the pages of a scan, and how far that went if it was not to the end."""
    pages: list[str] = []
    for number in range(min(len(document), SCANNED_PAGES) if recognises else 0):
        text = recognises.words_in(_picture(document, number)) if recognises else None
        if text is None:
            break
        pages.append(text.strip())
    text = "\n\n".join(filter(None, pages))
    if not text:
        raise Unreadable(SCAN)
    count = len(document)
    return text, "" if len(pages) == count else f"scan: alleen gelezen tot en met pagina {len(pages)} van {count}"


def _picture(document: Any, number: int) -> bytes:
    """A page in shades of grey, as a portable graymap (PGM)."""
    page = document[number]
    scale = min(_DOTS, _LARGEST_SIDE / max(1.0, *page.get_size()))
    bitmap = page.render(scale=scale, grayscale=True)
    rows = memoryview(bitmap.buffer).cast("B")
    head = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height)
    shades = b"".join(rows[at : at + bitmap.width] for at in range(0, bitmap.stride * bitmap.height, bitmap.stride))
    bitmap.close()
    page.close()
    return head + shades

"""Text from attachments, for the reader of a summary and the evidence of a kind.

Only ever called in the cage: a hostile file may take all the time and memory there is. Reading stops when there is
enough. The libraries load when the first file of their kind comes by.
"""

import codecs
import re
from collections.abc import Callable
from typing import Any

from mailrouter.core.reading import charset, headers, mime

ENOUGH = 200_000
"""Characters of text."""
PAGES = 200

PROTECTED = "met een wachtwoord beveiligd"
BROKEN = "niet te lezen (beschadigd)"
SCAN = "geen leesbare tekst (waarschijnlijk een scan)"
EMPTY = "geen leesbare tekst"
ENCRYPTED = "versleuteld"
UNKNOWN = "dit soort bestand kunnen wij niet lezen"

_PDFIUM_PASSWORD = 4
"""FPDF_ERR_PASSWORD."""
_MIN_TEXT_OF_PAGE = 8
"""Visible characters a page on average must have, or the document is a scan with a stamp on it."""
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SILENT = ("image/", "audio/", "video/", "font/")
_SILENT_SUFFIXES = {
    "7z", "asc", "avif", "bmp", "gif", "gz", "heic", "jpeg", "jpg", "m4a", "mov", "mp3", "mp4", "p7s", "png", "rar",
    "svg", "tar", "tif", "tiff", "vcf", "webp", "zip",
}  # fmt: skip
_SUFFIXES = {
    "pdf": "pdf", "docx": "docx", "docm": "docx", "dotx": "docx", "htm": "html", "html": "html", "txt": "text",
    "text": "text", "md": "text", "csv": "text", "ics": "calendar", "eml": "mail",
}  # fmt: skip
_TYPES = {
    "application/pdf": "pdf", "application/x-pdf": "pdf", _DOCX: "docx", "text/html": "html",
    "application/xhtml+xml": "html", "text/calendar": "calendar", "application/ics": "calendar",
    "message/rfc822": "mail", "message/global": "mail", "message/delivery-status": "text",
}  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HYPHEN_AT_LINE_END = re.compile("[\x02\ufffe](?:\\r?\\n)?")
_CALENDAR_LINE = re.compile(r"(?i)(SUMMARY|LOCATION|DESCRIPTION|DTSTART)(?:;(?:[^\":]|\"[^\"]*\")*)?:(.*)")
_ICS_ESCAPE = re.compile(r"\\(.)")
_ICS_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d)?")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def read_text(name: str, type: str, content: bytes) -> tuple[str, str]:
    """The readable text of a file (clean, LF, at most `ENOUGH` characters) and, without text, why in Dutch.

    Both are empty for files that hold no text by nature, such as pictures.
    """
    if not content:
        return "", "leeg bestand"
    if note := _closed(type, content):
        return "", note
    form = _form(name, type, content)
    reader = _READERS.get(form)
    if reader is None:
        return "", UNKNOWN if form == "unknown" else ""
    text, note = reader(content)
    text = headers.clean_lines(text[:ENOUGH]).strip("\n ")
    return text, note or ("" if text else EMPTY)


def _closed(type: str, content: bytes) -> str:
    """Why a file cannot be opened by anyone but its addressee; "" if it can."""
    if type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return "versleuteld of ondertekend (S/MIME)"
    if content.lstrip()[:27] == b"-----BEGIN PGP MESSAGE-----":
        return ENCRYPTED
    if content.startswith(_OLE) and _ENCRYPTED_PACKAGE in content:
        return PROTECTED
    return ""


def _form(name: str, type: str, content: bytes) -> str:
    """What kind of file it is: by its first bytes, then its type, then its name; senders err in the last two."""
    suffix = name.rpartition(".")[2].lower()
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        return "docx" if suffix in ("docx", "docm", "dotx") or b"word/" in content else "silent"
    form = _TYPES.get(type) or _SUFFIXES.get(suffix)
    if form:
        return form
    if type.startswith(_SILENT) or suffix in _SILENT_SUFFIXES:
        return "silent"
    return "text" if type.startswith("text/") else "unknown"


def _read_pdf(content: bytes) -> tuple[str, str]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        return "", PROTECTED if error.err_code == _PDFIUM_PASSWORD else BROKEN
    pages: list[str] = []
    try:
        for number in range(min(len(document), PAGES)):
            pages.append(_pdf_page(document, number))
            if sum(map(len, pages)) > ENOUGH:
                break
    except pypdfium2.PdfiumError:
        if not pages:
            return "", BROKEN
    finally:
        document.close()
    if sum(len("".join(page.split())) for page in pages) < _MIN_TEXT_OF_PAGE * len(pages):
        return "", SCAN
    return "\n\n".join(pages), ""


def _pdf_page(document: Any, number: int) -> str:
    page = document[number]
    words = page.get_textpage()
    text = str(words.get_text_bounded())
    words.close()
    page.close()
    return _HYPHEN_AT_LINE_END.sub("", text)


def _read_docx(content: bytes) -> tuple[str, str]:
    from mailrouter.core.reading import docx

    try:
        return docx.text_of(content, ENOUGH), ""
    except docx.DocxError:
        return "", BROKEN


def _read_html(content: bytes) -> tuple[str, str]:
    from mailrouter.core.reading import body, html_text

    return html_text.text_of(body.html_source(content, "")), ""


def _read_plain(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content[: 4 * ENOUGH].decode("utf-16", "replace"), ""
    if b"\0" in content[:1_000]:
        return "", UNKNOWN
    return charset.decode(content[: 4 * ENOUGH].removeprefix(codecs.BOM_UTF8)), ""


def _read_mail(content: bytes) -> tuple[str, str]:
    """Subject and body of a mail in the mail; what is attached to that stays closed."""
    from mailrouter.core.reading import body

    root = mime.tree(content)
    subject = headers.clean(headers.decode(root.get("subject") or ""), 1_000)
    shown, _ = body.divide(root)
    return f"{subject}\n\n{body.body_text(shown)}", ""


def _read_calendar(content: bytes) -> tuple[str, str]:
    """What an event is about, where, when (as it stands there: UTC times are left out), and its description."""
    unfolded = re.sub(r"\r?\n[ \t]", "", charset.decode(content[: 4 * ENOUGH]))
    told: list[str] = []
    for line in unfolded.splitlines():
        match = _CALENDAR_LINE.fullmatch(line)
        if match and (value := _calendar_value(match[1].upper(), match[2])):
            told.append(value)
    return "\n".join(told), ""


def _calendar_value(field: str, value: str) -> str:
    if not field.startswith("DT"):
        text = _ICS_ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
        return f"Locatie: {text}" if field == "LOCATION" and text else text
    moment = _ICS_MOMENT.fullmatch(value)
    if field != "DTSTART" or moment is None:
        return ""
    year, month, day, hour, minute = moment.groups()
    return f"Datum: {day}-{month}-{year}" + (f", {hour}.{minute} uur" if hour else "")


_READERS: dict[str, Callable[[bytes], tuple[str, str]]] = {
    "pdf": _read_pdf,
    "docx": _read_docx,
    "html": _read_html,
    "text": _read_plain,
    "calendar": _read_calendar,
    "mail": _read_mail,
}

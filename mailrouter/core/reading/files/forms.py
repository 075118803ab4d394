"""What kind of file it is: by its first bytes, then its type, then its name; senders err in the last two."""

from mailrouter.core.reading.files import msg, rtf, tnef, zipped
from mailrouter.core.reading.files.reasons import ENCRYPTED, PROTECTED, SIGNED, UNKNOWN, Unreadable

SILENT = "silent"
"""Holds no text by nature, such as a picture."""

_SUFFIXES = {
    "pdf": "pdf", "docx": "docx", "docm": "docx", "dotx": "docx", "odt": "odt", "ott": "odt", "rtf": "rtf",
    "htm": "html", "html": "html", "xhtml": "html", "txt": "text", "text": "text", "md": "text", "csv": "text",
    "log": "text", "ics": "calendar", "eml": "mail", "msg": "msg", "doc": "doc", "dot": "doc", "xls": "xls",
    "ppt": "ppt", "pps": "ppt", "xlsx": "xlsx", "xlsm": "xlsx", "xlsb": "xlsx", "pptx": "pptx", "ppsx": "pptx",
    "ods": "ods", "odp": "odp", "zip": "zip", "7z": "zip", "gz": "zip", "rar": "zip", "tar": "zip", "tgz": "zip",
}  # fmt: skip
_SILENT_SUFFIXES = {
    "asc", "avif", "bmp", "gif", "heic", "jpeg", "jpg", "m4a", "mov", "mp3", "mp4", "p7s", "png", "sig", "svg", "tif",
    "tiff", "vcf", "wav", "webp",
}  # fmt: skip
_SILENT_TYPES = ("image/", "audio/", "video/", "font/")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_TYPES = {
    "application/pdf": "pdf", "application/x-pdf": "pdf", f"{_OFFICE}wordprocessingml.document": "docx",
    f"{_OFFICE}spreadsheetml.sheet": "xlsx", f"{_OFFICE}presentationml.presentation": "pptx", f"{_OPEN}text": "odt",
    f"{_OPEN}spreadsheet": "ods", f"{_OPEN}presentation": "odp", "application/rtf": "rtf", "text/rtf": "rtf",
    "text/html": "html", "application/xhtml+xml": "html", "text/calendar": "calendar", "application/ics": "calendar",
    "message/rfc822": "mail", "message/global": "mail", "message/delivery-status": "text",
    "message/feedback-report": "text", "message/disposition-notification": "text", "application/x-excel": "xls",
    "application/vnd.ms-outlook": "msg", "application/msword": "doc", "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt", "application/zip": "zip", "application/x-zip-compressed": "zip",
}  # fmt: skip
_NOT_READ = {
    "doc": "oud Word-bestand (.doc): dat kunnen wij niet lezen",
    "xls": "oud Excel-bestand (.xls): dat kunnen wij niet lezen",
    "ppt": "oude PowerPoint-presentatie (.ppt): die kunnen wij niet lezen",
    "xlsx": "rekenblad (Excel): dat kunnen wij niet lezen",
    "pptx": "presentatie (PowerPoint): die kunnen wij niet lezen",
    "ods": "rekenblad (OpenDocument): dat kunnen wij niet lezen",
    "odp": "presentatie (OpenDocument): die kunnen wij niet lezen",
    "office": "document (OpenDocument) dat wij niet kunnen lezen",
    "zip": "archief: dat pakken wij niet uit",
    "unknown": UNKNOWN,
}
_BOM = b"\xef\xbb\xbf"


def form(name: str, type: str, content: bytes) -> str:
    """The form of a file that can be read, or `SILENT`; Unreadable for one that cannot, named as what it is."""
    if type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        raise Unreadable(SIGNED)
    found = _by_content(content) or _by_label(name, type, content)
    if found in _NOT_READ:
        raise Unreadable(_NOT_READ[found])
    return found


def _by_content(content: bytes) -> str:
    """The form by the first bytes, "" if they do not tell."""
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return zipped.form(content)
    if content.startswith(msg.START):
        return _of_compound(content)
    if content.startswith(tnef.START):
        return "tnef"
    start = content[:1_024].removeprefix(_BOM).lstrip()
    if start.startswith(b"-----BEGIN PGP MESSAGE-----"):
        raise Unreadable(ENCRYPTED)
    if start.startswith(rtf.START):
        return "rtf"
    if start.startswith(b"%PDF-"):
        return "pdf"
    if start[:15].upper() == b"BEGIN:VCALENDAR":
        return "calendar"
    return "html" if start[:15].lower().startswith((b"<!doctype html", b"<html")) else ""


def _of_compound(content: bytes) -> str:
    found = msg.form(content)
    if found == "protected":
        raise Unreadable(PROTECTED)
    return found or "unknown"


def _by_label(name: str, type: str, content: bytes) -> str:
    """The form by type and name; some PDFs have other bytes before them."""
    suffix = name.rpartition(".")[2].lower()
    if found := _TYPES.get(type) or _SUFFIXES.get(suffix):
        return found
    if b"%PDF-" in content[:1_024]:
        return "pdf"
    if type.startswith(_SILENT_TYPES) or suffix in _SILENT_SUFFIXES:
        return SILENT
    return "text" if type.startswith("text/") else "unknown"

"""Bad inputs 62 to 73, 86 to 89: attachments, and sizes."""

from tests.catalogue import documents
from tests.catalogue.case import BadInput
from tests.catalogue.making import TEXT, encoded, file, mail, mixed, part, with_file
from tests.catalogue.town import LARGEST, LARGEST_READ

PLAIN = "text/plain; charset=utf-8"
MINUTES = b"Besluit: een drempel"
BASE64 = "Content-Transfer-Encoding: base64"


def named(parameter: str, content: bytes = MINUTES) -> bytes:
    """A text file whose name is given by this parameter of Content-Disposition."""
    return part("application/octet-stream", encoded(content), f"Content-Disposition: attachment; {parameter}", BASE64)


_WINMAIL = documents.winmail(b"De tekst in winmail.", b"drempel.txt", MINUTES)
_SIGNATURE = b"0\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02\xa0\x80"
_PGP = "-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA0Zub3JkZXJ2ZWVu\r\n-----END PGP MESSAGE-----\r\n"

_CLOSED = (
    BadInput(
        62,
        "winmail.dat (TNEF)",
        with_file(62, file("winmail.dat", _WINMAIL, "application/ms-tnef")),
        "forward",
        "sent on as it is; its text is read",
        files=(("winmail.dat", _WINMAIL),),
        readable=("winmail.dat",),
    ),
    BadInput(
        62,
        "winmail.dat that is broken off",
        with_file("62b", file("winmail.dat", _WINMAIL[:40], "application/ms-tnef")),
        "forward",
        "sent on as it is",
        "b",
        files=(("winmail.dat", _WINMAIL[:40]),),
    ),
    BadInput(
        63,
        "signed mail (S/MIME)",
        mixed(
            63,
            part(PLAIN, TEXT),
            file("smime.p7s", _SIGNATURE, "application/pkcs7-signature"),
            kind='signed; protocol="application/pkcs7-signature"; micalg=sha-256',
        ),
        "forward",
        "its text is read, its signature sent on",
        text=("losse tegel",),
        files=(("smime.p7s", _SIGNATURE),),
    ),
    BadInput(
        64,
        "encrypted mail (S/MIME)",
        mail(
            64,
            encoded(_SIGNATURE * 9),
            {
                "Content-Type": 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
                "Content-Transfer-Encoding": "base64",
            },
        ),
        "forward",
        "sent on as it is, and named as encrypted",
        files=(("smime.p7m", _SIGNATURE * 9),),
        says=("versleuteld",),
    ),
    BadInput(
        64,
        "encrypted mail (PGP)",
        mixed(
            "64b",
            part("application/pgp-encrypted", "Version: 1"),
            part("application/octet-stream; name=encrypted.asc", _PGP),
            kind='encrypted; protocol="application/pgp-encrypted"',
        ),
        "forward",
        "sent on as it is, and named as encrypted",
        "b",
        says=("versleuteld",),
    ),
)

_NAMES = (
    BadInput(
        65,
        "file name that holds CR LF (RFC 2231)",
        with_file(65, named("filename*=utf-8''notulen%0D%0ABcc%3A%20x@kwaad.example.txt")),
        "forward",
        "on one line",
        files=(("notulen Bcc: x@kwaad.example.txt", MINUTES),),
        silent=("\nBcc:",),
    ),
    BadInput(
        66,
        "file name with a path",
        with_file(66, named('filename="../../etc/passwd"')),
        "forward",
        "only its last step is kept",
        files=(("passwd", MINUTES),),
    ),
    BadInput(
        66,
        "file name with a path of Windows",
        with_file("66b", named('filename="C:\\\\Users\\\\jan\\\\drempel.txt"')),
        "forward",
        "only its last step is kept",
        "b",
        files=(("drempel.txt", MINUTES),),
    ),
    BadInput(
        67,
        "file name of 5 KB",
        with_file(67, named(f'filename="{"n" * 5_000}.txt"')),
        "forward",
        "cut at 150 characters, its suffix kept",
        files=(("n" * 146 + ".txt", MINUTES),),
    ),
    BadInput(
        68,
        "program that calls itself minutes (notulen.pdf.exe)",
        with_file(68, named('filename="notulen.pdf.exe"', b"MZ dit is geen verslag")),
        "forward",
        "sent on under its whole name; `explain` warns",
        files=(("notulen.pdf.exe", b"MZ dit is geen verslag"),),
        says=("notulen.pdf.exe",),
    ),
    BadInput(
        68,
        "program whose name is turned round",
        with_file("68b", named("filename*=utf-8''notulen%E2%80%AEfdp.exe", b"MZ dit is geen verslag")),
        "forward",
        "sent on under its real name; `explain` warns",
        "b",
        files=(("notulenfdp.exe", b"MZ dit is geen verslag"),),
        says=("notulenfdp.exe",),
    ),
    BadInput(
        69,
        "file without a name",
        with_file(69, part("text/csv", "a;b", "Content-Disposition: attachment")),
        "forward",
        "it gets one",
        files=(("bijlage-1.csv", b"a;b"),),
    ),
)


def _as_they_are(
    number: int, title: str, name: str, content: bytes, type_: str, does: str, variant: str = ""
) -> BadInput:
    """A file that is sent on as it is, whatever reading it comes to."""
    raw = with_file(f"{number}{variant}", file(name, content, type_))
    return BadInput(number, title, raw, "forward", does, variant, text=("losse tegel",), files=((name, content),))


_ZIP, _DOCX = "application/zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
_PAGE = b"<html><body onload=alert(1)><script src='https://kwaad.example/x.js'></script>Hoi</body></html>"
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_UNTOUCHED = "sent on as it is; never unpacked"
_STOPPED = "sent on as it is; reading it stops at a bound"

_BOMBS = (
    _as_they_are(70, "zip bomb", "foto.zip", documents.zip_bomb(), _ZIP, _UNTOUCHED),
    _as_they_are(
        70,
        "Word document that is a bomb",
        "notulen.docx",
        documents.zip_bomb("word/document.xml"),
        _DOCX,
        _STOPPED,
        "b",
    ),
    _as_they_are(71, "PDF bomb with a script", "notulen.pdf", documents.pdf_bomb(), "application/pdf", _STOPPED),
    _as_they_are(
        71, "PDF whose pages contain themselves", "rond.pdf", documents.pdf_loop(), "application/pdf", _STOPPED, "b"
    ),
    BadInput(
        72,
        "zip with a password",
        with_file(72, file("notulen.zip", documents.locked_zip(), _ZIP)),
        "forward",
        "sent on as it is, and named as protected",
        files=(("notulen.zip", documents.locked_zip()),),
        says=("wachtwoord",),
    ),
    _as_they_are(73, "SVG with a script", "plan.svg", _SVG, "image/svg+xml", "sent on as a file; never shown by us"),
    _as_they_are(
        73, "HTML with a script, as a file", "plan.html", _PAGE, "text/html", "sent on as a file; its text is read", "b"
    ),
)

_EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:86@x.example\r\n"
    "DTSTART:20261006T173000Z\r\nSUMMARY:Schouw\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_INVITATION = part(
    'text/calendar; method=REQUEST; charset="utf-8"', _EVENT, 'Content-Disposition: attachment; filename="schouw.ics"'
)
_PHOTO = bytes(range(256)) * 6_400

_WHOLE = (
    BadInput(
        86,
        "invitation with a calendar part",
        with_file(86, _INVITATION),
        "forward",
        "sent on as a file, without its METHOD: no meeting is asked for in our name",
        files=(("schouw.ics", _EVENT.replace("METHOD:REQUEST\r\n", "").encode()),),
    ),
    BadInput(
        87,
        "test file of virus scanners (EICAR)",
        with_file(87, file("eicar.com", _EICAR)),
        "forward",
        "sent on as it is; looking for viruses is the work of the mail servers around us",
        files=(("eicar.com", _EICAR),),
    ),
    BadInput(
        88,
        "mail just below limits.mail (50 MB)",
        with_file(88, file("foto.jpg", _PHOTO, "image/jpeg")),
        "forward",
        "above limits.read (25 MB) nothing is read from its attachments",
        files=(("foto.jpg", _PHOTO),),
    ),
    BadInput(
        89,
        "mail above limits.mail (50 MB)",
        with_file(89, file("foto.jpg", _PHOTO * 2, "image/jpeg")),
        "desk",
        "never fetched: its size is asked first; the desk is told where it lies",
        says=("te groot",),
    ),
)
assert LARGEST_READ < len(_WHOLE[2].raw) < LARGEST < len(_WHOLE[3].raw)

FILES = (*_CLOSED, *_NAMES, *_BOMBS, *_WHOLE)

"""Writes a mail as the program of its sender would, and brings it to the mailbox with the headers of its journey.

Everything is derived from what is put in, so that the same sample is the same bytes every time.
"""

import hashlib
import html
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from zoneinfo import ZoneInfo

ADDRESS = "dorpsraden@gemeente.example"
ALIAS = "dorpen@gemeente.example"
_ZONE = ZoneInfo("Europe/Amsterdam")
_UNDERWAY = timedelta(seconds=14)


@dataclass(frozen=True, slots=True)
class Program:
    """How a mail program writes: its name, character set, transfer encoding, boundaries, and whether it adds HTML."""

    header: tuple[str, str]
    charset: str
    encoding: str
    boundary: str
    html: bool = False


THUNDERBIRD = Program(("User-Agent", "Mozilla Thunderbird"), "utf-8", "8bit", "------------%s")
OUTLOOK = Program(
    ("X-Mailer", "Microsoft Outlook 16.0"), "windows-1252", "quoted-printable", "----=_NextPart_%s", html=True
)
WEBMAIL = Program(("User-Agent", "Roundcube Webmail"), "utf-8", "quoted-printable", "=_%s")
PHONE = Program(("X-Mailer", "iPhone Mail (22A3354)"), "utf-8", "quoted-printable", "Apple-Mail-%s")
EXCHANGE = Program(("X-MS-Has-Attach", ""), "utf-8", "base64", "_%s")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a mail: `type` as "application/pdf"."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Writing:
    """What a sender wrote. `text` ends up as HTML alone when it starts with `<html`; `calendar` is an iTIP request."""

    sender: str
    subject: str
    text: str
    files: tuple[Attached, ...] = ()
    calendar: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def write(writing: Writing, program: Program, sent: datetime) -> EmailMessage:
    """The mail as it leaves its sender (RFC 5322, MIME), `sent` aware."""
    mail = EmailMessage(policy=SMTP)
    address = parseaddr(writing.sender)[1]
    name = hashlib.sha256(f"{writing.subject}|{sent.isoformat()}".encode()).hexdigest()[:20]
    mail["Message-ID"] = f"<{name}@{address.rpartition('@')[2]}>"
    mail["Date"] = format_datetime(sent.astimezone(_ZONE))
    mail["From"] = writing.sender
    mail["To"] = f"Dorpsraden gemeente Voorbeeld <{ADDRESS}>"
    mail["Subject"] = writing.subject
    for header, value in (program.header, *writing.headers.items()):
        mail[header] = value
    _write_body(mail, writing, program)
    for file in writing.files:
        main, _, sub = file.type.partition("/")
        mail.add_attachment(file.content, main, sub, filename=file.name)
    for number, part in enumerate(mail.walk()):
        if part is not mail:
            del part["MIME-Version"]
        if part.is_multipart():
            part.set_boundary(program.boundary % f"{number:03}_{name}")
    return mail


def _write_body(mail: EmailMessage, writing: Writing, program: Program) -> None:
    charset, cte = program.charset, program.encoding
    if writing.text.startswith("<html"):
        mail.set_content(writing.text, subtype="html", charset=charset, cte=cte)
        return
    mail.set_content(writing.text, charset=charset, cte=cte)
    if program.html:
        mail.add_alternative(_as_html(writing.text), subtype="html", charset=charset, cte=cte)
    if writing.calendar:
        request = {"method": "REQUEST"}
        mail.add_alternative(writing.calendar, subtype="calendar", charset="utf-8", cte="base64", params=request)


def _as_html(text: str) -> str:
    paragraphs = (html.escape(block, quote=False).replace("\n", "<br>\n") for block in text.strip().split("\n\n"))
    body = "\n".join(f"<p class=MsoNormal>{paragraph}</p>" for paragraph in paragraphs)
    return f"<html><body lang=NL>\n<div class=WordSection1>\n{body}\n</div>\n</body></html>\n"


def deliver(
    mail: EmailMessage, received: datetime, hops: Iterable[str] = (), envelope_from: str | None = None
) -> bytes:
    """The mail as it lies in the mailbox: Return-Path and Received lines (newest first) above it, CRLF lines."""
    sender = parseaddr(str(mail["From"]))[1] if envelope_from is None else envelope_from
    domain = sender.rpartition("@")[2] or "provider.example"
    trace = [f"Return-Path: <{sender}>"]
    for hop in hops:
        trace.append(_received(f"from {hop} ({hop} [192.0.2.61])", "mail.gemeente.example", ADDRESS, received))
    first = received - _UNDERWAY / 2 if hops else received
    to = ALIAS if hops else ADDRESS
    trace.append(_received(f"from smtp.{domain} (smtp.{domain} [192.0.2.40])", "mx1.gemeente.example", to, first))
    trace.append(_received("from [192.168.1.20] (unknown [203.0.113.9])", f"smtp.{domain}", "", first - _UNDERWAY / 4))
    return "".join(f"{line}\r\n" for line in trace).encode() + mail.as_bytes()


def _received(source: str, by: str, to: str, at: datetime) -> str:
    queue = hashlib.sha256(f"{source}{by}{at.isoformat()}".encode()).hexdigest()[:10].upper()
    for_ = f"\r\n\tfor <{to}>" if to else ""
    return f"Received: {source}\r\n\tby {by} with ESMTPS id {queue}{for_}; {format_datetime(at.astimezone(_ZONE))}"


def sent_before(received: datetime) -> datetime:
    """When a mail that is received now was sent."""
    return received - _UNDERWAY


def stamp(moment: datetime) -> str:
    """The moment as a header writes it (RFC 5322 §3.3), in the senders' own time zone."""
    return format_datetime(moment.astimezone(_ZONE))


def drawing(size: int) -> bytes:
    """A child's drawing of a playground as a scanner saves it: an uncompressed PNG of about `size` bytes."""
    width = height = int((size / 3) ** 0.5)
    sky, grass = b"\xbf\xe3\xf9" * width, b"\x7a\xb8\x4f" * width
    sand = grass[: width // 2 * 3] + b"\xe8\xd4\x8b" * (width // 3) + grass[: (width - width // 2 - width // 3) * 3]
    rows = [sky] * (height // 2) + [grass] * (height // 4) + [sand] * (height - height // 2 - height // 4)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), level=0)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )

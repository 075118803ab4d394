"""From the raw bytes of an arrival to the mail we read in them: for any bytes, and never wrong by guessing.

Everything odd on the way is named in the mail's warnings; nothing of it stops the mail.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailrouter.core.identity import Leaf, fingerprint
from mailrouter.core.model import Attachment, Mail
from mailrouter.core.reading import body, charset, extract, headers
from mailrouter.core.reading.address import AddressError, addresses, single_from
from mailrouter.core.reading.files.reasons import SCAN
from mailrouter.core.reading.forwarded import inner_sender
from mailrouter.core.reading.mime import DEEPEST, Part, tree
from mailrouter.core.reading.quotes import new_text

LONGEST_HEADER = 10_000
"""Characters of a header field that are kept."""
LONGEST_SUBJECT = 1_000
MOST_REFERENCES = 50
MOST_READ = 100
"""Attachments whose text is read."""
NOT_READ = "niet gelezen: de mail is te groot"
TOO_MANY = f"niet gelezen: de mail heeft meer dan {MOST_READ} bijlagen"
ReadsFile = Callable[[str, str, bytes], tuple[str, str]]
"""From name, type and bytes of a file to its text and what there is to say about it (`extract.read_text`)."""

# What servers write is taken literally: an encoded word in it is a sender's trick.
_LITERAL = re.compile(
    r"(?:.*-)?(?:authentication-results|received|received-spf|return-path|signature|message-signature)"
)
_ONLY_ONCE = ("message-id", "date", "from", "subject", "content-type")
_ID = re.compile(r"<([^<>\s]{1,500})>")
_BARE_ID = re.compile(r"[!-;=?-~]{1,500}")
_HAS_SUFFIX = re.compile(r"\.\w{1,5}$")
_SUFFIXES = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/msword": "doc",
    "application/rtf": "rtf",
    "application/zip": "zip",
    "application/pkcs7-signature": "p7s",
    "application/pgp-signature": "asc",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/svg+xml": "svg",
    "message/delivery-status": "txt",
    "message/rfc822": "eml",
    "message/global": "eml",
    "text/calendar": "ics",
    "text/html": "html",
    "text/plain": "txt",
    "text/csv": "csv",
    "text/rfc822-headers": "txt",
}


def parse(raw: bytes, read_limit: int = 25_000_000, read_file: ReadsFile = extract.read_text) -> Mail:
    """The mail in `raw` (LF or CRLF). Above `read_limit` bytes no text is read from attachments, else by `read_file`.

    Any bytes give a mail; only MemoryError gets out. The bytes are expected to keep within `limits.exceeded`.
    """
    root = tree(raw)
    shown, attached = body.divide(root)
    subject = headers.clean(headers.decode(root.get("subject") or ""), LONGEST_SUBJECT)
    text = body.body_text(shown)
    sender, sender_name, from_problem = _sender(_values(root, "from"))
    read_file = read_file if len(raw) <= read_limit else _too_large
    attachments = tuple(
        _attachment(part, number, read_file if number <= MOST_READ else _too_many)
        for number, part in enumerate(attached, start=1)
    )
    return Mail(
        fingerprint=_fingerprint(root),
        subject=subject,
        sender=sender,
        sender_name=sender_name,
        from_problem=from_problem,
        to=addresses(_values(root, "to")),
        cc=addresses(_values(root, "cc")),
        reply_to=addresses(_values(root, "reply-to")),
        date=_date(root.get("date")),
        message_id=_message_id(root.get("message-id")),
        references=_references(root),
        text=text,
        new_text=new_text(text, subject),
        attachments=attachments,
        headers=tuple((name, _header(name, value)) for name, value in root.fields),
        content_type=root.type,
        warnings=tuple(_warnings(root, shown)),
        forwarded_from=None if root.type == "multipart/report" else inner_sender(text, subject, attachments),
    )


def _values(root: Part, name: str) -> list[str]:
    return [value for key, value in root.fields if key == name]


def _header(name: str, value: str) -> str:
    text = headers.text8(headers.unfold(value)) if _LITERAL.fullmatch(name) else headers.decode(value)
    return headers.clean(text, LONGEST_HEADER)


def _sender(values: Sequence[str]) -> tuple[str | None, str, str]:
    """Address, name and no problem, or the reason in Dutch why there is no single certain sender."""
    try:
        mailbox = single_from(values)
    except AddressError as error:
        return None, "", str(error)
    return mailbox.address, mailbox.name, ""


def _date(value: str | None) -> datetime | None:
    """The Date field, always with a zone; None if it is missing or cannot be read."""
    try:
        moment = parsedate_to_datetime(headers.clean(headers.unfold(value or ""), 100))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # The ends of the calendar do not survive a conversion to another zone.
    return moment if 1900 <= moment.year <= 9000 else None


def _message_id(value: str | None) -> str | None:
    """The Message-ID without its angle brackets; None if there is none that could be repeated in a header."""
    text = headers.unfold(value or "").strip()
    match = _ID.search(text)
    bare = match[1] if match else text.strip("<>")
    return bare if _BARE_ID.fullmatch(bare) else None


def _references(root: Part) -> tuple[str, ...]:
    """The mails this one refers to, oldest first (RFC 5322 §3.6.4), without angle brackets."""
    value = " ".join([*_values(root, "references"), *_values(root, "in-reply-to")])
    ids = (id for id in _ID.findall(headers.unfold(value)) if _BARE_ID.fullmatch(id))
    return tuple(dict.fromkeys(ids))[-MOST_REFERENCES:]


def _too_large(name: str, type: str, content: bytes) -> tuple[str, str]:
    return "", NOT_READ


def _too_many(name: str, type: str, content: bytes) -> tuple[str, str]:
    return "", TOO_MANY


def _attachment(part: Part, number: int, read_file: ReadsFile) -> Attachment:
    name = _name(part, number)
    text, note = read_file(name, part.type, part.content)
    return Attachment(
        name=name,
        type=part.type,
        content=part.content,
        encoding=part.encoding,
        start=part.start,
        end=part.end,
        parameters={headers.clean(key, 100): headers.clean(value, 500) for key, value in part.parameters.items()},
        text=text,
        note=note,
        damaged=part.damaged,
        pages=extract.pages_of(name, part.type, part.content) if text or note == SCAN else 0,
    )


def _name(part: Part, number: int) -> str:
    """The name the sender gave, or "bijlage-1.pdf"; a mail in the mail without suffix gets ".eml"."""
    suffix = _SUFFIXES.get(part.type) or ("eml" if part.type.startswith("message/") else "bin")
    if not part.name:
        return f"bijlage-{number}.{suffix}"
    if part.type == "message/rfc822" and not _HAS_SUFFIX.search(part.name):
        return headers.base_name(part.name + ".eml")
    return part.name


def _fingerprint(root: Part) -> str:
    def value(name: str) -> str:
        return headers.clean(headers.decode(root.get(name) or ""), LONGEST_HEADER)

    return fingerprint(
        message_id=value("message-id"),
        date=value("date"),
        sender=value("from"),
        subject=value("subject"),
        leaves=(Leaf(part.type, part.name, _canonical(part)) for part in root.leaves()),
        first_received=value("received"),
    )


def _canonical(part: Part) -> bytes:
    """The decoded bytes; text and nested mails in UTF-8 with LF and without trailing blanks.

    So that the same words have the same fingerprint after a server wrote them anew.
    """
    if not part.type.startswith(("text/", "message/")):
        return part.content
    text = charset.decode(part.content, part.parameters.get("charset", ""))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip(" \t") for line in lines).rstrip("\n").encode("utf-8", "replace")


def _warnings(root: Part, shown: Sequence[Part]) -> Iterator[str]:
    """What is odd about the mail, in English, for `explain`."""
    if not root.fields:
        yield "the mail has no header"
    if root.torn:
        yield "the header holds lines that are no header fields"
    counts = Counter(name for name, _ in root.fields)
    for name in _ONLY_ONCE:
        if counts[name] > 1:
            yield f"{counts[name]} fields {name.title()}; the first counts"
    if root.get("message-id") and _message_id(root.get("message-id")) is None:
        yield "the Message-ID cannot be read"
    if root.get("date") and _date(root.get("date")) is None:
        yield "the Date cannot be read"
    for part in root.leaves():
        yield from _part_warnings(part)
    for part in shown:
        label = part.parameters.get("charset", "")
        if label and charset.known(label) is None:
            yield f"unknown charset {headers.clean(label, 40)!r}, read as UTF-8 or Windows-1252"
        if len(part.content) > body.LONGEST:
            yield f"a text of {len(part.content)} octets; its first {body.LONGEST} characters are read"


def _part_warnings(part: Part) -> Iterator[str]:
    what = f"part {part.name!r}" if part.name else f"a part {part.type}"
    if part.damaged:
        known = part.encoding in ("base64", "quoted-printable")
        yield f"{what} is broken {part.encoding}" if known else f"{what} has an unknown encoding {part.encoding!r}"
    if part.type.startswith("multipart/"):
        yield f"{what} has no parts that can be told apart, or lies more than {DEEPEST} parts deep"
    if part.type in ("message/partial", "message/external-body"):
        yield f"{what} lies elsewhere; it is not fetched"

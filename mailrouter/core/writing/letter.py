"""The letter: what officials and the desk get to read about a mail, with its attachments.

One body serves all recipients of a mail; only the header differs (`header_block`). Nothing of a mail reaches a header
or a template unescaped, and no letter depends on a template: without one it goes out in its plain built-in form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Any

from mailrouter.core.identity import arrival_key
from mailrouter.core.model import Attachment, Decision, Draft, Facts, Mail, Span
from mailrouter.core.routing import Official, Routing
from mailrouter.core.writing import calendar, fields, plain, quoted, splice, subject
from mailrouter.core.writing.announced import announced, events_for_reader, written
from mailrouter.core.writing.calendar import Entry
from mailrouter.core.writing.content import (
    Content,
    council_address,
    desk_content,
    kind_of,
    letter_content,
    village_of,
)
from mailrouter.core.writing.enclosures import Enclosed
from mailrouter.core.writing.notes import role_notes
from mailrouter.core.writing.render import RenderError, render

_SUBJECT = 200
_HEADER_ROOM = 8192
_LINE_ROOM = 600
"""What naming one attachment that was left out can add to text and HTML, encoded."""
_MOST_REFERENCES = 20
_ORIGINAL_SHARE = 0.7
"""Base64 makes four octets of three."""

_SUPPRESSED = "DR, RN, NRN, OOF, AutoReply"
"""Automatic answers we do without. Never All or NDR: Exchange would keep its bounces to itself."""


def compose(
    mail: Mail,
    raw: bytes,
    decision: Decision,
    facts: Facts,
    routing: Routing,
    reference: datetime | None = None,
    meeting: str = "",
) -> tuple[Draft, tuple[RenderError, ...]]:
    """The letter of a mail that is forwarded or goes to the desk, and what failed of its templates.

    `reference`: when the mail came in (aware; None: when it says it was sent) · `meeting`: what the meeting is known by
    that it announces, if earlier mails tell. ValueError if a mail is to be forwarded that has no village.
    """
    if decision.outcome == "desk":
        return _to_desk(mail, raw, decision, facts, routing)
    return _to_officials(mail, raw, decision, facts, routing, (reference, meeting))


def unread(raw: bytes, subject_hint: str, why: str, routing: Routing, folder: str) -> Draft:
    """The letter to the desk about a mail that could not be read; nothing in it is parsed.

    `raw` is empty when the mail was too large to fetch.
    """
    enclosed = [splice.original_bytes(raw)] if 0 < len(raw) <= routing.limits.letter * _ORIGINAL_SHARE else []
    text = plain.unread_text(subject_hint, why, _where_original(bool(enclosed), folder))
    headline = f"[Balie] Niet te lezen – {fields.one_line(subject_hint, _SUBJECT) or '(onderwerp onbekend)'}"
    return _draft(desk_headers(headline, routing), (), [splice.text_piece(text, "plain"), *enclosed], raw)


def refusal(
    explanation: Mapping[str, Any], raw: bytes, recipient: str, reply: str, routing: Routing, folder: str
) -> Draft:
    """The letter to the desk about a letter that a recipient's server refused for good."""
    write = partial(plain.refusal_text, explanation, recipient, reply)
    return _to_desk_about(explanation, raw, "Niet bezorgd", write, routing, folder)


def returned(
    what: str, explanation: Mapping[str, Any], raw: bytes, recipient: str, told: str, routing: Routing, folder: str
) -> Draft:
    """The letter to the desk about a letter that a later server could not deliver, and sent back.

    `what`: "hard" or "soft"; a soft failure may go well later.
    """
    write = partial(plain.returned_text, what, explanation, recipient, told)
    return _to_desk_about(explanation, raw, "Teruggekomen", write, routing, folder)


def untied(explanation: Mapping[str, Any], raw: bytes, told: str, routing: Routing, folder: str) -> Draft:
    """The letter to the desk about a report of which it does not show what letter it is about."""
    write = partial(plain.untied_text, explanation, told)
    return _to_desk_about(explanation, raw, "Er kwam een mail van ons terug", write, routing, folder)


def elsewhere(
    explanation: Mapping[str, Any], raw: bytes, because: Sequence[str], routing: Routing, folder: str
) -> Draft:
    """The letter to the desk about a mail that holds one of its codes, and that is not from the desk."""
    write = partial(plain.elsewhere_text, explanation, because)
    return _to_desk_about(explanation, raw, "Een code van u, van een ander", write, routing, folder)


def held(explanation: Mapping[str, Any], raw: bytes, because: Sequence[str], routing: Routing, folder: str) -> Draft:
    """The letter to the desk about the first mail that the loop breaker holds.

    `because` says why, and what to do. `raw` is empty when the mail was too large to fetch.
    """
    write = partial(plain.held_text, explanation, because, folder)
    return _to_desk_about(explanation, raw, "Gaat deze mail rond?", write, routing, folder)


def _to_desk_about(
    explanation: Mapping[str, Any], raw: bytes, title: str, write: Callable[[str], str], routing: Routing, folder: str
) -> Draft:
    """A plain letter to the desk with the original, if it can carry it; `write` is told where the original is."""
    enclosed = _original(raw, routing)
    pieces = [splice.text_piece(write(_where_original(bool(enclosed), folder)), "plain"), *enclosed]
    headers = desk_headers(f"[Balie] {title} – {_explained_subject(explanation)}", routing)
    return _draft(headers, _explained_references(explanation), pieces, raw)


def answer(
    reply: Mapping[str, Any], invitation: Mapping[str, Any], official: Official, council: str, routing: Routing
) -> Draft:
    """The letter to a council that says whether an official comes; `invitation` is the explanation of their mail."""
    text = plain.answer_text(reply, invitation, official, council, routing.municipality)
    part_fields, body = splice.encoded_text(text, "plain")
    says = {"ACCEPTED": "Komt", "DECLINED": "Komt niet", "TENTATIVE": "Komt misschien"}[reply["partstat"]]
    sender = _sender(routing.municipality, routing)
    headline = f"{says}: {official.name} – {_explained_subject(invitation)}"
    headers = (("From", sender), ("Reply-To", sender), *_headers(headline), *part_fields)
    return Draft(headers, _explained_references(invitation), body, (Span("own", 0, len(body)),))


def notice(explanation: Mapping[str, Any], recipient: str, reply: str, routing: Routing, folder: str) -> Draft:
    """The last resort, when even a letter to the desk was refused: short, text only, without attachment."""
    text = plain.notice_text(explanation, recipient, reply, folder)
    part_fields, body = splice.encoded_text(text, "plain")
    headers = desk_headers(f"[Balie] Mail wacht op u – {_explained_subject(explanation)}", routing)
    return Draft((*headers, *part_fields), _explained_references(explanation), body, (Span("own", 0, len(body)),))


def header_block(draft: Draft, to_name: str, to_address: str, letter_token: str, domain: str, date: datetime) -> bytes:
    """The header of the letter to one recipient, with the empty line that ends it.

    ASCII, CRLF, no line above 998 octets. `date` is aware; ValueError if the address cannot be written (RFC 5321).
    """
    own_id = f"<{letter_token}@{domain}>"
    stamp = format_datetime(date.astimezone(UTC))
    block = "".join(
        (
            f"Date: {stamp}{fields.CRLF}",
            fields.mailbox_field("To", to_name, to_address),
            f"Message-ID: {own_id}{fields.CRLF}",
            f"X-Mailrouter-Letter: {letter_token}{fields.CRLF}",
            fields.ids_field("References", (*draft.references, own_id)),
            *(header_field(name, value) for name, value in draft.headers),
            fields.CRLF,
        )
    )
    return block.encode("ascii")


def header_field(name: str, value: str) -> str:
    """A header of a draft, whose values are plain text, as it is written on the wire."""
    if name in ("From", "Reply-To"):
        display, _, mailbox = value.removesuffix(">").rpartition("<")
        return fields.mailbox_field(name, display.strip(), mailbox)
    return fields.text_field(name, value)


def _to_officials(
    mail: Mail, raw: bytes, decision: Decision, facts: Facts, routing: Routing, known: tuple[datetime | None, str]
) -> tuple[Draft, tuple[RenderError, ...]]:
    reference, meeting = known
    files = [splice.attachment_piece(file, raw, n) for n, file in enumerate(mail.attachments, 1)]
    template = kind_of(decision, routing).template
    for_roles, failed_notes = role_notes(decision, routing)
    decision = replace(decision, notes=(*decision.notes, *for_roles))
    events = events_for_reader(mail, routing, reference)
    entry = announced(mail, decision, facts, routing, reference)
    own = [_calendar_file(mail, decision, routing, replace(entry, name=meeting), reference)] if entry else []

    def write(
        kept: Sequence[Attachment], left_out: Sequence[Attachment]
    ) -> tuple[list[splice.Piece], list[RenderError], bool]:
        enclosed = Enclosed(kept, left_out, decision.folder, calendar.FILE if own else "")
        values = letter_content(mail, decision, facts, routing, enclosed, events)
        return *_texts(template, values, routing.templates), bool(values["text_whole"])

    texts, failed, whole = write(mail.attachments, ())
    if not whole:
        own.append(splice.file_piece(mail.text.encode("utf-8", "replace"), "text/plain", quoted.WHOLE))
    room = routing.limits.letter - _HEADER_ROOM - sum(piece.size for piece in (*texts, *own))
    fitting = _fitting([piece.size for piece in files], room)
    if len(fitting) < len(files):
        kept = [file for n, file in enumerate(mail.attachments) if n in fitting]
        texts, failed, _ = write(kept, [file for n, file in enumerate(mail.attachments) if n not in fitting])
    pieces = [
        splice.alternative(texts, splice.boundary(mail.fingerprint, raw, "a")),
        *(piece for n, piece in enumerate(files) if n in fitting),
        *own,
    ]
    headers = (
        ("From", _sender(f"{village_of(decision, routing).council_name} via {routing.municipality}", routing)),
        ("Reply-To", _reply_to(mail, decision, routing)),
        *_headers(subject.of(mail, decision, facts, routing)),
    )
    return _draft(headers, _references(mail), pieces, raw, mail.fingerprint), (*failed_notes, *failed)


def _calendar_file(
    mail: Mail, decision: Decision, routing: Routing, entry: Entry, reference: datetime | None
) -> splice.Piece:
    """The calendar file of the meeting that goes along."""
    council = village_of(decision, routing).council_name
    address = council_address(mail, decision, routing) or routing.address
    domain = routing.address.rpartition("@")[2]
    content = calendar.file(entry, (council, address), domain, routing.timezone, written(mail, reference))
    return splice.file_piece(content, calendar.TYPE, calendar.FILE)


def _to_desk(
    mail: Mail, raw: bytes, decision: Decision, facts: Facts, routing: Routing
) -> tuple[Draft, tuple[RenderError, ...]]:
    enclosed = _original(raw, routing)
    values = desk_content(mail, decision, facts, routing, _where_original(bool(enclosed), decision.folder))
    texts, failed = _texts("desk", values, routing.templates)
    pieces = [splice.alternative(texts, splice.boundary(mail.fingerprint, raw, "a")), *enclosed]
    village = f"{routing.villages[decision.village.key].name}? – " if decision.village else ""
    headers = desk_headers(f"[Balie] {village}{mail.subject or '(geen onderwerp)'}", routing)
    return _draft(headers, _references(mail), pieces, raw, mail.fingerprint), tuple(failed)


def _texts(
    template: str, values: Content, templates: Mapping[str, str]
) -> tuple[list[splice.Piece], list[RenderError]]:
    """The text and, if its template works, the HTML of a letter; and what failed of them."""
    failed: list[RenderError] = []

    def rendered(name: str) -> str:
        try:
            return render(templates, name, values)
        except RenderError as error:
            failed.append(error)
            return ""

    text = rendered(f"{template}.txt.j2") or plain.built_in(values)
    html = rendered(f"{template}.html.j2")
    return [splice.text_piece(text, "plain"), *([splice.text_piece(html, "html")] if html else [])], failed


def _fitting(sizes: Sequence[int], room: int) -> set[int]:
    """Which of the attachments fit, leaving out the largest first."""
    kept = set(range(len(sizes)))
    if sum(sizes) <= room:
        return kept
    room -= _LINE_ROOM * len(sizes)
    for largest in sorted(kept, key=lambda n: sizes[n], reverse=True):
        if sum(sizes[n] for n in kept) <= room:
            break
        kept.remove(largest)
    return kept


def _original(raw: bytes, routing: Routing) -> list[splice.Piece]:
    """The original as the one attachment, if the letter can carry it."""
    piece = splice.original_piece(raw)
    return [piece] if raw and piece.size + 40 * _HEADER_ROOM <= routing.limits.letter else []


def _where_original(enclosed: bool, folder: str) -> str:
    if enclosed:
        return f"De hele mail zit als bijlage bij dit bericht: {splice.ORIGINAL}."
    return f"De mail zelf zit niet bij dit bericht. U vindt hem in de postbus, in de map {folder}."


def _draft(
    headers: tuple[tuple[str, str], ...],
    references: tuple[str, ...],
    pieces: Sequence[splice.Piece],
    raw: bytes,
    seed: str = "",
) -> Draft:
    mark = splice.boundary(seed or arrival_key(raw), raw, "m")
    own, spans = splice.mixed(pieces, mark)
    return Draft((*headers, ("Content-Type", f'multipart/mixed; boundary="{mark}"')), references, own, spans)


def desk_headers(subject: str, routing: Routing) -> tuple[tuple[str, str], ...]:
    """The headers that every letter to the desk has, whatever it is about."""
    sender = _sender(f"Mailrouter {routing.municipality}", routing)
    return ("From", sender), ("Reply-To", sender), *_headers(subject)


def _headers(subject: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Subject", fields.one_line(subject, _SUBJECT)),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", _SUPPRESSED),
        ("MIME-Version", "1.0"),
    )


def _sender(display: str, routing: Routing) -> str:
    return f"{fields.one_line(display, _SUBJECT)} <{routing.address}>"


def _reply_to(mail: Mail, decision: Decision, routing: Routing) -> str:
    """The council, or the shared address when answering the sender directly will not do."""
    council = village_of(decision, routing).council_name
    if address := council_address(mail, decision, routing):
        return f"{fields.one_line(council, _SUBJECT)} <{address}>"
    return _sender(f"{council} via {routing.municipality}", routing)


def _references(mail: Mail) -> tuple[str, ...]:
    """The thread of the original, the original last."""
    itself = fields.message_ids((mail.message_id or "",))
    thread = (*(id for id in fields.message_ids(mail.references) if id not in itself), *itself)
    return thread if len(thread) <= _MOST_REFERENCES else (thread[0], *thread[1 - _MOST_REFERENCES :])


def _explained_references(explanation: Mapping[str, Any]) -> tuple[str, ...]:
    message_id = (explanation.get("mail") or {}).get("message_id")
    return fields.message_ids((str(message_id),)) if message_id else ()


def _explained_subject(explanation: Mapping[str, Any]) -> str:
    subject = str((explanation.get("mail") or {}).get("subject") or "")
    return fields.one_line(subject, _SUBJECT) or "(geen onderwerp)"

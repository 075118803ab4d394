"""Mails, decisions and a routing table as values, for tests of letters."""

import datetime as dt
import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from mailrouter.core.model import (
    Action,
    Attachment,
    Decision,
    Draft,
    Facts,
    KindGuess,
    Mail,
    Recipient,
    VillageGuess,
)
from mailrouter.core.routing import Kind, Kinds, Official, Routing, Village
from mailrouter.core.settings import Folders, Limits
from mailrouter.core.writing.letter import compose, header_block

TEMPLATES = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[2] / "templates").glob("*.j2"))
}
TOKEN = "0123456789abcdef0123456789abcdef.0123456789abcdef"
FROZEN = dt.datetime(2022, 7, 8, 11, 31, 2, tzinfo=dt.timezone(dt.timedelta(hours=2)))

_KINDS = {
    "minutes": Kind(title="Notulen", template="minutes", expects="Lees wat er over de gemeente is besproken."),
    "invitation": Kind(
        title="Uitnodiging",
        template="invitation",
        expects="Laat de dorpsraad weten of u komt: beantwoord deze mail.",
    ),
    "complaint": Kind(
        title="Klacht", template="complaint", expects="Bespreek dit signaal en laat weten wat ermee gebeurt."
    ),
    "idea": Kind(title="Idee", template="idea", expects="Neem contact op met de dorpsraad over dit idee."),
    "project": Kind(title="Project", template="project", expects="Beantwoord de vraag vanuit het project."),
    "other": Kind(title="Bericht", expects="Bekijk of u iets moet doen, en antwoord de dorpsraad."),
}
ROUTING = Routing(
    municipality="gemeente Voorbeeld",
    timezone="Europe/Amsterdam",
    address="dorpsraden@gemeente.example",
    own_addresses=("dorpsraden@gemeente.example", "bewijs@gemeente.example"),
    desk_name="de balie",
    desk=("balie@gemeente.example",),
    roles={"ambassador": "wijkambassadeur", "area_manager": "gebiedsmanager", "desk": "balie"},
    villages={
        "oosterdorp": Village(name="Oosterdorp", senders=("@oosterdorp.example",)),
        "westerdorp": Village(name="Westerdorp", council="Bewonersplatform Westerdorp"),
    },
    officials={"smit": Official(name="Anna Smit", email="a.smit@gemeente.example")},
    topics={},
    kinds=Kinds(kinds=_KINDS),
    folders=Folders(),
    limits=Limits(),
    trust="mx.gemeente.example",
    templates=TEMPLATES,
    hash="0" * 12,
)
MAIL = Mail(
    fingerprint="3f9a1c20" * 8,
    subject="Notulen 6 juli 2022",
    sender="secretaris@oosterdorp.example",
    sender_name="Dorpsraad Oosterdorp",
    from_problem="",
    to=("dorpsraden@gemeente.example",),
    cc=(),
    reply_to=(),
    date=dt.datetime(2022, 7, 8, 9, 30, tzinfo=dt.UTC),
    message_id="<1@oosterdorp.example>",
    references=("<0@oosterdorp.example>",),
    text=(
        "Beste mensen,\n\nHierbij de notulen van onze vergadering. We hebben lang gesproken over de Dorpsstraat & "
        "het plein <met foto's>.\n\nMet vriendelijke groet,\nIneke Jansen\nsecretaris Dorpsraad Oosterdorp\n"
    ),
    new_text="",
    attachments=(),
    headers=(),
    content_type="multipart/mixed",
)
RAW = b"From: Dorpsraad Oosterdorp <secretaris@oosterdorp.example>\r\nSubject: Notulen\r\n\r\nBeste mensen,\r\n"
RECIPIENTS = (
    Recipient("ambassador", "smit", "Anna Smit", "a.smit@gemeente.example", "to", "ambassador of oosterdorp"),
    Recipient("area_manager", "bakker", "Bram Bakker", "b.bakker@gemeente.example", "cc", "area manager"),
)
DECISION = Decision(
    outcome="forward",
    because=("de afzender @oosterdorp.example staat bij Oosterdorp",),
    recipients=RECIPIENTS,
    folder="Verwerkt/oosterdorp",
    authentic="pass",
    village=VillageGuess("oosterdorp", True, ("de afzender @oosterdorp.example staat bij Oosterdorp",)),
    kind=KindGuess("minutes", 0.92, ("er staat een regel met aanwezigen in",)),
)
FACTS = Facts(
    date=dt.date(2022, 7, 6),
    start=dt.time(19, 30),
    end=dt.time(21, 30),
    place="Dorpshuis De Brink",
    agenda=("Opening", "Verkeer op de Dorpsstraat", "Plein en speeltuin", "Rondvraag"),
    decisions=("De dorpsraad vraagt om een snelheidsmeting.",),
    actions=(
        Action("Ineke", "stuurt de foto's van het plein", "voor 1 augustus"),
        Action(None, "een brief opstellen over de bushalte"),
    ),
    asks=("Kan de gemeente de snelheid op de Dorpsstraat meten?",),
)


def decided(kind: str, **changes: Any) -> Decision:
    """A decision to forward a mail of that kind."""
    return replace(DECISION, kind=KindGuess(kind, 0.9, ("een teken",)), **changes)


def with_attachments(*bodies: tuple[str, str, str, bytes, bytes]) -> tuple[Mail, bytes]:
    """The mail with parts of (name, type, encoding, decoded, encoded), and a raw mail that holds them."""
    raw = bytearray(RAW)
    attachments = []
    for name, type_, encoding, decoded, encoded in bodies:
        raw += b"\r\n--grens\r\n\r\n"
        attachments.append(Attachment(name, type_, decoded, encoding, len(raw), len(raw) + len(encoded)))
        raw += encoded
    return replace(MAIL, attachments=tuple(attachments)), bytes(raw) + b"\r\n--grens--\r\n"


def written(draft: Draft, raw: bytes = RAW) -> bytes:
    """The whole letter to one recipient, as it goes over the wire."""
    block = header_block(draft, "Anna Smit", "a.smit@gemeente.example", TOKEN, "gemeente.example", FROZEN)
    return block + draft.content(raw)


def read(wire: bytes) -> EmailMessage:
    """A letter as the standard library reads it."""
    return cast(EmailMessage, email.message_from_bytes(wire, policy=email.policy.default))


def letter(
    mail: Mail = MAIL,
    raw: bytes = RAW,
    decision: Decision = DECISION,
    facts: Facts = FACTS,
    routing: Routing = ROUTING,
) -> EmailMessage:
    """The composed letter, read again."""
    return read(written(compose(mail, raw, decision, facts, routing)[0], raw))


def body(message: EmailMessage, form: str = "plain") -> str:
    """The text or HTML of a letter, with LF."""
    part = message.get_body((form,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")

"""Signs that a machine answers in somebody's place: automatic replies, and receipts that a mail was read.

What a person sets out to say about being away looks the same, so words alone are never certain; and what a program
sends by itself (Auto-Submitted: auto-generated) is no answer: contact forms and scanners send council mail so.
Certain is what nobody can answer (RFC 5321 §4.5.5), or what says itself that it is an answer (RFC 3834).
"""

import re

from mailrouter.core.model import Attachment
from mailrouter.core.reading import replies
from mailrouter.core.reading.automatic import phrases
from mailrouter.core.reading.automatic.evidence import (
    DISPOSITION_TYPES,
    RETURNED_TYPES,
    Arrival,
    asks_for_no_answer,
    has_null_path,
    is_from_a_daemon,
    is_submitted_automatically,
    report_type,
    takes_no_replies,
)

_FIELDS = (
    "x-autoreply",
    "x-auto-reply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-vacation",
    "x-mail-autoreply",
    "x-amazon-auto-reply",
)
_AUTO_REPLY = ("auto_reply", "auto-reply", "autoreply")
_OF_A_PAGE = re.compile(r"(?i)bijlage-\d|image\d{3}\.|outlook-|logo")
"""How pictures in a signature are called; "bijlage" are those without a name."""
_SEALS = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_TOP = 1_500
"""Characters of the text in which an absence or a receipt says what it is."""


def is_disposition(arrival: Arrival) -> str | None:
    """A receipt in the form that machines read."""
    if arrival.has_part(DISPOSITION_TYPES) or report_type(arrival) == "disposition-notification":
        return "het is een leesbevestiging (RFC 8098)"
    if "content-classes:mdn" in arrival.field("content-class"):
        return "het is een leesbevestiging (Exchange)"
    return None


def is_receipt_by_a_machine(arrival: Arrival) -> str | None:
    """The subject of a receipt, from a machine that answers."""
    if _is_certainly_an_answer(arrival) and phrases.READ.match(arrival.mail.subject):
        return f"het onderwerp {arrival.mail.subject[:60]!r} is dat van een automatische ontvangstbevestiging"
    return None


def sounds_like_a_receipt(arrival: Arrival) -> str | None:
    """Subject and text of a receipt; or the subject, from a program."""
    certain, perhaps = (words.match(arrival.mail.subject) for words in (phrases.READ, phrases.READ_IF_TOLD))
    if (certain or perhaps) and phrases.READ_TEXT.search(arrival.mail.text[:_TOP]):
        return f"onderwerp {arrival.mail.subject[:60]!r} en tekst zijn die van een ontvangstbevestiging"
    if certain and is_submitted_automatically(arrival):
        return f"een programma schrijft het onderwerp {arrival.mail.subject[:60]!r} van een ontvangstbevestiging"
    return None


def answers_an_invitation(arrival: Arrival) -> str | None:
    """Someone accepts or declines, whatever program sends it (RFC 5546 §3.2.3): that is for people."""
    return "hij antwoordt op een uitnodiging" if replies.read_reply(arrival.mail) else None


def is_auto_replied(arrival: Arrival) -> str | None:
    """The field of RFC 3834."""
    submitted = arrival.field("auto-submitted")
    return f"Auto-Submitted: {submitted[:40]} (RFC 3834)" if submitted.startswith("auto-replied") else None


def has_a_responder_field(arrival: Arrival) -> str | None:
    """A field that only programs that answer by themselves write."""
    for name in _FIELDS:
        if arrival.mail.header(name) is not None and arrival.field(name) not in ("no", "false"):
            return f"hij heeft de kopregel {name}"
    for name in ("precedence", "preference"):
        if arrival.field(name) in _AUTO_REPLY:
            return f"{name.title()}: {arrival.field(name)}"
    if "autoresponder" in arrival.field("x-post-messageclass"):
        return "hij heeft de kopregel x-post-messageclass: autoresponder"
    return None


def is_away_by_a_machine(arrival: Arrival) -> str | None:
    """The subject of an absence, from a machine that answers: so Exchange sends it."""
    match = _subject_of_absence(arrival, from_a_machine=True)
    if match and _is_certainly_an_answer(arrival):
        return f"het onderwerp begint met {match!r} en hij komt van een programma"
    return None


def sounds_away(arrival: Arrival) -> str | None:
    """The subject of an absence alone; one that people write too needs a mark of an answer or a machine besides."""
    marked = bool(arrival.mail.references) or asks_for_no_answer(arrival) or is_submitted_automatically(arrival)
    match = _subject_of_absence(arrival, from_a_machine=marked)
    return f"het onderwerp begint met {match!r}" if match else None


def _subject_of_absence(arrival: Arrival, from_a_machine: bool) -> str:
    """What a subject begins with that tells of an absence, "" without."""
    subject = arrival.mail.subject
    match = phrases.AWAY.match(subject)
    if not match and from_a_machine:
        maybe = phrases.MAYBE_AWAY.match(subject) if _says_to_be_away(arrival) else None
        match = phrases.OFTEN_AWAY.match(subject) or maybe
    return match[0].strip() if match else ""


def sounds_acknowledged(arrival: Arrival) -> str | None:
    """A subject that says that a mail came in, from a machine: so ticket systems answer."""
    machine = has_null_path(arrival) or is_submitted_automatically(arrival) or asks_for_no_answer(arrival)
    if (machine or takes_no_replies(arrival)) and (match := phrases.ACKNOWLEDGED.match(arrival.mail.subject)):
        return f"het onderwerp {match[0].strip()[:60]!r} is dat van een automatische ontvangstbevestiging"
    return None


def answers_as_a_program(arrival: Arrival) -> str | None:
    """A program that writes on a mail and wants no automatic answer: so ticket systems answer in their own words.

    A scanner and a web form answer no mail; and what brings a document along is for people.
    """
    answers = is_submitted_automatically(arrival) and asks_for_no_answer(arrival) and arrival.mail.references
    return "een programma antwoordt op een mail" if answers and not _brings_a_document(arrival) else None


def answers_without_a_return_address(arrival: Arrival) -> str | None:
    """Nobody who answers a mail sends the answer so that no answer can reach them (RFC 5321 §4.5.5).

    A mail that answers nothing may be of a copier or a web form, and what a mail server has to say about other things
    than delivery is for people.
    """
    passed_on = arrival.field("auto-submitted").startswith("auto-forwarded")
    if not has_null_path(arrival) or not arrival.mail.references or passed_on or is_from_a_daemon(arrival):
        return None
    return None if _brings_a_document(arrival) else "hij antwoordt op een mail en heeft geen retouradres"


def _brings_a_document(arrival: Arrival) -> bool:
    related = arrival.mail.content_type == "multipart/related"
    return any(_is_document(attachment, related) for attachment in arrival.mail.attachments)


def _is_document(attachment: Attachment, related: bool) -> bool:
    """Whether someone put it there to be read: a file, or a picture that does not belong to the page (RFC 2387)."""
    if attachment.type.startswith("image/"):
        return not related and not _OF_A_PAGE.match(attachment.name)
    return attachment.type.startswith("application/") and attachment.type not in _SEALS


def _is_certainly_an_answer(arrival: Arrival) -> bool:
    return has_null_path(arrival) or arrival.field("auto-submitted").startswith("auto-replied")


def _says_to_be_away(arrival: Arrival) -> bool:
    return phrases.AWAY_TEXT.search(arrival.mail.new_text[:_TOP]) is not None and not arrival.has_part(RETURNED_TYPES)

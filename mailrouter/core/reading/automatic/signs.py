"""Tells automatic mail apart: bounces, automatic replies, receipts, mailings, our own letters coming back.

Each sign is one function that gives its reason or None; `SIGNS` names them, in the order in which they are asked. What
the RFCs say comes first, but a quarter of all bounces carries none of it, so senders and words count too. To add a
sign: one function, one line in `SIGNS`, one sample in the tests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailrouter.core.identity import OwnIds
from mailrouter.core.model import Mail
from mailrouter.core.reading.automatic import mailings, responders, undelivered
from mailrouter.core.reading.automatic.evidence import Arrival, Kind, is_forwarded_by_a_person

MOST_HOPS = 50
"""Received fields that a mail has at most, unless it goes round in circles (Postfix's hopcount_limit)."""


@dataclass(frozen=True, slots=True)
class Automatic:
    """What kind of automatic mail it is, and the sign that says so.

    `certain`: the sign is one of the RFCs or of the mail's structure, which people do not write. Without it only words,
    names or the marks of a mailing say so: a mail from a council's own address may still be a council's.
    """

    kind: Kind
    because: str
    certain: bool = True


Sign = Callable[[Arrival], str | None]


def sign(mail: Mail, raw_head: bytes, own: OwnIds | None, own_addresses: Sequence[str]) -> Automatic | None:
    """The first sign that no person wrote this mail, None if there is none.

    `raw_head` is the raw header block; `own` the ids of our letters found in the raw mail, None without router key.
    """
    first = raw_head[:200].partition(b"\n")[0]
    envelope = first.decode("ascii", "replace") if first.startswith(b"From ") else ""
    arrival = Arrival(mail, envelope, own, frozenset(address.lower() for address in own_addresses))
    for kind, certain, named in SIGNS:
        if because := named(arrival):
            return Automatic(kind, because, certain) if kind else None
    return None


def _is_our_letter(arrival: Arrival) -> str | None:
    own = arrival.own
    return f"het is onze eigen brief {own.itself}" if own and own.itself else None


def _goes_round(arrival: Arrival) -> str | None:
    hops = sum(name == "received" for name, _ in arrival.mail.headers)
    return f"hij ging langs {hops} servers (meer dan {MOST_HOPS})" if hops > MOST_HOPS else None


def _is_from_ourselves(arrival: Arrival) -> str | None:
    sender = (arrival.mail.sender or "").lower()
    return f"hij komt van ons eigen adres {sender}" if sender in arrival.own_addresses else None


def _brings_our_letter_back(arrival: Arrival) -> str | None:
    about = arrival.own.about if arrival.own else ()
    if about and arrival.field("auto-submitted").startswith("auto-forwarded"):
        return f"onze brief {about[0]} is automatisch naar ons teruggestuurd"
    return None


def _is_passed_on(arrival: Arrival) -> str | None:
    return "iemand stuurt een mail door" if is_forwarded_by_a_person(arrival) else None


_CERTAIN, _WORDS = True, False

SIGNS: tuple[tuple[Kind | None, bool, Sign], ...] = (
    ("proof", _CERTAIN, _is_our_letter),
    ("loop", _CERTAIN, _goes_round),
    ("loop", _CERTAIN, _is_from_ourselves),
    ("loop", _CERTAIN, _brings_our_letter_back),
    ("feedback", _CERTAIN, mailings.is_abuse_report),
    (None, _CERTAIN, _is_passed_on),
    ("read-receipt", _CERTAIN, responders.is_disposition),
    ("read-receipt", _CERTAIN, undelivered.is_success),
    ("delayed", _CERTAIN, undelivered.is_delay),
    ("bounce", _CERTAIN, undelivered.is_delivery_status),
    ("bounce", _CERTAIN, undelivered.names_failed_recipients),
    ("bounce", _CERTAIN, undelivered.is_from_the_daemon),
    (None, _CERTAIN, responders.answers_an_invitation),
    ("read-receipt", _CERTAIN, responders.is_receipt_by_a_machine),
    ("auto-reply", _CERTAIN, responders.is_away_by_a_machine),
    ("delayed", _WORDS, undelivered.sounds_delayed),
    ("bounce", _CERTAIN, undelivered.is_null_and_undelivered),
    ("bounce", _WORDS, undelivered.is_refused_by_a_list),
    ("bounce", _WORDS, undelivered.sounds_undelivered),
    ("bounce", _WORDS, undelivered.brings_a_status),
    ("list", _CERTAIN, mailings.is_list_notice),
    ("auto-reply", _CERTAIN, responders.is_auto_replied),
    ("auto-reply", _CERTAIN, responders.has_a_responder_field),
    ("feedback", _WORDS, mailings.is_forwarded_complaint),
    ("read-receipt", _WORDS, responders.sounds_like_a_receipt),
    ("auto-reply", _WORDS, responders.sounds_away),
    ("auto-reply", _WORDS, responders.sounds_acknowledged),
    ("list", _WORDS, mailings.is_a_mailing),
    ("auto-reply", _WORDS, responders.answers_as_a_program),
    ("auto-reply", _WORDS, responders.answers_without_a_return_address),
)
"""Kind, whether it is certain, and the sign. One without a kind says that a person wrote the mail, and ends the search.
"""

"""Signs that no person wrote a mail: bounces, automatic replies, receipts, newsletters, our own letters coming back.

Each sign is one function that gives its reason or None; `SIGNS` names them, in the order in which they are asked. RFC
signs come first, but a quarter of all bounces carries none, so senders and subjects count too. To add a sign: one
function, one line in `SIGNS`, one sample in the tests.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mailrouter.core.identity import OwnIds
from mailrouter.core.model import Mail
from mailrouter.core.reading import headers

Kind = Literal["bounce", "delayed", "auto-reply", "read-receipt", "list", "loop", "proof", "feedback"]

MOST_HOPS = 50
"""Received fields that a mail has at most, unless it goes round in circles (Postfix's hopcount_limit)."""


@dataclass(frozen=True, slots=True)
class Automatic:
    """What kind of automatic mail it is, and the sign that says so."""

    kind: Kind
    because: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """All that the signs look at."""

    mail: Mail
    envelope: str
    """The first line of an mbox entry, "" without."""
    own: OwnIds | None
    own_addresses: frozenset[str]


Sign = Callable[[Arrival], str | None]

_DAEMON = re.compile(
    r"mailer-?daemon|mail-?daemon|post[_-]?master|mail ?delivery|mail ?(?:sub)?system|mail ?admin|delivery ?sub ?system"
    r"|microsoft ?exchange|internet ?mail ?(?:service|delivery)|^\s*<>\s*$|^\s*$|bounce[sd]?\b|\bmta\b|mail ?gateway",
    re.IGNORECASE,
)
_ALWAYS_DAEMON = re.compile(r"mailer-?daemon@?|mail delivery (?:sub)?system|microsoftexchange329e71ec", re.IGNORECASE)
_UNDELIVERED = re.compile(
    r"undeliver|not deliver|un-?deliver|non-?deliver|returned (?:mail|to sender|message)|return(?:ed)?:"
    r"|(?:mail|message|delivery|email) (?:system )?(?:status|fail|error|problem|could not|couldn't|not |bounced)"
    r"|deliver[a-z]* (?:status|fail|error|problem|report|notification|unsuccessful|has failed|incomplete)"
    r"|failure (?:notice|delivery)|failed (?:mail|delivery|to deliver)|could(?: not|n't) (?:be )?(?:send|deliver)"
    r"|(?:unable|failed) to (?:be )?deliver|delivery[- ]failed|user unknown|unknown user|mailbox (?:full|unavailable)"
    r"|bounce notification|rejected|quota|inactive|invalid address|postmaster notify|considered unsolicited"
    r"|onbestelbaar|onbezorgbaar|niet (?:kunnen )?(?:worden )?(?:bezorgd|afgeleverd)|bezorg\w* (?:is )?mislukt"
    r"|kon(?:den)? niet worden (?:bezorgd|afgeleverd)|aflever(?:ing|fout|probleem)|bestelling mislukt"
    r"|unzustellbar|non remis|échec|no se (?:pudo|puede)|non recapitabile|mancata consegna",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"\bdelay|\(delay\)|delayed|warning: (?:could not send|message)|still being retried|vertraagd|vertraging"
    r"|nog niet (?:bezorgd|afgeleverd)|temporar",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"\s*(?:automatische? (?:antwoord|beantwoording|bericht|reactie)"
    r"|auto(?:matic|mated)?[- ]?(?:reply|response|antwoord)\b|autorespon\w*|afwezig(?:heid)?\s*(?::|$)"
    r"|afwezig\s+(?:-|–|t/m|tot|van|wegens|i\.v\.m)|(?:afwezigheids|vakantie)(?:assistent|bericht|melding)\b"
    r"|out of (?:the )?office\b|ooo:|away until\b|on vacation\b|ontvangstbevestiging\s*(?::|$)"
    r"|abwesenheitsnotiz|automatische antwort|réponse automatique)",
    re.IGNORECASE,
)
_READ = re.compile(
    r"\s*(?:gelezen|niet gelezen|leesbevestiging|read|not read|read receipt|return receipt|ongelezen verwijderd"
    r"|bezorgd|delivered|relayed|doorgegeven|disposition notification)\s*[:(]",
    re.IGNORECASE,
)
_ACTION = re.compile(r"(?im)^action\s*:\s*([a-z]+)")


def sign(mail: Mail, raw_head: bytes, own: OwnIds | None, own_addresses: Sequence[str]) -> Automatic | None:
    """The first sign that no person wrote this mail, None if there is none.

    `raw_head` is the raw header block; `own` the ids of our letters found in the raw mail, None without router key.
    """
    first = raw_head[:200].partition(b"\n")[0]
    envelope = first.decode("ascii", "replace") if first.startswith(b"From ") else ""
    arrival = Arrival(mail, envelope, own, frozenset(address.lower() for address in own_addresses))
    for kind, named in SIGNS:
        if because := named(arrival):
            return Automatic(kind, because)
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
    if about and _auto_submitted(arrival).startswith("auto-forwarded"):
        return f"onze brief {about[0]} is automatisch naar ons teruggestuurd"
    return None


def _is_abuse_report(arrival: Arrival) -> str | None:
    if _report_type(arrival) == "feedback-report" or _has_part(arrival, "message/feedback-report"):
        return "het is een feedbackrapport (RFC 5965)"
    if re.match(r"(?i)\s*report domain:.*submitter:", arrival.mail.subject):
        return "het is een verzamelrapport over DMARC (RFC 7489 §7.2)"
    if _address(arrival).startswith("staff@hotmail.com") and "complaint about message" in arrival.mail.subject:
        return "het is een spamklacht die Microsoft doorstuurt"
    return None


def _is_disposition(arrival: Arrival) -> str | None:
    if _report_type(arrival) == "disposition-notification" or _has_part(arrival, "message/disposition-notification"):
        return "het is een leesbevestiging (RFC 8098)"
    if "content-classes:mdn" in (arrival.mail.header("content-class") or "").lower():
        return "het is een leesbevestiging (Exchange)"
    if _READ.match(arrival.mail.subject) and (_is_null(arrival) or _auto_submitted(arrival).startswith("auto-")):
        return f"het onderwerp {arrival.mail.subject[:60]!r} is dat van een automatische ontvangstbevestiging"
    return None


def _is_success(arrival: Arrival) -> str | None:
    actions = _actions(arrival)
    if actions and actions <= {"delivered", "relayed", "expanded"}:
        return "het is een bericht dat een mail is afgeleverd (RFC 3464)"
    return None


def _is_delay(arrival: Arrival) -> str | None:
    actions = _actions(arrival)
    if actions == {"delayed"}:
        return "het is een bericht dat een mail vertraagd is (RFC 3464)"
    if not actions and _is_daemon(arrival) and _DELAYED.search(arrival.mail.subject):
        return "een mailserver meldt dat een mail vertraagd is"
    return None


def _is_delivery_status(arrival: Arrival) -> str | None:
    if _report_type(arrival) == "delivery-status" or _has_part(arrival, "message/delivery-status"):
        return "het is een bericht dat een mail niet is afgeleverd (RFC 3464)"
    content_class = (arrival.mail.header("content-class") or "").lower()
    if "content-classes:dsn" in content_class or arrival.mail.header("x-ms-exchange-message-is-ndr") is not None:
        return "het is een bericht dat een mail niet is afgeleverd (Exchange)"
    return None


def _names_failed_recipients(arrival: Arrival) -> str | None:
    return (
        "hij noemt ontvangers die niet bereikt zijn" if arrival.mail.header("x-failed-recipients") is not None else None
    )


def _is_from_a_daemon(arrival: Arrival) -> str | None:
    if _ALWAYS_DAEMON.search(arrival.mail.header("from") or ""):
        return "hij komt van het eigen adres van een mailserver"
    if _is_daemon(arrival) and (_is_null(arrival) or _UNDELIVERED.search(arrival.mail.subject)):
        return "hij komt van een mailserver en gaat over bezorgen"
    return None


def _is_null_and_undelivered(arrival: Arrival) -> str | None:
    if _is_null(arrival) and _UNDELIVERED.search(arrival.mail.subject):
        return "hij heeft geen retouradres en het onderwerp gaat over bezorgen"
    return None


def _is_auto_replied(arrival: Arrival) -> str | None:
    submitted = _auto_submitted(arrival)
    return f"Auto-Submitted: {submitted[:40]} (RFC 3834)" if submitted.startswith("auto-replied") else None


def _has_a_responder_header(arrival: Arrival) -> str | None:
    for name in (
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-autoreply-from",
        "x-vacation",
        "x-mail-autoreply",
    ):
        value = arrival.mail.header(name)
        if value is not None and value.lower() not in ("no", "false"):
            return f"hij heeft de kopregel {name}"
    precedence = (arrival.mail.header("precedence") or "").lower()
    return f"Precedence: {precedence}" if precedence in ("auto_reply", "auto-reply") else None


def _says_to_be_away(arrival: Arrival) -> str | None:
    match = _AWAY.match(arrival.mail.subject)
    return f"het onderwerp begint met {match[0].strip()!r}" if match else None


def _has_no_return_address(arrival: Arrival) -> str | None:
    """Nobody who writes a mail sends it so that no answer can reach them (RFC 5321 §4.5.5)."""
    return "hij heeft geen retouradres" if _is_null(arrival) else None


def _is_a_mailing(arrival: Arrival) -> str | None:
    marks = list(_mailing_marks(arrival.mail))
    return f"het is een mailing: {', '.join(marks)}" if len(marks) > 1 else None


def _mailing_marks(mail: Mail) -> Iterator[str]:
    for name in ("list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"):
        if mail.header(name):
            yield name
    precedence = (mail.header("precedence") or "").lower()
    if precedence in ("bulk", "list", "junk"):
        yield f"precedence {precedence}"


def _auto_submitted(arrival: Arrival) -> str:
    return (arrival.mail.header("auto-submitted") or "").lower()


def _address(arrival: Arrival) -> str:
    return (arrival.mail.sender or "").lower()


def _is_null(arrival: Arrival) -> bool:
    path = arrival.mail.header("return-path")
    if path is not None:
        return path.strip() in ("<>", "", "<MAILER-DAEMON>") or path.lower().startswith("<mailer-daemon")
    return arrival.envelope.lower().startswith(("from mailer-daemon", "from <>"))


def _is_daemon(arrival: Arrival) -> bool:
    return _DAEMON.search(arrival.mail.header("from") or "") is not None


def _report_type(arrival: Arrival) -> str:
    if arrival.mail.content_type != "multipart/report":
        return ""
    return headers.parameters(arrival.mail.header("content-type") or "")[1].get("report-type", "").strip().lower()


def _has_part(arrival: Arrival, media_type: str) -> bool:
    return any(attachment.type == media_type for attachment in arrival.mail.attachments)


def _actions(arrival: Arrival) -> set[str]:
    """What became of each recipient, by the delivery status parts (RFC 3464 §2.3.3)."""
    return {
        match[1].lower()
        for attachment in arrival.mail.attachments
        if attachment.type == "message/delivery-status"
        for match in _ACTION.finditer(headers.clean_lines(attachment.content[:100_000].decode("ascii", "replace")))
    }


SIGNS: tuple[tuple[Kind, Sign], ...] = (
    ("proof", _is_our_letter),
    ("loop", _goes_round),
    ("loop", _is_from_ourselves),
    ("loop", _brings_our_letter_back),
    ("feedback", _is_abuse_report),
    ("read-receipt", _is_disposition),
    ("read-receipt", _is_success),
    ("delayed", _is_delay),
    ("bounce", _is_delivery_status),
    ("bounce", _names_failed_recipients),
    ("bounce", _is_from_a_daemon),
    ("bounce", _is_null_and_undelivered),
    ("auto-reply", _is_auto_replied),
    ("auto-reply", _has_a_responder_header),
    ("auto-reply", _says_to_be_away),
    ("auto-reply", _has_no_return_address),
    ("list", _is_a_mailing),
)

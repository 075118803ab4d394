"""Signs that a mail server writes about a mail: that it did not arrive, is late, or was delivered after all.

A quarter of all bounces has no report that machines can read (RFC 3464), so who writes it and in what words counts too:
two things must come together, a mark of a machine and words about delivery. A person who writes "onbestelbaar", or
passes a bounce on, has only the words.
"""

import re

from mailrouter.core.reading.automatic import phrases
from mailrouter.core.reading.automatic.evidence import (
    RETURNED_TYPES,
    STATUS_TYPES,
    Arrival,
    has_null_path,
    is_certainly_from_a_daemon,
    is_from_a_daemon,
    is_from_a_machine,
    is_submitted_automatically,
    report_type,
)
from mailrouter.core.reading.reports import delivery_status

_TOP = 4_000
"""Characters of the text in which a mail server says what it has to say."""
_DELIVERED = {"delivered", "relayed", "expanded", "deliverable"}
_SERVICE_EVENT = re.compile(r'\\?"(?:notificationType|eventType)\\?"\s*:\s*\\?"(\w{1,40})', re.IGNORECASE)
_LIST_SERVER = ("x-mlserver", "x-list-administrivia", "x-mailman-version", "x-listserver", "mailing-list", "list-id")
_REFUSED_BY_LIST = re.compile(
    r"(?i)\bnot (?:an? )?(?:\w+ )?member|geen lid|non-?members?|loop alert|duplicated message-id|\brejected|afgewezen"
    r"|geweigerd|not (?:allowed|permitted|authorized) to (?:post|send)|mag niet (?:posten|schrijven)"
)


def is_success(arrival: Arrival) -> str | None:
    """A report that a mail was delivered; no bounce."""
    actions = _actions(arrival)
    if actions and actions <= _DELIVERED:
        return "het is een bericht dat een mail is afgeleverd (RFC 3464)"
    if service_event(arrival) == "delivery":
        return "een verzenddienst meldt dat een mail is afgeleverd"
    return None


def is_delay(arrival: Arrival) -> str | None:
    """A report that a mail is late and still being tried."""
    actions = _actions(arrival)
    if actions and "failed" not in actions and "delayed" in actions:
        return "het is een bericht dat een mail vertraagd is (RFC 3464)"
    certain = is_certainly_from_a_daemon(arrival) or (is_from_a_daemon(arrival) and has_null_path(arrival))
    if not actions and certain and phrases.DELAYED.search(arrival.mail.subject):
        return "een mailserver meldt dat een mail vertraagd is"
    return None


def is_delivery_status(arrival: Arrival) -> str | None:
    """A report in the form that machines read."""
    if _is_report(arrival):
        return "het is een bericht dat een mail niet is afgeleverd (RFC 3464)"
    content_class = arrival.field("content-class")
    if "content-classes:dsn" in content_class or arrival.mail.header("x-ms-exchange-message-is-ndr") is not None:
        return "het is een bericht dat een mail niet is afgeleverd (Exchange)"
    if service_event(arrival) == "bounce":
        return "een verzenddienst meldt dat een mail niet is afgeleverd"
    return None


def brings_a_status(arrival: Arrival) -> str | None:
    """The part that machines read, in a mail of which nothing else says that a machine sent it."""
    return "er zit een bezorgbericht in (RFC 3464)" if arrival.has_part(STATUS_TYPES) else None


def names_failed_recipients(arrival: Arrival) -> str | None:
    """The field of Exim and Gmail."""
    named = arrival.mail.header("x-failed-recipients") is not None
    return "hij noemt ontvangers die niet bereikt zijn" if named else None


def is_from_the_daemon(arrival: Arrival) -> str | None:
    """The address that only mail servers write from."""
    return "hij komt van het eigen adres van een mailserver" if is_certainly_from_a_daemon(arrival) else None


def is_null_and_undelivered(arrival: Arrival) -> str | None:
    """Nobody can answer it, and a mail server tells of a mail or brings one back."""
    if not has_null_path(arrival) or _is_answered_automatically(arrival):
        return None
    daemon, returns, tells = is_from_a_daemon(arrival), _returns_a_mail(arrival), _tells(arrival)
    if (daemon and returns) or ((daemon or returns) and tells):
        return "hij heeft geen retouradres en gaat over bezorgen"
    return None


def sounds_delayed(arrival: Arrival) -> str | None:
    """A mail server by its name, and a subject about delay."""
    if is_from_a_daemon(arrival) and phrases.DELAYED.search(arrival.mail.subject):
        return "een mailserver meldt dat een mail vertraagd is"
    return None


def sounds_undelivered(arrival: Arrival) -> str | None:
    """Words about delivery from a mail server by its name, or from where nobody can answer.

    Or a machine that returns a mail with such words, and quotes a mail server.
    """
    if is_from_a_daemon(arrival) and _tells(arrival):
        return "hij komt van een mailserver en gaat over bezorgen"
    if has_null_path(arrival) and not _is_answered_automatically(arrival) and _says_so(arrival):
        return "hij heeft geen retouradres en gaat over bezorgen"
    machine = is_from_a_machine(arrival) or is_submitted_automatically(arrival)
    subject, text = phrases.UNDELIVERED.search(arrival.mail.subject), phrases.FAILED.search(arrival.mail.text[:_TOP])
    if is_submitted_automatically(arrival) and subject and text and not _is_answered_automatically(arrival):
        return "een programma schrijft, in onderwerp en tekst, dat een mail niet is bezorgd"
    if machine and _returns_a_mail(arrival) and _tells(arrival):
        return "hij komt van een programma, vertelt van een mislukte bezorging en stuurt een mail terug"
    return None


def is_refused_by_a_list(arrival: Arrival) -> str | None:
    """A list server that does not distribute a mail."""
    if not any(arrival.mail.header(name) for name in _LIST_SERVER) or not is_from_a_machine(arrival):
        return None
    about = f"{arrival.mail.subject}\n{arrival.mail.text[:300]}"
    return "een lijstserver weigert een mail" if _REFUSED_BY_LIST.search(about) else None


def service_event(arrival: Arrival) -> str:
    """ "bounce", "complaint" or "delivery" in a notification of Amazon's mail service; "" of anything else."""
    if arrival.mail.header("x-amz-sns-message-id") is None:
        return ""
    match = _SERVICE_EVENT.search(arrival.mail.text[:20_000])
    return match[1].lower() if match else ""


def _is_answered_automatically(arrival: Arrival) -> bool:
    """An automatic reply of someone else than a mail server: it may well say that nobody gets the mail."""
    return arrival.field("auto-submitted").startswith("auto-replied") and not is_from_a_daemon(arrival)


def _tells(arrival: Arrival) -> bool:
    """In words; or it quotes a mail server and brings a mail back. The numbers of one alone may be those of minutes."""
    quotes = phrases.TRANSCRIPT.search(arrival.mail.text[:_TOP]) is not None
    return _says_so(arrival) or (quotes and _returns_a_mail(arrival))


def _says_so(arrival: Arrival) -> bool:
    """By its subject, or its text."""
    said = phrases.UNDELIVERED.search(arrival.mail.subject) or phrases.FAILED.search(arrival.mail.text[:_TOP])
    return said is not None


def _returns_a_mail(arrival: Arrival) -> bool:
    return arrival.has_part(RETURNED_TYPES) or phrases.INLINE_RETURNED.search(arrival.mail.text[:20_000]) is not None


def _is_report(arrival: Arrival) -> bool:
    """Whether it is a report by its structure, or has such a part and comes from a machine."""
    if report_type(arrival) == "delivery-status":
        return True
    machine = has_null_path(arrival) or is_from_a_daemon(arrival) or is_submitted_automatically(arrival)
    return machine and arrival.has_part(STATUS_TYPES)


def _actions(arrival: Arrival) -> set[str]:
    """What became of each recipient, by the report; empty if it is none."""
    if not (_is_report(arrival) or has_null_path(arrival) or is_from_a_daemon(arrival)):
        return set()
    return {recipient.action for recipient in delivery_status.of_mail(arrival.mail) if recipient.action}

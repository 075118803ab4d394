"""Signs of mail to many: newsletters, the notices of list servers, and reports to the senders of mailings.

A person who writes to a discussion list is a person: councils have lists of their own. And a council that sends its
newsletter by a mailing service is still a council, so the marks of a mailing are never certain.
"""

import re
from collections.abc import Iterator

from mailrouter.core.model import Mail
from mailrouter.core.reading.automatic.evidence import Arrival, report_type
from mailrouter.core.reading.automatic.undelivered import service_event

_COLLECTED = re.compile(r"(?i)\s*(?:\[[^\]]{1,30}\]\s*)*report domain:.*submitter:")
_DIGEST = re.compile(r"(?i)\bdigest,? vol(?:ume)?\b|\bverzamelmail,? (?:deel|vol)")
_FEEDBACK_SUBJECT = re.compile(r"(?i)\s*(?:fw: )?(?:e-?mail feedback (?:report|forward)|(?:spam|abuse) complaint\b)")
_MARKS = ("list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id")
_CAMPAIGN = ("x-campaign", "x-campaignid", "x-campaign-id", "x-mc-user", "x-mailgun-tag", "x-csa-complaints")


def is_abuse_report(arrival: Arrival) -> str | None:
    """A report to the sender of mail: that someone calls it spam, or how much of it passed the checks."""
    if report_type(arrival) == "feedback-report" or arrival.has_part(("message/feedback-report",)):
        return "het is een feedbackrapport (RFC 5965)"
    if report_type(arrival) == "tlsrpt" or arrival.mail.header("tls-report-domain") is not None:
        return "het is een verzamelrapport over TLS (RFC 8460)"
    if _COLLECTED.match(arrival.mail.subject):
        return "het is een verzamelrapport over DMARC (RFC 7489 §7.2)"
    if service_event(arrival) == "complaint":
        return "een verzenddienst stuurt een spamklacht door"
    if arrival.mail.header("x-apple-unsubscribe") is not None:
        return "Apple Mail meldt iemand af voor een mailing"
    return None


def is_forwarded_complaint(arrival: Arrival) -> str | None:
    """A complaint about spam that a provider forwards with the mail it is about, in words of its own."""
    subject, returned = arrival.mail.subject, arrival.has_part(("message/rfc822", "text/rfc822-headers"))
    microsoft = (arrival.mail.sender or "").lower() == "staff@hotmail.com" and "complaint about message" in subject
    if returned and (microsoft or _FEEDBACK_SUBJECT.match(subject)):
        return "het is een spamklacht die een provider doorstuurt"
    return None


def is_list_notice(arrival: Arrival) -> str | None:
    """What a list server writes itself: it holds a mail, welcomes a member, sends a password."""
    told = arrival.field("x-list-administrivia") == "yes"
    return "het is een bericht van een lijstserver" if told else None


def is_a_mailing(arrival: Arrival) -> str | None:
    """At least two marks of a mailing, unless a person wrote to a discussion list."""
    marks = list(_marks(arrival.mail))
    if len(marks) < 2 or (_is_discussion(arrival) and not _DIGEST.search(arrival.mail.subject)):
        return None
    return f"het is een mailing: {', '.join(marks)}"


def _marks(mail: Mail) -> Iterator[str]:
    yield from (name for name in (*_MARKS, *_CAMPAIGN) if mail.header(name))
    precedence = (mail.header("precedence") or "").strip().lower()
    if precedence in ("bulk", "list", "junk"):
        yield f"precedence {precedence}"


def _is_discussion(arrival: Arrival) -> bool:
    """A list that its members can write to (RFC 2369 §3.4), and none of the marks of a mailing service."""
    if any(arrival.mail.header(name) for name in ("feedback-id", *_CAMPAIGN)):
        return False
    return "mailto:" in arrival.field("list-post") or arrival.mail.header("mailing-list") is not None

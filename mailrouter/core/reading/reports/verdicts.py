"""Why a mail did not arrive, in the few reasons that make a difference to the people at the desk.

Mail servers choose their status codes (RFC 3463) loosely and say the real reason in words, so the words count first.
"""

import re
from typing import Literal

from mailrouter.core.reading.reports.delivery_status import Fate

Outcome = Literal["hard", "soft", "delayed", "delivered"]
"""hard: the address itself takes no mail, also not later · soft: the address is in use, but this mail or this moment
was wrong (full, down, too large, refused) · delayed: the mail server still tries · delivered: it arrived or was passed
on.
"""

Reason = Literal["unknown", "closed", "no-domain", "full", "too-large", "refused", "unreachable", "other"]

HARD: frozenset[Reason] = frozenset({"unknown", "closed", "no-domain"})
_DELIVERED = ("delivered", "relayed", "expanded", "deliverable")


def _words(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


_FULL = _words(
    r"(?:mail ?box|inbox|mail folder|account|user|recipient|postvak)\b.{0,40}\b(?:is |was |has been )?full\b",
    r"over ?-?quota|quota\b.{0,30}\bexceed|exceed\w*\b.{0,40}\b(?:quota|storage|mailbox size|disk space)|disk quota",
    r"insufficient (?:disk|system|user)? ?(?:storage|space)|not enough (?:storage|disk|space)|out of storage",
    r"(?:postvak|mailbox)\b.{0,40}\bvol\b|mailboxfull|quotaexceeded|boîte .{0,20}pleine|postfach .{0,20}voll",
)
_TOO_LARGE = _words(
    r"(?:message|mail)\b.{0,30}\b(?:too (?:large|big|long)|size exceeds)|size limit|maximum (?:message|mail) size",
    r"exceeds (?:the )?(?:maximum|fixed|size|limit)|te groot|messagetoolarge|zu groß|trop volumineux",
)
_REFUSED = _words(
    r"spam\b|black ?list|block ?list|blocked (?:using|by|for)|geblokkeerd|\brbl\b|dnsbl|reputation|virus|malware",
    r"content reject",
    r"\b(?:spf|dkim|dmarc)\b|reverse dns|ptr record|policy|unsolicited|authenticat(?:ion|ed) (?:required|checks)",
    r"relay(?:ing)? (?:access )?denied|relaying (?:is )?not|no relaying|resolver\.rst\.|sent to too many",
    r"not (?:permitted|allowed|authori[sz]ed) to (?:relay|send|post)|delivery not authori[sz]ed|after mail from\b",
    r"sender (?:address |domain )?(?:rejected|not|denied|verif)|domain of sender",
)
_NOT_NOW = _words(r"temporar|try (?:again )?later|greylist|at a rate that|too many (?:hops|connections)")
_NO_DOMAIN = _words(
    r"(?:host|domain)(?: name)?(?: or domain name)? (?:was |is )?(?:not (?:found|reachable)|unknown|does not exist)",
    r"unknown (?:host|domain|mail domain)|no such (?:host|domain)|name or service not known|name service error",
    r"nxdomain|unroute?able mail domain|null ?mx|does not accept mail|dns lookup failure|domein\b.{0,80}\bbestaat niet",
)
_CLOSED = _words(
    r"(?:account|mail ?box|user|address)\b.{0,50}\b(?:disabled|inactive|deactivated|suspended|closed|locked|expired)",
    r"(?:disabled|inactive|deactivated|suspended|closed) (?:recipient|user|account|mail ?box)",
    r"no longer (?:in use|works|employed)|(?:user|account|recipient|address)\b.{0,30}\b(?:has moved|no longer)",
    r"user not local|opgeheven|niet meer in gebruik",
)
_UNKNOWN = _words(
    r"(?:user|recipient|mail ?box|account|address|addressee|local part|member)(?: \w+| <?\S+@\S+)?\W{0,3}(?:is |was )?"
    r"(?:unknown|not found|not known|does ?n[o']t exist|not exist|invalid|unavailable)",
    r"(?:unknown|invalid|no such|nonexistent|bad|illegal|no) (?:\w+ ){0,2}(?:user|recipient|mail ?box|account|address)",
    r"(?:does|do|may) ?n[o']t (?:exist|have an? (?:account|mailbox))|doesn't have a|not a (?:valid|registered)",
    r"not listed in|not recognized|no mailbox here|recip(?:ient)?notfound|adr\.\w{0,30}notfound|unroute?able address",
    r"\bbestaat niet|adres niet bestaat|is (?:onbekend|niet gevonden)|adres niet gevonden",
    r"(?:adres|account|ontvanger|geadresseerde)\b.{0,40}\bniet (?:worden )?gevonden",
)
_UNREACHABLE = _words(
    r"timed? ?out|time-?out|expired|connection (?:refused|reset|lost|dropped)|no route|unreachable|retry|too long",
    r"no answer|could not connect|niet bereikbaar",
)
_BY_WORDS: tuple[tuple[Reason, re.Pattern[str]], ...] = (
    ("full", _FULL),
    ("too-large", _TOO_LARGE),
    ("refused", _REFUSED),
    ("unreachable", _NOT_NOW),
    ("no-domain", _NO_DOMAIN),
    ("closed", _CLOSED),
    ("unknown", _UNKNOWN),
    ("unreachable", _UNREACHABLE),
)
_BY_STATUS: tuple[tuple[str, Reason], ...] = (
    (r"5\.1\.2|5\.4\.4|5\.4\.310", "no-domain"),
    (r"5\.1\.[78]", "refused"),
    (r"5\.1\.\d+", "unknown"),
    (r"[45]\.2\.2", "full"),
    (r"5\.2\.1", "closed"),
    (r"5\.2\.3|5\.3\.4", "too-large"),
    # Exchange Online's word for an address that its directory does not have; elsewhere rare.
    (r"5\.4\.1", "unknown"),
    (r"4\.\d+\.\d+|5\.[34]\.\d+", "unreachable"),
    (r"5\.[67]\.\d+", "refused"),
)


def outcome_of(fate: Fate) -> Outcome:
    """What became of the mail for one recipient; a report without an action is one of failure."""
    if fate.action in _DELIVERED:
        return "delivered"
    if fate.action == "delayed":
        return "delayed"
    return "hard" if reason_of(fate) in HARD else "soft"


def reason_of(fate: Fate) -> Reason:
    """Why the mail did not arrive. What is only temporary (4.x.x, RFC 3463 §2) is never said to be for good."""
    reason = _by_words(fate.diagnostic) or _by_status(fate.status) or "other"
    return "unreachable" if reason in HARD and fate.status.startswith("4") else reason


def _by_words(diagnostic: str) -> Reason | None:
    return next((reason for reason, words in _BY_WORDS if words.search(diagnostic)), None)


def _by_status(status: str) -> Reason | None:
    return next((reason for pattern, reason in _BY_STATUS if re.fullmatch(pattern, status)), None)

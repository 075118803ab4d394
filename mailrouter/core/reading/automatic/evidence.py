"""What the signs of automatic mail look at: the mail, and what its header and parts say about who made it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mailrouter.core.identity import OwnIds
from mailrouter.core.model import Mail
from mailrouter.core.reading import headers

Kind = Literal["bounce", "delayed", "auto-reply", "read-receipt", "list", "loop", "proof", "feedback"]

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
"""RFC 3464, and RFC 6533 for addresses beyond ASCII."""
DISPOSITION_TYPES = ("message/disposition-notification", "message/global-disposition-notification")
"""RFC 8098, and RFC 6533."""
RETURNED_TYPES = (
    "message/rfc822",
    "message/global",
    "message/rfc822-headers",
    "message/global-headers",
    "text/rfc822-headers",
    "text/rfc822-header",
)
"""The mail that could not be delivered, or its header, as a report brings it back (RFC 6522 §3)."""

_DAEMON = re.compile(
    r"mailer[-_.]?daemon.*|mail[-_.]?daemon|mdaemon|po+st[-_.]?master|mail[-_.]?(?:sub|delivery)?[-_.]?system"
    r"|mail[-_.]?delivery.*|(?:no[-_.]?)?bounces?(?:[-+=._].*)?|.+[-_.+]bounces?|mta|mail[-_.]?gateway|ndr|dsn"
    r"|microsoftexchange[0-9a-f]{20,}",
    re.IGNORECASE,
)
_DAEMON_NAME = re.compile(
    r"mailer[- ]?daemon|mail delivery|(?:mail )?delivery ?(?:sub)?system|mail ?(?:sub)?system|post ?master"
    r"|mail admin(?:istrator)?|(?:e-?mail )?system administrator|systeembeheerder|microsoft (?:exchange|outlook)"
    r"|internet mail (?:service|delivery)|mail gateway|mta|systemadministrator|administrateur système",
    re.IGNORECASE,
)
_CERTAINLY_DAEMON = re.compile(r"mailer[-_.]?daemon.*", re.IGNORECASE)
_NO_REPLY = re.compile(
    r"(?:.+[-_.+])?(?:no|do[-_.]?not|niet)[-_.]?(?:reply|response|antwoorden|beantwoorden)(?:[-_.+].*)?", re.IGNORECASE
)
_PROGRAM = re.compile(
    r"root|daemon|system|sysadmin|sysop|mailer|smtp|(?:.+[-_.])?(?:mail)?admin(?:istrator)?|notifications?"
    r"|.+[-_.](?:request|owner)|owner[-_.].+|listserv|majordomo|sympa|mailman",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"([^\s<>\"(),:;@]{1,64})@")
_ADDRESS = re.compile(r"<[^<>]{0,300}>|\([^()]{0,300}\)|[^\s<>\"(),:;]{1,64}@[^\s<>\"(),:;]{1,255}")
_FORWARDED = re.compile(r"\s*(?:\[[^\]]{1,30}\]\s*)*(?:fwd?|fw|doorst|doorgestuurd|trs?|wg|i|rv|enc|vs|vb)\s*:", re.I)
_NULL_PATHS = ("<>", "", "<mailer-daemon>")


@dataclass(frozen=True, slots=True)
class Arrival:
    """All that the signs look at."""

    mail: Mail
    envelope: str
    """The first line of an mbox entry, "" without."""
    own: OwnIds | None
    own_addresses: frozenset[str]

    def field(self, name: str) -> str:
        """The first header of that name, lower-case; "" without."""
        return (self.mail.header(name) or "").strip().lower()

    def has_part(self, types: Sequence[str]) -> bool:
        """Whether a part of one of these media types is attached."""
        return any(attachment.type in types for attachment in self.mail.attachments)


def report_type(arrival: Arrival) -> str:
    """The report-type of a multipart/report (RFC 6522 §3), "" of anything else."""
    if arrival.mail.content_type != "multipart/report":
        return ""
    return headers.parameters(arrival.mail.header("content-type") or "")[1].get("report-type", "").strip().lower()


def has_null_path(arrival: Arrival) -> bool:
    """Whether nothing can be returned to its sender: the mark of notifications (RFC 5321 §4.5.5)."""
    path = arrival.mail.header("return-path")
    if path is not None:
        path = path.strip().lower()
        return path in _NULL_PATHS or path.startswith(("<mailer-daemon@", "<> ", "<#@[]>"))
    return arrival.envelope.lower().startswith(("from mailer-daemon", "from <>"))


def is_from_a_daemon(arrival: Arrival) -> bool:
    """Whether the sender is a mail server by its address or its whole name, or is left out on purpose."""
    locals_, name = _sender(arrival)
    if not locals_ and not name:
        return "<>" in (arrival.mail.header("from") or "") or has_null_path(arrival)
    return any(_DAEMON.fullmatch(local) for local in locals_) or _DAEMON_NAME.fullmatch(name) is not None


def is_certainly_from_a_daemon(arrival: Arrival) -> bool:
    """Whether the sender is the address that only mail servers write from."""
    locals_, name = _sender(arrival)
    return any(_CERTAINLY_DAEMON.fullmatch(local) for local in locals_ or [name])


def takes_no_replies(arrival: Arrival) -> bool:
    """Whether nobody reads what is sent to the sender's address, by its name: a weak mark, council mail has it too."""
    return any(_NO_REPLY.fullmatch(local) for local in _sender(arrival)[0])


def is_from_a_machine(arrival: Arrival) -> bool:
    """Whether the sender's address is one of programs, by its name: a weak mark as well."""
    programs = any(_PROGRAM.fullmatch(local) for local in _sender(arrival)[0])
    return programs or is_from_a_daemon(arrival) or takes_no_replies(arrival)


def _sender(arrival: Arrival) -> tuple[list[str], str]:
    """The local parts of the addresses in From, and the name without quotes."""
    value = (arrival.mail.header("from") or "")[:1_000]
    return _LOCAL.findall(value), " ".join(_ADDRESS.sub(" ", value).replace('"', " ").strip(" <>'").split())


def is_submitted_automatically(arrival: Arrival) -> bool:
    """Whether the field of RFC 3834 §5 says so; a person's mail that a rule forwarded is not meant."""
    return arrival.field("auto-submitted").startswith(("auto-generated", "auto-replied", "auto-notified"))


def asks_for_no_answer(arrival: Arrival) -> bool:
    """Whether it asks other machines not to answer: automatic replies do, and some people's phones too."""
    suppressed = set(re.split(r"[\s,;]+", arrival.field("x-auto-response-suppress")))
    return arrival.field("precedence") in ("bulk", "junk") or bool(suppressed & {"all", "oof", "autoreply"})


def is_forwarded_by_a_person(arrival: Arrival) -> bool:
    """Whether someone passes on a mail they got, by its subject, with nothing of a machine about it."""
    machine = has_null_path(arrival) or is_submitted_automatically(arrival) or is_from_a_daemon(arrival)
    return _FORWARDED.match(arrival.mail.subject) is not None and not machine and not report_type(arrival)

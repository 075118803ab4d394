"""What a mail server reports of a mail of ours: for whom it failed, is late or arrived, why, and which mail it was.

From the part that machines read (RFC 3464) where there is one, else from X-Failed-Recipients, else from the text. Only
mail that `automatic.sign` calls a bounce, delayed or read-receipt is asked.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from mailrouter.core.identity import TOKEN
from mailrouter.core.model import Attachment, Mail
from mailrouter.core.reading import headers, mime
from mailrouter.core.reading.automatic.evidence import DISPOSITION_TYPES, RETURNED_TYPES
from mailrouter.core.reading.reports import delivery_status, failure_text
from mailrouter.core.reading.reports.delivery_status import Fate
from mailrouter.core.reading.reports.verdicts import Outcome, Reason, outcome_of, reason_of

MOST_IDS = 50
_LARGEST_PART = 2_000_000
"""Bytes of a returned mail in which ids are looked for: they stand in its header."""
_REPEATED = re.compile(
    r"(?i)(?:onbestelbaar|undeliver(?:able|ed)|unzustellbar|non remis|vertraagd|delayed|bezorgd|delivered)\s*:\s*(.+)"
)
_DEEPEST = 3
"""Mails inside each other that are opened."""
_ID = re.compile(r"<([!-;=?-~]{1,500})>")
_INLINE_ID = re.compile(
    r"(?im)^[> \t]{0,8}(?:message-id|references|in-reply-to)[ \t]*:([^\n]{0,2000}(?:\n[> \t]{1,8}<[^\n]{0,2000}){0,50})"
)
_WORST: tuple[Outcome, ...] = ("hard", "soft", "delayed", "delivered")
REPORTED: tuple[Outcome | Literal["receipt"], ...] = (*_WORST, "receipt")
"""All that can become of a mail in a report."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail server tells of a mail; only strings and tuples, so that it may leave the cage as JSON.

    `outcome`: the worst of its recipients; "receipt" if it only tells of the copy to ourselves · `subject`: that of the
    mail it is about, blanks folded, "" where it is not said · `returned_ids`: Message-IDs (bare) of that mail and of
    those it refers to, as far as they were returned or referred to · `returned_tokens`: what looks like an id of our
    letters with its check in the returned mail, decoded; whether one is ours only who has the router key can tell.
    """

    outcome: Outcome | Literal["receipt"]
    recipients: tuple[Fate, ...]
    subject: str = ""
    returned_ids: tuple[str, ...] = ()
    returned_tokens: tuple[str, ...] = ()


def read_report(mail: Mail, own_addresses: Collection[str] = ()) -> Report | None:
    """The report in this mail, None if it tells neither of a recipient nor of a returned mail. Never raises.

    What became of the copy to ourselves (`own_addresses`, lower case) says nothing of the letter.
    """
    if any(part.type in DISPOSITION_TYPES for part in mail.attachments):
        return None
    recipients = tuple(failure_text.with_answer(fate, mail) for fate in delivery_status.of_mail(mail))
    if not any(fate.final_recipient for fate in recipients):
        recipients = failure_text.recipients(mail) or recipients
    ids, tokens = _returned_ids(mail), _returned_tokens(mail)
    if not (recipients or ids or tokens):
        return None
    others = tuple(fate for fate in recipients if not _is_own(fate, own_addresses))
    outcomes = {outcome_of(fate) for fate in others} or {"delayed" if failure_text.is_delay(mail) else "soft"}
    worst = next(worst for worst in _WORST if worst in outcomes)
    return Report("receipt" if recipients and not others else worst, others, _subject(mail), ids, tokens)


def _is_own(fate: Fate, own_addresses: Collection[str]) -> bool:
    return bool({fate.final_recipient.lower(), fate.original_recipient.lower()} & set(own_addresses))


def _subject(mail: Mail) -> str:
    """The subject of the mail that was returned, else the one that the report repeats after its own word."""
    for part in _returned(mail.attachments):
        if value := mime.tree(part).get("subject"):
            return " ".join(headers.clean(headers.decode(value), 500).split())
    repeated = _REPEATED.match(mail.subject)
    return " ".join(repeated[1].split()) if repeated else ""


def told(report: Report) -> str:
    """The report in one line of plain Dutch."""
    if report.outcome == "receipt":
        return "de kopie voor onze eigen postbus is niet bezorgd"
    if not report.recipients:
        return "een mail is niet bezorgd; in het bericht staat niet bij wie"
    worst = next(fate for fate in report.recipients if outcome_of(fate) == report.outcome)
    others = len(report.recipients) - 1
    more = f" (en nog {others} {'ander adres' if others == 1 else 'andere adressen'})" if others else ""
    return _sentence(worst, report.outcome) + more


_FAILED: dict[Reason, str] = {
    "unknown": "het adres {who} bestaat niet{status}",
    "closed": "de mailbox van {who} is gesloten{status}",
    "no-domain": "het domein van {who} bestaat niet of ontvangt geen mail{status}",
    "full": "de mailbox van {who} is vol{status}",
    "too-large": "de mail is te groot voor de mailbox van {who}{status}",
    "refused": "de mailserver van {who} weigert de mail{status}{said}",
    "unreachable": "de mailserver van {who} nam de mail te lang niet aan{status}{said}",
    "other": "de mail aan {who} is niet bezorgd{status}{said}",
}


def _sentence(fate: Fate, outcome: Outcome) -> str:
    who = fate.original_recipient or fate.final_recipient or "de ontvanger"
    if outcome == "delivered":
        passed_on = "doorgegeven aan een andere mailserver" if fate.action == "relayed" else "bezorgd"
        return f"de mail aan {who} is {passed_on}"
    if outcome == "delayed":
        return f"de mail aan {who} is nog niet bezorgd; de mailserver probeert het opnieuw"
    status = f" ({fate.status})" if fate.status else ""
    said = f": {fate.diagnostic}" if fate.diagnostic else ""
    return _FAILED[reason_of(fate)].format(who=who, status=status, said=said)


def _returned_ids(mail: Mail) -> tuple[str, ...]:
    found = [id for part in _returned(mail.attachments) for id in _ids_of(mime.tree(part))]
    if not found:
        found = [id for match in _INLINE_ID.finditer(mail.text[:_LARGEST_PART]) for id in _ID.findall(match[1])]
    return tuple(dict.fromkeys((*found, *reversed(mail.references))))[:MOST_IDS]


def _ids_of(message: mime.Part) -> Iterator[str]:
    """Message-ID first, then what it refers to, the nearest first."""
    for name in ("message-id", "in-reply-to", "references"):
        value = " ".join(value for key, value in message.fields if key == name)
        yield from reversed(_ID.findall(headers.unfold(value)[:20_000]))


def _returned_tokens(mail: Mail) -> tuple[str, ...]:
    places = [mail.text[:_LARGEST_PART].encode("utf-8", "replace")]
    for content in _returned(mail.attachments):
        places += _opened(content, _DEEPEST)
    found = (f"{match[1].decode()}.{match[2].decode()}" for place in places for match in TOKEN.finditer(place))
    return tuple(dict.fromkeys(found))[:MOST_IDS]


def _returned(attachments: Iterable[Attachment]) -> Iterator[bytes]:
    return (part.content[:_LARGEST_PART] for part in attachments if part.type in RETURNED_TYPES)


def _opened(content: bytes, depth: int) -> Iterator[bytes]:
    """The bytes of a returned mail, and those of its parts and the mails in it with their encoding undone."""
    yield content
    for leaf in mime.tree(content).leaves() if depth else ():
        yield leaf.content[:_LARGEST_PART]
        if leaf.type in RETURNED_TYPES:
            yield from _opened(leaf.content[:_LARGEST_PART], depth - 1)

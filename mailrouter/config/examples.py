"""Mails in short with what should become of them: a config that misroutes is found before it is used."""

from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from mailrouter.config.problem import Problem
from mailrouter.config.tables import EXAMPLES, Tables
from mailrouter.core.model import OutcomeName, Understanding
from mailrouter.core.routing import Routing
from mailrouter.core.terms import Entry

Understand = Callable[[bytes, datetime, Routing], Understanding]
"""Raw mail, reference moment, routing → what would happen."""

WITHOUT_DATE = datetime(2026, 1, 5, 12, 0)  # noqa: DTZ001 - the clock of the municipality is added where it is known
"""When an example without a date arrives: always the same day, so that a config never goes bad overnight."""


class Expect(Entry):
    """What should become of an example; what is not named may be anything, null says there should be none."""

    outcome: OutcomeName | None = None
    village: str | None = None
    kind: str | None = None
    recipients: tuple[str, ...] | None = Field(default=None, description='Officials; "desk" for the desk.')
    copies: tuple[str, ...] | None = Field(default=None, description="Those of the recipients who get it as a copy.")
    topics: tuple[str, ...] | None = None
    automatic: (
        Literal["bounce", "delayed", "auto-reply", "read-receipt", "list", "loop", "proof", "feedback"] | None
    ) = None


class Example(Entry):
    """A mail in short."""

    name: str = Field(min_length=1, description="What the example shows.")
    sender: str = Field(alias="from", description='As in the mail: "Name <address>" or the address alone.')
    subject: str
    text: str
    date: datetime | None = Field(default=None, description="When it arrives; without one: 5 January 2026, 12:00.")
    attachment_text: str | None = Field(default=None, description="The text of an attachment (bijlage.txt).")
    headers: dict[str, str] = Field(default_factory=dict, description="Further headers, such as Auto-Submitted.")
    expect: Expect


def raw_mail(example: Example, to: str, reference: datetime) -> bytes:
    """The example as a mail. Raises ValueError for headers that no mail can have."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = example.sender
    mail["To"] = to
    mail["Subject"] = example.subject
    mail["Date"] = format_datetime(reference)
    mail["Message-ID"] = "<example@mailrouter.example>"
    for name, value in example.headers.items():
        del mail[name]
        mail[name] = value
    mail.set_content(example.text)
    if example.attachment_text is not None:
        mail.add_attachment(example.attachment_text, filename="bijlage.txt")
    return mail.as_bytes()


def run(examples: Mapping[int, Example], tables: Tables, routing: Routing, understand: Understand) -> list[Problem]:
    """Let `understand` read every example; each that comes out otherwise is an error."""
    problems = []
    for index, example in examples.items():
        reference = _reference(example, routing)
        try:
            raw = raw_mail(example, routing.address, reference)
        except (ValueError, TypeError, LookupError) as error:
            message = f'example "{example.name}" cannot be written as a mail: {error}'
            problems.append(tables.problem(EXAMPLES, (index,), message))
            continue
        try:
            found = _outcome(understand(raw, reference, routing))
        except Exception as error:  # the daemon reads mail in the cage; here nothing stands between it and the config
            message = f'example "{example.name}" cannot be read: {type(error).__name__}: {error}'
            problems.append(tables.problem(EXAMPLES, (index,), message))
            continue
        for key in sorted(example.expect.model_fields_set):
            expected = _comparable(getattr(example.expect, key))
            if found[key] != expected:
                message = (
                    f'example "{example.name}": {key} is {_words(found[key])}, expected {_words(expected)} '
                    f"({'; '.join(found['because']) or 'no reason given'})"
                )
                problems.append(tables.problem(EXAMPLES, (index, "expect", key), message))
    return problems


def _reference(example: Example, routing: Routing) -> datetime:
    moment = example.date or WITHOUT_DATE
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(routing.timezone))


def _outcome(found: Understanding) -> dict[str, Any]:
    told = found.explanation
    return {
        "outcome": found.outcome,
        "village": told["village"]["key"] if told["village"] else None,
        "kind": told["kind"]["key"] if told["kind"] else None,
        "recipients": sorted({recipient.official for recipient in found.recipients}),
        "copies": sorted({recipient.official for recipient in found.recipients if recipient.copy == "cc"}),
        "topics": sorted(told["topics"]),
        "automatic": told["automatic"],
        "because": told["because"],
    }


def _comparable(value: Any) -> Any:
    return sorted(set(value)) if isinstance(value, tuple) else value


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "nobody"
    return value or "none"

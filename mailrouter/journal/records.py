"""The values that go into the journal and come out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mailrouter.core.meetings import Known
from mailrouter.core.model import Draft, OutcomeName, Recipient


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it lies in the inbox. `raw` is its header block alone when it is too large to fetch (`size`)."""

    folder: str
    uidvalidity: int
    uid: int
    received: float
    size: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mail of the journal that waits to be understood, or to be decided once more."""

    id: int
    raw: bytes
    size: int
    received: float
    tries: int
    version: int = 1
    key: str = ""
    """sha256 of its raw bytes (hex)."""


@dataclass(frozen=True, slots=True)
class PromisedLetter:
    """A letter in the moment of its promise. Head plus draft content are its final bytes; `sha256` is over those."""

    id: str
    recipient: Recipient
    head: bytes
    size: int
    sha256: str


Purpose = Literal["forward", "desk", "refusal", "notice", "reminder", "answer"]


@dataclass(frozen=True, slots=True)
class Promise:
    """A decision on a mail with its letters, to be written down in one commit."""

    fingerprint: str
    outcome: OutcomeName
    folder: str
    explanation: Mapping[str, Any]
    config: str
    draft: Draft | None
    letters: tuple[PromisedLetter, ...]
    version: int = 1
    decided_by: str = "mailrouter"
    likeness: str = ""
    """What the loop breaker counts it with; empty: with nothing."""
    held: bool = False
    """The loop breaker gave it to the desk."""
    calendar_uid: str = ""
    """Of the event that the mail invites to."""
    meeting: tuple[str, Known] | None = None
    """The village whose meeting goes along as a calendar file, and what the mail says of it."""
    returned: "Returned | None" = None
    """The letter of ours that this mail reports on."""
    mark: "Mark | None" = None
    """What is to be known of this mail when the next one of its sort comes."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line in a mail's history that can be asked for later. `detail` names nobody: keys and hashes only."""

    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Sought:
    """What a report says of the letter it is about: ids of ours, Message-IDs, recipients (lower case), its subject.

    The subject is "" where the report does not say.
    """

    letters: tuple[str, ...]
    message_ids: tuple[str, ...]
    recipients: tuple[str, ...]
    subject: str


@dataclass(frozen=True, slots=True)
class Tied:
    """A letter that a report is about, and the mail it forwards."""

    letter: str
    mail: int
    name: str
    address: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What a server reports on a letter of ours.

    `failed`: it was not delivered · `what`: "hard", "soft", "delayed", "delivered", or "receipt" when only the copy to
    ourselves is meant · `told`: the same in Dutch, one line.
    """

    letter: str
    failed: bool
    what: str
    told: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A mail that a calendar answers; `explanation` as JSON."""

    mail: int
    fingerprint: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Report:
    """A letter to the desk about a letter that was refused, or came back."""

    about: str
    mail: int
    version: str
    purpose: Purpose
    draft: Draft
    letters: tuple[PromisedLetter, ...]


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A letter that was refused, or came back, and that nobody was told about yet."""

    id: str
    mail: int
    purpose: Purpose
    version: str
    name: str
    address: str
    reply: str
    returned: str | None
    """"hard" or "soft": a later server sent it back, and `reply` says why in Dutch; None: the relay refused it."""
    reports: int
    """How often the desk was told about it before; it can be retried and refused again."""


@dataclass(frozen=True, slots=True)
class AtHand:
    """A mail that the desk may decide about by mail, as it stands now.

    `outcome` is None while it is not decided · `explanation`: of the decision that stands.
    """

    id: int
    key: str
    version: int
    outcome: str | None
    decided_by: str
    explanation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reminder:
    """A letter to the desk that goes out once more, under another id."""

    mail: int
    version: int
    draft: Draft
    letters: tuple[PromisedLetter, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything the final bytes of a letter are made of."""

    head: bytes
    draft: Draft
    raw: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Filing:
    """A sighting that may leave the inbox, and where it goes."""

    uidvalidity: int
    uid: int
    mail: int
    target: str


@dataclass(frozen=True, slots=True)
class Burst:
    """Mails that are alike and came shortly before another one.

    `since`: when the first of them came (seconds since 1970, UTC; None if there are none) · `held`: whether the loop
    breaker held one of them.
    """

    number: int
    since: float | None
    held: bool


@dataclass(frozen=True, slots=True)
class Proven:
    """What a batch of proofs told: letters this journal does not know, and letters it did not know to be sent."""

    unknown: int
    surprising: int

"""The values that travel through the router: mail, facts, decision, letter, outcome."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

OutcomeName = Literal["forward", "desk", "file"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A leaf part of a mail that is not its body.

    `start`:`end` is the range of its still encoded bytes in the raw mail (-1: not found there), `content` the decoded
    bytes. `text` is what could be read from it; `note` says in Dutch why there is none, or what was not read.
    """

    name: str
    type: str
    content: bytes
    encoding: str = "7bit"
    start: int = -1
    end: int = -1
    parameters: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    note: str = ""
    damaged: bool = False
    """Its encoding is broken: `content` is what could be decoded."""
    pages: int = 0
    """Pages of a document, where it tells them; 0: not known."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What we read from an arrival. Every str is clean: no control characters but newline (text only)."""

    fingerprint: str
    subject: str
    sender: str | None
    sender_name: str
    from_problem: str
    """Why there is no single certain sender, in Dutch; empty if there is one."""
    to: tuple[str, ...]
    cc: tuple[str, ...]
    reply_to: tuple[str, ...]
    date: dt.datetime | None
    message_id: str | None
    references: tuple[str, ...]
    text: str
    """The whole readable body, quotes and signature included."""
    new_text: str
    """The body without quoted history and signature."""
    attachments: tuple[Attachment, ...]
    headers: tuple[tuple[str, str], ...]
    """All top-level headers in order, names lower-case, values decoded and clean."""
    content_type: str
    warnings: tuple[str, ...] = ()
    forwarded_from: str | None = None
    """Who wrote the mail that this one forwards, as it says itself: a hint, never the sender."""

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A next meeting that minutes announce."""

    date: dt.date | None = None
    start: dt.time | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """An action agreed on: who does what, and by when (as written)."""

    who: str | None
    what: str
    due: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the mail says, each taken from words in it (`source`); None or empty where it does not or is in doubt."""

    date: dt.date | None = None
    date_end: dt.date | None = None
    start: dt.time | None = None
    end: dt.time | None = None
    place: str | None = None
    status: Literal["planned", "moved", "cancelled"] | None = None
    moved_from: dt.date | None = None
    deadline: dt.date | None = None
    next_meeting: Meeting | None = None
    agenda: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    asks: tuple[str, ...] = ()
    attendees_listed: bool = False
    source: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VillageGuess:
    """The village a mail is from; `certain` only by a listed address or domain."""

    key: str
    certain: bool
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of evidence of kinds.yaml that was found in a mail."""

    kind: str
    """The kind it speaks for, or with a negative weight against."""
    form: str
    """"phrase", "pattern" or "sign"."""
    name: str
    """The phrase, the pattern, or the sign's name, as kinds.yaml has it."""
    where: str
    """The zone it was found in; empty for a sign."""
    weight: float
    """What it weighed there."""


@dataclass(frozen=True, slots=True)
class KindGuess:
    """The kind of a mail, how sure we are (0 to 1) and every sign that counted, in words and as it was weighed."""

    key: str
    confidence: float
    because: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone who gets a letter, in which role, and why."""

    role: str
    official: str
    name: str
    address: str
    copy: Literal["to", "cc"]
    because: str
    remark: str = ""
    """What the letter says about them besides their role, in Dutch: "kreeg deze mail ook van de dorpsraad zelf"."""
    counts_for: tuple[str, ...] = ()
    """Whose involvement this letter is (keys): their own, or that of the officials whose secretariat they are."""
    capacities: tuple[str, ...] = ()
    """Each reason for the letter in a few Dutch words ("ambassadeur", "kopie voor …"); empty: the role says it."""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark in a letter to officials: Dutch sentences, which the council may read too.

    `role`: the key of the role it is for (empty: every reader).
    """

    text: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the desk can do with a mail by one tap.

    `label`: what it does, as on a button, in Dutch · `href`: a mailto link · `by_hand`: how to do the same without the
    link, a Dutch sentence or two (empty: there is no such way, and a letter without buttons does not offer it).
    """

    label: str
    href: str
    by_hand: str = ""


@dataclass(frozen=True, slots=True)
class FormalMail:
    """What a mail looks like to the law (`mailrouter.core.meaning.formal.TYPES`), and the words that say so."""

    type: str
    because: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to happen to a mail, and why."""

    outcome: OutcomeName
    because: tuple[str, ...]
    recipients: tuple[Recipient, ...] = ()
    folder: str = ""
    automatic: str | None = None
    authentic: Literal["pass", "fail", "none"] = "none"
    village: VillageGuess | None = None
    kind: KindGuess | None = None
    topics: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    """What the letter to officials says besides the facts."""
    choices: tuple[Choice, ...] = ()
    """What the letter to the desk offers to do, the likeliest first."""
    formal: tuple[FormalMail, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a letter's body: bytes of our own parts, or of the raw original."""

    source: Literal["own", "raw"]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter but for its addressee: headers common to all, and a body of spans over own parts and the original."""

    headers: tuple[tuple[str, str], ...]
    references: tuple[str, ...]
    own: bytes
    body: tuple[Span, ...]

    def content(self, raw: bytes) -> bytes:
        """The body as it goes over the wire."""
        source = {"own": memoryview(self.own), "raw": memoryview(raw)}
        return b"".join(source[span.source][span.start : span.end] for span in self.body)


@dataclass(frozen=True, slots=True)
class Understanding:
    """All that came of reading one mail: what `explain` shows and what the router promises."""

    fingerprint: str
    outcome: OutcomeName
    folder: str
    recipients: tuple[Recipient, ...]
    draft: Draft | None
    explanation: Mapping[str, Any]
    """The contract's object of `explain --json`, without `file`."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one recipient, as the delivery sees it."""

    id: str
    mail: int
    recipient: str
    size: int
    tries: int
    promised: float = 0.0
    """Seconds since 1970, UTC."""
    doubted: bool = False
    """It was unsure once: the relay may have it already."""


State = Literal["sent", "later", "refused", "unsure"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter that was tried.

    sent: the relay took it · later: it did not, try again · refused: it never will · unsure: the connection broke after
    the final dot. `scope` tells whom the answer is about: this recipient, this message, or us and the relay as a whole
    (then every letter waits). `receipt`: the receipt address was accepted too (None: none was asked). `alias`: another
    id the relay says it gave the letter.
    """

    state: State
    code: int = 0
    reply: str = ""
    scope: Literal["recipient", "message", "host"] = "recipient"
    receipt: bool | None = None
    alias: str | None = None

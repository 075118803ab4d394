"""Whom an answer of the relay is about, and what therefore becomes of the letter.

An answer about us or the relay (`host`) makes every letter wait; one about a recipient or a message concerns one letter
only. Enhanced status codes: RFC 3463 and the IANA registry; Microsoft's: "Email non-delivery reports and SMTP errors in
Exchange Online", "Message storage and concurrent connection throttling for SMTP Authenticated Submission" and
"Continuous error throttling for SMTP AUTH submissions".
"""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from mailrouter.core.model import Outcome

Stage = Literal["connect", "mail", "rcpt", "data", "dot"]
"""What was answered: anything up to and including the login, MAIL, RCPT, DATA, or the final dot."""

Scope = Literal["recipient", "message", "host"]

_ANY: tuple[Stage, ...] = ("connect", "mail", "rcpt", "data", "dot")
_OF_A_LETTER: tuple[Stage, ...] = ("rcpt", "data", "dot")


class _Row(NamedTuple):
    scope: Scope
    stages: tuple[Stage, ...]
    code: str
    text: str
    """A regular expression searched in the reply's text, which begins with the enhanced status code if there is one."""


_SCOPES = (
    # scope, stages, code, text; the first row that fits decides.
    _Row("host", _ANY, "421", ""),
    _Row("message", ("mail",), "552", r"^(?!.*(quota|mailbox))"),  # the answer to SIZE= (RFC 1870 §6.1)
    _Row("message", ("mail",), "5..", r"^5\.3\.4\b"),
    _Row("host", ("connect", "mail"), "...", ""),
    # We send too much, whatever recipient it was said of.
    _Row("host", _OF_A_LETTER, "...", r"SubmissionQuota|(submission|sending|sender'?s?) (quota|rate|limit)"),
    _Row("host", _OF_A_LETTER, "...", r"daily .{0,30}\blimit|^5\.1\.90\b|^5\.7\.23[23]\b"),
    # About a recipient, though it speaks of limits as well.
    _Row("recipient", ("rcpt", "dot"), "...", r"recipient\b.{0,40}\b(limit|rate|quota)|^[45]\.2\.12[0-9]\b"),
    _Row("recipient", ("rcpt", "dot"), "...", r"STOREDRV\.Deliver\b"),
    # We may not send as this sender, or not at all.
    _Row("host", _OF_A_LETTER, "530", ""),
    _Row("host", _OF_A_LETTER, "...", r"SendAsDenied|^5\.7\.60\b|permissions? to send as"),
    _Row("host", _OF_A_LETTER, "...", r"^5\.7\.57\b|^5\.7\.64\b|authentication (is )?required|not authenticated"),
    _Row("host", _OF_A_LETTER, "...", r"^5\.1\.8\b|^5\.7\.50[1-3]\b|^5\.7\.70[58]\b|bad outbound sender"),
    # We send too fast, or over too many connections, or went on after too many refusals.
    _Row("host", _OF_A_LETTER, "...", r"rate.?limit|throttl|too (much mail|many (messages|connections|concurrent))"),
    _Row("host", _OF_A_LETTER, "...", r"thread limit|connections? limit|^4\.7\.500\b|server (is )?(too )?busy"),
    _Row("host", _OF_A_LETTER, "...", r"^5\.2\.25[1-5]\b"),
    # Our own mailbox is full, or the relay's disk is.
    _Row("host", _OF_A_LETTER, "...", r"STOREDRV\.Submission\b.*Quota|ShutoffQuota"),
    _Row("host", _OF_A_LETTER, "...", r"(your|own|sender'?s?) mailbox (is |has )?(full|exceed|over)"),
    _Row("host", _OF_A_LETTER, "4..", r"^4\.3\.[12]\b"),
    # All else is about the one it was said of.
    _Row("recipient", ("rcpt",), "...", ""),
    _Row("message", ("data", "dot"), "...", ""),
)

_DUPLICATE = re.compile(r"duplicate\s?(delivery|message(?![- ]?id))|already (been )?delivered", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<([^<>\s@]+@[^<>\s@]+)>")
_LONGEST_REPLY = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """What the relay answered to one command: its code and its text on one line."""

    code: int
    text: str

    @property
    def accepted(self) -> bool:
        """A recipient or message was taken (251: will forward)."""
        return self.code in (250, 251)


def one_line(text: str) -> str:
    """A reply as it may stand in the journal and in logs: one line, no control characters, at most 300 characters."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_LONGEST_REPLY]


def scope_of(stage: Stage, code: int, text: str) -> Scope:
    """Whom a refusal is about: this recipient, this message, or us and the relay as a whole."""
    return next(
        row.scope
        for row in _SCOPES
        if stage in row.stages and re.fullmatch(row.code, f"{code:03}") and re.search(row.text, text, re.IGNORECASE)
    )


def outcome_of(stage: Stage, reply: Reply, letter: str = "", *, doubted: bool = False) -> Outcome:
    """What becomes of a letter after the relay's `reply` at `stage`; `letter` is its id, to tell an alias from it.

    That the relay has it already is good news of a letter that was `doubted` before, and of no other. 2xx counts as
    taken only after the final dot. What is neither 2xx nor a clear 5xx can be tried again; there is no permanent
    refusal by host scope, because what is wrong then is not the letter, and none by 503 (bad sequence of commands),
    because what went wrong then is the conversation.
    """
    code, text = reply.code, reply.text
    if stage == "dot" and (200 <= code <= 299 or (doubted and code >= 400 and _DUPLICATE.search(text))):
        return Outcome("sent", code, text, "message", alias=_alias(text, letter))
    scope = scope_of(stage, code, text)
    refused = scope != "host" and 500 <= code <= 599 and code != 503
    return Outcome("refused" if refused else "later", code, text, scope)


def _alias(text: str, letter: str) -> str | None:
    """The Message-ID that the relay names, if it is not the one we gave."""
    named = _MESSAGE_ID.search(text)
    return named[1] if named and not (letter and letter in named[1]) else None

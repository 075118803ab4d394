"""A relay that answers as Exchange Online does to an application that submits mail over one mailbox.

The texts are those of Microsoft's "Message storage and concurrent connection throttling for SMTP Authenticated
Submission", "Continuous error throttling for SMTP AUTH submissions" and "Email non-delivery reports and SMTP errors in
Exchange Online".
"""

import asyncio
import re
import time
from collections import deque
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.wire.office import ReturningSink

TOO_MANY_AT_ONCE = "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"
TOO_FAST = "421 4.4.2 Message submission rate for this client has exceeded the configured limit"
QUOTA = "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message"
FULL_SHUTOFF = (
    "554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded"
)
FULL = "554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionQuotaExceeded"
SEND_AS_DENIED = "554 5.2.252 SendAsDenied; dorpsraden@gemeente.example not allowed to send as dorpen@gemeente.example"
THROTTLED = "550 5.2.251 Sender throttled due to continuous mailbox full errors."
DUPLICATE = "554 5.6.0 Duplicate delivery"

_HOST = "DB9PR01MB0001.eurprd01.prod.outlook.example"


class ExchangeLikeSink(ReturningSink):
    """Takes letters under its own Message-ID and without X-Mailrouter-Letter; a second copy is swallowed.

    `trouble` is the answer to every final dot while it lasts. `at_once`: messages it takes at the same time. `rate`:
    (messages, seconds), None for no limit. `slow`: seconds a message takes. `duplicate`: how a second copy is answered,
    if not with 250. `swallowed` counts those copies, `turned_away` the answers about speed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trouble: str | None = None
        self.at_once = 3
        self.rate: tuple[int, float] | None = None
        self.slow = 0.0
        self.duplicate: str | None = None
        self.swallowed = self.turned_away = 0
        self._submitting = 0
        self._begun: deque[float] = deque()
        self._known: set[tuple[bytes, bytes]] = set()

    async def scripted(self, step: str, recipients: list[str]) -> str | None:
        if step == "mail" and self._too_fast():
            self.turned_away += 1
            return TOO_FAST
        return await super().scripted(step, recipients)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> Any:  # noqa: N802  (aiosmtpd calls it so)
        if self._submitting >= self.at_once:
            self.turned_away += 1
            return TOO_MANY_AT_ONCE
        self._submitting += 1
        try:
            await asyncio.sleep(self.slow)
            return self.trouble or await self._submit(server, session, envelope)
        finally:
            self._submitting -= 1

    async def _submit(self, server: SMTP, session: Session, envelope: Envelope) -> Any:
        content = envelope.content
        assert isinstance(content, bytes)
        which = header(content, b"Message-ID"), header(content, b"Date")
        if which in self._known:
            self.swallowed += 1
            return self.duplicate or "250 2.0.0 OK"
        own = b"%d.DB9@%s" % (len(self._known), _HOST.encode())
        self._known.add(which)
        envelope.content = _as_delivered(content, own)
        answer = await super().handle_DATA(server, session, envelope)
        return f"250 2.0.0 OK <{own.decode()}> [Hostname={_HOST}]" if answer == "250 2.0.0 taken" else answer

    def _too_fast(self) -> bool:
        if self.rate is None:
            return False
        most, seconds = self.rate
        now = time.monotonic()
        while self._begun and self._begun[0] <= now - seconds:
            self._begun.popleft()
        if len(self._begun) >= most:
            return True
        self._begun.append(now)
        return False


def header(content: bytes, name: bytes) -> bytes:
    """The value of a header field, unfolded; empty when there is none."""
    match = re.search(rb"(?mi)^" + name + rb":((?:.|\r\n[ \t])*)\r\n", content)
    return b" ".join(match[1].split()) if match else b""


def _as_delivered(content: bytes, own: bytes) -> bytes:
    """As it reaches mailboxes: another Message-ID, and no header field that the server does not know."""
    head, empty, body = content.partition(b"\r\n\r\n")
    head = re.sub(rb"(?m)^Message-ID: .*?$", b"Message-ID: <" + own + b">\r", head)
    return re.sub(rb"(?m)^X-Mailrouter-Letter: .*\r\n", b"", head) + empty + body

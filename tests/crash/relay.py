"""The relay of a trial: it takes letters, notes whom they were for, and brings the receipts back."""

import hashlib
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.wire.sink import RECEIPTS, MisbehavingSink

_TICK = 0.01


class TrialRelay(MisbehavingSink):
    """`bring(receipt)` puts a receipt in the mailbox: before the 250, or `late` seconds after.

    While `dark` (nobody runs who could see them) late receipts stay on their way. With `rewriting` the relay does as
    Microsoft's: what it brings back has another Message-ID, which the 250 names, and none of our X- fields.
    """

    def __init__(self, bring: Callable[[bytes], None], *, late: float = 0.0, rewriting: bool = False) -> None:
        super().__init__()
        self.taken: list[tuple[list[str], bytes]] = []
        """(recipients, content) of each letter, from the moment on at which the relay answers for it."""
        self._bring, self._late, self._rewriting = bring, late, rewriting
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._lock = threading.Lock()
        self._dark = False
        self._ended = threading.Event()
        self._carrier = threading.Thread(target=self._carry, name="receipts")

    def start(self) -> int:
        if self._late:
            self._carrier.start()
        return super().start()

    def stop(self) -> None:
        self._ended.set()
        if self._late:
            self._carrier.join()
        super().stop()

    @property
    def under_way(self) -> int:
        """How many receipts are still to be brought."""
        return len(self._under_way)

    def darken(self) -> None:
        """Receipts on their way stay there from now on."""
        with self._lock:
            self._dark = True

    def lighten(self) -> None:
        """They go on, and have their whole way to go."""
        with self._lock:
            self._dark = False
            due = time.monotonic() + self._late
            self._under_way = deque((due, receipt) for _, receipt in self._under_way)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> Any:  # noqa: N802  (aiosmtpd calls it so)
        reply = await super().handle_DATA(server, session, envelope)
        content = envelope.content
        if self._rewriting and reply.startswith("250") and isinstance(content, bytes):
            return f"250 2.6.0 {_new_id(content)} [InternalId=17, Hostname=sink.example] Queued mail for delivery"
        return reply

    def _return_receipt(self, sender: str, recipients: list[str], content: bytes) -> None:
        with self._lock:
            self.taken.append((recipients, content))
        if RECEIPTS not in recipients:
            return
        receipt = b"Received: from sink.example by mx.gemeente.example\r\n" + self._as_it_comes_back(content)
        if self._late:
            with self._lock:
                self._under_way.append((time.monotonic() + self._late, receipt))
        else:
            self._bring(receipt)

    def _as_it_comes_back(self, content: bytes) -> bytes:
        if not self._rewriting:
            return content
        head, end, body = content.partition(b"\r\n\r\n")
        head = re.sub(rb"(?im)^X-Mailrouter-[^\n]*\n(?:[ \t][^\n]*\n)*", b"", head + b"\r\n")
        head = re.sub(rb"(?im)^Message-ID:[^\n]*\n(?:[ \t][^\n]*\n)*", b"", head)
        return b"Message-ID: " + _new_id(content).encode() + b"\r\n" + head.removesuffix(b"\r\n") + end + body

    def _carry(self) -> None:
        """Bring late receipts when it is time."""
        while not self._ended.wait(_TICK):
            with self._lock:
                now = time.monotonic()
                due = not self._dark and self._under_way and self._under_way[0][0] <= now
                receipt = self._under_way[0][1] if due else None
            if receipt is not None:
                self._bring(receipt)
                with self._lock:
                    self._under_way.popleft()


def _new_id(content: bytes) -> str:
    return f"<{hashlib.sha256(content).hexdigest()[:24]}@relay.example>"

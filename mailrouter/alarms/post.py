"""How an alarm mail goes out: over a connection of its own, without receipts, and gone when the mail is.

A relay may allow us three connections, and those are for letters.
"""

from collections.abc import Iterable
from typing import Protocol

from mailrouter.core.model import Letter, Outcome


class Slip:
    """The ledger of one mail that is not in the journal: its bytes, and what became of it."""

    def __init__(self, mail: bytes) -> None:
        self._mail = mail
        self.outcome = Outcome("later", 0, "it was not tried")

    def content(self, _letter: Letter) -> bytes:
        """The final bytes."""
        return self._mail

    def sending(self, _letter: Letter, _receipt: bool | None) -> bool:
        """Leave to send it: that it may go was noted before."""
        return True

    def settle(self, _letter: Letter, outcome: Outcome) -> None:
        """What became of it."""
        self.outcome = outcome

    def put_back(self, _letter: Letter) -> None:
        """It was not tried."""


class Post(Protocol):
    """What carries an alarm mail (`mailrouter.smtp.Relay`)."""

    def send_all(self, letters: Iterable[Letter], ledger: Slip) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


def send(post: Post, address: str, mail: bytes, now: float) -> Outcome:
    """Send one mail to one address; `later` when it certainly did not go."""
    slip = Slip(mail)
    post.send_all([Letter("alarm", 0, address, len(mail), 0, now)], slip)
    return slip.outcome

"""Bugs that a sweep must catch: each breaks one rule of the order in which things happen. The product holds none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from mailrouter.core.model import Letter, Outcome
from mailrouter.journal import letters
from mailrouter.journal.tables import mail
from mailrouter.ledger import Ledger
from mailrouter.receipts import Receipts
from mailrouter.smtp import transaction
from mailrouter.smtp.session import Session


@dataclass(frozen=True)
class Bug:
    """A bug, and the sweep that must catch it with one in `every` of its trials."""

    put_in: Callable[[], None]
    sweep: str
    every: int


def plant(name: str) -> None:
    """Put the bug of that name into this process; none without a name."""
    if name:
        BUGS[name].put_in()


def _put(owner: object, name: str, bug: Callable[..., object]) -> None:
    """In place of what the product has there."""
    assert hasattr(owner, name)
    setattr(owner, name, bug)


def _settle_before_send() -> None:
    """A letter counts as sent before it is."""
    really = Ledger.sending

    def sending(self: Ledger, letter: Letter, receipt: bool | None) -> bool:
        allowed = really(self, letter, receipt)
        if allowed:
            self.journal.settle(letter, Outcome("sent", 250, "planted", receipt=receipt), 0.0).result()
        return allowed

    _put(Ledger, "sending", sending)


def _move_before_settle() -> None:
    """A mail leaves the inbox as soon as its letters are promised."""

    def close_settled(connection: sa.Connection) -> int:
        return connection.execute(mail.update().where(mail.c.state == "promised").values(state="settled")).rowcount

    _put(letters, "close_settled", close_settled)


def _data_to_the_receipt() -> None:
    """When the official is refused and the receipt address is not, the letter goes all the same."""
    really = transaction._ask

    def ask(session: Session, commands: Sequence[str]) -> transaction.Envelope:
        sender, _official, *copy = session.ask(commands, needed=2)
        if sender.accepted and copy and copy[0].accepted:
            return transaction.Envelope(receipt=True)
        session.reset()
        return really(session, commands)

    _put(transaction, "_ask", ask)


def _no_hold() -> None:
    """A journal that knows less than was sent sends at once, and does not wait for receipts on their way."""
    _put(Receipts, "held", lambda self: 0.0)


BUGS = {
    "settle-before-send": Bug(_settle_before_send, "receipts", 4),
    "move-before-settle": Bug(_move_before_settle, "journal-deleted", 4),
    "data-to-the-receipt": Bug(_data_to_the_receipt, "receipts", 10),
    "no-hold": Bug(_no_hold, "journal-older", 4),
}

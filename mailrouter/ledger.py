"""What the delivery needs of the books: a letter's final bytes, leave to send it, and a place to say how it went."""

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from mailrouter.core.model import Letter, Outcome
from mailrouter.core.remedies import telling_with_remedy
from mailrouter.core.settings import Delivery
from mailrouter.core.writing.wire import Unsendable
from mailrouter.journal import Journal
from mailrouter.receipts import Receipts

log = structlog.get_logger()


@dataclass
class Ledger:
    """Keeps the journal in step with what happens to letters on the wire (`mailrouter.smtp.Ledger`)."""

    journal: Journal
    receipts: Receipts
    settings: Delivery
    clock: Callable[[], float] = time.time
    settled: Callable[[], None] = lambda: None

    def content(self, letter: Letter) -> bytes:
        """The final bytes, exactly as promised; Unsendable if they are not."""
        try:
            parts = self.journal.content(letter.id)
        except (ValueError, KeyError, TypeError) as error:
            raise Unsendable(f"the journal no longer holds what was promised: {error}") from error
        content = parts.head + parts.draft.content(parts.raw)
        if hashlib.sha256(content).hexdigest() != parts.sha256:
            raise Unsendable("the journal no longer holds the bytes that were promised")
        return content

    def sending(self, letter: Letter, receipt: bool | None) -> bool:
        """Durable leave to send; False if the letter was settled meanwhile, or is held back.

        `receipt`: a copy will come back.
        """
        if self.receipts.held():  # receipts that came in meanwhile tell that this journal lacks something
            self.journal.put_back(letter.id)
            return False
        event = self.journal.sending(letter.id, receipt)
        if event is None:
            return False
        self.receipts.sending(event, letter.id)
        return True

    def settle(self, letter: Letter, outcome: Outcome) -> None:
        """Write down what became of a letter. From a 250 on the relay answers for it."""
        outcome = self._without_proof(self._given_up(letter, outcome))
        durable = self.journal.settle(letter, outcome, self._next_try(letter, outcome))
        if outcome.state != "sent" or outcome.receipt is False:
            durable.result()
        if outcome.receipt is False:
            log.warning("the receipt address was refused: this letter stays without proof", id=letter.id[:12])
        if outcome.scope == "host":
            log.warning(
                "the relay makes all letters wait", code=outcome.code, reason=telling_with_remedy(outcome.reply)
            )
        log.info("letter", id=letter.id[:12], mail=letter.mail, state=outcome.state, code=outcome.code)
        self.settled()

    def put_back(self, letter: Letter) -> None:
        """A letter that was not tried is queued again."""
        self.journal.put_back(letter.id)

    def _given_up(self, letter: Letter, outcome: Outcome) -> Outcome:
        """After `delivery.give_up`, and as many tries as `delivery.retry` has: age alone may be a clock that jumped."""
        age = self.clock() - letter.promised
        old = age > self.settings.give_up.total_seconds() and letter.tries >= len(self.settings.retry)
        if outcome.state == "later" and outcome.scope != "host" and old:
            return replace(outcome, state="refused", reply=f"{outcome.reply} (given up after {age / 86400:.0f} days)")
        return outcome

    def _without_proof(self, outcome: Outcome) -> Outcome:
        """Where no receipt can come, an unsure letter is tried again: at most one duplicate, with the same id."""
        if outcome.state == "unsure" and (outcome.receipt is False or not self.receipts.expected):
            return replace(outcome, state="later", reply=f"{outcome.reply} (unsure, and no receipt will come)")
        return outcome

    def _next_try(self, letter: Letter, outcome: Outcome) -> float:
        if outcome.state == "unsure":
            return self.receipts.patience()
        waits = self.settings.retry
        step = 0 if outcome.scope == "host" else min(letter.tries, len(waits) - 1)
        wait = waits[step].total_seconds()
        return self.clock() + wait * random.uniform(0.9, 1.1)  # noqa: S311  # spreads tries, keeps no secret

"""The way of the receipts: one letter to ourselves, and does it come back?

The letter carries an id that only we can make and that belongs to no promise, so that a daemon beside us knows it for
one of ours, puts it in the receipt folder, and writes it in no books.
"""

import re
import secrets
import time
from collections.abc import Generator, Iterator
from datetime import UTC, datetime

from mailrouter.config import Config
from mailrouter.core.identity import own_ids, token, trial_id
from mailrouter.core.model import Letter, Outcome
from mailrouter.core.writing import trial
from mailrouter.doctor import clock
from mailrouter.doctor.finding import Finding, error, ok, skipped, trouble
from mailrouter.imap import Listed, Mailbox, Trouble
from mailrouter.tokens import Tokens
from mailrouter.wiring import mailbox_of, once_relay_of, router_key

_TICK = 0.5
_SIGNATURE = re.compile(rb"(?im)^DKIM-Signature:((?:[^\r\n]|\r?\n[ \t])*)")


class _Note:
    """The ledger of the one letter."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.outcome = Outcome("later", 0, "it was not tried")

    def content(self, _letter: Letter) -> bytes:
        return self._content

    def sending(self, _letter: Letter, _receipt: bool | None) -> bool:
        return True

    def settle(self, _letter: Letter, outcome: Outcome) -> None:
        self.outcome = outcome

    def put_back(self, _letter: Letter) -> None:
        """It was not tried."""


class Trial:
    """Sends the letter and waits for it, `receipts.wait` at most: later the router would send a letter again."""

    def __init__(self, config: Config, tokens: Tokens | None) -> None:
        self._config, self._tokens, self._settings = config, tokens, config.settings
        self._key = router_key(config)
        self.signed_by: tuple[tuple[str, str], ...] = ()
        """(selector, domain) of the DKIM signatures on the letter that came back."""

    def examined(self, *, beside: bool) -> Iterator[Finding]:
        """What became of it. Without a daemon `beside` us we put it in the receipt folder ourselves."""
        address = self._settings.receipts.address
        if address is None:
            to_do = (
                "Set receipts.address to an address that ends in the shared mailbox: after a crash nothing is doubled."
            )
            yield skipped("receipt", "letters go without receipts", to_do)
            return
        if self._key is None:
            to_do = "Run doctor as root (sudo), who may read the router key, or put the key back from your backup."
            yield error("receipt", "the router key is not there", to_do)
            return
        mailbox = mailbox_of(self._config, self._tokens)
        try:
            found = yield from self._sent_and_awaited(mailbox, address, self._key)
            if found and not beside:
                yield from self._put_away(mailbox, found)
        except Trouble as said:
            yield trouble("receipt", f"the way of the receipts was not tried: {said}")
        finally:
            mailbox.close()

    def _sent_and_awaited(self, mailbox: Mailbox, address: str, key: bytes) -> Generator[Finding, None, Listed | None]:
        letter = trial_id(key, secrets.token_hex(8))
        places = {name: _end(mailbox, name) for name in (self._settings.mailbox.inbox, self._settings.receipts.folder)}
        began = time.time()
        content = trial.letter(address, self._config.routing, token(key, letter), datetime.fromtimestamp(began, UTC))
        outcome = self._send(letter, address, content)
        if outcome.state not in ("sent", "unsure"):
            yield trouble("receipt", f"the relay did not take a letter to {address}: {outcome.code} {outcome.reply}")
            return None
        wait = self._settings.receipts.wait.total_seconds()
        while not (found := self._seen(mailbox, letter, key, places)) and time.time() < began + wait:
            time.sleep(_TICK)
        if not found:
            to_do = (
                f"See that mail to {address} ends in the mailbox of {self._settings.mailbox.user}, and not in its junk "
                "folder; or raise receipts.wait."
            )
            yield error("receipt", f"a letter to {address} did not come back within {wait:.0f} s", to_do)
            return None
        yield ok("receipt", f"a letter to {address} came back after {time.time() - began:.1f} s")
        yield clock.compared(_ahead(began, found.received.timestamp()), "the mail server")
        if not (header := mailbox.fetch_header(found.folder, found.uid)):  # a daemon has just put it away
            again = self._seen(mailbox, letter, key, places)
            header = mailbox.fetch_header(again.folder, again.uid) if again else b""
        self.signed_by = _signatures(header)
        return found

    def _send(self, letter: str, address: str, content: bytes) -> Outcome:
        relay = once_relay_of(self._config, self._tokens)
        note = _Note(content)
        try:
            relay.send_all([Letter(letter, 0, address, len(content), 0)], note)
        finally:
            relay.close()
        return note.outcome

    def _seen(self, mailbox: Mailbox, letter: str, key: bytes, places: dict[str, int]) -> Listed | None:
        for name, last in places.items():
            uids = [uid for uid in mailbox.uids(name, last + 1).uids if uid > last]
            for listed in mailbox.list(name, uids) if uids else ():
                if own_ids(listed.header, key, self._settings.mailbox.address).itself == letter:
                    return listed
        return None

    def _put_away(self, mailbox: Mailbox, found: Listed) -> Iterator[Finding]:
        """Move the letter to the receipt folder, as a daemon would: that also shows that we may."""
        folder = self._settings.receipts.folder
        if found.folder == folder:
            return
        if mailbox.move(found.folder, [found.uid], folder) == "moved":
            yield ok("move", f"the letter was moved to {folder}, as the router moves mail")
        else:
            to_do = (
                "Use a mail server with MOVE or UIDPLUS: here mail stays in the inbox, with a keyword when it is done."
            )
            yield error("move", "this mail server can neither move a mail nor expunge a single one", to_do)


def _end(mailbox: Mailbox, folder: str) -> int:
    """The highest UID there."""
    return max(mailbox.uids(folder).uids, default=0)


def _ahead(sent: float, received: float) -> float:
    """Seconds that our clock is at least ahead of the server's: it got the letter after we sent it, and before now."""
    now = time.time()
    return sent - received if received < sent - 1 else min(0.0, now - received)


def _signatures(header: bytes) -> tuple[tuple[str, str], ...]:
    """Selector and domain of each DKIM-Signature (RFC 6376 §3.5)."""
    found = []
    for match in _SIGNATURE.finditer(header):
        tags = dict(re.findall(rb"(?:^|;)\s*([a-z]+)\s*=\s*([^;\s]*)", match[1]))
        found.append((tags.get(b"s", b"").decode("ascii", "replace"), tags.get(b"d", b"").decode("ascii", "replace")))
    return tuple(found)

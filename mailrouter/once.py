"""`run --once`: recover, take in what is in the inbox now, send what is due now, file what is settled."""

import signal
import sys
import threading
import time

from mailrouter.core.remedies import telling_with_remedy
from mailrouter.core.telling import without_addresses
from mailrouter.imap import Trouble
from mailrouter.wiring import Parts

EX_OK, EX_UNAVAILABLE, EX_TEMPFAIL = 0, 69, 75


def tell(line: str) -> None:
    """A line for the person, or the script, that started us; a timer puts it in the log, so it holds no address."""
    sys.stderr.write(f"mailrouter: {without_addresses(line)}\n")


def _sentence(trouble: Trouble) -> str:
    """What went wrong, with a mark at its end."""
    said = str(trouble)
    return said if said.endswith((".", "?")) else f"{said}."


class Once:
    """One pass over mailbox and relay."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._router = parts, parts.router
        self._collected = threading.Event()
        self._trouble: BaseException | None = None
        self._stopped = False

    def run(self) -> int:
        """The exit code: 0 when nothing is left open, 75 when letters are, 69 when the mailbox is out of reach."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop())
        self._parts.watch.begin()
        try:
            self._work()
        except Trouble as trouble:
            self._parts.unread(str(trouble))
            tell(f"the mailbox is out of reach: {_sentence(trouble)} Nothing is lost; try again.")
            self._tell_alarms()
            return EX_UNAVAILABLE
        code = self._told()
        self._tell_alarms()
        return code

    def _tell_alarms(self) -> None:
        for alarm in self._parts.watch.look():
            tell(f"alarm: {alarm.line}")

    def _stop(self) -> None:
        self._stopped = True
        self._router.stop()
        self._parts.watch.stop()

    def _work(self) -> None:
        self._router.recover()
        sender = threading.Thread(target=self._send, name="delivery")
        sender.start()
        try:
            self._router.collect()
            while self._router.more_waits and not self._stopped:
                self._router.collect()
        finally:
            self._collected.set()
            sender.join()
        self._finish()
        self._parts.polled()
        if self._parts.watch.inspection_due():
            self._parts.inspect()
            self._send_what_came_up()
        while self._parts.retention.purge() and not self._stopped:
            continue

    def _send(self) -> None:
        try:
            while True:
                last = self._collected.is_set()
                if self._router.deliver():
                    continue
                if last:
                    return
                self._router.to_deliver.wait(0.05)
                self._router.to_deliver.clear()
        except BaseException as error:
            self._trouble = error

    def _finish(self) -> None:
        if self._trouble:
            raise self._trouble
        self._router.to_deliver.clear()
        self._router.file()
        self._send_what_came_up()

    def _send_what_came_up(self) -> None:
        """Letters that were promised since: the desk had to be told of a refusal, or reminded of a mail."""
        while self._router.to_deliver.is_set():
            self._router.to_deliver.clear()
            while self._router.deliver():
                continue
            self._router.file()
        self._router.set_receipts_aside()

    def _told(self) -> int:
        left = self._parts.journal.open_letters()
        held = max(self._parts.relay.pause_left(), self._parts.receipts.held())
        for letter in left:
            unsure = letter["state"] == "unsure"
            due = self._parts.receipts.missing(letter["next"]) if unsure else letter["next"] - time.time()
            wait = max(0.0, held, due)
            which = f"letter {letter['id'][:8]} of mail {str(letter['fingerprint'])[:12]}"
            reason = letter["reply"] or self._parts.relay.last_trouble()
            why = f": {telling_with_remedy(reason)}" if reason else ""
            tell(f"{which} is {letter['state']}; next try in {wait:.0f} s{why}")
        stuck = self._parts.journal.stuck()
        for mail in stuck:
            tell(f"mail {mail} is stuck: nothing automatic is left to try; see `show` and `retry`")
        return EX_TEMPFAIL if left or stuck else EX_OK

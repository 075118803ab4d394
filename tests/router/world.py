"""A world for the router: a mailbox, a relay and a clock that do as they are told, around a real journal."""

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from mailrouter.cage import Broken, Escape
from mailrouter.core.model import Draft, Letter, Outcome, Recipient, Span, Understanding
from mailrouter.core.packing import pack, unpack
from mailrouter.core.routing import Routing
from mailrouter.core.settings import Settings
from mailrouter.core.understand import Job, understand
from mailrouter.imap import FolderState, Listed, Trouble
from mailrouter.journal import Journal
from mailrouter.ledger import Ledger
from mailrouter.promises import Promises, Understands
from mailrouter.receipts import Receipts
from mailrouter.router import Router
from mailrouter.witness import Witness
from tests.core.routings import routing

KEY = b"a key for the tests"
START = datetime(2026, 9, 14, 9, 0, tzinfo=UTC).timestamp()
OFFICIALS = ("a.veldzicht@gemeente.example", "team.oost@gemeente.example")
DESK = "balie@gemeente.example"


def settings(**sections: dict[str, object]) -> Settings:
    """Settings with receipts on, and some sections changed."""
    plain: dict[str, dict[str, object]] = {
        "municipality": {"name": "gemeente Voorbeeld"},
        "roles": {"ambassador": "ambassadeur"},
        "mailbox": {"address": "dorpsraden@gemeente.example", "host": "localhost", "user": "x"},
        "delivery": {"host": "localhost"},
        "desk": {"addresses": [DESK]},
        "receipts": {"address": "bewijs@gemeente.example", "wait": "5m"},
    }
    return Settings.model_validate({name: plain.get(name, {}) | sections.get(name, {}) for name in {*plain, *sections}})


@dataclass
class FakeMailbox:
    """Folders of messages; each message knows its UID."""

    now: Callable[[], float]
    uidvalidity: int = 1
    folders: dict[str, dict[int, tuple[bytes, float]]] = field(default_factory=lambda: {"INBOX": {}})
    last: int = 0
    trouble: str = ""
    """The method that fails, once."""
    spared: int = 0
    """Calls of that method that still succeed."""
    down: bool = False
    """No method succeeds."""
    refusing: set[str] = field(default_factory=set)
    """Folders that take nothing more."""
    keeps: bool = False
    """The server can neither move nor expunge: a mail is copied, and stays."""
    meanwhile: Callable[[str], None] = lambda method: None
    """Told of each call by the name of its method, so that something else can happen then."""
    fetched: list[int] = field(default_factory=list)
    listed: dict[str, int] = field(default_factory=dict)
    """Folder → the numbering under which its UIDs were last asked for."""

    def put(self, raw: bytes, folder: str = "INBOX", received: float | None = None) -> int:
        """A message arrives."""
        self.last += 1
        self.folders.setdefault(folder, {})[self.last] = (raw, received if received is not None else self.now())
        return self.last

    def renumber(self) -> None:
        """The server numbers all folders anew, from 1 on."""
        self.uidvalidity += 1
        self.last = 0
        for name, messages in self.folders.items():
            self.folders[name] = {}
            for raw, received in messages.values():
                self.put(raw, name, received)

    def raws(self, folder: str) -> list[bytes]:
        """What lies in a folder."""
        return [raw for raw, _ in self.folders.get(folder, {}).values()]

    def ensure(self, folder: str) -> bool:
        self.meanwhile("ensure")
        made = folder not in self.folders
        self.folders.setdefault(folder, {})
        return made

    def uids(self, folder: str, first: int = 1) -> FolderState:
        self._maybe_trouble("uids")
        self.listed[folder] = self.uidvalidity
        return FolderState(self.uidvalidity, tuple(uid for uid in sorted(self.folders[folder]) if uid >= first))

    def list(self, folder: str, uids: Sequence[int]) -> Iterable[Listed]:
        self._maybe_trouble("list", folder)
        for uid in uids:
            if uid in self.folders[folder]:
                raw, received = self.folders[folder][uid]
                head = raw.partition(b"\r\n\r\n")[0]
                when = datetime.fromtimestamp(received, UTC)
                yield Listed(folder, self.uidvalidity, uid, len(raw), when, head)

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterable[tuple[int, bytes]]:
        self._maybe_trouble("fetch", folder)
        self.fetched += uids
        return [(uid, self.folders[folder][uid][0]) for uid in uids if uid in self.folders[folder]]

    def fetch_header(self, folder: str, uid: int) -> bytes:
        self._maybe_trouble("fetch_header", folder)
        return self.folders[folder].get(uid, (b"", 0.0))[0].partition(b"\r\n\r\n")[0]

    def move(self, folder: str, uids: Sequence[int], target: str) -> Literal["moved", "kept"]:
        self._maybe_trouble("move", folder)
        if target in self.refusing:
            raise Trouble(f"{target} is over its quota")
        for uid in uids:
            if message := self.folders[folder].get(uid):
                self.put(message[0], target, message[1])
                if not self.keeps:
                    del self.folders[folder][uid]
        return "kept" if self.keeps else "moved"

    def delete(self, folder: str, uid: int) -> bool:
        self._maybe_trouble("delete", folder)
        return self.folders[folder].pop(uid, None) is not None

    def _maybe_trouble(self, method: str, folder: str = "") -> None:
        self.meanwhile(method)
        if self.listed.get(folder, self.uidvalidity) != self.uidvalidity:
            raise Trouble(f"{folder} was numbered anew; it must be listed again")
        if self.down:
            raise Trouble("the server is down")
        if self.trouble == method:
            self.spared -= 1
            if self.spared < 0:
                self.trouble, self.spared = "", 0
                raise Trouble(f"{method} failed as asked")


@dataclass
class FakeRelay:
    """Takes every letter, unless `answers` holds outcomes for its recipient (used up one by one)."""

    returned: Callable[[bytes], None]
    answers: dict[str, list[Outcome]] = field(default_factory=dict)
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    crash_after_taking: bool = False
    meanwhile: Callable[[str], None] = lambda moment: None
    """Told of "letter" before one is taken up, and of "taken" when the relay answers for it."""
    crash_after_taking_number: int = 0
    """Crash when so many letters were taken in all."""

    def send_all(self, letters: Iterable[Letter], ledger: Ledger) -> None:
        for letter in letters:
            self.meanwhile("letter")
            content = ledger.content(letter)
            planned = self.answers.get(letter.recipient, [])
            outcome = planned.pop(0) if planned else Outcome("sent", 250, "taken", receipt=True)
            if outcome.state in ("sent", "unsure"):
                if not ledger.sending(letter, outcome.receipt):
                    continue
                self.taken.append((letter.recipient, content))
                self.meanwhile("taken")
                if outcome.receipt:
                    self.returned(content)
                if self.crash_after_taking or len(self.taken) == self.crash_after_taking_number:
                    raise KilledError
            ledger.settle(letter, outcome)

    def pause_left(self) -> float:
        return 0.0

    def stop(self) -> None: ...

    def recipients(self) -> list[str]:
        """Who got a letter, in order of address."""
        return sorted(recipient for recipient, _ in self.taken)


class KilledError(BaseException):
    """The process ends here, as by SIGKILL."""


@dataclass
class FakeCage:
    """Understands at once: a mail goes to both officials, unless its first line asks otherwise."""

    asked: list[bytes] = field(default_factory=list)
    broken: bool = False
    """No worker can be started on this machine."""

    def understand(self, job: Job) -> "Future[Understanding | Escape]":
        self.asked.append(job.raw)
        future: Future[Understanding | Escape] = Future()
        if self.broken:
            future.set_exception(Broken("no memory"))
        else:
            future.set_result(self._result(job))
        return future

    def _result(self, job: Job) -> Understanding | Escape:
        word = job.raw.partition(b"\r\n")[0].partition(b":")[2].strip().decode()
        if word.startswith("poison"):
            return Escape("the worker died", "het lezen van deze mail ging mis")
        outcome: Literal["forward", "desk", "file"] = "file" if word.startswith("auto") else "forward"
        if word.startswith("desk") and not job.assigned:
            outcome = "desk"
        people = {"forward": OFFICIALS, "desk": (DESK,), "file": ()}[outcome]
        recipients = tuple(Recipient("ambassador", a.split("@")[0], a, a, "to", "test") for a in people)
        told = {
            "mail": {"subject": word, "from": "x@dorpsraad-oosterdorp.example", "from_name": ""},
            "recipients": [{"role": r.role, "official": r.official, "address": r.address} for r in recipients],
            "because": ["test"], "village": None, "kind": None, "automatic": None, "fingerprint": _print(word),
        }  # fmt: skip
        body = b"Content of ours.\r\n"
        draft = Draft((("From", "dorpsraden@gemeente.example"),), (), body, (Span("own", 0, len(body)),))
        folder = {"forward": "Verwerkt/oosterdorp", "desk": "Balie", "file": "Automatisch"}[outcome]
        return Understanding(_print(word), outcome, folder, recipients, draft if people else None, told)


class ReadingCage:
    """Understands mail as the workers do, in this process; what crosses is checked as what leaves the cage is."""

    def __init__(self, table: Routing | None = None) -> None:
        self._routing = table or routing()

    def understand(self, job: Job) -> "Future[Understanding | Escape]":
        future: Future[Understanding | Escape] = Future()
        value, own = pack(understand(job, self._routing))
        future.set_result(unpack(json.loads(json.dumps(value)), own, len(job.raw), self._routing))
        return future


def _print(word: str) -> str:
    """The fingerprint of a mail is its first word here, so that a copy can differ in bytes."""
    return word.split()[0].encode().hex().ljust(64, "0")[:64] if word else "0" * 64


class World:
    """A router on a journal in a folder; `restart` is a new process on the same journal and mailbox."""

    def __init__(self, folder: Path, **sections: dict[str, object]) -> None:
        self.now = START
        self.folder, self.settings = folder, settings(**sections)
        self.memory = folder.with_name("memory")
        """What a crash leaves and a restored backup does not bring back; empty it for a reboot."""
        self.memory.mkdir(exist_ok=True)
        self.mailbox = FakeMailbox(lambda: self.now)
        self.relay = FakeRelay(lambda content: None)
        self.relay.returned = self.receipt
        self.cage: Understands = FakeCage()
        self.receipts_arrive = True
        self.routing = routing()
        self.open()

    def open(self) -> None:
        """Start the router."""
        clock = lambda: self.now  # noqa: E731  # read anew at each call
        self.journal = Journal(self.folder, clock=clock)
        self.promises = Promises(self.journal, self.cage, self.routing, KEY, clock)
        witness = Witness(self.journal.identity, self.memory)
        self.receipts = Receipts(self.mailbox, self.journal, self.settings, KEY, witness, clock)
        self.router = Router(
            self.mailbox, self.relay, self.journal, self.promises, self.receipts, self.settings, clock
        )  # fmt: skip

    def restart(self) -> None:
        """End without a word, and start again."""
        self.journal.close()
        self.open()

    def reboot(self) -> None:
        """The machine's memory is gone; the router starts anew with `restart`."""
        shutil.rmtree(self.memory)
        self.memory.mkdir()

    def receipt(self, content: bytes) -> None:
        """A receipt comes back to the inbox."""
        if self.receipts_arrive:
            self.mailbox.put(b"Received: from relay\r\n" + content)

    def run(self) -> None:
        """One pass, as `run --once` does it."""
        self.router.recover()
        self.step()

    def step(self) -> None:
        """Collect, deliver all that is due, file; twice, so that receipts and reports are handled."""
        for _ in range(2):
            self.router.collect()
            while self.router.deliver():
                continue
            self.router.file()
        while self.router.deliver():
            continue
        self.router.file()

    def watch(self, seconds: int) -> None:
        """Time passes, in which the router looks every minute."""
        for _ in range(seconds // 60):
            self.wait(60)

    def wait(self, seconds: float) -> None:
        """Time passes, after which the router looks once."""
        self.now += seconds
        self.step()

    def daemon_turn(self) -> None:
        """One turn of both threads, each as far as it gets."""
        for work in (self.router.collect, self.router.deliver, self.router.file):
            with suppress(Trouble):
                work()

    def in_folders(self) -> dict[str, int]:
        """How many messages lie in each folder that is not empty."""
        return {name: len(messages) for name, messages in self.mailbox.folders.items() if messages}

    def states(self) -> dict[str, str]:
        """First word of each mail → its state."""
        return {mail["explanation"]["mail"]["subject"]: mail["state"] for mail in self.journal.mails(100)}


def mail(word: str, extra: str = "") -> bytes:
    """A mail the fake cage understands by its first line."""
    return f"Subject: {word}\r\nFrom: x@dorpsraad-oosterdorp.example\r\n{extra}\r\ntekst\r\n".encode()

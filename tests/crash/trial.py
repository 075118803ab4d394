"""One trial: a little work, a crash at one effect, a plain restart, and what the relay saw in the end."""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mailrouter.demo.samples import samples
from mailrouter.journal import Journal, JournalTrouble
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, a_mail, environment, minutes

PUT_OFF, UNKNOWN = "hagedoorn@gemeente.example", "klaverland@gemeente.example"
PATIENCE = 45.0
CONNECTIONS = 3


@dataclass(frozen=True)
class Sweep:
    """What a sweep does besides killing, and what it allows."""

    name: str
    signal: str = "SIGKILL"
    receipts: bool = True
    lose_journal: bool = False
    doubles: int = 0
    """Duplicates allowed in one trial, each with identical Message-ID and Date."""


@dataclass
class Seen:
    """What came of a trial. `letters`: (recipient, subject) → how often it came."""

    at: int
    letters: Counter[tuple[str, bytes]]
    heads: dict[tuple[str, bytes], set[tuple[bytes, bytes]]]
    done: bool
    effects: int
    told: str = field(repr=False)


def work() -> list[bytes]:
    """Three mails for two officials each and more, one for the desk, one bounce, one duplicate."""
    bounce = next(sample.raw for sample in samples() if sample.name == "bounce")
    elsewhere = minutes(3, sender="info@dorpsraad-heidekamp.example")
    return [minutes(1), minutes(2), elsewhere, a_mail("vraag", sender="jan@onbekend.example"), bounce, minutes(1)]


def trial(sweep: Sweep, at: int) -> Seen:
    """Do the work, strike at effect `at` (0: never), start again, wait until all is done."""
    mails = work()
    with _scene(sweep, mails) as (office, relay, folder):
        effects = folder / "effects"
        daemon = _start(office, folder, at, sweep.signal)
        deadline, struck = time.monotonic() + PATIENCE, at == 0
        while time.monotonic() < deadline and not _done(office, len(mails)):
            if daemon.poll() is not None:
                if struck:
                    break
                struck = True
                if sweep.lose_journal:
                    shutil.rmtree(office.state, ignore_errors=True)
                daemon = _start(office, folder, 0, "SIGKILL")
            time.sleep(0.1)
        done = _done(office, len(mails))
        count = len(effects.read_text().splitlines())
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(60)
        verified = office.verb("verify", code=None)
        return _seen(at, relay, done and verified.returncode == 0, count, verified.stdout + verified.stderr)


def _seen(at: int, relay: ReturningSink, done: bool, effects: int, told: str) -> Seen:
    letters: Counter[tuple[str, bytes]] = Counter()
    heads: dict[tuple[str, bytes], set[tuple[bytes, bytes]]] = {}
    for recipient, content in relay.taken:
        which = recipient, _header(content, b"Subject")
        letters[which] += 1
        heads.setdefault(which, set()).add((_header(content, b"Message-ID"), _header(content, b"Date")))
    return Seen(at, letters, heads, done, effects, told)


def _header(content: bytes, name: bytes) -> bytes:
    match = re.search(rb"(?ms)^" + name + rb": (.*?)\r\n(?=\S)", content)
    return match[1] if match else b""


@contextmanager
def _scene(sweep: Sweep, mails: list[bytes]) -> Iterator[tuple[Office, ReturningSink, Path]]:
    """A mailbox with the work in it, and a relay that puts one official off once and knows another not at all."""
    folder = Path(tempfile.mkdtemp(prefix="mr-crash-"))
    server, relay = Dovecot(), ReturningSink()
    relay.start()
    relay.mailbox = server
    try:
        for mail in mails:
            server.append(mail)
        relay.answer("rcpt", "451 4.2.0 come back later", PUT_OFF, times=1)
        relay.answer("rcpt", "550 5.1.1 no such user", UNKNOWN)
        receipts = {"wait": "1s"} if sweep.receipts else {"wait": "1s", "address": None}
        delivery = {"retry": ["1s"], "connections": CONNECTIONS}
        sections = {"delivery": delivery, "receipts": receipts, "schedule": {"poll": "0.4s"}}
        yield Office(folder / "office", server, relay, **sections), relay, folder
    finally:
        relay.stop()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _start(office: Office, folder: Path, at: int, number: str) -> "subprocess.Popen[bytes]":
    words = [str(at), number, str(folder / "effects"), "run", "--config", str(office.config)]
    top = str(Path(__file__).parents[2])
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.crash.launch", *words],
            cwd=top, env=environment(PYTHONPATH=top), stdout=subprocess.DEVNULL, stderr=log,
        )  # fmt: skip


def _done(office: Office, mails: int) -> bool:
    """Everything filed, and nothing in the inbox; a lost journal knows of no more than it saw."""
    if not (office.state / "journal.db").exists() or office.server.messages():
        return False
    try:
        journal = Journal(office.state, must_exist=True)
        try:
            figures = journal.figures()
        finally:
            journal.close()
    except JournalTrouble:
        return False
    seen = sum(figures["mails"].values()) + figures["seen_again"]
    filed = figures["mails"].get("filed", 0) + figures["seen_again"]
    folders = [name for name in office.server.folders() if name not in ("INBOX", "Bewijs")]
    lying = sum(len(office.server.messages(name)) for name in folders)
    return seen == filed and lying == mails

"""A backlog of 10,000 mails, taken in by `mailrouter run --once`: mails a second, and the memory that takes.

.venv/bin/python -m bench.backlog [MAILS]

A private Dovecot holds the mails, a sink on this machine takes the letters. Fails when the daemon itself needs 300 MB.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from aiosmtpd.smtp import Envelope

from mailrouter.demo.sink import Sink
from tests.wire.dovecot import Dovecot

VILLAGES = ("achterveld", "berkenrode", "dennelo", "elsbeek", "grootvelde", "heidedorp", "zuiderwoud")
BEGIN = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
MOST_MEMORY = 300_000_000
WORDS = ("dorp", "school", "tegel", "fiets", "weg", "water", "plein", "straat", "boom", "bank", "buurt", "zaal")


class CountingSink(Sink):
    """Takes every letter and remembers none."""

    taken = 0

    async def keep(self, envelope: Envelope) -> None:
        """Count it."""
        self.taken += 1


def mail(number: int, chance: random.Random) -> bytes:
    """Minutes of one of the villages; a third of them come with a photo of 20 to 120 KB."""
    village = VILLAGES[number % len(VILLAGES)]
    lines = [" ".join(chance.choices(WORDS, k=12)).capitalize() + "." for _ in range(20)]
    text = f"Notulen van vergadering {number}\r\n\r\nAanwezig: Anja, Bert, Carla\r\n\r\n" + "\r\n".join(lines)
    head = (
        f"From: Dorpsraad <secretaris@{village}.example>\r\nTo: dorpsraden@gemeente.example\r\n"
        f"Subject: Notulen {number}\r\nDate: {format_datetime(BEGIN + timedelta(minutes=number))}\r\n"
        f"Message-ID: <{number}@{village}.example>\r\nMIME-Version: 1.0\r\n"
    )
    if number % 3:
        return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
    photo = ("A" * 76 + "\r\n") * (chance.randint(20_000, 120_000) // 78)
    return (
        f'{head}Content-Type: multipart/mixed; boundary="grens"\r\n\r\n--grens\r\nContent-Type: text/plain\r\n\r\n'
        f"{text}\r\n--grens\r\nContent-Type: image/jpeg; name=foto.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{photo}--grens--\r\n"
    ).encode()


def fill(server: Dovecot, mails: int) -> int:
    """Write the mails into the maildir; returns how many octets that is."""
    chance, new, octets = random.Random(7), server.root / "mail" / "new", 0
    for name in ("cur", "new", "tmp"):
        (server.root / "mail" / name).mkdir(parents=True, exist_ok=True)
    for number in range(mails):
        raw = mail(number, chance)
        octets += len(raw)
        (new / f"{1_700_000_000 + number}.M{number}P1.bench,S={len(raw)}").write_bytes(raw)
    owner = (server.root / "mail").stat()
    for path in (server.root / "mail").rglob("*"):
        os.chown(path, owner.st_uid, owner.st_gid)
    return octets


def peak(pid: int) -> int:
    """The most memory a process has had at once (octets); 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def children(pid: int) -> list[int]:
    """The processes it started."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def run(server: Dovecot, port: int, root: Path) -> tuple[float, int, int]:
    """(seconds, peak of the daemon, peak of the daemon and its workers together), octets."""
    settings = {
        "MAILBOX__PORT": str(server.port), "MAILBOX__USER": server.user, "MAILBOX__PASSWORD": server.password,
        "DELIVERY__PORT": str(port), "ROUTER__KEY": 32 * "bench", "JOURNAL__FOLDER": str(root / "state"),
    }  # fmt: skip
    config = Path(__file__).parent / "config"
    start = time.monotonic()
    daemon = subprocess.Popen(
        [sys.executable, "-m", "mailrouter", "run", "--once", "--config", config],
        env=os.environ | {f"MAILROUTER_{name}": value for name, value in settings.items()} | {"BENCH_ROOT": str(root)},
        stderr=(root / "log").open("wb"),
    )
    alone, workers = 0, dict[int, int]()
    while daemon.poll() is None:
        alone = max(alone, peak(daemon.pid))
        for pid in children(daemon.pid):
            workers[pid] = max(workers.get(pid, 0), peak(pid))
        time.sleep(0.2)
    if daemon.returncode:
        raise SystemExit(f"exit {daemon.returncode}: {(root / 'log').read_text()[-2000:]}")
    return time.monotonic() - start, alone, alone + sum(workers.values())


def main() -> None:
    """Fill, run, tell."""
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    root, sink, server = Path(tempfile.mkdtemp(prefix="mr-bench-")), CountingSink(), Dovecot()
    try:
        octets = fill(server, mails)
        seconds, alone, together = run(server, sink.start(), root)
        sink.stop()
        left = len(server.messages())
    finally:
        server.remove()
        shutil.rmtree(root)
    print(
        f"{mails} mails ({octets / 1e6:.0f} MB), {sink.taken} letters, {left} left in the inbox: {seconds:.1f} s, "
        f"{mails / seconds:.0f} mails/s; peak {alone / 1e6:.0f} MB daemon, {together / 1e6:.0f} MB with workers"
    )
    assert (sink.taken, left) == (2 * mails, 0)
    assert alone < MOST_MEMORY


if __name__ == "__main__":
    main()

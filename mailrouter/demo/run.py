"""`mailrouter demo`: the real daemon, end to end, on servers of its own on this machine."""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imapclient import IMAPClient
from rich.console import Console

from mailrouter.books import balance
from mailrouter.config import Config, load
from mailrouter.core.model import OutcomeName
from mailrouter.demo.config import USER, write_demo_config
from mailrouter.demo.imap_server import ImapServer
from mailrouter.demo.report import End, Row, show, totals, write_letters
from mailrouter.demo.samples import samples
from mailrouter.demo.sink import Sink
from mailrouter.imap import Mailbox
from mailrouter.journal import Journal, NotThere

_PATIENCE = 120.0
"""Seconds in which the demo must be done."""
EX_DATAERR, EX_NOINPUT = 65, 66


def demo(*, as_json: bool, added: Sequence[Path]) -> int:
    """Put the samples (and `added`) in an inbox, let the daemon work, show what came of it; returns the exit code."""
    try:
        own = [(path.read_bytes(), datetime.now(UTC)) for path in added]
    except OSError as error:
        sys.stderr.write(f"mailrouter: {error.filename}: {error.strerror}\n")
        return EX_NOINPUT
    if empty := [str(path) for path, (raw, _) in zip(added, own, strict=True) if not raw]:
        sys.stderr.write(f"mailrouter: {', '.join(empty)}: empty, and no mail server takes an empty message\n")
        return EX_DATAERR
    mails = [(sample.raw, sample.received) for sample in samples()] + own
    _forget_environment()
    screen = Console(stderr=as_json, width=None if sys.stdout.isatty() else 100)
    letters = Path(tempfile.mkdtemp(prefix="mailrouter-demo-")) / "letters"
    with tempfile.TemporaryDirectory(prefix="mailrouter-demo-state-") as scratch:
        screen.print(f"{len(mails)} mails lie in the inbox of a mail server on this machine; the daemon starts.")
        with _stage(Path(scratch), mails) as stage:
            stage.wait_until_done(len(mails))
            stage.end_daemon()
            rows, end = stage.result(letters)
        show(rows, end, screen)
    figures = totals(rows, end)
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if end.verify == "ok" and end.inbox_left == 0 else 1


def _forget_environment() -> None:
    """No setting or secret of a real installation may reach the demo."""
    for name in [name for name in os.environ if name.startswith("MAILROUTER_") or name == "CREDENTIALS_DIRECTORY"]:
        del os.environ[name]


class _Stage:
    """The servers, the daemon between them, and what can be seen of both."""

    def __init__(self, config: Config, sink: Sink, daemon: "subprocess.Popen[bytes]") -> None:
        self.config, self.sink, self.daemon = config, sink, daemon
        account = config.settings.mailbox
        self.mailbox = Mailbox(account, readonly=True)

    def wait_until_done(self, arrived: int) -> None:
        """Until every mail is filed and every receipt is in."""
        deadline = time.monotonic() + _PATIENCE
        while not self._done(arrived):
            if self.daemon.poll() is not None:
                log = (self.config.folder / "daemon.log").read_text(encoding="utf-8", errors="replace")
                raise SystemExit(f"the daemon stopped with code {self.daemon.returncode}:\n{log[-3000:]}")
            if time.monotonic() > deadline:
                raise SystemExit("mailrouter: the demo did not get done in time; this machine may be very busy")
            time.sleep(0.2)

    def _done(self, arrived: int) -> bool:
        try:
            journal = Journal(self.config.state_folder(), must_exist=True)
        except NotThere:
            return False
        try:
            figures = journal.figures()
        finally:
            journal.close()
        seen = sum(figures["mails"].values()) + figures["seen_again"]
        settled = figures["mails"].get("filed", 0) + figures["seen_again"]
        return seen == settled == arrived and not self.mailbox.uids(self.config.settings.mailbox.inbox).uids

    def end_daemon(self) -> None:
        """Stop the daemon as systemd would."""
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait(timeout=60)

    def result(self, folder: Path) -> tuple[list[Row], End]:
        """What the journal tells of each mail, and how the books stand."""
        journal = Journal(self.config.state_folder(), must_exist=True)
        try:
            wrong = balance(journal, self.mailbox, self.config.settings).wrong
            mails = [journal.whole(mail["id"]) for mail in reversed(journal.mails())]
        finally:
            journal.close()
        rows = [row for mail in mails for row in self._rows(mail)]
        names = {letter["id"]: _name(mail, letter) for mail in mails for letter in mail["letters"]}
        left = len(self.mailbox.uids(self.config.settings.mailbox.inbox).uids)
        self.mailbox.close()
        write_letters(folder, [(names.get(_id_of(content), to[0]), content) for _, to, content in self.sink.messages])
        return rows, End(len(self.sink.messages), left, "; ".join(wrong) or "ok", folder)

    def _rows(self, mail: Mapping[str, Any]) -> Iterator[Row]:
        told = mail["explanation"]
        outcome: OutcomeName = "file" if mail["duplicate_of"] else mail["outcome"]
        why = f"the same mail as number {mail['duplicate_of']}" if mail["duplicate_of"] else _why(told)
        people = [self._person(letter) for letter in mail["letters"]] if outcome != "file" else []
        row = Row(
            arrived=datetime.fromtimestamp(mail["received"], UTC),
            sender=told["mail"]["from"] or "",
            subject=told["mail"]["subject"],
            outcome=outcome,
            village=(told["village"] or {}).get("key", ""),
            kind="duplicate" if mail["duplicate_of"] else told["automatic"] or (told["kind"] or {}).get("key", ""),
            recipients=people,
            why=why,
            folder=mail["folder"],
        )
        yield row
        for seen in mail["sightings"]:
            if seen["again"]:
                yield replace(
                    row, outcome="file", kind="duplicate", recipients=[], why="the same bytes", folder="Dubbel"
                )

    def _person(self, letter: Mapping[str, Any]) -> str:
        role = self.config.routing.roles.get(letter["role"], letter["role"])
        return f"{letter['name']} ({role}{', cc' if letter['copy'] == 'cc' else ''})"


def _why(told: Mapping[str, Any]) -> str:
    """The first reason, and what weighed most for the kind."""
    weighed = (told["kind"] or {}).get("because", ())
    return "; ".join([told["because"][0], *(weighed[:2] if told["outcome"] == "forward" else ())])


def _name(mail: Mapping[str, Any], letter: Mapping[str, Any]) -> str:
    """What the files of a letter are called."""
    told = mail["explanation"]
    about = [(told[part] or {}).get("key", "") for part in ("kind", "village")] if mail["outcome"] == "forward" else []
    return " ".join([*about, "aan", letter["name"]])


def _id_of(content: bytes) -> str:
    match = re.search(rb"(?mi)^X-Mailrouter-Letter: ([0-9a-f]{32})", content)
    return match[1].decode() if match else ""


@contextmanager
def _stage(scratch: Path, mails: Sequence[tuple[bytes, datetime]]) -> Iterator[_Stage]:
    password = secrets.token_urlsafe(16)
    imap = ImapServer(USER, password)
    port = imap.start()
    with IMAPClient("127.0.0.1", port, ssl=False) as client:
        client.login(USER, password)
        for raw, received in mails:
            client.append("INBOX", raw, msg_time=received)
        returned = _Returned(client)
        sink = Sink(returned)
        config = load(write_demo_config(scratch, port, sink.start(), password))
        returned.address = config.settings.receipts.address or ""
        daemon = _start(config.folder)
        try:
            yield _Stage(config, sink, daemon)
        finally:
            daemon.kill()
            daemon.wait()
            sink.stop()
    imap.stop()


class _Returned:
    """Brings the receipt copies back to the mailbox, as the municipality's mail server would."""

    def __init__(self, client: IMAPClient) -> None:
        self.address = ""
        self._client, self._lock = client, threading.Lock()

    def __call__(self, _sender: str, recipients: list[str], content: bytes) -> None:
        if self.address in recipients:
            with self._lock:
                self._client.append("INBOX", b"Received: from sink.example by mx.gemeente.example\r\n" + content)


def _start(config: Path) -> "subprocess.Popen[bytes]":
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    keep["RUNTIME_DIRECTORY"] = str(config)  # nothing of the demo is left in this machine's memory
    command = [sys.executable, "-m", "mailrouter", "run", "--config", str(config)]
    with (config / "daemon.log").open("wb") as log:
        return subprocess.Popen(command, env=keep, stdout=subprocess.DEVNULL, stderr=log)

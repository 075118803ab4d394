"""An office on this machine: a config folder, its mailbox and its relay, and `mailrouter` as its people start it."""

import asyncio
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from imapclient.exceptions import IMAPClientError
from ruamel.yaml import YAML

from mailrouter.cli import main
from mailrouter.config import init
from mailrouter.demo.samples import WEEK
from mailrouter.journal import Journal
from mailrouter.journal.opening import FILE
from tests.wire.mailserver import MailServer
from tests.wire.order import Order
from tests.wire.sink import RECEIPTS, MisbehavingSink
from tests.wire.zygote import Running, Zygote

PATIENCE = 60.0
"""Seconds after which what a test waits for will not come any more."""
PLAIN = ("-m", "mailrouter")
"""What Python runs as the daemon, where no test asks for more."""


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Look until `condition` holds; the test fails with `what` when it does not come to that."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)


_FILED = """
    select (select count(*) from mail where state = 'filed') + (select count(*) from sighting where again)
"""


class ReturningSink(MisbehavingSink):
    """A relay that brings the receipt copies back to the mailbox, before it says that it took a letter.

    `taken` holds (recipient, content) of every letter from the moment on at which the relay answers for it, also when
    the router was killed before it could hear so. `on_taken` is told how many there are then, before the receipt lies
    in the mailbox; `after_receipt` the same, after it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mailbox: MailServer | None = None
        self.taken: list[tuple[str, bytes]] = []
        self.on_taken: Callable[[int], None] = lambda _number: None
        self.after_receipt: Callable[[int], None] = lambda _number: None
        self._one_at_a_time = threading.Lock()

    def addressees(self) -> Counter[str]:
        """How many letters each address got."""
        return Counter(address for address, _ in self.taken)

    def letters(self) -> Counter[str]:
        """How often each letter, by its id, was taken."""
        return Counter(letter_id(content) for _, content in self.taken)

    def behave(self) -> None:
        """Forget all answers that were set."""
        self._rules.clear()

    def close_door(self) -> None:
        """Stop listening and hang up, as a relay that is being restarted."""
        asyncio.run_coroutine_threadsafe(self._close_door(), self._loop).result()
        self.hang_up()

    def open_door(self) -> None:
        """Listen again on the same port."""
        self._server = asyncio.run_coroutine_threadsafe(self.listen(), self._loop).result()

    async def listen(self) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(self.protocol, "127.0.0.1", self.port)

    async def _close_door(self) -> None:
        if self._server is not None:
            self._server.close()

    def _return_receipt(self, sender: str, recipients: list[str], content: bytes) -> None:
        with self._one_at_a_time:
            self.taken += [(to, content) for to in recipients if to != RECEIPTS]  # none: the letter of `doctor`
            number = len(self.taken)
            self.on_taken(number)
            if self.mailbox is not None and RECEIPTS in recipients:
                _append_patiently(self.mailbox, b"Received: from sink.example by mx.gemeente.example\r\n" + content)
            self.after_receipt(number)


def _append_patiently(server: MailServer, raw: bytes) -> None:
    """APPEND, again and again while the server is being restarted: a mail server keeps what it took."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            server.append(raw)
            return
        except (OSError, IMAPClientError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def letter_id(content: bytes) -> str:
    """The id a letter carries."""
    match = re.search(rb"(?mi)^X-Mailrouter-Letter: ([0-9a-f]{32})\.", content)
    return match[1].decode() if match else ""


class Daemon:
    """`mailrouter run`, as a process of its own."""

    def __init__(self, process: "subprocess.Popen[bytes] | Running", log: Path) -> None:
        self.process, self._log = process, log

    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text(errors="replace")

    def says(self, text: str, times: int = 1) -> None:
        """Wait until `text` stands in the log, `times` times."""
        wait_until(lambda: self.log().count(text) >= times or self._ended(text), f"{text!r} in the log:\n{self.log()}")

    def _ended(self, text: str) -> bool:
        assert self.process.poll() is None, f"ended with {self.process.returncode}, never said {text!r}:\n{self.log()}"
        return False

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)

    def kill(self) -> None:
        """SIGKILL. Harmless when it ended before."""
        with suppress(ProcessLookupError):
            self.process.kill()


class Office:
    """The worked example of the config, with mailbox and relay on this machine.

    `changes` are sections of mailrouter.yaml with what is to be different in them.
    """

    zygote: Zygote | None = None
    """What the daemon is forked from, as long as it is the plain program; None: it is started by Python."""

    def __init__(self, folder: Path, server: MailServer, relay: MisbehavingSink, **changes: Mapping[str, Any]) -> None:
        self.folder, self.config, self.server, self.relay = folder, folder / "config", server, relay
        self.program: Sequence[str] = PLAIN
        """What Python runs as the daemon."""
        self.may_be_unbalanced = ""
        """Why the books need not balance after the test: it plants what does not."""
        init(self.config)
        self.memory.mkdir()
        self.secret("mailrouter_mailbox__password", server.password)
        near = {"host": "127.0.0.1", "tls": "none"}
        since = (WEEK - timedelta(days=7)).date()
        here: dict[str, Mapping[str, Any]] = {
            "mailbox": near | {"port": server.port, "user": server.user, "since": since},
            "delivery": near | {"port": relay.port, "rate": 0, "user": None},
            "receipts": {"wait": "2s"},
            "schedule": {"poll": "0.2s"},
            "limits": {"workers": 1},
            "journal": {"folder": "../state"},
        }
        self.change(**{name: {**here.get(name, {}), **changes.get(name, {})} for name in {**here, **changes}})

    @property
    def state(self) -> Path:
        """Where the journal lies."""
        return self.folder / "state"

    @property
    def memory(self) -> Path:
        """What a restart of the daemon leaves and a reboot does not; in no backup."""
        return self.folder / "memory"

    def change(self, **sections: Mapping[str, Any]) -> None:
        """Write other values into mailrouter.yaml; None takes a setting out."""
        yaml = YAML()
        settings = yaml.load(self.config / "mailrouter.yaml")
        for section, values in sections.items():
            place = settings.setdefault(section, {})
            for key, value in values.items():
                place.pop(key, None)
                if value is not None:
                    place[key] = value
        yaml.dump(settings, self.config / "mailrouter.yaml")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace words in a file of the config."""
        path = self.config / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def secret(self, name: str, value: str) -> None:
        """Write a file of the secrets folder."""
        path = self.config / "secrets" / name
        path.write_text(value)
        path.chmod(0o600)

    def verb(self, *words: str | Path, code: int | None = 0) -> "subprocess.CompletedProcess[str]":
        """Run a verb to its end; its exit code must be `code` (None: any). Only `run` needs a process of its own."""
        done = self._in_a_process(*words) if words[0] == "run" else self._here(*words)
        assert code is None or done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def _in_a_process(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        place = self.folder / f"run-{time.monotonic_ns()}"
        place.mkdir()
        log, output = place / "log", place / "output"
        process = self._process(words, log, output, {})
        try:
            code = process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()
        return subprocess.CompletedProcess(words, code, output.read_text(), log.read_text())

    def _here(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        command, out, err = ["mailrouter", *self._with_config(*words)], io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patched:
            for name in set(os.environ) - set(environment()):
                patched.delenv(name)
            patched.chdir(self.folder)
            for name, value in (("argv", command), ("stdout", out), ("stderr", err)):
                patched.setattr(sys, name, value)
            try:
                main()
                code: object = 0
            except SystemExit as end:
                code = end.code or 0
        assert isinstance(code, int)
        return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())

    def json(self, *words: str | Path) -> list[dict[str, Any]]:
        """The objects a verb prints, one a line."""
        return [json.loads(line) for line in self.verb(*words, "--json").stdout.splitlines()]

    @contextmanager
    def started(self, *words: str, **env: str) -> Iterator[Daemon]:
        """`mailrouter run` beside the test; killed at the end if it still runs. `env`: more of an environment."""
        log = self.folder / f"daemon-{time.monotonic_ns()}.log"
        process = self.process(log, *words, **env)
        daemon = Daemon(process, log)
        try:
            yield daemon
        finally:
            daemon.kill()
            process.wait()

    def process(self, log: Path, *words: str, **env: str) -> "subprocess.Popen[bytes] | Running":
        """`mailrouter run` as a process that the caller ends; what it says is added to `log`."""
        return self._process(("run", *words), log, Path(os.devnull), env)

    def _process(
        self, words: Sequence[str | Path], log: Path, output: Path, env: Mapping[str, str]
    ) -> "subprocess.Popen[bytes] | Running":
        command, env = self._with_config(*words), environment(RUNTIME_DIRECTORY=str(self.memory), **env)
        if self.zygote and self.program == PLAIN:
            log.touch()  # it can be looked at before the process is there
            return self.zygote.start(Order(tuple(command), env, log, output, self.folder))
        command = [sys.executable, *self.program, *command]
        with log.open("ab") as stderr, output.open("ab") as stdout:
            return subprocess.Popen(command, cwd=self.folder, env=env, stdout=stdout, stderr=stderr)

    def _with_config(self, *words: str | Path) -> list[str]:
        return [*map(str, words), *([] if "--config" in words else ["--config", str(self.config)])]

    def mails(self) -> list[dict[str, Any]]:
        """Every mail of the journal with its letters, oldest first."""
        journal = Journal(self.state, must_exist=True)
        try:
            return [journal.whole(mail["id"]) for mail in reversed(journal.mails(1000))]
        finally:
            journal.close()

    def ids(self) -> dict[str, str]:
        """Subject → id, as `list` shows it."""
        return {mail["explanation"]["mail"]["subject"]: mail["id_shown"] for mail in self.mails()}

    def wait_until_filed(self, number: int) -> None:
        """Wait until `number` mails are filed and nothing lies in the inbox, receipts included."""
        wait_until(lambda: self.filed() == number and not self.server.messages(), f"{number} mails filed")

    def filed(self) -> int:
        """How many mails are filed, those seen once more included; 0 as long as there is no journal."""
        if not (self.state / FILE).exists():
            return 0
        # Looked at many times a second: opening a whole journal for it would keep a processor busy. Its tables may
        # not be made yet.
        with (
            closing(sqlite3.connect(self.state / FILE, timeout=PATIENCE)) as journal,
            suppress(sqlite3.OperationalError),
        ):
            return int(journal.execute(_FILED).fetchone()[0])
        return 0


def environment(**more: str) -> dict[str, str]:
    """The environment of a verb: nothing of ours but what a process needs."""
    keep = ("PATH", "HOME", "LANG", "USER", "LOGNAME", "TMPDIR")
    return {name: os.environ[name] for name in keep if name in os.environ} | more


def a_mail(
    name: str,
    *,
    sender: str = "secretaris@dorpsraad-oosterdorp.example",
    text: str = "Er ligt een losse tegel voor de school.",
    sent: datetime = WEEK,
) -> bytes:
    """A short mail that fits no kind: from Oosterdorp it goes to the area manager alone. `name` is its subject."""
    stamp = format_datetime(sent)
    return (
        f"Received: from mx.example by mx.gemeente.example; {stamp}\r\n"
        f"From: Dorpsraad <{sender}>\r\nTo: dorpsraden@gemeente.example\r\nSubject: {name}\r\n"
        f"Date: {stamp}\r\nMessage-ID: <{name.replace(' ', '-')}@{sender.partition('@')[2]}>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


def minutes(number: int, sender: str = "secretaris@dorpsraad-oosterdorp.example") -> bytes:
    """Minutes: to the ambassador and the area manager, so two letters."""
    text = (
        f"Notulen van vergadering {number} van 8 september 2026.\r\n\r\nAanwezig: Anja (voorzitter), Bert, Carla\r\n"
        "Afwezig met kennisgeving: Els\r\n\r\n1. Opening\r\nDe voorzitter opent de vergadering.\r\n\r\n"
        "2. Notulen vorige vergadering\r\nDe notulen worden ongewijzigd vastgesteld."
    )
    return a_mail(f"Notulen {number}", sender=sender, text=text)

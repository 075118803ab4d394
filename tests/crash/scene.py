"""Where a trial takes place: a mailbox with the work in it, a relay, a config, and mailrouter processes one by one."""

import shutil
import signal
import sqlite3
import tempfile
import threading
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import TracebackType

from imapclient import IMAPClient
from ruamel.yaml import YAML

from mailrouter.config import init
from mailrouter.demo.samples import WEEK
from tests.crash import strace
from tests.crash.launch import Copy, Counted
from tests.crash.relay import TrialRelay
from tests.crash.work import Work
from tests.wire.certificates import Certificates
from tests.wire.dovecot import Dovecot
from tests.wire.office import environment
from tests.wire.order import Order
from tests.wire.sink import server_context
from tests.wire.tokens import CLIENT, SCOPE, SECRET, TENANT, TokenService
from tests.wire.zygote import Running, Zygote

CONNECTIONS = 3
TOLD, HELD = 0.4, 60.0
"""Seconds that a token is good for as we are told, so that it is renewed all the time, and as it really is."""
_RECEIPTS = "Bewijs"
_SETTINGS = {
    "mailbox": {"host": "127.0.0.1", "tls": "none", "user": Dovecot.user, "since": (WEEK - timedelta(days=7)).date()},
    "delivery": {"host": "127.0.0.1", "tls": "none", "user": None, "rate": 0, "retry": ["0.3s"]},
    "receipts": {"wait": "1s"},
    "schedule": {"poll": "3s"},
    "limits": {"workers": 1},
}


def write_config(folder: Path, *, receipts: bool) -> Path:
    """The worked example of the config for all trials alike; what differs comes from the environment."""
    config = folder / ("with-receipts" if receipts else "without-receipts")
    init(config)
    file, yaml = config / "mailrouter.yaml", YAML()
    settings = yaml.load(file)
    for section, values in _SETTINGS.items():
        settings.setdefault(section, {}).update(values)
    settings["delivery"]["connections"] = CONNECTIONS
    del settings["delivery"]["user"]
    if not receipts:
        del settings["receipts"]["address"]
    yaml.dump(settings, file)
    examples = yaml.load(config / "examples.yaml")
    yaml.dump(examples[:1], config / "examples.yaml")  # each start of the daemon runs them all
    return config


class Stage:
    """What one trial after the other makes use of. One at a time."""

    def __init__(self, work: Work, *, traced: bool = False) -> None:
        """`traced`: the first daemon of each trial is stopped at each system call that changes something."""
        self.work, self.zygote = work, Zygote()
        self.traced = Zygote(strace.STOPPING) if traced else None
        self._folder = Path(tempfile.mkdtemp(prefix="mr-crash-config-"))
        self.certificates = Certificates(self._folder)
        self._configs = {receipts: write_config(self._folder, receipts=receipts) for receipts in (True, False)}

    def config(self, receipts: bool) -> Path:
        """The config folder, for letters with receipts or without."""
        return self._configs[receipts]

    def close(self) -> None:
        """End the zygotes."""
        self.zygote.close()
        if self.traced:
            self.traced.close()
        shutil.rmtree(self._folder)


class Scene:
    """The world around the daemons of one trial; all of it is gone afterwards, unless what was logged is `kept`."""

    def __init__(self, stage: Stage, receipts: bool, *, late: float, rewriting: bool, tokens: bool) -> None:
        self._stage, self._config, self._work = stage, stage.config(receipts), stage.work
        self.folder = Path(tempfile.mkdtemp(prefix="mr-crash-"))
        self.state, self._older = self.folder / "state", self.folder / "older"
        self.kept = False
        ours = stage.certificates.localhost if tokens else None
        self._tokens = TokenService(Dovecot.user, ours) if tokens else None
        self._server = Dovecot(ours, tokens=self._tokens.introspection if self._tokens else "")
        self._client = IMAPClient("127.0.0.1", self._server.port, ssl=False)
        self._client.login(self._server.user, self._server.password)
        self._appending = threading.Lock()
        self.relay = TrialRelay(self._append, late=late, rewriting=rewriting)
        if self._tokens and ours:
            self._tokens.lifetime, self._tokens.holds = TOLD, HELD
            self.relay.starttls, self.relay.login_required = server_context(ours), True
            self.relay.knows = self._tokens.good
        self.relay.start()
        self._work.set_up(self.relay)
        for mail in self._work.mails:
            self._append(mail)

    def __enter__(self) -> "Scene":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.relay.stop()
        self._client.shutdown()
        self._server.remove()
        if self._tokens:
            self._tokens.close()
        if not self.kept:
            shutil.rmtree(self.folder)

    def start(self, number: int, strike: int, by: signal.Signals, copy_at: int = 0, plant: str = "") -> Running:
        """`mailrouter run`, the `number`-th time in this trial (from 0); struck at that effect, or system call."""
        copy = Copy(copy_at, self.state, self._older) if copy_at else None
        zygote = self._stage.traced if number == 0 else None
        order = Counted(
            words=("run", "--config", str(self._config)),
            environment=self._environment(),
            log=self.folder / f"log-{number}",
            effects=self.folder / f"effects-{number}",
            strike=0 if zygote else strike, stop=strike if zygote else 0, signal=by, copy=copy, plant=plant,
        )  # fmt: skip
        return (zygote or self._stage.zygote).start(order)

    def effects(self, number: int) -> list[str]:
        """What that process did: a line for each effect, with its number and its moment (monotonic seconds)."""
        file = self.folder / f"effects-{number}"
        return file.read_text(errors="replace").splitlines() if file.exists() else []

    def lose_journal(self) -> None:
        """The state folder is gone."""
        shutil.rmtree(self.state, ignore_errors=True)

    def put_older_back(self) -> None:
        """The state folder is what it was when it was copied; gone, if it was not there yet."""
        self.lose_journal()
        if self._older.exists():
            shutil.copytree(self._older, self.state)

    def at_rest(self) -> bool:
        """Everything is filed and nothing lies in the inbox, and no receipt is still on its way."""
        lying = self._lying()
        if lying.pop("INBOX", 0) or self.relay.under_way:
            return False
        lying.pop(_RECEIPTS, 0)
        if sum(lying.values()) != len(self._work.mails) or self._unfiled() != 0:
            return False
        return self.letters("queued", "claimed", "sending", "unsure") == 0

    def misplaced(self) -> str:
        """Which mails do not lie in exactly one folder; empty when all do."""
        wanted, found = Counter(map(_lines, self._work.mails)), Counter(self._in_folders())
        return f"{len(wanted - found)} mails gone, {len(found - wanted)} too many" if wanted != found else ""

    def verified(self) -> str:
        """What `mailrouter verify` complains of; empty when the books balance."""
        told, log = self.folder / "verified", self.folder / "log-verify"
        words = ("verify", "--config", str(self._config))
        verify = self._stage.zygote.start(Order(words, self._environment(), log, output=told))
        code = verify.wait(60)
        return f"verify ended with {code}: {told.read_text()}{log.read_text()}" if code else ""

    def letters(self, *states: str) -> int:
        """How many letters of the journal are in one of these states."""
        return self._count(f"select count(*) from letter where state in ({','.join('?' * len(states))})", *states) or 0

    def _unfiled(self) -> int | None:
        return self._count("select count(*) from mail where state != 'filed'")

    def _count(self, query: str, *values: str) -> int | None:
        """A figure of the journal, which is read and in no way changed, not even by a checkpoint; None: no journal."""
        try:
            with closing(sqlite3.connect(f"file:{self.state}/journal.db?mode=ro", uri=True)) as journal:
                return int(journal.execute(query, values).fetchone()[0])
        except sqlite3.OperationalError:
            return None

    def _lying(self) -> Counter[str]:
        """How many messages lie in each folder, as the server's disk has it."""
        return Counter({name: len(files) for name, files in self._maildirs().items() if files})

    def _in_folders(self) -> list[tuple[bytes, ...]]:
        folders = {name: files for name, files in self._maildirs().items() if name != _RECEIPTS}
        return [_lines(file.read_bytes()) for files in folders.values() for file in files]

    def _maildirs(self) -> dict[str, list[Path]]:
        top = self._server.root / "mail"
        folders = {"INBOX": top} | {path.name[1:]: path for path in top.glob(".*") if path.is_dir()}
        parts = {name: [path / "cur", path / "new"] for name, path in folders.items()}
        return {name: [file for part in two if part.exists() for file in part.iterdir()] for name, two in parts.items()}

    def _append(self, raw: bytes) -> None:
        with self._appending:
            self._client.append("INBOX", raw)

    def _environment(self) -> dict[str, str]:
        return self._plain() | self._secured()

    def _secured(self) -> dict[str, str]:
        """What differs with tokens: TLS on both sides, and no password anywhere."""
        if not self._tokens:
            return {}
        settings, ca_file = self._tokens.settings(), str(self._stage.certificates.ca)
        both = {"HOST": "localhost", "CA_FILE": ca_file, "LOGIN": "oauth", "USER": self._server.user}
        mailbox = both | {"PORT": str(self._server.tls_port), "TLS": "implicit", "PASSWORD": ""}
        oauth = {
            "TENANT": TENANT, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "SCOPE": SCOPE, "CA_FILE": ca_file,
            "TOKEN_URL": settings.token_url,
        }  # fmt: skip
        sections = {"MAILBOX": mailbox, "DELIVERY": both | {"TLS": "starttls"}, "OAUTH": oauth}
        return {f"MAILROUTER_{name}__{key}": value for name, keys in sections.items() for key, value in keys.items()}

    def _plain(self) -> dict[str, str]:
        return environment(
            MAILROUTER_MAILBOX__PORT=str(self._server.port),
            MAILROUTER_MAILBOX__PASSWORD=self._server.password,
            MAILROUTER_DELIVERY__PORT=str(self.relay.port),
            MAILROUTER_JOURNAL__FOLDER=str(self.state),
            RUNTIME_DIRECTORY=str(self.folder),
        )


def _lines(mail: bytes) -> tuple[bytes, ...]:
    """A mail whatever its line ends are: a maildir may keep them in its own way."""
    return tuple(mail.splitlines())

"""Wiring, schedule and signals: the only place that knows all parts.

Two threads do the work. The intake thread collects and files, over one IMAP connection; the delivery thread sends.
Everything else only sets events: IDLE, the schedule, the two threads each other. The main thread waits for signals.
"""

import os
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from mailrouter import backoff
from mailrouter.books import discrepancies
from mailrouter.cage import Broken, Cage
from mailrouter.config import Config, ConfigError, load, run_examples
from mailrouter.core.understand import understand_example
from mailrouter.imap import LoginRefused, Mailbox, Trouble, Waker
from mailrouter.journal import Journal, JournalTrouble, Lock
from mailrouter.promises import Promises
from mailrouter.receipts import Receipts
from mailrouter.router import NeedsCutoff, Router
from mailrouter.smtp import Relay

log = structlog.get_logger()

EX_OK, EX_UNAVAILABLE, EX_SOFTWARE, EX_OSERR = 0, 69, 70, 71
EX_IOERR, EX_TEMPFAIL, EX_CONFIG = 74, 75, 78
_GATHER = 0.05
"""Seconds to wait after a letter was settled, so that mails settled together leave the inbox in one MOVE."""


_WHO_WE_ARE = ("municipality", "timezone", "address", "own_addresses", "desk_name", "desk", "roles")
OF_SETTINGS = (*_WHO_WE_ARE, "folders", "limits", "trust")
"""What of a routing table comes from mailrouter.yaml; the router's other parts hold the same, until a restart."""


class NoKey(Exception):
    """The router key is missing."""


@dataclass
class Parts:
    """A router and everything it was made of."""

    config: Config
    journal: Journal
    cage: Cage
    mailbox: Mailbox
    relay: Relay
    promises: Promises
    receipts: Receipts
    router: Router

    def close(self) -> None:
        """Let go of connections, workers and journal."""
        self.relay.close()
        self.mailbox.close()
        self.cage.close()
        self.journal.close()


def router_key(config: Config) -> bytes | None:
    """The secret that signs the ids of our letters."""
    key = config.settings.router.key
    return key.get_secret_value().encode() if key else None


def load_checked(folder: Path) -> Config:
    """A config that reads well and routes its own examples as they say; ConfigError with every problem otherwise."""
    config = load(folder)
    if wrong := run_examples(config, understand_example):
        raise ConfigError(wrong)
    return config


def build(config: Config) -> Parts:
    """Make a router of a config. NoKey if there is no router key and one may not simply be made."""
    settings, folder = config.settings, config.state_folder()
    key = router_key(config) or _first_key(config, folder)
    cage = Cage(config.routing)
    cage.warm_up()
    journal = Journal(folder)
    journal.note("config", config.routing.hash)
    mailbox = Mailbox(settings.mailbox, _file(config, settings.mailbox.ca_file))
    delivery_ca = _file(config, settings.delivery.ca_file)
    relay = Relay(settings.delivery, settings.mailbox.address, settings.receipts.address, delivery_ca)
    promises = Promises(journal, cage, config.routing, key)
    receipts = Receipts(mailbox, journal, settings, key)
    cage.wait_until_started()
    router = Router(mailbox, relay, journal, promises, receipts, settings)
    return Parts(config, journal, cage, mailbox, relay, promises, receipts, router)


def _file(config: Config, written: str | None) -> Path | None:
    return config.path(written) if written else None


def _first_key(config: Config, state: Path) -> bytes:
    """A first start without a router key makes one; a journal whose key is gone is not touched."""
    if (state / "journal.db").exists():
        raise NoKey(
            "the router key is missing, so our own letters could not be recognised. Nothing was done. Put the key back "
            "(MAILROUTER_ROUTER__KEY, or the file mailrouter_router__key in the secrets folder)"
        )
    path = config.folder / "secrets" / "mailrouter_router__key"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        key = os.urandom(32).hex()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise NoKey(f"there is no router key and none could be made at {path}: {error.strerror}") from error
    log.warning("made a router key; keep it with your backups", file=str(path))
    return key.encode()


def run(folder: Path, *, once: bool = False) -> int:
    """Run the daemon on a config, or one pass of it; returns the exit code. ConfigError, Taken and NoKey pass."""
    config = load_checked(folder)
    lock = Lock(config.state_folder())
    try:
        try:
            parts = build(config)
        except JournalTrouble as trouble:
            log.critical("not started", reason=str(trouble))
            return EX_IOERR
        try:
            return _Once(parts).run() if once else Daemon(parts).run()
        except JournalTrouble as trouble:
            log.critical("stopping", reason=str(trouble))
            return EX_IOERR
        except Broken as broken:
            log.critical("stopping: mail cannot be read on this machine", reason=str(broken))
            return EX_OSERR
        except NeedsCutoff as question:
            tell(str(question))
            return EX_CONFIG
        finally:
            parts.close()
    finally:
        lock.release()


def tell(line: str) -> None:
    """A line for the person, or the script, that started us."""
    sys.stderr.write(f"mailrouter: {line}\n")


class _Once:
    """`run --once`: recover, take in what is in the inbox now, send what is due now, file what is settled."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._router = parts, parts.router
        self._collected = threading.Event()
        self._trouble: BaseException | None = None

    def run(self) -> int:
        """The exit code: 0 when nothing is left open, 75 when letters are, 69 when the mailbox is out of reach."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._router.stop())
        try:
            self._router.recover()
            sender = threading.Thread(target=self._send, name="delivery")
            sender.start()
            try:
                self._router.collect()
            finally:
                self._collected.set()
                sender.join()
            self._finish()
        except Trouble as trouble:
            tell(f"the mailbox is out of reach: {trouble}. Nothing is lost; try again.")
            return EX_UNAVAILABLE
        self._parts.journal.note("last_poll", f"{time.time():.0f}").result()
        return self._told()

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
        while self._router.to_deliver.is_set():  # the desk had to be told of a refusal
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
            why = f": {letter['reply']}" if letter["reply"] else ""
            tell(f"{which} is {letter['state']}; next try in {wait:.0f} s{why}")
        stuck = [mail for mail in self._parts.journal.mails() if mail["state"] == "stuck"]
        for mail in stuck:
            tell(f"mail {mail['id_shown']} is stuck: nothing automatic is left to try; see `show` and `retry`")
        return EX_TEMPFAIL if left or stuck else EX_OK


class Daemon:
    """`run`: until SIGTERM."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._router = parts, parts.router
        self._stopping = threading.Event()
        self._opened = threading.Event()
        self._poll, self._verify = threading.Event(), threading.Event()
        self._stop_asked = self._reload_asked = False  # set by signals: a lock could be held by what they interrupt
        self._waker: Waker | None = None
        self._code = EX_OK
        self._fatal: BaseException | None = None

    def run(self) -> int:
        """Work until told to stop; returns the exit code. JournalTrouble, NeedsCutoff and Broken pass."""
        self._listen_to_signals()
        threads = [
            threading.Thread(target=self._guarded, args=(work,), name=name)
            for name, work in (("intake", self._take_in), ("delivery", self._send))
        ]
        schedule = self._schedule()
        for thread in threads:
            thread.start()
        notify("READY=1")
        self._wait_for_signals()
        notify("STOPPING=1")
        self.stop()
        schedule.shutdown(wait=False)
        if self._waker:
            self._waker.stop()
        self._router.to_file.set()
        self._router.to_deliver.set()
        for thread in threads:
            thread.join()
        if self._fatal:
            raise self._fatal
        log.info("stopped")
        return self._code

    def stop(self) -> None:
        """Nothing new starts; letters under way are finished or put back."""
        self._stopping.set()
        self._router.stop()
        self._router.to_file.set()

    def _listen_to_signals(self) -> None:
        def on_stop(_number: int, _frame: FrameType | None) -> None:
            self._stop_asked = True

        def on_reload(_number: int, _frame: FrameType | None) -> None:
            self._reload_asked = True

        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, on_stop)
            signal.signal(signal.SIGINT, on_stop)
            signal.signal(signal.SIGHUP, on_reload)

    def _wait_for_signals(self) -> None:
        while not (self._stop_asked or self._stopping.wait(0.1)):
            if self._reload_asked:
                self._reload_asked = False
                self.reload()
            if self._opened.is_set() and self._waker is None and self._parts.config.settings.mailbox.idle:
                self._waker = self._wake_on_idle()

    def _wake_on_idle(self) -> Waker:
        """IDLE on a connection of its own, once the mailbox was reached and took our login."""
        mailbox = self._parts.config.settings.mailbox
        waker = Waker(mailbox, self._woken, _file(self._parts.config, mailbox.ca_file))
        waker.start()
        return waker

    def _schedule(self) -> BackgroundScheduler:
        """Ticks that set events; no mail work is done in a job."""
        settings = self._parts.config.settings
        scheduler = BackgroundScheduler(timezone=settings.municipality.timezone)
        watchdog = int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6

        def every(seconds: float, tick: Callable[[], None]) -> None:
            scheduler.add_job(tick, IntervalTrigger(seconds=max(seconds, 0.1)), coalesce=True, max_instances=1)

        every(settings.schedule.poll.total_seconds(), self._woken)
        every(settings.schedule.verify.total_seconds(), self._verify_due)
        if watchdog:
            every(watchdog / 3, self._pet_watchdog)
        scheduler.start()
        return scheduler

    def _woken(self) -> None:
        self._poll.set()
        self._router.to_file.set()

    def _verify_due(self) -> None:
        self._verify.set()
        self._router.to_file.set()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (JournalTrouble, NeedsCutoff, Broken) as error:
            self._fatal = error
            self.stop()
        except Exception as error:
            log.exception("a part of the router failed; stopping, to start anew", error=type(error).__name__)
            self._code = EX_SOFTWARE
            self.stop()

    # --- the intake thread
    def _take_in(self) -> None:
        failures = 0
        self._woken()
        while not self._stopping.is_set():
            try:
                self._pass()
                failures = 0
            except LoginRefused as refused:
                log.error("the mailbox refuses our login; see mailbox.user and its password", reason=str(refused))
                self._pause(backoff.MOST)
            except Trouble as trouble:
                wait = backoff.delay(failures, random.random)
                failures += 1
                log.warning("the mailbox is out of reach", reason=str(trouble), next_try=f"{wait:.0f} s")
                self._pause(wait)
            self._router.progress["intake"] = time.monotonic()

    def _pass(self) -> None:
        if not self._opened.is_set():
            self._router.recover()
            self._opened.set()
            log.info("running", config=self._parts.config.routing.hash)
        if not self._router.to_file.wait(1.0):
            return
        self._router.to_file.clear()
        if self._poll.wait(_GATHER):
            self._poll.clear()
            self._collect()
        self._router.file()
        if self._verify.is_set():
            self._verify.clear()
            for line in discrepancies(self._parts.journal, self._parts.mailbox, self._parts.config.settings):
                log.error("the books do not balance", what=line)
            self._parts.receipts.tidy()

    def _collect(self) -> None:
        taken = self._router.collect()
        self._parts.journal.note("last_poll", f"{time.time():.0f}").result()
        if taken:
            log.info("collected", mails=taken)

    def _pause(self, seconds: float) -> None:
        """Wait before the mailbox is tried again; letters go on being delivered."""
        self._woken()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._stopping.wait(0.5):
            self._router.progress["intake"] = time.monotonic()

    # --- the delivery thread
    def _send(self) -> None:
        while not self._stopping.is_set():
            busy = self._opened.is_set() and self._router.deliver()
            self._router.progress["delivery"] = time.monotonic()
            if busy:
                continue
            self._router.to_deliver.wait(1.0)
            self._router.to_deliver.clear()

    # --- health
    def _pet_watchdog(self) -> None:
        """Only while both threads get on: a thread that hangs lets the watchdog bite."""
        settings = self._parts.config.settings
        longest = {
            "intake": 2 * settings.mailbox.timeout.total_seconds() + 60,
            "delivery": settings.delivery.accept_timeout.total_seconds() + 60,
        }
        now = time.monotonic()
        if all(now - self._router.progress[name] < longest[name] for name in longest):
            notify("WATCHDOG=1")

    def reload(self) -> None:
        """SIGHUP: take over the routing tables; a broken config changes nothing and says so."""
        parts = self._parts
        notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            new = load_checked(parts.config.folder)
        except ConfigError as error:
            for problem in error.problems:
                log.error("the new config is not taken over", problem=str(problem))
        else:
            if new.settings != parts.config.settings:
                log.warning("mailrouter.yaml has changed: a restart takes that over; the tables are in force now")
            routing = new.routing.model_copy(
                update={name: getattr(parts.promises.routing, name) for name in OF_SETTINGS}
            )
            parts.promises.routing = routing
            parts.cage.reload(routing)
            parts.journal.note("config", routing.hash)
            log.info("config taken over", config=routing.hash)
        notify("READY=1")


def notify(state: str) -> None:
    """Tell systemd (sd_notify(3)); without it, nothing happens."""
    if not (address := os.environ.get("NOTIFY_SOCKET")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall(state.encode())

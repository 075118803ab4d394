"""The daemon: two threads, a schedule and signals.

The intake thread collects and files, over one IMAP connection; the delivery thread sends. Everything else only sets
events: IDLE, the schedule, the two threads each other. The main thread waits for signals.
"""

import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

import structlog

from mailrouter import backoff, template_faults
from mailrouter.alarms import unread_after
from mailrouter.cage import Broken
from mailrouter.config import ConfigError
from mailrouter.core.settings import Alarms, Recipients, Settings
from mailrouter.imap import LoginRefused, Refused, Trouble, Waker
from mailrouter.journal import JournalTrouble, Lock
from mailrouter.once import Once, tell
from mailrouter.router import NeedsCutoff
from mailrouter.ticks import Ticks
from mailrouter.wiring import Parts, build, load_checked, refuse_misrouting

log = structlog.get_logger()

EX_OK, EX_SOFTWARE, EX_OSERR, EX_IOERR, EX_CONFIG = 0, 70, 71, 74, 78
_GATHER = 0.05
"""Seconds to wait after a letter was settled, so that mails settled together leave the inbox in one MOVE."""
_LOOK = 60.0
"""Seconds between two looks for alarms, at most."""

_WHO_WE_ARE = ("municipality", "timezone", "address", "own_addresses", "desk_name", "desk", "clerks", "roles")
OF_SETTINGS = (*_WHO_WE_ARE, "folders", "limits", "trust")
"""What of a routing table comes from mailrouter.yaml; the router's other parts hold the same, until a restart.

Not the people and colleges in it, nor what officials get: those are taken over at once, as the other tables are.
"""


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
            return Once(parts).run() if once else Daemon(parts).run()
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


class Daemon:
    """`run`: until SIGTERM."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._router = parts, parts.router
        self._stopping = threading.Event()
        self._opened = threading.Event()
        self._poll, self._verify, self._look = threading.Event(), threading.Event(), threading.Event()
        self._purge = threading.Event()
        self._polled, self._began = threading.Event(), time.monotonic()
        self._stop_asked = self._reload_asked = False  # set by signals: a lock could be held by what they interrupt
        self._waker: Waker | None = None
        self._code = EX_OK
        self._fatal: BaseException | None = None

    def run(self) -> int:
        """Work until told to stop; returns the exit code. JournalTrouble, NeedsCutoff and Broken pass."""
        self._listen_to_signals()
        self._parts.watch.begin()
        threads = [
            threading.Thread(target=self._guarded, args=(work,), name=name)
            for name, work in (("intake", self._take_in), ("delivery", self._send))
        ]
        ticks = self._ticks()
        for thread in threads:
            thread.start()
        notify("READY=1")
        self._wait_for_signals()
        notify("STOPPING=1")
        self.stop()
        ticks.stop()
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
        self._parts.watch.stop()
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
        waker = Waker(self._parts.mailbox.door, self._woken)
        waker.start()
        return waker

    def _ticks(self) -> Ticks:
        """Events that are set every so many seconds; the threads do the work."""
        settings = self._parts.config.settings
        ticks = Ticks()
        watchdog = int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6
        ticks.every(settings.schedule.poll.total_seconds(), self._woken)
        ticks.every(settings.schedule.verify.total_seconds(), self._verify_due)
        ticks.every(_look_every(settings.alarms), self._look.set)
        if watchdog:
            ticks.every(watchdog / 3, self._pet_watchdog)
        ticks.start()
        return ticks

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
                log.error("the mailbox refuses our login", reason=str(refused))
                self._parts.unread(str(refused))
                self._pause(backoff.AFTER_REFUSAL)
            except Trouble as trouble:
                wait = backoff.delay(failures, random.random)
                failures += 1
                log.warning("the mailbox is out of reach", reason=str(trouble), next_try=f"{wait:.0f} s")
                self._parts.unread(str(trouble))
                self._pause(wait)
            self._router.progress["intake"] = time.monotonic()

    def _pass(self) -> None:
        if not self._opened.is_set():
            self._router.recover()
            self._opened.set()
            log.info("running", config=self._parts.config.routing.hash)
        if not self._router.to_file.wait(1.0):
            if self._parts.receipts.due():
                self._woken()
            return
        self._router.to_file.clear()
        if self._poll.wait(_GATHER):
            self._poll.clear()
            self._collect()
        self._file()
        if self._verify.is_set() and not self._router.more_waits:
            self._parts.inspect()
            self._parts.receipts.tidy()
            self._verify.clear()
            self._purge.set()
        if self._purge.is_set() and not self._parts.retention.purge():
            self._purge.clear()
        elif self._purge.is_set():
            self._router.to_file.set()  # the rest at the next pass, when mail was looked for

    def _collect(self) -> None:
        taken = self._router.collect()
        self._parts.polled()
        self._polled.set()
        if taken:
            log.info("collected", mails=taken)
        if self._router.more_waits:
            self._woken()

    def _file(self) -> None:
        """A folder that is full is no reason to stop looking for mail; filing is tried again at the next pass."""
        try:
            self._router.file()
        except Refused as refused:
            log.warning("mails stay in the inbox until their folder takes them", reason=str(refused))

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
            if self._look.is_set():
                self._look_for_alarms()
            if busy:
                continue
            self._router.to_deliver.wait(1.0)
            self._router.to_deliver.clear()

    def _look_for_alarms(self) -> None:
        """Call people when something is wrong. Whatever goes wrong in that, letters go on."""
        self._look.clear()
        patience = unread_after(self._parts.config.settings)
        if not self._polled.is_set() and time.monotonic() - self._began < patience:
            return  # just started: what happened before was yesterday's trouble, unless the mailbox stays away
        try:
            self._parts.watch.look()
        except JournalTrouble:
            raise
        except Exception as error:
            log.exception("alarms could not be looked for", error=type(error).__name__)

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
            routing = new.routing.model_copy(
                update={name: getattr(parts.promises.routing, name) for name in OF_SETTINGS}
            )
            refuse_misrouting(replace(new, routing=routing))
        except ConfigError as error:
            for problem in error.problems:
                log.error("the new config is not taken over", problem=str(problem))
        else:
            if _for_a_restart(new.settings) != _for_a_restart(parts.config.settings):
                log.warning("mailrouter.yaml has changed: a restart takes that over; the tables are in force now")
            parts.promises.routing = routing
            parts.cage.reload(routing)
            parts.journal.note("config", routing.hash)
            template_faults.begin(parts.journal, routing)
            log.info("config taken over", config=routing.hash)
        notify("READY=1")


def _for_a_restart(settings: Settings) -> Settings:
    """The settings without what is taken over at once."""
    municipality = settings.municipality.model_copy(update={"officials": {}})
    return settings.model_copy(update={"municipality": municipality, "colleges": {}, "recipients": Recipients()})


def _look_every(alarms: Alarms) -> float:
    """Seconds between two looks for alarms: a minute, or less when an alarm would come late by that."""
    shortest = min(alarms.server, alarms.letter, alarms.desk).total_seconds()
    return min(_LOOK, shortest / 4)


def notify(state: str) -> None:
    """Tell systemd (sd_notify(3)); without it, nothing happens."""
    if not (address := os.environ.get("NOTIFY_SOCKET")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall(state.encode())

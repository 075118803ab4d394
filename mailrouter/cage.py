"""The cage: reads mail in worker processes with limits on memory and time, so that no mail can take the router along.

A worker is spawned, not forked: it has no environment, no descriptors and no secret (the router key stays here; which
of our own letters a mail mentions is found out before, on the raw bytes). What it answers is checked, never executed.
A worker that runs too long, dies or answers nonsense is replaced. The mail is then read once more with its attachments
closed, for these are what hostile content comes in; if that fails too it comes back as an `Escape`.
"""

import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from queue import SimpleQueue
from typing import IO, Any

from mailrouter.core.model import Understanding
from mailrouter.core.packing import pack_own, unpack
from mailrouter.core.routing import Routing
from mailrouter.core.understand import Job

_FRAME = struct.Struct("!II")
_LARGEST = 256_000_000
_START_SECONDS = 60.0
_SECOND_SHARE = 0.3
"""Of `limits.seconds`: what a second reading gets at least, so that no mail keeps others waiting for twice as long."""
_TO_BE_SCHEDULED = 1.0
"""Seconds in which a thread that has nothing left to do ends, also on a machine that is very busy."""
_WENT_WRONG = "het lezen van deze mail ging mis"
READY = b"{}"
"""What a worker says, as a frame, when it is ready for its first mail."""


@dataclass(frozen=True, slots=True)
class Escape:
    """A mail that was not understood: `reason` for the log, and `why` in Dutch for the desk."""

    reason: str
    why: str
    outside: bool = False
    """The worker was killed by somebody else: the mail may be as good as any."""


class Broken(Exception):
    """No worker can be started: that is no mail's fault, and no mail is judged by it."""


def write_frame(target: IO[bytes], head: Mapping[str, Any], body: bytes) -> None:
    """Lengths (two 32-bit numbers), a JSON object, bytes."""
    text = json.dumps(head, ensure_ascii=True).encode()
    target.write(_FRAME.pack(len(text), len(body)) + text)
    target.write(body)
    target.flush()


def read_frame(source: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """The next frame; EOFError when there is none."""
    text_size, body_size = _FRAME.unpack(_exactly(source, _FRAME.size))
    head = json.loads(_exactly(source, text_size))
    return head, _exactly(source, body_size)


def _exactly(source: IO[bytes], size: int) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise EOFError
    return data


class Cage:
    """A few workers, each driven by a thread; `understand` may be called from any thread."""

    def __init__(self, routing: Routing) -> None:
        self._threads = ThreadPoolExecutor(routing.limits.workers, thread_name_prefix="cage")
        self._idle: SimpleQueue[_Worker | None] = SimpleQueue()
        self._routing = routing
        for _ in range(routing.limits.workers):
            self._idle.put(None)

    def warm_up(self) -> None:
        """Start the workers now, all at once, so that the first mail does not wait for them."""
        for _ in range(self._routing.limits.workers):
            worker = self._idle.get()
            self._idle.put(worker or _Worker(self._routing))

    def wait_until_started(self) -> None:
        """Until the workers are ready; Broken if one does not start."""
        workers = [self._idle.get() for _ in range(self._routing.limits.workers)]
        for worker in workers:
            self._idle.put(worker)
        for worker in filter(None, workers):
            worker.wait_until_started()

    def understand(self, job: Job) -> "Future[Understanding | Escape]":
        """Have a mail read; the answer comes when a worker has done it or failed. Its result may raise Broken."""
        return self._threads.submit(self._run, job, self._routing)

    def reload(self, routing: Routing) -> None:
        """Read all further mail under another routing table."""
        self._routing = routing

    def close(self) -> None:
        """End the workers; what is still being read is given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        while not self._idle.empty():
            if worker := self._idle.get():
                worker.kill()

    def _run(self, job: Job, routing: Routing) -> Understanding | Escape:
        """Read a mail; if that goes wrong by its own doing, once more without its attachments."""
        limit, begun = routing.limits.seconds.total_seconds(), time.monotonic()
        result = self._read(job, routing, limit)
        if not isinstance(result, Escape) or result.outside:
            return result
        left = max(limit - (time.monotonic() - begun), limit * _SECOND_SHARE)
        without = self._read(replace(job, unopened=f"niet gelezen: {result.why}"), routing, left)
        if isinstance(without, Escape):
            return result
        warnings = [*without.explanation["warnings"], f"{result.reason}; read again with its attachments closed"]
        return replace(without, explanation={**without.explanation, "warnings": warnings})

    def _read(self, job: Job, routing: Routing, seconds: float) -> Understanding | Escape:
        worker = self._idle.get()
        try:
            if worker is None or worker.routing_hash != routing.hash:
                if worker:
                    worker.kill()
                worker = _Worker(routing)
            return worker.ask(job, seconds)
        except _Gone as gone:
            if worker:
                worker.kill()
            worker = None
            return gone.escape
        except Broken:
            worker = None
            raise
        finally:
            self._idle.put(worker)


class _Gone(Exception):
    """The worker is of no more use."""

    def __init__(self, escape: Escape) -> None:
        super().__init__(escape.reason)
        self.escape = escape


class _Worker:
    """One process, and the conversation with it."""

    def __init__(self, routing: Routing) -> None:
        self.routing_hash, self._routing = routing.hash, routing
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "mailrouter.cage_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            close_fds=True,
            start_new_session=True,
        )
        self._started = False
        self._opening = {"routing": routing.model_dump(mode="json", by_alias=True), "memory": routing.limits.memory}

    def wait_until_started(self) -> None:
        """Until the worker is ready for its first mail; Broken if it does not get there."""
        if self._started:
            return
        try:
            self._send(self._opening, b"")
            self._receive(_FRAME.size + len(READY), time.monotonic() + _START_SECONDS)
        except _Gone as gone:
            self.kill()
            raise Broken(f"a worker did not start: {gone.escape.reason}") from gone
        self._started = True

    def ask(self, job: Job, seconds: float) -> Understanding | Escape:
        """Send a job and wait for its answer."""
        self.wait_until_started()
        deadline = time.monotonic() + seconds
        writer = threading.Thread(target=self._send_quietly, args=(_head(job), job.raw), daemon=True)
        writer.start()
        text_size, body_size = _FRAME.unpack(self._receive(_FRAME.size, deadline))
        if text_size + body_size > _LARGEST:
            raise _Gone(Escape("the worker answered too much", "het lezen van deze mail leverde te veel op"))
        text = self._receive(text_size, deadline)
        body = self._receive(body_size, deadline)
        writer.join(max(_TO_BE_SCHEDULED, deadline - time.monotonic()))
        if writer.is_alive():
            raise _Gone(Escape("the worker answered before it had read all", _WENT_WRONG))
        return _checked(text, body, len(job.raw), self._routing)

    def kill(self) -> None:
        """End the process at once, with what it started (it leads a group of its own), and clear up after it."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    continue
        self._process.wait()

    def _send_quietly(self, head: Mapping[str, Any], body: bytes) -> None:
        try:
            self._send(head, body)
        except (OSError, ValueError, _Gone):
            return

    def _send(self, head: Mapping[str, Any], body: bytes) -> None:
        assert self._process.stdin is not None
        try:
            write_frame(self._process.stdin, head, body)
        except OSError as error:
            raise self._dead() from error

    def _receive(self, size: int, deadline: float) -> bytes:
        assert self._process.stdout is not None
        descriptor, data = self._process.stdout.fileno(), bytearray()
        while len(data) < size:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise _Gone(Escape("the worker took too long", "het lezen van deze mail duurde te lang"))
            chunk = os.read(descriptor, min(1 << 20, size - len(data)))
            if not chunk:
                raise self._dead()
            data += chunk
        return bytes(data)

    def _dead(self) -> _Gone:
        self._process.kill()
        code = self._process.wait()
        return _Gone(Escape(f"the worker died (exit {code})", _WENT_WRONG, outside=code == -signal.SIGKILL))


def _head(job: Job) -> dict[str, Any]:
    return {
        "size": job.size,
        "reference": job.reference.isoformat(),
        "own": pack_own(job.own),
        "assigned": asdict(job.assigned) if job.assigned else None,
        "largest": job.largest,
        "unopened": job.unopened,
        "codes": asdict(job.codes) if job.codes else None,
        "meeting": job.meeting,
    }


def _checked(text: bytes, body: bytes, raw_size: int, routing: Routing) -> Understanding | Escape:
    try:
        value = json.loads(text)
        if "failed" in value:
            return Escape(f"reading failed: {value['failed']}", _WENT_WRONG)
        return unpack(value, body, raw_size, routing)
    except (ValueError, KeyError, TypeError) as error:
        raise _Gone(Escape(f"the worker answered nonsense: {type(error).__name__}", _WENT_WRONG)) from error

"""A real IMAP server inside this process: pymap in a thread, mail in memory, reachable from this machine only."""

import asyncio
import threading
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from contextlib import suppress

from proxyprotocol.reader import ProxyProtocolReader
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext


class _Config(Config):
    """pymap's settings, with a greeting that does not ask the DNS who we are at every connection."""

    @property
    def greeting(self) -> bytes:
        return b"mailrouter demo server ready"


class ImapServer:
    """One mailbox for one user. `start` gives the port; `stop` ends the server, and what it held is gone."""

    host = "127.0.0.1"

    def __init__(self, user: str, password: str) -> None:
        self.user = user
        self.password = password
        self.port = 0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._listening = threading.Event()
        self._failure: BaseException | None = None

    def start(self) -> int:
        """Listen on a free port of 127.0.0.1; that port. Raises what kept the server from starting."""
        self._thread = threading.Thread(target=self._run, name="demo-imap", daemon=True)
        self._thread.start()
        self._listening.wait()
        if self._failure:
            raise self._failure
        return self.port

    def stop(self) -> None:
        """End all connections and the server. Harmless when it does not run."""
        if self._thread and self._loop:
            with suppress(RuntimeError):  # the loop ended by itself
                self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join()
        self._thread = self._loop = None

    def kick(self) -> None:
        """End all connections, as a server does that is restarted: with BYE, and without warning."""
        if self._loop:
            asyncio.run_coroutine_threadsafe(self._end_sessions(), self._loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._listening.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        config = self._config()
        config.apply_context()
        login = Login(config)
        await login.demo_user_identity.set(UserMetadata(config, self.user, password=self.password))
        answer = IMAPServer(login, config)

        async def session(reader: StreamReader, writer: StreamWriter, peer: SocketInfo) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._sessions.add(task)
            try:
                await answer(reader, writer, peer)
            finally:
                self._sessions.discard(task)

        accept = ProxyProtocolReader(config.proxy_protocol).get_callback(session)
        server = await asyncio.start_server(accept, self.host, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._ended.wait()
        server.close()
        await self._end_sessions()

    def _config(self) -> Config:
        return _Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            demo_data=False,
            demo_user=self.user,
            demo_password=self.password,
            host=self.host,
            port=0,
            tls_enabled=False,
            reject_dnsbl=False,
            hash_context=Cleartext(),  # the password never leaves this process
            cpu_subsystem=Subsystem.for_asyncio(),
        )

    async def _end_sessions(self) -> None:
        sessions = [*self._sessions]
        for task in sessions:
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

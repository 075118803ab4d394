"""A mail sink on this machine: takes every letter and keeps it, for the demo and the tests."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST = 60_000_000


class Sink:
    """An SMTP server on a free port of 127.0.0.1 that accepts all mail.

    `on_message(sender, recipients, content)` is called in a thread for each message, before the sender is told that it
    was taken; so a receipt can be stored first. `messages` holds the same three values of each, in order of arrival.
    """

    def __init__(self, on_message: Callable[[str, list[str], bytes], None] | None = None) -> None:
        self.messages: list[tuple[str, list[str], bytes]] = []
        self._on_message = on_message
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sink", daemon=True)
        self._server: asyncio.Server | None = None

    def start(self) -> int:
        """Start to listen; the port."""
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self.listen(), self._loop).result()
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def stop(self) -> None:
        """Stop listening and end all connections."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def listen(self) -> asyncio.Server:
        """Open the listening socket."""
        return await asyncio.get_running_loop().create_server(self.protocol, "127.0.0.1", 0)

    def protocol(self) -> asyncio.Protocol:
        """The server's side of one connection."""
        return SMTP(self, loop=asyncio.get_running_loop(), hostname="sink.example", data_size_limit=LARGEST)

    async def handle_EHLO(  # noqa: N802  (aiosmtpd calls it so)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer PIPELINING, which aiosmtpd can do but does not say."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message."""
        await self.keep(envelope)
        return "250 2.0.0 taken"

    async def keep(self, envelope: Envelope) -> None:
        """Tell whoever wants to know, then note the message."""
        content = envelope.content
        message = (envelope.mail_from or "", list(envelope.rcpt_tos), content if isinstance(content, bytes) else b"")
        if self._on_message is not None:
            await asyncio.to_thread(self._on_message, *message)
        self.messages.append(message)

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks: list[asyncio.Task[Any]] = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._loop.shutdown_default_executor()

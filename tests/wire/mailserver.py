"""What every IMAP server of the wire tests can do for a test, seen by an ordinary mail program."""

import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from mailrouter.core.settings import Mailbox as Account


class MailServer(ABC):
    """A server on 127.0.0.1 with one mailbox, and a mail program of its own to look into it."""

    host = "127.0.0.1"
    port = 0
    user = "dorpsraden"
    password = "molen-7 dijk"

    @abstractmethod
    def stop(self) -> None:
        """End the server."""

    @abstractmethod
    def restart(self) -> None:
        """Break every connection and answer again on the same port, with the same mail."""

    @abstractmethod
    def kick(self) -> None:
        """End all connections of the user."""

    def account(self, **changes: Any) -> Account:
        """The settings that reach this server, without TLS unless `changes` say otherwise."""
        settings = {
            "address": "dorpsraden@gemeente.example",
            "host": self.host,
            "port": self.port,
            "tls": "none",
            "user": self.user,
            "password": self.password,
            "connect_timeout": "5s",
            "timeout": "5s",
        }
        return Account.model_validate(settings | changes)

    @contextmanager
    def mail_program(self) -> Iterator[IMAPClient]:
        """A connection of somebody else than the router."""
        client = IMAPClient(self.host, self.port, ssl=False, timeout=SocketTimeout(5, 10))
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            client.login(self.user, self.password)
            yield client
        finally:
            client.shutdown()

    def append(self, raw: bytes, folder: str = "INBOX", received: datetime | None = None) -> None:
        """Put a mail in `folder`; `received` (aware) becomes its INTERNALDATE."""
        with self.mail_program() as client:
            client.append(folder, raw, msg_time=received)

    def messages(self, folder: str = "INBOX") -> list[bytes]:
        """The raw mails in `folder`, in order; none when there is no such folder."""
        with self.mail_program() as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def flags(self, folder: str = "INBOX") -> list[set[bytes]]:
        """The flags of each mail in `folder`, in order, without \\Recent."""
        with self.mail_program() as client:
            client.select_folder(folder, readonly=True)
            found = client.get_flags(client.search())
            return [set(found[uid]) - {b"\\Recent"} for uid in sorted(found)]

    def folders(self) -> set[str]:
        """The names of all folders, as the server gives them."""
        with self.mail_program() as client:
            return {name for _, _, name in client.list_folders()}

    def subscribed(self) -> set[str]:
        """The names of the folders that a mail program shows."""
        with self.mail_program() as client:
            return {name for _, _, name in client.list_sub_folders()}

"""Folder names: "/" between levels in our config, whatever the server wants on the wire."""

import imaplib
from contextlib import suppress

from mailrouter.imap.connection import Connection

_NO_MAIL = {b"\\noselect", b"\\nonexistent"}


class Folders:
    """The folders of one connection, by the names our config gives them."""

    def __init__(self, client: Connection) -> None:
        self._client = client
        self._prefix, self._separator, self._prefixes = _layout(client)

    def wire_name(self, folder: str) -> str:
        """The server's name of `folder`: its own separator, and below the prefix of our own folders (RFC 2342)."""
        if folder.upper() == "INBOX":
            return "INBOX"
        name = folder.replace("/", self._separator) if self._separator else folder
        return name if name.startswith(self._prefixes) else self._prefix + name

    def ensure(self, folder: str) -> bool:
        """Make `folder` and the levels above it when missing, and subscribe to them; True when made now."""
        name = self.wire_name(folder)
        if self._takes_mail(name):
            return False
        for parent in self._parents(name):
            if self._flags(parent) is None:
                self._create(parent)
        self._create(name)
        return True

    def _parents(self, name: str) -> list[str]:
        """The names above `name`, highest first: not every server makes them by itself (RFC 3501 §6.3.3)."""
        if not self._separator:
            return []
        start = max((len(prefix) for prefix in self._prefixes if name.startswith(prefix)), default=0)
        ends = [at for at in range(start, len(name)) if name.startswith(self._separator, at)]
        return [name[:end] for end in ends if end]

    def _create(self, name: str) -> None:
        try:
            self._client.create_folder(name)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            if not self._takes_mail(name):  # somebody else may just have made it
                raise
        with suppress(imaplib.IMAP4.error):  # only makes it visible in mail programs
            self._client.subscribe_folder(name)

    def _takes_mail(self, name: str) -> bool:
        flags = self._flags(name)
        return flags is not None and not _NO_MAIL & {flag.lower() for flag in flags}

    def _flags(self, name: str) -> tuple[bytes, ...] | None:
        """The LIST attributes of `name`; None when there is no such folder."""
        found = self._client.list_folders("", name)  # a name with % or * lists others too
        return next((flags for flags, _, listed in found if listed.casefold() == name.casefold()), None)


def _layout(client: Connection) -> tuple[str, str, tuple[str, ...]]:
    """The prefix of our own folders, the separator, and the prefixes of all namespaces the server has."""
    if client.has_capability("NAMESPACE"):
        spaces = client.namespace()
        every = [space for kind in spaces for space in kind or ()]
        if spaces.personal:
            prefix, separator = spaces.personal[0]
            return prefix, separator or "", tuple(other for other, _ in every if other)
    root = client.list_folders("", "")
    return "", root[0][1].decode("ascii") if root and root[0][1] else "", ()

"""The shared mailbox as the router uses it: look, fetch, file. UIDs only, and `\\Seen` is never touched."""

import imaplib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import structlog

from mailrouter.core.settings import Mailbox as Account
from mailrouter.core.telling import without_addresses
from mailrouter.imap.connection import Connection, LoginRefused, Refused, Trouble, as_trouble, drop, leave, refusable
from mailrouter.imap.door import Door
from mailrouter.imap.folders import Folders
from mailrouter.imap.rights import rights
from mailrouter.imap.suspects import Reading, Suspects
from mailrouter.tls import certificate_ends
from mailrouter.tokens import Tokens

FILED = "$MailrouterFiled"
"""The keyword on a mail that is done but that the server cannot move safely."""

_HEADER = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID X-MAILROUTER-LETTER REFERENCES FROM AUTO-SUBMITTED IN-REPLY-TO)]"
_LIST_CHUNK = 500  # keeps a command below 8,000 octets (RFC 7162 §4)
_FETCH_CHUNK = 50
_SEARCH_CHUNK = 50_000  # imaplib refuses a line above 1 MB; a UID takes 11 bytes at most

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of a message before its body is fetched.

    `size` is RFC822.SIZE (bytes), an estimate. `received` is INTERNALDATE in UTC. `header` holds the fields Message-ID,
    X-Mailrouter-Letter, References, From, Auto-Submitted and In-Reply-To, as raw bytes.
    """

    folder: str
    uidvalidity: int
    uid: int
    size: int
    received: datetime
    header: bytes


@dataclass(frozen=True, slots=True)
class FolderState:
    """The UIDs in a folder, ascending. They mean nothing under another UIDVALIDITY (RFC 3501 §2.3.1.1)."""

    uidvalidity: int
    uids: tuple[int, ...]


class FolderReader(Protocol):
    """What can only be looked at: the part of a mailbox that changes nothing."""

    def uids(self, folder: str, first: int = 1) -> FolderState: ...
    def list(self, folder: str, uids: Sequence[int]) -> Iterable[Listed]: ...


class Mailbox:
    """The shared mailbox over one connection, which is made at first use, and made anew after Trouble.

    One thread uses it. Every method raises Trouble when the connection fails or the server refuses; the mails are then
    still where they were, or, when a move was under way, perhaps already in its target. Folder names are those of the
    config, with "/" between levels. When the server has numbered a folder anew since `uids` was last asked, the other
    methods raise Trouble rather than touch the wrong mail, until `uids` is asked again. A mail over which reading broke
    off twice is passed over for a while, so that the others come in. `readonly` opens folders with EXAMINE and refuses
    `ensure`, `move` and `delete`.
    """

    def __init__(
        self, account: Account, ca_file: Path | None = None, tokens: Tokens | None = None, *, readonly: bool = False
    ) -> None:
        self.door = Door(account, ca_file, tokens)
        self._host = account.host
        self._readonly = readonly
        self._client: Connection | None = None
        self._folders: Folders | None = None
        self._selected = ""
        self._numbering: dict[str, int] = {}
        self._suspects = Suspects()
        self._alerts: set[bytes] = set()

    def uids(self, folder: str, first: int = 1) -> FolderState:
        """The UIDs in `folder` from `first` on, as they are now."""
        with self._talking(f"looking in {folder}") as client:
            self._numbering.pop(folder, None)
            exists = self._select(client, folder)
            wanted = ["UID", f"{first}:*"]
            found: set[int] = set()
            for some in _numbers(exists):
                found.update(client.search([*some, *wanted]))
            # n:* always names the last mail, also when its UID is below n (RFC 3501 §6.4.8)
            return FolderState(self._numbering[folder], tuple(sorted(uid for uid in found if uid >= first)))

    def list(self, folder: str, uids: Sequence[int]) -> Iterator[Listed]:
        """Size, date and telling headers of these messages; those that are gone are passed over."""
        for uid, item in self._read(folder, uids, _LIST_CHUNK, "RFC822.SIZE", "INTERNALDATE", _HEADER):
            header = next((item[key] for key in item if key.startswith(b"BODY[HEADER.FIELDS")), None)
            if isinstance(header, bytes):
                size, received = item.get(b"RFC822.SIZE") or 0, _in_utc(item.get(b"INTERNALDATE"))
                yield Listed(folder, self._numbering[folder], uid, size, received, header)

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """UID and raw bytes of these messages, fifty at a time in memory; those that are gone are passed over.

        The server still answers for each of them. A body that the server gives as NIL is passed over too.
        """
        for uid, item in self._read(folder, uids, _FETCH_CHUNK, "BODY.PEEK[]"):
            if isinstance(raw := item.get(b"BODY[]"), bytes):
                yield uid, raw

    def fetch_header(self, folder: str, uid: int) -> bytes:
        """The whole header of a mail that is too large to fetch; empty when the mail is gone."""
        for _, item in self._read(folder, [uid], 1, "BODY.PEEK[HEADER]"):
            if isinstance(raw := item.get(b"BODY[HEADER]"), bytes):
                return raw
        return b""

    def ensure(self, folder: str) -> bool:
        """Make `folder` when missing, and subscribe to it; True when it was made now."""
        self._refuse_when_readonly()
        with self._talking(f"making the folder {folder}") as client:
            return self._names(client).ensure(folder)

    def rights(self, folder: str) -> frozenset[str] | None:
        """Our rights in `folder` (RFC 4314 §2.1), None when nobody tells; Trouble when it cannot be opened for changes.

        Nothing in it changes.
        """
        with self._talking(f"asking for our rights in {folder}") as client:
            self._open(client, folder)
            return rights(client, self._names(client).wire_name(folder))

    def certificate_ends(self) -> datetime | None:
        """When the server's certificate ends; None without TLS."""
        with self._talking("looking at the certificate") as client:
            return certificate_ends(client.socket())

    def move(self, folder: str, uids: Sequence[int], target: str) -> Literal["moved", "kept"]:
        """File mails of which the last letter is settled; `target` is made when missing.

        Before: the journal answers for these mails, the server only keeps them. After "moved": the same, and they are
        in `target`. "kept": the server can neither MOVE (RFC 6851) nor expunge single mails (UIDPLUS, RFC 4315), so
        they stay, with the keyword $MailrouterFiled where the server remembers keywords. Other people's deletions are
        never carried out: there is no plain EXPUNGE. UIDs that are gone count as moved. Refused when `target` takes
        nothing, because it is full for instance. After Trouble ask again: without MOVE that can put a second copy in
        `target`, never fewer than one.
        """
        self._refuse_when_readonly()
        outcome: Literal["moved", "kept"] = "moved"
        for some in _chunks(uids, _LIST_CHUNK):
            with self._talking(f"moving {len(some)} mails from {folder} to {target}") as client:
                self._open(client, folder)
                with refusable():
                    outcome = self._file(client, some, target)
        return outcome

    def delete(self, folder: str, uid: int) -> bool:
        """Destroy one of our own receipts, settled and older than `receipts.keep`; never a council's mail.

        False, and nothing was done, when the server cannot expunge a single message (UIDPLUS). After True it is gone.
        """
        self._refuse_when_readonly()
        with self._talking(f"deleting receipt {uid} from {folder}") as client:
            if not client.has_capability("UIDPLUS"):
                return False
            self._open(client, folder)
            _expunge(client, [uid])
            return True

    def close(self) -> None:
        """Log out. The next use connects again."""
        if self._client:
            leave(self._client)
        self._forget()

    @contextmanager
    def _talking(self, doing: str) -> Iterator[Connection]:
        """The connection, made when there is none; after Trouble there is none."""
        began = time.monotonic()
        try:
            with as_trouble(f"{self._host}: {doing}"):
                if self._client is None:
                    self._client = self.door.connect()
                yield self._client
            self.door.heard(began)
        except Refused:
            self.door.heard(began)
            raise
        except Trouble as trouble:
            if isinstance(trouble, LoginRefused) and self._client:  # let in, but not to this mailbox
                self.door.refused(trouble)
            if self._client:
                drop(self._client)
            self._forget()
            raise

    def _forget(self) -> None:
        self._client = self._folders = None
        self._selected = ""
        self._alerts.clear()

    def _names(self, client: Connection) -> Folders:
        if self._folders is None:
            self._folders = Folders(client)
        return self._folders

    def _open(self, client: Connection, folder: str) -> None:
        if self._selected != folder:
            self._select(client, folder)

    def _select(self, client: Connection, folder: str) -> int:
        """SELECT, and the number of messages; Trouble when UIDs listed earlier no longer mean the same."""
        self._selected = ""
        answer = client.select_folder(self._names(client).wire_name(folder), readonly=self._readonly)
        self._tell_alerts(client)
        numbering = answer[b"UIDVALIDITY"]
        if self._numbering.setdefault(folder, numbering) != numbering:
            raise Trouble(f"{self._host}: {folder} was numbered anew by the server; it must be listed again")
        self._selected = folder
        exists: int = answer[b"EXISTS"]
        return exists

    def _tell_alerts(self, client: Connection) -> None:
        """What must be shown to people (RFC 9051 §7.1, ALERT), once for each connection."""
        said = client._imap.untagged_responses
        for text in {*said.get("OK", ()), *said.get("NO", ())} - self._alerts:
            if text.upper().startswith(b"[ALERT]"):
                self._alerts.add(text)
                _log.warning("the mail server says", alert=without_addresses(text[7:].decode("utf-8", "replace")))

    def _read(self, folder: str, uids: Sequence[int], most: int, *what: str) -> Iterator[tuple[int, dict[bytes, Any]]]:
        """FETCH, `most` messages at a time. One that cannot be read is left out when it is known, else Trouble."""
        if uids:
            self._reach(folder)
        reading = Reading(folder, self._numbering.get(folder, 0), what[-1])
        known = 0
        for some in self._suspects.in_turn(reading, uids, most):
            self._reach(folder)
            try:
                with self._talking(f"reading {len(some)} mails in {folder}") as client:
                    answer: dict[int, dict[bytes, Any]] = client.fetch(some, what)
            except Trouble as trouble:
                rest = self._suspects.broke(reading, some)
                known += bool(rest)
                if known != 1:  # more than one at a time says more of the server than of them
                    raise
                _log.error("a mail cannot be read", folder=folder, uid=some[0], reason=str(trouble), again_in=rest)
            else:
                self._suspects.came(reading, some)
                yield from answer.items()

    def _reach(self, folder: str) -> None:
        with self._talking(f"opening {folder}") as client:
            self._open(client, folder)

    def _file(self, client: Connection, uids: Sequence[int], target: str) -> Literal["moved", "kept"]:
        if client.has_capability("MOVE"):
            self._carry(client.move, uids, target)
            return "moved"
        if client.has_capability("UIDPLUS"):
            self._carry(client.copy, uids, target)
            _expunge(client, uids)
            return "moved"
        _mark(client, uids)
        return "kept"

    def _carry(self, carry: Callable[[Sequence[int], str], object], uids: Sequence[int], target: str) -> None:
        """MOVE or COPY; when that is refused because the target is missing (RFC 3501 §6.4.7), make it first."""
        assert self._folders is not None
        name = self._folders.wire_name(target)
        try:
            carry(uids, name)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            if not self._folders.ensure(target):
                raise
            carry(uids, name)

    def _refuse_when_readonly(self) -> None:
        if self._readonly:
            raise RuntimeError("this mailbox was opened read-only: nothing in it is changed")


def _numbers(exists: int) -> Iterator[list[str]]:
    """Message numbers to search in turn, from the top: an EXPUNGE in between can show a mail twice, never hide one."""
    for top in range(exists, 0, -_SEARCH_CHUNK):
        yield [f"{max(1, top - _SEARCH_CHUNK + 1)}:{'*' if top == exists else top}"]


def _chunks(uids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (uids[start : start + size] for start in range(0, len(uids), size))


def _in_utc(received: datetime | None) -> datetime:
    """INTERNALDATE in UTC; one that cannot be read counts as now, so that `mailbox.since` does not hide the mail."""
    if received is None or not 1970 <= received.year <= 9000:
        return datetime.now(UTC)
    return received.astimezone(UTC)


def _expunge(client: Connection, uids: Sequence[int]) -> None:
    """Remove these messages and no other (UID EXPUNGE, RFC 4315 §2.1)."""
    client.delete_messages(uids, silent=True)
    client.uid_expunge(uids)


def _mark(client: Connection, uids: Sequence[int]) -> None:
    """Show people that these mails are done; a server that takes no keywords may refuse that."""
    try:
        client.add_flags(uids, [FILED], silent=True)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        _log.info("imap.keyword_refused", keyword=FILED, mails=len(uids))

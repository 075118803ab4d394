"""An export: what the journal holds of somebody, as files that can be read and checked without the router.

Of each mail `ID.eml` (the bytes as they came in) and `ID.json` (what became of it); of one that was purged the JSON
alone, which says when. `SHA256SUMS` names every file: `sha256sum --check SHA256SUMS` tells whether all is there.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailrouter.journal.holdings import Holding

_SUMS = "SHA256SUMS"
_NAME = 16
"""Hex digits of the id in a file's name."""


class CannotExport(Exception):
    """The folder cannot be made there."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What is in an export: mails as files, mails that were purged, and mails of which only the header was fetched."""

    mails: int
    purged: int
    headers: int


def export(mails: Sequence[Holding], bytes_of: Callable[[int], bytes | None], folder: Path) -> Exported:
    """Write mails into a new folder, for its owner's eyes only. It gets its name when it is complete and on disk.

    FileExistsError (nothing is overwritten), CannotExport; after each of them no folder is left.
    """
    if os.path.lexists(folder):
        raise FileExistsError(f"{folder} is there already")
    try:
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise CannotExport(f"no folder can be made in {folder.parent}: {error.strerror or error}") from error
    try:
        done = [_write_mail(part, mail, bytes_of(mail.number)) for mail in mails]
        sums = [f"{_sha256(file)}  {file.name}\n" for file in sorted(part.iterdir())]
        _write(part / _SUMS, "".join(sums).encode())
        part.rename(folder)
    except OSError as error:
        raise CannotExport(f"{folder} could not be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Exported(done.count("mail"), done.count("purged"), done.count("header"))


def _write_mail(folder: Path, mail: Holding, raw: bytes | None) -> str:
    """Write one mail's files; "mail", "header" (the rest was too large to fetch) or "purged"."""
    name = mail.id[:_NAME]
    if raw is not None:
        _write(folder / f"{name}.eml", raw)
    told = _told(mail, f"{name}.eml" if raw is not None else None, raw)
    _write(folder / f"{name}.json", (json.dumps(told, indent=2, ensure_ascii=True) + "\n").encode())
    return "purged" if raw is None else "mail" if mail.whole else "header"


def _told(mail: Holding, file: str | None, raw: bytes | None) -> dict[str, Any]:
    recipients = [
        {
            "role": letter.role,
            "name": letter.name,
            "address": letter.address,
            "why": letter.purpose,
            "state": letter.state,
            "time": _iso(letter.changed),
            "letter": letter.id,
            "sha256": letter.sha256,
        }
        for letter in mail.letters
    ]
    return {
        "id": mail.id,
        "time": _iso(mail.received),
        "sender": mail.sender,
        "subject": mail.subject,
        "recipients": recipients,
        "sha256": hashlib.sha256(raw).hexdigest() if raw is not None else mail.sha256,
        "size": mail.size,
        "file": file,
        "complete": raw is not None and mail.whole,
        "purged": _iso(mail.purged),
        "state": mail.state,
        "outcome": mail.outcome,
        "village": mail.village,
        "kind": mail.kind,
        "folder": mail.folder,
    }


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _iso(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds is not None else None

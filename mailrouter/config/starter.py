"""A config to start from: the worked example with all its comments, and a router key of its own."""

import os
import secrets
from pathlib import Path

from mailrouter.config.loading import share
from mailrouter.config.problem import ConfigError, Place
from mailrouter.config.tables import FILES

KEY_FILE = "mailrouter_router__key"


def init(folder: Path) -> list[Path]:
    """Write the starter config and a router key (32 random bytes, hex, for the owner's eyes only).

    Returns the files written. Raises ConfigError, and writes nothing, when one of them is there already.
    """
    contents = {folder / name: (share() / "config" / name).read_bytes() for name in FILES}
    key = folder / "secrets" / KEY_FILE
    problems = [
        Place(str(path)).problem("this file is there already; nothing was written, choose another folder")
        for path in (*contents, key)
        if path.exists() or path.is_symlink()
    ]
    if problems:
        raise ConfigError(problems)
    key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path, content in contents.items():
        _write(path, content, 0o644)
    _write(key, secrets.token_hex(32).encode() + b"\n", 0o600)
    return [*contents, key]


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)

"""The config of the demo: the shipped worked example, with mailbox and relay on this machine."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from mailrouter.config import init
from mailrouter.demo.samples import WEEK

USER: Final = "dorpsraden@gemeente.example"
"""Who logs in to the demo's mailbox; its password is the caller's."""


def write_demo_config(folder: Path, imap_port: int, smtp_port: int, password: str) -> Path:
    """Write the worked example to `folder`/config, with a router key of its own; that path.

    The books are kept in `folder`/state. Raises ConfigError when there is a config already.
    """
    config = folder / "config"
    init(config)
    _write_secret(config / "secrets" / "mailrouter_mailbox__password", password)
    yaml = YAML()
    settings = yaml.load(config / "mailrouter.yaml")
    for section, values in _on_this_machine(imap_port, smtp_port).items():
        settings.setdefault(section, {}).update(values)
    settings["delivery"].pop("user", None)
    yaml.dump(settings, config / "mailrouter.yaml")
    return config


def _on_this_machine(imap_port: int, smtp_port: int) -> dict[str, dict[str, Any]]:
    """What differs from the worked example: everything is near, everything is quick."""
    here = {"host": "127.0.0.1", "tls": "none"}
    return {
        "mailbox": here | {"port": imap_port, "user": USER, "since": (WEEK - timedelta(days=7)).date()},
        "delivery": here | {"port": smtp_port, "rate": 0},
        "receipts": {"wait": "5s"},
        "schedule": {"poll": "2s"},
        "journal": {"folder": "../state"},
    }


def _write_secret(file: Path, value: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as secret:
        secret.write(value)

"""The command line. Each verb reads its words, asks the parts, and shows what they answer; codes follow sysexits."""

from mailrouter import logs
from mailrouter.cli import (
    asking,
    configuring,
    deciding,
    evaluating,
    examining,
    keeping,
    previewing,
    replaying,
    rights,
    running,
    suggesting,
)
from mailrouter.cli.common import EX_USAGE, app

__all__ = [
    "app", "asking", "configuring", "deciding", "evaluating", "examining", "keeping", "main", "previewing", "replaying",
    "rights", "running", "suggesting",
]  # fmt: skip

_CLICK_USAGE = 2


def main() -> None:
    """The entry point. What is not a verb or not one of its words ends with EX_USAGE. Logs go to stderr."""
    logs.configure()
    try:
        app()
    except SystemExit as end:
        raise SystemExit(EX_USAGE if end.code == _CLICK_USAGE else end.code) from None

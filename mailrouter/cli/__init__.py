"""The command line. Each verb reads its words, asks the parts, and shows what they answer; codes follow sysexits."""

from mailrouter.cli import asking, configuring, deciding, running
from mailrouter.cli.common import app

__all__ = ["app", "asking", "configuring", "deciding", "main", "running"]


def main() -> None:
    """The entry point."""
    app()

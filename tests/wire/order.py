"""What a forked process is ordered to be: `mailrouter` with some words, as `python -m mailrouter` would be."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mailrouter import cli

TOP = Path(__file__).parents[2]


@dataclass(frozen=True)
class Order:
    """`mailrouter` with these words. Its log is added to `log`, what it prints to `output`."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    output: Path = Path(os.devnull)
    folder: Path = TOP
    """Where it works."""
    stop: int = 0
    """The stop (SIGSTOP) at which the process is killed instead of being let go on; 0: none."""

    def launch(self) -> None:
        """Become what is ordered. Ends with SystemExit, as the command line does."""
        for descriptor, path in ((0, Path(os.devnull)), (1, self.output), (2, self.log)):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND if descriptor else os.O_RDONLY
            opened = os.open(path, flags, 0o600)
            os.dup2(opened, descriptor)
            os.close(opened)
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        self.prepare()
        sys.argv = ["mailrouter", *self.words]
        cli.main()

    def prepare(self) -> None:
        """What comes before the program itself begins: here nothing."""

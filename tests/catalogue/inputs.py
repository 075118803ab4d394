"""The catalogue: every bad input with what must become of it, and the script that writes them out.

    python -m tests.catalogue.inputs FOLDER

writes each as an .eml file with its expectation beside it in JSON, to be tried with `mailrouter explain`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tests.catalogue.bodies import BODIES
from tests.catalogue.case import BadInput, ServerInput
from tests.catalogue.files import FILES
from tests.catalogue.fooled import FOOLED
from tests.catalogue.heads import HEADS
from tests.catalogue.structures import STRUCTURES

INPUTS: tuple[BadInput, ...] = tuple(
    sorted((*HEADS, *BODIES, *STRUCTURES, *FILES, *FOOLED), key=lambda bad: (bad.number, bad.variant))
)

_IMAP, _FAULTS, _POISON = "tests/wire/test_imap.py", "tests/wire/test_imap_faults.py", "tests/wire/test_poison.py"

SERVER_INPUTS = (
    ServerInput(
        88,
        "mail of 50 MB, whole",
        "forwarded without its photo; the letter names the folder where it lies",
        f"{_POISON}::test_mails_beyond_all_bounds",
    ),
    ServerInput(
        89,
        "mail too large, its size asked first",
        "never fetched",
        "tests/router/test_router.py::test_a_mail_too_large_is_not_fetched",
    ),
    ServerInput(
        90,
        "mail server that lies about the size of a mail",
        "connects anew; that mail stays in the inbox, named by `verify`, and all others go on",
        f"{_FAULTS}::test_a_wrong_size_of_one_mail",
    ),
    ServerInput(
        91,
        "mail that vanishes between SEARCH and FETCH",
        "passed over",
        f"{_IMAP}::test_a_vanished_mail_is_passed_over",
    ),
    ServerInput(
        92,
        "mail server that gives a mail as NIL",
        "asked for again at each poll; stays in the inbox, named by `verify`",
        f"{_IMAP}::test_a_body_that_is_nil_is_passed_over",
    ),
    ServerInput(
        93,
        "folder names that are not ASCII (modified UTF-7)",
        "read and made as any folder",
        f"{_IMAP}::test_names_need_not_be_ascii",
    ),
)


def written(folder: Path) -> list[Path]:
    """Write every input and its expectation; the mails in order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for bad in INPUTS:
        path = folder / f"{bad.number:02}{bad.variant}.eml"
        path.write_bytes(bad.raw)
        path.with_suffix(".json").write_text(json.dumps(_expected(bad), indent=1))
        paths.append(path)
    return paths


def _expected(bad: BadInput) -> dict[str, Any]:
    return {
        "title": bad.title,
        "outcome": "forward" if bad.ending == "duplicate" else bad.ending,
        "mail": dict(bad.mail),
        "says": list(bad.says),
        **bad.told,
    }


if __name__ == "__main__":
    print(f"{len(written(Path(sys.argv[1])))} mails in {sys.argv[1]}")

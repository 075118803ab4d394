"""The catalogue as administrators read it: the table in docs/reference/bad-input.md.

python -m tests.catalogue.page writes it anew.
"""

from pathlib import Path

from tests.catalogue.inputs import INPUTS, SERVER_INPUTS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "bad-input.md"
HEAD = "| | what comes in | what becomes of it | what the router does |\n|---|---|---|---|\n"
_BECOMES = {"forward": "forwarded", "desk": "desk", "file": "filed", "duplicate": "filed as a copy"}


def table() -> str:
    """The table, in the order of the numbers."""
    rows = [(bad.number, bad.variant, bad.title, _BECOMES[bad.ending], bad.does) for bad in INPUTS]
    rows += [(server.number, "~", server.title, "", server.does) for server in SERVER_INPUTS]
    return HEAD + "".join(
        f"| {number} | {title} | {becomes} | {does} |\n" for number, _, title, becomes, does in sorted(rows)
    )


def page() -> str:
    """The page as it must be: everything before the table as it is, and the table."""
    return PAGE.read_text().partition(HEAD)[0] + table()


if __name__ == "__main__":
    PAGE.write_text(page())

"""The repo around the code: docs that keep up with it, locks that hold, nothing that belongs to one machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from mailrouter.config import Example, Expect
from mailrouter.core import routing, settings, terms

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LOCKS = ("requirements.txt", "requirements-dev.txt")
ENTRIES: dict[str, type[BaseModel]] = {
    "college": terms.College,
    "village": routing.Village,
    "term": terms.Term,
    "official": routing.Official,
    "absence": routing.Absence,
    "copy": routing.Copy,
    "topic": routing.Topic,
    "kinds": routing.Kinds,
    "kind": routing.Kind,
    "phrase": routing.Phrase,
    "pattern": routing.Pattern,
    "sign": routing.Sign,
    "example": Example,
    "expect": Expect,
}
"""Heading in docs/reference/config.md → the model it describes, for the files other than mailrouter.yaml."""


def tracked_files() -> list[Path]:
    """Files of the repo as git has them, or would take them when they are added."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def sections(page: Path) -> dict[str, str]:
    """Heading of the second level → what stands under it."""
    parts = re.split(r"(?m)^#{1,2} +(.+)$", page.read_text())
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def models() -> Iterator[tuple[str, type[BaseModel]]]:
    """(heading, model) of every section of mailrouter.yaml and every entry of the other files."""
    for name, field in settings.Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield name, field.annotation
    for name, model in ENTRIES.items():
        yield name, model


def rows(text: str) -> dict[str, str]:
    """Key → default, as a table of the config page says them."""
    return dict(re.findall(r"(?m)^\| `(\w+)` \| (.*?) \|", text))


def default_in_docs(field: FieldInfo, written: str) -> bool:
    """Whether the column `default` is true for a field."""
    if written == "required":
        return field.is_required()
    if written == "–":
        return not field.is_required() and not field.get_default(call_default_factory=True)
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    value: Any = written.split(", ") if isinstance(field.default, tuple) else written
    return bool(TypeAdapter(kind).validate_python(value) == field.default)


def test_every_verb_has_its_heading() -> None:
    """The reference of the command line has a heading for each verb, and none for a verb that is not there."""
    from mailrouter.cli import app

    verbs = set(typer.main.get_group(app).commands)
    headings = set(sections(DOCS / "reference" / "command-line.md")) - {"The command line"}
    assert headings == verbs


@pytest.mark.parametrize(("heading", "model"), list(models()), ids=[name for name, _ in models()])
def test_every_key_has_its_row(heading: str, model: type[BaseModel]) -> None:
    """The reference of the config has a row for each key, in the order of the model, and no other."""
    keys = [field.alias or name for name, field in model.model_fields.items()]
    assert list(rows(sections(DOCS / "reference" / "config.md")[heading])) == keys


@pytest.mark.parametrize(("heading", "model"), list(models()), ids=[name for name, _ in models()])
def test_the_documented_defaults_are_true(heading: str, model: type[BaseModel]) -> None:
    """The reference of the config says the default that the model has."""
    written = rows(sections(DOCS / "reference" / "config.md")[heading])
    wrong = {
        key: (written[key], field.default)
        for key, field in ((field.alias or name, field) for name, field in model.model_fields.items())
        if key in written and not default_in_docs(field, written[key])
    }
    assert wrong == {}


def test_every_section_of_the_settings_has_its_heading() -> None:
    """A new section of mailrouter.yaml cannot go without a place in the reference."""
    headings = set(sections(DOCS / "reference" / "config.md"))
    assert set(settings.Settings.model_fields) - headings == set()


def test_links_in_the_docs_lead_somewhere() -> None:
    """A link from one page to another file of the repo points at a file that is there."""
    pages = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "systemd").glob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?://)([^)#\s]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_its_hash(name: str) -> None:
    """A lock file pins each package to one version with at least one sha256."""
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", (ROOT / name).read_text())[1:]
    loose = [
        entry.splitlines()[0]
        for entry in entries
        if not re.match(r"[\w.-]+==\S+ ", entry) or not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)
    ]
    assert (len(entries) > 20, loose) == (True, [])


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_index(name: str) -> None:
    """A lock file says what to install, not where from: that is up to the machine."""
    assert (
        re.findall(r"(?i)\w+://\S+|--(?:(?:extra-)?index-url|find-links|trusted-host)", (ROOT / name).read_text()) == []
    )


def test_nothing_belongs_to_one_machine() -> None:
    """No file of the repo names a place or a package index of the machine it was made on."""
    machine = re.compile(rb"/" + rb"work/|/opt/" + rb"pypi|file:///|--(?:extra-)?index-url[ =]\S+|/root/\.")
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode(errors='replace')}"
        for path in tracked_files()
        if path != Path(__file__) and (match := machine.search(path.read_bytes()))
    ]
    assert found == []


def test_the_core_asks_no_clock_and_opens_no_file() -> None:
    """The core gets its moments and bytes handed to it; the import contracts cannot see these calls."""
    calls = [
        f"{path.name}:{node.lineno}: {ast.unparse(node.func)}()"
        for path in sorted((ROOT / "mailrouter" / "core").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _reaches_out(node.func)
    ]
    assert calls == []


def _reaches_out(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in ("now", "utcnow", "today")
    return isinstance(function, ast.Name) and function.id in ("open", "print", "input")


def test_the_licence_is_whole() -> None:
    """LICENCE holds the EUPL 1.2 from its title to the end of its appendix."""
    text = (ROOT / "LICENCE").read_text()
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert [number for number in range(1, 16) if f"\n{number}." not in text] == []
    assert "Appendix\n\n‘Compatible Licences’ according to Article 5 EUPL are:" in text
    assert text.endswith("require the production of a new EUPL version.\n")

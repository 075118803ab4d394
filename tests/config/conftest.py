"""A small, right config in a folder of its own, for tests to break in one place."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mailrouter.config import ConfigError, check, load, loading

FILES = {
    "mailrouter.yaml": """\
municipality:
  name: gemeente Voorbeeld
roles:
  ambassador: ambassadeur
  area_manager: gebiedsmanager
  portfolio_holder: portefeuillehouder
mailbox:
  address: dorpsraden@gemeente.example
  aliases: [dorpen@gemeente.example]
  host: imap.gemeente.example
  port: 993
  tls: implicit
  user: dorpsraden
delivery:
  host: smtp.gemeente.example
  tls: starttls
desk:
  addresses:
    - balie@gemeente.example
receipts:
  address: bewijs@gemeente.example
folders:
  done: "Verwerkt/{village}"
journal:
  folder: state
""",
    "villages.yaml": """\
oosterdorp:
  name: Oosterdorp
  senders:
    - "@dorpsraad-oosterdorp.example"
  officials:
    ambassador: veldzicht
    area_manager: hagedoorn
westerdorp:
  name: Westerdorp
  senders:
    - dorpsraad.westerdorp@postvak.example
  officials:
    ambassador:
      - official: veldzicht
        until: 2026-06-30
      - official: oeverman
        from: 2026-07-01
    area_manager: hagedoorn
""",
    "officials.yaml": """\
veldzicht:
  name: mevrouw Van Veldzicht
  email: veldzicht@gemeente.example
oeverman:
  name: de heer Oeverman
  email: oeverman@gemeente.example
hagedoorn:
  name: de heer Hagedoorn
  email: hagedoorn@gemeente.example
""",
    "topics.yaml": """\
verkeer:
  title: Verkeer
  words: [kruising]
  portfolio_holder: oeverman
""",
    "kinds.yaml": """\
threshold: 0.6
fallback: other
kinds:
  minutes:
    title: Notulen
    to: [ambassador, area_manager]
    cc: [portfolio_holder]
    evidence:
      - phrase: notulen
        weight: 5
  other:
    title: Bericht
    to: [area_manager]
""",
    "examples.yaml": """\
- name: minutes
  from: secretaris@dorpsraad-oosterdorp.example
  subject: Notulen
  text: Hierbij de notulen.
  expect:
    outcome: forward
    village: oosterdorp
""",
}

TEMPLATES = ("letter.txt.j2", "letter.html.j2", "desk.txt.j2", "desk.html.j2")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings from outside, and no templates but those of the test."""
    for name in os.environ:
        if name.upper().startswith("MAILROUTER_") or name == "CREDENTIALS_DIRECTORY":
            monkeypatch.delenv(name)
    monkeypatch.setattr(loading, "share", lambda: tmp_path / "shipped")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A config folder in which nothing is wrong."""
    folder = tmp_path / "config"
    (folder / "templates").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    for name in TEMPLATES:
        (folder / "templates" / name).write_text("{{ subject }}\n")
    return folder


Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace the one place in a file where `old` stands."""

    def replace(file: str, old: str, new: str) -> None:
        text = (folder / file).read_text()
        assert text.count(old) == 1, (file, old)
        (folder / file).write_text(text.replace(old, new))

    return replace


Problems = Callable[[], list[str]]


@pytest.fixture
def problems(folder: Path) -> Problems:
    """All that is wrong with the folder, as printed, with the folder's own path left out; warnings are marked.

    But for the registry: the folder is one that was made before there was such a role (`test_directory_problems`).
    """

    def find() -> list[str]:
        try:
            found = check(load(folder))
        except ConfigError as error:
            found = list(error.problems)
        marks = {"error": "", "warning": "warning "}
        told = [f"{marks[problem.severity]}{problem}".replace(f"{folder}/", "") for problem in found]
        return [line for line in told if 'role "registry"' not in line]

    return find

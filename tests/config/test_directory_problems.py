"""Errors in the directory, planted in the worked example: `check` names each of them with its file and line."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from mailrouter.config import ConfigError, check, load
from mailrouter.config.loading import demands
from mailrouter.config.tables import OFFICIALS, SETTINGS, TOPICS, VILLAGES

TODAY = date(2026, 11, 28)
EXAMPLE = Path(__file__).resolve().parents[2] / "config"

PLANTED: dict[str, tuple[str, str, str, str, str]] = {
    "gap": (VILLAGES, "from: 2026-07-01", "from: 2026-07-15", "official: wethouder-oeverman",
            "nobody holds the role ambassador from 2026-07-01 to 2026-07-14"),
    "overlap": (VILLAGES, "from: 2025-09-01", "from: 2025-08-15", "official: gebied-noord",
                "two hold the role area_manager at once from 2025-08-15"),
    "ends soon": (VILLAGES, "    ambassador: wethouder-klaverland\n    area_manager: gebied-noord",
                  "    ambassador:\n      - official: wethouder-klaverland\n        until: 2027-01-15\n"
                  "    area_manager: gebied-noord",
                  "until: 2027-01-15", "the last term of the role ambassador ends on 2027-01-15, in 48 days"),
    "ended": (VILLAGES, "    ambassador: wethouder-bronkhof\n    area_manager: gebied-noord",
              "    ambassador:\n      - official: wethouder-bronkhof\n        until: 2026-10-31\n"
              "    area_manager: gebied-noord",
              "until: 2026-10-31", "nobody holds the role ambassador since the last term ended on 2026-10-31"),
    "backwards": (VILLAGES, "        until: 2025-08-31", "        until: 2023-08-31",
                  "until: 2023-08-31", "the term ends before it begins"),
    "college": (VILLAGES, "        from: 2026-07-01", '        college: "2030-2034"',
                'college: "2030-2034"', 'there is no college "2030-2034"'),
    "unknown official": (VILLAGES, "    ambassador: wethouder-oeverman", "    ambassador: wethouder-overman",
                         "wethouder-overman", 'there is no official "wethouder-overman"'),
    "unknown role": (VILLAGES, "    area_manager: gebied-west\n\nnoorderveen",
                     "    area_manger: gebied-west\n\nnoorderveen",
                     "area_manger", 'there is no role "area_manger"'),
    "left": (OFFICIALS, "  email: bronkhof@gemeente.example", "  email: bronkhof@gemeente.example\n  until: 2026-09-30",
             "villages.yaml:ambassador: wethouder-bronkhof",
             "wethouder-bronkhof left on 2026-09-30 without a successor, but holds the role ambassador after that"),
    "left with a portfolio": (OFFICIALS, "  email: bronkhof@gemeente.example",
                              "  email: bronkhof@gemeente.example\n  until: 2026-09-30",
                              "topics.yaml:portfolio_holder: wethouder-bronkhof",
                              "but holds the role portfolio_holder after that"),
    "left but reads along": (OFFICIALS, "  email: bestuurssecretariaat@gemeente.example",
                             "  email: bestuurssecretariaat@gemeente.example\n  until: 2026-01-31",
                             "- bestuurssecretariaat", "bestuurssecretariaat left on 2026-01-31, but is to get copies"),
    "not there yet": (OFFICIALS, "  email: sluiswacht@gemeente.example",
                      "  email: sluiswacht@gemeente.example\n  from: 2027-02-01",
                      "villages.yaml:official: gebied-noord", "gebied-noord begins on 2027-02-01, but holds the role"),
    "successor of none": (OFFICIALS, "  email: oeverman@gemeente.example",
                          "  email: oeverman@gemeente.example\n  until: 2027-03-31\n  successor: wethouder-x",
                          "successor: wethouder-x", 'there is no official "wethouder-x"'),
    "successor without a day": (OFFICIALS, "  email: oeverman@gemeente.example",
                                "  email: oeverman@gemeente.example\n  successor: wethouder-bronkhof",
                                "successor: wethouder-bronkhof", "has a successor but no last day"),
    "successors in a circle": (OFFICIALS, "  email: oeverman@gemeente.example",
                               "  email: oeverman@gemeente.example\n  until: 2026-10-31\n"
                               "  successor: wethouder-oeverman",
                               "successor: wethouder-oeverman", "the successors go round in a circle"),
    "substitute of none": (OFFICIALS, "      substitute: gebied-oost", "      substitute: gebied-oostt",
                           "substitute: gebied-oostt", 'there is no official "gebied-oostt"'),
    "substitute themself": (OFFICIALS, "      substitute: gebied-oost", "      substitute: gebied-west",
                            "substitute: gebied-west", "gebied-west cannot stand in for themself"),
    "absence backwards": (OFFICIALS, "      until: 2026-08-09", "      until: 2026-07-09",
                          "until: 2026-07-09", "the absence ends before it begins"),
    "copy of an unknown kind": (OFFICIALS, "    - bestuurssecretariaat ",
                                "    - {official: bestuurssecretariaat, kinds: [invitatie]} ",
                                "kinds: [invitatie]", 'there is no kind "invitatie"'),
    "copy to themself": (OFFICIALS, "    - bestuurssecretariaat ", "    - wethouder-klaverland ",
                         "- wethouder-klaverland", "wethouder-klaverland is to get a copy of its own letters"),
    "no address": (OFFICIALS, "  email: wonen@gemeente.example\n", "", "team-wonen:", "team-wonen has no e-mail"),
    "one address for two": (OFFICIALS, "  email: wonen@gemeente.example", "  email: Verkeer@gemeente.example",
                            "email: Verkeer@gemeente.example", "is the address of team-verkeer too"),
    "no portfolio holder": (TOPICS, "  portfolio_holder: wethouder-oeverman\n", "",
                            "wonen:", 'the topic wonen has no portfolio_holder, which the kind "complaint" goes to'),
    "portfolio runs out": (TOPICS, "  portfolio_holder: wethouder-oeverman\n",
                           "  portfolio_holder:\n    - official: wethouder-oeverman\n      until: 2026-12-31\n",
                           "until: 2026-12-31", "the last term of the role portfolio_holder ends on 2026-12-31"),
    "college ends": (SETTINGS, "    from: 2026-07-01", "    from: 2026-07-01\n    until: 2027-01-10",
                     '"2026-2030":', 'the term of the college "2026-2030" ends on 2027-01-10, in 43 days'),
    "between colleges": (SETTINGS, "    from: 2022-06-08", "    from: 2022-06-08\n    until: 2026-06-20",
                         '"2026-2030":', "there is no college from 2026-06-21 to 2026-06-30"),
    "no registry": (SETTINGS, "    registry: team-registratie", "    ambassador: wethouder-oeverman",
                    "officials:", 'nobody holds the role "registry"'),
}  # fmt: skip
"""What is planted: file, what stands there, what is put there, at which words (of which file) it is told, and how."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The worked example, to plant something in; the day is always the same one."""
    monkeypatch.setattr("mailrouter.config.loading.share", lambda: EXAMPLE.parent)
    monkeypatch.setattr("mailrouter.config.loading._today", lambda settings: TODAY)
    for file in EXAMPLE.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    return tmp_path


def plant(folder: Path, file: str, old: str, new: str) -> None:
    """Put something else in the first place, outside comments, where `old` stands."""
    text = (folder / file).read_text()
    places = (found.start() for found in re.finditer(re.escape(old), text))
    at = next(place for place in places if not text[text.rfind("\n", 0, place) + 1 :].startswith("#"))
    (folder / file).write_text(text[:at] + new + text[at + len(old) :])


def problems(folder: Path) -> list[str]:
    """All that `check` tells on that day, without the folder's own path."""
    try:
        found = check(load(folder), TODAY)
    except ConfigError as error:
        found = list(error.problems)
    return [str(problem).replace(f"{folder}/", "") for problem in found]


def line_of(folder: Path, file: str, words: str) -> int:
    """The line, outside comments, where those words stand."""
    lines = (folder / file).read_text().splitlines()
    return next(n for n, line in enumerate(lines, 1) if words in line and not line.startswith("#"))


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_each_planted_error_is_named_where_it_stands(folder: Path, name: str) -> None:
    """File and line of each, and what is wrong."""
    file, old, new, at, message = PLANTED[name]
    assert problems(folder) == []
    plant(folder, file, old, new)
    told_in, _, words = at.partition(":") if ".yaml:" in at else (file, "", at)
    place = f"{told_in}:{line_of(folder, told_in, words)}:"
    assert [line for line in problems(folder) if line.startswith(place) and message in line], problems(folder)


def test_twenty_at_once(folder: Path) -> None:
    """Errors do not hide each other: so many planted together are all told, each with file, line and column."""
    together = [
        "gap", "overlap", "ends soon", "ended", "left", "left with a portfolio", "left but reads along",
        "not there yet", "successor without a day", "substitute of none", "absence backwards", "no address",
        "no portfolio holder", "college ends", "between colleges", "unknown official", "unknown role",
    ]  # fmt: skip
    for name in together:
        file, old, new, _, _ = PLANTED[name]
        if not new or new not in (folder / file).read_text():
            plant(folder, file, old, new)
    plant(folder, TOPICS, "department: team-groen", "department: team-groenn")
    plant(folder, TOPICS, "department: team-afval", "department:\n    - {official: team-afval, until: 2026-12-24}")
    plant(folder, OFFICIALS, "  email: afval@gemeente.example",
          "  email: afval@gemeente.example\n  copy_to: [team-afval]")  # fmt: skip
    told = problems(folder)
    missing = [name for name in together if not any(PLANTED[name][4] in line for line in told)]
    assert missing == []
    assert all(re.match(r"[a-z]+\.yaml:\d+:\d+: ", line) for line in told)
    assert len(told) >= 20


def test_the_substitute_is_away_too(folder: Path) -> None:
    """Told at the substitute's name, with the days on which nobody is there; not when somebody stands in for them."""
    away = "  absences:\n    - {{from: 2027-01-04, until: 2027-01-20, substitute: {}}}\n"
    email = "  email: hagedoorn@gemeente.example\n"
    plant(folder, OFFICIALS, email, email + away.format("gebied-noord"))
    email = "  email: sluiswacht@gemeente.example\n"
    plant(folder, OFFICIALS, email, email + "  absences:\n    - {from: 2027-01-18, until: 2027-02-01}\n")
    line = line_of(folder, OFFICIALS, "substitute: gebied-noord")
    message = "the substitute gebied-noord is absent too, from 2027-01-18 to 2027-01-20, and nobody stands in for them"
    assert [told for told in problems(folder) if told.startswith(f"officials.yaml:{line}:") and message in told]
    plant(folder, OFFICIALS, "until: 2027-02-01}", "until: 2027-02-01, substitute: gebied-west}")
    assert problems(folder) == []


def test_a_config_without_registry_still_runs(folder: Path) -> None:
    """`check` insists on the role; a router that ran without goes on."""
    plant(folder, SETTINGS, "  registry: documentregistratie\n", "")
    plant(folder, SETTINGS, "    registry: team-registratie", "    ambassador: wethouder-oeverman")
    config = load(folder)
    assert [problem.severity for problem in demands(config.tables)] == ["error"]
    place = f"mailrouter.yaml:{line_of(folder, SETTINGS, 'roles:')}:1:"
    assert [told for told in problems(folder) if told.startswith(f'{place} there is no role "registry"')]


def test_check_looks_at_the_day_it_is_asked_about(folder: Path) -> None:
    """A term that ends in two months is told then, and not before."""
    plant(folder, *PLANTED["ends soon"][:3])
    config = load(folder)
    assert [[], ["in 59 days"]] == [
        re.findall(r"in \d+ days", "\n".join(problem.message for problem in check(config, day)))
        for day in (date(2026, 11, 15), date(2026, 11, 17))
    ]


def test_a_change_of_college_is_one_date(folder: Path) -> None:
    """Terms that name their college move with it; nothing else has to be changed."""
    plant(folder, VILLAGES, "        until: 2026-06-30", '        college: "2022-2026"')
    plant(folder, VILLAGES, "        from: 2026-07-01", '        college: "2026-2030"')
    assert problems(folder) == []
    terms = load(folder).routing.villages["oosterdorp"].officials["ambassador"]
    assert [(date(2022, 6, 8), date(2026, 6, 30)), (date(2026, 7, 1), None)] == [(t.since, t.until) for t in terms]
    plant(folder, SETTINGS, "from: 2026-07-01", "from: 2026-07-08")
    terms = load(folder).routing.villages["oosterdorp"].officials["ambassador"]
    assert [date(2026, 7, 7), date(2026, 7, 8)] == [terms[0].until, terms[1].since]

"""`replay`: what a draft of the config would change, on the mails of a journal. The real verb, with its cage."""

import io
import json
import shutil
import sqlite3
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailrouter.cli import main
from mailrouter.config import init, load
from mailrouter.core.understand import Assignment
from mailrouter.demo.samples import WEEK
from mailrouter.journal import Arrival, Journal
from mailrouter.promises import Promises
from tests.router.world import KEY, ReadingCage
from tests.wire.office import a_mail, minutes

HAGEDOORN, DESK, NEW = "hagedoorn@gemeente.example", "balie@gemeente.example", "nieuw.oost@gemeente.example"
STRANGER = "nieuwe.secretaris@postvak.example"
WEST = "secretaris@dorpsbelangen-westerdorp.example"
OF_OOST = ("officials.yaml", HAGEDOORN, NEW)
"""One line: the area manager of Oosterdorp, and of nobody else here, gets another address."""


class Town:
    """A config folder, and beside it the journal of a router that decided five mails under it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config, self.state = folder, folder / "config", folder / "state"

    def draft(self, *edits: tuple[str, str, str]) -> Path:
        """A copy of the config in which words of a file are replaced."""
        draft = self.folder / "draft"
        shutil.copytree(self.config, draft)
        self.edit(draft, *edits)
        return draft

    def edit(self, config: Path, *edits: tuple[str, str, str]) -> None:
        """Replace words in files of a config."""
        for file, old, new in edits:
            text = (config / file).read_text()
            assert old in text
            (config / file).write_text(text.replace(old, new))

    def journal(self) -> Journal:
        return Journal(self.state, must_exist=True)

    def decide(self, number: int, village: str, kind: str) -> None:
        """A person decides."""
        journal, routing = self.journal(), load(self.config).routing
        Promises(journal, ReadingCage(routing), routing, KEY).decide_again(
            number, "piet", Assignment(village, kind, "piet")
        )
        journal.close()

    def ids(self) -> dict[str, str]:
        """Subject → id, as `list` shows it."""
        journal = self.journal()
        shown = {mail["explanation"]["mail"]["subject"]: mail["id_shown"] for mail in journal.mails()}
        journal.close()
        return shown

    def replay(self, *words: str | Path, code: int = 0) -> SimpleNamespace:
        """What the verb says; run beside the folders."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patched:
            patched.delenv("MAILROUTER_CONFIG", raising=False)
            patched.chdir(self.folder)
            for name, value in (("argv", ["mailrouter", "replay", *map(str, words)]), ("stdout", out), ("stderr", err)):
                patched.setattr(sys, name, value)
            with pytest.raises(SystemExit) as end:
                main()
                raise SystemExit(0)
        assert (end.value.code or 0) == code, err.getvalue()
        return SimpleNamespace(stdout=out.getvalue(), stderr=err.getvalue())

    def told(self, *words: str | Path, code: int = 0) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The mails that change, and the sum."""
        *mails, total = map(json.loads, self.replay("--json", *words, code=code).stdout.splitlines())
        return mails, total


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Of Oosterdorp minutes and a question, of Westerdorp the same, minutes of a stranger."""
    town = Town(tmp_path_factory.mktemp("town"))
    init(town.config)
    town.edit(town.config, ("mailrouter.yaml", "  folder: state\n", "  folder: ../state\n"))
    town.edit(
        town.config, ("mailrouter.yaml", "#   workers: 2", "  workers: 1"), ("mailrouter.yaml", "# limits:", "limits:")
    )
    routing = load(town.config).routing
    journal = Journal(town.state)
    promises = Promises(journal, ReadingCage(routing), routing, KEY)
    mails = [
        (minutes(1), WEEK),
        (a_mail("Losse tegel"), WEEK),
        (minutes(2, WEST), WEEK),
        (a_mail("Vraag uit West", sender=WEST), WEEK + timedelta(days=1)),
        (minutes(3, STRANGER), WEEK),
    ]
    arrivals = [Arrival("INBOX", 1, n, at.timestamp(), len(raw), raw) for n, (raw, at) in enumerate(mails, 1)]
    for mail in journal.accept(arrivals):
        promises.finish(mail, promises.start(mail).result()).result()
    journal.note("config", routing.hash).result()
    journal.close()
    return town


@pytest.fixture
def town(decided: Town, tmp_path: Path) -> Town:
    """A copy of it."""
    shutil.copytree(decided.folder, tmp_path / "town")
    return Town(tmp_path / "town")


def test_a_copy_changes_nothing(town: Town) -> None:
    """Nothing changes, and nothing is written."""
    draft, before = town.draft(), town.ids()
    told = town.replay("--config", draft, "--expect-none")
    assert (told.stdout, told.stderr) == ("5 mails: nothing changes\n", "")
    assert town.ids() == before
    assert not (draft / "state").exists()


def test_one_line_names_exactly_the_mails_it_touches(town: Town) -> None:
    """The two mails that went to the area manager of Oosterdorp change, and no other."""
    draft, ids = town.draft(OF_OOST), town.ids()
    mails, total = town.told("--config", draft, "--expect-none", code=1)
    assert [(mail["id"], mail["change"]) for mail in mails] == [
        (ids["Notulen 1"], "recipients"),
        (ids["Losse tegel"], "recipients"),
    ]
    assert (total["mails"], total["changed"], total["changes"]["recipients"]) == (5, 2, 2)
    assert total["otherwise_in_journal"] == []
    for mail in mails:
        sides = [{person["address"] for person in mail[side]["recipients"]} for side in ("journal", "before", "after")]
        assert (HAGEDOORN in sides[0], HAGEDOORN in sides[1], HAGEDOORN in sides[2]) == (True, True, False)
        assert NEW in sides[2]
    lines = town.replay("--config", draft).stdout.splitlines()
    assert lines[-1] == "5 mails: 2 change recipients"
    assert [line.split("\t")[3:5] for line in lines[:-1]] == [
        [f"forward: {HAGEDOORN} (area_manager)", f"forward: {NEW} (area_manager)"]
    ] * 2


def test_another_outcome(town: Town) -> None:
    """An outcome that changes is named by what it becomes, with the reason."""
    draft = town.draft(("villages.yaml", '"@dorpsraad-oosterdorp.example"', f'"{STRANGER}"'))
    (draft / "examples.yaml").write_text("[]\n")
    ids = town.ids()
    mails, _ = town.told("--config", draft)
    assert {mail["id"]: mail["change"] for mail in mails} == {
        ids["Notulen 1"]: "desk",
        ids["Losse tegel"]: "desk",
        ids["Notulen 3"]: "forward",
    }
    lines = town.replay("--config", draft).stdout.splitlines()
    assert lines[-1] == "5 mails: 2 go to the desk, 1 is forwarded"
    assert "afzender" in lines[0]


def test_since_a_day(town: Town) -> None:
    """Only mails received on that day or later, in the municipality's time."""
    _, total = town.told("--config", town.draft(), "--since", f"{WEEK + timedelta(days=1):%Y-%m-%d}")
    assert total["mails"] == 1


def test_what_a_person_decided_stays(town: Town) -> None:
    """An assigned mail keeps village and kind under a draft that knows nothing of it; its people are the draft's."""
    town.decide(5, "oosterdorp", "other")
    mails, total = town.told("--config", town.draft(OF_OOST))
    assert total["otherwise_in_journal"] == []
    [assigned] = [mail for mail in mails if mail["id"] == town.ids()["Notulen 3"]]
    assert (assigned["change"], assigned["after"]["kind"]["key"]) == ("recipients", "other")


def test_what_was_decided_otherwise_is_said_apart(town: Town) -> None:
    """The config in force was changed since: the draft changes nothing more, and that is the answer."""
    town.edit(town.config, OF_OOST)
    told = town.replay("--config", town.draft(), "--expect-none")
    assert told.stdout == "5 mails: nothing changes\n"
    assert "decided otherwise at the time than now: 2 mails" in told.stderr
    assert "it was changed since" in told.stderr


def test_only_a_draft(town: Town) -> None:
    """Without a config in force the draft is held against the journal's decisions, and that is said."""
    draft = town.draft(OF_OOST)
    town.config.rename(town.folder / "elsewhere")
    told = town.replay("--config", draft, "--expect-none", code=1)
    assert told.stdout.splitlines()[-1] == "5 mails: 2 change recipients"
    assert "compared with what the journal decided" in told.stderr


def test_a_config_found_by_chance(town: Town, tmp_path: Path) -> None:
    """The example that lies in ./config has no journal, so it is not the config in force of this one."""
    draft = town.draft(OF_OOST)
    town.config.rename(tmp_path / "town" / "real")
    init(town.config)
    shutil.move(town.state, draft / "state")
    for config in (town.config, draft):
        text = (config / "mailrouter.yaml").read_text()
        (config / "mailrouter.yaml").write_text(text.replace("../state", "state"))
    told = town.replay("--config", draft)
    assert told.stdout.splitlines()[-1] == "5 mails: 2 change recipients"
    assert "compared with what the journal decided" in told.stderr


def test_a_letter_that_reads_otherwise(town: Town) -> None:
    """Another template changes nobody's mail; of how many the letter differs is said."""
    draft = town.draft()
    (draft / "templates").mkdir(exist_ok=True)
    (draft / "templates" / "desk.txt.j2").write_text("Kijkt u hier eens naar?\n")
    told = town.replay("--config", draft, "--expect-none")
    assert (told.stdout, told.stderr) == (
        "5 mails: nothing changes\n",
        "mailrouter: a letter that reads otherwise: 1 mail\n",
    )


@pytest.mark.parametrize(
    "removed", ["update raw set content = x'' where mail_id = 1", "delete from raw where mail_id = 1"]
)
def test_mails_whose_text_is_gone(town: Town, removed: str) -> None:
    """They are named as not replayed, and not counted with the others."""
    with sqlite3.connect(town.state / "journal.db") as journal:
        journal.execute(removed)
    told = town.replay("--config", town.draft())
    assert told.stdout == "4 mails: nothing changes\n"
    assert f"not replayed: 1 mail ({town.ids()['Notulen 1']})" in told.stderr


def test_a_draft_that_misroutes_is_refused(town: Town) -> None:
    """As at a start: each of its examples that comes out otherwise is named with its place."""
    draft = town.draft(("examples.yaml", "outcome: forward", "outcome: file"))
    told = town.replay("--config", draft, code=78)
    assert "examples.yaml:" in told.stderr
    assert "outcome is forward, expected file" in told.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 64, "name the draft"),
        (("--config", "nowhere"), 78, "there is no such folder"),
        (("--config", "draft", "--against", "nowhere"), 78, "there is no such folder"),
        (("--config", "draft", "--journal", "nowhere"), 66, "there is no journal in nowhere"),
    ],
)
def test_what_is_not_there(town: Town, words: tuple[str, ...], code: int, said: str) -> None:
    """Each gets a line that says what to do."""
    town.draft()
    assert said in town.replay(*words, code=code).stderr

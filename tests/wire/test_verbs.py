"""Every verb of the command line, as people type it: what it says, what it leaves alone, and its exit code."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from mailrouter.demo.samples import samples
from mailrouter.journal import Arrival, Journal
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, a_mail, minutes

OEVERMAN, HAGEDOORN, DESK = "oeverman@gemeente.example", "hagedoorn@gemeente.example", "balie@gemeente.example"
STRANGER = "nieuwe.secretaris@postvak.example"


@pytest.fixture
def office(dovecot: Dovecot, make_office: Callable[..., Office]) -> Office:
    """An office with an empty mailbox."""
    return make_office(dovecot)


def held(office: Office) -> str:
    """A mail of an address that is not listed lies at the desk; its id."""
    office.server.append(minutes(1, STRANGER))
    office.verb("run", "--once")
    return office.ids()["Notulen 1"]


def test_release_decides_with_the_config_of_now(office: Office, relay: ReturningSink) -> None:
    """A held mail stays held until its sender is listed; then `release` forwards it, once, in a person's name."""
    mail = held(office)
    before = office.mails()
    assert "held again" in office.verb("release", mail, code=65).stderr
    assert before == office.mails()
    office.edit(
        "villages.yaml", '"@dorpsraad-oosterdorp.example"', f'"@dorpsraad-oosterdorp.example"\n    - {STRANGER}'
    )
    rows = [line.split("\t") for line in office.verb("release", mail).stdout.splitlines()]
    assert {("to", "wethouder-oeverman", OEVERMAN, "ambassador"), ("to", "gebied-oost", HAGEDOORN, "area_manager")} == {
        (row[0], row[1], row[2], row[3]) for row in rows
    }
    office.verb("run", "--once")
    assert Counter({DESK: 1, OEVERMAN: 1, HAGEDOORN: 1}) == relay.addressees()
    assert "not held at the desk" in office.verb("release", mail, code=65).stderr
    [whole] = office.mails()
    assert ("filed", 2) == (whole["state"], whole["version"])
    assert whole["decided_by"] in {event["who"] for event in whole["history"]} - {"mailrouter"}
    office.verb("verify")


def test_assign_lets_a_person_decide(office: Office, relay: ReturningSink) -> None:
    """An unknown village or kind writes nothing; a known one forwards, and who has a letter already gets none."""
    mail = held(office)
    before = office.mails()
    assert "there is no village atlantis" in office.verb("assign", mail, "atlantis", code=65).stderr
    assert "there is no kind sonnet" in office.verb("assign", mail, "oosterdorp", "sonnet", code=65).stderr
    assert "no mail has an id" in office.verb("assign", "0123456789", "oosterdorp", code=65).stderr
    assert before == office.mails()
    office.verb("assign", mail, "oosterdorp", "other")
    office.verb("run", "--once")
    assert Counter({DESK: 1, HAGEDOORN: 1}) == relay.addressees()
    office.verb("assign", mail, "oosterdorp", "minutes")
    office.verb("run", "--once")
    assert Counter({DESK: 1, HAGEDOORN: 1, OEVERMAN: 1}) == relay.addressees()
    office.verb("verify")


def test_a_dry_run_only_looks(office: Office, relay: ReturningSink) -> None:
    """Decisions are printed; flags, folders, journal and relay stay as they were."""
    server = office.server
    mails = [minutes(1), a_mail("Kennismaking", sender="verkoop@elders.example")]
    for raw in mails:
        server.append(raw)
    with server.mail_program() as client:
        client.select_folder("INBOX")
        client.add_flags(client.search()[1:], [b"\\Flagged"])
    before = (server.messages(), server.flags(), server.folders())
    rows = [line.split("\t") for line in office.verb("run", "--dry-run").stdout.splitlines()]
    assert [["forward", f"{OEVERMAN}, {HAGEDOORN}"], ["desk", DESK]] == [row[1:3] for row in rows]
    assert before == (server.messages(), server.flags(), server.folders())
    assert [set(), {b"\\Flagged"}] == server.flags()
    assert (False, 0, []) == (office.state.exists(), relay.connections, relay.taken)


def test_query_names_village_and_people(office: Office) -> None:
    """A listed address gives its village and officials of a day; any other address exits 1."""
    told = office.verb("query", "secretaris@dorpsraad-oosterdorp.example", "--on", "2026-06-30").stdout
    assert "oosterdorp (Oosterdorp)" in told
    assert "mevrouw Van Veldzicht <veldzicht@gemeente.example>" in told
    assert OEVERMAN in office.verb("query", "X@Dorpsraad-Oosterdorp.example", "--on", "2026-07-01").stdout
    nobody = office.verb("query", "iemand@elders.example", code=1)
    assert ("", True) == (nobody.stdout, "iemand@elders.example" in nobody.stderr)


def test_routes_has_every_cell(office: Office) -> None:
    """One line for each village and kind, and nobody is missing."""
    rows = [line.split("\t") for line in office.verb("routes", "--on", "2026-10-01").stdout.splitlines()]
    assert 7 * 6 == len({(village, kind) for village, kind, _ in rows})
    assert ["oosterdorp", "minutes", "wethouder-oeverman, gebied-oost"] in rows
    assert [] == [row for row in rows if not row[2] or "VACANT" in row[2]]


def test_check_says_where(office: Office) -> None:
    """A right config is ok; a warning counts with --strict only; every error has its place."""
    assert "ok: 7 villages" in office.verb("check").stdout
    office.verb("check", "--strict")
    office.edit(
        "villages.yaml",
        "    area_manager: gebied-west\n",
        "    area_manager:\n      - official: gebied-west\n        until: 2026-01-31\n",
    )
    warned = office.verb("check", code=None).stdout
    assert "villages.yaml:" in warned
    office.verb("check", "--strict", code=1)
    office.edit("villages.yaml", "  name: Heidekamp\n", "  naam: Heidekamp\n  name: Heidekamp\n")
    office.edit("officials.yaml", "email: oeverman@gemeente.example", "email: geen adres")
    wrong = office.verb("check", code=1).stdout
    assert ("villages.yaml:" in wrong, "officials.yaml:" in wrong) == (True, True)
    assert "officials.yaml:" in office.verb("run", "--once", code=78).stderr


def test_check_connects(office: Office, relay: ReturningSink) -> None:
    """Both servers are tried and named; one that does not answer is exit 1, and nothing is sent either way."""
    assert ["mailbox: ok", "relay: ok"] == office.verb("check", "--connect").stdout.splitlines()[:2]
    relay.close_door()
    told = office.verb("check", "--connect", code=1).stdout.splitlines()
    assert ("mailbox: ok", True) == (told[0], told[1].startswith("relay: no connection to 127.0.0.1:"))
    assert [] == relay.taken


def test_schema_is_json(office: Office) -> None:
    """An editor can read it: JSON with the files of the config in it."""
    told = json.loads(office.verb("schema").stdout)
    assert "villages.yaml" in json.dumps(told)


def test_init_writes_a_config_that_checks(office: Office) -> None:
    """A new folder gets six files and a key for its owner's eyes only; what is there is never overwritten."""
    made = office.folder / "nieuw"
    written = [Path(line) for line in office.verb("init", made).stdout.splitlines()]
    assert 7 == len(written)
    assert 0o600 == (made / "secrets" / "mailrouter_router__key").stat().st_mode & 0o777
    key = (made / "secrets" / "mailrouter_router__key").read_bytes()
    refused = office.verb("init", made, code=None)
    assert (False, True) == (refused.returncode == 0, "there already" in refused.stderr)
    assert key == (made / "secrets" / "mailrouter_router__key").read_bytes()


def test_explain_takes_anything(office: Office) -> None:
    """What is no mail, and a file that is not there, still give an object, for the desk; the order is kept."""
    noise, mail = office.folder / "ruis.bin", office.folder / "mail.eml"
    noise.write_bytes(bytes(range(256)) * 40)
    mail.write_bytes(minutes(1))
    (office.folder / "leeg.eml").write_bytes(b"")
    told = office.json("explain", noise, mail, office.folder / "leeg.eml", office.folder / "weg.eml", mail)
    assert ["desk", "forward", "desk", "desk", "forward"] == [one["outcome"] for one in told]
    assert [str(noise), str(mail)] == [one["file"] for one in told[:2]]
    assert [[DESK], [OEVERMAN, HAGEDOORN]] == [[p["address"] for p in one["recipients"]] for one in told[:2]]
    assert "No such file or directory" in told[3]["warnings"]
    assert "no journal" in office.verb("explain", "0123456789ab", code=66).stderr


def test_explain_is_ascii_and_follows_the_day(office: Office) -> None:
    """One JSON object a line, ASCII only; --on asks who would get it on another day."""
    mail = office.folder / "mail.eml"
    mail.write_bytes(next(sample.raw for sample in samples() if sample.name == "broken"))
    line = office.verb("explain", "--json", mail).stdout
    assert (True, 1) == (line.isascii(), len(line.splitlines()))
    mail.write_bytes(minutes(1))
    [told] = office.json("explain", mail, "--on", "2026-06-30")
    assert "veldzicht@gemeente.example" in [person["address"] for person in told["recipients"]]


@pytest.mark.parametrize(
    "words",
    [["fetch"], ["status", "--verbose"], ["explain"], ["routes", "--on", "vandaag"], ["assign", "0123456789"]],
    ids=" ".join,
)
def test_words_that_are_none_of_ours(office: Office, words: list[str]) -> None:
    """An unknown verb or option, a missing or wrong word: 64, and what would have been right."""
    told = office.verb(*words, code=64)
    assert ("", True) == (told.stdout, "Usage: " in told.stderr)


def test_a_config_that_is_not_there(office: Office) -> None:
    """`check` answers no; a verb that needs the config ends with 78."""
    nowhere = office.folder / "nergens"
    assert "there is no such folder" in office.verb("check", "--config", nowhere, code=1).stdout
    assert "there is no such folder" in office.verb("routes", "--config", nowhere, code=78).stderr


def test_list_shows_all(office: Office) -> None:
    """Every mail of the journal, the newest first, unless only so many are asked for."""
    journal = Journal(office.state)
    journal.accept([Arrival("INBOX", 1, number, 0.0, 3, b"%3d" % number) for number in range(120)])
    journal.close()
    assert 120 == len(office.verb("list").stdout.splitlines())
    assert [120, 119] == [mail["id"] for mail in office.json("list", "--most", "2")]


def test_verify_without_the_mailbox(office: Office) -> None:
    """The journal balances and the mailbox is out of reach: 69, since only half of it was looked at."""
    Journal(office.state).close()
    assert "ok: 0 mails, 0 letters" in office.verb("verify").stdout
    office.server.stop()
    told = office.verb("verify", code=69)
    assert ("", True) == (told.stdout, "the mailbox was not looked at" in told.stderr)


@pytest.mark.parametrize("verb", ["status", "release"])
def test_without_a_journal(office: Office, verb: str) -> None:
    """Verbs that ask the journal say that there is none, with 66, and make none."""
    words = [verb, "0123456789"] if verb == "release" else [verb]
    assert "there is no journal in" in office.verb(*words, code=66).stderr
    assert not office.state.exists()


def test_suggest_shows_what_assign_taught(office: Office) -> None:
    """The address of an assigned mail as lines for villages.yaml, until it is listed; nothing changes by itself."""
    mail = held(office)
    assert "nothing to learn" in office.verb("suggest").stderr
    office.verb("assign", mail, "oosterdorp", "minutes")
    before = office.mails()
    told = office.verb("suggest").stdout
    assert (True, True, True) == (f'- "{STRANGER}"' in told, mail[:12] in told, told.startswith("# villages.yaml: "))
    [lesson] = office.json("suggest")
    assert ("villages.yaml", [mail[:12]]) == (lesson["file"], lesson["mails"])
    assert before == office.mails()
    office.edit(
        "villages.yaml", '"@dorpsraad-oosterdorp.example"', f'"@dorpsraad-oosterdorp.example"\n    - {STRANGER}'
    )
    assert "" == office.verb("suggest").stdout


def test_suggest_after_a_purge(office: Office) -> None:
    """What a purged mail taught cannot be told any more: it says so, and tells what others teach."""
    mail = held(office)
    office.verb("assign", mail, "oosterdorp", "minutes")
    office.verb("run", "--once")
    office.change(retention={"mail": "0.1s"}, receipts={"keep": "0s"})
    office.verb("run", "--once")
    assert office.mails()[0]["purged"]
    told = office.verb("suggest")
    assert "1 mails that people decided were purged (retention.mail)" in told.stderr
    assert "" == told.stdout

"""Retention, export and forget with the real program on a real mailbox."""

import hashlib
import io
import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, a_mail, minutes

OEVERMAN, HAGEDOORN, DESK = "oeverman@gemeente.example", "hagedoorn@gemeente.example", "balie@gemeente.example"
COUNCIL = "secretaris@dorpsraad-oosterdorp.example"
CANARY = "kanarie-7f3a"


@pytest.fixture
def office(dovecot: Dovecot, make_office: Callable[..., Office]) -> Office:
    """An office with an empty mailbox."""
    return make_office(dovecot)


def traces(office: Office, word: str) -> list[str]:
    """Files of the journal in whose bytes the word stands."""
    return [file.name for file in sorted(office.state.glob("journal.db*")) if word.encode() in file.read_bytes()]


def filed(office: Office, *mails: bytes) -> None:
    """Mails come in, are forwarded and filed."""
    for raw in mails:
        office.server.append(raw)
    office.verb("run", "--once")


def soon(office: Office) -> None:
    """From now on nothing is kept for longer than a moment."""
    office.change(retention={"mail": "0.1s"}, receipts={"keep": "0s"})


class TestRetention:
    def test_once(self, office: Office, relay: ReturningSink) -> None:
        """`run --once` purges too; then every verb still tells the truth, and the mailbox is as it was."""
        filed(office, a_mail(f"{CANARY} tegel", text=f"{CANARY} ligt los"), minutes(1))
        assert traces(office, CANARY)
        ids = office.ids()
        lying = office.server.messages("Verwerkt/oosterdorp")
        soon(office)
        done = office.verb("run", "--once")
        assert ([], lying) == (traces(office, CANARY), office.server.messages("Verwerkt/oosterdorp"))
        assert "purged" in done.stderr
        assert office.verb("verify").stdout.startswith("ok: 2 (2 filed) mails, 3 (3 sent) letters")
        assert 2 == office.verb("list").stdout.count("(purged on ")
        shown = office.verb("show", ids["Notulen 1"]).stdout
        assert "mailrouter: in time (retention.mail)" in shown
        assert (OEVERMAN in shown, "proven" in shown) == (True, True)
        for words in (("retry",), ("release",), ("explain",)):
            assert "purged on " in office.verb(*words, ids["Notulen 1"], code=65).stderr
        assert "purged on " in office.verb("assign", ids["Notulen 1"], "oosterdorp", code=65).stderr
        filed(office, minutes(1))
        assert (3, 1) == (len(relay.taken), len(office.server.messages("Dubbel")))

    def test_the_daemon(self, office: Office, relay: ReturningSink) -> None:
        """The daemon purges while mail comes in, says so in its log, and forwards on."""
        office.change(retention={"mail": "1s"}, receipts={"keep": "0s"}, schedule={"poll": "0.2s", "verify": "0.5s"})
        with office.started() as daemon:
            for number in range(8):
                office.server.append(a_mail(f"{CANARY} {number}", text=f"{CANARY} ligt los"))
                office.wait_until_filed(number + 1)
            daemon.says("traces")
            while any(mail["purged"] is None for mail in office.mails()) or traces(office, CANARY):
                daemon.says("purged")
            assert 0 == daemon.stop()
        assert CANARY not in daemon.log()
        assert Counter({HAGEDOORN: 8}) == relay.addressees()


class TestExport:
    def test_a_sender(self, office: Office, tmp_path: Path) -> None:
        """Every mail of theirs byte for byte, with who got it; nothing of others; and it can be checked."""
        mails = [a_mail("Losse tegel"), minutes(1)]
        filed(office, *mails, a_mail("Van elders", sender="bestuur@dorpsraad-westerbuurt.example"))
        folder = tmp_path / "inzage"
        told = office.verb("export", "--sender", COUNCIL.upper(), "--to", folder).stdout
        assert told.startswith(f"{folder}: 2 mails\n")
        assert Counter(mails) == Counter(file.read_bytes() for file in folder.glob("*.eml"))
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
        notes = [json.loads(file.read_text()) for file in folder.glob("*.json")]
        for note in notes:
            raw = (folder / note["file"]).read_bytes()
            assert (hashlib.sha256(raw).hexdigest(), COUNCIL, True) == (
                note["sha256"],
                note["sender"],
                note["complete"],
            )
        people = {person["address"] for note in notes for person in note["recipients"]}
        assert {OEVERMAN, HAGEDOORN} == people
        assert (0o700, {0o600}) == (
            folder.stat().st_mode & 0o777,
            {file.stat().st_mode & 0o777 for file in folder.iterdir()},
        )

    def test_what_was_purged_is_named(self, office: Office, tmp_path: Path) -> None:
        """Of a purged mail the record is exported, and when its words went."""
        filed(office, minutes(1))
        soon(office)
        office.verb("run", "--once")
        folder = tmp_path / "dorp"
        told = office.verb("export", "--village", "oosterdorp", "--since", "2026-01-01", "--to", folder).stdout
        assert (told.startswith(f"{folder}: 0 mails\n"), "1 more were purged" in told) == (True, True)
        [note] = [json.loads(file.read_text()) for file in folder.glob("*.json")]
        assert (None, hashlib.sha256(minutes(1)).hexdigest()) == (note["file"], note["sha256"])
        assert (note["purged"] is not None, 2, COUNCIL) == (True, len(note["recipients"]), note["sender"])

    def test_what_it_refuses(self, office: Office, tmp_path: Path) -> None:
        """Nobody's mail: 1. Both or neither: 64. An unknown village, a folder that is there: 65. No place: 73."""
        filed(office, a_mail("Losse tegel"))
        assert "no such mail" in office.verb("export", "--sender", "niemand@elders.example", code=1).stderr
        assert "no such mail" in office.verb("export", "--sender", COUNCIL, "--since", "2030-01-01", code=1).stderr
        assert "either --sender" in office.verb("export", code=64).stderr
        assert "no village atlantis" in office.verb("export", "--village", "atlantis", code=65).stderr
        told = office.verb("export", "--sender", COUNCIL, "--to", tmp_path, code=65).stderr
        assert "overwrites nothing" in told
        assert "can be made" in office.verb("export", "--sender", COUNCIL, "--to", tmp_path / "a" / "b", code=73).stderr


class TestForget:
    def test_a_sender(self, office: Office, relay: ReturningSink) -> None:
        """Shown, removed without a trace, with the reason; the originals stay, and their place was told."""
        filed(office, a_mail(f"{CANARY} tegel"), a_mail("Van elders", sender="bestuur@dorpsraad-westerbuurt.example"))
        mail = office.ids()[f"{CANARY} tegel"]
        assert (
            "Nothing was done" in office.verb("forget", COUNCIL, "--reason", f"van {COUNCIL}", "--yes", code=64).stderr
        )
        told = office.verb("forget", COUNCIL, "--reason", "verzoek 12", "--yes").stdout
        assert "to be removed from the journal:\n" in told
        assert "Verwerkt/oosterdorp: received " in told
        assert ("1 mails were removed" in told, HAGEDOORN in told, "receipts in Bewijs" in told) == (True, True, True)
        assert ([], []) == (traces(office, CANARY), traces(office, COUNCIL))
        assert 1 == len(office.server.messages("Verwerkt/oosterdorp"))
        assert "forget: verzoek 12" in office.verb("show", mail).stdout
        assert office.verb("verify").stdout.startswith("ok: 2 ")
        assert "holds no mail" in office.verb("forget", COUNCIL, "--yes", code=1).stderr
        filed(office, a_mail(f"{CANARY} tegel"))
        assert (2, 1) == (len(relay.taken), len(office.server.messages("Dubbel")))
        assert ["Van elders"] == [s for s in office.ids() if s]

    def test_it_asks(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a yes nothing is removed."""
        filed(office, a_mail("Losse tegel"))
        before = office.mails()
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        assert "Nothing was done" in office.verb("forget", COUNCIL, code=1).stderr
        assert before == office.mails()

    def test_what_is_still_needed(self, office: Office, relay: ReturningSink) -> None:
        """What waits, and what lies with the desk, is refused with what to do; the rest of theirs goes."""
        stranger = "buurman@postvak.example"
        filed(office, a_mail("Voor de balie", sender=stranger))
        told = office.verb("forget", stranger, "--yes", code=65)
        assert "it lies in Balie: handle it and take it out" in told.stdout
        filed(office, a_mail("Losse tegel"))
        relay.answer("rcpt", "451 4.2.0 later please", HAGEDOORN)
        office.server.append(a_mail("Wacht nog"))
        office.verb("run", "--once", code=75)
        told = office.verb("forget", COUNCIL, "--yes", code=75)
        assert "letters are still to be delivered: wait" in told.stdout
        assert "1 mails could not be removed yet" in told.stderr
        assert [False, True, False] == [mail["purged"] is not None for mail in office.mails()]
        office.verb("verify")

    def test_who_is_only_named(self, office: Office) -> None:
        """Mails of others that name the address are told of, and go when that is asked."""
        filed(office, a_mail("Losse tegel", text="Bel of mail buurvrouw@postvak.example."))
        told = office.verb("forget", "Buurvrouw@postvak.example", "--yes", code=1)
        assert "stay, because others wrote them" in told.stdout
        office.verb("forget", "buurvrouw@postvak.example", "--mentioned", "--yes")
        assert [] == traces(office, "buurvrouw@postvak.example")

    def test_beside_the_daemon(self, office: Office, relay: ReturningSink) -> None:
        """The daemon goes on forwarding, and its books balance."""
        with office.started() as daemon:
            for number in range(3):
                office.server.append(a_mail(f"{CANARY} {number}"))
            office.wait_until_filed(3)
            office.verb("forget", COUNCIL, "--yes", "--reason", "verzoek")
            assert ([], []) == (traces(office, CANARY), traces(office, COUNCIL))
            office.server.append(minutes(1))
            office.wait_until_filed(4)
            assert 0 == daemon.stop()
        assert Counter({HAGEDOORN: 4, OEVERMAN: 1}) == relay.addressees()

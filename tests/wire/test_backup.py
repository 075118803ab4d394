"""Backups of a router at work, and what happens when one is put back."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from mailrouter.journal import Journal
from mailrouter.journal.opening import FILE
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, minutes

OEVERMAN, HAGEDOORN = "oeverman@gemeente.example", "hagedoorn@gemeente.example"
MakeOffice = Callable[..., Office]


def put_back(office: Office, backup: Path) -> None:
    """As docs/how-to/backup.md says: the router is stopped, and nothing of the old journal stays."""
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
        (office.state / name).unlink(missing_ok=True)
    shutil.copy(backup, office.state / FILE)


def test_a_backup_that_is_put_back(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Letters and mails it does not know of are found out through the receipts: nothing is lost or sent twice."""
    office = make_office(dovecot, delivery={"retry": ["1s"]})
    backup = office.folder / "backup.db"
    with office.started() as daemon:
        dovecot.append(minutes(1))
        office.wait_until_filed(1)
        relay.answer("rcpt", "451 4.2.0 later please", OEVERMAN)
        dovecot.append(minutes(2))
        daemon.says('"state": "later"')
        assert office.verb("backup", backup).stdout.startswith(f"{backup}: 2 (1 filed, 1 promised) mails, 4 (")
        relay.behave()
        office.wait_until_filed(2)
        dovecot.append(minutes(3))
        office.wait_until_filed(3)
        assert 0 == daemon.stop()
    put_back(office, backup)
    with office.started() as daemon:
        daemon.says("holding letters back")
        dovecot.append(minutes(4))
        office.wait_until_filed(3)
        assert 0 == daemon.stop()
    assert Counter({OEVERMAN: 4, HAGEDOORN: 4}) == relay.addressees()
    assert (8, {1}) == (len(relay.letters()), set(relay.letters().values()))
    assert Counter(minutes(number) for number in (1, 2, 3, 4)) == Counter(dovecot.messages("Verwerkt/oosterdorp"))
    told = office.verb("verify").stdout.splitlines()
    assert told[0].startswith("ok: 3 (3 filed) mails, 6 (6 sent) letters")
    assert 2 == sum("is not in this journal: it was sent earlier" in line for line in told[1:])


def test_backups_beside_a_daemon_at_work(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Made one after the other while mail is forwarded: each balances, and the daemon never notices."""
    mails = [minutes(number) for number in range(25)]
    for mail in mails:
        dovecot.append(mail)
    office = make_office(dovecot)
    copies: list[Path] = []
    with office.started() as daemon:
        daemon.says("running")
        while office.filed() < len(mails) or not copies:
            copies.append(office.folder / f"copy-{len(copies)}" / FILE)
            copies[-1].parent.mkdir()
            office.verb("backup", copies[-1])
        office.wait_until_filed(len(mails))
        assert 0 == daemon.stop()
        assert "journal could not" not in daemon.log()
    assert Counter({OEVERMAN: len(mails), HAGEDOORN: len(mails)}) == relay.addressees()
    for copy in copies:
        journal = Journal(copy.parent, must_exist=True)
        assert [] == journal.audit()
        journal.close()


def test_what_a_backup_refuses(dovecot: Dovecot, make_office: MakeOffice) -> None:
    """No journal: 66. A file that is there: 65. A folder that is not there: 73. Each says so, and does nothing."""
    office = make_office(dovecot)
    backup = office.folder / "backup.db"
    assert "there is no journal in" in office.verb("backup", backup, code=66).stderr
    Journal(office.state).close()
    office.verb("backup", backup)
    content = backup.read_bytes()
    assert "is there already, and a backup overwrites nothing" in office.verb("backup", backup, code=65).stderr
    assert content == backup.read_bytes()
    nowhere = office.folder / "nergens" / "backup.db"
    assert "no file can be made in" in office.verb("backup", nowhere, code=73).stderr
    assert not nowhere.parent.exists()

"""The catalogue of bad inputs, run through the whole journey: a real mailbox, the real router, a relay that is fooled.

All of them lie in one inbox, an ordinary mail after each. The router runs once; then each input is looked at.
"""

import fcntl
import os
import pickle
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from mailrouter.demo.samples import WEEK
from mailrouter.journal import Journal
from tests.catalogue.case import BadInput
from tests.catalogue.inputs import INPUTS
from tests.catalogue.town import furnish
from tests.catalogue.verdict import wrong
from tests.wire.conftest import missing
from tests.wire.dovecot import Dovecot, program
from tests.wire.office import Office, ReturningSink, a_mail, letter_id

pytestmark = pytest.mark.wire

ORDINARY = "rietveen@gemeente.example"
NOT_BY_IMAP = re.compile(rb"\0|\r(?!\n)")
FOLDERS = {"forward": "Verwerkt/oosterdorp", "desk": "Balie", "file": "Automatisch", "duplicate": "Dubbel"}


@dataclass(slots=True)
class Arrived:
    """What became of one mail in the inbox: what the journal says, the bytes it came as, and the letters sent."""

    told: dict[str, Any] = field(default_factory=dict)
    """The mail as the journal has it, with its letters; empty when it was never taken in."""
    raw: bytes = b""
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    """(recipient, letter), as the relay took them."""


@dataclass(slots=True)
class Journey:
    """What became of everything."""

    mails: dict[str, Arrived] = field(repr=False)
    """By the name of the input; its earlier mail and the ordinary one after it by that name and a word."""
    left: int
    strangers: int
    """Letters of no mail that was put in the inbox."""
    exit_code: int
    said: str
    verified: tuple[int, str]


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """Made once, also when several test processes ask for it."""
    if not program("dovecot"):
        missing("Dovecot")
    alone = tmp_path_factory.getbasetemp()
    shared = alone.parent if os.environ.get("PYTEST_XDIST_WORKER") else alone
    with (shared / "catalogue.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shared / "catalogue.journey"
        if not done.exists():
            done.write_bytes(pickle.dumps(travelled(tmp_path_factory.mktemp("catalogue"))))
        made: Journey = pickle.loads(done.read_bytes())
        return made


def travelled(folder: Path) -> Journey:
    """Put everything in the inbox, let the router run once, and gather what became of it."""
    server, relay = Dovecot(), ReturningSink()
    relay.start()
    relay.lenient = True
    relay.mailbox = server
    try:
        office = Office(folder, server, relay)
        furnish(office.config)
        uids = filled(server)
        ran = office.verb("run", "--once", code=None)
        verified = office.verb("verify", code=None)
        return gathered(office, relay, uids, ran.returncode, ran.stderr, (verified.returncode, verified.stdout))
    finally:
        relay.stop()
        server.remove()


def filled(server: Dovecot) -> dict[str, int]:
    """Put every input in the inbox, an ordinary mail after it; the UID of each."""
    uids: dict[str, int] = {}
    with server.mail_program() as client:
        for number, bad in enumerate(INPUTS):
            if bad.earlier is not None:
                uids[f"{bad.name} earlier"] = put(server, client, bad.earlier, 2 * number)
            uids[bad.name] = put(server, client, bad.raw, 2 * number)
            uids[f"{bad.name} after"] = put(server, client, ordinary(number), 2 * number + 1)
    return uids


def ordinary(number: int) -> bytes:
    """A mail of Westerdorp: to its area manager."""
    return a_mail(f"Gewone mail {number}", sender="bestuur@dorpsbelangen-westerdorp.example")


def put(server: Dovecot, client: IMAPClient, raw: bytes, minutes: int) -> int:
    """Put a mail in the inbox as it is, and say which UID it got.

    IMAP carries neither NUL nor a mail of no octets, and Dovecot would mend a bare CR: such a mail is put in the
    maildir, as a delivery agent would do.
    """
    came = WEEK + timedelta(minutes=minutes)
    if raw and not NOT_BY_IMAP.search(raw):
        answer = client.append("INBOX", raw, msg_time=came)
        found = re.search(rb"APPENDUID \d+ (\d+)", answer)
        assert found is not None, answer
        return int(found[1])
    delivered(server.root / "mail", raw, came.timestamp())
    client.select_folder("INBOX", readonly=True)
    return max(map(int, client.search()))


def delivered(maildir: Path, raw: bytes, came: float) -> None:
    """Deliver into a maildir: written in tmp, then moved to new."""
    name = f"{came:.0f}.catalogue.mx.gemeente.example"
    path = maildir / "tmp" / name
    path.write_bytes(raw)
    os.utime(path, (came, came))
    owner = maildir.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    path.rename(maildir / "new" / name)


def gathered(
    office: Office, relay: ReturningSink, uids: dict[str, int], code: int, said: str, verified: tuple[int, str]
) -> Journey:
    """What the journal, the relay and the inbox tell, by the name of each mail."""
    with journal_of(office) as journal:
        mails = [journal.whole(mail["id"]) for mail in journal.mails(10_000)]
        by_uid = {seen["uid"]: mail for mail in mails for seen in mail["sightings"] if not seen["again"]}
        raws = {mail["id"]: journal.load(mail["id"]).raw for mail in mails}
    sent = {letter_id(content): (to, content) for to, content in relay.taken}
    found = {name: arrived(by_uid.get(uid), raws, relay) for name, uid in uids.items()}
    known = {letter["id"] for mail in mails for letter in mail["letters"]}
    return Journey(found, len(office.server.messages()), len(set(sent) - known), code, said, verified)


@contextmanager
def journal_of(office: Office) -> Iterator[Journal]:
    """The books, to be read."""
    journal = Journal(office.state, must_exist=True)
    try:
        yield journal
    finally:
        journal.close()


def arrived(mail: dict[str, Any] | None, raws: dict[int, bytes], relay: ReturningSink) -> Arrived:
    """One mail with the letters that were sent about it."""
    if mail is None:
        return Arrived()
    ids = {letter["id"] for letter in mail["letters"]}
    return Arrived(mail, raws[mail["id"]], [(to, wire) for to, wire in relay.taken if letter_id(wire) in ids])


def promised(mail: dict[str, Any]) -> Counter[str]:
    """Whom a mail's letters are for."""
    return Counter(letter["address"] for letter in mail["letters"])


def received(sent: Sequence[tuple[str, bytes]]) -> Counter[str]:
    """Who got a letter."""
    return Counter(to for to, _ in sent)


@pytest.mark.parametrize("bad", INPUTS, ids=lambda bad: bad.name)
def test_each_ends_as_stated(bad: BadInput, journey: Journey) -> None:
    """Forwarded, to the desk or filed; each recipient got one letter, and the mail lies where it belongs."""
    became = journey.mails[bad.name]
    assert became.told, "it was never taken in"
    if bad.ending == "duplicate":
        assert journey.mails[f"{bad.name} earlier"].told["id"] == became.told["duplicate_of"]
    else:
        assert [] == list(wrong(bad, became.raw, became.told["explanation"], [wire for _, wire in became.sent]))
    assert promised(became.told) == received(became.sent)
    assert bool(became.sent) == (bad.ending in ("forward", "desk"))
    village = became.told["explanation"]["village"] or {"key": ""}
    assert FOLDERS[bad.ending].replace("oosterdorp", village["key"]) == became.told["folder"]
    assert "filed" == became.told["state"]


def test_the_next_mail_is_unaffected(journey: Journey) -> None:
    """The ordinary mail after each input, and the one before some, is forwarded once."""
    others = {name: became for name, became in journey.mails.items() if name.endswith((" earlier", " after"))}
    odd = {
        name: (became.told.get("outcome"), received(became.sent))
        for name, became in others.items()
        if became.told.get("outcome") != "forward"
        or promised(became.told) != received(became.sent)
        or (name.endswith(" after") and list(received(became.sent)) != [ORDINARY])
    }
    assert {} == odd


def test_nothing_is_lost_and_the_books_balance(journey: Journey) -> None:
    """Every mail was taken in and left the inbox, no letter is a stranger's, and `verify` finds nothing wrong."""
    assert [] == [name for name, became in journey.mails.items() if not became.told]
    assert (0, 0) == (journey.left, journey.strangers)
    assert 0 == journey.exit_code, journey.said
    assert 0 == journey.verified[0], journey.verified[1]

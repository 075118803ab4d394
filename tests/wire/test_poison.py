"""Poison mail, with the real daemon: one mail never stops another, and none is lost."""

import email
import email.policy
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.wire import weak_worker
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, a_mail, letter_id, wait_until

HAGEDOORN, DESK = "hagedoorn@gemeente.example", "balie@gemeente.example"
MakeOffice = Callable[..., Office]


@pytest.fixture
def weak_office(dovecot: Dovecot, make_office: MakeOffice) -> Office:
    """An office whose workers can be brought down by a word in the subject."""
    office = make_office(dovecot)
    office.program = (str(Path(weak_worker.__file__)),)
    return office


def originals(relay: ReturningSink) -> Counter[bytes]:
    """The mails that lie, whole, in letters to the desk."""
    found: Counter[bytes] = Counter()
    for address, content in relay.taken:
        if address == DESK:
            letter = email.message_from_bytes(content, policy=email.policy.default)
            found.update(part.get_payload(decode=True) for part in letter.walk() if part.get_filename())
    return found


def escapes(mail: dict[str, Any]) -> list[str]:
    """Why a mail came back from the cage, each time."""
    return [event["detail"] for event in mail["history"] if event["what"] == "try again"]


def test_mails_that_bring_workers_down(dovecot: Dovecot, weak_office: Office, relay: ReturningSink) -> None:
    """A crash, hunger for memory, nonsense, a sleeper: each twice, then whole to the desk; the others go through."""
    weak_office.change(limits={"seconds": "4s"})
    poison = [a_mail(word) for word in ("segfault", "memory", "nonsense", "sleep")]
    dovecot.append(a_mail("Losse tegel 0"))
    for number, raw in enumerate(poison, 1):
        dovecot.append(raw)
        dovecot.append(a_mail(f"Losse tegel {number}"))
    weak_office.verb("run", "--once")
    assert {HAGEDOORN: 5, DESK: 4} == relay.addressees()
    assert Counter(poison) == originals(relay)
    assert poison == dovecot.messages("Balie")
    reasons = [escapes(mail) for mail in weak_office.mails()]
    hungry = "reading failed: MemoryError in "
    assert [[], ["the worker died (exit -11)"] * 2, []] == reasons[:3]
    assert [True, True] == [why.startswith(hungry) for why in reasons[3]]
    assert [[], ["the worker answered too much"] * 2, []] == reasons[4:7]
    assert [["the worker took too long"] * 2, []] == reasons[7:]
    weak_office.verb("verify")


def test_a_mail_that_takes_the_daemon_along(dovecot: Dovecot, weak_office: Office, relay: ReturningSink) -> None:
    """Killed four times over the same mail: the tries are counted, the fifth start gives it to the desk unread."""
    weak_office.change(limits={"seconds": "60s"})
    dovecot.append(a_mail("Voor"))
    dovecot.append(a_mail("spin"))
    dovecot.append(a_mail("Achter"))
    for tries in (1, 2, 3, 4):
        with weak_office.started() as daemon:
            wait_until(lambda: tries_of_poison(weak_office) == tries, f"{tries} tries")  # noqa: B023  (waited for here)
            daemon.kill()
    with weak_office.started() as daemon:
        weak_office.wait_until_filed(3)
        assert 0 == daemon.stop()
    assert {HAGEDOORN: 2, DESK: 1} == relay.addressees()
    assert {a_mail("spin"): 1} == originals(relay)
    assert {1} == set(Counter(letter_id(content) for _, content in relay.taken).values())
    weak_office.verb("verify")


def tries_of_poison(office: Office) -> int:
    """How often the second mail has gone into the cage."""
    if not (office.state / "journal.db").exists():
        return 0
    return next((int(mail["tries"]) for mail in office.mails() if mail["id"] == 2), 0)


def many_parts() -> bytes:
    """Ten thousand empty parts."""
    head = a_mail("Veel delen").partition(b"MIME-Version")[0]
    opening = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="grens"\r\n\r\n'
    return head + opening + b"--grens\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 10_000 + b"--grens--\r\n"


def many_lines() -> bytes:
    """A hundred thousand header fields."""
    return b"X-Veel: van dit\r\n" * 100_000 + a_mail("Veel regels")


def fifty_megabytes() -> bytes:
    """Just below `limits.mail`, all of it one attachment."""
    head = a_mail("Foto van de tegel").partition(b"MIME-Version")[0]
    opening = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="grens"\r\n\r\n--grens\r\n'
    text = b"Content-Type: text/plain\r\n\r\nZie bijlage.\r\n--grens\r\n"
    photo = b"Content-Type: image/jpeg; name=tegel.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + opening + text + photo + (b"QUJD" * 18 + b"\r\n") * 670_000 + b"--grens--\r\n"


def test_mails_beyond_all_bounds(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """10,000 parts and 100,000 header lines go to the desk unread, 50 MB without its photo; nobody waits for a try."""
    office = make_office(dovecot)
    for number, raw in enumerate((many_parts(), many_lines(), fifty_megabytes())):
        dovecot.append(a_mail(f"Losse tegel {number}"))
        dovecot.append(raw)
    dovecot.append(a_mail("Losse tegel 3"))
    office.verb("run", "--once")
    assert {HAGEDOORN: 5, DESK: 2} == relay.addressees()
    assert {many_parts(): 1, many_lines(): 1} == originals(relay)
    [photo] = [content for _, content in relay.taken if b"tegel.jpg" in content]
    assert len(photo) < 100_000
    assert [[]] * 7 == [escapes(mail) for mail in office.mails()]
    office.verb("verify")


def test_mail_that_goes_round(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """What the loop breaker holds is told by `list`, `show` and `status`, and `release` sends one on."""
    office = make_office(dovecot)
    for number in range(23):
        dovecot.append(a_mail("Losse tegel").replace(b"<Losse", b"<%d-Losse" % number))
    office.verb("run", "--once")
    assert {HAGEDOORN: 20, DESK: 1} == relay.addressees()
    listed = [row.split("\t") for row in office.verb("list").stdout.splitlines()]
    assert {"held": 3, "forward": 20} == Counter(row[3] for row in listed)
    newest = listed[0][0]
    shown = office.verb("show", newest).stdout
    assert "de router houdt deze mail vast, want hij gaat misschien rond" in shown
    assert f"Stuur hem dan door met: mailrouter release {newest[:8]}" in shown
    assert {"held": 3, "forward": 20} == office.json("status")[0]["outcomes"]
    office.verb("release", newest[:8])
    office.verb("run", "--once")
    assert {HAGEDOORN: 21, DESK: 1} == relay.addressees()
    office.verb("verify")

"""The daemon end to end: the real command line between a real IMAP server and a real mail sink."""

import signal
import socket
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from mailrouter.demo.samples import Sample, samples
from tests.wire.dovecot import Dovecot
from tests.wire.mailserver import MailServer
from tests.wire.office import PATIENCE, Office, ReturningSink, a_mail, minutes, wait_until

HAGEDOORN, OEVERMAN, DESK = "hagedoorn@gemeente.example", "oeverman@gemeente.example", "balie@gemeente.example"
MakeOffice = Callable[..., Office]


def explained(office: Office, mails: list[Sample]) -> dict[str, dict[str, Any]]:
    """Name of a sample → what `explain --json` says of it."""
    folder = office.folder / "samples"
    folder.mkdir()
    for sample in mails:
        (folder / f"{sample.name}.eml").write_bytes(sample.raw)
    told = office.json("explain", *(folder / f"{sample.name}.eml" for sample in mails))
    for sample, one in zip(mails, told, strict=True):
        assert str(folder / f"{sample.name}.eml") == one.pop("file")
    return {sample.name: one for sample, one in zip(mails, told, strict=True)}


def expected(told: list[dict[str, Any]]) -> tuple[Counter[str], Counter[str]]:
    """(letters by address, mails by folder) that follow from explanations; a mail seen before is a duplicate."""
    seen: set[str] = set()
    letters: Counter[str] = Counter()
    folders: Counter[str] = Counter()
    for one in told:
        known = one["fingerprint"] in seen
        seen.add(one["fingerprint"])
        letters.update(person["address"] for person in one["recipients"] if not known)
        folders["Dubbel" if known else one["folder"]] += 1
    return letters, folders


def test_once_does_what_explain_says(imap_server: MailServer, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Every sample ends as `explain --json` says it would: its letters, its folder; and a second run sends nothing."""
    office = make_office(imap_server)
    mails = [sample for sample in samples() if isinstance(imap_server, Dovecot) or len(sample.raw) < 1_000_000]
    for sample in mails:
        imap_server.append(sample.raw, received=sample.received)
    told = explained(office, mails)
    letters, folders = expected([*told.values()])
    office.verb("run", "--once")
    assert letters == relay.addressees()
    assert folders == Counter({name: len(imap_server.messages(name)) for name in folders})
    journal = {mail["fingerprint"]: mail["explanation"] for mail in office.mails()}
    assert [*told.values()] == [journal[one["fingerprint"]] for one in told.values()]
    office.verb("run", "--once")
    assert (letters, []) == (relay.addressees(), imap_server.messages())
    assert office.verb("verify").stdout.startswith(f"ok: {len(mails)} ({len(mails)} filed) mails, ")


def test_a_mail_that_arrives_is_forwarded(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """While the daemon runs, other verbs work beside it, a second daemon exits 75, and SIGTERM ends it with 0."""
    office = make_office(dovecot)
    office.zygote = None  # at least here as an administrator starts it
    with office.started() as daemon:
        daemon.says("running")
        dovecot.append(minutes(1))
        office.wait_until_filed(1)
        assert Counter({HAGEDOORN: 1, OEVERMAN: 1}) == relay.addressees()
        second = office.verb("run", code=75)
        assert f"another mailrouter (process {daemon.process.pid}) runs on" in second.stderr
        [row] = office.json("list")
        assert ["filed", {"sent": 2}] == [row["state"], row["letters"]]
        [whole] = office.json("show", row["id_shown"])
        assert {"promised", "sent", "filed"} <= {event["what"] for event in whole["history"]}
        [told] = office.json("explain", row["id_shown"])
        assert whole["explanation"] == {key: value for key, value in told.items() if key != "file"}
        [status] = office.json("status")
        assert {"filed": 1} == status["mails"]
        assert status["config"] == status["config_in_force"]
        assert status["last_poll_age"] < 600
        assert office.verb("verify").stdout.startswith("ok: ")
        assert 0 == daemon.stop()
    assert "stopped" in daemon.log()


def test_a_changed_config_is_taken_over(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """SIGHUP brings new people into force, and of mailrouter.yaml nothing; a broken config is told with its place."""
    office = make_office(dovecot)
    with office.started() as daemon:
        daemon.says("running")
        office.edit("officials.yaml", HAGEDOORN, "oost@gemeente.example")
        office.change(folders={"done": "Klaar/{village}"})
        daemon.signal(signal.SIGHUP)
        daemon.says("config taken over")
        assert "mailrouter.yaml has changed: a restart takes that over" in daemon.log()
        assert [office.json("status")[0]["config"]] == [office.json("status")[0]["config_in_force"]]
        office.edit("officials.yaml", "email: oost@gemeente.example", "mail: elders@gemeente.example")
        line = (office.config / "officials.yaml").read_text().splitlines().index("  mail: elders@gemeente.example") + 1
        daemon.signal(signal.SIGHUP)
        daemon.says("the new config is not taken over")
        assert f"officials.yaml:{line}:3: " in daemon.log()
        dovecot.append(a_mail("Losse tegel"))
        office.wait_until_filed(1)
        assert 1 == daemon.log().count("config taken over")
    assert Counter({"oost@gemeente.example": 1}) == relay.addressees()
    assert [a_mail("Losse tegel")] == dovecot.messages("Verwerkt/oosterdorp")


def test_servers_that_go_away_come_back(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """A restart of the mail server and a relay that is down for a while delay a mail, and nothing more."""
    office = make_office(dovecot, delivery={"retry": ["1s"]})
    with office.started() as daemon:
        daemon.says("running")
        dovecot.append(minutes(1))
        office.wait_until_filed(1)
        dovecot.restart()
        relay.close_door()
        dovecot.append(minutes(2))
        daemon.says('"state": "later"')
        assert [minutes(2)] == dovecot.messages()
        relay.open_door()
        office.wait_until_filed(2)
        assert 0 == daemon.stop()
    assert Counter({HAGEDOORN: 2, OEVERMAN: 2}) == relay.addressees()
    assert {1} == set(relay.letters().values())
    office.verb("verify")


def test_a_mailbox_that_is_numbered_anew(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """The server forgets its UIDs while a mail waits for one official: it is found again, and nobody gets it twice."""
    office = make_office(dovecot, delivery={"retry": ["1s"]})
    relay.answer("rcpt", "451 4.2.0 later please", OEVERMAN)
    dovecot.append(minutes(1))
    with office.started() as daemon:
        daemon.says('"state": "later"')
        dovecot.stop()
        for file in (dovecot.root / "mail").glob("dovecot[-.]*"):
            if file.is_file() and "uidvalidity" not in file.name:
                file.unlink()
        dovecot.start()
        wait_until(lambda: "found again" in history(office), "the mail is found again")
        relay.behave()
        office.wait_until_filed(1)
    assert Counter({HAGEDOORN: 1, OEVERMAN: 1}) == relay.addressees()
    assert [minutes(1)] == dovecot.messages("Verwerkt/oosterdorp")
    office.verb("verify")


def history(office: Office) -> set[str]:
    """What happened to all mails together."""
    return {event["what"] for mail in office.mails() for event in mail["history"]}


def test_old_mail_is_asked_about(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """A first start on a mailbox with years of mail ends with 78, asks for mailbox.since, and does nothing else."""
    office = make_office(dovecot, mailbox={"since": None})
    old = a_mail("Lang geleden")
    dovecot.append(old, received=datetime.now(UTC) - timedelta(days=400))
    dovecot.append(a_mail("Nieuw"))
    for words in (["--once"], []):
        told = office.verb("run", *words, code=78).stderr
        assert "INBOX holds 2 messages" in told
        assert "mailbox.since" in told
    assert ([old, a_mail("Nieuw")], []) == (dovecot.messages(), relay.taken)
    office.change(mailbox={"since": datetime.now(UTC).date() - timedelta(days=2)})
    office.verb("run", "--once")
    assert ([old], Counter({HAGEDOORN: 1})) == (dovecot.messages(), relay.addressees())


def test_an_official_who_is_put_off(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """451 for one of two: exit 75 with a line about it; later it goes out, and the other gets nothing twice."""
    office = make_office(dovecot, delivery={"retry": ["1s"]})
    relay.answer("rcpt", "451 4.2.0 later please", OEVERMAN, times=1)
    dovecot.append(minutes(1))
    [line] = [line for line in office.verb("run", "--once", code=75).stderr.splitlines() if " is queued; " in line]
    [mail] = office.mails()
    assert f"of mail {mail['id_shown']} is queued; next try in" in line
    assert line.endswith("later please")
    assert (Counter({HAGEDOORN: 1}), [minutes(1)]) == (relay.addressees(), dovecot.messages())
    wait_until(lambda: office.verb("run", "--once", code=None).returncode == 0, "the letter goes out")
    assert Counter({HAGEDOORN: 1, OEVERMAN: 1}) == relay.addressees()
    assert [minutes(1)] == dovecot.messages("Verwerkt/oosterdorp")


def test_an_official_who_is_unknown(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """550 for one of two: the desk is told, the mail filed, `show` says it, `retry` sends the same bytes once."""
    office = make_office(dovecot)
    relay.answer("rcpt", "550 5.1.1 no such user", OEVERMAN)
    dovecot.append(minutes(1))
    office.verb("run", "--once")
    assert Counter({HAGEDOORN: 1, DESK: 1}) == relay.addressees()
    assert b"no such user" in dict(relay.taken)[DESK]
    assert [minutes(1)] == dovecot.messages("Verwerkt/oosterdorp")
    [mail] = office.mails()
    shown = office.verb("show", mail["id_shown"]).stdout
    assert "550 5.1.1 no such user" in shown
    assert "refused" in shown
    relay.behave()
    assert "1 letter(s) queued\n" == office.verb("retry", mail["id_shown"]).stdout
    office.verb("run", "--once")
    assert Counter({HAGEDOORN: 1, DESK: 1, OEVERMAN: 1}) == relay.addressees()
    assert "no refused or stuck letter" in office.verb("retry", mail["id_shown"], code=65).stderr
    office.verb("verify")


def test_a_mail_that_nobody_takes(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Not even the desk's notice can be delivered: the mail is stuck in the inbox, and `run --once` exits 75."""
    office = make_office(dovecot)
    relay.answer("rcpt", "550 5.1.1 no such user", DESK)
    dovecot.append(minutes(1, "iemand@elders.example"))
    told = office.verb("run", "--once", code=75).stderr
    [mail] = office.mails()
    assert f"mail {mail['id_shown']} is stuck: nothing automatic is left to try" in told
    assert ([minutes(1, "iemand@elders.example")], []) == (dovecot.messages(), relay.taken)


def test_a_stop_in_the_middle_of_once(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """SIGTERM while letters wait for the relay's rate: the rest stays queued and is named, and the exit code is 75."""
    office = make_office(dovecot, delivery={"rate": 1})
    for number in range(3):
        dovecot.append(a_mail(f"Tegel {number}"))
    with office.started("--once") as daemon:
        wait_until(lambda: len(relay.taken) == 1, "the first letter")
        assert 75 == daemon.stop()
    assert 2 == daemon.log().count("is queued; next try")
    office.change(delivery={"rate": 0})
    office.verb("run", "--once")
    assert (Counter({HAGEDOORN: 3}), []) == (relay.addressees(), dovecot.messages())


def test_readiness_does_not_wait_for_the_mailbox(dovecot: Dovecot, make_office: MakeOffice) -> None:
    """systemd hears READY=1 while the mail server is still away."""
    office = make_office(dovecot)
    office.zygote = None  # as systemd starts it
    dovecot.stop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(dovecot.root / "notify"))
        systemd.settimeout(PATIENCE)
        with office.started(NOTIFY_SOCKET=str(dovecot.root / "notify")) as daemon:
            assert b"READY=1" == systemd.recv(100)
            daemon.says("the mailbox is out of reach")
            assert 0 == daemon.stop()
        assert b"STOPPING=1" == systemd.recv(100)


CANARY, KEY_CANARY = "kanarie-wachtwoord-4711", "a1b2c3d4" * 8


def test_a_wrong_password_is_tried_once_and_never_shown(
    dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink
) -> None:
    """A refused login is told without hammering the account; no secret stands in any log, answer of a verb or error."""
    office = make_office(dovecot, schedule={"poll": "0.1s"}, delivery={"user": "dorpsraden"})
    office.secret("mailrouter_mailbox__password", CANARY)
    office.secret("mailrouter_delivery__password", CANARY)
    office.secret("mailrouter_router__key", KEY_CANARY)
    with office.started() as daemon:
        daemon.says("the mailbox refuses our login")
        daemon.signal(signal.SIGHUP)
        daemon.says("config taken over")  # many ticks later
        assert 0 == daemon.stop()
    assert "Traceback" not in daemon.log()
    assert 1 == dovecot.log().count("auth failed")
    heard = [office.verb("check", "--connect", code=1), office.verb("verify", code=69)]
    office.secret("mailrouter_mailbox__password", dovecot.password)
    dovecot.append(minutes(1))
    heard.append(office.verb("run", "--once", code=75))
    name = office.mails()[0]["id_shown"]
    for words in (["status"], ["show", name], ["show", name, "--json"]):
        heard.append(office.verb(*words))
    office.edit("mailrouter.yaml", "delivery:\n", f"delivery:\n  password: {CANARY}\n  key: {KEY_CANARY}\n")
    heard.append(office.verb("check", code=1))
    text = daemon.log() + "".join(done.stdout + done.stderr for done in heard)
    assert "refuses the password of mailbox.user" in text
    assert "the relay offers no login that we know" in text
    assert "a secret does not belong in this file" in text
    assert (False, False) == (CANARY in text, KEY_CANARY in text)

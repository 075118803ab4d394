"""Alarms end to end: the real daemon between real servers, and what the desk and `status` get to know of it."""

import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mailrouter.alarms.told import Record
from mailrouter.config.loading import share
from mailrouter.journal import Journal
from tests.core.letters import body, read
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, a_mail, minutes, wait_until

DESK, OEVERMAN = "balie@gemeente.example", "oeverman@gemeente.example"
STRANGER = "nieuwe.secretaris@postvak.example"
MakeOffice = Callable[..., Office]


def alarm_mails(relay: ReturningSink) -> list[bytes]:
    """What the desk got that is no letter."""
    return [content for address, content in relay.taken if address == DESK and b"X-Mailrouter-Letter" not in content]


def kinds(office: Office) -> list[str]:
    """The alarms that `status` tells of."""
    [told] = office.json("status")
    return [alarm["kind"] for alarm in told["alarms"]]


def test_a_dead_mail_server(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """The daemon says it once in the log and once to the desk, `status` as long as it lasts; then it is over."""
    office = make_office(dovecot, alarms={"server": "3s"})
    with office.started() as daemon:
        daemon.says("running")
        wait_until(lambda: office.json("status")[0]["last_poll"] is not None, "the first poll")
        dovecot.stop()
        daemon.says('"event": "alarm", "kind": "mailbox"')
        wait_until(lambda: len(alarm_mails(relay)) == 1, "the mail to the desk")
        assert ["mailbox"] == kinds(office)
        assert "mailbox, since " in office.verb("status").stdout
        dovecot.start()
        daemon.says('"event": "alarm over", "kind": "mailbox"')
        wait_until(lambda: kinds(office) == [], "status knows that it is over")
        assert 0 == daemon.stop()
    log = daemon.log()
    assert (1, 1, 1) == (log.count('"event": "alarm",'), log.count('"event": "alarm over"'), len(alarm_mails(relay)))
    message = read(alarm_mails(relay)[0])
    assert "[Balie] De mailrouter vraagt aandacht – postbus niet te lezen" == message["Subject"]
    assert body(message).startswith(
        "Let op: er is iets mis met de mail van de dorpsraden.\n\nDe router kan de gedeelde"
    )


def test_a_dead_daemon(dovecot: Dovecot, make_office: MakeOffice) -> None:
    """Nobody else can say it: `status` tells since when the mailbox was not read, and that no daemon runs."""
    office = make_office(dovecot)
    office.verb("run", "--once")
    assert ([], True) == (kinds(office), "alarms" in office.verb("status").stdout)
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    journal = Journal(office.state)
    journal.note("last_poll", f"{then.timestamp():.0f}").result()
    journal.close()
    [told] = office.json("status")
    since = then.isoformat()
    text = "the mailbox was not read for 3 hours: no daemon is running"
    assert [{"kind": "mailbox", "since": since, "text": text}] == told["alarms"]
    assert (since, True) == (told["last_poll"], 3 * 3600 <= told["last_poll_age"] < 3 * 3600 + 60)


def test_the_desk_has_old_work(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """The desk is reminded of a mail that lies in its folder, by subject; taking it out ends the alarm."""
    office = make_office(dovecot, alarms={"desk": "1s"}, schedule={"verify": "0.5s"})
    dovecot.append(a_mail("Kapotte lantaarn", sender=STRANGER))
    with office.started() as daemon:
        daemon.says('"event": "alarm", "kind": "desk"')
        wait_until(lambda: len(alarm_mails(relay)) == 1, "the mail to the desk")
        assert "\n- Kapotte lantaarn (nummer " in body(read(alarm_mails(relay)[0]))
        assert "Kapotte" not in daemon.log() + office.verb("status").stdout
        with dovecot.mail_program() as client:
            client.select_folder("Balie")
            client.create_folder("Archief")
            client.move(client.search(), "Archief")
        daemon.says('"event": "alarm over", "kind": "desk"')
        assert 0 == daemon.stop()
    assert 1 == len(alarm_mails(relay))


def test_a_relay_that_refuses_us(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Its words and what to do stand in log and status; no mail is tried before it takes letters, then all go."""
    office = make_office(dovecot, alarms={"server": "2s"}, delivery={"retry": ["1s"]})
    relay.answer("mail", "550 5.7.60 SMTP; Client does not have permissions to send as this sender")
    dovecot.append(a_mail("Losse tegel"))
    with office.started() as daemon:
        daemon.says('"event": "alarm", "kind": "relay"')
        [told] = office.json("status")
        [alarm] = [alarm for alarm in told["alarms"] if alarm["kind"] == "relay"]
        assert "permissions to send as this sender. We may not send as this address. Log in as" in alarm["text"]
        assert b"RCPT TO:<" + DESK.encode() not in relay.heard
        relay.behave()
        daemon.says('"event": "alarm over", "kind": "relay"')
        office.wait_until_filed(1)
        assert 0 == daemon.stop()
    office.verb("verify")


def test_once_says_it_and_mails_it(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """A line on stderr for each alarm; a mail to the desk that fails is tried again, and carries no receipt address."""
    office = make_office(dovecot, alarms={"letter": "0s"})
    relay.answer("rcpt", "451 4.2.0 later please", OEVERMAN)
    relay.answer("rcpt", "451 4.2.0 later please", DESK, times=1)
    dovecot.append(minutes(1))
    told = office.verb("run", "--once", code=75).stderr
    assert "mailrouter: alarm: 1 letter not settled for " in told
    assert ([], True) == (alarm_mails(relay), "the alarm mail did not go" in told)
    ten_minutes_pass(office)
    office.verb("run", "--once", code=75)
    [mail] = alarm_mails(relay)
    assert "Antwoord van de mailserver: 4.2.0 later please" in body(read(mail))
    assert [[DESK]] == [to for _, to, content in relay.messages if content == mail]


def ten_minutes_pass(office: Office) -> None:
    """The last try of an alarm mail is long ago."""
    journal = Journal(office.state)
    record = Record.read(journal.noted("alarms"))
    tried = {DESK: record.told[DESK].model_copy(update={"tried": 0.0})}
    journal.note("alarms", record.model_copy(update={"told": tried}).written()).result()
    journal.close()


def test_once_without_a_mailbox(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """The mailbox is away for long: `run --once` says so, and so does a mail to the desk."""
    office = make_office(dovecot, alarms={"server": "0s"}, schedule={"poll": "0.1s"})
    office.verb("run", "--once")
    dovecot.stop()
    wait_until(lambda: kinds(office) == ["mailbox"], "three polls are missed")
    told = office.verb("run", "--once", code=69).stderr
    assert "mailrouter: alarm: the mailbox was not read for " in told
    assert 1 == len(alarm_mails(relay))


def test_a_template_that_breaks_on_a_mail(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """`check` does not see it; every letter goes out in plain form; the desk gets one mail; mended, it is over."""
    office = make_office(dovecot, alarms={"desk": "2s"})
    own = office.config / "templates" / "minutes.html.j2"
    own.parent.mkdir(exist_ok=True)
    shipped = (share() / "templates" / "minutes.html.j2").read_text()
    own.write_text(
        "{% if subject in ('Notulen 1', 'Notulen 2', 'Notulen 3') %}\n{{ nergens }}\n{% endif %}\n" + shipped
    )
    office.verb("check")
    with office.started() as daemon:
        for number in (1, 2, 3):
            dovecot.append(minutes(number))
        daemon.says('"event": "alarm", "kind": "template"')
        office.wait_until_filed(3)
        wait_until(lambda: len(alarm_mails(relay)) == 1, "the mail to the desk")
        [told] = office.json("status")
        [alarm] = told["alarms"]
        assert "letters go out without it: minutes.html.j2:2; see `show " in alarm["text"]
        own.write_text(shipped)
        daemon.signal(signal.SIGHUP)
        daemon.says('"event": "alarm over", "kind": "template"')
        dovecot.append(minutes(4))
        office.wait_until_filed(4)
        assert ([], 0) == (kinds(office), daemon.stop())
    [mail] = alarm_mails(relay)
    assert "\n- minutes.html.j2, regel 2 (het eerst bij de mail met nummer " in body(read(mail))
    letters = [read(content) for address, content in relay.taken if address == OEVERMAN]
    assert [False] * 3 + [True] == [letter.get_body(("html",)) is not None for letter in letters]
    assert all(body(letter).startswith("Dorpsraad Oosterdorp") for letter in letters)
    shown = office.verb("show", alarm["text"].split("`show ")[1][:8]).stdout
    assert "minutes.html.j2:2: UndefinedError: 'nergens' is undefined" in shown
    office.verb("verify")

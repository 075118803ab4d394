"""What the relay may answer, lose or garble: what becomes of that letter, and that no other letter notices."""

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import pytest

from mailrouter.core.settings import Delivery
from mailrouter.demo.samples import WEEK
from mailrouter.smtp import Relay
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, a_mail, minutes, wait_until
from tests.wire.sink import DROP, RECEIPTS, MisbehavingSink

pytestmark = pytest.mark.wire

HAGEDOORN, OEVERMAN, DESK = "hagedoorn@gemeente.example", "oeverman@gemeente.example", "balie@gemeente.example"
SOON = {"retry": ["0.1s"], "connections": 1}
WAITS = "the relay makes all letters wait"
MakeOffice = Callable[..., Office]


def official(name: str) -> str:
    """The address of the one official of the place of that name."""
    return f"{name}@gemeente.example"


def populate(office: Office, names: list[str]) -> None:
    """For each name a place whose council writes from @name.example, with one official."""
    with (
        (office.config / "villages.yaml").open("a") as villages,
        (office.config / "officials.yaml").open("a") as people,
    ):
        for name in names:
            villages.write(
                f'\n{name}:\n  name: Buurt {name}\n  senders: ["@{name}.example"]\n'
                f"  officials:\n    ambassador: {name}\n    area_manager: {name}\n"
            )
            people.write(f"\n{name}:\n  name: mevrouw {name.title()}\n  email: {official(name)}\n")


def write(office: Office, names: list[str]) -> None:
    """A mail from each of these places."""
    with office.server.mail_program() as client:
        for name in names:
            client.append("INBOX", a_mail(f"Tegel {name}", sender=f"raad@{name}.example"))


def letters(office: Office) -> dict[str, dict[str, Any]]:
    """Every letter to an official, by its address."""
    found = [letter for mail in office.mails() for letter in mail["letters"] if letter["purpose"] == "forward"]
    return {letter["address"]: letter for letter in found}


def history(office: Office, address: str) -> list[str]:
    """What happened to the letter to `address`, in order."""
    of = letters(office)[address]["id"]
    return [event["what"] for mail in office.mails() for event in mail["history"] if event["letter_id"] == of]


def text_of(content: bytes) -> str:
    """The plain text of a letter."""
    part = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def until_nothing_is_left(office: Office) -> None:
    """`run --once`, again and again until it exits 0."""
    wait_until(lambda: office.verb("run", "--once", code=None).returncode == 0, "nothing is left open")


def balanced(office: Office) -> None:
    """Nothing lies in the inbox, and the books balance."""
    assert [] == office.server.messages()
    assert office.verb("verify").stdout.startswith("ok: ")


# Each answer at each step

PUT_OFF, REFUSED = (450, 451, 452), (550, 552, 554)


def test_an_answer_about_one_letter(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """To RCPT, DATA or the dot: 4xx comes later, 5xx is told to the desk with its words; other letters go at once."""
    office = make_office(dovecot, delivery=SOON)
    cells = [(step, code) for step in ("rcpt", "data", "dot") for code in (*PUT_OFF, *REFUSED)]
    for step, code in cells:
        relay.answer(step, f"{code} {code // 100}.6.0 not at {step}", official(f"{step}-{code}"), times=1)
    names = ["vooraan", *(f"{step}-{code}" for step, code in cells), "achteraan"]
    populate(office, names)
    write(office, names)
    until_nothing_is_left(office)
    refused = {
        official(f"{step}-{code}"): f"{code} {code // 100}.6.0 not at {step}" for step, code in cells if code > 500
    }
    got = {official(name) for name in ("vooraan", "achteraan")}
    got |= {official(f"{step}-{code}") for step, code in cells if code < 500}
    assert Counter(dict.fromkeys(got, 1)) + Counter({DESK: len(refused)}) == relay.addressees()
    told = [text_of(content) for to, content in relay.taken if to == DESK]
    for address, words in refused.items():
        assert 1 == sum(address in text and words.partition(" ")[2] in text for text in told), address
        assert (["refused"], words) == (
            [letters(office)[address]["state"]],
            "{code} {reply}".format(**letters(office)[address]),
        )
    assert 1 == letters(office)[official("vooraan")]["tries"] == letters(office)[official("achteraan")]["tries"]
    balanced(office)


def test_an_answer_about_us_makes_all_letters_wait(
    dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink
) -> None:
    """Anything to MAIL, and 421 to whatever: nothing goes, nobody is told of a refusal, and all go when it is over."""
    office = make_office(dovecot, delivery=SOON)
    names = ["een", "twee", "drie"]
    populate(office, names)
    write(office, names)
    cells = [("mail", code) for code in (421, *PUT_OFF, 550, 554)] + [(step, 421) for step in ("rcpt", "data", "dot")]
    for step, code in cells:
        relay.behave()
        relay.answer(step, f"{code} {code // 100}.3.0 not now")
        told = office.verb("run", "--once", code=75).stderr
        assert (1, 3) == (told.count(WAITS), told.count(" is queued; next try")), (step, code)
        assert [] == relay.taken
    relay.behave()
    until_nothing_is_left(office)
    assert Counter({official(name): 1 for name in ("een", "twee", "drie")}) == relay.addressees()
    balanced(office)


def test_a_letter_that_the_relay_finds_too_large(
    dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink
) -> None:
    """552 to MAIL is the answer to SIZE= (RFC 1870 §6.1): about that letter, and the next goes at once."""
    office = make_office(dovecot, delivery=SOON)
    relay.answer("mail", "552 5.3.4 message size exceeds fixed limit", times=1)
    names = ["een", "twee"]
    populate(office, names)
    write(office, names)
    until_nothing_is_left(office)
    assert Counter({official("twee"): 1, DESK: 1}) == relay.addressees()
    balanced(office)


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("mail", "451 4.3.0 try again later"),  # the sink, like many, answers 503 to the RCPTs that came along
        ("rcpt", "503 5.5.1 need MAIL before RCPT"),
        ("data", "503 5.5.1 need RCPT before DATA"),
    ],
)
def test_a_conversation_out_of_step_refuses_nothing(
    dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink, step: str, reply: str
) -> None:
    """503 after a MAIL that was refused, or out of the blue, says nothing of the letter: it goes later, once."""
    office = make_office(dovecot, delivery=SOON)
    relay.answer(step, reply, times=1)
    dovecot.append(minutes(1))
    until_nothing_is_left(office)
    assert Counter({HAGEDOORN: 1, OEVERMAN: 1}) == relay.addressees()
    balanced(office)


# After the dot


def test_an_answer_to_the_dot_that_is_none(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Late, lost or nonsense: unsure until its receipt is seen; several lines, or bytes beyond ASCII, are an answer."""
    office = make_office(dovecot, delivery=SOON | {"accept_timeout": "2s"}, receipts={"wait": "1m"})
    unsure = {"weg": DROP, "onzin": "hallo daar", "half": "250-half\r\n550 other", "laat": "250 2.0.0 taken"}
    sure = {"regels": "250-2.0.0 taken\r\n250 2.0.0 indeed", "bytes": "250 2.0.0 \xe9\xe9n \xff", "gewoon": "250 ok"}
    for name, reply in (unsure | sure).items():
        relay.answer("dot", reply, official(name), times=1)
    populate(office, [*unsure, *sure])
    relay.after_receipt = lambda number: time.sleep(3) if number == 7 else None
    receipts: list[bytes] = []
    relay.mailbox = receipts  # type: ignore[assignment]  # it keeps what it is given
    with office.started() as daemon:
        write(office, ["weg", "regels", "onzin", "bytes", "half", "gewoon"])
        wait_until(lambda: len(relay.taken) == 6, "all but one are taken")
        write(office, ["laat"])
        daemon.says('"state": "unsure"', times=len(unsure))
        for receipt in receipts:
            dovecot.append(receipt)
        office.wait_until_filed(7)
        assert 0 == daemon.stop()
    assert Counter({official(name): 1 for name in unsure | sure}) == relay.addressees()
    assert {official(name) for name in unsure} == {to for to in letters(office) if "unsure" in history(office, to)}
    balanced(office)


@pytest.mark.parametrize(("reply", "delay", "copies"), [(DROP, 0.0, 2), ("250 2.0.0 never said", 3600.0, 1)])
def test_answer_and_receipt_are_lost(
    dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink, reply: str, delay: float, copies: int
) -> None:
    """The same bytes go once more, not before `receipts.wait` is over: a duplicate only if the relay had taken it."""
    office = make_office(dovecot, delivery=SOON | {"accept_timeout": "2s"}, receipts={"wait": "1s"})
    relay.mailbox = None
    relay.answer("dot", reply, OEVERMAN, times=1, delay=delay)
    dovecot.append(minutes(1))
    with office.started() as daemon:
        office.wait_until_filed(1)
        assert 0 == daemon.stop()
    assert Counter({HAGEDOORN: 1, OEVERMAN: copies}) == relay.addressees()
    assert 1 == len({content for to, content in relay.taken if to == OEVERMAN})
    seen = [what for what in history(office, OEVERMAN) if what in ("unsure", "queued", "sent")]
    assert ["unsure", "queued", "sent"] == seen


# Receipts


def test_a_receipt_address_accepted_and_an_official_refused(
    dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink
) -> None:
    """No DATA leaves for a letter that would reach the receipt address alone, so no receipt can lie."""
    office = make_office(dovecot, delivery=SOON)
    relay.answer("rcpt", "550 5.1.1 no such user", HAGEDOORN)
    dovecot.append(a_mail("Losse tegel"))
    office.verb("run", "--once")
    assert f"RCPT TO:<{RECEIPTS}>".encode() in relay.heard
    assert (Counter({DESK: 1}), 1) == (relay.addressees(), relay.heard.count(b"DATA\r\n"))
    assert 1 == len(dovecot.messages("Bewijs"))
    balanced(office)


def test_where_and_when_receipts_arrive(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Late in the inbox, or put in the receipt folder by a rule: an unsure letter is proven, and never sent again."""
    office = make_office(dovecot, delivery=SOON, receipts={"wait": "1m"})
    relay.answer("dot", DROP, OEVERMAN, times=1)
    late: list[bytes] = []
    relay.mailbox = late  # type: ignore[assignment]  # it keeps what it is given
    dovecot.append(minutes(1))
    assert " is unsure; next try in " in office.verb("run", "--once", code=75).stderr
    assert " is unsure; next try in " in office.verb("run", "--once", code=75).stderr
    for receipt in late:
        dovecot.append(receipt)
    office.verb("run", "--once")
    relay.answer("dot", DROP, OEVERMAN, times=1)
    relay.mailbox = SimpleNamespace(append=lambda raw: dovecot.append(raw, "Bewijs"))  # type: ignore[assignment]  # a rule
    dovecot.append(minutes(2))
    office.verb("run", "--once", code=None)
    office.verb("run", "--once")
    assert Counter({HAGEDOORN: 2, OEVERMAN: 2}) == relay.addressees()
    assert (4, 2) == (len(dovecot.messages("Bewijs")), len(dovecot.messages("Verwerkt/oosterdorp")))
    balanced(office)


def test_receipts_that_never_arrive(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """A letter that the relay took is sent, with or without its receipt."""
    office = make_office(dovecot, receipts={"wait": "0.5s"})
    relay.mailbox = None
    dovecot.append(minutes(1))
    office.verb("run", "--once")
    time.sleep(1)
    office.verb("run", "--once")
    assert Counter({HAGEDOORN: 1, OEVERMAN: 1}) == relay.addressees()
    assert [minutes(1)] == dovecot.messages("Verwerkt/oosterdorp")


def test_a_forged_receipt(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """A made-up id, and the id of a letter with a wrong check, settle nothing; the messages are mail like any other."""
    office = make_office(dovecot, delivery=SOON, receipts={"wait": "1m"})
    relay.answer("dot", DROP, HAGEDOORN, times=1)
    relay.mailbox = None
    dovecot.append(a_mail("Losse tegel"))
    office.verb("run", "--once", code=75)
    [(_, letter)] = relay.taken
    [token] = set(re.findall(rb"[0-9a-f]{32}\.[0-9a-f]{16}", letter))
    for wrong in (token[:33] + b"0123456789abcdef", b"0" * 32 + token[32:]):
        dovecot.append(letter.replace(token, wrong))
    assert " is unsure; next try in " in office.verb("run", "--once", code=75).stderr
    assert (3, []) == (len(office.mails()), dovecot.messages("Bewijs"))
    dovecot.append(letter)
    office.verb("run", "--once")
    assert Counter({HAGEDOORN: 1}) == relay.addressees()
    assert (3, 1) == (len(office.mails()), len(dovecot.messages("Bewijs")))
    balanced(office)


# Letters above the relay's SIZE


def heavy(sender: str) -> bytes:
    """A mail with a plan of 4 MB and a small list."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = f"Dorpsraad <{sender}>", "dorpsraden@gemeente.example", "De plannen"
    mail["Date"], mail["Message-ID"] = WEEK, f"<plannen@{sender.partition('@')[2]}>"
    mail.set_content("Hierbij de tekening en de lijst.\n")
    drawing = random.Random(4).randbytes(4_000_000)
    mail.add_attachment(drawing, maintype="application", subtype="pdf", filename="tekening.pdf")
    mail.add_attachment(b"een;twee\n", maintype="text", subtype="csv", filename="lijst.csv")
    mail.set_boundary("tussen-de-delen")
    return mail.as_bytes()


def test_a_letter_above_the_size_of_the_relay(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """The very first mail is too large for the relay: it is asked first, and the letter names what it leaves out."""
    relay.size = 3_000_000
    office = make_office(dovecot)
    dovecot.append(heavy("secretaris@dorpsraad-oosterdorp.example"))
    dovecot.append(heavy("iemand@elders.example"))
    office.verb("run", "--once")
    assert Counter({HAGEDOORN: 1, DESK: 1}) == relay.addressees()
    got = dict(relay.taken)
    assert ["lijst.csv"] == [
        part.get_filename() for part in message_from_bytes(got[HAGEDOORN], policy=policy.default).iter_attachments()
    ]
    text = text_of(got[HAGEDOORN])
    assert "tekening.pdf" in text
    assert "Verwerkt/oosterdorp" in text
    assert "in de map Balie" in text_of(got[DESK])
    assert [heavy("secretaris@dorpsraad-oosterdorp.example")] == dovecot.messages("Verwerkt/oosterdorp")
    balanced(office)


def test_a_relay_that_cannot_be_asked(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Out of reach when the mail is read, limits.letter counts; refused later, the desk learns where the mail lies."""
    relay.size = 3_000_000
    office = make_office(dovecot, delivery=SOON)
    relay.close_door()
    dovecot.append(heavy("secretaris@dorpsraad-oosterdorp.example"))
    office.verb("run", "--once", code=75)
    relay.open_door()
    until_nothing_is_left(office)
    assert Counter({DESK: 1}) == relay.addressees()
    text = text_of(relay.taken[0][1])
    assert "the relay takes at most 3000000" in text
    assert "Verwerkt/oosterdorp" in text
    balanced(office)


def test_release_writes_no_letter_above_the_size(
    dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink
) -> None:
    """A mail that a person assigns is written for the relay's SIZE as well."""
    relay.size = 3_000_000
    office = make_office(dovecot)
    dovecot.append(heavy("iemand@elders.example"))
    office.verb("run", "--once")
    office.verb("assign", office.mails()[0]["id_shown"], "oosterdorp", "other")
    office.verb("run", "--once")
    assert Counter({DESK: 1, HAGEDOORN: 1}) == relay.addressees()
    balanced(office)


def asked(sink: MisbehavingSink, *octets: int) -> list[int | None]:
    """How large a letter may be, asked before letters of about so many octets."""
    relay = Relay(Delivery(host="127.0.0.1", port=sink.port, tls="none"), "dorpsraden@gemeente.example", None)
    try:
        return [relay.largest_letter(about) for about in octets]
    finally:
        relay.close()


def test_the_size_is_asked_once_and_when_it_matters(make_sink: Callable[..., MisbehavingSink]) -> None:
    """Before a large letter the relay is connected once; what it said counts for all letters, with room for its own."""
    sink = make_sink(size=3_000_000)
    assert [None, 2_983_616, 2_983_616] == asked(sink, 1000, 6_000_000, 1000)
    assert (1, False) == (sink.connections, b"MAIL" in sink.heard)


def test_a_relay_in_trouble_is_not_asked_again_and_again(make_sink: Callable[..., MisbehavingSink]) -> None:
    """Trouble while asking is a pause like any other: large mails after it do not knock once more."""
    sink = make_sink()
    sink.answer("connect", "554 5.7.1 go away")
    assert ([None, None], 1) == (asked(sink, 6_000_000, 6_000_000), sink.connections)


# The last resort


def test_down_to_stuck(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Letter, desk letter and short notice are refused: stuck, said everywhere, no fourth letter; retry frees it."""
    office = make_office(dovecot, delivery=SOON, alarms={"letter": "1s"})
    for address in (HAGEDOORN, DESK):
        relay.answer("rcpt", "550 5.1.1 no such user", address)
    dovecot.append(a_mail("Losse tegel"))
    with office.started() as daemon:
        daemon.says("nothing automatic is left to try")
        assert 0 == daemon.stop()
    for _ in range(2):
        [mail] = office.mails()
        assert ["refused", "refused", "stuck"] == [letter["state"] for letter in mail["letters"]]
        assert ["forward", "refusal", "notice"] == [letter["purpose"] for letter in mail["letters"]]
        assert [1, 1, 1] == [letter["tries"] for letter in mail["letters"]]
        assert ({"stuck": 1}, 1) == (office.json("status")[0]["mails"], office.json("status")[0]["letters"]["stuck"])
        assert "is stuck: nothing automatic is left to try" in office.verb("verify").stdout
        assert "550 5.1.1 no such user" in office.verb("show", mail["id_shown"]).stdout
        assert f"mail {mail['id_shown']} is stuck" in office.verb("run", "--once", code=75).stderr
    assert ([a_mail("Losse tegel")], []) == (dovecot.messages(), relay.taken)
    relay.behave()
    assert "3 letter(s) queued\n" == office.verb("retry", mail["id_shown"]).stdout
    office.verb("run", "--once")
    assert Counter({HAGEDOORN: 1, DESK: 2}) == relay.addressees()
    assert [a_mail("Losse tegel")] == dovecot.messages("Verwerkt/oosterdorp")
    balanced(office)


def test_a_relay_too_small_for_any_letter(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Not even the notice fits: the mail is stuck in the inbox, and goes when the relay takes more."""
    relay.size = 500
    office = make_office(dovecot)
    dovecot.append(a_mail("Losse tegel"))
    told = office.verb("run", "--once", code=75).stderr
    assert " is stuck: nothing automatic is left to try" in told
    assert ([a_mail("Losse tegel")], []) == (dovecot.messages(), relay.taken)
    relay.size = 60_000_000
    office.verb("retry", office.mails()[0]["id_shown"])
    office.verb("run", "--once")
    assert 1 == relay.addressees()[HAGEDOORN]
    balanced(office)

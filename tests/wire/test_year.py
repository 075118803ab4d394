"""A year of mail through the real journey: everyone gets what the table says, once, and nobody else."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from html import unescape
from urllib.parse import parse_qs

from tests.wire import year
from tests.wire.mailserver import MailServer
from tests.wire.office import Office, ReturningSink

DESK, HAGEDOORN = f"{year.DESK}@gemeente.example", "hagedoorn@gemeente.example"


def prepare(office: Office) -> None:
    """The directory of the year instead of the worked example's; kinds and templates are those that are shipped."""
    for file, text in (("villages", year.VILLAGES), ("officials", year.OFFICIALS), ("topics", year.TOPICS)):
        (office.config / f"{file}.yaml").write_text(text)
    (office.config / "examples.yaml").write_text("[]\n")


def test_every_recipient_of_every_mail(
    make_office: Callable[..., Office], dovecot: MailServer, relay: ReturningSink
) -> None:
    """Change of college, holidays, vacancy, secretariats, topics, formal mail, desk work: as the table by hand says."""
    office = make_office(dovecot, mailbox={"since": year.FIRST}, schedule={"verify": "30d"}, **year.SETTINGS)
    prepare(office)
    mails = {mail.id: mail for mail in year.mails()}
    last: list[year.Mail] = []
    for season in [*year.seasons(), []]:
        with dovecot.mail_program() as client:
            for mail in season:
                client.append("INBOX", year.raw(mail), msg_time=mail.received)
            for mail in (mail for mail in last if mail.decided):
                letter = next(content for _, content in relay.taken if original(content, mails) == mail.id)
                for raw in desk_work(mail, message_from_bytes(letter, policy=SMTP)):
                    client.append("INBOX", raw, msg_time=mail.received + timedelta(days=20))
        office.verb("run", "--once")
        last = season

    about = [(original(content, mails), address, content) for address, content in relay.taken]
    expected = Counter((id, address) for id, mail in mails.items() for address in year.recipients(mail))
    assert expected == Counter((id, address) for id, address, _ in about if id)
    heard = Counter(str(message_from_bytes(content, policy=SMTP)["Subject"]) for id, _, content in about if not id)
    assert {
        "[Balie] Gedaan": 3,  # each decision
        "[Balie] Niet gedaan": 2,  # a code of a button is used once
        "[Balie] Een code van u, van een ander": 1,
    } == Counter(subject.split(" – ")[0] for subject in heard.elements())
    assert not dovecot.messages()
    assert "ok" in office.verb("verify").stdout
    replay_of_one_line(office, list(mails.values()))


def replay_of_one_line(office: Office, mails: list[year.Mail]) -> None:
    """One line of a draft, an area manager's address: named are the mails that go to him by the table, and no other."""
    draft = office.folder / "draft"
    shutil.copytree(office.config, draft)
    people = (draft / "officials.yaml").read_text()
    (draft / "officials.yaml").write_text(people.replace(f"email: {HAGEDOORN}", "email: elders@gemeente.example"))
    *changed, total = office.json("replay", "--config", draft, "--against", office.config)
    ids = {mail["id_shown"]: f"<{mail['explanation']['mail']['message_id']}>" for mail in office.mails()}
    touched = sorted(mail.id for mail in mails if HAGEDOORN in year.recipients(mail))
    assert touched == sorted(ids[mail["id"]] for mail in changed)
    assert len(touched) > 20
    assert {"recipients": len(touched)} == {name: number for name, number in total["changes"].items() if number}


def original(content: bytes, mails: dict[str, year.Mail]) -> str:
    """Which mail a letter is about, by its References; "" if it is about a mail that is not the year's."""
    ids = str(message_from_bytes(content, policy=SMTP)["References"]).split()
    [about] = [id for id in ids if id in mails] or [""]
    return about


def desk_work(mail: year.Mail, letter: EmailMessage) -> Iterator[bytes]:
    """What is sent to the shared address about a letter of the desk: a decision, and twice when it is by a button."""
    thread = {"In-Reply-To": letter["Message-ID"], "References": f"{letter['References']} {letter['Message-ID']}"}
    if mail.how == "reply":
        yield written(DESK, f"Re: {letter['Subject']}", f"dorp: {mail.decided}\nsoort: notulen\n\nGroet, Mia", thread)
        return
    html = letter.get_body(("html",))
    assert html is not None
    name = mail.decided.capitalize()
    [link] = re.findall(rf'href="mailto:[^"?]+\?([^"]+)"[^>]*>Stuur door: Notulen van {name}<', html.get_content())
    opened = parse_qs(unescape(link))
    for number in range(1 if mail.how == "elsewhere" else 2):
        sender = DESK if mail.how == "tap" else f"collega{number}@elders.example"
        yield written(sender, opened["subject"][0], opened["body"][0] + "\r\n" * number, {})


def written(sender: str, subject: str, text: str, thread: dict[str, str]) -> bytes:
    """A mail as a mail program writes it."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, "dorpsraden@gemeente.example", subject
    message["Message-ID"], message["Date"] = make_msgid(domain="gemeente.example"), format_datetime(year.END)
    for name, value in thread.items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


def test_the_table_before_and_after_the_change_of_college(
    make_office: Callable[..., Office], dovecot: MailServer
) -> None:
    """`routes --on` shows who gets what on the last day of one college and on the first of the next."""
    office = make_office(dovecot, **year.SETTINGS)
    prepare(office)

    def table(day: str) -> dict[tuple[str, str], str]:
        lines = [
            line
            for more in ((), ("--topics",))
            for line in office.verb("routes", *more, "--on", day).stdout.splitlines()
        ]
        return {(of, what): people for of, what, people in (line.split("\t") for line in lines)}

    before, after = table("2026-06-30"), table("2026-07-01")
    changed = {cell: (before[cell], after[cell]) for cell in before if before[cell] != after[cell]}
    assert ("veldzicht, hagedoorn", "oeverman, hagedoorn") == changed["oosterdorp", "minutes"]
    assert ("bronkhof, terpstra", "lindeboom, terpstra") == changed["noorderveen", "invitation"]
    assert ("veldzicht", "oeverman") == changed["verkeer", "portfolio_holder"]
    assert ("bronkhof", "lindeboom") == changed["jeugd", "portfolio_holder"]
    assert {"oosterdorp", "noorderveen", "zuiderbroek", "waterlanden", "verkeer", "jeugd"} == {of for of, _ in changed}
    assert "gebiedsmanager: VACANT" in table("2026-04-15")["noorderveen", "minutes"]
    assert "hagedoorn" == table("2026-07-20")["westerdorp", "other"]

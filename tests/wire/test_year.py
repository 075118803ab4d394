"""A year of mail through the real journey: everyone gets what the table says, once, and nobody else."""

from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from email.policy import SMTP

from tests.wire import year
from tests.wire.mailserver import MailServer
from tests.wire.office import Office, ReturningSink


def prepare(office: Office) -> None:
    """The directory of the year instead of the worked example's; kinds and templates are those that are shipped."""
    for file, text in (("villages", year.VILLAGES), ("officials", year.OFFICIALS), ("topics", year.TOPICS)):
        (office.config / f"{file}.yaml").write_text(text)
    (office.config / "examples.yaml").write_text("[]\n")


def test_every_recipient_of_every_mail(
    make_office: Callable[..., Office], dovecot: MailServer, relay: ReturningSink
) -> None:
    """A change of college, holidays, a vacancy, secretariats, topics, formal mail: as the table kept by hand says."""
    office = make_office(dovecot, mailbox={"since": year.FIRST}, schedule={"verify": "30d"}, **year.SETTINGS)
    prepare(office)
    mails = {mail.id: mail for mail in year.mails()}
    for season in year.seasons():
        with dovecot.mail_program() as client:
            for mail in season:
                client.append("INBOX", year.raw(mail), msg_time=mail.received)
        office.verb("run", "--once")

    expected = Counter((id, address) for id, mail in mails.items() for address in year.recipients(mail))
    assert expected == Counter((original(content, mails), address) for address, content in relay.taken)
    assert not dovecot.messages()
    assert "ok" in office.verb("verify").stdout


def original(content: bytes, mails: dict[str, year.Mail]) -> str:
    """Which mail a letter is about, by its References."""
    ids = str(message_from_bytes(content, policy=SMTP)["References"]).split()
    [about] = [id for id in ids if id in mails]
    return about


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

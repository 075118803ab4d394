"""The desk's work by mail on real servers; the year (`test_year.py`) has more of it."""

import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import SMTP

from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, minutes

DESK, STRANGER = "balie@gemeente.example", "nieuwe.secretaris@postvak.example"


def test_a_reminder_and_a_reply_to_it(
    dovecot: Dovecot, relay: ReturningSink, make_office: Callable[..., Office]
) -> None:
    """What nobody handled is sent once more; a reply to that decides, and lies with the mail it decided."""
    office = make_office(
        dovecot, desk={"remind": "2s"}, schedule={"verify": "1s"}, alarms={"desk": "9d"}, receipts={"wait": "2s"}
    )
    dovecot.append(minutes(1, STRANGER))
    office.verb("run", "--once")
    time.sleep(2.5)  # `desk.remind`, on the real clock
    for _ in range(2):
        office.verb("run", "--once")
        time.sleep(1.1)
    first, again = [message_from_bytes(content, policy=SMTP) for to, content in relay.taken if to == DESK]
    assert again["Subject"] == first["Subject"].replace("[Balie] ", "[Balie] Herinnering – ")
    dovecot.append(
        (
            f"From: Balie <{DESK}>\r\nTo: dorpsraden@gemeente.example\r\nSubject: Re: x\r\n"
            f"Message-ID: <antwoord@gemeente.example>\r\nIn-Reply-To: {again['Message-ID']}\r\n"
            "Date: Mon, 14 Sep 2026 12:00:00 +0200\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
            "<p>dorp: Oosterdorp</p><p>soort: notulen</p><p>Verzonden vanaf mijn iPhone</p>\r\n"
        ).encode()
    )
    office.verb("run", "--once")
    held, order = office.mails()
    assert (held["outcome"], held["version"], held["decided_by"]) == ("forward", 2, f"{DESK} (per mail)")
    assert [item["purpose"] for item in order["letters"]] == ["answer"]
    assert {"Verwerkt/oosterdorp", "Balie"} <= set(dovecot.folders())
    assert relay.addressees()["hagedoorn@gemeente.example"] == 1
    assert not dovecot.messages()
    lesson = office.json("suggest")[0]
    assert (lesson["file"], f'    - "{STRANGER}"' in lesson["lines"]) == ("villages.yaml", True)
    assert "ok" in office.verb("verify").stdout

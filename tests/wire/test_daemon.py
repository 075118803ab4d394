"""The daemon end to end: the real command line between a real IMAP server and a real mail sink."""

import json
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from mailrouter.demo.samples import WEEK, Sample, samples
from tests.wire.dovecot import Dovecot
from tests.wire.mailserver import MailServer
from tests.wire.office import Office, ReturningSink, a_mail, minutes, wait_until

HAGEDOORN, OEVERMAN, DESK = "hagedoorn@gemeente.example", "oeverman@gemeente.example", "balie@gemeente.example"
MakeOffice = Callable[..., Office]


def put(server: MailServer, mails: list[Sample]) -> None:
    """Samples arrive, at the moment they say."""
    for sample in mails:
        server.append(sample.raw, received=sample.received)


def explained(office: Office, mails: list[Sample]) -> dict[str, dict]:
    """Name of a sample → what `explain --json` says of it."""
    folder = office.folder / "samples"
    folder.mkdir()
    for sample in mails:
        (folder / f"{sample.name}.eml").write_bytes(sample.raw)
    told = office.json("explain", *(folder / f"{sample.name}.eml" for sample in mails))
    return {Path(one["file"]).stem: one for one in told}


def without(told: dict, *keys: str) -> dict:
    """The object but for what differs by nature."""
    return {key: value for key, value in told.items() if key not in keys}


def test_once_does_what_explain_says(imap_server: MailServer, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Every sample ends as `explain --json` says it would: its letters, its folder; and a second run sends nothing."""
    office = make_office(imap_server)
    mails = samples()
    put(imap_server, mails)
    told = explained(office, mails)
    office.verb("run", "--once")
    seen: set[str] = set()
    letters: Counter[str] = Counter()
    folders: Counter[str] = Counter()
    for sample in mails:
        known = told[sample.name]["fingerprint"] in seen
        seen.add(told[sample.name]["fingerprint"])
        letters.update(person["address"] for person in told[sample.name]["recipients"] if not known)
        folders["Dubbel" if known else told[sample.name]["folder"]] += 1
    assert letters == relay.addressees()
    assert folders == Counter({name: len(imap_server.messages(name)) for name in folders})
    by_print = {mail["fingerprint"]: mail["explanation"] for mail in office.mails()}
    assert [without(told[s.name], "file") for s in mails] == [by_print[told[s.name]["fingerprint"]] for s in mails]
    office.verb("run", "--once")
    assert (letters, []) == (relay.addressees(), imap_server.messages())
    assert office.verb("verify").stdout.startswith(f"ok: {len(mails)} ({len(mails)} filed) mails, ")

"""A meeting that moves more than once, through the journal: one entry in the calendars of those who get the letters."""

from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import icalendar
import pytest
import vobject

from mailrouter.cage import Escape
from mailrouter.config import load, share
from mailrouter.core.model import Understanding
from mailrouter.core.understand import Assignment, Job
from mailrouter.retention import Retention
from tests.core.letters import read
from tests.router.world import KilledError, ReadingCage, World
from tests.wire.office import a_mail

DAY = 86400.0
ANNOUNCED = (
    "Op donderdag 5 november 2026 houden wij onze vergadering om 20.00 uur in het dorpshuis. U bent van harte welkom."
)
MOVED = (
    "Onze vergadering van donderdag 5 november is verplaatst naar donderdag 12 november, om 20.00 uur in het dorpshuis."
)
AGAIN = (
    "Onze vergadering van donderdag 12 november is verplaatst naar woensdag 18 november, om 19.30 uur in het dorpshuis."
)
OFF = "De vergadering van woensdag 18 november gaat helaas niet door, omdat de voorzitter ziek is."
STORY = (ANNOUNCED, MOVED, AGAIN, OFF)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[World]:
    """A router with the worked example of the config, which keeps a mail's text for a day."""
    world = World(tmp_path / "state", retention={"mail": "1d"})
    world.routing = load(share() / "config").routing
    world.cage = ReadingCage(world.routing)
    world.restart()
    yield world
    assert [] == world.journal.audit()
    world.journal.close()


class DyingCage(ReadingCage):
    """The router goes down over a mail that is read a second time, for what the meeting is known by."""

    def understand(self, job: Job) -> "Future[Understanding | Escape]":
        if job.meeting:
            raise KilledError
        return super().understand(job)


def arrives(world: World, text: str, sender: str = "secretaris@dorpsraad-oosterdorp.example") -> None:
    """A mail about a meeting; its Date is that of the world."""
    moment = datetime.fromtimestamp(world.now, UTC)
    subject = f"Vergadering {moment:%d %H.%M.%S}"
    world.mailbox.put(a_mail(subject, text=f"Beste mensen,\r\n\r\n{text}\r\n\r\nIneke", sender=sender, sent=moment))


def entries(world: World) -> list[icalendar.Event]:
    """The events of the calendar files of all letters, each once, in the order of the mails; two readers agree."""
    found: dict[str, icalendar.Event] = {}
    for _, content in world.relay.taken:
        letter = read(content)
        for part in letter.iter_attachments():
            if part.get_content_type() == "text/calendar":
                raw = part.get_payload(decode=True)
                assert isinstance(raw, bytes)
                [event] = icalendar.Calendar.from_ical(raw).walk("VEVENT")
                other = vobject.readOne(raw.decode()).vevent
                assert str(event["uid"]) == other.uid.value
                assert str(event["status"]) == other.status.value
                assert int(event["sequence"]) == int(other.sequence.value)
                found.setdefault(str(letter["Subject"]), event)
    return list(found.values())


def is_one_entry(found: list[icalendar.Event]) -> None:
    """One UID, a SEQUENCE that rises, each time its own day, and CANCELLED in the end."""
    assert 1 == len({str(event["uid"]) for event in found})
    assert all(earlier["sequence"] < later["sequence"] for earlier, later in pairwise(found))
    days = [f"{event.decoded('dtstart'):%d %H:%M}" for event in found[:3]]
    assert ["05 20:00", "12 20:00", "18 19:30"] == days
    assert ["CONFIRMED"] * 3 + ["CANCELLED"] == [str(event["status"]) for event in found]


def test_one_after_the_other(office: World) -> None:
    """Announced, moved, moved again, off; between any two of them the router starts anew and the texts are purged."""
    for text in STORY:
        arrives(office, text)
        office.run()
        office.now += 3 * DAY
        while Retention(office.journal, office.mailbox, office.settings, lambda: office.now).purge():
            continue
        office.restart()
    assert [True] * 4 == [whole["purged"] is not None for whole in office.journal.mails()]
    is_one_entry(entries(office))


def test_all_at_once(office: World) -> None:
    """The mailbox was away, and all four are taken in together."""
    for text in STORY:
        arrives(office, text)
        office.now += 60
    office.run()
    is_one_entry(sorted(entries(office), key=lambda event: int(event["sequence"])))


def test_another_village_is_another_meeting(office: World) -> None:
    """The same days in two villages: two entries."""
    arrives(office, ANNOUNCED)
    office.now += 60
    arrives(office, MOVED, sender="info@dorpsbelangen-westerdorp.example")
    office.run()
    assert len(entries(office)) == len({str(event["uid"]) for event in entries(office)}) == 2


def test_a_crash_in_between_changes_nothing(office: World) -> None:
    """The router goes down while a letter is written anew; after the restart it is the same entry."""
    for text in (ANNOUNCED, MOVED):
        arrives(office, text)
        office.run()
        office.now += DAY
    arrives(office, AGAIN)
    office.cage = DyingCage(office.routing)
    office.restart()
    with pytest.raises(KilledError):
        office.run()
    office.cage = ReadingCage(office.routing)
    office.restart()
    office.run()
    found = entries(office)
    assert (3, 1) == (len(found), len({str(event["uid"]) for event in found}))


def test_what_a_person_assigns_is_tied_too(office: World) -> None:
    """A move that lay with the desk updates the entry of the village that a person names."""
    for text in (ANNOUNCED, MOVED):
        arrives(office, text)
        office.run()
        office.now += DAY
    arrives(office, AGAIN, sender="nieuwe.secretaris@postvak.example")
    office.run()
    [held] = [whole["id"] for whole in office.journal.mails() if whole["outcome"] == "desk"]
    office.promises.decide_again(held, "loket", Assignment("oosterdorp", "invitation", "loket"))
    office.step()
    found = entries(office)
    assert (3, 1) == (len(found), len({str(event["uid"]) for event in found}))

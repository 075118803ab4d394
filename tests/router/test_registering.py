"""Mail that needs no letter, and formal mail at the desk: the books balance, and nobody gets anything twice."""

from pathlib import Path

from mailrouter.core.model import Outcome
from mailrouter.core.routing import Routing
from mailrouter.core.settings import Recipients
from mailrouter.core.terms import Term
from mailrouter.core.understand import Assignment
from tests.core.routings import routing
from tests.router.world import DESK, ReadingCage, World

REGISTRY = "secretariaat@gemeente.example"
OBJECTION = "Hierbij maken wij bezwaar tegen het besluit van 1 september."


def made(folder: Path, table: Routing) -> World:
    """A router with that table, which reads mail as the workers do."""
    world = World(folder / "state")
    world.routing = table
    world.cage = ReadingCage(table)
    world.restart()
    return world


def mail(sender: str, text: str, to: str = "dorpsraden@gemeente.example") -> bytes:
    """A short mail."""
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: Brief\r\nMessage-ID: <1@{sender.partition('@')[2]}>\r\n\r\n{text}\r\n"
    ).encode()


def test_a_mail_that_all_had_already_is_filed_without_letters(tmp_path: Path) -> None:
    """In the folder of its village, with nothing open."""
    world = made(tmp_path, routing(recipients=Recipients(already_addressed="leave_out")))
    everyone = "dorpsraden@gemeente.example, team.oost@gemeente.example"
    world.mailbox.put(mail("x@dorpsraad-oosterdorp.example", "Er ligt een losse tegel.", everyone))
    world.run()
    assert {"Verwerkt/oosterdorp": 1} == world.in_folders()
    assert [] == world.relay.taken
    assert [] == world.journal.audit()


def formal_at_the_desk(folder: Path) -> World:
    """An objection of somebody nobody knows."""
    everywhere = {"registry": (Term(official="secretariaat"),)}
    return made(folder, routing(everywhere=everywhere))


def test_who_registered_a_mail_gets_no_second_letter(tmp_path: Path) -> None:
    """When the desk sends it on after all, only those who have nothing yet get a letter."""
    world = formal_at_the_desk(tmp_path)
    world.mailbox.put(mail("bewoner@postvak.example", OBJECTION))
    world.run()
    assert sorted([DESK, REGISTRY]) == world.relay.recipients()
    [known] = world.journal.mails(1)
    world.promises.decide_again(known["id"], "Kim", Assignment("oosterdorp", "other", "Kim"))
    world.step()
    assert sorted([DESK, REGISTRY, "team.oost@gemeente.example"]) == world.relay.recipients()
    assert [] == world.journal.audit()


def test_a_letter_to_the_registry_that_is_refused_is_told_to_the_desk(tmp_path: Path) -> None:
    """As any letter that forwards a mail."""
    world = formal_at_the_desk(tmp_path)
    world.relay.answers[REGISTRY] = [Outcome("refused", 550, "no such user")]
    world.mailbox.put(mail("bewoner@postvak.example", OBJECTION))
    world.run()
    assert [DESK, DESK] == world.relay.recipients()
    assert any(b"Niet bezorgd" in content for _, content in world.relay.taken)
    assert [] == world.journal.audit()

"""The decision: forward what is certain, the desk for the rest, and always with reasons."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mailrouter.core.decide import Reading, Verdict, decide, to_desk, to_file
from mailrouter.core.model import Decision, KindGuess, Mail, VillageGuess
from mailrouter.core.settings import Limits
from mailrouter.core.understand import Job, understand
from tests.core.mails import a_mail
from tests.core.routings import routing

TABLE = routing()
DAY = date(2026, 9, 14)
CERTAIN, GUESS = VillageGuess("oosterdorp", True, ("listed",)), VillageGuess("oosterdorp", False, ("named",))
DESK = ["balie@gemeente.example"]


def decided(
    village: VillageGuess | None = CERTAIN,
    kind: str = "minutes",
    *,
    mail: Mail | None = None,
    authentic: Verdict = "none",
    on: date = DAY,
) -> Decision:
    """What becomes of a mail that was read so."""
    reading = Reading(authentic, village, KindGuess(kind, 0.9, ("a sign",)))
    return decide(mail or a_mail("Drempel"), reading, TABLE, on)


def addresses(decision: Decision) -> list[str]:
    """Who gets a letter."""
    return [person.address for person in decision.recipients]


@pytest.mark.parametrize(
    ("on", "ambassador"),
    [(date(2026, 6, 30), "a.veldzicht@gemeente.example"), (date(2026, 7, 1), "b.oeverman@gemeente.example")],
)
def test_a_certain_mail_goes_to_who_is_in_office(on: date, ambassador: str) -> None:
    """Village and kind give the roles, the day gives the people; the reasons are those of both."""
    found = decided(on=on)
    assert ("forward", [ambassador, "team.oost@gemeente.example"]) == (found.outcome, addresses(found))
    assert ("listed", "a sign") == found.because[:2]
    assert "Verwerkt/oosterdorp" == found.folder


def test_a_topic_brings_its_own_people() -> None:
    """A complaint about traffic goes to who answers for traffic as well; a person in two roles gets one letter."""
    found = decided(kind="complaint", on=date(2026, 6, 30))
    assert ("verkeer",) == found.topics
    assert [
        ("a.veldzicht@gemeente.example", "to"),
        ("b.oeverman@gemeente.example", "to"),
        ("team.oost@gemeente.example", "cc"),
    ] == [(person.address, person.copy) for person in found.recipients]
    assert 2 == len(decided(kind="complaint").recipients)


@pytest.mark.parametrize(
    ("village", "authentic", "changes"),
    [
        (None, "none", {}),
        (GUESS, "none", {}),
        (CERTAIN, "fail", {}),
        (CERTAIN, "pass", {"from_problem": "er staan twee afzenders in"}),
        (CERTAIN, "pass", {"sender": "Team.Oost@gemeente.example"}),
    ],
    ids=["no village", "a guess", "not authentic", "no certain sender", "an official"],
)
def test_doubt_goes_to_the_desk(village: VillageGuess | None, authentic: Verdict, changes: dict[str, Any]) -> None:
    """Whatever is not certain is held, with a reason and with what was found out as a suggestion."""
    found = decided(village, mail=replace(a_mail(), **changes), authentic=authentic)
    assert ("desk", DESK, "Balie") == (found.outcome, addresses(found), found.folder)
    assert 1 <= len(found.because)
    assert (village, "minutes") == (found.village, found.kind.key if found.kind else None)


def test_what_a_person_decided_is_not_doubted() -> None:
    """A person saw the doubts: the mail goes out, unless there is nobody to send it to."""
    for mail in (replace(a_mail(), sender=None, from_problem="er staan twee afzenders in"), a_mail()):
        reading = Reading("fail", CERTAIN, KindGuess("minutes", 1.0, ()), by_person=True)
        assert "forward" == decide(mail, reading, TABLE, DAY).outcome


def test_all_doubts_are_told() -> None:
    """An unknown sender that also looks like a council, and wants its answers elsewhere: one reason for each."""
    mail = replace(a_mail(), sender="s@dorpsraad-oosterd0rp.example", reply_to=("x@kwaad.example",))
    because = decided(GUESS, mail=mail).because
    assert ["lijst", "lijkt op", "noemt zich", "x@kwaad.example"] == [
        word
        for word, line in zip(("lijst", "lijkt op", "noemt zich", "x@kwaad.example"), because, strict=True)
        if word in line
    ]


def test_a_mail_for_nobody_goes_to_the_desk() -> None:
    """When every role that a kind calls for is empty, people are asked instead of nobody."""
    found = decided(VillageGuess("westerdorp", True, ("listed",)), "other")
    assert ("desk", DESK, 1) == (found.outcome, addresses(found), len(found.because))


def test_an_empty_role_is_told() -> None:
    """The others get the mail, and the reasons name the role that nobody holds."""
    found = decided(VillageGuess("westerdorp", True, ("listed",)), mail=replace(a_mail("Drempel"), sender_name=""))
    assert ("forward", ["a.veldzicht@gemeente.example"]) == (found.outcome, addresses(found))
    assert "gebiedsmanager" in found.because[-1] or "area_manager" in found.because[-1]


def test_warnings_of_the_reading_are_kept() -> None:
    """What was odd about a mail is told with either outcome."""
    odd = replace(a_mail(), warnings=("cut off",))
    assert [("cut off",)] * 2 == [decided(mail=odd).warnings, decided(None, mail=odd).warnings]


def test_desk_and_file_by_themselves() -> None:
    """A mail that was not read, and one that no person wrote."""
    assert ("desk", ("why",), None) == (lambda d: (d.outcome, d.because, d.village))(to_desk(TABLE, ("why",)))
    filed = to_file(TABLE, "bounce", ("a report",))
    assert ("file", "bounce", "Automatisch", ()) == (filed.outcome, filed.automatic, filed.folder, filed.recipients)


@pytest.mark.parametrize("limit", ["50 MB", "100 MB"])
def test_a_header_alone_is_for_the_desk(limit: str) -> None:
    """Of a mail that was too large only the header was kept: it is not forwarded empty once the limit is raised."""
    head = b"From: x@dorpsraad-oosterdorp.example\r\nSubject: Notulen\r\nMessage-ID: <1@x.example>\r\n\r\n"
    table = routing(limits=Limits.model_validate({"mail": limit}))
    told = understand(Job(head, 60_000_000, datetime(2026, 9, 14, tzinfo=UTC)), table)
    assert ("desk", DESK) == (told.outcome, [person.address for person in told.recipients])

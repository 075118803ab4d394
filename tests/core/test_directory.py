"""Who holds which role on a day."""

from datetime import date
from typing import Any

import pytest

from mailrouter.core.directory import audience, holders, of_topic, registry
from mailrouter.core.routing import Absence, Copy, Kinds, Official, Routing, Topic
from mailrouter.core.settings import Recipients
from mailrouter.core.terms import College, Term, dated, dated_colleges
from tests.core.routings import KINDS, routing

JUNE, JULY = date(2026, 6, 30), date(2026, 7, 1)


def table(topics: dict[str, Topic] | None = None, **officials: dict[str, Any]) -> Routing:
    """The table, with more said of some officials."""
    known = routing().officials
    changed = {key: known[key].model_copy(update=update) for key, update in officials.items()}
    return routing(officials=known | changed, **({"topics": topics} if topics else {}))


def away(substitute: str | None, since: date = JULY, until: date = JULY, **more: Any) -> dict[str, Any]:
    """Absent on 1 July, or on other days."""
    return {"absences": (Absence(since=since, until=until, substitute=substitute, **more),)}


def ambassador(of: Routing, on: date = JULY) -> list[str]:
    """Who acts as ambassador of Oosterdorp."""
    return [holder.official for holder in holders(of, "oosterdorp", "ambassador", (), on)]


def told(of: Routing, village: str, kind: str, topics: tuple[str, ...] = (), on: date = JULY) -> list[tuple[str, str]]:
    """(official, to or cc) of everyone a mail is for."""
    return [(person.official, person.copy) for person in audience(of, village, kind, topics, on).people]


def test_a_role_changes_hands_on_the_day() -> None:
    """The last day of one term and the first of the next have one holder each."""
    found = [holders(routing(), "oosterdorp", "ambassador", (), day) for day in (JUNE, JULY)]
    assert [[("veldzicht", "ambassadeur van Oosterdorp")], [("oeverman", "ambassadeur van Oosterdorp")]] == [
        [(holder.official, holder.because) for holder in on_day] for on_day in found
    ]


def test_a_term_follows_its_college() -> None:
    """A college ends on the day before the next one begins; days that a term names itself go first."""
    colleges = dated_colleges({"new": College(since=JULY), "old": College(since=date(2022, 6, 1))})
    terms = [
        Term(official="a", college="old"),
        Term(official="b", college="new"),
        Term(official="c", college="old", until=date(2024, 1, 1)),
        Term(official="d", college="nobody knows it"),
    ]
    assert [
        (date(2022, 6, 1), JUNE),
        (JULY, None),
        (date(2022, 6, 1), date(2024, 1, 1)),
        (None, None),
    ] == [(term.since, term.until) for term in dated(terms, colleges)]


def test_a_substitute_stands_in_and_says_so() -> None:
    """Who is absent on the day is replaced, and the reason names both."""
    [found] = holders(table(oeverman=away("veldzicht")), "oosterdorp", "ambassador", (), JULY)
    because = "ambassadeur van Oosterdorp; vervangt Bert Oeverman, afwezig op 2026-07-01"
    assert ("veldzicht", because, "ambassadeur voor Bert Oeverman", "oeverman") == (
        found.official, found.because, found.capacity, found.away,
    )  # fmt: skip


def test_a_substitute_who_is_away_too_is_replaced() -> None:
    """The chain is followed to its end: somebody who is there."""
    assert ["team-oost"] == ambassador(table(oeverman=away("veldzicht"), veldzicht=away("team-oost")))


def test_a_circle_of_absences_leaves_the_holder() -> None:
    """Two people who stand in for each other while both are away: the holder gets the mail, nobody is dropped."""
    assert ["oeverman"] == ambassador(table(oeverman=away("veldzicht"), veldzicht=away("oeverman")))


def test_without_a_substitute_the_mail_waits_for_the_holder() -> None:
    """Nobody else is asked."""
    assert ["oeverman"] == ambassador(table(oeverman=away(None)))


def test_a_substitute_who_left_does_not_stand_in() -> None:
    """The mail goes to the absent holder rather than to nobody."""
    assert ["oeverman"] == ambassador(table(oeverman=away("veldzicht"), veldzicht={"until": JUNE}))


@pytest.mark.parametrize(
    ("setting", "own", "expected"),
    [
        (False, None, ["veldzicht", "team-oost"]),
        (True, None, ["veldzicht", "oeverman cc", "team-oost"]),
        (True, False, ["veldzicht", "team-oost"]),
        (False, True, ["veldzicht", "oeverman cc", "team-oost"]),
    ],
)
def test_the_absent_official_gets_a_copy_or_not(setting: bool, own: bool | None, expected: list[str]) -> None:
    """By the setting, unless the absence itself says otherwise."""
    changed = table(oeverman=away("veldzicht", copy=own)).model_copy(
        update={"recipients": Recipients(absent_copy=setting)}
    )
    assert expected == [
        f"{official} {copy}".removesuffix(" to") for official, copy in told(changed, "oosterdorp", "minutes")
    ]


def test_a_successor_takes_over_everything() -> None:
    """One date on the official who leaves: from the next day the successor holds the role and the portfolio."""
    changed = table(oeverman={"until": JULY, "successor": "veldzicht"})
    second = date(2026, 7, 2)
    assert [["oeverman"], ["veldzicht"]] == [ambassador(changed, day) for day in (JULY, second)]
    assert ["veldzicht"] == [holder.official for holder in of_topic(changed, "verkeer", "portfolio_holder", second)]
    assert (
        "opvolger van Bert Oeverman sinds 2026-07-02"
        in holders(changed, "oosterdorp", "ambassador", (), second)[0].because
    )


def test_who_left_without_a_successor_leaves_a_vacancy() -> None:
    """Nothing is sent to somebody who is no longer there, or not there yet."""
    for update in ({"until": JUNE}, {"since": date(2026, 7, 2)}):
        found = audience(table(oeverman=update), "oosterdorp", "minutes", (), JULY)
        assert (["team-oost"], ("ambassador",)) == ([person.official for person in found.people], found.vacant)


def test_each_person_gets_one_letter_with_all_reasons() -> None:
    """The ambassador who also holds the portfolio is one recipient, and both reasons are kept."""
    found = audience(routing(), "oosterdorp", "complaint", ("verkeer",), JULY)
    both = "ambassadeur van Oosterdorp; portefeuillehouder voor het onderwerp verkeer"
    assert [("oeverman", "to", both), ("team-oost", "cc", "gebiedsmanager van Oosterdorp")] == [
        (person.official, person.copy, person.because) for person in found.people
    ]
    assert ("ambassadeur", "portefeuillehouder Verkeer") == found.people[0].capacities
    assert ((), ()) == (found.vacant, found.unanswered)


def test_the_mail_itself_goes_before_a_copy() -> None:
    """Who is in copy in one role and meant in another gets the mail as meant for them."""
    kinds = Kinds.model_validate({"kinds": {"k": {"title": "K", "to": ["ambassador", "area_manager"]}}})
    changed = table(oeverman={"copy_to": (Copy(official="team-oost"),)}).model_copy(update={"kinds": kinds})
    assert [("oeverman", "to"), ("team-oost", "to")] == told(changed, "oosterdorp", "k")


def test_a_role_nobody_holds_is_named() -> None:
    """A vacancy is told, the others still get the mail."""
    found = audience(routing(), "westerdorp", "minutes", (), JULY)
    assert (["veldzicht"], ("area_manager",)) == ([person.official for person in found.people], found.vacant)


def test_a_secretariat_gets_a_copy_that_counts_for_its_principal() -> None:
    """`copy_to` adds the secretariat as cc, in the same role, and its letter is the official's involvement."""
    changed = table(veldzicht={"copy_to": (Copy(official="secretariaat"),)})
    found = audience(changed, "westerdorp", "minutes", (), JULY).people
    assert [("veldzicht", "to", ("veldzicht",)), ("secretariaat", "cc", ("veldzicht",))] == [
        (person.official, person.copy, person.counts_for) for person in found
    ]
    assert ["ambassador", "ambassador"] == [person.role for person in found]


def test_a_secretariat_of_some_kinds_only() -> None:
    """A copy can be of some kinds of mail; a secretariat that is away is replaced too."""
    copy = {"copy_to": (Copy(official="secretariaat", kinds=("minutes",)),)}
    changed = table(oeverman=copy, secretariaat=away("veldzicht"))
    assert [("oeverman", "to"), ("team-oost", "to"), ("veldzicht", "cc")] == told(changed, "oosterdorp", "minutes")
    assert [("oeverman", "to"), ("team-oost", "cc")] == told(changed, "oosterdorp", "complaint", ("verkeer",))


def test_copies_in_a_circle_come_to_an_end() -> None:
    """Two who get copies of each other's mail get one letter each."""
    each = {
        one: {"copy_to": (Copy(official=other),)}
        for one, other in (("oeverman", "veldzicht"), ("veldzicht", "oeverman"))
    }
    assert [("oeverman", "to"), ("team-oost", "to"), ("veldzicht", "cc")] == told(
        table(**each), "oosterdorp", "minutes"
    )


def test_a_topic_can_fill_any_role() -> None:
    """Roles are data: a topic may name others than portfolio holder and department, with terms of their own."""
    steward = ({"official": "veldzicht", "until": JUNE}, {"official": "secretariaat", "from": JULY})
    topics = {"verkeer": Topic.model_validate({"title": "V", "words": ["v"], "officials": {"steward": steward}})}
    kinds = Kinds.model_validate({"kinds": {"k": {"title": "K", "to": ["steward"], "cc": ["department"]}}})
    changed = table(topics).model_copy(update={"kinds": kinds})
    assert [[("veldzicht", "to")], [("secretariaat", "to")]] == [
        told(changed, "oosterdorp", "k", ("verkeer",), day) for day in (JUNE, JULY)
    ]


@pytest.mark.parametrize("topics", [(), ("wonen",)])
def test_without_an_answer_by_topic_others_are_asked(topics: tuple[str, ...]) -> None:
    """No topic found, or one that nobody answers for: `without_topic` of the kind gets the mail itself."""
    kind = KINDS["complaint"] | {"without_topic": ["area_manager"]}
    changed = table(routing().topics | {"wonen": Topic(title="Wonen", words=("huur",))}).model_copy(
        update={"kinds": Kinds.model_validate({"kinds": {"complaint": kind}})}
    )
    found = audience(changed, "oosterdorp", "complaint", topics, JULY)
    assert [("oeverman", "to"), ("team-oost", "to")] == [(person.official, person.copy) for person in found.people]
    assert (("portfolio_holder",), ("area_manager",)) == (found.unanswered, found.instead)
    asked = told(changed, "oosterdorp", "complaint", ("verkeer",))
    assert [("oeverman", "to"), ("team-oost", "cc")] == asked


def test_a_role_that_is_the_same_everywhere() -> None:
    """A village that names such a role itself goes first."""
    everywhere = {"registry": (Term(official="secretariaat"),)}
    own = routing().villages["oosterdorp"]
    own = own.model_copy(update={"officials": {**own.officials, "registry": (Term(official="team-oost"),)}})
    changed = routing(everywhere=everywhere, villages=routing().villages | {"oosterdorp": own})
    assert [["secretariaat"], ["team-oost"], ["secretariaat"]] == [
        [holder.official for holder in registry(changed, village, JULY)]
        for village in (None, "oosterdorp", "westerdorp")
    ]
    assert [] == registry(routing(), "oosterdorp", JULY)
    assert isinstance(changed.officials["secretariaat"], Official)

"""Who holds which role on a day."""

from datetime import date

from mailrouter.core.directory import Holder, holders, recipients
from mailrouter.core.routing import Absence, Official
from tests.core.routings import routing

JUNE, JULY = date(2026, 6, 30), date(2026, 7, 1)


def officials_with(**changes: dict[str, object]) -> dict[str, Official]:
    """The officials of the table, some with more fields."""
    officials = routing().officials
    return officials | {key: officials[key].model_copy(update=update) for key, update in changes.items()}


def test_a_role_changes_hands_on_the_day() -> None:
    """The last day of one term and the first of the next have one holder each."""
    found = [holders(routing(), "oosterdorp", "ambassador", (), day) for day in (JUNE, JULY)]
    assert [
        [Holder("veldzicht", "ambassadeur van Oosterdorp")],
        [Holder("oeverman", "ambassadeur van Oosterdorp")],
    ] == found


def test_a_substitute_stands_in_and_says_so() -> None:
    """Who is absent on the day is replaced, and the reason names both."""
    away = Absence(since=JULY, until=JULY, substitute="veldzicht")
    table = routing(officials=officials_with(oeverman={"absences": (away,)}))
    because = "ambassadeur van Oosterdorp; vervangt Bert Oeverman, afwezig op 2026-07-01"
    assert [Holder("veldzicht", because)] == holders(table, "oosterdorp", "ambassador", (), JULY)


def test_a_circle_of_absences_leaves_the_holder() -> None:
    """Two people who stand in for each other while both are away: the holder gets the mail, nobody is dropped."""
    one = Absence(since=JULY, until=JULY, substitute="veldzicht")
    other = Absence(since=JULY, until=JULY, substitute="oeverman")
    table = routing(officials=officials_with(oeverman={"absences": (one,)}, veldzicht={"absences": (other,)}))
    assert ["oeverman"] == [h.official for h in holders(table, "oosterdorp", "ambassador", (), JULY)]


def test_each_person_gets_one_letter_with_all_reasons() -> None:
    """The ambassador who also holds the portfolio is one recipient, and both reasons are kept."""
    people, vacant = recipients(routing(), "oosterdorp", "complaint", ("verkeer",), JULY)
    told = [(person.official, person.copy, person.because) for person in people]
    both = "ambassadeur van Oosterdorp; portefeuillehouder voor het onderwerp verkeer"
    assert [("oeverman", "to", both), ("team-oost", "cc", "gebiedsmanager van Oosterdorp")] == told
    assert [] == vacant


def test_a_role_nobody_holds_is_named() -> None:
    """A vacancy is told, the others still get the mail."""
    people, vacant = recipients(routing(), "westerdorp", "minutes", (), JULY)
    assert (["veldzicht"], ["area_manager"]) == ([person.official for person in people], vacant)


def test_a_secretariat_gets_a_copy() -> None:
    """`copy_to` adds the secretariat as cc, whatever the role."""
    table = routing(officials=officials_with(veldzicht={"copy_to": ("secretariaat",)}))
    people, _ = recipients(table, "westerdorp", "minutes", (), JULY)
    assert [("veldzicht", "to"), ("secretariaat", "cc")] == [(person.official, person.copy) for person in people]

"""What decisions say besides: formal post, nobody for a role, who had the mail already, who a council is."""

from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from mailrouter.core.decide import Reading, decide
from mailrouter.core.model import Decision, KindGuess, Mail, Note, VillageGuess
from mailrouter.core.routing import Kinds, Routing, Topic
from mailrouter.core.settings import Recipients
from mailrouter.core.terms import Term
from mailrouter.core.understand import Job, understand
from mailrouter.core.writing.notes import role_notes
from tests.core.mails import a_mail
from tests.core.routings import KINDS, routing

DAY = date(2026, 9, 14)
REGISTRY = "secretariaat@gemeente.example"
OBJECTION = "Hierbij maken wij bezwaar tegen het besluit van 1 september."


def table(**changes: Any) -> Routing:
    """The table with somebody who registers formal mail."""
    everywhere = {"registry": (Term(official="secretariaat"),)}
    return routing(everywhere=everywhere, roles=routing().roles | {"registry": "documentregistratie"}, **changes)


def decided(mail: Mail, of: Routing, village: str | None = "oosterdorp", kind: str = "minutes") -> Decision:
    """What becomes of a mail from a council, or from nobody we know."""
    guess = VillageGuess(village, True, ("listed",)) if village else None
    return decide(mail, Reading("none", guess, KindGuess(kind, 0.9, ("a sign",))), of, DAY)


def addresses(decision: Decision) -> list[str]:
    """Who gets a letter."""
    return [person.address for person in decision.recipients]


def test_formal_mail_goes_to_the_registry_too() -> None:
    """As usual, and to who registers it, with the day of receipt in the letter and the words in the reasons."""
    usual, formal = decided(a_mail("Brief"), table()), decided(a_mail("Brief", OBJECTION), table())
    assert [*addresses(usual), REGISTRY] == addresses(formal)
    assert ("registry", "to") == (formal.recipients[-1].role, formal.recipients[-1].copy)
    assert (
        Note(
            "Formele post: deze mail lijkt een bezwaarschrift. De gemeente ontving hem op maandag 14 september 2026. "
            "Ook Secretariaat kreeg hem, om hem te registreren."
        ),
    ) == formal.notes
    assert f'de mail lijkt een bezwaarschrift: "{OBJECTION}"' in formal.because
    assert (["objection"], ()) == ([found.type for found in formal.formal], usual.formal)


def test_formal_mail_of_somebody_unknown_is_registered_as_well() -> None:
    """The desk gets it, never officials as if a council had written; the law counts from the day it came."""
    formal = decided(a_mail("Brief", OBJECTION), table(), village=None)
    assert ("desk", ["balie@gemeente.example", REGISTRY]) == (formal.outcome, addresses(formal))
    assert "maandag 14 september 2026" in formal.notes[0].text


def test_without_a_registry_it_is_told() -> None:
    """Nothing is held up; the reasons say that nobody registers it."""
    formal = decided(a_mail("Brief", OBJECTION), routing())
    assert "er is op 2026-09-14 niemand die formele post registreert" in formal.because
    assert "registreren" not in formal.notes[0].text


@pytest.mark.parametrize(("to", "cc"), [((), ("Team.Oost@gemeente.example",)), (("team.oost@gemeente.example",), ())])
def test_who_had_the_mail_from_the_council_is_told_so(to: tuple[str, ...], cc: tuple[str, ...]) -> None:
    """The letter says it behind the name; with the other setting there is no letter for them."""
    mail = replace(a_mail("Brief"), to=to, cc=cc)
    told = decided(mail, routing())
    assert ["", "kreeg deze mail ook van de dorpsraad zelf"] == [person.remark for person in told.recipients]
    left_out = decided(mail, routing(recipients=Recipients(already_addressed="leave_out")))
    assert ("forward", ["b.oeverman@gemeente.example"]) == (left_out.outcome, addresses(left_out))
    assert "geen brief voor Team Oost: de dorpsraad stuurde hun deze mail zelf" in left_out.because


def test_when_all_of_them_had_it() -> None:
    """Nobody needs a letter: the mail is filed, and the reasons say why. The registry does need one."""
    everyone = ("b.oeverman@gemeente.example", "team.oost@gemeente.example")
    sparing = table(recipients=Recipients(already_addressed="leave_out"))
    filed = decided(replace(a_mail("Brief"), to=everyone), sparing)
    assert ("file", (), "Verwerkt/oosterdorp", None) == (filed.outcome, filed.recipients, filed.folder, filed.automatic)
    formal = decided(replace(a_mail("Brief", OBJECTION), to=everyone), sparing)
    assert ("forward", [REGISTRY]) == (formal.outcome, addresses(formal))


def test_a_mail_that_needs_no_letter_is_understood() -> None:
    """The whole brain agrees: no letter, no recipients, filed."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["Subject"] = "x@dorpsraad-oosterdorp.example", "Brief"
    mail["To"] = "dorpsraden@gemeente.example, team.oost@gemeente.example"
    mail.set_content("Er ligt een losse tegel.")
    sparing = routing(recipients=Recipients(already_addressed="leave_out"))
    found = understand(Job(mail.as_bytes(), len(mail.as_bytes()), datetime(2026, 9, 14, tzinfo=UTC)), sparing)
    assert ("file", (), None, None) == (found.outcome, found.recipients, found.draft, found.explanation["automatic"])


def test_the_letter_says_for_what_there_is_nobody() -> None:
    """No topic, a topic that nobody answers for, a vacancy: each in a sentence."""
    kind = KINDS["complaint"] | {"without_topic": ["area_manager"]}
    topics = routing().topics | {"wonen": Topic(title="Wonen", words=("huur",))}
    of = table(kinds=Kinds.model_validate({"kinds": KINDS | {"complaint": kind}}), topics=topics)
    told = [
        decided(a_mail("x", "niets"), of, kind="complaint").notes,
        decided(a_mail("x", "de huur"), of, kind="complaint").notes,
        decided(replace(a_mail("x", "niets"), sender_name=""), of, "westerdorp").notes,
    ]
    assert [
        (Note("Het onderwerp is niet duidelijk. Daarom kreeg de gebiedsmanager deze mail."),),
        (Note("Voor het onderwerp Wonen is er nu geen portefeuillehouder. Daarom kreeg de gebiedsmanager deze mail."),),
        (Note("Er is nu geen gebiedsmanager voor dit dorp."),),
    ] == told


def test_a_role_has_a_note_if_it_has_a_template() -> None:
    """The note is for that role, filled in with the council; a template that does not work is told of."""
    written = "{{ council }} over {{ topics | join }}\n\nbij {{ municipality }}"
    of = routing(templates={"note-area_manager.txt.j2": written, "note-mayor.txt.j2": "x"})
    decision = replace(decided(a_mail("Drempel"), of), topics=("verkeer",))
    assert ([Note("Dorpsraad Oosterdorp over Verkeer bij gemeente Voorbeeld", "area_manager")], []) == role_notes(
        decision, of
    )
    notes, failed = role_notes(decision, routing(templates={"note-area_manager.txt.j2": "{{ nergens }}"}))
    assert ([], ["note-area_manager.txt.j2:1"]) == (notes, [f"{error.file}:{error.line}" for error in failed])

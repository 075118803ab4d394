"""Which village wrote: certain by what is listed, a guess by names, and never more than that."""

from dataclasses import replace
from typing import Any

import pytest

from mailrouter.core.meaning.village import by_sender, find_village
from mailrouter.core.model import Mail
from mailrouter.core.routing import Village
from tests.core.mails import a_mail, attached
from tests.core.routings import routing

VILLAGES = routing().villages


def from_(sender: str | None, **parts: Any) -> Mail:
    """A mail of that sender, whose name says nothing."""
    return replace(a_mail(), **({"sender": sender, "sender_name": ""} | parts))


def guessed(mail: Mail) -> tuple[str, bool] | None:
    """(village, certain)"""
    guess = find_village(mail, VILLAGES)
    return (guess.key, guess.certain) if guess else None


@pytest.mark.parametrize(
    ("sender", "village"),
    [
        ("secretaris@dorpsraad-oosterdorp.example", ("oosterdorp", True)),
        ("Wie.Dan.Ook@DORPSRAAD-Oosterdorp.Example", ("oosterdorp", True)),
        ("raad.westerdorp@provider.example", ("westerdorp", True)),
        ("iemand.anders@provider.example", None),
        ("x@sub.dorpsraad-noord.example", None),
        ("x@evil-dorpsraad-oosterdorp.example.com", ("oosterdorp", False)),
        (None, None),
    ],
)
def test_a_listed_sender_is_certain(sender: str | None, village: tuple[str, bool] | None) -> None:
    """An address or a whole domain decides; what only looks like it is a guess at most."""
    assert village == guessed(from_(sender))


def test_an_address_wins_from_a_domain() -> None:
    """A single address can belong to another village than its domain."""
    villages = VILLAGES | {"noord": Village(name="Noorderveen", senders=("penning@dorpsraad-oosterdorp.example",))}
    guess = by_sender("penning@dorpsraad-oosterdorp.example", villages)
    assert ("noord", True) == (guess.key, guess.certain) if guess else False


@pytest.mark.parametrize(
    "mail",
    [
        from_("x@elders.example", sender_name="Dorpsraad Oosterdorp"),
        from_("x@elders.example", subject="Klacht uit oosterdorp"),
        from_("x@elders.example", text="Wij in Oosterdurp vinden dat niet goed."),
        from_("info@mijn-oosterdorp.example"),
        replace(from_("x@elders.example"), attachments=(attached("Oosterdorp.pdf"),)),
        replace(from_("x@elders.example"), attachments=(attached("a.pdf", "verslag Oosterdorp"),)),
    ],
    ids=["name", "subject", "text", "domain", "file name", "attachment"],
)
def test_a_name_is_a_guess(mail: Mail) -> None:
    """Wherever the village is named: never certain, and the reason quotes it."""
    guess = find_village(mail, VILLAGES)
    assert guess is not None
    assert ("oosterdorp", False) == (guess.key, guess.certain)
    assert [True] * len(guess.because) == ["oosterd" in line.lower() for line in guess.because]


def test_a_name_inside_a_word_is_none() -> None:
    """Oosterdorpse is not Oosterdorp."""
    assert None is guessed(from_("x@elders.example", text="de Oosterdorpseweg en het Nieuwoosterdorp"))


def test_the_nearer_name_wins_and_its_rival_is_told() -> None:
    """The sender's name outweighs the text; both stand in the reasons, the winner's first."""
    mail = from_("x@elders.example", sender_name="Dorpsraad Westerdorp", text="net als in Oosterdorp")
    guess = find_village(mail, VILLAGES)
    assert guess is not None
    assert ("westerdorp", False, 2) == (guess.key, guess.certain, len(guess.because))
    assert ("Westerdorp" in guess.because[0], "Oosterdorp" in guess.because[1]) == (True, True)

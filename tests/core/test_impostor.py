"""Who only looks like somebody else, and who does not."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.meaning.impostor import doubts
from mailrouter.core.meaning.lookalike import resembles_address, resembles_domain, skeleton, within_one_slip
from mailrouter.core.meaning.village import find_village
from mailrouter.core.routing import Official
from tests.core.mails import a_mail
from tests.core.routings import routing

TABLE = routing(
    officials=routing().officials
    | {
        "oeverman-2": Official(name="de heer Van Oeverman", email="oeverman@gemeente.example", title="wethouder"),
        "groen": Official(name="team Groen en Water", email="groen@gemeente.example"),
    }
)
SECRETARY = "secretaris@dorpsraad-oosterdorp.example"
REAL = "dorpsraad-oosterdorp.example"


def doubted(name: str, sender: str = SECRETARY, **parts: Any) -> tuple[str, ...]:
    """The doubts about a mail of that name and address."""
    mail = replace(a_mail(), sender=sender, sender_name=name, **parts)
    return doubts(mail, find_village(mail, TABLE.villages), TABLE)


@pytest.mark.parametrize(
    ("domain", "alike"),
    [
        ("dorpsraad-oosterdorp.example", False),
        ("mail.dorpsraad-oosterdorp.example", False),
        ("dorpsraad-westerdorp.example", False),
        ("oosterdorp.example", False),
        ("dorpsraad-nieuwoosterdorp.example", False),
        ("dorpsraad-oosterdorp-info.example", False),
        ("elders.example", False),
        ("dorpsraad-oosterdorp.test", True),
        ("dorpsraad-oosterd0rp.example", True),
        ("dorpsraad-oosterdorp.examp1e", True),
        ("clorpsraad-oosterdorp.example", True),
        ("dorpsraad-oosterdop.example", True),
        ("dorpsraad-oosterdorpp.example", True),
        ("dorpsraad-oosterdrop.example", True),
        ("dorpsraad-oosterdarp.example", True),
        ("dorpsraadoosterdorp.example", True),
        ("mail.dorpsraad-0osterdorp.example", True),
        ("dorpsraad-oosterdorp.example.kwaad.test", True),
        ("dorpsr\u0430\u0430d-oosterdorp.example".encode("idna").decode(), True),
        ("dorpsraad-\u03bfosterdorp.example".encode("idna").decode(), True),
        ("dorpsraad-\u00f6osterdorp.example".encode("idna").decode(), True),
        ("xn--a.example", False),
        ("xn--\u0131.example", False),
    ],
)
def test_domains_that_look_alike(domain: str, alike: bool) -> None:
    """Other scripts, digits, one slip, another top-level domain, or the real one put in front; no less than that."""
    assert alike == resembles_domain(domain, REAL)


@pytest.mark.parametrize(
    ("domain", "alike"), [("wvk.example", False), ("kwv.example", False), ("vvk.example", True), ("wk.test", True)]
)
def test_short_names_differ_by_a_letter(domain: str, alike: bool) -> None:
    """One other letter in a short name is another name; what the eye cannot tell apart is not."""
    assert alike == resembles_domain(domain, "wk.example")


@pytest.mark.parametrize(
    ("address", "alike"),
    [
        ("raad.westerdorp@provider.example", False),
        ("raad.westerd0rp@provider.example", True),
        ("raad.westerdrop@provider.example", True),
        ("raad.oosterdorp@provider.example", False),
        ("raad.westerdorp@provlder.example", True),
        ("raad.westerdorp@provider.test", True),
        ("jan@provlder.example", False),
        ("raad.westerdorp@elders.example", False),
    ],
)
def test_addresses_that_look_alike(address: str, alike: bool) -> None:
    """At a mailbox provider the address as a whole counts: its domain belongs to everybody."""
    assert alike == resembles_address(address, "raad.westerdorp@provider.example")
    if address != "raad.westerdorp@provider.example":
        assert alike == any("lijkt op" in line for line in doubted("", address))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Ineke Jansen",
        "Dorpsraad Oosterdorp",
        "Oosterdorp",
        "Secretariaat",
        "Secretariaat Dorpsraad Oosterdorp",
        "Anna Veldzicht-de Boer",
        "Jan Veldzicht",
        "Westerdorp, Jan",
        "Jan van Westerdorp",
        SECRETARY,
        "voorzitter@dorpsraad-oosterdorp.example",
        "Ineke (secretaris) - Dorpsraad Oosterdorp",
        "team Groen",
    ],
)
def test_what_a_council_may_call_itself(name: str) -> None:
    """Its own name, an address of its own, or that of a person who only has a word in common with an official."""
    assert () == doubted(name)


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("Anna Veldzicht", "Anna Veldzicht van gemeente Voorbeeld"),
        ("ANNA VELDZICHT", "Anna Veldzicht van gemeente Voorbeeld"),
        ("mevr. drs. Ánna Veldzicht MSc", "Anna Veldzicht van gemeente Voorbeeld"),
        ("Veldzicht, Anna", "Anna Veldzicht van gemeente Voorbeeld"),
        ("Anna Veldzicht | gemeente", "Anna Veldzicht van gemeente Voorbeeld"),
        ("Ann\u0430 Ve1dzicht", "Anna Veldzicht van gemeente Voorbeeld"),
        ("Wethouder Van Oeverman", "de heer Van Oeverman van gemeente Voorbeeld"),
        ("Dhr. van Oeverman", "de heer Van Oeverman van gemeente Voorbeeld"),
        ("Team Groen en Water", "team Groen en Water van gemeente Voorbeeld"),
        ("Gemeente Voorbeeld", "gemeente Voorbeeld"),
        ("Dorpsraad Oosterdorp via gemeente Voorbeeld", "gemeente Voorbeeld"),
        ("Dorpsraad Westerdorp", "Dorpsraad Westerdorp"),
        ("Dorpsbelangen Westerdorp", "Dorpsraad Westerdorp"),
    ],
)
def test_what_a_council_may_not_call_itself(name: str, owner: str) -> None:
    """The name of an official, of the municipality or of another council, whatever stands around it."""
    assert (f'de afzender noemt zich "{name}", zoals {owner}, maar het adres is {SECRETARY}',) == doubted(name)


@pytest.mark.parametrize("name", ["Oosterdurp", "Dorpsraad Oosterdorp", "Westerdorp"])
def test_a_stranger_may_not_call_itself_a_village(name: str) -> None:
    """An unknown sender with the name of a council or village: that is told as well."""
    assert 1 == len(doubted(name, "iemand@elders.example"))


@pytest.mark.parametrize(
    "name",
    [
        "a.veldzicht@gemeente.example",
        "dorpsraden@gemeente.example",
        "Raad raad.westerdorp@provider.example",
        "x＠y.example",
    ],
)
def test_an_address_as_a_name_is_the_senders_own(name: str) -> None:
    """An address shown as a name that is not the one the mail is from."""
    assert "de afzender noemt zich " in doubted(name)[0]
    assert SECRETARY in doubted(name)[0]


@pytest.mark.parametrize(
    ("reply_to", "told"),
    [
        ((), ()),
        ((SECRETARY,), ()),
        (("Voorzitter@Dorpsraad-Oosterdorp.example",), ()),
        (("s@post.dorpsraad-oosterdorp.example",), ()),
        (("dorpsraden@gemeente.example",), ()),
        (("raad.westerdorp@provider.example",), ("raad.westerdorp@provider.example",)),
        ((SECRETARY, "x@kwaad.example"), ("x@kwaad.example",)),
        (("x@kwaad-dorpsraad-oosterdorp.example",), ("x@kwaad-dorpsraad-oosterdorp.example",)),
    ],
)
def test_answers_that_go_elsewhere(reply_to: tuple[str, ...], told: tuple[str, ...]) -> None:
    """Answers may go to the sender's domain, to its council or to us; any other address is shown in clear."""
    found = doubted("", reply_to=reply_to)
    assert [True] * len(told) == [address in line for address, line in zip(told, found, strict=True)]


def test_answers_to_another_address_of_the_council() -> None:
    """A council with several addresses may want its answers at any of them."""
    villages = TABLE.villages
    own = villages["westerdorp"].model_copy(update={"senders": ("raad.westerdorp@provider.example", "@wd.example")})
    table = TABLE.model_copy(update={"villages": {**villages, "westerdorp": own}})
    mail = replace(a_mail(), sender="raad.westerdorp@provider.example", sender_name="", reply_to=("a@wd.example",))
    assert () == doubts(mail, find_village(mail, table.villages), table)


@pytest.mark.parametrize(
    ("reply_to", "told"),
    [
        ("Raad.Westerdorp@gmail.com", False),
        ("dorpsraden@gemeente.example", False),
        ("iemand@gmail.com", True),
        ("raad.westerdorp@post.gmail.com", True),
        ("voorzitter@westerdorp.example", False),
    ],
)
def test_answers_at_the_provider_of_a_council(reply_to: str, told: bool) -> None:
    """The neighbours of a council at a mailbox provider are strangers; those at a domain of its own are not."""
    senders = ("raad.westerdorp@gmail.com", "secretaris@westerdorp.example")
    villages = routing().villages
    table = routing(villages=villages | {"westerdorp": villages["westerdorp"].model_copy(update={"senders": senders})})
    mail = replace(a_mail(), sender=senders[0], sender_name="", reply_to=(reply_to,))
    assert told == bool(doubts(mail, find_village(mail, table.villages), table))


@pytest.mark.parametrize("team", ["het bestuurssecretariaat", "Bestuurssecretariaat"])
@pytest.mark.parametrize("name", ["Bestuurssecretariaat | Dorpsraad Oosterdorp", "Het Bestuurssecretariaat"])
def test_a_team_of_one_common_word_is_anybodys(team: str, name: str) -> None:
    """A council has a secretariat as well; an article makes that no name."""
    table = routing(officials=TABLE.officials | {"team": Official(name=team, email="team@gemeente.example")})
    mail = replace(a_mail(), sender=SECRETARY, sender_name=name)
    assert () == doubts(mail, find_village(mail, table.villages), table)


def test_a_team_of_more_words_is_known_with_and_without_its_article() -> None:
    """ "De griffie Voorbeeld" is that of the municipality, whoever leaves out the article."""
    table = routing(officials=TABLE.officials | {"griffie": Official(name="de griffie Voorbeeld", email="g@x.example")})
    for name in ("Griffie Voorbeeld", "De Griffie Voorbeeld"):
        mail = replace(a_mail(), sender=SECRETARY, sender_name=name)
        assert 1 == len(doubts(mail, find_village(mail, table.villages), table))


def test_two_councils_of_one_name_are_both_themselves() -> None:
    """A council may call itself as it is called, though another is called the same; a stranger may not."""
    councils = {"oosterdorp": "Dorpsbelang", "westerdorp": "Het Dorpsbelang"}
    villages = {key: TABLE.villages[key].model_copy(update={"council": name}) for key, name in councils.items()}
    table = TABLE.model_copy(update={"villages": villages})
    for sender, told in ((SECRETARY, 0), ("raad.westerdorp@provider.example", 0), ("iemand@elders.example", 1)):
        mail = replace(a_mail(), sender=sender, sender_name="Het Dorpsbelang")
        assert told == len(doubts(mail, find_village(mail, villages), table))


def test_without_a_sender_there_is_nothing_to_doubt() -> None:
    """A mail without a certain sender is doubted for that alone."""
    mail = replace(a_mail(), sender=None, sender_name="Anna Veldzicht")
    assert () == doubts(mail, None, TABLE)


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_looks_the_same_has_one_skeleton(one: str, other: str) -> None:
    """A skeleton is of its text alone, without regard to case, and one slip works both ways."""
    assert skeleton(one) == skeleton(one.casefold())
    assert within_one_slip(one, other) == within_one_slip(other, one)
    assert within_one_slip(one, one)


@given(st.text(alphabet="abc", max_size=6), st.text(alphabet="abc", max_size=6))
def test_one_slip_is_one_edit(one: str, other: str) -> None:
    """Just the texts that one insertion, deletion, replacement or swap makes of another are one slip away."""
    near = {one}
    for at in range(len(one) + 1):
        near |= {one[:at] + letter + one[at:] for letter in "abc"}
        near |= {one[:at] + letter + one[at + 1 :] for letter in ("", *"abc")}
        near.add(one[:at] + one[at : at + 2][::-1] + one[at + 2 :])
    assert (other in near) == within_one_slip(one, other)

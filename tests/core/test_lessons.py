"""What people's decisions teach: addresses to list, evidence that misleads, missing words; in doubt nothing."""

from dataclasses import replace
from typing import Any

import pytest
from ruamel.yaml import YAML

from mailrouter.core.lessons import Decided, Lesson, learn
from mailrouter.core.model import Evidence
from mailrouter.core.routing import Kinds
from tests.core.routings import KINDS, routing

NEW = "nieuwe.secretaris@postvak.example"
WORDS = {"phrase": "balen", "weight": 1.2, "where": ["text"]}
KINDS_OF_TEST = Kinds.model_validate(
    {"kinds": KINDS | {"idea": {"title": "Idee"}, "complaint": {"title": "Klacht", "evidence": [WORDS]}}}
)
TABLE = routing(kinds=KINDS_OF_TEST)
MISLED = Evidence("complaint", "phrase", "balen", "text", 1.2)
IDEA = "wij willen een geveltuintje aanleggen en zoeken steun"


def decided(number: int, **changes: Any) -> Decided:
    """A mail that a person decided to be a complaint from Oosterdorp."""
    mail = Decided(f"{number:012x}", "Bericht", NEW, "none", "", "oosterdorp", None, "jan")
    return replace(mail, **changes)


def yaml(lesson: Lesson) -> object:
    """The lines of a lesson as a config reader sees them."""
    return YAML(typ="safe").load("\n".join(lesson.lines))


def test_a_new_address_is_a_line_with_its_mails() -> None:
    """The village's senders, the new one among them, and the ids of the mails that speak for it."""
    [lesson] = learn([decided(1), decided(2)], TABLE)
    senders = [*TABLE.villages["oosterdorp"].senders, NEW]
    assert ("villages.yaml", {"oosterdorp": {"senders": senders}}) == (lesson.file, yaml(lesson))
    assert ("000000000001", "000000000002") == lesson.mails


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": "wie.ook" + next(s for s in TABLE.villages["oosterdorp"].senders if s.startswith("@"))},
        {"sender": TABLE.address},
        {"sender": f"collega@{TABLE.address.rpartition('@')[2]}"},
        {"sender": next(o.email for o in TABLE.officials.values() if o.email)},
        {"sender": None},
        {"authentic": "fail"},
        {"village": "atlantis"},
        {"by": ""},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_no_address_is_suggested(changes: dict[str, object]) -> None:
    """Listed already, our own, an official's, unknown, forged, of no village of now, or not decided by anybody."""
    assert [] == learn([decided(1, **changes)], TABLE)


def test_an_address_of_two_villages_is_a_remark() -> None:
    """People disagree: no line, but both are named."""
    other = next(key for key in TABLE.villages if key != "oosterdorp")
    [lesson] = learn([decided(1), decided(2, village=other)], TABLE)
    assert ((), True) == (lesson.lines, "oosterdorp (1)" in lesson.because and f"{other} (1)" in lesson.because)


def test_evidence_that_misleads_weighs_half() -> None:
    """Wrong in two mails and right in one; wrong once, or right as often, teaches nothing."""
    wrong = [
        decided(n, sender=f"a{n}@x.example", village=None, kind="idea", read="complaint", evidence=(MISLED,))
        for n in (1, 2)
    ]
    right = [decided(n, by="", kind="complaint", read="complaint", evidence=(MISLED,)) for n in (3, 4)]
    [lesson] = learn([*wrong, right[0]], TABLE)
    [entry] = yaml(lesson)["kinds"]["complaint"]["evidence"]  # type: ignore[index]
    assert WORDS | {"weight": 0.6} == entry
    assert [] == learn([*wrong, *right], TABLE) == learn(wrong[:1], TABLE)


def test_words_that_are_missing() -> None:
    """Words in mails of two senders that people called ideas; not what stands in other mails, names or greetings."""
    words = f"Beste mensen van Oosterdorp, {IDEA}. Met vriendelijke groet"
    unseen = [decided(n, sender=f"a{n}@x.example", village=None, kind="idea", read="other", text=words) for n in (1, 2)]
    other = decided(3, by="", kind="other", read="other", text="Wij zoeken steun.")
    lessons = learn([*unseen, other], TABLE)
    entries = [yaml(lesson)["kinds"]["idea"]["evidence"][0]["phrase"] for lesson in lessons]  # type: ignore[index]
    assert ["aanleggen en zoeken steun", "geveltuintje"] == entries
    assert [] == learn([replace(mail, sender="a@x.example") for mail in unseen], TABLE)


def test_lessons_survive_strange_names() -> None:
    """Quotes, colons and commas in what people and kinds are called do not break the YAML."""
    village = TABLE.villages["oosterdorp"].model_copy(update={"senders": ()})
    odd = TABLE.model_copy(update={"villages": {'oo: "st"': village}})
    [lesson] = learn([decided(1, village='oo: "st"', sender='"a, b"@x.example')], odd)
    assert {'oo: "st"': {"senders": ['"a, b"@x.example']}} == yaml(lesson)

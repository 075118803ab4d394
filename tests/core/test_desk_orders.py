"""Codes of the desk, and what is read of what the desk writes."""

import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core import codes
from mailrouter.core.codes import BY_HAND, Selection
from mailrouter.core.decide import to_desk
from mailrouter.core.model import Evidence, KindGuess
from mailrouter.core.reading.orders import OrderText, order_text, read_order
from mailrouter.core.reading.parse import parse
from mailrouter.core.writing.choices import choices
from tests.core.routings import routing

KEY, ARRIVAL = b"router key", "0123456789abcdef" * 4
TABLE = routing(clerks=("m.smit@gemeente.example",))
MADE = codes.codes(KEY, ARRIVAL, 1)
CODE = MADE.of(Selection("oosterdorp", "minutes"))


def read(text: str, subject: str = "Re: [Balie] Notulen", sender: str = "balie@gemeente.example") -> OrderText | None:
    """What is read of a mail of the desk."""
    raw = f"From: {sender}\r\nTo: x@gemeente.example\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode()
    return read_order(parse(raw, 10**6), TABLE)


class TestCodes:
    """Codes of one version of the decision on one mail."""

    def test_each_choice_has_its_own(self) -> None:
        """Another village, kind, wish, version, mail or key: another code. The same again: the same."""
        others = [
            MADE.of(BY_HAND),
            MADE.of(Selection("westerdorp", "minutes")),
            MADE.of(Selection("oosterdorp", "other")),
            MADE.of(Selection("oosterdorp", "minutes", remember=True)),
            codes.codes(KEY, ARRIVAL, 2).of(Selection("oosterdorp", "minutes")),
            codes.codes(KEY, "f" * 64, 1).of(Selection("oosterdorp", "minutes")),
            codes.codes(b"other", ARRIVAL, 1).of(Selection("oosterdorp", "minutes")),
        ]
        assert len({CODE, *others}) == 1 + len(others)
        assert codes.codes(KEY, ARRIVAL, 1).of(Selection("oosterdorp", "minutes")) == CODE

    def test_the_key_of_a_mail_tells_nothing_of_the_router_key(self) -> None:
        """What goes into the cage is good for this mail alone."""
        assert KEY.hex() not in MADE.key
        assert MADE.key != codes.codes(KEY, "f" * 64, 1).key

    @given(st.text(string.printable, max_size=40), st.text(string.printable, max_size=40))
    def test_found_and_taken_apart(self, before: str, after: str) -> None:
        """Whatever stands around it, on lines of its own."""
        assert CODE in codes.found_in(f"{before}\n{CODE}\n{after}")
        found = codes.read(CODE)
        assert found and (found.about, found.version) == (ARRIVAL[:12], 1)

    @pytest.mark.parametrize(
        "text", ["", CODE[:-1], f"{CODE}0", f"x{CODE}", CODE.upper(), "mailto:a?subject=%20" + CODE]
    )
    def test_what_is_no_code(self, text: str) -> None:
        """Half a code, one inside a word, one in a link."""
        assert codes.found_in(text) == ()


class TestWords:
    """What is read of a reply."""

    @pytest.mark.parametrize(
        ("text", "village", "kind"),
        [
            ("dorp: Oosterdorp", "oosterdorp", ""),
            ("dorp: oosterdorp\nsoort: Notulen", "oosterdorp", "minutes"),
            ("Dorp: Oosterdorp; soort: klacht of wens", "oosterdorp", "complaint"),
            ("dorp: Oosterdorp en soort: notulen", "oosterdorp", "minutes"),
            ("Goedemiddag,\n\nDORP = Dorpsraad Oosterdorp.\n\nGroet", "oosterdorp", ""),
            ('dorp: "Oosterdurp"', "oosterdorp", ""),
            ("kern: Westerdorp", "westerdorp", ""),
        ],
    )
    def test_names_and_keys(self, text: str, village: str, kind: str) -> None:
        """By key, name, council or another name; case and quotes do not matter."""
        found = read(text)
        assert found and (found.village, found.kind) == (village, kind)

    @pytest.mark.parametrize(
        "text",
        [
            "Wie is dit?",
            "Mooi dorp: dat Oosterdorp.",
            "\n".join([f"regel {number}" for number in range(12)] + ["dorp: Oosterdorp"]),
            "Wie weet dit?\n> dorp: Oosterdorp",
            "Wie weet dit?\n\nVan: Mailrouter <a@b.example>\nVerzonden: ma\nAan: b\nOnderwerp: c\n\ndorp: Oosterdorp",
            "Wie weet dit?\n\nWilt u deze mail beoordelen? De router stuurde hem niet zelf door.\nDorp: Oosterdorp",
            "Groet, Mia\n-- \ndorp: Oosterdorp",
        ],
    )
    def test_what_says_nothing(self, text: str) -> None:
        """Prose, what stands far below, what is quoted with or without a mark, a signature."""
        found = read(text)
        assert found is not None and not found.says_something

    def test_a_village_that_does_not_exist(self) -> None:
        """The words are kept, for the answer."""
        found = read("dorp: Noorderdorp")
        assert found and (found.village_said, found.village) == ("Noorderdorp", "")

    @pytest.mark.parametrize(("said", "wished"), [("ja", True), ("Ja.", True), ("nee", False)])
    def test_a_wish(self, said: str, wished: bool) -> None:
        """ "onthoud: ja"."""
        found = read(f"dorp: Oosterdorp\nonthoud: {said}")
        assert found and found.remember is wished

    def test_a_code_in_subject_or_text(self) -> None:
        """Either is enough; one that is quoted only tells what is answered."""
        for found in (read("", f"Keuze – {CODE}"), read(f"Code: {CODE}")):
            assert found and found.codes == (CODE,)
        quoted = read(f"Hm.\n> Code: {CODE}")
        assert quoted and (quoted.codes, quoted.quoted) == ((), (CODE,))

    def test_who_is_not_the_desk(self) -> None:
        """Of others only codes count, so that the desk can be told."""
        assert read("dorp: Oosterdorp", sender="x@elders.example") is None
        found = read(f"Code: {CODE}", sender="x@elders.example")
        assert found == OrderText(codes=(CODE,))
        assert read("dorp: Oosterdorp", sender="M.Smit@gemeente.example") is not None

    @given(st.text(max_size=400))
    def test_never_fails(self, text: str) -> None:
        """Whatever is written."""
        read(text.replace("\r", ""))

    def test_from_the_cage(self) -> None:
        """Every value is made what it should be; what is missing is no order."""
        told: dict[str, Any] = {
            "codes": [1], "quoted": [], "village_said": None, "village": "a", "kind_said": "", "kind": "",
            "remember": "yes", "thread": ["a"],
        }  # fmt: skip
        assert order_text(told) == OrderText(("1",), (), "None", "a", "", "", False, ("a",))
        with pytest.raises(KeyError):
            order_text({"codes": []})


class TestChoices:
    """What the letter to the desk offers."""

    def offered(self, village: str, evidence: tuple[tuple[str, float], ...] = (), **changes: Any) -> list[str]:
        """The labels for a mail that names that village."""
        mail = parse(f"From: x@postvak.example\r\nSubject: {village}\r\n\r\nTekst.\r\n".encode(), 10**6)
        found = tuple(Evidence(kind, "phrase", "x", "text", weight) for kind, weight in evidence)
        decision = replace(to_desk(TABLE, ("x",)), kind=KindGuess("other", 0.4, (), found), **changes)
        return [choice.label.removeprefix("Stuur door: ") for choice in choices(mail, decision, TABLE, MADE)]

    def test_the_likeliest_first(self) -> None:
        """A kind that evidence speaks for comes before the one that is left when nothing does."""
        labels = self.offered("Oosterdorp", (("complaint", 1.0), ("minutes", -1.0)))
        assert labels == [
            "Klacht of wens van Oosterdorp",
            "Bericht van Oosterdorp",
            "Klacht of wens van Oosterdorp, en onthoud dit adres",
            "Een ander dorp of een andere soort",
        ]

    def test_two_villages_that_are_named(self) -> None:
        """Each with the likeliest kind."""
        labels = self.offered("Oosterdorp en Westerdorp", (("complaint", 1.0),))
        assert "Klacht of wens van Westerdorp" in labels

    def test_nothing_to_go_by(self) -> None:
        """A municipality with few villages offers them all."""
        labels = self.offered("Vraag")
        assert {"Bericht van Oosterdorp", "Bericht van Westerdorp"} <= set(labels)

    def test_who_failed_is_not_remembered(self) -> None:
        """An address that somebody borrowed is none to list."""
        assert not any("onthoud" in label for label in self.offered("Oosterdorp", authentic="fail"))

    def test_without_codes(self) -> None:
        """`explain` has no router key, and offers nothing."""
        mail = parse(b"From: x@postvak.example\r\nSubject: x\r\n\r\nTekst.\r\n", 10**6)
        assert choices(mail, to_desk(TABLE, ("x",)), TABLE, None) == ()

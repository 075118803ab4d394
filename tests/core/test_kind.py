"""Kinds: weighed evidence, honest doubt, and minutes before invitations."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mailrouter.core.meaning import patterns
from mailrouter.core.meaning.kind import SIGNS, weigh
from mailrouter.core.model import KindGuess, Mail
from mailrouter.core.routing import Kinds, Pattern, Phrase, Phrases, Sign
from tests.core.mails import a_mail, attached, moment

KINDS = Kinds.model_validate(YAML(typ="safe").load(Path(__file__).parents[2] / "config" / "kinds.yaml"))

MINUTES = (
    "Aanwezig: vijf leden\nAfwezig m.k.: een lid\n\n1. Opening\nDe voorzitter opent de vergadering.\n"
    "2. Notulen vorige vergadering\nDe notulen worden goedgekeurd.\n3. Sluiting\nOm tien uur sluit de voorzitter.\n"
)
INVITATION = (
    "Beste mensen,\n\nWij nodigen u van harte uit voor onze openbare vergadering op dinsdag 5 juli 2022 om 20.00 uur"
    " in dorpshuis De Linde.\n\nAgenda:\n1. Opening\n2. Notulen vorige vergadering\n3. Rondvraag\n"
)


def guess(mail: Mail, kinds: Kinds = KINDS) -> KindGuess:
    return weigh(mail, moment(2022, 6, 20), "Europe/Amsterdam", kinds)


@pytest.mark.parametrize(
    ("expected", "mail"),
    [
        ("minutes", a_mail("Notulen 1 juni 2022", MINUTES)),
        ("minutes", a_mail("Vergadering dorpsraad", "Zie bijlage.", attachments=(attached("verslag.pdf", MINUTES),))),
        ("minutes", a_mail("Notulen vergadering 1 juni", "Hierbij de notulen.", attachments=(attached("scan.pdf"),))),
        ("invitation", a_mail("Uitnodiging vergadering", INVITATION)),
        ("invitation", a_mail("Openbare vergadering 5 juli", INVITATION)),
        ("invitation", a_mail("Opening speelplek", "Op vrijdag 1 juli om 15.00 uur is de opening. U bent welkom.")),
        (
            "complaint",
            a_mail("Klacht over overlast", "Er wordt te hard gereden. Dat is gevaarlijk. Wij krijgen geen antwoord."),
        ),
        ("idea", a_mail("Idee voor een speelplek", "Wij hebben een idee en zouden graag een speelplek maken.")),
        ("project", a_mail("Project Dorpsstraat", "Wat is de planning van het project? Wij missen het ontwerp.")),
        ("other", a_mail("Vraag", "Wie is onze contactpersoon?")),
        ("other", a_mail("Dank", "Dank voor uw mail over de notulen en de uitnodiging.")),
    ],
)
def test_kinds(expected: str, mail: Mail) -> None:
    """Each kind is recognised by what such mails look like."""
    assert guess(mail).key == expected


def test_minutes_win_over_an_invitation_in_the_same_mail() -> None:
    """Minutes and an invitation in one mail are minutes."""
    mail = a_mail(
        "Notulen en uitnodiging",
        INVITATION,
        attachments=(attached("uitnodiging.pdf", INVITATION), attached("notulen.pdf", MINUTES)),
    )
    assert guess(mail).key == "minutes"


def test_a_calendar_part_invites() -> None:
    """A calendar part is strong evidence for an invitation; an answer to one is not."""
    event = b"BEGIN:VCALENDAR\r\nMETHOD:%s\r\nBEGIN:VEVENT\r\nDTSTART:20220705T200000\r\nEND:VEVENT\r\n"
    part = attached("", type="text/calendar", content=event % b"REQUEST")
    answer = attached("", type="text/calendar", content=event % b"REPLY")
    assert guess(a_mail("Dorpsraad", "Tot dan!", attachments=(part,))).key == "invitation"
    assert guess(a_mail("Dorpsraad", "Tot dan!", attachments=(answer,))).key == "other"


def test_single_words_decide_nothing() -> None:
    """A mention of minutes or of an invitation is not one."""
    for word in ("notulen", "uitnodiging", "agenda", "klacht", "idee", "project"):
        assert guess(a_mail("Bericht", f"Er was ook een {word}.")).key == "other"


def test_doubt_is_told() -> None:
    """Below the threshold the kind is the fallback, with what counted and why it was not enough."""
    found = guess(a_mail("Bericht", "Er is overlast."))
    assert found.key == "other"
    assert 0 < found.confidence < KINDS.threshold
    assert 'Klacht of wens +1.2: "*overlast*" in de tekst' in found.because
    assert found.because[-1].startswith("niet zeker genoeg van ")


def test_a_reply_to_minutes_is_not_minutes() -> None:
    """Quoted history and the subject of a reply count for little."""
    text = "Dank voor het toesturen, we komen erop terug."
    assert guess(a_mail("Re: Notulen 1 juni", f"{text}\n\n{MINUTES}", new_text=text)).key == "other"


def test_a_forwarded_mail_speaks_with_what_it_passes_on() -> None:
    """Of a forwarded mail the text passed on counts."""
    assert guess(a_mail("Fwd: Notulen 1 juni", f"Ter info\n\n{MINUTES}", new_text="Ter info")).key == "minutes"


def some_kinds(*evidence: Phrase | Phrases | Pattern | Sign) -> Kinds:
    return Kinds.model_validate(
        {"threshold": 0.5, "kinds": {"flood": {"title": "Water", "evidence": evidence}, "other": {"title": "Bericht"}}}
    )


@pytest.mark.parametrize(
    ("phrase", "text", "counts"),
    [
        ("hoog water", "Het HOOG\n  water staat hier.", True),
        ("water", "De waterschappen.", False),
        ("water*", "De waterschappen.", True),
        ("*water", "Het grondwater.", True),
        ("water", "grondwater, en toch water!", True),
        ("**", "alles", False),
    ],
)
def test_phrases_are_whole_words_in_any_case(phrase: str, text: str, counts: bool) -> None:
    """A phrase is found as whole words; a star stands for the rest of one."""
    kinds = some_kinds(Phrase(phrase=phrase, weight=3, where=("text",)))
    assert (guess(a_mail("x", text), kinds).key == "flood") is counts


def test_a_phrase_counts_in_its_zones_only() -> None:
    """A phrase for the subject does not count in the text; in quoted history it counts for a quarter."""
    kinds = some_kinds(Phrase(phrase="water", weight=4, where=("subject", "quoted")))
    assert guess(a_mail("Bericht", "water"), kinds).because == ()
    old = a_mail("Bericht", "Dit is wat wij u schrijven.\n> water", new_text="Dit is wat wij u schrijven.")
    assert guess(old, kinds).because[0] == 'Water +1.0: "water" in een eerdere mail eronder'


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\bjaarvergadering (19|20)\d\d\b", "De JAARVERGADERING\n 2026 is in mei.", "jaarvergadering 2026"),
        (r"\bjaarvergadering (19|20)\d\d\b", "De jaarvergadering van 2026.", None),
        ("^hoog", "Hoog water", "hoog"),
        ("water$", "Hoog water\n", "water"),
        ("^water", "Hoog water", None),
        ("CAF\u0045\u0301", "Om acht uur in caf\u00e9 Het Veer.", "caf\u00e9"),
        (r"\pL+raad", "De j\u00f3ngerenraad kwam.", "j\u00f3ngerenraad"),
        ("(?i:A)b", "AB", "ab"),
    ],
)
def test_patterns(pattern: str, text: str, found: str | None) -> None:
    """A pattern is looked for in small letters with single blanks; capitals do not matter, accents do."""
    kinds = some_kinds(Pattern(pattern=pattern, weight=3, where=("text",)))
    because = guess(a_mail("x", text), kinds).because
    assert ((f'Water +3.0: "{found}" (patroon) in de tekst',) if found else ()) == because


@pytest.mark.parametrize(
    ("mail", "weight"),
    [
        (a_mail("x", "Het stinkt."), 1.0),
        (a_mail("x", "Het stinkt, en er is herrie."), 1.5),
        (a_mail("x", "Het stinkt, er is herrie, rook, stof en gif."), 2.5),
        (a_mail("Herrie", "Het stinkt."), 2.0),
        (a_mail("x", "Het stinkt." + " En verder is alles goed." * 64), 0.5),
        (a_mail("x", "Het stinkt." + " En verder is alles goed." * 640), 0.4),
        (a_mail("x", "Goed, dat zoeken wij uit.\n> Het stinkt.", new_text="Goed, dat zoeken wij uit."), 0.2),
    ],
)
def test_phrases_of_a_family_add_up_to_a_limit(mail: Mail, weight: float) -> None:
    """The first whole, each further one for half; more in a title, less in a long text, little in history."""
    family = Phrases(
        phrases=("stinkt", "herrie", "rook", "stof", "gif"), weight=1.0, where=("subject", "text", "quoted")
    )
    found = guess(mail, some_kinds(family)).because[0]
    assert float(found.partition(" +")[2].partition(":")[0]) == weight


def test_a_pattern_counts_in_its_zones_only() -> None:
    """Like a phrase: the first of its zones counts, quoted history for a quarter."""
    kinds = some_kinds(Pattern(pattern="wate.", weight=4, where=("subject", "quoted")))
    assert guess(a_mail("Bericht", "water"), kinds).because == ()
    old = a_mail("Bericht", "Dit is wat wij u schrijven.\n> water", new_text="Dit is wat wij u schrijven.")
    assert guess(old, kinds).because[0] == 'Water +1.0: "water" (patroon) in een eerdere mail eronder'


def test_no_text_keeps_a_pattern_busy() -> None:
    """A pattern that would keep other engines busy for ever reads a text of any shape once."""
    kinds = some_kinds(Pattern(pattern="(a+)+#|(.*)(.*)(.*)(.*)[0-9]{50}z", weight=3, where=("text",)))
    assert guess(a_mail("x", "a" * 100_000 + "!"), kinds).because == ()


@given(st.text(alphabet="ab\\[](){}^$*+?|.-,19:é<=!Pp{Lwdbx", max_size=30), st.text(max_size=40))
def test_any_pattern_is_used_or_refused(pattern: str, text: str) -> None:
    """Whatever an administrator writes: a sentence about what is wrong, or a pattern that can be looked for."""
    if fault := patterns.fault(pattern):
        assert fault == fault.strip() and "\n" not in fault
    else:
        found = patterns.find(pattern, text)
        assert found is None or found


def test_every_sign_in_the_shipped_config_exists() -> None:
    """kinds.yaml names only signs that are computed."""
    named = {item.sign for kind in KINDS.kinds.values() for item in kind.evidence if isinstance(item, Sign)}
    assert named <= set(SIGNS)


def test_signs_tell_their_words() -> None:
    """Every sign that counted is told with the words it rests on."""
    because = guess(a_mail("Notulen 1 juni 2022", MINUTES)).because
    assert 'Notulen +2.9: de titel is die van notulen ("notulen")' in because
    assert any("wie er aanwezig waren" in line and '"aanwezig' in line.lower() for line in because)


def test_every_sign_is_explained_to_administrators() -> None:
    """The comments of kinds.yaml name every sign there is."""
    text = (Path(__file__).parents[2] / "config" / "kinds.yaml").read_text(encoding="utf-8")
    comments = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert [name for name in SIGNS if name not in comments] == []

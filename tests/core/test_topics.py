"""The topics of a mail, by the words they are known by."""

import pytest

from mailrouter.core.meaning.topics import find_topics, told
from mailrouter.core.routing import Topic
from tests.core.mails import a_mail, attached

TOPICS = {
    "verkeer": Topic(title="Verkeer", words=("verkeer", "drempel", "30 km")),
    "groen": Topic(title="Groen", words=("groen", "bomen", "sloot")),
    "wonen": Topic(title="Wonen", words=("woningbouw", "huur")),
}


@pytest.mark.parametrize(
    ("subject", "text", "topics"),
    [
        ("", "", ()),
        ("Bericht", "Er is niets bijzonders.", ()),
        ("", "Graag een drempel bij de school.", ("verkeer",)),
        ("", "DREMPEL!", ("verkeer",)),
        ("", "verkeersbesluit en drempelvrees", ()),
        ("", "een zone van 30 km", ("verkeer",)),
        ("Bomen", "verkeer", ("groen",)),
        ("Bomen", "verkeer verkeer", ("groen", "verkeer")),
        ("", "bomen, verkeer en woningbouw", ("verkeer", "groen")),
    ],
)
def test_topics_strongest_first(subject: str, text: str, topics: tuple[str, ...]) -> None:
    """Whole words count, three times in the subject; the weak and the third are left out."""
    assert topics == find_topics(a_mail(subject, text), TOPICS)


def test_quoted_history_does_not_count() -> None:
    """An old topic in a quoted mail is not what this mail is about; an attachment is."""
    assert () == find_topics(a_mail("Re", "bomen", new_text="Akkoord."), TOPICS)
    assert ("groen",) == find_topics(a_mail(attachments=(attached("x.pdf", "de bomen"),)), TOPICS)


KNOWN_BY = {
    "verkeer": Topic(
        title="Verkeer", words=("parkeer*", "*verkeer"), phrases=("te hard gereden",), patterns=(r"\b(30|50) ?km",)
    ),
    "groen": Topic(title="Groen", words=("bomen",)),
}


@pytest.mark.parametrize(
    ("subject", "text", "topics"),
    [
        ("", "parkeerhaven", ("verkeer",)),
        ("", "het sluipverkeer", ("verkeer",)),
        ("", "verkeersbord", ()),
        ("", "er wordt te\n  hard gereden", ("verkeer",)),
        ("", "hier geldt 50 km per uur", ("verkeer",)),
        ("", "hier geldt 150 km per uur", ()),
        ("", "bomen en bomen, te hard gereden", ("verkeer", "groen")),
        ("", "bomen, bomen en bomen, 30 km en 50km", ("groen", "verkeer")),
        ("50 km", "bomen bomen bomen", ("verkeer", "groen")),
    ],
)
def test_words_phrases_and_patterns(subject: str, text: str, topics: tuple[str, ...]) -> None:
    """A star stands for the rest of a word; a phrase counts for two, a pattern for two, once."""
    assert topics == find_topics(a_mail(subject, text), KNOWN_BY)


def test_it_tells_which_words_point_to_a_topic() -> None:
    """Each once, as they stand in the mail."""
    mail = a_mail("Parkeeroverlast", "Er wordt te hard gereden, 50 km en meer. Parkeeroverlast!")
    assert 'onderwerp: Verkeer ("parkeeroverlast", "te hard gereden", "50 km")' == told(mail, KNOWN_BY["verkeer"])

"""The topics of a mail, by the words they are known by."""

import pytest

from mailrouter.core.meaning.topics import find_topics
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

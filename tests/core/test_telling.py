"""What may be told of a server's words: codes and words of the trade, and nothing that can be a person or a mail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.telling import telling, without_addresses

REPLIES = [
    ("550 5.1.1 <j.jansen@gemeente.example> Jan Jansen: User unknown", "550 5.1.1 …: User unknown"),
    ("4.2.0 later please", "4.2.0 later please"),
    ("5.7.60 SMTP; Client does not have permissions to send as this sender",
     "5.7.60 SMTP; Client does not have permissions to send as this sender"),
    ("554 5.2.252 SendAsDenied; dorpsraden@gemeente.example not allowed to send as dorpen@gemeente.example",
     "554 5.2.252 SendAsDenied; … not allowed to send as …"),
    ("5.7.1 rejected: subject 'Klacht over de buurman' looks like spam", "5.7.1 rejected: … over … spam"),
    ("[OVERQUOTA] Quota exceeded (mailbox for user is full)", "[OVERQUOTA] Quota exceeded (mailbox for user is full)"),
    ("mailbox of Jan de Vries (06-12345678) is full", "mailbox of …) is full"),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("said", "told"), REPLIES)
def test_replies(said: str, told: str) -> None:
    """The reason can be told from what is left."""
    assert told == telling(said)


@given(st.text())
def test_nothing_new(said: str) -> None:
    """What is told was said, and is told again as it is."""
    told = telling(said)
    assert told == telling(told)
    assert all(word in said for word in told.replace("…", " ").split())


def test_addresses() -> None:
    """An address in a line of ours is left out, whatever stands around it."""
    assert "van … naar <…>, …: klaar" == without_addresses("van a.b@c.example naar <d@e.example>, f@g: klaar")

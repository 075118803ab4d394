"""Arrival keys, fingerprints and the ids of our own letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.identity import (
    Leaf,
    OwnIds,
    arrival_key,
    fingerprint,
    is_trial,
    letter_id,
    own_ids,
    token,
    trial_id,
    valid_tokens,
)

KEY = b"a key for the tests"
ADDRESS = "dorpsraden@gemeente.example"
PRINT = fingerprint("<1@x.example>", "Mon, 14 Sep 2026 09:00:00 +0200", "a@x.example", "Hoi", [])
LETTER = letter_id(KEY, PRINT, "wethouder@gemeente.example", "1")
STRIPPED = {
    "From": f"Dorpsraden <{ADDRESS}>",
    "Auto_Submitted": "auto-generated",
    "References": f"<1@x.example>\r\n <{token(KEY, LETTER)}@gemeente.example>",
}
"""A letter of ours of which a server replaced the Message-ID and dropped the X- headers."""


def message(**headers: str) -> bytes:
    """A message with these headers."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", "tekst", ""]).encode()


def test_same_bytes_are_the_same_arrival() -> None:
    """The arrival key is a plain sha256 of the bytes."""
    assert arrival_key(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_letter_id_differs_by_mail_recipient_and_version() -> None:
    """Each promise has an id of its own; the case of the address does not matter."""
    ids = {
        letter_id(KEY, PRINT, "wethouder@gemeente.example", "1"),
        letter_id(KEY, PRINT, "WETHOUDER@gemeente.example", "1"),
        letter_id(KEY, PRINT, "wethouder@gemeente.example", "2"),
        letter_id(KEY, PRINT, "gebied@gemeente.example", "1"),
        letter_id(KEY, arrival_key(b"other"), "wethouder@gemeente.example", "1"),
        letter_id(b"another key", PRINT, "wethouder@gemeente.example", "1"),
    }
    assert 5 == len(ids)


def test_leaves_cannot_be_confused_with_each_other() -> None:
    """What stands in the name of one part cannot pass for the content of another."""
    one = fingerprint("", "", "", "", [Leaf("a/b", "naam", b"inhoud")])
    other = fingerprint("", "", "", "", [Leaf("a/b", "naaminhoud", b"")])
    assert one != other


def test_received_counts_only_without_id_and_date() -> None:
    """A mail repeated on purpose, without Message-ID and Date, is not taken for a copy."""
    with_id = [fingerprint("<1@x>", "", "a@x", "s", [], received) for received in ("Monday", "Tuesday")]
    without = [fingerprint("", "", "a@x", "s", [], received) for received in ("Monday", "Tuesday")]
    assert (1, 2) == (len(set(with_id)), len(set(without)))


def test_own_letter_is_recognised_by_each_of_its_places() -> None:
    """Message-ID, X-Mailrouter-Letter, or the end of References in what was generated at our address."""
    own = token(KEY, LETTER)
    by = [
        message(Message_ID=f"<{own}@gemeente.example>"),
        message(Message_ID="<new@relay.example>", X_Mailrouter_Letter=own),
        message(**STRIPPED),
        message(**STRIPPED | {"From": ADDRESS.upper()}),
    ]
    assert [LETTER] * 4 == [own_ids(raw, KEY, ADDRESS).itself for raw in by]


@pytest.mark.parametrize(
    "changed",
    [
        {"From": f"Dorpsraden <{ADDRESS}.evil.example>"},
        {"From": f'"{ADDRESS}" <piet@dorpsraad-oosterdorp.example>'},
        {"From": f"<piet@dorpsraad-oosterdorp.example>, <{ADDRESS}>"},
        {"Auto_Submitted": "no"},
        {"In_Reply_To": "<1@x.example>"},
        {"References": f"<{token(KEY, LETTER)}@gemeente.example> <antwoord@gemeente.example>"},
    ],
    ids=str,
)
def test_what_only_looks_like_a_stripped_letter_is_not_ours(changed: dict[str, str]) -> None:
    """A look-alike address, a person at the keyboard, or an answer to our letter: about it, and not it."""
    raw = message(**STRIPPED | changed)
    assert OwnIds(itself=None, about=(LETTER,)) == own_ids(raw, KEY, ADDRESS)


def test_what_a_clerk_writes_from_the_shared_mailbox_is_not_ours() -> None:
    """An answer from our own address, by a person, that ends its References with our letter."""
    answer = message(
        From=f"Dorpsraden <{ADDRESS}>",
        References=f"<1@x.example> <{token(KEY, LETTER)}@gemeente.example>",
        In_Reply_To=f"<{token(KEY, LETTER)}@gemeente.example>",
        Message_ID="<mens@gemeente.example>",
    )
    assert OwnIds(itself=None, about=(LETTER,)) == own_ids(answer, KEY, ADDRESS)


def test_a_reply_mentions_our_letter_and_is_not_it() -> None:
    """An official who answers quotes our id in References and In-Reply-To."""
    own = token(KEY, LETTER)
    reply = message(From="wethouder@gemeente.example", References=f"<{own}@g>", In_Reply_To=f"<{own}@g>")
    assert OwnIds(itself=None, about=(LETTER,)) == own_ids(reply, KEY, ADDRESS)


def test_a_forged_id_is_not_ours() -> None:
    """Who knows the mail, but not the key, cannot make an id that verifies."""
    forged = f"{LETTER}.{'0' * 16}"
    assert OwnIds() == own_ids(message(X_Mailrouter_Letter=forged, Message_ID=f"<{forged}@g>"), KEY, ADDRESS)


def test_ids_in_a_returned_message_are_found() -> None:
    """A bounce holds the headers of our letter in its body."""
    raw = message(From="MAILER-DAEMON@relay.example") + f"Message-ID: <{token(KEY, LETTER)}@g>".encode()
    assert OwnIds(itself=None, about=(LETTER,)) == own_ids(raw, KEY, ADDRESS)


@given(st.binary(max_size=2000))
def test_any_bytes_can_be_looked_through(raw: bytes) -> None:
    """Whatever arrives, looking for own ids neither fails nor finds any."""
    assert OwnIds() == own_ids(raw, KEY, ADDRESS)


def test_a_flood_of_candidates_ends() -> None:
    """Somebody who sends a million ids costs us two hundred."""
    flood = b" ".join(b"%032x.%016x" % (number, number) for number in range(5000))
    assert () == valid_tokens(KEY, flood + b" " + token(KEY, LETTER).encode())


def test_the_letter_of_doctor_is_ours_and_no_promise() -> None:
    """Its id is known as one of ours, and as one that no mail has; nobody makes one without the key."""
    letter = trial_id(KEY, "00112233445566ff")
    assert letter == own_ids(message(X_Mailrouter_Letter=token(KEY, letter)), KEY, ADDRESS).itself
    assert (True, False, False) == (is_trial(KEY, letter), is_trial(KEY, LETTER), is_trial(b"another", letter))

"""Who wrote the mail inside a forwarded mail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.forwarded import inner_sender
from mailrouter.core.reading.headers import clean
from mailrouter.core.reading.parse import parse
from mailrouter.core.reading.quotes import new_text

FORWARDS = [
    "---------- Forwarded message ---------\nVan: Jo <jo@oosterdorp.example>\nDate: ma 5 sep 2022\nSubject: Plein\n\nx",
    "Begin doorgestuurd bericht:\n\nVan: Jo <jo@oosterdorp.example>\nOnderwerp: Plein\nDatum: 5 september\n\nx",
    "Begin doorgestuurd bericht:\n\n> Van: Jo <jo@oosterdorp.example>\n> Onderwerp: Plein\n>\n> x",
    "-------- Doorgestuurd bericht --------\nOnderwerp: Plein\nDatum: maandag\nVan: Jo <jo@oosterdorp.example>\n\nx",
    "-------- Doorgestuurd bericht --------\nOnderwerp: | Plein\nVan: | Jo <jo@oosterdorp.example>\n\nx",
    "-------- Doorgestuurd bericht --------\nOnderwerp: Plein\nAfzender: Jo <jo@oosterdorp.example>\n\nx",
    "-----Doorgestuurd bericht-----\n*Van:* Jo [mailto:jo@oosterdorp.example]\nVerzonden: maandag\n\nx",
]


@pytest.mark.parametrize("forward", FORWARDS)
def test_a_forward_names_who_wrote_first(forward: str) -> None:
    """As Gmail, Apple Mail, Thunderbird and Outlook mark it, whatever the subject; its text stays whole."""
    text = f"Ter info.\n\n{forward}"
    assert inner_sender(text, "Plein", ()) == "jo@oosterdorp.example"
    assert new_text(text, "Plein") == text


@pytest.mark.parametrize(
    ("subject", "inner"), [("FW: Plein", "Jo de Wit"), ("Doorst: Plein", "Jo de Wit"), ("RE: FW: Plein", None)]
)
def test_the_subject_tells_a_forward_from_a_reply(subject: str, inner: str | None) -> None:
    """Outlook quotes both alike; a name is told where there is no address."""
    text = "Zie onder.\n\nVan: Jo de Wit\nVerzonden: maandag 5 september 2022 10:12\nAan: Balie\nOnderwerp: Plein\n\nx"
    assert inner_sender(text, subject, ()) == inner


def test_of_a_forward_of_a_forward_the_outer_one_is_told() -> None:
    """That is whom the sender had it from."""
    block = "Van: {0} <{0}@oosterdorp.example>\nVerzonden: maandag\nAan: Balie\nOnderwerp: Plein\n\n"
    text = block.format("jo") + block.format("piet")
    assert inner_sender(text, "FW: FW: Plein", ()) == "jo@oosterdorp.example"


@pytest.mark.parametrize(
    ("sender", "inner"),
    [
        (b"Jo <jo@oosterdorp.example>", "jo@oosterdorp.example"),
        (b"=?utf-8?q?Zo=C3=AB?=", "Zo\u00eb"),
        (b"", None),
    ],
)
def test_an_attached_mail_has_a_sender_too(sender: bytes, inner: str | None) -> None:
    """The mail itself stays from who sent it."""
    raw = (
        b"From: piet@westerdorp.example\nSubject: Plein\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
        b"Ter info\n--b\nContent-Type: message/rfc822\n\nFrom: " + sender + b"\nSubject: Oud\n\nx\n--b--\n"
    )
    mail = parse(raw)
    assert (mail.sender, mail.forwarded_from) == ("piet@westerdorp.example", inner)


def test_a_bounce_forwards_nothing() -> None:
    """The mail that a report returns is our own."""
    raw = (
        b"From: postmaster@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
        b"Content-Type: message/rfc822\n\nFrom: dorpsraden@gemeente.example\n\nx\n--b--\n"
    )
    assert parse(raw).forwarded_from is None


line = st.sampled_from(
    [
        "Van: Jo",
        "From: *Jo*",
        "Verzonden: x",
        "Aan: y",
        "Onderwerp: z",
        "Begin doorgestuurd bericht:",
        "> ",
        "",
        "\u202e",
    ]
)


@given(st.lists(line | st.text(max_size=20)).map("\n".join), st.sampled_from(["FW: x", "x"]))
def test_any_text_has_an_inner_sender_or_none(text: str, subject: str) -> None:
    """What comes out is one clean line."""
    found = inner_sender(text, subject, ())
    assert found is None or (found and clean(found, 200) == found)

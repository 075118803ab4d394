"""The final check on a letter's bytes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.writing.wire import ALLOWED_HEADERS, Unsendable, check

HEAD = b"From: dorpsraden@gemeente.example\r\nTo: balie@gemeente.example\r\nSubject: [Oosterdorp] Notulen\r\n\r\n"


def reason(content: bytes, allowed: frozenset[str] | None = None) -> str | None:
    """Why the content may not go, or None if it may."""
    try:
        check(content, allowed)
    except Unsendable as error:
        return error.reason
    return None


@pytest.mark.parametrize(
    "body", [b"", b"tekst\r\n", b"zonder einde", b"x" * 998 + b"\r\n", b"x" * 998, b"\r\n\r\n", b"\xe9\r\n"]
)
def test_a_proper_letter_may_go(body: bytes) -> None:
    """Lines up to 998 octets with CRLF, the last one with or without, 8-bit or not."""
    assert reason(HEAD + body) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"een\ntwee\r\n", "line 5 of the letter holds an LF without CR"),
        (b"een\r\ntwee\rdrie\r\n", "line 6 of the letter holds a CR without LF"),
        (b"een\r", "line 5 of the letter holds a CR without LF"),
        (b"een\r\r\n", "line 5 of the letter holds a CR without LF"),
        (b"\n", "line 5 of the letter holds an LF without CR"),
        (b"een\0\r\n", "line 5 of the letter holds a NUL"),
        (b"een\r\n" + b"x" * 999 + b"\r\n", "line 6 of the letter is longer than 998 octets"),
        (b"x" * 999, "line 5 of the letter is longer than 998 octets"),
    ],
)
def test_what_is_wrong_with_a_line_is_told(body: bytes, expected: str) -> None:
    """The reason names the line and what stands on it."""
    assert reason(HEAD + body) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"From: a@w.example\r\nfrom: b@w.example", "the letter has more than one header from"),
        (b"From: a@w.example\r\nBcc: b@w.example", "the letter has a header bcc, which is none of ours"),
        (
            b"From: a@w.example\r\nSubject: caf\xc3\xa9",
            "header line 2 of the letter holds a byte that is not printable ASCII",
        ),
        (
            b"From: a@w.example\r\nSubject: \x1b[31m",
            "header line 2 of the letter holds a byte that is not printable ASCII",
        ),
        (b"From: a@w.example\r\nzomaar een regel", "header line 2 of the letter is not a header"),
        (b"From: a@w.example\r\nSubject : x", "header line 2 of the letter is not a header"),
        (b"From: a@w.example\r\n \t", "header line 2 of the letter is not a header"),
        (b" From: a@w.example", "header line 1 of the letter is not a header"),
        (b"", "header line 1 of the letter is not a header"),
    ],
)
def test_a_header_that_is_not_ours_is_told(head: bytes, expected: str) -> None:
    """Strange, double, unreadable and broken headers are refused."""
    assert reason(head + b"\r\n\r\ntekst\r\n") == expected


def test_a_letter_without_an_empty_line_has_no_body() -> None:
    """Header and body must be told apart."""
    assert reason(b"From: a@w.example\r\n") == "the letter has no empty line between header and body"


def test_folded_headers_and_headers_of_parts_are_left_alone() -> None:
    """A folded header is one header; only the letter's own header block is checked."""
    content = b"From: a@w.example\r\nReferences: <1@w.example>\r\n\t<2@w.example>\r\n\r\nBcc: x\r\nBcc: y\r\n"
    assert reason(content) is None


def test_every_header_of_a_letter_may_stand_in_it_once() -> None:
    """All of our headers together are allowed."""
    head = b"".join(f"{name.title()}: x\r\n".encode() for name in sorted(ALLOWED_HEADERS))
    assert reason(head + b"\r\n") is None


def test_another_set_of_headers_can_be_asked_for() -> None:
    """The caller may allow other headers."""
    assert reason(b"Bcc: x\r\n\r\n", frozenset({"bcc"})) is None


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"\0", b".", b"tekst", b"x" * 500]), max_size=12).map(b"".join))
def test_what_passes_is_one_message_to_any_server(body: bytes) -> None:
    """Whatever passes has only CRLF line ends, no NUL, and no long line; whatever does not pass lacks one of these."""
    lines = body.split(b"\r\n")
    good = not any(re.search(rb"[\r\n\0]", line) or len(line) > 998 for line in lines)
    assert (reason(HEAD + body) is None) == good


def test_twenty_megabytes_are_read_in_one_go() -> None:
    """A letter of 20 MB passes, and a fault at its very end is found."""
    body = (b"x" * 76 + b"\r\n") * 256_410
    assert reason(HEAD + body) is None
    assert reason(HEAD + body + b"\n") == "line 256415 of the letter holds an LF without CR"

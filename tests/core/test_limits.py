"""The bounds a mail must keep before any parser touches it."""

import pytest

from mailrouter.core.reading.limits import exceeded
from mailrouter.core.reading.parse import parse

PLAIN = b"From: secretaris@oosterdorp.example\r\nSubject: Notulen\r\n\r\nBeste ambassadeur,\r\n"


def multipart(parts: int, boundary: bytes = b"b") -> bytes:
    head = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n' % boundary
    return head + b"--%s\r\n\r\nx\r\n" % boundary * parts + b"--%s--\r\n" % boundary


@pytest.mark.parametrize("raw", [b"", b"\r\n", PLAIN, multipart(499), PLAIN + b"--\r\n" * 2_000])
def test_an_ordinary_mail_is_within_all_bounds(raw: bytes) -> None:
    """Nothing is said of a mail that any parser can read."""
    assert exceeded(raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: " + b"=?utf-8?q?a?= " * 2_000 + b"\r\n\r\n",
        b"From: " + b"(" * 30_000 + b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n" % (b"b" * 200),
        PLAIN + b"--b\r\n" * 2_000,
        PLAIN + b"regel\r\n" * 200_000,
    ],
)
def test_what_costs_little_is_let_through(raw: bytes) -> None:
    """Reading bounds these itself: encoded words, comments, lines that look like delimiters, long texts."""
    assert exceeded(raw) is None
    parse(raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"X: a\r\n" * 50_000 + b"\r\n", "256 KB"),
        (b"X: a\r\n" * 1_001 + b"\r\n", "1000 regels"),
        (b"To: " + b"a@b.example,\r\n " * 900 + b"x" * 30_000 + b"\r\n\r\n", "32 KB"),
        (multipart(501), "500 delen"),
        (b"Content-Type: text/plain\r\n\r\n" * 501, "500 delen"),
        (b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 101, "te diep"),
        (b"X: y\nContent-Type : \n message/rfc822\n\n" * 101, "te diep"),
        (multipart(1, b"b" * 201), "200 tekens"),
        (multipart(501).replace(b"\r\n", b"\r"), "500 delen"),
        (b"To: " + b"a@b.example," * 9_000 + b"\r\n\r\n", "32 KB"),
        (b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(1_000)), "te diep"),
        (multipart(501).replace(b'"b"', b"b"), "500 delen"),
    ],
)
def test_a_mail_beyond_a_bound_is_refused_with_the_reason(raw: bytes, reason: str) -> None:
    """The desk reads in Dutch which bound the mail is beyond."""
    assert reason in (exceeded(raw) or "")

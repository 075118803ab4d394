"""The structure of a mail and where its parts lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.mime import Part, decoded, tree

MIXED = (
    b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n"
    b"--b\r\n\r\neen\r\n--b \r\nContent-Type: image/png\r\n\r\ntwee\r\n\r\n--b--\r\nepilogue\r\n"
)
MIXED_BODY = MIXED.partition(b"\r\n\r\n")[2].replace(b"Content-Type: image", b"X: image")


def bodies(raw: bytes) -> list[bytes]:
    return [raw[leaf.start : leaf.end] for leaf in tree(raw).leaves()]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (MIXED, [b"een", b"twee\r\n"]),
        (MIXED.replace(b"\r\n", b"\n"), [b"een", b"twee\n"]),
        (MIXED.replace(b"--b--\r\nepilogue\r\n", b""), [b"een", b"twee\r\n\r\n"]),
        (MIXED + b"--b\r\n\r\ndrie", [b"een", b"twee\r\n", b"drie"]),
        (
            MIXED.replace(b"; boundary=b", b"").replace(b"\r\n\r\neen", b"\r\nContent-Language: nl\r\n\r\neen"),
            [b"een", b"twee\r\n"],
        ),
        (MIXED.replace(b"boundary=b", b"boundary=x"), [b"een", b"twee\r\n"]),
        (MIXED.replace(b"boundary=b", b"boundary=x").replace(b"Content-Type: image", b"X: image"), [MIXED_BODY]),
        (b"From a@x.example Mon Jul  4\n" + MIXED, [b"een", b"twee\r\n"]),
        (b"From : a@x.example\r\n" + MIXED, [b"een", b"twee\r\n"]),
        (b"\xef\xbb\xbf" + MIXED, [b"een", b"twee\r\n"]),
        (b"\r\n\r\n" + MIXED, [b"een", b"twee\r\n"]),
        (b"alleen tekst\r\nzonder kop", [b"alleen tekst\r\nzonder kop"]),
        (MIXED.replace(b"boundary=b", b'boundary="b'), [b"een", b"twee\r\n"]),
        (MIXED.replace(b"; boundary=b", b" boundary=b"), [b"een", b"twee\r\n"]),
        (MIXED.replace(b"preamble", b"een regel met --b erin"), [b"een", b"twee\r\n"]),
        (MIXED.replace(b"\r\n\r\npreamble", b"\r\nContent-Type: text/plain\r\n\r\npreamble"), [b"een", b"twee\r\n"]),
        (
            MIXED.replace(b"\r\n\r\neen", b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\neen"),
            [b"", b"een", b"twee\r\n"],
        ),
        (b"", [b""]),
    ],
)
def test_the_parts_are_found_where_they_lie(raw: bytes, expected: list[bytes]) -> None:
    """Broken structure costs no part; a part's range is its body, still encoded."""
    assert bodies(raw) == expected


def test_a_message_in_the_mail_stays_one_part() -> None:
    """A nested message is not opened."""
    raw = b"Content-Type: multipart/digest; boundary=o\n\n--o\n\n" + MIXED + b"\n--o--\n"
    leaf = tree(raw).children[0]
    assert (leaf.type, raw[leaf.start : leaf.end]) == ("message/rfc822", MIXED)


def test_multiparts_without_bound_are_opened_twenty_deep() -> None:
    """What lies deeper stays closed, in one part."""
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=%d.\n\n--%d.\n" % (n, n) for n in range(1_000))
    leaves = list(tree(raw).leaves())
    assert [leaf.type for leaf in leaves] == ["multipart/mixed"]


def test_a_line_that_is_no_field_does_not_end_the_header() -> None:
    """A broken line between fields is skipped and noted."""
    part = tree(b"From: a@x.example\nkapotte regel\nSubject: Notulen\n\ntekst")
    assert (part.get("subject"), part.torn, part.raw[part.start :]) == ("Notulen", True, b"tekst")


@pytest.mark.parametrize(
    ("head", "subject"),
    [
        (b"kapot\nFrom: a@x.example\nSubject: Notulen\n", "Notulen"),
        (b"From: a@x.example\nTo : Jo\nkapot\n   <b@x.example>\nSubject : Notulen\n", "Notulen"),
        (b"From: a@x.example\n \nSubject: Notulen\n", "Notulen"),
        (b"From: a@x.example\nSubject:\n Notulen\n", "Notulen"),
        (b"Beste raad\nAgenda: het plein\n", None),
        (b"From: a@x.example\nkapot\nook kapot\nSubject: Notulen\n", None),
    ],
)
def test_an_odd_line_is_passed_over_where_the_header_plainly_goes_on(head: bytes, subject: str | None) -> None:
    """In front only before a field that every mail has; two odd lines end the header."""
    part = tree(head + b"\ntekst")
    found = part.get("subject")
    assert (found.strip() if found else None) == subject


def test_the_header_of_a_part_is_bounded() -> None:
    """Of a part's header, which no limit on the mail bounds, a thousand fields of 32 KB are kept."""
    head = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    (many,) = tree(head + b"X: y\n" * 5_000 + b"\ntekst\n--b--").leaves()
    assert (len(many.fields), many.torn, many.content) == (1_000, True, b"tekst")
    (long,) = tree(head + b"X: y\n z" + b"\n z" * 100_000 + b"\n\ntekst\n--b--").leaves()
    assert (len(long.get("x") or ""), long.content) == (32 * 1024, b"tekst")


@pytest.mark.parametrize(
    ("head", "body", "content", "damaged"),
    [
        (b"Content-Transfer-Encoding: base64", b"Beste raad, gewone tekst", b"Beste raad, gewone tekst", True),
        (b"Content-Transfer-Encoding: base64", b"ecO2dMOkIHZhYW4uCg== rest", "yötä vaan.\n".encode(), True),
        (b"Content-Transfer-Encoding: 8-bit", b"tekst", b"tekst", False),
        (b"Content-Transfer-Encoding:", b"tekst", b"tekst", False),
        (b"Content-Transfer-Encoding: BASE64; x=y", b"dGVrc3Q=", b"tekst", False),
        (b"Content-Transfer-Encoding: geheim", b"tekst", b"tekst", True),
    ],
)
def test_a_text_is_decoded_by_what_it_is(head: bytes, body: bytes, content: bytes, damaged: bool) -> None:
    """A wrong word for the encoding costs no text."""
    part = tree(head + b"\n\n" + body)
    assert part.content.startswith(content)
    assert part.damaged is damaged


def test_a_mail_with_bare_returns_is_read() -> None:
    """CR alone ends a line where there is no LF at all; ranges stay those of the raw mail."""
    raw = MIXED.replace(b"\r\n", b"\r")
    assert bodies(raw) == [b"een", b"twee\r"]


@pytest.mark.parametrize(
    ("content", "encoding", "expected"),
    [
        (b"Y2Fmw6k=\r\n", "base64", ("café".encode(), False)),
        (b"Y2Fm\r\n w6k", "base64", ("café".encode(), True)),
        (b"Y2Fm\r\nw6k=\r\nY2Fmw6k=", "base64", ("cafécafé".encode(), True)),
        (b"caf=C3=A9=\r\n!", "quoted-printable", ("café!".encode(), False)),
        (b"caf=c3=A9=  \n!=", "quoted-printable", ("café!".encode(), False)),
        (b"begin 644 a.txt\n$8V%FZ0  \n`\nend\n", "x-uuencode", (b"caf\xe9", False)),
        (b"gewoon", "8bit", (b"gewoon", False)),
        (b"gewoon", "geheim", (b"gewoon", True)),
    ],
)
def test_transfer_encodings_are_undone(content: bytes, encoding: str, expected: tuple[bytes, bool]) -> None:
    """As much as can be is decoded, and damage is told."""
    assert decoded(content, encoding) == expected


line = st.sampled_from(
    [b"--b", b"--b--", b"--c", b"--c--", b"Content-Type: multipart/mixed; boundary=c", b"Content-Type: text/html",
     b"Content-Transfer-Encoding: base64", b"", b"", b"tekst", b" vervolg", b"Content-Type: message/rfc822"]
)  # fmt: skip


@given(st.lists(line | st.binary(max_size=30), max_size=40), st.sampled_from([b"\n", b"\r\n"]))
def test_any_structure_gives_parts_in_order(lines: list[bytes], newline: bytes) -> None:
    """Parts never overlap, never leave the mail, and can be decoded."""
    raw = b"Content-Type: multipart/mixed; boundary=b" + newline * 2 + newline.join(lines)
    cursor = 0
    leaves: list[Part] = list(tree(raw).leaves())
    for leaf in leaves:
        assert cursor <= leaf.start <= leaf.end <= len(raw)
        assert isinstance(leaf.content, bytes)
        cursor = leaf.end


def test_a_blank_before_the_colon_makes_no_mbox_line() -> None:
    """ "From : …" is a field, as once was allowed (RFC 5322 §4.5), and no line between the mails of a mailbox."""
    assert "a@x.example" == tree(b"From : a@x.example\r\n\r\nx").get("from")

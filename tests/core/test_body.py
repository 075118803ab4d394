"""The body of a mail as text, and what is new in it."""

import pytest

from mailrouter.core.reading.body import body_text, divide, unflowed
from mailrouter.core.reading.mime import tree


def alternative(plain: str, markup: str) -> bytes:
    return (
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{markup}\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (alternative("Beste raad", "<p>Beste <b>raad</b></p>"), "Beste raad"),
        (alternative(" ", "<p>Beste <b>raad</b></p>"), "Beste raad"),
        (b"Content-Type: text/html\r\n\r\n<p>Caf&eacute;</p>", "Café"),
        (b'Content-Type: text/html\r\n\r\n<meta charset="iso-8859-1"><p>Caf\xe9</p>', "Café"),
        (
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\neen\n--b\nContent-Type: text/html\n\n<p>twee\n--b--",
            "een\n\ntwee",
        ),
        (b"Content-Type: multipart/mixed\n\ngeen delen", "geen delen"),
        (b"Content-Type: text/html; charset=us-ascii\r\n\r\n<meta charset=windows-1251>\xc4\xe0", "Да"),
        (b"Content-Type: text/x-eigen\n\neigen soort", "eigen soort"),
        (b"Content-Type: text/plain; name=brief.txt\n\neerste deel", "eerste deel"),
        (b"Content-Type: text/plain; charset=utf-16\n\n" + "Café".encode("utf-16"), "Café"),
        (b"\nbegin 644 a.txt\n$8V%FZ0``\n`\nend", "begin 644 a.txt\n$8V%FZ0``\n`\nend"),
        (
            b"Content-Type: text/enriched\n\n<bold>Beste</bold> <param>x</param>raad,\n\nkom\nmee <<3",
            "Beste raad,\nkom mee <3",
        ),
        (b"Content-Type: text/plain; format=flowed; delsp=yes\n\nlang \nwoord", "langwoord"),
        (b"Content-Type: text/plain; charset=utf-8\n\n\xef\xbb\xbfCaf\xc3\xa9", "Café"),
    ],
)
def test_the_body_is_what_a_reader_sees_first(raw: bytes, text: str) -> None:
    """Plain text is preferred, HTML read when there is no other; parts after each other are joined."""
    shown, attached = divide(tree(raw))
    assert (body_text(shown), attached) == (text, [])


def test_a_calendar_among_alternatives_is_attached() -> None:
    """What is no text is never dropped with the alternative it came with."""
    raw = alternative("Beste raad", "<p>x").replace(
        b"--b--", b"--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n--b--"
    )
    _, attached = divide(tree(raw))
    assert [part.type for part in attached] == ["text/calendar"]


def test_data_in_the_shape_of_text_is_attached() -> None:
    """A table or a card is no prose, wherever it stands."""
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/csv\n\na;b\n--b\n\nhallo\n--b--\n"
    shown, attached = divide(tree(raw))
    assert (body_text(shown), [part.type for part in attached]) == ("hallo", ["text/csv"])


def test_a_text_without_end_is_read_as_far_as_any_reader_would() -> None:
    """Two million characters are read."""
    shown, _ = divide(tree(b"\n" + b"tekst " * 1_000_000))
    assert len(body_text(shown)) == 2_000_000


def test_a_named_text_file_is_attached() -> None:
    """A text part with a name after the first is a file, whatever its disposition."""
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhallo\n--b\nContent-Type: text/plain; name=notulen.txt\n"
        b"Content-Disposition: inline\n\nnotulen\n--b--\n"
    )
    shown, attached = divide(tree(raw))
    assert (body_text(shown), [part.name for part in attached]) == ("hallo", ["notulen.txt"])


def test_flowed_lines_are_joined() -> None:
    """Soft breaks go, quote depths and signature stay apart (RFC 3676)."""
    text = "Dit is een \nregel.\n> oud \n> spul\n van een \n-- \nJo"
    assert unflowed(text, delete_space=False) == "Dit is een regel.\n> oud spul\nvan een \n-- \nJo"

"""The body of a mail as text, and what is new in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.body import body_text, divide, unflowed
from mailrouter.core.reading.html_text import text_of
from mailrouter.core.reading.mime import tree
from mailrouter.core.reading.quotes import new_text


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


def test_a_named_text_file_is_attached() -> None:
    """A text part with a name after the first is a file, whatever its disposition."""
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhallo\n--b\nContent-Type: text/plain; name=notulen.txt\n"
        b"Content-Disposition: inline\n\nnotulen\n--b--\n"
    )
    shown, attached = divide(tree(raw))
    assert (body_text(shown), [part.name for part in attached]) == ("hallo", ["notulen.txt"])


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Beste raad,</p><p>Welkom</p>", "Beste raad,\n\nWelkom"),
        ("<p class=MsoNormal>een</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>twee</p>", "een\n\ntwee"),
        ("<div>een</div><div>twee<br>drie<br><br>vier</div>", "een\ntwee\ndrie\n\nvier"),
        (
            "<ol><li>Opening<ul><li><p>welkom</p></li></ul></li><li>Verkeer</li></ol>",
            "1. Opening\n  - welkom\n2. Verkeer",
        ),
        ("<ol start=4><li>Rondvraag</ol>", "4. Rondvraag"),
        ("<table><tr><td><p>Datum</p><td>6 juli</table>", "Datum | 6 juli"),
        ("<table><tr><td>Wat<br>nu<td>ja</table>", "Wat\nnu\nja"),
        ('<a href="https://oosterdorp.example/agenda">agenda</a>', "agenda <https://oosterdorp.example/agenda>"),
        ('<a href="https://oosterdorp.example/">oosterdorp.example</a>', "oosterdorp.example"),
        ('<a href="mailto:raad@oosterdorp.example">mail ons</a>', "mail ons <raad@oosterdorp.example>"),
        ('<a href="javascript:x()">klik</a>', "klik"),
        ('<div style="DISPLAY : none">verborgen</div>zichtbaar', "zichtbaar"),
        ('<div style="font-size:0px">weg<span style="font-size:13px">wel</span></div>', "wel"),
        ('<span style="opacity:0">weg</span><span hidden>weg</span><span style="opacity:0.8">wel</span>', "wel"),
        ("<style>p{}</style><script>x</script><title>t</title>tekst<!-- weg -->", "tekst"),
        ("<blockquote type=cite>oud<br>ouder</blockquote>", "> oud\n> ouder"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("", ""),
    ],
)
def test_html_becomes_readable_text(markup: str, text: str) -> None:
    """Lists, tables and links are kept, what is hidden is left out."""
    assert text_of(markup) == text


def test_a_document_that_nests_without_bound_is_still_read() -> None:
    """A parser that is quadratic in the depth is not asked."""
    assert text_of("<div>" * 100_000 + "tekst").strip() == "tekst"


def test_flowed_lines_are_joined() -> None:
    """Soft breaks go, quote depths and signature stay apart (RFC 3676)."""
    text = "Dit is een \nregel.\n> oud \n> spul\n van een \n-- \nJo"
    assert unflowed(text, delete_space=False) == "Dit is een regel.\n> oud spul\nvan een \n-- \nJo"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Ja.\n\nOp ma 4 jul. 2022 om 10:12 schreef Jo <jo@oosterdorp.example\n>:\n\noud", "Ja."),
        ("Ja.\n\nOp 4 juli 2022 heeft Jo <jo@oosterdorp.example> het volgende geschreven:\n\n> oud", "Ja."),
        ("Ja.\n\nOn Mon, Jul 4, 2022 at 10:12 AM Jo wrote:\n> oud", "Ja."),
        (
            "Ja.\n\nVan: Jo <jo@x.example>\nVerzonden: maandag 4 juli 2022\nAan: Balie\nOnderwerp: Notulen\n\noud",
            "Ja.",
        ),
        ("Ja.\n________________________________\n*Van:* Jo\n*Datum:* maandag\n*Onderwerp:* Notulen\n\noud", "Ja."),
        ("Ja.\n\n-----Oorspronkelijk bericht-----\nVan: Jo\n\noud", "Ja."),
        ("> Komt u?\nJa.\n> Hoe laat?\nAcht uur.", "Ja.\nAcht uur."),
        ("Op 4 juli 2022 om 10:12 schreef Jo:\n> Komt u?\nJa.\n> Hoe laat?\nAcht uur.", "Ja.\nAcht uur."),
        ("Ja.\n\nMet vriendelijke groet,\nJo", "Ja.\n\nMet vriendelijke groet,\nJo"),
        ("Ja.\n-- \nJo\nDorpsraad Oosterdorp", "Ja."),
        ("Ja.\n\nVerstuurd vanaf mijn iPhone", "Ja."),
        ("Ja.\n\nOutlook voor Android downloaden", "Ja."),
        ("Op 3 mei schreef de gemeente:\nwij komen langs", "Op 3 mei schreef de gemeente:\nwij komen langs"),
        ("Van: de dorpsraad\n\nBeste ambassadeur", "Van: de dorpsraad\n\nBeste ambassadeur"),
        ("> alleen een citaat", "> alleen een citaat"),
        ("", ""),
    ],
)
def test_what_is_new_in_a_reply_is_found(text: str, new: str) -> None:
    """Quoted history and signature go, in the ways Dutch clients write them; a greeting stays."""
    assert new_text(text, "Re: Notulen") == new


def test_a_forwarded_mail_keeps_what_was_forwarded() -> None:
    """In a forward the old mail is the news."""
    text = "Ter info.\n\nVan: Jo\nVerzonden: maandag\nAan: Balie\nOnderwerp: Notulen\n\nBesluit: drempel"
    assert new_text(text, "FW: Notulen") == text


@given(st.text(), st.text(max_size=10))
def test_any_text_has_something_new(text: str, subject: str) -> None:
    """The new text is empty only if the text is."""
    assert bool(new_text(text, subject).strip()) == bool(text.strip())


TAGS = [
    "<p>", "<td>", "<tr>", "<table>", "</table>", "<ol>", "</ol>", "<li>", "<br>", "<pre>", "</a>", "\n", "w",
    "<blockquote type=cite>", "</blockquote>", '<a href="http://x.example">', "<div hidden>",
]  # fmt: skip


@given(st.lists(st.sampled_from(TAGS)))
def test_any_markup_has_a_text(pieces: list[str]) -> None:
    """Tags in any order never fail."""
    shown = text_of("".join(pieces)).count("w")
    assert shown == pieces.count("w") or (shown < pieces.count("w") and "<div hidden>" in pieces)

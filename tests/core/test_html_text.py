"""HTML as people see it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.html_text import text_of


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
        ("<style>#w .h{display:none}</style><div id=w><p class=h>weg</p></div>wel", "wel"),
        ("<style>u, p.x{display:none}</style><u>weg</u><p class='x y'>weg</p>wel", "wel"),
        ("<style>@media all{.h{visibility:hidden}}</style><p class=h>weg</p>wel", "wel"),
        ("<style>@media (max-width:600px){.h{display:none}}</style><p class=h>wel</p>", "wel"),
        ("<style>.h{display:none} p{display:block}</style><p class=h>weg</p>wel", "wel"),
        ("<style>.h{display:none} p.h{display:block}</style><p class=h>wel</p>", "wel"),
        ("<style>.h{display:none}</style><p class=h style='display:block'>wel</p>", "wel"),
        ("<style>.h{display:none!important}</style><p class=h style='display:block'>weg</p>wel", "wel"),
        ("<style>.h{font-size:0}</style><p class=h>weg<span style='font-size:12px'>wel</span></p>", "wel"),
        ("<style>}{ p::before, a:hover, ..x{display:none} .h{display:none}</style><p>wel</p>", "wel"),
        ("<span style='font-size:1px'>weg</span><span style='font:0/0 a'>weg</span>wel", "wel"),
        ("<p style='font:12px/14px Arial'>een</p><p style='font-size:0.9em'>twee</p>", "een\n\ntwee"),
        ("<p style='display:\\6e one'>weg</p>wel", "wel"),
        ("<div style='opacity:.01'>weg</div>wel", "wel"),
        ("<span style='color:#fff'>weg</span><font color='#FFFFFE'>weg</font>wel", "wel"),
        ("<table bgcolor=#003366><tr><td><font color=white>wel</font></td></tr></table>", "wel"),
        ("<div style='background:#036'><b style='color:white'>wel</b></div>", "wel"),
        ("<div style='color:rgb(255, 255, 255)'>donker<p>scherm</p></div>", "donker\n\nscherm"),
        ("<style>.k{background:#036}</style><div class=k><b style='color:white'>wel</b></div>", "wel"),
        ("<div style='background:#036'><p style='background:#fff'><b style='color:#fff'>weg</b>wel</p></div>", "wel"),
        ("", ""),
    ],
)
def test_html_becomes_readable_text(markup: str, text: str) -> None:
    """Lists, tables and links are kept, what is hidden is left out."""
    assert text_of(markup) == text


def test_a_document_that_nests_without_bound_is_still_read() -> None:
    """A parser that is quadratic in the depth is not asked."""
    assert text_of("<div>" * 100_000 + "tekst").strip() == "tekst"


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none !important">weg</div>',
        '<div style="/* x */ Display: NONE">weg</div>',
        '<div style="visibility:hidden">weg</div>',
        '<div style="mso-hide:all">weg</div>',
        '<div style="max-height:0;max-width:0">weg</div>',
        '<div style="height:0px;overflow:hidden">weg</div>',
        '<div style="position:absolute;left:-9999px">weg</div>',
        '<div style="text-indent:-5000px">weg</div>',
        '<div style="clip:rect(0,0,0,0)">weg</div>',
        '<div style="color:transparent">weg</div>',
        '<div style="color:#fff;background-color:#FFFFFF">weg</div>',
        '<div style="background:white;color:rgb(255, 255, 255)">weg</div>',
        "<div hidden>weg</div>",
        "<template>weg</template>",
        "<!--[if mso]><p>weg</p><![endif]-->",
        "<style>.voor, p.x { display: none }</style><p class='a voor'>weg</p><p class=x>weg</p>",
        "<style>@import url(x); #voor{font-size:1px;max-height:0}</style><p id=voor>weg</p>",
        '<img src="https://x.example/t.gif" width="1" height="1" alt="weg">',
        '<img src="logo.png" alt="logo.png">',
    ],
)
def test_what_no_reader_sees_is_left_out(hidden: str) -> None:
    """Preview lines, trackers and words for machines only are no part of the text."""
    assert text_of(f"{hidden}<p>wel</p>") == "wel"


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="color:#fff;background-color:#004488">wel</div>',
        '<div style="position:absolute;left:-5px">wel</div>',
        '<div style="display:block;max-height:10px">wel</div>',
        "<style>@media (max-width:600px){.smal{display:none}}</style><p class=smal>wel</p>",
        "<style>.voor{display:none}</style><p class=voor style='display:block'>wel</p>",
        "<![if !mso]><p>wel</p><![endif]>",
    ],
)
def test_what_a_reader_sees_stays(shown: str) -> None:
    """Coloured boxes, moved boxes and what is hidden on small screens only are seen."""
    assert text_of(shown) == "wel"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('<p>Zie <img src="k.png" alt="Kaart van het dorp"></p>', "Zie [Kaart van het dorp]"),
        ("<ol><li>een<li>twee<ol><li>drie</ol></ol>", "1. een\n2. twee\n  1. drie"),
        ("<table><tr><th>Datum<th>Zaal<tr><td>6 juli<td>Dorpshuis</table>", "Datum | Zaal\n6 juli | Dorpshuis"),
        (
            "<blockquote class=gmail_quote>een<blockquote type=cite>twee</blockquote></blockquote>",
            "> een\n>\n> > twee\n>",
        ),
        ("<blockquote>ingesprongen</blockquote>", "ingesprongen"),
        (
            '<a href="https://x.example/?utm_source=a">https://x.example/?utm_source=a</a>',
            "https://x.example/?utm_source=a",
        ),
    ],
)
def test_the_shape_of_a_text_survives(markup: str, text: str) -> None:
    """Pictures say what they show, lists keep their numbers, tables their cells, quotations their marks."""
    assert text_of(markup) == text


def test_marks_do_not_grow_without_bound() -> None:
    """Quotations and lists are marked ten deep, or a small mail would become a large text."""
    assert text_of("<blockquote type=cite>" * 500 + "oud").startswith("> " * 10 + "oud")
    assert text_of("<ul><li>" * 300 + "punt") == "  " * 9 + "- punt"


TAGS = [
    "<p>", "<td>", "<tr>", "<table>", "</table>", "<ol>", "</ol>", "<li>", "<br>", "<pre>", "</a>", "\n", "w",
    "<blockquote type=cite>", "</blockquote>", '<a href="http://x.example">', "<div hidden>",
]  # fmt: skip


@given(st.lists(st.sampled_from(TAGS)))
def test_any_markup_has_a_text(pieces: list[str]) -> None:
    """Tags in any order never fail."""
    shown = text_of("".join(pieces)).count("w")
    assert shown == pieces.count("w") or (shown < pieces.count("w") and "<div hidden>" in pieces)


@given(
    st.text()
    | st.lists(st.sampled_from([*TAGS, "<style>", "</style>", "{", "}", "@", "/*", "<img alt='", "'>", "\ud800"])).map(
        "".join
    )
)
def test_any_text_is_markup(markup: str) -> None:
    """Nothing fails, and no text is longer than a few times its markup."""
    assert len(text_of(markup)) <= 20 * len(markup) + 100

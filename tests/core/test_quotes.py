"""What is new in a mail, told from what it quotes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.html_text import text_of
from mailrouter.core.reading.quotes import new_text

ANSWER = "Ja, dat is goed.\n\nGroet, Jo"


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


HISTORY = [
    "Op ma 5 sep 2022 om 10:12 schreef Balie <balie@gemeente.example>:\n\n> oud\n>\n> ouder",
    "Op ma 5 sep. 2022 om 10:12 schreef Balie <\nbalie@gemeente.example>:\n\n> oud",
    "Op 5 sep. 2022 om 10:12 heeft Balie <balie@gemeente.example> het volgende geschreven:\n\n> oud",
    "Op 5 sep. 2022 om 10:12 heeft Balie <balie@gemeente.example> het volgende geschreven:\n\noud",
    "Op 05-09-2022 om 10:12 schreef Balie:\n> oud",
    "Op maandag 5 september 2022 om 10:12:12 CEST schreef Balie <balie@gemeente.example>:\n\noud",
    "Balie schreef op 2022-09-05 10:12:\n> oud",
    "Balie <balie@gemeente.example> schreef op 5 september 2022 10:12:\n\noud",
    "On Mon, Sep 5, 2022 at 10:12 AM Balie <balie@gemeente.example> wrote:\n\n> oud",
    "Van: Balie <balie@gemeente.example>\nVerzonden: maandag 5 september 2022 10:12\nAan: Jo\nOnderwerp: Plein\n\noud",
    "Van: Balie\nVerzonden: maandag 5 september 2022 10:12\nAan: Jo\nCC: Piet\nOnderwerp: Plein\n\noud",
    "*Van:* Balie\n*Verzonden:* maandag 5 september 2022 10:12\n*Aan:* Jo\n*Onderwerp:* Plein\n\noud",
    "________________________________\nVan: Balie\nDatum: maandag\nAan: Jo\nOnderwerp: Plein\n\noud",
    "From: Balie <balie@gemeente.example>\nSent: Monday, September 5, 2022 10:12 AM\nTo: Jo\nSubject: Plein\n\noud",
    "Van: Balie Verzonden: maandag 5 september 2022 10:12 Aan: Jo Onderwerp: Plein\n\noud",
    "-----Oorspronkelijk bericht-----\nVan: Balie\n\noud",
    "-------- Oorspronkelijk bericht --------\nVan: Balie\nDatum: 05-09-22 10:12 (GMT+01:00)\nOnderwerp: Plein\n\noud",
    "-------- Origineel bericht --------Van: Balie <balie@gemeente.example> Datum: 05-09-22 Onderwerp: Plein \noud",
    "-----Oorspronkelijke afspraak-----\nVan: Balie\n\noud",
]
ADVERTISEMENTS = [
    "Verstuurd vanaf mijn iPhone",
    "Verstuurd vanaf mijn iPad",
    "Verstuurd vanaf mijn Samsung Galaxy-smartphone.",
    "Verzonden vanaf mijn Galaxy",
    "Verzonden met Proton Mail beveiligde e-mail.",
    "Verzonden via Ziggo Webmail",
    "Verzonden via KPN webmail",
    "Verzonden vanuit Outlook voor Android<https://aka.ms/AAb9ysg>",
    "Verzonden vanuit Mail voor Windows",
    "Outlook voor iOS downloaden<https://aka.ms/o0ukef>",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent from my iPhone",
]


@pytest.mark.parametrize("history", HISTORY)
def test_every_client_announces_history_in_its_own_way(history: str) -> None:
    """Gmail, Apple Mail, Outlook, Thunderbird, Yahoo, Samsung and Roundcube; also below a phone's advertisement."""
    assert new_text(f"{ANSWER}\n\n{history}", "Re: Plein") == ANSWER
    assert new_text(f"{ANSWER}\n\n{ADVERTISEMENTS[0]}\n\n{history}", "Re: Plein") == ANSWER


@pytest.mark.parametrize("advertisement", ADVERTISEMENTS)
def test_the_advertisement_of_a_phone_or_client_goes(advertisement: str) -> None:
    """It says nothing about the village."""
    assert new_text(f"{ANSWER}\n\n{advertisement}\n", "Plein") == ANSWER


@pytest.mark.parametrize(
    "doubtful",
    [
        "Van: Dorpsraad\nAan: het college\nDatum: 5 juli 2022\nOnderwerp: klacht\n\nWij klagen over het plein.",
        "Op 5 mei schreef de gemeente:\nwij komen langs",
        "Op 4 juli 2022 besloten wij het volgende:\n- een drempel",
        "De wethouder schreef op 5 mei aan ons:\nwij komen langs",
        "Verzonden met spoed",
        "Gestuurd door de dorpsraad",
        "Met vriendelijke groet,\nJo de Wit\nsecretaris dorpsraad Oosterdorp",
        "Dit bericht is alleen voor u bestemd.",
    ],
)
def test_in_doubt_a_text_stays_whole(doubtful: str) -> None:
    """What a person may have written is not cut."""
    assert new_text(f"Beste raad,\n\n{doubtful}", "Re: Plein") == f"Beste raad,\n\n{doubtful}"


HTML = [
    '<div dir="ltr">{0}</div><div class="gmail_quote"><div class="gmail_attr">Op ma 5 sep 2022 om 10:12 schreef Balie '
    '&lt;<a href="mailto:balie@gemeente.example">balie@gemeente.example</a>&gt;:<br></div>'
    '<blockquote class="gmail_quote"><div>oud</div><div>ouder</div></blockquote></div>',
    '<p>{0}</p><div class="moz-cite-prefix">Op 05-09-2022 om 10:12 schreef Balie:<br></div>'
    '<blockquote type="cite"><p>oud</p></blockquote>',
    '<div>{0}</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Van:</b> Balie &lt;b@gemeente.example'
    "&gt;<br><b>Verzonden:</b> maandag 5 september 2022 10:12<br><b>Aan:</b> Jo<br><b>Onderwerp:</b> Plein</div>oud",
    '<p class="MsoNormal">{0}<o:p></o:p></p><div style="border-top:solid 1.0pt"><p class="MsoNormal"><b>Van:</b> '
    "Balie &lt;balie@gemeente.example&gt; <br><b>Verzonden:</b> maandag 5 september 2022 10:12<br><b>Aan:</b> Jo<br>"
    '<b>Onderwerp:</b> Plein<o:p></o:p></p></div><p class="MsoNormal">oud</p>',
    '<div>{0}</div><div><br><blockquote type="cite"><div>Op 5 sep. 2022 om 10:12 heeft Balie het volgende geschreven:'
    "</div><br><div>oud</div></blockquote></div>",
    '<p>{0}</p><p id="reply-intro">Jo schreef op 2022-09-05 10:12:</p><blockquote type="cite"><p>oud</p></blockquote>',
]


@pytest.mark.parametrize("markup", HTML)
def test_a_quotation_in_html_is_told_by_the_same_marks(markup: str) -> None:
    """As Gmail, Thunderbird, Outlook on the web, Outlook, Apple Mail and Roundcube write it."""
    assert new_text(text_of(markup.format("Ja, dat is goed.")), "Re: Plein") == "Ja, dat is goed."


def test_the_answers_between_quotes_stay() -> None:
    """Also below all that is quoted, and in a mail of very many lines."""
    text = "Op 4 juli 2022 om 10:12 schreef Jo:\n> Komt u?\nJa.\n> Hoe laat?\nAcht uur.\n\nGroet, Piet"
    assert new_text(text, "Re: Plein") == "Ja.\nAcht uur.\n\nGroet, Piet"
    assert new_text("regel\n" * 30_000 + "slot", "Re: Plein").endswith("slot")


def test_lines_as_long_as_a_mail_below_many_headers_are_read_at_once() -> None:
    """A fuzzer's finding: what is asked of a line must not begin anew at each of its characters."""
    text = "Van: x\nAan: y\n" * 700 + "Van: Jo\nAan: y\nDatum: " + "1-1-11 " * 200_000
    assert new_text(text, "Re: Plein") == text.strip("\n")

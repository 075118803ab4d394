"""Bad inputs 80 to 85 and 95 to 97: mail that claims to be what it is not, and mail that could be from anyone."""

from mailrouter.core.identity import letter_id, token
from tests.catalogue.case import BadInput
from tests.catalogue.making import DATE, OUR_SERVER, SHARED, VILLAGE, mail
from tests.catalogue.town import KEY

_NEUTRAL = "Controleer of deze mail echt van de dorpsraad komt voordat u antwoordt"
OURS = letter_id(KEY.encode(), "83" * 32, "hagedoorn@gemeente.example", "1")
"""The id of a letter of ours, as 83 names it."""
_OUR_TOKEN = token(KEY.encode(), OURS)
_FORGED = "0123456789abcdef0123456789abcdef.0123456789abcdef"
_FOREIGN_HOP = f"Received: from kwaad.example by mail.kwaad.example; {DATE}\r\n"
_FORWARDED = """Zie hieronder, graag jullie reactie.

Groet, de secretaris

-----Oorspronkelijk bericht-----
Van: Piet de Boer <piet@elders.example>
Verzonden: vrijdag 11 september 2026 20:15
Aan: Dorpsraad Oosterdorp <secretaris@dorpsraad-oosterdorp.example>
Onderwerp: FW: Bankje

Van: Klaas Visser <klaas@verder.example>
Verzonden: donderdag 10 september 2026 09:00
Onderwerp: Bankje

Het bankje bij de vijver is stuk.
""".replace("\n", "\r\n")

FOOLED = (
    BadInput(
        80,
        "forged Authentication-Results",
        mail(
            80,
            more=f"Received: from kwaad.example by {OUR_SERVER}; {DATE}\r\n{_FOREIGN_HOP}"
            f"Authentication-Results: {OUR_SERVER}; dmarc=pass header.from={VILLAGE}\r\n",
        ),
        "forward",
        "ignored: a sender wrote it; the letter asks to check the sender, and answers go to the shared address",
        told={"authentic": "none"},
        text=(_NEUTRAL,),
        answers=SHARED,
    ),
    BadInput(
        81,
        "forged marks of a loop",
        mail(81, more=f"X-Mailrouter-Loop: {SHARED}\r\nX-Mailrouter-Letter: {_FORGED}\r\nAuto-Submitted: no\r\n"),
        "forward",
        "ignored: whoever forges them could hide a mail",
    ),
    BadInput(
        82,
        "forged receipt",
        mail(
            82,
            fields={
                "From": f"gemeente Voorbeeld <{SHARED}>",
                "To": "bewijs@gemeente.example",
                "Message-ID": f"<{_FORGED}@gemeente.example>",
                "Auto-Submitted": "auto-generated",
            },
            more=f"X-Mailrouter-Letter: {_FORGED}\r\nReferences: <{_FORGED}@gemeente.example>\r\n",
        ),
        "file",
        "proves nothing: its id was not made with our key; filed, because it calls itself ours",
        told={"automatic": "loop"},
    ),
    BadInput(
        83,
        "letter of ours that an official's mailbox sends back",
        mail(
            83,
            fields={"From": "Hans Hagedoorn <hagedoorn@gemeente.example>", "Auto-Submitted": "auto-forwarded"},
            more=f"References: <vraag@{VILLAGE}> <{_OUR_TOKEN}@gemeente.example>\r\n",
        ),
        "file",
        "as a loop; it never travels on",
        told={"automatic": "loop"},
    ),
    BadInput(
        84,
        "more than 50 Received fields",
        mail(84, more=f"Received: from a.{VILLAGE} by b.{VILLAGE}; {DATE}\r\n" * 51),
        "file",
        "as a loop; a letter to the desk could go round as well",
        told={"automatic": "loop"},
    ),
    BadInput(
        85,
        "Reply-To at another domain",
        mail(85, fields={"Reply-To": "Dorpsraad <dorpsraad@kwaad.example>"}),
        "desk",
        "an answer would go to somebody else; the reason says to whom",
        says=("kwaad.example",),
    ),
    BadInput(
        95,
        "two villages named, sender unknown",
        mail(
            95,
            "Namens de bewoners van Oosterdorp en van Westerdorp.",
            {"From": "Jan <jan@elders.example>", "Subject": "Fietspad tussen Oosterdorp en Westerdorp"},
        ),
        "desk",
        "with both as a suggestion",
        says=("Oosterdorp", "Westerdorp"),
    ),
    BadInput(
        96,
        "no village named, sender unknown",
        mail(96, fields={"From": "Jan <jan@elders.example>"}),
        "desk",
        "nobody can be found for it",
        told={"village": None},
    ),
    BadInput(
        97,
        "forward of a forward",
        mail(97, _FORWARDED, {"Subject": "FW: FW: Bankje"}),
        "forward",
        "by who sent it to us; `explain` names the sender inside as a hint",
        mail={"from": f"secretaris@{VILLAGE}", "forwarded_from": "piet@elders.example"},
        text=("Het bankje bij de vijver is stuk.",),
    ),
)

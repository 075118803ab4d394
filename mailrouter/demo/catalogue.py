"""The catalogue of the demo's mails: who sent what, with which program, and what should become of it.

One of each sort that a shared mailbox gets, from the seven villages of the worked example. The text of an entry is
`samples/<name>.txt` (or .html; with .ics a meeting request goes along); `samples/<name>.eml` is a mail that no program
would write, kept whole.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from mailrouter.demo.mailprograms import EXCHANGE, OUTLOOK, PHONE, THUNDERBIRD, WEBMAIL, Program

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class Expect:
    """What should become of a sample. `officials` are keys of officials.yaml; for the desk `village` is its suggestion.

    A duplicate is known only to who saw the first: alone (`explain`) it is read as its original.
    """

    outcome: Literal["forward", "desk", "file"]
    village: str | None = None
    kind: str | None = None
    officials: frozenset[str] = frozenset()
    automatic: str | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A sample before it is written: hours after the reference moment, and how it comes about."""

    name: str
    about: str
    hours: float
    expect: Expect
    sender: str = ""
    subject: str = ""
    program: Program = THUNDERBIRD
    files: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


def _forward(village: str, kind: str, *officials: str) -> Expect:
    return Expect("forward", village, kind, frozenset(officials))


_KLAVERLAND: Final = ("wethouder-klaverland", "bestuurssecretariaat")
"""An alderman whose secretariat gets a copy of everything."""

_JANNIE: Final = "Dorpsraad Oosterdorp <secretaris@dorpsraad-oosterdorp.example>"
_KEES: Final = "Kees van Vliet <secretaris@dorpsbelangen-westerdorp.example>"
_INEKE: Final = "Ineke Bos <ineke@dorpsraad-noorderveen.example>"
_ANNELIES: Final = "Annelies de Wit <voorzitter.zuiderbroek@postvak.example>"
_RACHID: Final = "Rachid Bouazza <secretaris@wijkraad-middelwijk.example>"
_MARGA: Final = "Marga Smulders <info@dorpsraad-heidekamp.example>"
_BRAM: Final = "Bram Kuiper <bram.kuiper@dorpenplatform-waterlanden.example>"

CATALOGUE: Final[tuple[Entry, ...]] = (
    Entry(
        "minutes-pdf",
        "Minutes as a PDF, with a few words around it",
        0,
        _forward("oosterdorp", "minutes", "wethouder-oeverman", "gebied-oost"),
        _JANNIE,
        "Notulen 8 september",
        files=(("notulen-oosterdorp.pdf", "application/pdf"),),
    ),
    Entry(
        "minutes-docx",
        "Minutes as a Word document, from Outlook",
        0.4,
        _forward("westerdorp", "minutes", *_KLAVERLAND, "gebied-west"),
        _KEES,
        "Verslag openbare vergadering",
        OUTLOOK,
        files=(("verslag-westerdorp.docx", DOCX),),
    ),
    Entry(
        "invitation-calendar",
        "An invitation with a calendar part, as Outlook sends a meeting request",
        1.3,
        _forward("middelwijk", "invitation", "wethouder-oeverman", "gebied-oost"),
        _RACHID,
        "Uitnodiging wijkschouw Middelwijk",
        OUTLOOK,
    ),
    Entry(
        "bounce",
        "A bounce: something the desk had sent could not be delivered",
        2,
        Expect("file", automatic="bounce"),
    ),
    Entry(
        "invitation-prose",
        "An invitation as a letter: date, time and place stand in a sentence",
        3.1,
        _forward("zuiderbroek", "invitation", "wethouder-veldzicht", "gebied-west"),
        _ANNELIES,
        "Uitnodiging startavond dorpsplan 24 september",
        WEBMAIL,
    ),
    Entry(
        "duplicate",
        "The same invitation once more, through another address and encoded otherwise",
        3.2,
        Expect("file", "zuiderbroek", "invitation", duplicate_of="invitation-prose"),
        program=EXCHANGE,
    ),
    Entry(
        "newsletter",
        "A newsletter from a mailing list",
        4.5,
        Expect("file", automatic="list"),
        "Vitale Dorpen <nieuwsbrief@vitaledorpen.example>",
        "Nieuwsbrief september: subsidie voor dorpshuizen",
        OUTLOOK,
        headers={
            "List-Id": "Nieuwsbrief Vitale Dorpen <nieuws.vitaledorpen.example>",
            "List-Unsubscribe": "<https://nieuwsbrief.vitaledorpen.example/afmelden?id=4711>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Precedence": "bulk",
        },
    ),
    Entry(
        "complaint-traffic",
        "A complaint: the alderman and the department for traffic get it too",
        6,
        _forward("oosterdorp", "complaint", "wethouder-oeverman", "wethouder-veldzicht", "team-verkeer"),
        _JANNIE,
        "Klacht vrachtverkeer Dorpsstraat",
    ),
    Entry(
        "minutes-body",
        "Long minutes in the mail itself, with decisions, actions and the next meeting",
        10.5,
        _forward("noorderveen", "minutes", "wethouder-bronkhof", "gebied-noord"),
        _INEKE,
        "verslag woensdag",
    ),
    Entry(
        "read-receipt",
        "A read receipt of a mail the desk had sent",
        23.5,
        Expect("file", automatic="read-receipt"),
    ),
    Entry(
        "meeting-cancelled",
        "A meeting that is called off",
        24,
        _forward("waterlanden", "invitation", "wethouder-bronkhof", "gebied-noord"),
        _BRAM,
        "Vergadering 16 september gaat niet door",
        WEBMAIL,
    ),
    Entry(
        "idea-orchard",
        "An idea, with a question to the municipality",
        25,
        _forward("westerdorp", "idea", "gebied-west", *_KLAVERLAND, "team-groen"),
        _KEES,
        "Idee: pluktuin aan de Lindelaan",
        OUTLOOK,
    ),
    Entry(
        "unknown-address",
        "A secretary who writes from an address that is not listed: the desk gets it, with the village suggested",
        26,
        Expect("desk", "noorderveen"),
        "Ineke Bos <inekebos57@postvak.example>",
        "leuning brug kapot",
        PHONE,
    ),
    Entry(
        "unknown-sender",
        "Somebody who has nothing to do with any village: the desk",
        28,
        Expect("desk"),
        "Lampe Feestverlichting <verkoop@lampe-feestverlichting.example>",
        "Kennismaking",
        OUTLOOK,
    ),
    Entry(
        "invitation-no-year",
        "An invitation without a year, at half acht",
        33,
        _forward("heidekamp", "invitation", *_KLAVERLAND, "gebied-noord"),
        _MARGA,
        "Dorpsraad 1 oktober",
        PHONE,
    ),
    Entry(
        "out-of-office",
        "An out-of-office reply",
        33.1,
        Expect("file", automatic="auto-reply"),
        "Wim Dekker <penningmeester@dorpsraad-noorderveen.example>",
        "Automatisch antwoord: ontvangst verslag",
        OUTLOOK,
        headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
    ),
    Entry(
        "project-hall",
        "News of a project: to the alderman who holds the portfolio",
        47,
        _forward("middelwijk", "project", "wethouder-bronkhof", "gebied-oost", "team-jeugd-en-sport"),
        _RACHID,
        "Voortgang project sporthal De Spil",
        OUTLOOK,
    ),
    Entry(
        "phone-html",
        "A reply typed on a phone: HTML only, with a quoted mail that speaks of minutes and an invitation",
        49,
        _forward("waterlanden", "complaint", "wethouder-bronkhof", *_KLAVERLAND, "team-groen"),
        _BRAM,
        "Re: Melding wateroverlast Polderstraat",
        PHONE,
        headers={"In-Reply-To": "<5be1c0d2@gemeente.example>", "References": "<5be1c0d2@gemeente.example>"},
    ),
    Entry(
        "forged-name",
        "A council's name before a stranger's address: the desk",
        50,
        Expect("desk", "oosterdorp"),
        '"Dorpsraad Oosterdorp secretaris@dorpsraad-oosterdorp.example" <betaling@snelbericht.example>',
        "Nieuw rekeningnummer Dorpsraad Oosterdorp",
        WEBMAIL,
    ),
    Entry(
        "no-sender",
        "A mail without a sender, in a character set that does not exist: the desk",
        53,
        Expect("desk"),
    ),
    Entry(
        "broken",
        "A broken mail: wrong character set, damaged photo, cut off before its end",
        71,
        _forward("zuiderbroek", "complaint", "wethouder-veldzicht", *_KLAVERLAND, "team-afval"),
    ),
    Entry(
        "minutes-and-invitation",
        "Minutes as a PDF, and an invitation to the next meeting in the mail",
        73,
        _forward("waterlanden", "minutes", "wethouder-bronkhof", "gebied-noord"),
        _BRAM,
        "Notulen en volgende vergadering",
        files=(("verslag-waterlanden.pdf", "application/pdf"),),
    ),
    Entry(
        "idea-large-drawing",
        "An idea with a drawing of 10 MB",
        75,
        _forward("heidekamp", "idea", "gebied-noord", *_KLAVERLAND, "team-jeugd-en-sport"),
        _MARGA,
        "Idee voor de speeltuin",
        files=(("tekening speeltuin groep 7.png", "image/png"),),
    ),
    Entry(
        "other-board",
        "An announcement that fits no kind: to the area manager",
        97,
        _forward("zuiderbroek", "other", "gebied-west"),
        "Tom Aalders <dorpsvereniging.zuiderbroek@postvak.example>",
        "Wijziging bestuur",
        WEBMAIL,
    ),
)

"""A year of mail of seven villages, 1 September 2025 to 31 August 2026, and by hand who must get it.

The table below is kept by the test: who acts in a role from which day on, absences, successors and vacancies worked out
on paper from the story told beside it. Nothing in it asks the product.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from zoneinfo import ZoneInfo

FIRST, LAST = date(2025, 9, 1), date(2026, 8, 31)
END = datetime(2026, 8, 31, 12, tzinfo=ZoneInfo("Europe/Amsterdam"))

SETTINGS = {"municipality": {"officials": {"registry": "registratie"}}}
"""The colleges are those of the worked example: the second one begins on 1 July 2026."""

VILLAGES = """\
oosterdorp:
  name: Oosterdorp
  senders: ["@dorpsraad-oosterdorp.example"]
  officials:
    ambassador: [{official: veldzicht, college: "2022-2026"}, {official: oeverman, college: "2026-2030"}]
    area_manager: hagedoorn
westerdorp:
  name: Westerdorp
  senders: ["@dorpsbelangen-westerdorp.example"]
  officials:
    ambassador: klaverland
    area_manager: rietveen
noorderveen:
  name: Noorderveen
  senders: ["@dorpsraad-noorderveen.example"]
  officials:
    ambassador: bronkhof
    area_manager:
      - {official: sluiswacht, until: 2026-03-31}
      - {official: terpstra, from: 2026-05-01}
zuiderbroek:
  name: Zuiderbroek
  senders: [dorpsvereniging.zuiderbroek@postvak.example]
  officials:
    ambassador: [{official: veldzicht, college: "2022-2026"}, {official: doorn, college: "2026-2030"}]
    area_manager: rietveen
middelwijk:
  name: Middelwijk
  senders: ["@wijkraad-middelwijk.example"]
  officials:
    ambassador: oeverman
    area_manager: hagedoorn
heidekamp:
  name: Heidekamp
  senders: ["@dorpsraad-heidekamp.example"]
  officials:
    ambassador: klaverland
    area_manager: sluiswacht
waterlanden:
  name: Waterlanden
  senders: ["@dorpenplatform-waterlanden.example"]
  officials:
    ambassador: bronkhof
    area_manager: hagedoorn
"""

OFFICIALS = """\
veldzicht:
  name: mevrouw Van Veldzicht
  email: veldzicht@gemeente.example
  copy_to: [{official: kabinet, kinds: [invitation]}]
  absences:
    - {from: 2026-02-21, until: 2026-03-01, substitute: oeverman, copy: true}
oeverman:
  name: de heer Oeverman
  email: oeverman@gemeente.example
klaverland:
  name: mevrouw Klaverland
  email: klaverland@gemeente.example
  copy_to: [secretariaat]
bronkhof:
  name: de heer Bronkhof
  email: bronkhof@gemeente.example
  until: 2026-06-30
  successor: lindeboom
lindeboom:
  name: mevrouw Lindeboom
  email: lindeboom@gemeente.example
  from: 2026-07-01
doorn:
  name: de heer Doorn
  email: doorn@gemeente.example
hagedoorn:
  name: de heer Hagedoorn
  email: hagedoorn@gemeente.example
  absences:
    - {from: 2026-08-01, until: 2026-08-16, substitute: sluiswacht}
rietveen:
  name: mevrouw Rietveen
  email: rietveen@gemeente.example
  absences:
    - {from: 2026-07-20, until: 2026-08-09, substitute: hagedoorn}
sluiswacht:
  name: mevrouw Sluiswacht
  email: sluiswacht@gemeente.example
terpstra:
  name: de heer Terpstra
  email: terpstra@gemeente.example
secretariaat: {name: het secretariaat, email: secretariaat@gemeente.example}
kabinet: {name: het kabinet, email: kabinet@gemeente.example}
registratie: {name: team Registratie, email: registratie@gemeente.example}
verkeer: {name: team Verkeer, email: verkeer@gemeente.example}
groen: {name: team Groen, email: groen@gemeente.example}
jeugd: {name: team Jeugd, email: jeugd@gemeente.example}
"""

TOPICS = """\
verkeer:
  title: Verkeer
  words: [verkeer, kruising, drempel*]
  phrases: [te hard gereden]
  patterns: ['\\b(30|50) ?km']
  portfolio_holder: [{official: veldzicht, college: "2022-2026"}, {official: oeverman, college: "2026-2030"}]
  department: verkeer
groen:
  title: Groen
  words: [bomen, plantsoen, "*wilgen"]
  portfolio_holder: klaverland
  department: groen
jeugd:
  title: Jeugd
  words: [speeltuin, trapveldje]
  portfolio_holder: bronkhof
  department: jeugd
"""

Row = tuple[tuple[str, str], ...]
"""(from which day on, who acts: names; "~" before a copy, "" for nobody), from 1 September 2025 on."""

_VELDZICHT_AWAY: Row = (("2025-09-01", "veldzicht"), ("2026-02-21", "oeverman ~veldzicht"), ("2026-03-02", "veldzicht"))
_HAGEDOORN: Row = (("2025-09-01", "hagedoorn"), ("2026-08-01", "sluiswacht"), ("2026-08-17", "hagedoorn"))
_RIETVEEN: Row = (
    ("2025-09-01", "rietveen"),
    ("2026-07-20", "hagedoorn"),
    ("2026-08-01", "sluiswacht"),  # who stands in for her substitute, who is away too
    ("2026-08-10", "rietveen"),
)
_BRONKHOF: Row = (("2025-09-01", "bronkhof"), ("2026-07-01", "lindeboom"))
_ALWAYS_KLAVERLAND: Row = (("2025-09-01", "klaverland"),)

AMBASSADOR: dict[str, Row] = {
    "oosterdorp": (*_VELDZICHT_AWAY, ("2026-07-01", "oeverman")),
    "westerdorp": _ALWAYS_KLAVERLAND,
    "noorderveen": _BRONKHOF,
    "zuiderbroek": (*_VELDZICHT_AWAY, ("2026-07-01", "doorn")),
    "middelwijk": (("2025-09-01", "oeverman"),),
    "heidekamp": _ALWAYS_KLAVERLAND,
    "waterlanden": _BRONKHOF,
}
AREA_MANAGER: dict[str, Row] = {
    "oosterdorp": _HAGEDOORN,
    "westerdorp": _RIETVEEN,
    "noorderveen": (("2025-09-01", "sluiswacht"), ("2026-04-01", ""), ("2026-05-01", "terpstra")),
    "zuiderbroek": _RIETVEEN,
    "middelwijk": _HAGEDOORN,
    "heidekamp": (("2025-09-01", "sluiswacht"),),
    "waterlanden": _HAGEDOORN,
}
PORTFOLIO: dict[str, Row] = {
    "verkeer": (*_VELDZICHT_AWAY, ("2026-07-01", "oeverman")),
    "groen": _ALWAYS_KLAVERLAND,
    "jeugd": _BRONKHOF,
}
SENDER = {
    "oosterdorp": "secretaris@dorpsraad-oosterdorp.example",
    "westerdorp": "info@dorpsbelangen-westerdorp.example",
    "noorderveen": "ineke@dorpsraad-noorderveen.example",
    "zuiderbroek": "dorpsvereniging.zuiderbroek@postvak.example",
    "middelwijk": "secretaris@wijkraad-middelwijk.example",
    "heidekamp": "voorzitter@dorpsraad-heidekamp.example",
    "waterlanden": "bram@dorpenplatform-waterlanden.example",
}
DESK = "balie"


@dataclass(frozen=True)
class Mail:
    """A mail of the year: from whom, on which day, and what it is about. `village` "": from nobody we know."""

    day: date
    village: str
    kind: str
    topic: str = ""
    formal: bool = False
    sender: str = ""
    cc: str = ""
    decided: str = ""
    """The village for which the desk decides, by mail, that this is."""
    how: str = ""
    """ "tap": by a button of its letter · "reply": by hand · "elsewhere": by somebody who is not the desk."""

    @property
    def id(self) -> str:
        """Its Message-ID."""
        return f"<{self.day}.{self.village or 'iemand'}.{self.kind}.{self.topic}{'.f' * self.formal}@year.example>"

    @property
    def received(self) -> datetime:
        """The moment it came in: a quarter of an hour after the day began here, or before it ended."""
        clock = time(0, 15) if self.day.day % 2 else time(23, 45)
        return datetime.combine(self.day, clock, ZoneInfo("Europe/Amsterdam"))


def recipients(mail: Mail) -> set[str]:
    """Who must get a mail, by the table."""
    people = set(_desk() if not mail.village else _council(mail))
    if mail.decided and mail.how != "elsewhere":
        people |= _council(replace(mail, village=mail.decided))
    if mail.formal:
        people.add("registratie")
    return {f"{name}@gemeente.example" for name in people}


def _desk() -> list[str]:
    return [DESK]


def _council(mail: Mail) -> set[str]:
    ambassador, manager = acting(AMBASSADOR[mail.village], mail.day), acting(AREA_MANAGER[mail.village], mail.day)
    portfolio = acting(PORTFOLIO[mail.topic], mail.day) if mail.topic else manager
    department = [mail.topic] if mail.topic else []
    people = {
        "minutes": [*ambassador, *manager],
        "invitation": [*ambassador, *manager],
        "complaint": [*ambassador, *portfolio, *department],
        "project": [*portfolio, *manager, *department],
        "idea": [*manager, *ambassador, *department],
        "other": manager,
    }[mail.kind]
    copies = {"secretariaat"} if "klaverland" in people else set()
    copies |= {"kabinet"} if mail.kind == "invitation" and "veldzicht" in people else set()
    return {*people, *copies} or {DESK}  # a mail that is for nobody is for the desk


def acting(row: Row, on: date) -> list[str]:
    """Who acts on a day: the last entry that has begun."""
    names = [names for since, names in row if date.fromisoformat(since) <= on][-1]
    return [name.lstrip("~") for name in names.split()]


def mails() -> Iterator[Mail]:
    """The year's mail, in order of arrival."""
    yield from sorted([*_monthly(), *_turns(), *_formal(), *_strangers()], key=lambda mail: (mail.received, mail.id))


def seasons() -> list[list[Mail]]:
    """The same in three parts: so often does the router look into the mailbox."""
    ordered = list(mails())
    size = -(-len(ordered) // 3)
    return [ordered[at : at + size] for at in range(0, len(ordered), size)]


def _months() -> list[date]:
    return [date(2025 + (month > 12), (month - 1) % 12 + 1, 1) for month in range(9, 21)]


def _monthly() -> Iterator[Mail]:
    """Minutes or an invitation of each village every other month, on a day of its own."""
    for number, first in enumerate(_months()):
        for place, village in enumerate(SENDER):
            if (number + place) % 2:
                kind = "minutes" if (number + place) % 4 == 1 else "invitation"
                yield Mail(first + timedelta(days=3 * place + number), village, kind)


_TURNS = [
    ("complaint", "verkeer"), ("idea", "groen"), ("project", "jeugd"), ("other", ""), ("complaint", ""),
    ("idea", ""), ("complaint", "groen"), ("project", "verkeer"), ("idea", "jeugd"),
]  # fmt: skip


def _turns() -> Iterator[Mail]:
    """Everything else in turn, so that each kind and topic meets each role on many a day."""
    turn = 0
    for first in _months():
        for village in list(SENDER)[turn % 2 :: 2]:
            kind, topic = _TURNS[turn % len(_TURNS)]
            yield Mail(first + timedelta(days=(5 * turn) % 28), village, kind, topic)
            turn += 1
    # the days on which something changes, and those before
    for day in ("2026-02-20", "2026-02-21", "2026-03-01", "2026-03-02", "2026-06-30", "2026-07-01"):
        yield Mail(date.fromisoformat(day), "zuiderbroek", "complaint", "verkeer")
    for day in ("2026-03-31", "2026-04-01", "2026-04-30", "2026-05-01"):
        yield Mail(date.fromisoformat(day), "noorderveen", "other")
    for day in ("2026-07-19", "2026-07-20", "2026-07-31", "2026-08-01", "2026-08-09", "2026-08-10"):
        yield Mail(date.fromisoformat(day), "westerdorp", "idea")
    yield Mail(date(2026, 5, 12), "middelwijk", "other", cc="hagedoorn@gemeente.example")


def _formal() -> Iterator[Mail]:
    for day, village in (("2025-10-14", "heidekamp"), ("2026-04-14", "noorderveen"), ("2026-08-04", "oosterdorp")):
        yield Mail(date.fromisoformat(day), village, "other", formal=True)
    yield Mail(date(2026, 1, 15), "", "other", formal=True, sender="bewoner@postvak.example")


def _strangers() -> Iterator[Mail]:
    """Residents nobody knows, and an official who writes to the shared address: never on as if a council had."""
    for day in ("2025-11-05", "2026-06-11"):
        yield Mail(date.fromisoformat(day), "", "minutes", sender="inekebos57@postvak.example")
    for day, village, how in (
        ("2025-12-09", "noorderveen", "tap"),
        ("2026-04-10", "noorderveen", "reply"),  # there is no area manager, and the ambassador is still the first one
        ("2026-07-24", "westerdorp", "tap"),  # decided when the area manager is back: who acted on the day gets it
        ("2026-07-25", "zuiderbroek", "elsewhere"),
    ):
        secretary = f"nieuw.{village}@postvak.example"
        yield Mail(date.fromisoformat(day), "", "minutes", sender=secretary, decided=village, how=how)
    yield Mail(date(2026, 2, 3), "", "idea", sender="rietveen@gemeente.example")


_ABOUT = {
    "verkeer": "de kruising met de drempels",
    "groen": "de bomen en het plantsoen",
    "jeugd": "de speeltuin",
    "": "het dorpshuis",
}


def raw(mail: Mail) -> bytes:
    """The mail as a council writes it."""
    subject, text = _written(mail)
    message = EmailMessage(policy=SMTP)
    message["From"] = mail.sender or SENDER[mail.village]
    message["To"] = "dorpsraden@gemeente.example"
    if mail.cc:
        message["Cc"] = mail.cc
    message["Subject"] = subject
    message["Date"] = format_datetime(mail.received)
    message["Message-ID"] = mail.id
    message.set_content(text)
    return message.as_bytes()


def _written(mail: Mail) -> tuple[str, str]:
    day, about = _dutch(mail.day), _ABOUT[mail.topic]
    if mail.formal:
        return "Brief", f"Geacht college,\n\nHierbij maken wij bezwaar tegen het besluit van {day}.\n\nMet groet"
    before, after = _dutch(mail.day - timedelta(days=6)), _dutch(mail.day + timedelta(days=20))
    return {
        "minutes": (
            f"Notulen {before}",
            f"Notulen van de vergadering van {before}\n\nAanwezig: Anja (voorzitter), Bert, Carla\n"
            "Afwezig met kennisgeving: Els\n\n1. Opening\nDe voorzitter opent de vergadering.\n\n"
            "2. Notulen vorige keer\nDe notulen worden vastgesteld.\n\n"
            "3. Rondvraag\nEen bewoner heeft bezwaar gemaakt tegen een vergunning.",
        ),
        "invitation": (
            f"Uitnodiging vergadering {after}",
            f"Graag nodigen wij u uit voor onze vergadering op {after} om 20.00 uur in het dorpshuis. U bent welkom.",
        ),
        "complaint": (
            "Klacht",
            f"Wij dienen een klacht in over {about}. Dit is al drie keer gemeld en er is niets gedaan ({day}).",
        ),
        "project": (
            "Project: stand van zaken",
            f"Het project voor {about} loopt. De werkgroep vraagt naar de planning en de uitvoering ({day}).",
        ),
        "idea": (
            "Idee voor het dorp",
            f"Wij hebben een idee over {about}. Zou het mogelijk zijn om samen mee te denken ({day})?",
        ),
        "other": ("Nieuw telefoonnummer", f"Onze raad heeft vanaf {day} een nieuw telefoonnummer. Wilt u dat noteren?"),
    }[mail.kind]


_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip


def _dutch(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

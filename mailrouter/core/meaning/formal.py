"""Mail to which the law ties a term: objection, request for information, notice of default, complaint, application.

What counts is that the writer does it here and now ("hierbij maken wij bezwaar tegen het besluit"), not that somebody
talks about it: what minutes tell of, what is quoted, conditional, past or denied, is no sign. Sources: Awb 6:4 and 6:5
(bezwaar), 4:17 (ingebrekestelling), 9:1 (klacht), 4:1 (aanvraag); Woo 4.1 (verzoek).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from mailrouter.core.meaning import agenda
from mailrouter.core.meaning.words import lower, sentences
from mailrouter.core.meaning.zones import Zone, zones
from mailrouter.core.model import FormalMail, Mail

_SHOWN = 160
_HEAD = 300

_WE = r"(?:ik|wij|we|ondergetekenden?|(?:de|onze)\s(?:dorps|wijk|buurt)\w*|(?:het|ons)\s(?:bestuur|platform))"
_HERE = r"(?:hierbij|hiermee|bij\sdezen?|middels\sdeze|bijgaand|bijgevoegd|in\sde\sbijlage)"
_DECISION = (
    r"(?:\w*besluit\w*|beschikking\w*|\w*vergunning\w*|ontheffing\w*|weigering\w*|afwijzing\w*|aanslag\w*|kapmelding"
    r"|vaststelling|aanwijzing|dwangsom\w*)"
)
_GRANT = r"(?:\w*subsidie\w*|\w*vergunning\w*|ontheffing\w*|leefbaarheidsbudget\w*)"
_OF_OFFICIALS = (
    r"(?:gedrag\w*|bejegen\w*|houding|optreden|handel(?:en|wijze)|behandeling\sdoor|medewerkers?|\w*ambtena\w+|wethouders?"
    r"|burgemeester|handhavers?|boa\w*|(?:manier|wijze)\swaarop\s(?:\S+\s){0,6}(?:gemeente|college|wij|we|ik|ons|mij))"
)
_WOO = r"(?:\bwoo\b|\bwob\b|\bwet\sopen\soverheid\b|\bwet\sopenbaarheid\svan\sbestuur\b)"
_ASKED = r"(?:verzoeken?|vra(?:ag|gen)|doen?|dien(?:en)?|wil(?:len)?)"

_QUOTED = re.compile(r"[\"“„«][^\"”“»\n]{0,400}[\"”“»]")
_ONLY_IF = re.compile(
    r"\b(?:indien|mocht(?:en)?|tenzij|overweg\w+|eventue\w+|dreig\w*|zouden?|niet\sin\sgebreke)\b"
    r"|\bgeen\s(?:\S+\s)?(?:bezwaar|subsidie|\w*vergunning|klacht|\w*aanvraag)\b"
    r"|\bals\s(?!\w*(?:raad|bestuur|bewoners?|dorp|buurt|platform|omwonenden?|belanghebbenden?|vereniging|een|ingebrekestelling)\b)"
)
_PASSED_ON = re.compile(
    r"\b(?:ter\s(?:informatie|kennisname|kennisgeving)|(?:een\s)?kopie\svan|afschrift|(?:al|eerder|reeds)\s(?:\S+\s)?ingediend)\b"
)
_REPORT = re.compile(r"\b(?:notulen|besluitenlijst|(?:\w*vergader)?verslag)\b")


@dataclass(frozen=True, slots=True)
class _Type:
    """What a type of formal mail is called, and how it shows.

    `says`: of one of these, all have to match in one sentence · `subject`, `filename`: how such a title begins.
    """

    called: str
    stems: tuple[str, ...]
    says: tuple[tuple[re.Pattern[str], ...], ...]
    subject: re.Pattern[str]
    filename: re.Pattern[str]


def _type(called: str, stems: str, says: tuple[tuple[str, ...], ...], subject: str, filename: str) -> _Type:
    shapes = tuple(tuple(re.compile(shape) for shape in together) for together in says)
    return _Type(
        called, tuple(stems.split()), shapes, re.compile(rf"^\W*{subject}"), re.compile(rf"^[\W\d]*{filename}")
    )


_UP_TO = r"(?:\S+\s){{0,{}}}?".format
_OBJECTS = r"(?:maakt?|maken|tekent?|tekenen|dient?|dienen)"
_OBJECT = r"bezwaar\s(?:te\s)?(?:maken|aantekenen|indienen)"
_DEFAULT = r"(?:ingebrekestelling|in\sgebreke)"
_APPLIES = r"(?:\w*aanvraag(?:formulier)?)"

_TYPES: Mapping[str, _Type] = {
    "objection": _type(
        "een bezwaarschrift",
        "bezwaar",
        (
            (
                rf"\b{_OBJECTS}\s(?:\S+\s)?{_WE}\s{_UP_TO(20)}bezwaar\b|\b{_WE}\s{_UP_TO(14)}{_OBJECTS}\s{_UP_TO(6)}bezwaar\b",
                rf"\b(?:{_HERE}|{_DECISION})\b",
            ),
            (rf"\b{_HERE}\s{_UP_TO(5)}{_OBJECTS}\s{_UP_TO(8)}bezwaar\b",),
            (
                rf"\b(?:{_HERE}\s{_UP_TO(4)}|dit\sis\s(?:een|ons|mijn)\s)(?:pro\sforma\s)?bezwaarschrift\b(?!\s(?:van|door|dat)\b)",
            ),
            (rf"\b{_WE}\s(?:wil|willen|wensen?)\s{_UP_TO(20)}{_OBJECT}\b", rf"\b{_DECISION}\b"),
        ),
        r"(?:pro\sforma\s)?(?:bezwaar\stegen\b|bezwaar\W*$|bezwaarschrift\b(?!\s(?:van|over|buur\w*|bewoners?|inwoners?)\b))",
        r"(?:pro\sforma\s)?bezwaar",
    ),
    "woo_request": _type(
        "een Woo-verzoek",
        "woo wob overheid openbaarheid",
        (
            (
                _WOO,
                rf"\b{_ASKED}\s(?:\S+\s)?{_WE}\b|\b{_WE}\s{_UP_TO(8)}{_ASKED}\b(?!\sons\saf)",
                rf"\b(?:op\s(?:grond|basis)\svan|beroep\sop|in\shet\skader\svan|krachtens|ingevolge|{_HERE}|openba\w*\smak\w+"
                r"|openbaarmaking|documenten|stukken|dien|dienen|doen?)\b",
            ),
            (rf"\b{_HERE}\s{_UP_TO(5)}(?:woo|wob)[- ]?verzoek\b",),
            (_WOO, r"\bdit\sis\s(?:een|ons|mijn)\s(?:\S+\s)?\S*verzoek\b"),
        ),
        rf"(?:(?:woo|wob)[- ]?verzoek(?:\W*$|\W*\s(?!van\b|duurt|hoe\b))|verzoek\b.*{_WOO})",
        r"(?:woo|wob)[- ]?verzoek",
    ),
    "default_notice": _type(
        "een ingebrekestelling",
        "gebreke",
        (
            (
                rf"\bstel(?:t|len)?\s{_WE}\s{_UP_TO(14)}in\sgebreke\b|\b{_WE}\s{_UP_TO(2)}stel(?:t|len)?\s{_UP_TO(14)}in\sgebreke\b",
            ),
            (rf"\b{_HERE}\s{_UP_TO(5)}{_DEFAULT}\b|\b(?:dit\sis|als)\s(?:een\s)?(?:formele\s)?ingebrekestelling\b",),
        ),
        r"(?:formele\s)?ingebrekestelling\b",
        r"ingebrekestelling",
    ),
    "complaint": _type(
        "een klacht over een gedraging (Awb)",
        "klacht beklag klaagschrift",
        (
            (
                rf"\b(?:klacht\s{_UP_TO(3)}(?:over|tegen)|beklagen?\s{_UP_TO(4)}over)\s{_UP_TO(5)}{_OF_OFFICIALS}\b",
                rf"\b(?:dien\w*|indien\w+|wil|willen|wens\w*|beklagen?|formele|offici[eë]le|{_HERE})\b",
            ),
            (r"\b(?:klacht|klaagschrift)", r"\b(?:artikel|art\.?)\s9:\d|\bhoofdstuk\s9\b|\bklachtenregeling\b"),
        ),
        rf"(?:(?:formele\s|offici[eë]le\s)?klacht\s(?:over|tegen)\s{_UP_TO(4)}{_OF_OFFICIALS}\b|klaagschrift|(?:\S+\s)?klacht\b.*\b(?:9:1|awb)\b)",
        r"klaagschrift",
    ),
    "application": _type(
        "een aanvraag",
        "aanvra vragen vraag verzoek",
        (
            (
                rf"\b(?:vra(?:ag|gen|agt)\s(?:\S+\s)?{_WE}|{_WE}\s(?:\S+\s)?vra(?:ag|gen|agt))\s{_UP_TO(12)}{_GRANT}\s{_UP_TO(12)}aan\b(?!\s(?:de|het|een|u)\b)",
            ),
            (
                rf"\b{_ASKED}\b",
                rf"\b{_WE}\b",
                rf"\b{_GRANT}\s{_UP_TO(3)}(?:te\s(?:verlenen|verstrekken)|toe\ste\skennen)\b",
            ),
            (rf"\b{_HERE}\s{_UP_TO(6)}{_APPLIES}\b", _GRANT),
            (rf"\b(?:dient?|dienen)\s(?:\S+\s)?{_WE}\s{_UP_TO(6)}{_APPLIES}\b",),
            (rf"\b{_WE}\s(?:wil|willen)\s{_UP_TO(10)}{_GRANT}\s{_UP_TO(8)}(?:aanvragen|aan\ste\svragen)\b",),
        ),
        rf"(?:(?:subsidie|\w*vergunnings?)aanvraag\b|aanvraag\s{_UP_TO(4)}{_GRANT})",
        r"(?:subsidie|\w*vergunnings?)?aanvraag",
    ),
}

TYPES: Mapping[str, str] = {key: type.called for key, type in _TYPES.items()}
"""Key → how a letter calls it: "Deze mail lijkt …"."""


@dataclass(frozen=True)
class _Read:
    """A stretch of the mail, and what is said in it here and now: (a sentence, its words in lower case)."""

    zone: Zone

    @cached_property
    def said(self) -> list[tuple[str, str]]:
        """The sentences without what they quote; none of a report, and none that is conditional or denied."""
        if _is_report(self.zone):
            return []
        found = ((words, _QUOTED.sub(" ", lower(words))) for words in sentences(self.zone.text))
        return [(words, lowered) for words, lowered in found if not _ONLY_IF.search(lowered)]


def find_formal(mail: Mail, on: date) -> tuple[FormalMail, ...]:
    """What a mail looks like to the law, with the words that say so; mostly nothing. `on`: the day it was received."""
    read = [_Read(zone) for zone in zones(mail, on) if zone.name != "quoted"]
    is_passed_on = any(_PASSED_ON.search(part.zone.lowered) for part in read if part.zone.name == "text")
    found: list[FormalMail] = []
    for key, type in _TYPES.items():
        if words := next(_signs(type, read, is_passed_on), None):
            found.append(FormalMail(key, f'de mail lijkt {type.called}: "{words[:_SHOWN]}"'))
    return tuple(found)


def _signs(type: _Type, read: list[_Read], is_passed_on: bool) -> Iterator[str]:
    for part in read:
        zone = part.zone
        if not any(stem in zone.lowered for stem in type.stems):
            continue
        if zone.name in ("subject", "filename"):
            shape = type.subject if zone.name == "subject" else type.filename
            if shape.search(zone.lowered) and not is_passed_on:
                yield zone.text.strip()
        else:
            yield from (words for words, lowered in part.said if _says(type, lowered))


def _says(type: _Type, said: str) -> bool:
    is_about = any(stem in said for stem in type.stems)
    return is_about and any(all(shape.search(said) for shape in together) for together in type.says)


def _is_report(zone: Zone) -> bool:
    """Whether a text tells of a meeting: what stands in it was said there, and is not said to us here."""
    if agenda.attendees_listed(zone.text):
        return True
    return bool(_REPORT.search(zone.lowered[:_HEAD])) and len(agenda.headings(zone.text)) >= 3

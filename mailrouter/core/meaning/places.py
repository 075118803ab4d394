"""Where a meeting is: a labelled line, a known venue, or a place named close to the date. In doubt: nowhere.

Every place stands in the text as it is given, but that ends of lines inside it have become blanks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mailrouter.core.meaning.datewords import ANY_DAY, DAY, MONTH
from mailrouter.core.meaning.words import lower, tidy

MOST = 80
"""Characters a place may have; what is longer is a story."""
ENOUGH = 3.0
"""The score from which a place counts."""
_WRAPPED = 60
"""A line of so many characters was broken because it was full."""
_MOST_NAME = 5

_LABELS = (
    r"(?:locatie|plaats(?:\svan\s(?:handeling|samenkomst))?|waar|plek|vergader(?:plaats|locatie)"
    r"|verzamel(?:punt|plaats))"
)
_LABEL = re.compile(
    rf"(?:^[^\w\n]{{0,4}}(?:{_LABELS}|adres|zaal)|(?:[.;,(]\s{{1,3}}|\s\s){_LABELS}(?=\s?:)|(?<=\s)(?-i:Locatie|Plaats|Waar)(?=:))"
    r"[^\S\n]{0,12}[:?][^\S\n]{0,20}\n?[^\S\n]{0,20}(\S[^\n]{1,160})",
    re.IGNORECASE | re.MULTILINE,
)
_LABEL_END = re.compile(
    r"\s{2,}|\t|\s[/|]\s|[;(]|(?<!\b[A-Z])(?<!\bSt)\.\s"
    r"|[,.]?\s(?:aanvang|datum|tijd|om\s\d|van\s\d|vanaf\s\d|te\s\d|start\s|inloop|en\sonline|vanwege"
    rf"|(?:op\s)?(?:{DAY})\b|\d{{1,2}}[.:]\d\d|\d{{1,2}}\s?u(?:ur)?\b"
    r"|(?:agenda|aanwezig\w{0,2}|gasten|onderwerp\w{0,2}|kosten|toegang|programma)\s?:)",
    re.IGNORECASE,
)
_OPEN_STILL = re.compile(r"\b(?:voorkeur|onbekend|volgt|nog\s(?:niet|geen|te)|bespreken|keuze)\b", re.IGNORECASE)
"""What stands behind a label when there is no place yet, or when it is an item on an agenda."""
_BUILDING = re.compile(
    r"(?<![\w-])(?:(?:dorps|wijk|buurt|gemeente|gemeenschaps|verenigings|jeugd|parochie|polder|koffie|club|raad|kerk|school|stads|brandweer|scouting|ontmoetings"
    r"|cultuur|sport|zorg|bezoekers|activiteiten|muziek|tennis|voetbal|feest|markt|bouw|streek)(?:huis|gebouw|centrum|ruimte|zaal|hal|kantine|paviljoen|tent|kamer|café|terrein)"
    r"|multifunctione(?:el|le)\s(?:centrum|accommodatie)|kulturhus|cultuurhuis|m\.?f\.?[acg]\b\.?|trefpunt|doarpsh[uû]s|dorpsh(?:oe|uu)s|(?:basis|brede\s|dorps)?school|[orp]?[ckb]bs|\w{2,15}college|kerk|kapel|pastorie|aula|kantine"
    r"|sport(?:hal|zaal)|gym(?:zaal|lokaal)|theater|bibliotheek|bieb|museum|molen|boerderij|schuur|loods|manege|(?:strand)?paviljoen|(?:eet)?caf[eé](?:-?zaal)?|grand\scafé|restaurant|hotel|herberg|brasserie|(?:party|zalen|(?:woon)?zorg|winkel)centrum"
    r"|(?:vergader|boven|voor|grote\s|kleine\s|toneel|fractie)?zaal(?!\s(?:is\s|gaat\s)?open)|(?:natuur)?speel(?:tuin|plek|plaats|veld)|sport(?:park|veld)|voetbalveld|ijsbaan|zwembad|(?:jacht)?haven|gemaal|brug|sluis|(?:oorlogs)?monument|(?:markt|dorps|kerk|school|speel)plein|(?:feest)?tent"
    r"|keet|hoeve|binnenplaats|grasveld|weiland|weide|brug(?:getje)?|(?<=\bhet\s)plein|pleintje|\w{2,15}(?:gebouw|fabriek|honk|kantine|kamer|zaal|kerk|kelder|kazerne)|(?-i:[A-Z])\w{2,15}(?:huis|huus|hoes|hoeve|schuur)|consistorie|gebouw|\w{0,10}koepel|lokaal|kantoor|station|supermarkt|kazerne|stadskantoor|provinciehuis|huis\svan\sde\swijk|huiskamer|landgoed|kasteel|begraafplaats|kerkhof|trapveld(?:je)?|park|bosje|(?:speel)?bos|strand|(?:dorps|buurt)tuin|atelier|hoofdingang|ingang|fabriek)(?![\w-])",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:(?:zaal|ruimte(?:\s\d{1,2})?|kamer|kelder|lokaal|foyer|hoek|kantine)\s(?=van\s)"
    r"|(?:(?:half|kwart\s(?:voor|over))\s\w{3,6}\s?[,;/|]\s|\d\s?u(?:ur)?|\d[.:]\d\d|20\d\d|(?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december))\s?[,;/|–-]?\s{0,2}"
    r"|(?:^|[^\w])(?:in|bij|op|naar|vanaf|aan|voor|te|locatie|opening|heropening)\s{1,3})(?:van\s)?(?:(?:het|de|ons|onze|een|’t|'t|‘t)\s{1,2})?"
    r"(?:(?:nieuwe|vernieuwde|oude|voormalige|eigen|\w{2,20}se)\s){0,2}$",
    re.IGNORECASE,
)
_NEW_WORDS = re.compile(r"(?:^|\W)(?:opening|heropening)\s{1,3}(?:van\s)?(?:\w+\s){0,2}$", re.IGNORECASE)
_STOP = re.compile(
    rf"(?:{ANY_DAY}|{MONTH}|aanvang|agenda|datum|tijd|inloop|locatie|plaats|beste|geachte|wij|we|u|er|om|een|van|voor|programma|aanwezig\w*|afwezig\w*|iedereen|komt?|ook|na|in|opening|onder|dit|deze"
    r"|als|wie|wat|graag|lukt|met|tot|eerst|daarna|vanaf|notulen|verslag|uur|zaal|bent|heeft|heb|hebt|is|dan|al|bij|op|niet|zij|hij|ze|ik|jullie|en|maar|namens|groet\w*|dorpsraad|gemeente)\Z",
    re.IGNORECASE,
)
_ARTICLE = r"(?:[Dd]e|[Hh]et|['’‘][tT]|[Oo]ns|It)"
_WORD = r"[A-ZÀ-Þ0-9][\w'’&-]{0,30}"
_LINK = r"(?:van\s(?:de|den|het)|van|der|den|de|het|aan\s(?:de|het)|op|en|te|ter|ten|['’‘]t|&)"
_CAPITAL_ARTICLE = re.compile(r"(?<=\s)(?:De|Het|['’‘]t|Ons)\s$")
_NAME_STEP = re.compile(
    rf"[^\S\n]{{1,3}}[\"'“‘„]?((?:{_ARTICLE}[^\S\n]{{1,2}}|St\.?\s|{_LINK}[^\S\n]{{1,2}})?{_WORD})[\"'”’]?"
)
_TAIL = re.compile(
    r"(?P<room>,?\s(?:kamer|zaal|lokaal|ruimte)\s(?-i:[A-Z0-9])[\w.]{0,8}(?<!\.))|\s(?:(?:aan|achter|naast|tegenover|van|op|bij|voor)\s(?:de|het|'t|’t)\s(?:(?-i:[A-ZÀ-Þ])[\w'’-]+|park|school|kerk|haven|brug|dorpshuis|strandpaviljoen|molen|sporthal)(?:\s\d{1,4})?"
    r"|van\s(?:(?:v\.v\.|s\.v\.|vv|sv|vc|fc|rkvv|svv|rksv|cvv|gvv|tv)\s)?(?-i:[A-ZÀ-Þ])[\w'’-]+|(?:van|bij|bie)\s(?:boer|de\sfamilie|familie|fam\.)\s(?-i:[A-ZÀ-Þ])[\w'’-]+|bie\s(?-i:[A-ZÀ-Þ])[\w'’-]+|van\s(?:sport|strand|voetbal|tennis|dorps|buurt)\w+\s(?-i:(?:De|Het|'t)\s)?(?-i:[A-ZÀ-Þ])[\w'’-]+)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r",\s(?:aan\s(?:de|het)\s)?[A-ZÀ-Þ][\w'’-]{1,20}(?:straat|weg|laan|plein|dijk|kade|singel|dreef|hof|pad|steeg|wal|gracht)"
    r"(?:\s\d{1,4}[a-z]?)?(?![\w.:]*\d|\suur)"
)
"""The street behind a building, which tells where that is."""
_ADJECTIVE = re.compile(r"(?<![\w-])(?:oude|voormalige|kleine|grote)\s$")
_CALLED = re.compile(
    rf"(?<!\w)(?:[Ii]n|[Bb]ij|[Nn]aar)\s{{1,3}}({_ARTICLE}\s{{1,2}}[A-ZÀ-Þ][\w'’-]{{1,30}}(?:\s(?:(?:van|de|der|den|aan|het|op|te)\s){{0,2}}[A-ZÀ-Þ][\w'’-]{{1,30}}){{0,3}})"
)
_ON = re.compile(r"(?<!\w)[Oo]p\s{1,2}([Dd]e\s[A-ZÀ-Þ][\w'’-]{1,30})(?=[.,;)\n])")
_PERSON_OR_HOUSE = (
    r"[A-ZÀ-Þ][\w'’-]{2,30}(?:\s(?:(?:van|de|der|den|aan|het|op|te)\s){0,2}[A-ZÀ-Þ][\w'’-]{1,30}){0,3}"
    r"(?:\sen\s[A-ZÀ-Þ][\w'’-]{1,30}(?=[\s,.;)]))?(?:\sthuis)?(?:\s\([A-ZÀ-Þ][\w'’ ]{2,25}\s\d{1,4}\b[^)\n]{0,20}\))?"
)
_BARE = re.compile(rf"(?<!\w)(?:in|bij)\s{{1,3}}({_PERSON_OR_HOUSE})")
_HOUR_AT = re.compile(rf"\d\s?u(?:ur)?,?\s(?:in|bij)\s({_PERSON_OR_HOUSE})")
_AT_HOME = re.compile(r"(?<!\w)bij\s(?:de\s)?([A-ZÀ-Þ][\w'’-]+(?:\s[A-ZÀ-Þ][\w'’-]+)?\sthuis)", re.IGNORECASE)
_BETWEEN = re.compile(
    r"(?:^|[,(–-]\s{1,2})((?:De|Het|['’‘][tT]|Ons)\s[A-ZÀ-Þ][\w'’-]+(?:\s[A-ZÀ-Þ][\w'’-]+){0,2})(?=\s{0,2}(?:[,;)(]|\.\s|\.?$))",
    re.MULTILINE,
)
_AFTER_TIME = re.compile(
    r"(?:\d\s?u(?:ur)?|\d[.:]\d\d)\s?[,;/|]\s([A-ZÀ-Þ][\w'’-]{2,25}(?:\s[A-ZÀ-Þ][\w'’-]{1,25}){0,3})(?=\s{0,2}(?:[,;)(/|]|\.\s|\.?$))",
    re.MULTILINE,
)
"""A name of its own behind the hour and up to the next comma or the end of the line."""
_ROOM_OF = re.compile(
    r"\b(?:in|bij)\s(?:de\s|het\s)?\w{0,12}(?:zaal|hoek|ruimte|kamer|kelder|kantine|foyer|hal|lokaal)(?:\s\d{1,2})?\svan\s"
    r"((?:De|Het|['’‘][tT]|Ons)\s[A-ZÀ-Þ][\w'’-]+(?:\s[A-ZÀ-Þ][\w'’-]+){0,2})"
)
_GATHER = re.compile(
    r"\b(?:verzamel\w*|vertrek\w*|startpunt|starten|beginnen|bijeen|treffen)\s(?:(?:[^.!?\n]|\d\.\d){0,45}?\s)?(?:bij|op|aan|voor|vanaf|in)\s"
    r"((?:de|het|'t|’t)\s\w{3,30}(?:\s(?:van|aan|achter|naast|tegenover|op|voor|in|bij)\s(?:(?:de|het|'t)\s)?\w{3,30}){0,2}(?:(?<=\shoek)\s(?:van\s(?:de\s|het\s)?)?(?-i:[A-ZÀ-Þ])[\w/'’-]{2,40})?)",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"(?:\baan\s(?:de|het)\s)([A-ZÀ-Þ][\w'’-]+(?:\s[A-ZÀ-Þ][\w'’-]+)?(?:\s\d{1,4}[a-z]?)?)(?!\w)"
    r"|\b([A-ZÀ-Þ][\w'’-]*(?:straat|weg|laan|plein|dijk|kade|singel|dreef|hof|pad)\s\d{1,4})(?!\d)"
    r"|(?<=,\s)([A-ZÀ-Þ]\w+\s[A-ZÀ-Þ]\w+\s\d{1,3}[a-z]?)(?=[.,;)\n])"
)
_ONLINE = re.compile(
    r"\b(?:(?:(?:online|digitaal)\s)?via\s(?:microsoft\s)?(?:teams|zoom|video)\w*|online|digitaal)\b", re.IGNORECASE
)
_NO_PLACE = re.compile(
    r"\b(?:\w*raad|gemeente|college|provincie|\w*commissie|\w*bestuur|staten|waterschap|politie|stichting|vereniging|\w*krant|\w*mail"
    r"|nieuwsbrief|bijlage|corona|kamer|werkgroep|wijkagent|voorzitter|secretaris|wethouder|burgemeester|jaar|week|overleg|media|toekomst"
    r"|facebook|internet|nederland|facebookpagina|website|site|agenda|notulen|verslag|vergadering\w*|alv)\b",
    re.IGNORECASE,
)
_TRIM = ' \t\n.,;:-–("“„'


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a text names, where it stands, and how much it looks like one (see `ENOUGH`)."""

    words: str
    start: int
    score: float


def labelled_place(text: str) -> str | None:
    """The place behind a label such as "Locatie:" or "Waar:", as it stands in the text."""
    for match in _LABEL.finditer(unwrapped(text)):
        value = _tidied(_LABEL_END.split(match[1], maxsplit=1)[0])
        if 3 <= len(value) <= MOST and any(map(str.isalpha, value)) and not _OPEN_STILL.search(value):
            return value
    return None


def known_venue(text: str, venues: Sequence[str]) -> str | None:
    """The longest of the village's venues that the text names, as it stands there."""
    lowered = lower(text)
    for venue in sorted(venues, key=len, reverse=True):
        match = re.search(rf"(?<!\w){re.escape(lower(venue))}(?!\w)", lowered)
        if match and len(venue) <= MOST:
            return text[match.start() : match.end()]
    return None


def named_place(text: str) -> str | None:
    """The place that a text names most clearly, the first of equals."""
    best = max(find_places(text), key=lambda place: (place.score, -place.start), default=None)
    return best.words if best and best.score >= ENOUGH else None


def only_place(texts: Sequence[str]) -> str | None:
    """The one place with a name of its own that the texts speak of, if they name no other."""
    found = {
        lower(place.words): place.words
        for text in texts
        for place in find_places(text)
        if place.score >= ENOUGH + 1 and any(map(str.isupper, place.words))
    }
    return next(iter(found.values())) if len(found) == 1 else None


def by_full_name(place: str, texts: Sequence[str]) -> str:
    """A place such as "kerk" as the texts name it elsewhere in full ("kerk De Voorhof"), if they name one only."""
    if any(map(str.isupper, place)):
        return place
    word = lower(place).rpartition(" ")[2]
    full = {
        lower(found.words): found.words
        for text in texts
        for found in find_places(text)
        if lower(found.words).startswith(f"{word} ") and any(map(str.isupper, found.words))
    }
    return next(iter(full.values())) if len(full) == 1 else place


def find_places(text: str) -> list[Place]:
    """Every place a text names, in order; the longest of those that overlap."""
    whole = unwrapped(text)
    found = [place for place in (*_buildings(whole), *_by_words(whole)) if 2 <= len(place.words) <= MOST]
    return sorted(found, key=lambda place: (place.start, -place.score))


def unwrapped(text: str) -> str:
    """The text, every character in its place, with a blank where a full line was broken."""
    lines = text.split("\n")
    joined = lines[0]
    for before, line in pairwise(lines):
        joined += (" " if len(before) >= _WRAPPED and line.strip() else "\n") + line
    return joined


def _buildings(text: str) -> Iterator[Place]:
    """Buildings and open places, with the name behind them and what they stand beside."""
    for match in _BUILDING.finditer(text):
        start, end = match.span()
        named = _name_end(text, end)
        before = text[max(0, start - 45) : start]
        place = bool(_BEFORE.search(before)) or bool(_NEW_WORDS.search(before))
        tail = _TAIL.match(text, named)
        if tail and (place or named > end or tail["room"]):
            named = tail.end()
        if address := _ADDRESS.match(text, named):
            named = address.end()
        if adjective := _ADJECTIVE.search(before):
            start -= len(adjective[0])
        proper = place and match[0][0].isupper()
        start -= len(article[0]) if proper and (article := _CAPITAL_ARTICLE.search(before)) else 0
        score = 1.5 + (2 if place else 0) + (2 if named > end else 1 if proper else 0)
        yield Place(_tidied(text[start:named]), start, score)


def _name_end(text: str, end: int) -> int:
    """Where the proper name ends that begins behind a place; the place itself if there is none."""
    for _ in range(_MOST_NAME):
        step = _NAME_STEP.match(text, end)
        if not step or any(_STOP.match(word) for word in step[1].split()[-1:]):
            break
        if re.match(r"\d", step[1]) and re.match(
            rf"\s{{0,2}}(?:{MONTH}|[.:]\d\d|uur|u\b)", lower(text[step.end() : step.end() + 14])
        ):
            break
        end = step.end()
    return end


def _by_words(text: str) -> Iterator[Place]:
    """Places that no building gives away: a name behind "in", where people gather, a street, online."""
    for shape, score in (
        (_AT_HOME, 4.5),
        (_ROOM_OF, 5.0),
        (_GATHER, 4.0),
        (_CALLED, 4.0),
        (_BETWEEN, 3.5),
        (_AFTER_TIME, 3.5),
        (_HOUR_AT, 4.0),
        (_BARE, 3.0),
        (_ON, 3.0),
    ):
        for match in shape.finditer(text):
            words = match[1]
            if not _NO_PLACE.search(words) and not any(_STOP.match(word) for word in words.split()[-1:]):
                yield Place(_tidied(words), match.start(1), score)
    for match in _STREET.finditer(text):
        yield Place(_tidied(match[1] or match[2] or match[3]), match.start(), 2.5 if match[1] else 3.0)
    for match in _ONLINE.finditer(text):
        yield Place(_tidied(match[0]), match.start(), 3.6 if "via" in lower(match[0]) else 3.2)


def _tidied(words: str) -> str:
    return tidy(words).strip(_TRIM)

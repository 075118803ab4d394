"""Where a meeting is: a labelled line, a known venue, or a building named close to the date. In doubt: nowhere."""

import re
from collections.abc import Sequence

from mailrouter.core.meaning.words import lower

MOST = 80
"""Characters a place may have; what is longer is a story."""

_LABEL = re.compile(
    r"^[^\w\n]{0,4}(?:locatie|plaats|waar|plek|vergaderplaats|vergaderlocatie|adres)"
    r"[^\S\n]{0,12}[:?][^\S\n]{0,20}\n?[^\S\n]{0,20}(\S[^\n]{1,160})",
    re.IGNORECASE | re.MULTILINE,
)
_LABEL_END = re.compile(
    r"\s{2,}|\t|\s[/|]\s|[;(]|\.\s|[,.]?\s(?:aanvang|datum|tijd|om\s\d|van\s\d|vanaf\s\d|start\s|inloop|op\s(?:maan|dins|woens|donder|vrij|zater|zon)dag)",
    re.IGNORECASE,
)
_BUILDING = (
    r"(?:dorps|wijk|buurt|gemeente|gemeenschaps|verenigings|jeugd|parochie|polder|koffie|club|raad)(?:huis|gebouw|centrum)"
    r"|dorpshuis|kulturhus|cultuurhuis|ontmoetingscentrum|ontmoetingsruimte|multifunctioneel\scentrum|mfa|mfc|trefpunt|zaal|kerkzaal|raadzaal"
    r"|sporthal|sportzaal|gymzaal|kantine|aula|bibliotheek|basisschool|brede\sschool|café|herberg|kerk|speeltuin"
    r"|speelplek|speelveld|huis\svan\sde\swijk|huiskamer"
)
_PROPER = (
    r"(?:[ \t\n][\"'“‘„]?(?:(?:de|het|'t|’t|De|Het|'T|van|ter|te|aan\sde|aan\shet)\s){0,2}"
    r"(?!\d{1,2}\s(?:jan|feb|m|apr|ju|aug|sep|okt|nov|dec))[A-ZÀ-Þ0-9][\w'’.-]{0,30}[\"'”’]?){0,4}"
)
_NAMED = re.compile(
    rf"\b(?i:in|bij|op|naar|opening|heropening)\s{{1,3}}(?i:van\s)?(?i:(?:het|de|ons|onze|een|’t|'t)\s{{1,2}})?(?i:nieuwe\s|vernieuwde\s)?"
    rf"((?i:{_BUILDING})(?!\w){_PROPER})"
)
_ARTICLE = re.compile(
    r"\b(?i:in|bij)\s{1,3}((?:[Dd]e|[Hh]et|['’]t|['’]T)\s{1,2}[A-ZÀ-Þ][\w'’-]{1,30}(?:\s[a-z]{0,10}[A-ZÀ-Þ][\w'’-]{1,30}){0,2})"
    r"|\b(?i:uur|\d\du)\s(?i:in|bij)\s([A-ZÀ-Þ][\w'’-]{2,30}(?:\s[A-ZÀ-Þ][\w'’-]{1,30}){0,2})"
)
_NO_PLACE = re.compile(
    r"(?:raad|gemeente|college|provincie|commissie|bestuur|staten|waterschap|politie|stichting|vereniging|krant|mail"
    r"|nieuwsbrief|bijlage|corona|kamer|werkgroep)",
    re.IGNORECASE,
)
_ONLINE = re.compile(r"\b(?:via\s(?:microsoft\s)?(?:teams|zoom|video)\w*|online|digitaal)\b", re.IGNORECASE)
_TRIM = " \t\n.,;:-–"


def labelled_place(text: str) -> str | None:
    """The place behind a label such as "Locatie:" or "Waar:", exactly as it stands in the text."""
    for match in _LABEL.finditer(text):
        value = _LABEL_END.split(match[1], maxsplit=1)[0].strip(_TRIM)
        if 2 <= len(value) <= MOST and any(map(str.isalpha, value)):
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
    """A building or a proper name that something is held in, exactly as it stands in the text."""
    best = max(_options(text), key=lambda words: any(map(str.isupper, words)), default=None)
    if best is None:
        online = _ONLINE.search(text)
        best = online[0] if online else None
    return _clean(best) if best else None


def only_place(texts: Sequence[str]) -> str | None:
    """The one building or proper name that something is held in, if the texts name no other."""
    found = {lower(words): words for text in texts for words in _options(text) if any(map(str.isupper, words))}
    return _clean(next(iter(found.values()))) if len(found) == 1 else None


def _options(text: str) -> list[str]:
    found = [match[1] for match in _NAMED.finditer(text)]
    proper = (match[1] or match[2] for match in _ARTICLE.finditer(text))
    return found + [words for words in proper if not _NO_PLACE.search(words)]


def _clean(words: str) -> str | None:
    words = words.split("\n")[0].strip(_TRIM)
    return words if 0 < len(words) <= MOST else None

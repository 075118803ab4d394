"""What was on the table: agenda headings, decisions, actions, what is asked, and whether attendees are listed."""

import re
from collections.abc import Iterator, Sequence

from mailrouter.core.meaning.words import Line, lines, sentences, tidy
from mailrouter.core.model import Action

_MOST_ITEMS = 30
_MOST_CHARACTERS = 300
_LONGEST_HEADING = 80
_OF_MARK = 4
"""Characters of a heading's number and the blanks around it."""
_TIMES_TOLD = 1.2
"""So many times as long as the headings themselves is what minutes tell below them."""

_NUMBERED = re.compile(r"(?P<number>\d{1,2})\s?(?P<letter>[a-zA-Z]?)(?P<mark>[.):]|\b)[.)]?\s*(?P<words>.*)")
_HEADING_END = re.compile(r"\s{2,}|[;:]\s|[;:]$|\.\s|\.$|\s[–-]\s")
_AGENDA_TITLE = re.compile(
    r"\W{0,3}(?:concept[- ]?)?(?:agenda(?:punten)?|op de agenda(?: staat)?|programma)\b[^.!?]{0,60}$", re.I
)
_BULLET = re.compile(r"(?:[-•*–◦▪]|[a-z][.)])\s+(?P<words>\S.*)")
_USUAL = re.compile(
    r"(?:\bopening|mededelingen|ingekomen|notulen|verslag|rondvraag|sluiting|actielijst|aktielijst|w\.?v\.?t\.?t\.?k|financi"
    r"|penningmeester|vaststel|jaarverslag|bestuur|werkgroep|pauze|welkom)",
    re.I,
)
_ATTENDEES = re.compile(
    "|".join(
        (
            # a line that begins with a word for those who were there or absent, and what shows that a list follows
            r"^[^\w\n]{0,4}(?:aantal\s|namens\s\w+\s(?:waren\s)?)?(?:aanw(?:ez(?:ig|lg)\w{0,2})?|present|presentielijst|deelnemers"
            r"|afwez(?:ig|lg)\w{0,2}|afw|afgemeld|wie\swaren\ser|er\swaren|erbij\swaren)\b(?!\szijn\som\b)"
            r"(?:\s(?:waren|zijn)\b|\.(?=\s[A-Z])|\s\d{1,3}\s(?:\w+\s)?(?:leden|bestuursleden|bewoners|inwoners)\b"
            r"|[^:\n.]{0,40}(?::|\t|\s{3,}|$)|\.\s?:|(?-i:\s[A-Z][a-z]+,?\s(?:en\s)?[A-Z])|\sm\.?\s?k\b\.?)"
            r"[^\S\n]{0,20}\n?[^\S\n]{0,20}\S",
            # the same in the middle of a text whose lines were lost
            r"(?<=\s)(?-i:Aanwezig)(?:en)?(?:\s?:\s|\s(?:waren|zijn)\s(?!om\b))\S",
            r"\ballen\saanwezig\b|\bzijn\saanwezig\s?:|(?<=\s)(?-i:Meegelopen)\s?:",
            r"\baan\stafel\s(?:zaten|zitten)\s(?-i:[A-Z])",
            r"^[^\w\n]{0,4}(?:tegenwoordig|meegelopen)(?:\s?:|\s(?:waren|zijn|alle))\s",
            # side by side by whom they speak for
            r"^namens\s[^:\n]{2,30}:\s[^\n]{2,120}\nnamens\s[^:\n]{2,30}:\s\S",
            # the head of a table
            r"^naam\b[^\n]{0,40}\baanwezig$",
        )
    ),
    re.I | re.M,
)
_NAME = (
    r"(?:(?:[Dd]hr|[Mm]w|[Mm]evr|[Mm]evrouw|[Dd]e\sheer)\.?\s)?(?:[A-Z]\.\s?){0,3}(?:[A-Z][a-zà-ÿ]{1,14}(?:-[A-Z][a-zà-ÿ]{1,14})?|[A-Z]{2,4})"
    r"(?:\s(?:(?:van|de|der|den|ter|v\.)\s){0,2}(?:[A-Z]\.|[A-Z][a-zà-ÿ-]{1,20}))?(?:\s\([^)\n]{1,40}\))?"
)
_NAMES = re.compile(
    rf"^[^\w\n]{{0,4}}(?:[^:?\n]{{2,25}}[:?]\s{{1,3}})?{_NAME}(?:(?:\s?[,+/;]\s?|\sen\s){_NAME}){{2,}}(?:,?\s(?:en|\+|&)\s[^\n]{{2,60}})?",
    re.M,
)
"""People's names side by side, three at least, alone on a line or behind a word such as "Wel was d'r:"."""
_NAMES_REACH = 900
_NO_NAME = re.compile(
    r"\w(?:straat|weg|laan|plein|dijk|kade|singel|dreef|pad)\b|\b(?:januari|februari|maart|april|mei|juni|juli|augustus)",
    re.I,
)
_GREETING = re.compile(
    r"(?:beste|hallo|hoi|dag|moi|geachte|lieve|namens|hoogachtend|aan(?!\stafel)|cc|van)\b|[^\n]{0,30}groet", re.I
)
_DECISION = re.compile(
    r"^\W{0,4}(?:besluit(?:en)?|besloten)\s?:\s?(?P<labelled>\S.{2,})"
    r"|\b(?:besloten\s(?:is|wordt|werd)|(?:is|wordt|werd)\sbesloten|besluit\s(?:om|dat|tot)|besluiten\s(?:om|dat|tot)"
    r"|afgesproken\s(?:is|wordt|dat)|(?:is|wordt|werd)\safgesproken|stemt?\sin\smet|unaniem|wordt\sakkoord|gaat\sakkoord)\b",
    re.I,
)
_DECISION_STEMS = ("beslu", "besloten", "afgesproken", "stem", "unaniem", "akkoord")
_ACTION = re.compile(
    r"(?:^|[(\[]|[.;]\s)\W{0,3}(?:actie(?:punt)?|aktie|ap)(?:\s(?P<who>[A-Z][\w.&/ +-]{0,40}?))?\s?:\s?"
    r"(?P<words>[^)\]]{3,})",
    re.I,
)
_WHO = re.compile(
    r"(?P<who>[A-Z][\w.&/+-]{0,25}(?:\s(?:en\s)?[A-Z][\w.-]{0,20}){0,2})\s?(?:[:–]\s|\s-\s)(?P<what>\S.{3,})"
)
_DUE = re.compile(
    r"[\s,(–-]{1,3}(?P<due>(?:v[oó][oó]r|uiterlijk|per|gereed|klaar)\s(?:(?:op|in|v[oó][oó]r)\s)?[\w'’ ./-]{3,40}?)"
    r"[.)]?$",
    re.I,
)
_ACTION_LIST = re.compile(r"\W{0,3}(?:\d{1,2}[.)]?\s)?(?:actie|aktie)(?:lijst|punten|s)\b[\w ]{0,30}[:;.]?$", re.I)
_TOWN = r"(?:gemeente|college|wethouder|wijkambassadeur|ambassadeur|gebiedsmanager|burgemeester)"
_ASK = re.compile(
    rf"\b(?:wij|we|de\sdorpsraad|de\swijkraad|bewoners)\s(?:willen\s(?:\w+\s){{0,3}})?(?:vragen|verzoeken|vraagt|verzoekt)\s(?:[\w,]+\s){{0,3}}?(?:u|{_TOWN})\b"
    rf"|\b(?:vragen|verzoeken)\s(?:wij|we)\s(?:[\w]+\s){{0,2}}?(?:u\b|{_TOWN})"
    rf"|\b(?:kunt|wilt|zou|zoudt)\s(?:u|de\s{_TOWN})\b|\b(?:kan|wil)\sde\s{_TOWN}\b"
    rf"|\b(?:kunnen|willen|zouden)\sjullie\b|\bkan\s(?:er\s)?iemand\b|\bonze\svraag\b|\bkunt\su\b"
    rf"|\bgraag\s(?:horen|vernemen|ontvangen|zien)\s(?:wij|we)\b|\b(?:wij|we)\s(?:horen|vernemen|ontvangen)\s(?:\w+\s)?graag\b"
    rf"|\bverzoek\saan\s(?:de|het)\s{_TOWN}",
    re.I,
)
_ASK_STEMS = ("vrag", "vraagt", "verzoe", "kunt", "wilt", "zou", "graag", "kan ", "kunnen", "wil")


def headings(text: str) -> tuple[str, ...]:
    """The agenda's headings in order: numbered lines, else the list below "Agenda", else the usual bare headings."""
    every = lines(text)
    numbered = _numbered(every)
    if len(numbered) >= 2:
        return tuple(numbered[:_MOST_ITEMS])
    return tuple((_listed(every) or _bare(every))[:_MOST_ITEMS])


def told_below(text: str, found: Sequence[str]) -> bool:
    """Whether something is told below the headings, and not just what else belongs on an agenda."""
    begin = end = text.find(found[0])
    for heading in found:
        place = text.find(heading, end)
        end = place + len(heading) if place >= 0 else end
    length = sum(len(heading) + _OF_MARK for heading in found)
    return end - begin + _told_last(text[end:]) - length > _TIMES_TOLD * length


def _told_last(rest: str) -> int:
    """Characters of the paragraph that follows the last heading."""
    return len(rest.strip().partition("\n\n")[0])


def _numbered(every: Sequence[Line]) -> list[str]:
    """Headings behind a number, also when the numbering is flattened to "1. 1. 1." or stands on a line of its own."""
    found = []
    for index, line in enumerate(every):
        match = _NUMBERED.match(line.words)
        if not match:
            continue
        words = match["words"]
        if not words and match["mark"] and index + 1 < len(every):
            words = every[index + 1].words
        if (match["mark"] or line.words[:3].endswith(" ")) and (heading := _heading(words)):
            found.append(heading)
    return found


def _heading(words: str) -> str | None:
    """The part of a line that is a heading; None if the line is something else (a date, an amount, a sentence)."""
    head = _HEADING_END.split(words, maxsplit=1)[0].strip(" .;:-–")
    letters = sum(map(str.isalpha, head))
    if letters < 3 or len(head) > _LONGEST_HEADING or not head[0].isupper():
        return None
    return tidy(head)


def _listed(every: Sequence[Line]) -> list[str]:
    """The bulleted or plain lines below a line "Agenda"."""
    for index, line in enumerate(every):
        if not _AGENDA_TITLE.match(line.words):
            continue
        found: list[str] = []
        for item in every[index + 1 : index + 1 + _MOST_ITEMS]:
            if not item.words:
                if found:
                    break
                continue
            bullet = _BULLET.match(item.words)
            heading = _heading(bullet["words"] if bullet else item.words)
            if heading is None:
                break
            found.append(heading)
        if len(found) >= 2:
            return found
    return []


def _bare(every: Sequence[Line]) -> list[str]:
    """Short lines on top of a paragraph, if at least two of them are headings councils use."""
    found = []
    for index, line in enumerate(every):
        alone = index == 0 or not every[index - 1].words
        followed = index + 1 < len(every) and bool(every[index + 1].words)
        if alone and followed and len(line.words) <= 60 and not line.words.endswith((".", ",", "!", "?")):
            heading = _heading(line.words)
            if heading and not _ATTENDEES.match(line.words + " x") and not _BULLET.match(line.words):
                found.append(heading)
    return found if sum(bool(_USUAL.search(words)) for words in found) >= 2 else []


def attendees_listed(text: str) -> str | None:
    """The line that lists who was there or absent: behind a word that says so, or just names near the top."""
    match = _ATTENDEES.search(text)
    if match:
        return tidy(match[0])
    names = (found for found in _NAMES.finditer(text[:_NAMES_REACH]) if _are_people(found, text))
    return next((tidy(found[0]) for found in names), None)


def _are_people(found: re.Match[str], text: str) -> bool:
    """Whether a row of names is one of people present: no greeting, no signature, no streets."""
    above = text[: found.start()].rstrip().rpartition("\n")[2].strip()
    words = found[0].strip(" \t-•*(")
    return not (_NO_NAME.search(words) or _GREETING.match(words) or _GREETING.match(above))


def decisions(text: str) -> tuple[str, ...]:
    """Sentences that tell what was decided or agreed."""
    found = []
    for words in _with_stem(text, _DECISION_STEMS):
        if match := _DECISION.search(words):
            found.append(_cut(match["labelled"] or words))
    return tuple(dict.fromkeys(found))[:_MOST_ITEMS]


def actions(text: str) -> tuple[Action, ...]:
    """Actions agreed on: "Actie: …", "(actie Jan: …)" and "who: what" below an action list."""
    return tuple(dict.fromkeys(_actions(lines(text))))[:_MOST_ITEMS]


def _actions(every: Sequence[Line]) -> Iterator[Action]:
    listing = False
    for line in every:
        if not line.words:
            continue
        if _ACTION_LIST.fullmatch(line.words):
            listing = True
        elif match := _ACTION.search(line.words):
            listing = False
            yield _action(match["words"], match["who"])
        elif listing and (match := _WHO.fullmatch(_unbulleted(line.words))):
            yield _action(match["what"], match["who"])
        elif listing:
            listing = bool(_BULLET.match(line.words))


def _unbulleted(words: str) -> str:
    match = _BULLET.fullmatch(words)
    return match["words"] if match else words


def _action(words: str, who: str | None) -> Action:
    words = _cut(words)
    if who is None and (match := _WHO.fullmatch(words)):
        who, words = match["who"], match["what"]
    due = _DUE.search(words)
    what = words[: due.start()] if due else words
    return Action(who.strip() if who else None, what.strip(" .,;-–(") or words, due["due"].strip() if due else None)


def asks(text: str) -> tuple[str, ...]:
    """Sentences that ask the municipality for something."""
    found = [_cut(words) for words in _with_stem(text, _ASK_STEMS) if _ASK.search(words)]
    return tuple(dict.fromkeys(found))[:10]


def _with_stem(text: str, stems: Sequence[str]) -> Iterator[str]:
    """The sentences that have one of the stems: the patterns behind them are too slow to try on every sentence."""
    return (words for words in sentences(text) if any(stem in words.lower() for stem in stems))


def _cut(words: str) -> str:
    words = tidy(words).lstrip("-•*–◦▪ ")
    return words if len(words) <= _MOST_CHARACTERS else words[: _MOST_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"

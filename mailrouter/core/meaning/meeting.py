"""Which of the dates in a mail is the meeting's: every date is weighed by the words around it.

Minutes look back and carry the previous and the next meeting's dates too; an invitation looks forward and carries
deadlines and posting dates. The date with the most in its favour wins; one with too little is left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from mailrouter.core.meaning.dates import FoundDate, FoundTime
from mailrouter.core.meaning.words import sentence
from mailrouter.core.meaning.zones import Zone

Aim = Literal["past", "future"]
"""Whether the meeting sought has been held (minutes) or is to come (everything else)."""

_NEAR = 90
_MEETING = (
    r"(?:vergader|bijeenkomst|overleg|ledenavond|avond|schouw|opening|inloop|borrel|debat|spreekuur|\balv\b|feest|markt"
    r"|excursie|viering|herdenking|activiteit|middag)"
)


@dataclass(frozen=True, slots=True)
class _Cue:
    """Words that speak for or against a date. `side`: before or after it in its sentence, its line, or all of it."""

    side: Literal["before", "after", "line", "sentence"]
    shape: re.Pattern[str]
    past: float
    future: float


def _cue(side: Literal["before", "after", "line", "sentence"], shape: str, past: float, future: float) -> _Cue:
    return _Cue(side, re.compile(shape), past, future)


_CUES = (
    _cue("before", r"(?:notulen|verslag|vergadering|overleg|bijeenkomst|gehouden|avond)[^.!?]{0,70}$", 2, 0),
    _cue("before", r"\bop\s(?:de|onze)\s\w*(?:bijeenkomst|vergadering|avond)\svan\s$", -2, 0),
    _cue("before", r"\bd\.?\s?d\.?:?\s{0,3}$", 1.5, 0),
    _cue("line", r"^\W{0,4}(?:datum|vergaderdatum|vergaderd|gehouden|wanneer|dag|data)\b[^:?]{0,20}[:?]", 3, 3),
    _cue("sentence", rf"{_MEETING}|uitgenodigd|uitnodig|welkom", 0.5, 1.5),
    _cue("after", r"^[^.!?]{0,40}\b(?:was|waren|vond|hield|hielden|had|kwamen?|vergaderde)\b", 1.5, -3),
    _cue("before", r"\b(?:was|waren|vond|hield|hielden)\b[^.!?]{0,40}$", 1, -3),
    _cue("before", r"(?:vorige|laatste|vastst|goedkeur|goedgekeurd|keurde|n\.a\.v)[^.!?]{0,60}$", -4, -3),
    _cue("after", r"^[^.!?]{0,50}(?:goedgekeurd|vastgesteld|goedkeur|akkoord)", -4, -3),
    _cue("before", r"(?:notulen|verslag)(?:en)?\b[^.!?]{0,40}$", 0, -4),
    _cue("line", r"^\s{0,8}(?:\d{1,2}[.):]?[a-z]?|[•*◦▪-])\s", -1.5, -0.5),
    _cue("before", r"\($", -1, -0.5),
    _cue("before", r"\buitnodiging\b[^.!?]{0,40}$", -2, 1),
    _cue("after", r"^,?\s{0,3}\d\d:\d\d\s{0,3}(?:\n|$)", -3, -1),
    _cue(
        "before",
        r"(?:volgende|eerstvolgende|nieuwe|komende|andere)\s+(?:\w+\s+){0,2}(?:\w*vergadering|\w*bijeenkomst|\w*overleg|\w*data|datum|keer)"
        r"[^!?]{0,70}$",
        -5,
        0,
    ),
    _cue("before", r"(?:vergaderdata|vergaderrooster|jaarplanning)[^!?]{0,80}$", -4, -1),
    _cue(
        "before",
        r"(?:uiterlijk|(?<!\buit\s)(?<!uitgenodigd\s)v[oó][oó]r|tot|vanaf|sinds|t/m|per)\s{1,3}(?:\w+dag\s)?$",
        -2,
        -2,
    ),
    _cue("sentence", r"aanmeld|opgeven|inschrij|reageren|reacties|aanleveren|inlever", -1.5, -1),
    _cue("before", r"(?:inschrij\w+|aanmeld\w+|opgeven|reageren|stemmen|ter\sinzage)\b[^.!?]{0,20}$", -2.5, -2.5),
    _cue("before", r"\b(?:begint|start|stopt|gaat|ingaande|gesloten|dicht)\s(?:\w+\s){0,2}(?:op\s|in\s)?$", -2, 0),
    _cue("after", r"^[^.!?]{0,25}\s(?:\w+en\s(?:we|wij)|is\ser|vindt|houdt|houden|organiseert)\b", 0, 1),
    _cue("line", r"^\s{0,8}[a-zà-þ'’][\w'’-]+(?:[ -][\w'’-]+){0,2},\s(?:d\.d\.\s)?(?:\w+dag\s)?$", 0, -1.5),
    _cue("before", r"\bdag\s(?:later|erna|ervoor|eerder)\W{0,3}(?:is\s)?(?:\w+dag\s)?$", -3, -3),
    _cue("before", r"(?:geplaatst|gepubliceerd|gepost|bijgewerkt|verzonden|ingezonden)[^.!?]{0,20}$", -5, -5),
    _cue("before", r"(?:in\splaats\svan|i\.p\.v\.|oorspronkelijk\w*|niet\s(?:op|meer\sop))[^.!?]{0,30}$", -2, -4),
    _cue("before", r"(?:nieuwe|gewijzigde|andere)\sdatum(?:\s(?:is|wordt))?\s?:?\s{0,3}(?:\w+dag\s)?$", -1, 3),
    _cue("before", r"\bschuiven\b[^.!?]{0,30}\bop\b\s?:?\s{0,3}(?:\w+dag\s)?$", -1, 3),
    _cue("before", r"(?:geannuleerd|afgelast|vervallen)\b[^.!?]{0,30}$", -1, -2.5),
    _cue("before", r"\bgesprek\b[^.!?]{0,40}$", -2, -1),
    _cue("after", r"^[^.!?]{0,25}(?:gaat|gaan|ging)\sniet\sdoor", -1, -2.5),
    _cue("before", r"(?:verplaatst|verzet|verschoven|uitgesteld)\s(?:naar|tot)[^.!?]{0,20}$", -1, 2),
    _cue("before", r"(?:brief|mail|besluit|offerte|nota|rapport|raadsvoorstel)\s(?:van|d\.d\.)[^.!?]{0,12}$", -3, -3),
)
_AHEAD = re.compile(r"a\.\s?s\.?|aanstaande|komende", re.IGNORECASE)
_NUMBER = re.compile(r"\d")
_MAY_BE_A_NUMBER = re.compile(r"\d{1,2}-\d{1,2}")
"""Of minutes too: "26-04" is the fourth of a year."""
_ENOUGH = {"past": 2.0, "future": 1.5}
_AS_GOOD = 2.0
_CHOICE = 3
_FIRST = 0.5
"""What it is worth to be the first day that a text names."""
_CHOOSE = re.compile(
    r"\b(?:beide|twee|drie|vier)\s[\w-]*(?:avonden|middagen|ochtenden|momenten|bijeenkomsten)\b|\b(?:u|je)\skiest\b|\bkunt\s(?:u\s)?kiezen\b"
)
"""Words that tell of a choice, so that two days are enough for one; else it takes `_CHOICE`."""
_HEAD = 300
_FAR = 10_000
_START_CUES = (
    (
        re.compile(
            r"\b(?:aanvang\w*|beg[io]n\w*|start\w*|open(?:t|ing|de)|geopend|tijd(?:stip)?|hoe\slaat)\b[^.!?\n]{0,30}\Z"
        ),
        3.0,
    ),
    (re.compile(r"(?:^|\n)\W{0,4}(?:\d{1,2}[.)]\s)?$"), 1.0),
    (re.compile(r"duurt\svan\s$"), 3.0),
    (re.compile(r"(?:vertrek\w*|verzamel\w*)[^\S\n](?:\w+[^\S\n]){0,2}\Z"), 2.0),
    (re.compile(r"(?:vanaf|om|van)\s{1,3}(?:ca\.?\s|circa\s)?$"), 1.0),
    (re.compile(r"(?:zaal|deur\w*|kerk|dorpshuis)\s(?:is\s|gaat\s)?open[^.!?\n\d]{0,15}\Z"), -5.0),
    (re.compile(r"(?:open|inloop)[^\S\n]{0,2}(?:\w+[^\S\n]){0,2}\Z"), -1.0),
    (re.compile(r"(?:koffie|ontvangst)(?:[^\S\n]\w+){0,3}[^\S\n]{1,2}\Z"), -3.0),
    (re.compile(r"\b(?:tot|einde?|sluit\w*|afsluit\w*|uiterlijk|v[oó][oó]r)\b[^.!?\n]{0,30}\Z"), -5.0),
)
_OF_NEXT = re.compile(
    r"(?:volgende|eerstvolgende|nieuwe|komende)\s(?:\w+\s){0,2}?(?:\w*vergadering|\w*bijeenkomst|\w*overleg|keer|datum|\w*vergaderdatum)\b"
)
_DOORS_AFTER = re.compile(
    r"\s{0,3}[(:,-]?\s?(?:(?:is|gaat|gaan)\s(?:de\s|het\s)(?:zaal|deur)|(?:zaal|deur\w{0,3})\s(?:is\s|gaat\s|gaan\s)?open(?!\w*\W{0,3}(?:vanaf\s|om\s)?\d))"
)
_WALK_IN_AFTER = re.compile(
    r"\s{0,3}[(:,–-]?\s?(?:inloop|ontvangst|koffie)[^.!?]{0,40}\d[.:]\d\d\s?(?:uur|u)?\s{1,3}(?:\w{1,20}\s)?(?:start|begin|aanvang|opening)"
)
"""People may walk in before it begins, and when that is is said too."""
_ITEM = re.compile(r"\s{0,8}[-•*●◦▪]\s")
"""In a list below the head of minutes stands what was talked about."""
_OPENS_AFTER = re.compile(r"[\s:–-]{0,4}(?:opent|heet|begint?|beginnen|begon(?:nen)?|start|aanvang)\b")
_OPENING_AFTER = re.compile(r"[\s:–-]{0,4}(?:\w{1,20}e\s)?opening\b")
_END_BEFORE = re.compile(r"\b(?:tot|einde?|eindtijd|sluit\w*)\b[^.!?\n]{0,40}\Z")


@dataclass(frozen=True, slots=True)
class Held:
    """The date of a meeting, where it was found, and what spoke for it."""

    found: FoundDate
    zone: Zone
    weight: float


def meeting_date(zones: Sequence[Zone], aim: Aim) -> Held | None:
    """The date of the meeting the mail is about; None if none stands out."""
    weighed: dict[date, Held] = {}
    places: dict[date, set[str]] = {}
    for held in _candidates(zones, aim):
        value = held.found.value
        places.setdefault(value, set()).add(held.zone.name)
        if value not in weighed or held.weight > weighed[value].weight:
            weighed[value] = held
    best = max(weighed.values(), key=lambda held: held.weight + 0.5 * len(places[held.found.value]), default=None)
    if best is None or best.weight < _ENOUGH[aim]:
        return None
    return None if aim == "future" and _is_choice(best, [held.weight for held in weighed.values()]) else best


def _is_choice(best: Held, weights: Sequence[float]) -> bool:
    """Whether other days are as good: a choice or a series, none of which is the day."""
    if sum(weight >= best.weight - _AS_GOOD for weight in weights) >= _CHOICE:
        return True
    return sum(weight >= best.weight - _FIRST for weight in weights) >= 2 and bool(_CHOOSE.search(best.zone.lowered))


def _candidates(zones: Sequence[Zone], aim: Aim) -> Iterator[Held]:
    for zone in zones:
        if zone.name == "quoted":
            continue
        found = _same_year(zone.dates_towards("past" if aim == "past" else None), zones, aim)
        for index, item in enumerate(found):
            yield Held(item, zone, _weight(item, zone, aim) + (_FIRST if index == 0 else 0))


def _same_year(found: list[FoundDate], zones: Sequence[Zone], aim: Aim) -> list[FoundDate]:
    """A date without a year that another zone writes in full is that date."""
    exact = {(item.value.month, item.value.day): item for zone in zones for item in zone.dates if item.exact}
    if aim == "past":
        known = [exact.get((item.value.month, item.value.day), item) for item in found]
        return [
            item if item.exact else FoundDate(full.value, item.start, item.end, item.words, item.until, full.exact)
            for item, full in zip(found, known, strict=True)
        ]
    return found


def _weight(item: FoundDate, zone: Zone, aim: Aim) -> float:
    weight = (0.5 if item.exact else 0) + (0.5 if "dag" in item.words.lower() else 0)
    if aim == "past" and (item.value > zone.today or (item.value == zone.today and not _NUMBER.search(item.words))):
        weight -= 6  # "vanavond" in minutes is the evening of the meeting, not that of the mail
    elif aim == "future" and item.value < zone.today:
        weight -= 2.5 if item.exact else 6  # an old invitation is still one, if it gives the year
    if zone.is_title:
        weight += 2 if _MAY_BE_A_NUMBER.fullmatch(item.words) else 3
    elif item.start < _HEAD:
        weight += 1.5 if aim == "past" else 0.5
    weight += _alone(item, zone) if aim == "future" else 0
    begin, end = sentence(zone.text, item.start, item.end)
    if aim == "future" and zone.name != "subject":
        weight += 2 if _AHEAD.search(item.words) else 0
        close = [time for time in zone.times if begin <= time.start <= max(end, item.end + _NEAR)]
        weight += 2 if any(time.end <= end for time in close) else 1 if close else 0
    return weight + sum(_speaks(cue, item, zone, begin, end, aim) for cue in _CUES)


def _alone(item: FoundDate, zone: Zone) -> float:
    """What it is worth that a date has a line of its own: the day of a poster, or that of the letter itself."""
    end = zone.lowered.find("\n", item.end)
    before = zone.lowered[zone.lowered.rfind("\n", 0, item.start) + 1 : item.start]
    after = zone.lowered[item.end : end if end >= 0 else len(zone.text)]
    if zone.is_title or before.strip(" *_>•-") not in ("", "op") or after.strip(" *_.,:;-"):
        return 0.0
    return -2.0 if item.value == zone.today else 1.5


def _speaks(cue: _Cue, item: FoundDate, zone: Zone, begin: int, end: int, aim: Aim) -> float:
    weight = cue.past if aim == "past" else cue.future
    if not weight:
        return 0
    if cue.side == "before":
        words = zone.lowered[max(begin, item.start - _NEAR) : item.start]
    elif cue.side == "after":
        words = zone.lowered[item.end : min(end, item.end + _NEAR)]
    elif cue.side == "line":
        words = zone.lowered[zone.lowered.rfind("\n", 0, item.start) + 1 : item.start][-_NEAR:]
    else:
        words = zone.lowered[begin:end]
    return weight if cue.shape.search(words) else 0


@dataclass(frozen=True, slots=True)
class Hours:
    """When a meeting starts and ends, and the words that say so."""

    start: time | None = None
    end: time | None = None
    start_words: str = ""
    end_words: str = ""


def meeting_hours(held: Held | None, zones: Sequence[Zone], aim: Aim) -> Hours:
    """Start and end of the meeting: the times close to its date, "aanvang" before "zaal open"."""
    first = (held.zone,) if held else ()
    for zone in (*first, *(zone for zone in zones if zone not in first and zone.name != "quoted")):
        near = [item.end for item in zone.dates if held and item.value == held.found.value]
        options = [
            (weight, -item.start, item)
            for item in zone.times
            if (weight := _start_weight(item, zone, near, aim)) >= (1 if aim == "future" else 2)
        ]
        if options:
            return _hours(max(options, key=lambda option: option[:2])[2], zone)
    return Hours()


def _start_weight(item: FoundTime, zone: Zone, near: list[int], aim: Aim) -> float:
    before = zone.lowered[max(0, item.start - 50) : item.start]
    after = zone.lowered[item.end : item.end + 80]
    weight = sum(value for shape, value in _START_CUES if shape.search(before))
    weight -= 3 if _DOORS_AFTER.match(after) else 2 if _WALK_IN_AFTER.match(after) else 0
    if aim == "past" and (_OF_NEXT.search(zone.lowered[_line_start(zone, item.start) : item.start])):
        return -9.0
    weight += 3 if _OPENS_AFTER.match(after) else 1.5 if _OPENING_AFTER.match(after) else 0
    closest = min((item.start - place for place in near if item.start >= place), default=_FAR)
    weight += 2.5 if closest < 60 else 1.5 if closest < 250 else 0
    if aim == "future" and closest == _FAR and item.start < 2 * _HEAD:
        weight += 1.5
    if aim == "past" and _ITEM.match(zone.lowered, _line_start(zone, item.start), item.start) and "open" not in before:
        weight -= 2
    if aim == "past" and item.start > 4 * _HEAD and "open" not in before:
        weight -= 3
    return weight


def _line_start(zone: Zone, place: int) -> int:
    return max(zone.lowered.rfind("\n", 0, place) + 1, place - 2 * _NEAR)


def _hours(first: FoundTime, zone: Zone) -> Hours:
    ranges = [item for item in zone.times if item.until]
    if first.until:
        until = first.until if len(ranges) == 1 else None  # several: a programme, whose end nobody wrote
        return Hours(first.value, until, first.words, first.words if until else "")
    for item in zone.times:
        before = zone.lowered[max(first.end, item.start - 50) : item.start]
        later = item.start > first.end and item.value > first.value and not item.until
        if later and _END_BEFORE.search(before) and (item.start - first.end < 120 or "sluit" in before):
            return Hours(first.value, item.value, first.words, item.words)
    return Hours(first.value, None, first.words)


@dataclass(frozen=True, slots=True)
class Change:
    """That a meeting is moved or cancelled, from when, and the words that say so."""

    status: Literal["moved", "cancelled"]
    words: str
    moved_from: FoundDate | None = None


_CANCELLED = re.compile(
    r"(?:gaat|gaan)\s(?:\w+\s){0,4}niet\sdoor|geannuleerd|afgelast|komt\s(?:\w+\s){0,2}te\svervallen|\bvervalt\b|afgezegd"
    r"|niet\sdoorgaan|annulering"
)
_MOVED = re.compile(
    r"verplaatst|verzet\b|verschoven|uitgesteld|gewijzigde\sdatum|nieuwe\sdatum|andere\sdatum|in plaats van|i\.p\.v\."
)
_IF = re.compile(r"\b(?:indien|als|mocht)\b")
_OLD = re.compile(
    r"(?:\bvan|in\splaats\svan|i\.p\.v\.|oorspronkelijk\w*|niet(?:\smeer)?(?:\sop)?|datum)\s[^.!?]{0,25}$"
)
_NEW = re.compile(r"(?:\bnaar|\btot|nieuwe\sdatum|wordt|maar\sop|nu\sop)\b[^.!?]{0,40}$")


def change_of(zones: Sequence[Zone]) -> Change | None:
    """What the sender's own words say about a meeting that is moved to another date, or does not take place."""
    for zone in zones:
        if zone.name not in ("subject", "text"):
            continue
        if change := _moved(zone) or _cancelled(zone):
            return change
    return None


def _moved(zone: Zone) -> Change | None:
    for match in _MOVED.finditer(zone.lowered):
        begin, end = sentence(zone.text, *match.span())
        inside = [item for item in zone.dates if begin <= item.start < end]
        new = [item for item in inside if _NEW.search(zone.lowered[max(begin, item.start - 60) : item.start])]
        old = [item for item in inside if item not in new]
        if match[0].startswith(("in ", "i.p.v")):
            old = [item for item in inside if item.start > match.end()]
            new = [item for item in inside if item.start < match.start()]
        if new or (zone.name == "subject" and inside):
            before = zone.lowered[max(begin, old[0].start - 40) : old[0].start] if old else ""
            source = old[0] if old and (_OLD.search(before) or old[0].start < match.start()) else None
            return Change("moved", match[0], source)
    return None


def _cancelled(zone: Zone) -> Change | None:
    for match in _CANCELLED.finditer(zone.lowered):
        begin, end = sentence(zone.text, *match.span())
        words = zone.lowered[begin:end]
        dated = any(begin <= item.start < end and item.value >= zone.today for item in zone.dates)
        if (dated or zone.name == "subject" or re.search(_MEETING, words)) and not _IF.search(words):
            return Change("cancelled", zone.text[match.start() : match.end()])
    return None

"""Signs of days: whether the meeting that a text is about has been held, or is to come.

A day that is a deadline, or that of the meeting after this one, tells neither; nor does a meeting that is only
mentioned.
"""

import re
from datetime import timedelta

from mailrouter.core.meaning import matters, places
from mailrouter.core.meaning.view import TITLE, Reading
from mailrouter.core.meaning.words import sentence, tidy
from mailrouter.core.meaning.zones import MOST, Zone

HEAD = 1500
"""Characters of a text in which stands what it is about."""
_A_SEASON = timedelta(days=100)
_MEETING = re.compile(
    r"vergader|bijeenkomst|ledenavond|avond\b|schouw|opening|inloop|borrel|debat|spreekuur|\balv\b|feest|herdenking"
    r"|overleg|schoonmaak|markt|middag\b"
)
INVITES = re.compile(
    r"nodig(?:en|t)?\s(?:\w+\s){0,4}(?:uit\b|van\sharte)|\b(?:u|jij|je|jullie|men|iedereen)\s(?:[\w,]+\s){0,5}uitgenodigd"
    r"|uitgenodigd\s(?:voor|om|bij)|(?:iedereen|u|inwoners|bewoners|leden|belangstellenden)\s(?:\S+\s){0,7}welkom\b"
    r"|(?:van\sharte|hartelijk)\swelkom|welkom\s(?:bij|op|in|is)\b|\bkom(?:t)?\s(?:allen|ook|gerust|dan)\b|\buw\skomst\b"
    r"|noteer(?:t)?\s(?:\w+\s){0,3}datum|zien\s(?:u|jullie)\sgraag|hierbij\s(?:\w+\s){0,3}uitnodiging|zaal\s(?:is\s)?open"
    r"|\bbent\sbij\sdeze\suitgenodigd|laat\s(?:\w+\s){0,3}weten\sof\s(?:u|je|jullie)\s(?:\w+\s)?(?:komt|kunt|kunnen|erbij|aanwezig)\b|weten\sof\shet\slukt|komt\su\s(?:ook|\d)"
    r"|\buitnodigen\s(?:voor|om|bij)\b|\bzijn\s(?:\w+\s){0,2}welkom\b|\b(?:kom|loop|wip|schuif)\s(?:\w+\s){0,2}(?:langs|binnen|aan|kijken|luisteren|meepraten)\b"
    r"|\b(?:vinden|stellen)\sals\s(?:u|jullie|je|jij)\b|\bkom\sop\s(?:\w+dag\b|\d)|\bgraag\smet\s(?:u|jullie)\sop\b|\blint\s(?:door|te)\s?(?:knip|wilt|komt)"
)
_TOLD = re.compile(
    r"\b(?:was|waren|vond|hield(?:en)?|had|hadden|kwam\w*|vergaderde\w*|werd|zat(?:en)?|sprak(?:en)?|stond(?:en)?|is\sgehouden|bijeengeweest)\b"
)
_MEETING_HELD = re.compile(r"vergader|bijeen|overleg|avond\b|\balv\b|schouw")
_MENTIONED = re.compile(
    r"\btijdens\b|\b(?:laatste|vorige|eerste|tweede)\s\w*(?:vergadering|bijeenkomst)|\bin\s(?:het|de|jullie|uw|ons)\s(?:verslag|notulen)\b|\bzat\su\b"
    r"|\bin\s(?:onze|haar|zijn)\s\w*(?:vergadering|bijeenkomst|overleg)\b"
)
"""A meeting or its minutes are mentioned on the way to something else."""
_REPORTED = re.compile(r"notulen|verslag|vergadering|besluitenlijst")
_REPORTED_ON_TOP = re.compile(r"overleg|bijeenkomst|samenvatting|impressie|acties\svan|\w*avond\b")
_LATER = re.compile(
    r"(?:\b(?:eerst)?volgende\b|verschoven\snaar|\bacties?\b|\breacties?\b|aanleveren|aanvragen)[^.!?\n]{0,60}$"
    r"|\b(?:uiterlijk|v[oó][oó]r|tot(?:\sen\smet)?|vanaf|per|met\singang\svan)\s{1,2}(?:op\s)?(?:\w+dag\s)?$"
)
"""What makes a day to come a deadline, or the meeting after the one that a text is about."""
_ITEM = re.compile(
    r"^[^\w\n]{0,6}(?:\d{1,2}[.):]?\s|[a-z][.)]\s|[-•*●◦▪>]\s?|[A-ZÀ-Þ0-9][\w'’ /-]{1,28}[:.]\s)\S", re.MULTILINE
)


def future_date_time_place(reading: Reading) -> str | None:
    """A meeting on a day to come, with a time and a place."""
    for zone in reading.bodies():
        words = future_with_time(zone, HEAD)
        if words and any(_names_place(other) for other in (zone, *reading.zones) if other.name != "quoted"):
            return words
    return None


def _names_place(zone: Zone) -> bool:
    head = zone.text[:HEAD]
    return bool(places.labelled_place(head) or places.named_place(head))


def future_meeting_date(reading: Reading) -> str | None:
    """A meeting, evening or opening on a day to come, among the first things said."""
    for zone in reading.zones:
        if zone.name not in ("subject", "text", "attachment"):
            continue
        for item in zone.dates:
            begin, end = sentence(zone.text, item.start, item.end)
            ahead = item.value >= zone.today and item.start < HEAD / 2 and not _is_later(zone, item.start)
            if ahead and _MEETING.search(zone.lowered[begin:end]):
                return tidy(zone.text[begin:end])[:120]
    return None


def future_date_time(reading: Reading) -> str | None:
    """A day to come with a time, among the first things said."""
    return next((words for zone in reading.told() if (words := future_with_time(zone, HEAD // 2))), None)


def future_date(reading: Reading) -> str | None:
    """A day to come in a title, or among the first things said."""
    for zone in reading.told():
        for item in zone.dates:
            if item.start < HEAD // 4 and item.value >= zone.today and not _is_later(zone, item.start):
                return item.words
    return None


def future_with_time(zone: Zone, reach: int = MOST) -> str | None:
    for item in zone.dates:
        if (
            item.start < reach
            and item.value >= zone.today
            and not _is_later(zone, item.start)
            and any(-60 < time.start - item.end < 200 for time in zone.times)
        ):
            return tidy(item.words)
    return None


def _is_later(zone: Zone, start: int) -> bool:
    """Whether the date that begins there is a deadline, or that of a next meeting."""
    line = zone.lowered[max(zone.lowered.rfind("\n", 0, start) + 1, start - 90) : start]
    return bool(_LATER.search(line)) and not INVITES.search(line)


def past_meeting_date(reading: Reading) -> str | None:
    """The head of a text gives a past date for a meeting or its minutes."""
    for zone in reading.zones:
        if zone.name == "quoted":
            continue
        for item in zone.dates:
            if item.value >= zone.today or item.start >= 200:
                break
            before = zone.lowered[max(0, item.start - 60) : item.start]
            if _MENTIONED.search(before):
                break
            if _REPORTED.search(before) or (item.start < TITLE and _REPORTED_ON_TOP.search(before)):
                return tidy(zone.text[max(0, item.start - 60) : item.end])
    return None


def items_of_past_day(reading: Reading) -> str | None:
    """The first day named is past, and items side by side follow it: notes of a meeting, whatever they are called."""
    told = reading.told()
    first = next((zone.dates[0] for zone in told if zone.dates and zone.dates[0].start < TITLE), None)
    if first is None or not told or not timedelta(0) < told[0].today - first.value < _A_SEASON:
        return None
    items = max(len(_ITEM.findall(zone.text[:HEAD])) for zone in told)
    return f"{first.words}, {items} punten" if items >= 3 else None


def meeting_told(reading: Reading) -> str | None:
    """A sentence that tells of a meeting held: a past date, a verb in the past tense."""
    for zone in reading.bodies():
        for item in zone.dates:
            begin, end = sentence(zone.text, item.start, item.end)
            words = zone.lowered[begin:end]
            early = item.value < zone.today and item.start < HEAD / 5 and not _MENTIONED.search(words)
            if early and _TOLD.search(words) and _MEETING_HELD.search(words):
                return tidy(zone.text[begin:end])[:120]
    return None


def many_days(reading: Reading) -> str | None:
    """Four days to come or more: a calendar or a newsletter."""
    for zone in reading.bodies():
        days = {item.value: item.words for item in zone.dates if item.value >= zone.today}
        if len(days) >= 4:
            return "; ".join(days.values())[:80]
    return None


def title_date(reading: Reading) -> str | None:
    """A date in a title."""
    for zone in reading.zones:
        if zone.name in ("subject", "filename") and zone.dates:
            return zone.dates[0].words
    return None


def years_to_come(reading: Reading) -> str | None:
    """A year later than the one in which it was written."""
    return next((found for zone in reading.told() if (found := matters.years_to_come(zone.lowered, zone.today))), None)

"""The named structural signs that kinds.yaml can weigh: what the shape of a mail says, beyond its words.

Each sign is a function from what is read of a mail to the words it rests on, or None. Add one here and in `SIGNS`;
what it weighs for which kind is config.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from mailrouter.core.meaning import agenda, matters, places
from mailrouter.core.meaning.dates import find_dates
from mailrouter.core.meaning.event import Event, first_event
from mailrouter.core.meaning.words import sentence, tidy
from mailrouter.core.meaning.zones import MOST, Zone
from mailrouter.core.model import Mail

_TITLE = 90
_HEAD = 1500
_LONG = 6_000
_A_SEASON = timedelta(days=100)
_COVER = 400
_ASKING = 8_000
"""Characters of a text in which a question to the municipality is sought."""
_BODIES = ("text", "attachment")
_MEETING = re.compile(
    r"vergader|bijeenkomst|ledenavond|avond\b|schouw|opening|inloop|borrel|debat|spreekuur|\balv\b|feest|herdenking"
    r"|overleg|schoonmaak|markt|middag\b"
)
_MINUTES_TITLE = re.compile(
    r"\b(?:concept|besluit)?notulen\b|\bbesluitenlijst\b|\bvergaderstukken\b|\b\w*vergaderverslag(?:en)?\b|^\W{0,3}verslag\W{0,3}$|\bverslag\s\w*vergadering"
    r"|\b(?:kort\s|beknopt\s)?(?:vergader|raads|bestuurs|bijeenkomst)?verslag(?:en)?\b[^.!?\n]{0,40}?(?:vergadering|bijeenkomst|overleg|dorpsraad"
    r"|wijkraad|kernraad|\w*avond\b|\balv\b|platform|dorpsbelang|(?<!\d)\d{1,2}(?:[/-]|\s(?:jan|feb|m|apr|ju|aug|sep|okt|nov|dec)))"
    r"|^\W{0,3}(?:aantekeningen|terugkoppeling|uitkomsten|bevindingen)\b[^.!?\n]{0,30}(?:\d|overleg|vergadering|dorpsraad|gesprek|bijeenkomst|schouw)"
)
_REPORT_BEGINS = re.compile(
    r"\W{0,3}(?:(?:concept|kort|beknopt|hierbij|bijgaand|gespreks)[- ]?\s?(?:de\s|het\s|een\s)?)?"
    r"(?:notulen|verslag(?:je|ske)?|besluitenlijst|samenvatting|impressie|ferslach)\b[^.!?\n]{0,60}?"
    r"(?:vergadering|bijeenkomst|overleg|\w{0,12}raad|avond\b|\balv\b|\bdorpsbelang|\b\d{1,2}[ /-])"
)
"""How a text begins that is a report, also when it goes on as a sentence."""
_ASK_MINUTES = re.compile(
    r"(?:vraag|vragen|opmerking|reactie|reacties|ontbreken|waar\sblijven)\b[^.!?\n]{0,30}(?:notulen|verslag)"
)
_INVITATION_TITLE = re.compile(
    r"(?<!\buw\s)(?<!\bje\s)(?<!jullie\s)\b(?:uitnodiging|invitatie|vooraankondiging|save\sthe\sdate)\b"
)
_AGENDA_TITLE = re.compile(r"\b(?:agenda|vergadering|\w*vergadering|bijeenkomst|\w*avond|alv|opening|\w*schouw)\b")
_ABSENT = re.compile(
    r"\bafwezig\s(?:m\.?k\.?|met\skennisgeving|met\sbericht|zonder)|\bm\.k\.a?\b|bericht\svan\sverhindering|\bafbericht\b"
    r"|(?:^|\n)\W{0,3}(?:afwezig|afgemeld|verhinderd|afmeldingen)\w{0,2}\s?:"
)
_INVITES = re.compile(
    r"nodig(?:en|t)?\s(?:\w+\s){0,4}(?:uit\b|van\sharte)|\b(?:u|jij|je|jullie|men|iedereen)\s(?:\w+\s){0,4}uitgenodigd"
    r"|uitgenodigd\s(?:voor|om|bij)|(?:iedereen|u|inwoners|bewoners|leden|belangstellenden)\s(?:\S+\s){0,7}welkom\b"
    r"|(?:van\sharte|hartelijk)\swelkom|welkom\s(?:bij|op|in|is)\b|\bkom(?:t)?\s(?:allen|ook|gerust|dan)\b|\buw\skomst\b"
    r"|noteer(?:t)?\s(?:\w+\s){0,3}datum|zien\s(?:u|jullie)\sgraag|hierbij\s(?:\w+\s){0,3}uitnodiging|zaal\s(?:is\s)?open"
    r"|\bbent\sbij\sdeze\suitgenodigd|laat\s(?:\w+\s){0,3}weten\sof\s(?:u|je|jullie)\s(?:\w+\s)?komt|komt\su\s(?:ook|\d)"
)
_APPROVED = re.compile(
    r"(?:notulen|verslag)\b[^.!?\n]{0,60}(?:goedgekeurd|vastgesteld|akkoord|ongewijzigd|goed\sbevonden)"
    r"|(?:keurt?\w*|stelt?|stelde\w*)\s(?:dit\s|het\s|de\s)(?:verslag|notulen)\s(?:goed|vast)|daarmee\svastgesteld"
    r"|(?:goedkeuring|vaststell\w+)[^.!?\n]{0,50}(?:notulen|verslag)[^.!?]{0,50}(?:vastgesteld|goedgekeurd|akkoord)"
)
_CHAIR = re.compile(
    r"voorzitter\s(?:(?:de|het)\s\w+\s)?(?:opent|heet|sluit|verwelkomt|opende|sloot)|(?:opent|sluit)\s(?:\w+\s)?(?:de\s)?(?:voorzitter|vergadering)"
    r"|(?:wordt|is)\s(?:de\svergadering\s)?(?:geopend|gesloten)\sdoor|voorzitter\sen\s\w+\shebben|notulist|notuleert|welkom\sgeheten"
    r"|zijn\sgenotuleerd|(?:opening|sluiting)\s?[.:]?\s(?:door\s)?de\s(?:vice[- ])?voorzitter"
)
_WORK = re.compile(
    r"(?:^|\n)\W{0,4}(?:besluit|actie|aktie|actiepunt|ap)\s?(?:\w+\s?)?:|\b[aA](?:c|k)tielijst\b|\bbesloten\swordt\b"
)
_TOLD = re.compile(
    r"\b(?:was|waren|vond|hield(?:en)?|had|hadden|kwam\w*|vergaderde\w*|werd|zat(?:en)?|sprak(?:en)?|stond(?:en)?|is\sgehouden|bijeengeweest)\b"
)
_MEETING_HELD = re.compile(r"vergader|bijeen|overleg|avond\b|\balv\b|schouw")
_MENTIONED = re.compile(
    r"\btijdens\b|\b(?:laatste|vorige|eerste|tweede)\s\w*(?:vergadering|bijeenkomst)|\bin\s(?:het|de|jullie|uw|ons)\s(?:verslag|notulen)\b|\bzat\su\b"
)
"""A meeting or its minutes are mentioned on the way to something else."""
_REPORTED = re.compile(r"notulen|verslag|vergadering|besluitenlijst")
_REPORTED_ON_TOP = re.compile(r"overleg|bijeenkomst|samenvatting|impressie|acties\svan|\w*avond\b")
_LATER = re.compile(
    r"(?:\b(?:eerst)?volgende\b|verschoven\snaar|\bacties?\b|\breacties?\b|aanleveren|aanvragen)[^.!?\n]{0,60}$"
    r"|\b(?:uiterlijk|v[oó][oó]r|tot(?:\sen\smet)?|vanaf|per)\s{1,2}(?:op\s)?(?:\w+dag\s)?$"
)
"""What makes a day to come a deadline, or the meeting after the one that a text is about."""
_ITEM = re.compile(
    r"^[^\w\n]{0,6}(?:\d{1,2}[.):]?\s|[a-z][.)]\s|[-•*●◦▪>]\s?|[A-ZÀ-Þ0-9][\w'’ /-]{1,28}[:.]\s)\S", re.MULTILINE
)
_REPORTS = re.compile(
    r"\b(?:[A-Z][a-zà-ÿ]{1,14}|[A-Z]\.?|[Dd]hr\.?\s\w+|[Mm]evr?\.?\s\w+|[Vv]oorzitter|[Ss]ecretaris|[Pp]enningmeester|[Ww]ijkagent|[Gg]ebiedsmanager|[Ww]ethouder)\s"
    r"(?:vraagt|meldt|vertelt|zegt|geeft|doet|gaat|regelt|stopt|praat|belt|neemt|opent|sluit|schrijft|stelt|licht|koppelt|bedankt|heet|constateert|merkt|informeert|zorgt|zoekt|maakt|leest|stuurt|past|heeft|vindt)\b"
)


@dataclass(frozen=True)
class Reading:
    """A mail as the signs see it: its zones and the event of its calendar part."""

    mail: Mail
    zones: tuple[Zone, ...]
    timezone: str

    @cached_property
    def event(self) -> Event | None:
        """The first event of a calendar part."""
        return first_event(self.mail.attachments, self.timezone)

    def bodies(self) -> list[Zone]:
        """The attachments' texts and the sender's own words."""
        return [zone for zone in self.zones if zone.name in _BODIES]

    def told(self) -> list[Zone]:
        """What the mail says itself: no quoted history, and no short cover of a longer text that is attached."""
        attached = max((len(zone.text) for zone in self.zones if zone.name == "attachment"), default=0)
        return [
            zone
            for zone in self.zones
            if zone.name != "quoted" and not (zone.name == "text" and len(zone.text) < min(_COVER, attached))
        ]

    def titles(self) -> list[str]:
        """Subject, file names and the first words of each text, in lower case."""
        return [
            zone.lowered if zone.name not in _BODIES else _first_lines(zone.lowered)
            for zone in self.zones
            if zone.name != "quoted"
        ]


def _first_lines(lowered: str) -> str:
    """The first lines of a text as far as they can be a title."""
    lines = [line.strip() for line in lowered[: 3 * _TITLE].lstrip().split("\n")[:2]]
    return "\n".join(line for line in lines if len(line) <= _TITLE and not line.endswith((".", "!", "?", ",")))


Sign = Callable[[Reading], str | None]


def title_minutes(reading: Reading) -> str | None:
    """ "Notulen" or a meeting's "verslag" as a title or as the first words, and not a question about them."""
    titles = (
        tidy(match[0])
        for title in reading.titles()
        if (match := _MINUTES_TITLE.search(title))
        and not _ASK_MINUTES.search(title)
        and not _ahead(reading, title, match)
    )
    return next(titles, None) or _report_begins(reading)


def _ahead(reading: Reading, title: str, match: re.Match[str]) -> bool:
    """Whether a day to come stands in a title before the minutes that it names too."""
    today = reading.zones[0].today
    return any(item.value >= today for item in find_dates(title[: match.start()], today))


def _report_begins(reading: Reading) -> str | None:
    for zone in reading.bodies():
        if match := _REPORT_BEGINS.match(zone.lowered.lstrip()):
            return tidy(match[0])
    return None


def title_invitation(reading: Reading) -> str | None:
    """ "Uitnodiging" as a title, or an agenda or meeting with a date to come."""
    for title in reading.titles():
        if match := _INVITATION_TITLE.search(title):
            return match[0]
    for zone in reading.zones:
        title = zone.lowered if zone.name not in _BODIES else _first_lines(zone.lowered)
        if zone.name == "quoted" or not (match := _AGENDA_TITLE.search(title)):
            continue
        if any(item.value >= zone.today and item.start < len(title) for item in zone.dates):
            return tidy(title)[:80]
        if zone.name == "subject" and not title_minutes(reading) and (words := _soon(reading)):
            return f"{match[0]}, {words}"
    return None


def _soon(reading: Reading) -> str | None:
    """A day to come with a time, among the first things the texts say."""
    return next((words for zone in reading.bodies() if (words := _future_with_time(zone, _HEAD // 3))), None)


def attendee_line(reading: Reading) -> str | None:
    """A line that lists who was there ("Aanwezig: …")."""
    return next((found for zone in reading.bodies() if (found := agenda.attendees_listed(zone.text))), None)


def numbered_agenda(reading: Reading) -> str | None:
    """At least three agenda headings."""
    for zone in reading.bodies():
        found = agenda.headings(zone.text)
        if len(found) >= 3:
            return "; ".join(found[:3])
    return None


def worked_out_agenda(reading: Reading) -> str | None:
    """Agenda headings with something told below them."""
    for zone in reading.bodies():
        found = agenda.headings(zone.text)
        if len(found) >= 3 and agenda.told_below(zone.text, found) and not _future_with_time(zone):
            return "; ".join(found[:3])
    return None


def bare_agenda(reading: Reading) -> str | None:
    """Agenda headings with nothing told below them: of a meeting to come."""
    for zone in reading.bodies():
        found = agenda.headings(zone.text)
        if len(found) >= 4 and not agenda.told_below(zone.text, found):
            return "; ".join(found[:3])
    return None


def calendar_part(reading: Reading) -> str | None:
    """A calendar part with an event, unless it is an answer to one."""
    event = reading.event
    return event.words if event and event.method != "REPLY" else None


def future_date_time_place(reading: Reading) -> str | None:
    """A meeting on a day to come, with a time and a place."""
    for zone in reading.bodies():
        words = _future_with_time(zone, _HEAD)
        if words and any(_names_place(other) for other in (zone, *reading.zones) if other.name != "quoted"):
            return words
    return None


def _names_place(zone: Zone) -> bool:
    head = zone.text[:_HEAD]
    return bool(places.labelled_place(head) or places.named_place(head))


def future_meeting_date(reading: Reading) -> str | None:
    """A meeting, evening or opening on a day to come, among the first things said."""
    for zone in reading.zones:
        if zone.name not in ("subject", "text", "attachment"):
            continue
        for item in zone.dates:
            begin, end = sentence(zone.text, item.start, item.end)
            ahead = item.value >= zone.today and item.start < _HEAD / 2 and not _is_later(zone, item.start)
            if ahead and _MEETING.search(zone.lowered[begin:end]):
                return tidy(zone.text[begin:end])[:120]
    return None


def _is_later(zone: Zone, start: int) -> bool:
    """Whether the date that begins there is a deadline, or that of a next meeting."""
    line = zone.lowered[max(zone.lowered.rfind("\n", 0, start) + 1, start - 90) : start]
    return bool(_LATER.search(line)) and not _INVITES.search(line)


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
            if _REPORTED.search(before) or (item.start < _TITLE and _REPORTED_ON_TOP.search(before)):
                return tidy(zone.text[max(0, item.start - 60) : item.end])
    return None


def items_of_past_day(reading: Reading) -> str | None:
    """The first day named is past, and items side by side follow it: notes of a meeting, whatever they are called."""
    told = reading.told()
    first = next((zone.dates[0] for zone in told if zone.dates and zone.dates[0].start < _TITLE), None)
    if first is None or not told or not timedelta(0) < told[0].today - first.value < _A_SEASON:
        return None
    items = max(len(_ITEM.findall(zone.text[:_HEAD])) for zone in told)
    return f"{first.words}, {items} punten" if items >= 3 else None


def people_report(reading: Reading) -> str | None:
    """Three times or more somebody by name asks, tells or does something."""
    for zone in reading.bodies():
        found = [tidy(match[0]) for match in _REPORTS.finditer(zone.text[: 4 * _HEAD])]
        if len(found) >= 3:
            return "; ".join(dict.fromkeys(found))[:80]
    return None


def many_days(reading: Reading) -> str | None:
    """Four days to come or more: a calendar or a newsletter."""
    for zone in reading.bodies():
        days = {item.value: item.words for item in zone.dates if item.value >= zone.today}
        if len(days) >= 4:
            return "; ".join(days.values())[:80]
    return None


def meeting_told(reading: Reading) -> str | None:
    """A sentence that tells of a meeting held: a past date, a verb in the past tense."""
    for zone in reading.bodies():
        for item in zone.dates:
            begin, end = sentence(zone.text, item.start, item.end)
            words = zone.lowered[begin:end]
            early = item.value < zone.today and item.start < _HEAD / 5 and not _MENTIONED.search(words)
            if early and _TOLD.search(words) and _MEETING_HELD.search(words):
                return tidy(zone.text[begin:end])[:120]
    return None


def _future_with_time(zone: Zone, reach: int = MOST) -> str | None:
    for item in zone.dates:
        if (
            item.start < reach
            and item.value >= zone.today
            and not _is_later(zone, item.start)
            and any(-60 < time.start - item.end < 200 for time in zone.times)
        ):
            return tidy(item.words)
    return None


def _in_bodies(shape: re.Pattern[str]) -> Sign:
    """A sign that a pattern is found in the attachments' texts or the sender's own words."""

    def sign(reading: Reading) -> str | None:
        return next((tidy(match[0]) for zone in reading.bodies() if (match := shape.search(zone.lowered))), None)

    return sign


def _told(sign: Callable[[str], str | None]) -> Sign:
    """A sign that is sought in the first lines of what is told, titles included."""
    return lambda reading: matters.first_of(sign, (zone.lowered for zone in reading.told()))


def bulletin(reading: Reading) -> str | None:
    """Several matters side by side."""
    return matters.first_of(matters.bulletin, (zone.text for zone in reading.bodies()))


def asks_municipality(reading: Reading) -> str | None:
    """The municipality is asked for something."""
    return next((found[0] for zone in reading.bodies() if (found := agenda.asks(zone.text[:_ASKING]))), None)


def future_date_time(reading: Reading) -> str | None:
    """A day to come with a time, among the first things said."""
    return next((words for zone in reading.told() if (words := _future_with_time(zone, _HEAD // 2))), None)


def future_date(reading: Reading) -> str | None:
    """A day to come in a title, or among the first things said."""
    for zone in reading.told():
        for item in zone.dates:
            if item.start < _HEAD // 4 and item.value >= zone.today and not _is_later(zone, item.start):
                return item.words
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


def long_text(reading: Reading) -> str | None:
    """A text of several pages."""
    return next((f"{len(zone.text)} tekens" for zone in reading.bodies() if len(zone.text) > _LONG), None)


SIGNS: Mapping[str, Sign] = {
    "title_minutes": title_minutes,
    "title_invitation": title_invitation,
    "attendee_line": attendee_line,
    "absent_with_notice": _in_bodies(_ABSENT),
    "previous_minutes_approved": _in_bodies(_APPROVED),
    "chair_opens": _in_bodies(_CHAIR),
    "decisions_or_actions": _in_bodies(_WORK),
    "numbered_agenda": numbered_agenda,
    "worked_out_agenda": worked_out_agenda,
    "bare_agenda": bare_agenda,
    "past_meeting_date": past_meeting_date,
    "meeting_told": meeting_told,
    "items_of_past_day": items_of_past_day,
    "people_report": people_report,
    "many_days": many_days,
    "calendar_part": calendar_part,
    "invitation_phrase": _in_bodies(_INVITES),
    "future_date_time_place": future_date_time_place,
    "future_meeting_date": future_meeting_date,
    "future_date_time": future_date_time,
    "future_date": future_date,
    "title_date": title_date,
    "asks_municipality": asks_municipality,
    "lasting_problem": _told(matters.lasting_problem),
    "lacking": _told(matters.lacking),
    "much_lacking": _told(matters.much_lacking),
    "own_plan": _told(matters.own_plan),
    "join_in": _told(matters.join_in),
    "works": _told(matters.works),
    "stages": _told(matters.stages),
    "many_stages": _told(matters.many_stages),
    "gone_by": _told(matters.gone_by),
    "standing": _told(matters.standing),
    "money": _told(matters.money),
    "bulletin": bulletin,
    "many_negations": _told(matters.many_negations),
    "to_be_done": _told(matters.to_be_done),
    "much_to_be_done": _told(matters.much_to_be_done),
    "told_in_past": _told(matters.told_in_past),
    "we_do": _told(matters.we_do),
    "help_wanted": _told(matters.help_wanted),
    "asks_leave": _told(matters.asks_leave),
    "years_to_come": years_to_come,
    "long_text": long_text,
}
"""Name in kinds.yaml → the sign."""

LABELS: Mapping[str, str] = {
    "title_minutes": "de titel is die van notulen",
    "title_invitation": "de titel is die van een uitnodiging",
    "attendee_line": "er staat wie er aanwezig waren",
    "absent_with_notice": "er staat wie zich afmeldde",
    "previous_minutes_approved": "vorige notulen zijn vastgesteld",
    "chair_opens": "de voorzitter opent of sluit",
    "decisions_or_actions": "er staan besluiten of acties in",
    "numbered_agenda": "er staat een genummerde agenda",
    "worked_out_agenda": "bij de agendapunten staat wat er besproken is",
    "bare_agenda": "er staat een agenda zonder wat er besproken is",
    "past_meeting_date": "de vergadering is geweest",
    "meeting_told": "er wordt verteld hoe een bijeenkomst verliep",
    "items_of_past_day": "punten onder een dag die geweest is",
    "people_report": "er staat wie wat vroeg of deed",
    "many_days": "er staan veel dagen in die nog komen",
    "calendar_part": "er zit een agenda-afspraak bij",
    "invitation_phrase": "er wordt uitgenodigd",
    "future_date_time_place": "er staat een datum in de toekomst, met tijd of plaats",
    "future_meeting_date": "de bijeenkomst moet nog komen",
    "future_date_time": "er staat een datum in de toekomst, met een tijd",
    "future_date": "er staat een datum in de toekomst",
    "title_date": "er staat een datum in de titel",
    "asks_municipality": "er wordt iets aan de gemeente gevraagd",
    "lasting_problem": "iets duurt al lang of gebeurt steeds weer",
    "lacking": "er schort iets aan",
    "much_lacking": "er schort veel aan",
    "own_plan": "mensen willen zelf iets doen",
    "join_in": "er wordt gevraagd mee te doen of mee te denken",
    "works": "een overheid, aannemer of bureau voert iets uit",
    "stages": "er staat wanneer wat gebeurt",
    "many_stages": "er staat stap voor stap wanneer wat gebeurt",
    "gone_by": "er wordt teruggekeken of bedankt",
    "standing": "er staat hoe het altijd gaat",
    "money": "er staat een bedrag in",
    "bulletin": "er staan veel onderwerpen naast elkaar",
    "many_negations": "er staat veel wat er niet is",
    "to_be_done": "er wordt iets gedaan of gemaakt",
    "much_to_be_done": "er wordt veel gedaan of gemaakt",
    "told_in_past": "er wordt verteld wat er was",
    "we_do": "wij doen of willen iets",
    "help_wanted": "er wordt hulp gevraagd of aangeboden",
    "asks_leave": "er wordt toestemming gevraagd, of gezegd wat men zelf gaat doen",
    "years_to_come": "er staat een later jaar in",
    "long_text": "de tekst is lang",
}
"""The same names → what the sign says, as the desk reads it."""

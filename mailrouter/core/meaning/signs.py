"""The named structural signs that kinds.yaml can weigh: what the shape of a mail says, beyond its words.

Each sign is a function from what is read of a mail to the words it rests on, or None. Add one here and in `SIGNS`;
what it weighs for which kind is config.
"""

import re
from collections.abc import Callable, Mapping

from mailrouter.core.meaning import agenda, days, matters
from mailrouter.core.meaning.dates import find_dates
from mailrouter.core.meaning.days import HEAD
from mailrouter.core.meaning.meeting import change_of
from mailrouter.core.meaning.view import BODIES, Reading, Sign, first_lines
from mailrouter.core.meaning.words import tidy

_LONG = 6_000
_ASKING = 8_000
"""Characters of a text in which a question to the municipality is sought."""
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
_REPORTS = re.compile(
    r"\b(?:[A-Z][a-zà-ÿ]{1,14}|[A-Z]\.?|[Dd]hr\.?\s\w+|[Mm]evr?\.?\s\w+|[Vv]oorzitter|[Ss]ecretaris|[Pp]enningmeester|[Ww]ijkagent|[Gg]ebiedsmanager|[Ww]ethouder)\s"
    r"(?:vraagt|meldt|vertelt|zegt|geeft|doet|gaat|regelt|stopt|praat|belt|neemt|opent|sluit|schrijft|stelt|licht|koppelt|bedankt|heet|constateert|merkt|informeert|zorgt|zoekt|maakt|leest|stuurt|past|heeft|vindt)\b"
)


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
        title = zone.lowered if zone.name not in BODIES else first_lines(zone.lowered)
        if zone.name == "quoted" or not (match := _AGENDA_TITLE.search(title)):
            continue
        if any(item.value >= zone.today and item.start < len(title) for item in zone.dates):
            return tidy(title)[:80]
        if zone.name == "subject" and not title_minutes(reading) and (words := _soon(reading)):
            return f"{match[0]}, {words}"
    return None


def _soon(reading: Reading) -> str | None:
    """A day to come with a time, among the first things the texts say."""
    return next((words for zone in reading.bodies() if (words := days.future_with_time(zone, HEAD // 3))), None)


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
        if len(found) >= 3 and agenda.told_below(zone.text, found) and not days.future_with_time(zone):
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


def people_report(reading: Reading) -> str | None:
    """Three times or more somebody by name asks, tells or does something."""
    for zone in reading.bodies():
        found = [tidy(match[0]) for match in _REPORTS.finditer(zone.text[: 4 * HEAD])]
        if len(found) >= 3:
            return "; ".join(dict.fromkeys(found))[:80]
    return None


def _in_bodies(shape: re.Pattern[str]) -> Sign:
    """A sign that a pattern is found in the attachments' texts or the sender's own words."""

    def sign(reading: Reading) -> str | None:
        return next((tidy(match[0]) for zone in reading.bodies() if (match := shape.search(zone.lowered))), None)

    return sign


def _told(sign: Callable[[str], str | None]) -> Sign:
    """A sign that is sought in the first lines of what is told, titles included."""
    return lambda reading: matters.first_of(sign, (zone.lowered for zone in reading.told()))


def meeting_changed(reading: Reading) -> str | None:
    """A meeting is moved or does not take place."""
    change = change_of(reading.zones)
    return tidy(change.words) if change else None


def bulletin(reading: Reading) -> str | None:
    """Several matters side by side."""
    return matters.first_of(matters.bulletin, (zone.text for zone in reading.bodies()))


def asks_municipality(reading: Reading) -> str | None:
    """The municipality is asked for something."""
    return next((found[0] for zone in reading.bodies() if (found := agenda.asks(zone.text[:_ASKING]))), None)


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
    "past_meeting_date": days.past_meeting_date,
    "meeting_told": days.meeting_told,
    "items_of_past_day": days.items_of_past_day,
    "people_report": people_report,
    "many_days": days.many_days,
    "calendar_part": calendar_part,
    "invitation_phrase": _in_bodies(days.INVITES),
    "future_date_time_place": days.future_date_time_place,
    "future_meeting_date": days.future_meeting_date,
    "future_date_time": days.future_date_time,
    "meeting_changed": meeting_changed,
    "future_date": days.future_date,
    "title_date": days.title_date,
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
    "years_to_come": days.years_to_come,
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
    "meeting_changed": "een bijeenkomst is verplaatst of gaat niet door",
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

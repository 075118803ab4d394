"""Signs of what a council writes about when it is not a meeting: a problem, a plan, works, or news of all sorts.

Like those in `mailrouter.core.meaning.signs` each tells the words it rests on, or None. They look at how something is
told, not at what it is about: what lasts and is not mended, what people want to do themselves, what an authority does
in stages, what is reported for its own sake.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date

from mailrouter.core.meaning.words import tidy

_MOST = 6_000
"""Characters of a text in which these signs are sought: what a mail is about stands near its top."""
_SHOWN = 80
_WE = (
    r"(?:wij|we|ons\sdorp|de\s(?:dorpsraad|wijkraad|dorpsvereniging|wijkvereniging|bewoners|inwoners|vereniging|stichting|werkgroep)"
    r"|dorpsbelangen?|plaatselijk\sbelang|inwoners|bewoners|buurtbewoners|omwonenden|vrijwilligers|een\sgroep\w*|enkele\s\w+)"
)
_AUTHORITY = (
    r"(?:gemeente(?:raad)?|provincie|waterschap|prorail|rijkswaterstaat|(?:woning)?corporatie|woningstichting|aannemer|adviesbureau|bureau"
    r"|(?:project)?ontwikkelaar|initiatiefnemer|architect|college|gedeputeerde\sstaten|staten|de\sraad|netbeheerder|projectleider)"
)
_LASTING = re.compile(
    r"\b(?:al|sinds)\s(?:\w+\s){0,2}?(?:jaren|jaar|maanden|weken|tijden|lang\w*|zomers|winters|(?:19|20)\d\d)\b|\bal\s(?:vaak|vaker|eerder|\w+\skeer)\b"
    r"|\bnog\s(?:steeds|altijd|immer)\b|\bsteeds\s(?:weer|vaker|meer|erger)\b|\b(?:herhaaldelijk|meermaals|structureel|voortdurend|telkens|dagelijks|regelmatig|keer\sop\skeer)\b"
    r"|\b(?:opnieuw|wederom|weer\seens|alweer|weer\sraak|(?:derde|vierde|vijfde|zoveelste)\skeer)\b|\b(?:elke|iedere|bij\selke)\s(?:dag|nacht|avond|bui|week)\b"
)
_LACKING = re.compile(
    r"\bte\s(?:hard|weinig|laat|smal|veel|druk|gevaarlijk|hoog|lang|klein|krap|snel|donker|duur|vaak|dicht|zwaar|slecht)\b"
    r"|\b(?:nauwelijks|amper|nooit|onvoldoende|tevergeefs|zonder\s(?:overleg|resultaat|aankondiging|bericht|toestemming|ons))\b"
    r"|\b(?:geen|niet)\s(?:\w+\s){0,2}?(?:antwoord|reactie|gehoor|gehoord|oplossing|handhaving|gehandhaafd|gestrooid|gemaaid|onderhouden|opgelost|gebeurd|gedaan"
    r"|gehouden|nagekomen|serieus|veilig|leefbaar|meer|langs|slapen|door|bereikbaar|betrokken|geld|stoep|licht|toezicht|controle)\b"
    r"|\b(?:kunnen|kan|durven|durft)\s(?:\w+\s){0,4}?niet\b|\b(?:toegezegd|beloofd|afgesproken|gemeld|gevraagd)\b[^.!?]{0,60}\b(?:maar|niet|nooit|niets|geen)\b"
)
_OWN_PLAN = re.compile(
    rf"\b{_WE}\b[^.!?]{{0,30}}\b(?:willen|wil|gaan|gaat|starten|start|zoeken|zoekt|bedachten|hebben\sbedacht|organiseren|organiseert|stellen\svoor|stelt\svoor|dromen|denken\saan"
    r"|beginnen|begint|maken\seen|nemen\shet\sinitiatief|zijn\s(?:\w+\s)?gestart|bouwen|bouwt|onderzoeken|timmeren|aanvragen|vragen\s(?:een\s)?(?:subsidie|vergunning)\w*)\b"
    r"|\b(?:willen|gaan|zouden|mogen|kunnen)\s(?:wij|we)\b|\bzou(?:den)?\shet\s(?:niet\s)?(?:mooi|leuk|mogelijk|fijn|goed)\b|\bals\sde\sgemeente\b[^.!?]{0,60}\b(?:wil|levert|meewerkt|helpt|stelt|betaalt)\b"
)
_JOIN = re.compile(
    r"\b(?:wie\s(?:wil|doet|helpt|heeft|kan)|help\w*\s(?:je|jij|u|ook)?\s?mee|doe\w*\s(?:je|jij|u|ook)\s?mee|meedoen|meehelpen|meedenken|mee\s(?:te\s)?(?:denken|helpen|doen)"
    r"|geef\s(?:je|u)\sop|meld\s(?:je|u)\s(?:aan|bij)|(?:uw|jouw|goed|leuk)\sidee|idee[eë]n|draag\s\w+\svoor|laat\shet\s(?:ons\s)?weten)\b"
)
_WORKS = re.compile(
    rf"\b{_AUTHORITY}\b[^.!?]{{0,60}}\b(?:begint|begonnen|beginnen|start\w*|legt|aangelegd|onderzoekt|onderzoek|toetst|maakt|werkt|vervangt|versterkt|kiest|gekozen|besluit|beslist|stelt\s\w+\s(?:\w+\s)?vast"
    r"|heeft\singestemd|vraagt\svergunning|laat|laten|neemt|tekende|overlegt|bekijkt|presenteert|bouwt|kreeg|renoveert|aangepast|voorbereid\w*)\b"
)
_STAGE = re.compile(
    r"\b(?:fase|fasen|fases|etappes?|(?:eerste|tweede|derde|vierde)\skwartaal|q[1-4]|kwartaal|week\s\d{1,2}|medio|bouwvak|broedseizoen)\b"
    r"|\b(?:begin|eind|half|in\shet|na\sde|in\sde|dit|volgend|komend|vanaf\sde)\s(?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|voorjaar|najaar|zomer|winter|herfst|jaar|20\d\d)\b"
    r"|\b(?:in|vanaf|tot|uiterlijk|voor)\s(?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|20\d\d)\b"
    r"|\b(?:daarna|vervolgens|volgt|volgen|klaar|gereed|oplevering|opgeleverd|looptijd|op\szijn\svroegst|naar\sverwachting|gepland|(?:in|voor)\svoorbereiding)\b"
)
_GONE_BY = re.compile(
    r"\bafgelopen\s(?:weekend|week|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|zomer|jaar|periode|tijd)\b|\b(?:een|groot|geweldig)\s(?:\w+\s)?succes\b|\bgeslaagde?\b"
    r"|\bterug(?:blik|kijken|gekeken)\b|\bdank(?:en|t)?\s(?:aan|voor|u|jullie|je|iedereen|alle|allen)\b|\bbedankt\b|\bgezellig\b|\bwat\swas\b|\bwaren\swe\b|\btot\s(?:een\s)?volgend\w*\s(?:keer|jaar)\b"
    r"|\bwerden\swe\b|\bgefeliciteerd\b|\bwensen\s(?:u|jullie|hem|haar|wij|de|zijn|allen|iedereen)\b"
)
_STANDING = re.compile(
    r"\bvergader(?:t|en)\s(?:\w+\s){0,4}?(?:elke|iedere|\d|op\sde|x|keer|eens|om\sde)|\bvergader\w*\b[^.!?]{0,60}\b(?:elke|iedere|eens\sper|(?:x|keer|maal)\sper\sjaar|op\sde\s\w+e\s\w+dag)\b"
    r"|\bbestaat\suit\s(?:\w+\s){0,2}leden\b|\bheeft\s\w+\s(?:bestuurs)?leden\b|\b(?:lidmaatschap|contributie)\b"
    r"|\b(?:openbare|onze|de)\svergaderingen\s(?:zijn|vinden|worden|bespreken|houden|staan)\b|\bwordt\su\slid\b|\blid\sworden\b|\bvereniging\svan\sen\svoor\b|\bverschijnt\s\w+\s(?:keer|maal|x)\b|\bvoor\s\w+\sjaar\sgekozen\b"
)
_HEADED = re.compile(
    r"^\s{0,8}(?:[-•*●◦o▪]\s*)?(?!(?:Datum|Wanneer|Tijd|Hoe laat|Aanvang|Locatie|Plaats|Waar|Wie|Zaal|Kosten|Toegang):)"
    r"[A-ZÀ-Þ0-9][\w'’ -]{1,28}:\s*\S",
    re.MULTILINE,
)
_BULLETS = re.compile(r"^\s{0,8}[-•*●◦▪]\s*\S", re.MULTILINE)
_NUMBERS = re.compile(r"^\s{0,8}\d{1,2}\s?[.):]", re.MULTILINE)
_MONEY = re.compile(r"(?:€|eur\b|euro\b)\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:,-\s?)?(?:€|euro\b)|\b\d[\d.]*,-")


_NEGATION = re.compile(
    r"\b(?:niet|geen|nooit|niets|niemand|nergens|nauwelijks|amper|zonder|weinig|onvoldoende|ontbreekt|ontbreken|helaas|alleen\smaar|tevergeefs)\b"
)
_PASSIVE = re.compile(
    r"\b(?:wordt|worden|zal|zullen|is|zijn)\s(?:[\w,.-]+\s){0,7}?(?:(?:aan|af|op|uit|in|om|voor|her|door|toe|over|mee)?ge(?!en\b|ld\b|meen|bied|vaar|luk|zin|luid|val)\w{2,}(?:d|t|en)|ver\w{2,}(?:d|t|en)|be(?:gonnen|keken|paald|sloten|reikt|sproken|handeld|waard|last)|\w{3,}eerd|onder\w{3,}(?:cht|men))\b"
    r"|\b(?:er|hier|daar)\s(?:komt|komen)\b|\b(?:komt|komen)\s(?:er\s)?(?:een|nieuwe|meer|bredere|tijdelijke|\w+\s(?:woningen|huizen|appartementen|plaatsen|units))\b"
)
_PAST = re.compile(
    r"\b(?:was|waren|werd|werden|had|hadden|kwam|kwamen|ging|gingen|vertrok\w*|kreeg|kregen|stond|stonden|zat|zaten|bracht\w*|sprak|spraken|hield|hielden|vond|vonden|zong\w*|mochten|konden|speelde\w*|vierden?|bezocht\w*"
    r"|vertelde\w*|opende\w*|dansten|genoten|vlogen|trok|trokken|liep|liepen|nam|namen|won|wonnen|deden|deed|(?!geacht|verwacht|gemiddeld|derde|vierde|waarde|eerde|orde|woorde|antwoord|noord|aarde|minder|ander|verder|midde|zelfde)\w{3,}(?:kte|pte|fte|chte|lde|rde|mde|gde|ide|ude|vde|ade)n?)\b"
)
_WE_DO = re.compile(
    r"\b(?:wij|we)\s(?!ar\b)\w{2,}en\b|\b(?!waren|hadden|kregen|kwamen|gingen|vonden|werden)\w{3,}en\s(?:wij|we)\b|\bdenken\saan\b|\blijkt?\sons\b|\bsamen\b"
)
_HELP = re.compile(
    r"\bwie\s(?:kan|wil|doet|helpt|heeft|weet)\b|\book\s(?:mee\w*|instappen)\b|\b(?:mag|kan)\s(?:dat|dit)\b|\b(?:kunnen|mogen)\s(?:wij|we)\b|\bis\s[^.!?]{2,30}\sbereid\b|\bwat\sis\s(?:er\s?voor|daarvoor)\snodig\b"
    r"|\bnu\snog\b|\bnog\s(?:een\s)?(?:iemand|geld|mensen|handen|ruimte|plek)\b|\bzoek(?:en|t)?\b|\bgezocht\b|\bgratis\b|\bvoor\sniets\b|\bbeschikbaar\b|\bleveren\b|\blevert\b|\bsparen\b|\bpotje\b|\bwat\svindt\su\b"
)
_LEAVE = re.compile(
    r"\b(?:mogen|kunnen)\s(?:wij|we)\b(?!\s\w+\s(?:\w+\s)?terug|[^.!?]{0,40}\b(?:vernemen|weten|rekenen|begroeten|verwelkomen)\b)|\bmag\s(?:dat|dit|het|ik|er)\b|\btoestemming\b|\b\w{0,12}vergunning\w*|\b\w{0,12}ontheffing\b|\bevenement\w*melding\b|\bmelding\sis\sgedaan\b|\bwegafsluiting\b"
    r"|\baf\s?te\s?(?:sluiten|zetten)\b|\bafzet(?:ten|hekken)\b|\b(?:dranghekken|hekken|stroomkast)\b|\bzetten\s[^.!?]{0,60}\baf\b|\bhierbij\sde\saanvraag\b|\bis\shet\snodig\som\b|\bter\sinfo\b|\bte\sleen\b"
    rf"|\b(?:wil|willen|wol|wolle)\s{_WE}\b[^.!?]{{0,60}}\b(?:gebruiken|houden|organiseren|vieren|opzetten)\b"
)
_YEAR = re.compile(r"\b(20\d\d)\b")
_WORDS = re.compile(r"\w+")


def several(shape: re.Pattern[str], least: int) -> Callable[[str], str | None]:
    """A sign that is there when so many different words of a shape are."""

    def sign(lowered: str) -> str | None:
        found = dict.fromkeys(tidy(match[0]) for match in shape.finditer(lowered[:_MOST]))
        return "; ".join(found)[:_SHOWN] if len(found) >= least else None

    return sign


lasting_problem = several(_LASTING, 1)
lacking = several(_LACKING, 1)
much_lacking = several(_LACKING, 3)
own_plan = several(_OWN_PLAN, 1)
join_in = several(_JOIN, 1)
works = several(_WORKS, 1)
stages = several(_STAGE, 2)
many_stages = several(_STAGE, 4)
gone_by = several(_GONE_BY, 1)
standing = several(_STANDING, 1)
money = several(_MONEY, 1)
to_be_done = several(_PASSIVE, 1)
much_to_be_done = several(_PASSIVE, 3)
told_in_past = several(_PAST, 3)
we_do = several(_WE_DO, 1)
help_wanted = several(_HELP, 1)
asks_leave = several(_LEAVE, 1)


def many_negations(lowered: str) -> str | None:
    """Every fortieth word, and two at least, says what is not."""
    head = lowered[:_MOST]
    found = [match[0] for match in _NEGATION.finditer(head)]
    if len(found) >= 2 and 40 * len(found) >= len(_WORDS.findall(head)):
        return "; ".join(dict.fromkeys(found))[:_SHOWN]
    return None


def years_to_come(lowered: str, today: date) -> str | None:
    """A year later than the one in which it was written."""
    return next(
        (match[0] for match in _YEAR.finditer(lowered[:_MOST]) if today.year < int(match[0]) < today.year + 30), None
    )


def bulletin(text: str) -> str | None:
    """At least four items side by side that are no agenda: short headings with a colon, or bullets."""
    head = text[:_MOST]
    if len(_NUMBERS.findall(head)) >= 3:
        return None
    headed = [tidy(match[0]) for match in _HEADED.finditer(head)]
    bullets = _BULLETS.findall(head)
    if len(headed) >= 4 or len(bullets) >= 5:
        return ("; ".join(headed) or f"{len(bullets)} streepjes")[:_SHOWN]
    return None


def first_of(sign: Callable[[str], str | None], texts: Iterable[str]) -> str | None:
    """What the first of some texts shows."""
    return next((found for text in texts if (found := sign(text))), None)

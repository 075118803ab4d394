"""What the council of the samples writes."""

MINUTES = """\
Beste mensen,

Hierbij sturen wij u de notulen van onze vergadering van maandag 7 september. We hebben lang
gesproken over het verkeer op de Dorpsstraat en over het plein bij de school.

Onder punt 4 staat een vraag aan de gemeente. We horen graag wanneer er gemeten kan worden.

Met vriendelijke groet,
Ineke Jansen
secretaris"""

INVITATION = """\
Beste mensen,

Op donderdag 24 september houden wij onze openbare vergadering. We beginnen om 20.00 uur in
Dorpshuis De Brink; de koffie staat klaar vanaf half acht.

Op de agenda staan het verkeer op de Dorpsstraat en de plannen voor het plein. We zouden het
fijn vinden als u erbij bent om vragen van bewoners te beantwoorden.

Wilt u ons uiterlijk maandag 21 september laten weten of u komt?

Met vriendelijke groet,
Ineke Jansen
secretaris"""

CANCELLED = """\
Beste mensen,

De vergadering van donderdag 24 september gaat helaas niet door, omdat de voorzitter ziek is.
Zodra er een nieuwe datum is, laten we het weten.

Met vriendelijke groet,
Ineke Jansen"""

MOVED = """\
Beste mensen,

Onze vergadering van donderdag 24 september is verplaatst naar donderdag 1 oktober, om 20.00 uur
in Dorpshuis De Brink. Op de 24e is de zaal niet vrij.

Met vriendelijke groet,
Ineke Jansen"""

COMPLAINT = """\
Beste mensen,

Bewoners van de Dorpsstraat klagen al maanden over te hard rijden, vooral 's ochtends als de
kinderen naar school fietsen. Vorige week was er bijna een ongeluk bij de oversteekplaats.

Kan de gemeente de snelheid op de Dorpsstraat meten? En kunnen we samen kijken of er drempels kunnen komen?

Met vriendelijke groet,
Ineke Jansen
secretaris"""

IDEA = """\
Beste mensen,

Langs het Bospad kunnen ouderen nergens even zitten. Wij zouden er graag drie banken neerzetten.
Een timmerman uit het dorp wil ze maken; wij zoeken nog iemand die meedenkt over de plek en over
het onderhoud.

Met vriendelijke groet,
Ineke Jansen"""

PROJECT = """\
Beste mensen,

In de nieuwsbrief lazen wij dat het werk aan de rondweg in oktober begint. Wij hebben nog niets
gehoord over de omleiding door ons dorp. Wanneer worden de bewoners bijgepraat, en kan dat op
een avond in het dorpshuis?

Met vriendelijke groet,
Ineke Jansen"""

OTHER = """\
Beste mensen,

Per 1 oktober heeft onze dorpsraad een nieuwe penningmeester: Kees de Boer. U kunt hem bereiken
op ons gewone adres.

Met vriendelijke groet,
Ineke Jansen"""

_CHAPTER = """\
{number}. Wat bewoners zeiden over straat {number}

Aan de keukentafel spraken we met bewoners over het verkeer, het groen en de voorzieningen in
hun straat. De meesten wonen hier met plezier en willen dat graag zo houden. Zorgen zijn er ook:
over auto's die te hard rijden, over de bus die minder vaak komt, en over de vraag wie straks
het dorpshuis openhoudt.

Een bewoner zei: "We kennen elkaar hier nog. Dat is veel waard, maar het gaat niet vanzelf."
Anderen wezen op de speeltuin, waar toestellen stuk zijn, en op het pad langs de beek dat in de
winter onder water staat. Bijna iedereen wil zelf iets doen, als duidelijk is bij wie je moet
zijn en als er een klein bedrag voor materiaal is.

Wij vatten dit samen in drie wensen: rustiger verkeer, een plek om elkaar te ontmoeten, en korte
lijnen met de gemeente. In de bijlage van dit hoofdstuk staat per straat hoeveel mensen meededen
en wat zij het belangrijkst vonden.
"""
BOOK = "\n".join(_CHAPTER.format(number=number) for number in range(1, 123))
"""A village plan of some forty pages, in the mail itself."""

CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//dorpsraad//kalender//NL
METHOD:REQUEST
BEGIN:VEVENT
UID:vergaderingen@dorpsraad.example
SUMMARY:Openbare vergadering
LOCATION:Dorpshuis De Brink
DTSTART;TZID=W. Europe Standard Time:20260106T200000
DTEND;TZID=W. Europe Standard Time:20260106T220000
RRULE:FREQ=MONTHLY;BYDAY=1TU;UNTIL=20270630T180000Z
END:VEVENT
BEGIN:VEVENT
UID:schouw@dorpsraad.example
SUMMARY:Dorpsschouw
LOCATION:Plein bij de school
DTSTART:20261017T100000
DTEND:20261017T120000
END:VEVENT
BEGIN:VEVENT
UID:feest@dorpsraad.example
SUMMARY:Dorpsfeest
DTSTART;VALUE=DATE:20270528
DTEND;VALUE=DATE:20270531
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
DATES = """\
Beste mensen,

Hierbij onze data voor het komende jaar, als bestand voor uw agenda. U bent overal van harte welkom.

Met vriendelijke groet,
Ineke Jansen"""

STRANGER = """\
Goedemiddag,

Ik woon sinds kort in Oosterdorp en wil graag iets vragen over de verlichting langs het
fietspad. Bij wie moet ik zijn?

Groet,
Jan de Wit"""

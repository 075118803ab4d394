"""Make the documents that the demo's sample mails carry: two PDFs and a Word file.

Run by hand after a change of the texts below (`python tools/make_samples.py`); the result is committed,
because fpdf2 is a tool of developers only and the demo must run from an installed wheel.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from docx import Document
from fpdf import FPDF

FOLDER = Path(__file__).parent.parent / "mailrouter" / "demo" / "samples"
MADE = datetime(2026, 9, 11, 20, 0, tzinfo=UTC)

MINUTES_OOSTERDORP = """\
# Notulen Dorpsraad Oosterdorp
Vergadering van dinsdag 8 september 2026, 20.00 uur, Dorpshuis De Brink

Aanwezig: Bert Hoekstra (voorzitter), Jannie Terpstra (secretaris, notulen), Omar Yilmaz, Lies van \
der Veen, Piet Jansma
Afwezig m.k.: Anneke Smit
Publiek: elf inwoners, de wijkagent

## 1. Opening
Bert opent de vergadering om 20.00 uur. Er zijn geen toevoegingen voor de agenda.

## 2. Notulen van 16 juni 2026
Tekstueel: op pagina 1 staat de naam van Lies verkeerd. De notulen worden met die wijziging vastgesteld.

## 3. Mededelingen
- De subsidie voor de dorpsdag is binnen: 1.250 euro.
- De kascommissie heeft de boeken bekeken en goed bevonden.
- De bibliobus komt vanaf oktober op donderdagmiddag in plaats van op maandag.

## 4. Woningbouw De Ooster II
De ontwikkelaar heeft drie schetsen laten zien. Het dorp wil vooral betaalbare woningen voor \
starters en een paar \
levensloopbestendige woningen. De helft van de aanwezigen vindt de flat van vier lagen te hoog.
Besluit: de dorpsraad schrijft een brief aan het college met de wensen van het dorp.
Vraag aan de gemeente: wordt de dorpsraad betrokken voordat het bestemmingsplan ter inzage gaat?

## 5. Speelplek Ooststraat
De schommel is afgekeurd en weggehaald. Omar heeft met de buurt een lijstje gemaakt van wat er terug \
moet komen.
Vraag aan de gemeente: is er dit jaar nog budget voor vervanging?

## 6. Rondvraag
- Piet: de sloot achter de sportvelden is dichtgegroeid. De wijkagent geeft het door.
- Een inwoner vraagt of het Sinterklaasfeest doorgaat. Ja, op zaterdag 14 november.

## 7. Sluiting
De voorzitter sluit de vergadering om 21.50 uur.

## Actiepunten
- Jannie: brief aan het college over De Ooster II, voor 1 oktober
- Omar: wensenlijst speelplek naar de gemeente, uiterlijk 25 september
- Lies: zaal vastleggen voor de dorpsdag

Volgende vergadering: dinsdag 13 oktober 2026 om 20.00 uur in Dorpshuis De Brink.
"""

MINUTES_WATERLANDEN = """\
# Verslag Dorpenplatform Waterlanden 2 september
Locatie: Buurthuis De Sluis. Aanvang 20.00 uur.

Aanwezig: Marjan (vz), Bram (verslag), Hans, Yvonne. Afbericht: Rob.

## 1. Welkom
Marjan heet ons welkom na de zomer. Drie gasten op de publieke tribune.

## 2. Vorig verslag
Het verslag van 1 juli wordt zonder wijzigingen goedgekeurd.

## 3. Zwemsteiger
De steiger is deze zomer goed gebruikt. Er was wel veel zwerfafval. Yvonne heeft met de ondernemers \
gesproken en zij \
willen twee afvalbakken betalen als de gemeente ze leegt.
Besluit: we doen een proef van een jaar.

## 4. Oud papier
De opbrengst daalt. Hans rekent uit of we ermee door kunnen gaan en komt er in november op terug.

## 5. Wat verder ter tafel komt
Het hekje bij de kinderboerderij is kapot. Hans repareert het zelf.

Actie Yvonne: afspraak maken met de gemeente over het legen van de afvalbakken.

Volgende keer: woensdag 7 oktober, 20.00 uur.
"""

MINUTES_WESTERDORP = """\
# Verslag openbare vergadering Dorpsbelangen Westerdorp
Donderdag 3 september 2026, MFC De Wester

Aanwezig: mw. De Graaf (voorzitter), dhr. Van Vliet (secretaris), mw. Öztürk, dhr. Brands
Afwezig met kennisgeving: dhr. Van Loon
Toehoorders: 14

## 1. Opening en vaststelling van de agenda
De voorzitter opent de vergadering om 19.30 uur en stelt de agenda ongewijzigd vast.

## 2. Verslag van 4 juni 2026
Het verslag wordt goedgekeurd en ondertekend.

## 3. Herinrichting dorpsplein
Mevrouw Öztürk licht het ontwerp toe. Er komen minder parkeerplaatsen en meer bomen. De winkeliers \
maken zich zorgen \
over het laden en lossen. Een aantal bewoners vindt juist dat er te veel asfalt blijft liggen.
Besloten wordt om beide geluiden door te geven en zelf geen partij te kiezen.

## 4. Dorpsbus
De vrijwilligersbus reed in de eerste helft van het jaar 611 ritten. Er zijn twee nieuwe chauffeurs nodig.

## 5. Financiën
Het saldo is 3.918,44 euro. De penningmeester vraagt wie volgend jaar de kas wil controleren.

## 6. Rondvraag en sluiting
Dhr. Brands vraagt aandacht voor losliggende tegels bij de brievenbus. Sluiting om 21.15 uur.

De volgende vergadering is op donderdag 5 november 2026 om 19.30 uur.
"""

ACTIONS_WESTERDORP = (
    ("Wie", "Wat", "Wanneer"),
    ("Van Vliet", "Reacties op het ontwerp van het dorpsplein naar de gemeente sturen", "18 september"),
    ("Öztürk", "Oproep voor chauffeurs in de dorpskrant", "1 oktober"),
    ("Brands", "Losse tegels melden bij de gemeente", "zo snel mogelijk"),
)


def main() -> None:
    """Write all documents to the demo's folder."""
    FOLDER.mkdir(exist_ok=True)
    write_pdf(FOLDER / "notulen-oosterdorp.pdf", MINUTES_OOSTERDORP)
    write_pdf(FOLDER / "verslag-waterlanden.pdf", MINUTES_WATERLANDEN)
    write_docx(FOLDER / "verslag-westerdorp.docx", MINUTES_WESTERDORP, ACTIONS_WESTERDORP)


def write_pdf(path: Path, text: str) -> None:
    """One A4 document of headings (# and ##) and paragraphs, in the fonts every reader has."""
    pdf = FPDF()
    pdf.set_creation_date(MADE)
    pdf.set_margin(22)
    pdf.add_page()
    for style, line in _lines(text):
        size, bold = {"title": (17, "B"), "heading": (12, "B"), "bullet": (11, ""), "text": (11, "")}[style]
        pdf.set_font("Helvetica", bold, size)
        pdf.set_x(pdf.l_margin)
        pdf.multi_cell(0, size * 0.52, f"- {line}" if style == "bullet" else line, align="L")
        if not line or style == "title":
            pdf.ln(1.5)
    pdf.output(str(path))


def write_docx(path: Path, text: str, table: tuple[tuple[str, ...], ...]) -> None:
    """The same as a Word document, with the actions in a table at its end."""
    document = Document()
    document.core_properties.created = document.core_properties.modified = MADE
    document.core_properties.author = "Dorpsbelangen Westerdorp"
    document.core_properties.comments = ""
    styles = {"title": "Title", "heading": "Heading 2", "bullet": "List Bullet", "text": "Normal"}
    for style, line in _lines(text):
        if line:
            document.add_paragraph(line, styles[style])
    document.add_paragraph("Actielijst", "Heading 2")
    grid = document.add_table(rows=0, cols=len(table[0]), style="Table Grid")
    for row in table:
        for cell, value in zip(grid.add_row().cells, row, strict=True):
            cell.text = value
    document.save(str(path))


def _lines(text: str) -> Iterable[tuple[str, str]]:
    for line in text.splitlines():
        for mark, style in (("## ", "heading"), ("# ", "title"), ("- ", "bullet")):
            if line.startswith(mark):
                yield style, line.removeprefix(mark)
                break
        else:
            yield "text", line


if __name__ == "__main__":
    main()

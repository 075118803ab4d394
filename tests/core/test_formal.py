"""Mail to which the law ties a term: few false alarms, and none missed that says so itself."""

# ruff: noqa: E501  (sentences stand here as people write them)

from datetime import date

import pytest

from mailrouter.core.meaning.formal import TYPES, find_formal
from mailrouter.core.model import Mail
from tests.core.mails import a_mail, attached

DAY = date(2026, 3, 5)


def types(mail: Mail) -> list[str]:
    """What a mail looks like to the law."""
    return [found.type for found in find_formal(mail, DAY)]


FORMAL = [
    ("objection", "", "Hierbij maken wij bezwaar tegen de omgevingsvergunning voor Dorpsstraat 5."),
    ("objection", "", "Hierbij maakt de dorpsraad bezwaar tegen uw besluit van 3 maart 2026, kenmerk Z-123."),
    ("objection", "", "Wij maken bezwaar tegen het verkeersbesluit voor de Veenweg."),
    ("objection", "", "Tegen dit besluit maken wij bezwaar, omdat de kap onnodig is."),
    ("objection", "", "Namens de dorpsraad teken ik hierbij bezwaar aan tegen de kapvergunning."),
    ("objection", "", "Bijgaand ontvangt u ons bezwaarschrift."),
    ("objection", "Bezwaarschrift omgevingsvergunning Dorpsstraat 5", "Zie de bijlage."),
    ("objection", "Bezwaarschrift", "Zie de bijlage."),
    ("objection", "", "Wij dienen een pro forma bezwaar in tegen de beschikking."),
    ("objection", "", "Als dorpsraad maken wij hierbij bezwaar tegen de vergunning."),
    ("objection", "", "Met deze brief maken wij bezwaar tegen het besluit om de school te sluiten."),
    ("objection", "", "Graag maken wij gebruik van de mogelijkheid om bezwaar te maken tegen het besluit."),
    ("objection", "", "Wij zijn het niet eens met het besluit en maken daarom bezwaar."),
    ("woo_request", "", "Op grond van de Wet open overheid verzoeken wij u om alle stukken over de rotonde."),
    ("woo_request", "Woo-verzoek rotonde", "Graag ontvangen wij de stukken."),
    ("woo_request", "", "Wij doen een beroep op de Woo en vragen om de documenten."),
    ("woo_request", "", "Hierbij dienen wij een Woo-verzoek in."),
    ("woo_request", "", "Met een beroep op de Wet open overheid vraag ik u om openbaarmaking van het rapport."),
    ("woo_request", "Verzoek op grond van de Wet open overheid", "Zie onder."),
    ("default_notice", "", "Wij stellen u hierbij in gebreke wegens het niet tijdig beslissen op ons bezwaar."),
    ("default_notice", "Ingebrekestelling", "U had op 1 maart moeten beslissen."),
    ("default_notice", "", "Met deze mail stellen wij het college in gebreke."),
    ("default_notice", "", "U kunt deze mail beschouwen als een ingebrekestelling."),
    ("default_notice", "", "Hierbij stelt de dorpsraad u in gebreke."),
    ("complaint", "", "Wij willen een klacht indienen over het gedrag van een medewerker aan de balie."),
    ("complaint", "", "Hierbij een klacht op grond van artikel 9:1 van de Algemene wet bestuursrecht."),
    ("complaint", "Klacht over bejegening door handhaver", "De boa was onbeleefd."),
    ("complaint", "", "Wij dienen een klacht in over de manier waarop de gemeente met ons omgaat."),
    ("complaint", "", "Ik wil een formele klacht indienen over uw ambtenaar."),
    ("application", "", "Hierbij vragen wij een subsidie van 7.500 euro aan voor het dorpsfeest."),
    ("application", "Subsidieaanvraag zomerfeest 2026", "Zie bijlage."),
    ("application", "Aanvraag evenementenvergunning kermis", "Zie bijlage."),
    ("application", "", "Bijgaand de aanvraag voor een evenementenvergunning."),
    ("application", "", "Voor de uitvoering vragen wij een subsidie van 7.500 euro aan; de rest betalen we zelf."),
    ("application", "", "Wij willen graag een ontheffing aanvragen voor de kermis."),
    ("application", "", "Wij dienen hierbij een aanvraag in voor subsidie."),
    (
        "objection",
        "Bezwaar omgevingsvergunning Z2026-0012",
        "Geacht college,\n\nNamens Dorpsraad X dien ik hierbij een bezwaarschrift in tegen de verleende omgevingsvergunning.",
    ),
    (
        "objection",
        "Bezwaarschrift tegen besluit d.d. 12 januari",
        "Geachte heer, mevrouw,\n\nMet dit schrijven maken wij bezwaar tegen het besluit van 12 januari 2026 (kenmerk 2026-44) tot verlening van een vergunning.",
    ),
    ("objection", "Pro forma bezwaar", "Hierbij tekenen wij pro forma bezwaar aan. De gronden volgen later."),
    ("objection", "", "Bij deze maak ik bezwaar tegen het verkeersbesluit."),
    ("objection", "", "Hierbij dienen wij een bezwaarschrift in."),
    ("objection", "", "In de bijlage treft u ons bezwaarschrift aan."),
    ("objection", "", "Wij willen hierbij formeel bezwaar maken tegen de verleende vergunning."),
    ("objection", "", "Namens de dorpsraad maak ik bezwaar tegen het besluit tot kap van de eiken."),
    ("objection", "", "Wij zijn het niet eens met uw besluit van 3 maart en maken hiertegen bezwaar."),
    ("objection", "", "Hierbij maken wij als dorpsraad bezwaar tegen de weigering van de subsidie."),
    ("objection", "", "De dorpsraad maakt bezwaar tegen het besluit van het college van 4 mei."),
    (
        "woo_request",
        "Verzoek om informatie op grond van de Woo",
        "Graag ontvangen wij alle documenten over het zonnepark.",
    ),
    (
        "woo_request",
        "",
        "Wij verzoeken u, met een beroep op de Wet open overheid, om openbaarmaking van alle stukken over de N123.",
    ),
    ("woo_request", "", "Hierbij dien ik een verzoek in op grond van de Wet open overheid (Woo)."),
    ("woo_request", "", "Dit is een verzoek in de zin van artikel 4.1 van de Wet open overheid."),
    ("woo_request", "WOO verzoek zonnepark", "Graag ontvangen wij de stukken."),
    ("woo_request", "", "Op basis van de Wet open overheid willen wij graag inzage in de correspondentie."),
    ("woo_request", "", "Wij doen hierbij een WOO-verzoek over de plannen voor de school."),
    ("default_notice", "", "Bij dezen stel ik u in gebreke."),
    (
        "default_notice",
        "Ingebrekestelling niet tijdig beslissen",
        "Op 3 januari dienden wij een aanvraag in. U heeft niet binnen de termijn beslist. Wij stellen u daarom in gebreke en verzoeken u binnen twee weken alsnog te beslissen.",
    ),
    (
        "default_notice",
        "",
        "De beslistermijn is verstreken. Hierbij stellen wij uw college formeel in gebreke. Na twee weken bent u een dwangsom verschuldigd.",
    ),
    (
        "complaint",
        "Klacht over gedrag medewerker",
        "Hierbij dienen wij een klacht in over de wijze waarop uw medewerker ons te woord heeft gestaan.",
    ),
    ("complaint", "", "Wij dienen een formele klacht in op grond van hoofdstuk 9 van de Algemene wet bestuursrecht."),
    ("complaint", "", "Ik wil een klacht indienen over de bejegening door een ambtenaar van de afdeling handhaving."),
    (
        "complaint",
        "",
        "Wij willen een officiële klacht indienen over het optreden van de buitengewoon opsporingsambtenaar.",
    ),
    ("application", "Aanvraag subsidie leefbaarheid", "Hierbij vragen wij subsidie aan voor het dorpsfeest."),
    ("application", "", "Graag vragen wij een evenementenvergunning aan voor Koningsdag."),
    ("application", "", "Hierbij doen wij een aanvraag voor een omgevingsvergunning voor het plaatsen van een bankje."),
    ("application", "", "In de bijlage vindt u onze aanvraag voor de subsidie dorpsbudget."),
    ("application", "", "Wij verzoeken u een vergunning te verlenen voor het plaatsen van een kraam."),
    ("application", "", "Bijgaand ons aanvraagformulier voor de evenementenvergunning."),
    ("application", "Vergunningaanvraag kermis", "Zie bijlage."),
    ("application", "", "Wij willen graag subsidie aanvragen voor een nieuw podium."),
]


@pytest.mark.parametrize(("type", "subject", "text"), FORMAL)
def test_what_somebody_does_here_and_now(type: str, subject: str, text: str) -> None:
    """An act of the writer, in the first person and now."""
    assert [type] == types(a_mail(subject, text))


NOT_FORMAL = [
    ("", "De buurman heeft bezwaar gemaakt tegen de vergunning."),
    ("", "Het bezwaar van mevrouw De Wit is afgewezen."),
    ("", "Wij hebben geen bezwaar tegen het plan."),
    ("", "Wij maken geen bezwaar tegen het besluit."),
    ("", "Bewoners overwegen bezwaar te maken tegen het besluit."),
    ("", "Als het besluit zo blijft, maken wij bezwaar tegen de vergunning."),
    ("", "Omwonenden kunnen tot 1 mei bezwaar maken tegen het besluit."),
    ("", 'Een inwoner schreef ons: "Hierbij maak ik bezwaar tegen de vergunning". Wat vindt u?'),
    ("", "Wij hebben bezwaar ingediend tegen de vergunning en wachten op antwoord."),
    ("Vraag over bezwaarschrift van de buurman", "Hoe staat het ermee?"),
    ("", "Ons bezwaar is dat de weg te smal is."),
    ("", "Er is een Woo-verzoek ingediend door de krant."),
    ("", "Wij vragen ons af hoe het met het Woo-verzoek van de krant gaat."),
    ("", "Kunt u uitleggen hoe een Woo-verzoek werkt?"),
    ("", "De gemeente blijft in gebreke bij het onderhoud."),
    ("", "Wij dienen hierbij een klacht in. Rond de glasbak aan de Veenweg ligt al weken zwerfafval."),
    ("Klacht over zwerfafval bij de glasbak", "Wij klagen over de troep."),
    ("Klacht vrachtverkeer Dorpsstraat", "Wij hebben de klacht bij de wethouder neergelegd."),
    ("", "Carla heeft de vergunning aangevraagd."),
    ("", "Moeten wij daarvoor een vergunning aanvragen?"),
    ("", "De subsidie is toegekend, dank u wel."),
    ("", "Wij vragen aandacht voor de vergunning van het feest."),
    ("Vraag over subsidieaanvraag", "Hoe staat het met onze aanvraag?"),
    ("", "De wethouder vraagt of wij subsidie willen. Wij vragen u daarover te praten."),
    ("Klachten over de wethouder", "x"),
    ("Notulen", "Hierbij de notulen. Bij punt 4 is gesproken over het bezwaar van de buurman tegen de vergunning."),
    ("", "De dorpsraad heeft geen bezwaar tegen het evenement."),
    ("", "Mevrouw Jansen maakt bezwaar tegen de vergunning van haar buurman. Kunt u haar bellen?"),
    ("", "Een bewoner wil bezwaar maken tegen het besluit. Waar kan hij terecht?"),
    ("", "Hoe kunnen wij bezwaar maken tegen een besluit?"),
    ("", "Wat is de termijn voor het indienen van een bezwaarschrift?"),
    ("", "Wij vernamen dat er een bezwaarschrift is ingediend tegen de bouw."),
    ("", "Wij begrijpen de bezwaren van de bewoners tegen de vergunning."),
    ("", "Het grootste bezwaar dat wij horen, is de parkeerdruk."),
    ("", "Gisteren vroegen wij de wethouder naar de Woo."),
    ("", "De gemeente heeft het Woo-verzoek van de stichting afgehandeld. Wij vragen u om een toelichting."),
    ("", "De aannemer is in gebreke gebleven; de bestrating ligt nog open."),
    ("", "Bewoners hebben klachten over de medewerkers van de aannemer."),
    ("", "Wij hebben een klacht over de stoep voor het gemeentehuis."),
    ("Klacht over de behandeling van onze melding", "De lantaarn is nog steeds kapot."),
    ("", "Wij kregen een klacht over de wethouder van Financiën van een bewoner, die wij u doorgeven."),
    ("", "De vergunning voor het feest is aangevraagd door de stichting."),
    ("", "Is er voor een straatfeest een vergunning nodig? Wij willen geen subsidie aanvragen."),
    ("", "Dank voor de toegekende subsidie."),
    ("", "In de vergadering is besloten subsidie aan te vragen."),
    ("", "Wij vragen de gemeente om aandacht voor vergunningen aan de Dorpsstraat."),
    (
        "Agenda vergadering 3 maart",
        "Agenda:\n1. Opening\n2. Bezwaarschrift omgevingsvergunning\n3. Subsidieaanvraag\n4. Rondvraag",
    ),
    (
        "Uitnodiging informatieavond bezwaar maken",
        "Graag nodigen wij u uit voor een avond over bezwaar maken tegen besluiten.",
    ),
    ("", "Wij werken aan een subsidieaanvraag bij de provincie."),
    ("", "De dorpsraad dient bij de provincie een aanvraag in voor subsidie."),
]


@pytest.mark.parametrize(("subject", "text"), NOT_FORMAL)
def test_what_is_only_talked_about(subject: str, text: str) -> None:
    """Somebody else's, past, possible, denied or quoted, or an everyday complaint: no formal mail."""
    assert [] == types(a_mail(subject, text))


def test_minutes_tell_of_an_objection() -> None:
    """What was said in a meeting is not said to the municipality here, in the mail or in an attachment."""
    minutes = (
        "Notulen van de vergadering van 3 maart\n\nAanwezig: Anja, Bert\n\n1. Opening\n2. Vergunning\n"
        "Wij maken bezwaar tegen het besluit.\n3. Rondvraag\nHierbij dienen wij een Woo-verzoek in."
    )
    assert [] == types(a_mail("Notulen", minutes))
    assert [] == types(a_mail("Notulen", "Hierbij de notulen.", attachments=(attached("notulen.pdf", minutes),)))
    assert ["objection"] == types(a_mail("Notulen", f"Wij maken hierbij bezwaar tegen de kap.\n\n{'-' * 20}"))


def test_an_attachment_says_it() -> None:
    """By its text, or by its name; not when it is passed on for information."""
    letter = attached("brief.pdf", "Geacht college,\n\nHierbij maken wij bezwaar tegen uw besluit van 3 maart.")
    assert ["objection"] == types(a_mail("Brief", "Zie bijlage.", attachments=(letter,)))
    named = attached("Bezwaarschrift kapvergunning.pdf")
    assert ["objection"] == types(a_mail("Brief", "Zie bijlage.", attachments=(named,)))
    assert [] == types(a_mail("Brief", "Ter informatie sturen wij u dit stuk van een bewoner.", attachments=(named,)))


def test_history_below_a_mail_says_nothing() -> None:
    """Only the sender's own words count."""
    own = "Dank u wel voor uw antwoord, daar kunnen we weer mee verder in het dorp."
    text = f"{own}\n\n> Hierbij maken wij bezwaar tegen het besluit."
    assert [] == types(a_mail("Re: brief", text, new_text=own))


def test_two_at_once() -> None:
    """A mail can be more than one thing; each is told once, with the words that say so."""
    text = "Wij stellen u hierbij in gebreke. Op grond van de Woo verzoeken wij u ook om de stukken."
    found = find_formal(a_mail("", text), DAY)
    assert ["woo_request", "default_notice"] == [one.type for one in found]
    assert 'de mail lijkt een ingebrekestelling: "Wij stellen u hierbij in gebreke."' == found[1].because


def test_every_type_has_a_name() -> None:
    """Letters say what a mail looks like."""
    assert {type for type, _, _ in FORMAL} == set(TYPES)


def test_a_sentence_without_an_end_is_read_in_time() -> None:
    """A long run of words that nearly match costs no more than its length."""
    assert [] == types(a_mail("", "wij vragen " * 6_000))

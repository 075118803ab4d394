"""The signs that kinds.yaml weighs: what each sees, and what looks like it but is not."""

from datetime import date

import pytest

from mailrouter.core.meaning import matters
from mailrouter.core.meaning.signs import LABELS, SIGNS
from mailrouter.core.meaning.view import Reading
from mailrouter.core.meaning.zones import zones
from mailrouter.core.model import Mail
from tests.core.mails import a_mail

TODAY = date(2022, 6, 20)


def sign(name: str, mail: Mail) -> str | None:
    """The words that a sign rests on."""
    return SIGNS[name](Reading(mail, zones(mail, TODAY), "Europe/Amsterdam"))


NOTES = "Overleg 7-6-2022 20.30 uur\n(Jamal, Kim, Petra, Ton)\n- sloot stinkt nog\n- kas: 331 euro\n- kermis: loopt\n"
BARE = "1. Opening\n2. Mededelingen\n3. Notulen 3 mei 2022\n4. Rondvraag\n5. Sluiting\n"
TOLD = (
    "1. Opening\nDe voorzitter heet iedereen welkom en stelt de agenda vast.\n2. Verkeer\nEr wordt veel te hard gereden"
    " in de Dorpsstraat; de wijkagent gaat meten.\n3. Rondvraag\nMarja vraagt wanneer de heg wordt gesnoeid.\n"
)


@pytest.mark.parametrize(
    ("name", "text", "there"),
    [
        (
            "title_minutes",
            "Verslag van de vergadering van de buurtraad op 7 juni 2022 bij de molen.\nEr was koffie.",
            True,
        ),
        ("title_minutes", "Het verslag van vorige keer heb ik niet ontvangen. Kunt u het sturen?", False),
        ("title_invitation", "Uitnodiging\nOp 5 juli 2022 om 20.00 uur vergaderen wij.", True),
        ("title_invitation", "Uw uitnodiging\nDank daarvoor, wij komen.", False),
        ("attendee_line", "Overleg 7 juni\nWim, Joop, Ahmed + 6 bewoners\nDe drempel komt er niet.", True),
        ("attendee_line", "Wel was d'r: Gerrit, Hennie, Annie\nDe notaris belt terug.", True),
        ("attendee_line", "Beste Gerrit, Hennie, Annie,\nKunnen jullie dinsdag?", False),
        ("attendee_line", "Er wordt te hard gereden.\nMet groet,\nGerrit, Hennie, Annie", False),
        ("attendee_line", "Het gaat om:\nMolenweg, Kerkstraat, Dorpsplein\nDaar is het donker.", False),
        ("attendee_line", "Namens Oosterdorp: Nel, Kees\nNamens Westerdorp: Jan Oever", True),
        ("attendee_line", "Met groet,\nNamens de dorpsraad: Jan Oever", False),
        ("lasting_problem", "Zondag was het weer raak: de straat stond blank.", True),
        ("asks_leave", "Er stonden drie bankjes. Mogen wij ze terug?", False),
        ("attendee_line", "Erbij waren: Wim, Joop en de wijkagent.", True),
        ("attendee_line", "De gemeente regelt het. Aanwezig zijn om 8.00 voor de vlag.", False),
        ("invitation_phrase", "Wij zouden u graag uitnodigen voor een rondje door het dorp.", True),
        ("invitation_phrase", "Ook onze buren zijn van harte welkom.", True),
        ("invitation_phrase", "Loop gerust binnen!", True),
        ("invitation_phrase", "U wordt, als raadslid, vriendelijk uitgenodigd hieraan deel te nemen.", True),
        ("invitation_phrase", "Kom op zondag 3 juli naar het plein.", True),
        ("asks_leave", "Mogen wij uiterlijk 29 juni vernemen wie er komt?", False),
        ("bulletin", "Datum: 5 juli\nLocatie: De Linde\nTijd: 20.00\nSpreker: Anna\nPauze: ja", False),
        ("future_date_time", "Met ingang van 5 juli 2022 rijdt na 19.00 uur geen bus.", False),
        ("attendee_line", "Aan tafel zaten Wim, Joop en Ahmed.", True),
        ("invitation_phrase", "Laat u weten of u kunt?", True),
        ("invitation_phrase", "Laat u weten of het klaar is?", False),
        ("meeting_told", "In onze vergadering van 7 juni 2022 werd gemeld dat de lantaarn stuk is.", False),
        ("asks_municipality", "Kan er iemand komen kijken?", True),
        ("asks_municipality", "Zouden jullie de bak willen legen?", True),
        ("past_meeting_date", "Verslag van de vergadering van 7 juni 2022", True),
        ("past_meeting_date", "Op 5 juli 2022 vergaderen wij.\nOp de agenda: notulen 7 juni 2022.", False),
        ("items_of_past_day", NOTES, True),
        ("items_of_past_day", NOTES.replace("7-6-2022", "7-7-2022"), False),
        ("items_of_past_day", "Op 7 juni 2022 is de lantaarn gerepareerd. Dank daarvoor.", False),
        (
            "people_report",
            "Marja vraagt naar de heg. Joop meldt dat de kas klopt. De wijkagent vertelt over inbraken.",
            True,
        ),
        ("people_report", "Marja vraagt naar de heg.", False),
        ("many_days", "12 juli, 9 augustus, 13 september en 11 oktober 2022 om 20.00 uur", True),
        ("many_days", "Op 12 juli 2022 om 20.00 uur", False),
        ("bare_agenda", BARE, True),
        ("bare_agenda", TOLD, False),
        ("worked_out_agenda", TOLD, True),
        ("worked_out_agenda", BARE, False),
        ("future_meeting_date", "Op 5 juli 2022 is onze vergadering.", True),
        ("future_meeting_date", "Volgende vergadering: 5 juli 2022.", False),
        ("future_meeting_date", "Reacties op de vergadering graag uiterlijk 5 juli 2022.", False),
        ("future_meeting_date", "U bent welkom op de volgende vergadering, 5 juli 2022.", True),
        ("future_date_time", "Op 5 juli 2022 om 20.00 uur", True),
        ("meeting_changed", "De vergadering van 5 juli 2022 gaat helaas niet door.", True),
        ("meeting_changed", "De sloot is verplaatst.", False),
        ("future_date_time", "Aanleveren tot 5 juli 2022, 20.00 uur", False),
    ],
)
def test_what_a_sign_sees(name: str, text: str, there: bool) -> None:
    """In the sender's own words, with a subject that says nothing."""
    assert (sign(name, a_mail("Bericht", text)) is not None) == there


def test_a_short_cover_is_not_what_a_mail_tells() -> None:
    """Signs of matters look at what is told: the quoted history is not, nor a date in it."""
    own = "Dank u wel voor uw snelle antwoord van gisteren."
    mail = a_mail("Bericht", f"{own}\n> Op 5 juli 2022 vergaderen wij om 20.00 uur.", new_text=own)
    assert sign("future_date_time", mail) is None


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("lasting_problem", "al drie jaar is het donker", "vandaag is het donker"),
        ("lacking", "er wordt te hard gereden", "er wordt gereden"),
        ("own_plan", "wij willen een speelplek maken", "de speelplek is open"),
        ("join_in", "wie helpt er mee?", "er is hulp geweest"),
        ("works", "de aannemer begint in mei met het riool", "de aannemer is aardig"),
        ("stages", "in fase 2, daarna de stoep", "de stoep is recht"),
        ("gone_by", "het was een groot succes", "het wordt druk"),
        ("standing", "de dorpsraad vergadert elke maand", "de dorpsraad vergadert morgen"),
        ("money", "dat kost € 1.250,-", "dat kost veel"),
        ("help_wanted", "wie kan ons een kar lenen?", "de kar is geleend"),
        ("asks_leave", "mogen wij de straat afzetten?", "de straat is lang"),
        ("we_do", "wij bouwen een wagen", "de wagen is groot"),
        ("to_be_done", "de weg wordt opnieuw geasfalteerd", "de weg is glad"),
        ("told_in_past", "hij kwam, zag en sprak; wij dansten en vertrokken", "hij komt en spreekt"),
        ("many_negations", "geen licht, geen stoep, niets", "licht en stoep"),
    ],
)
def test_what_matters_look_like(name: str, yes: str, no: str) -> None:
    """One text that has it, and one on the same thing that has not."""
    look = getattr(matters, name)
    assert (look(yes) is not None, look(no)) == (True, None)


def test_years_to_come_and_bulletins() -> None:
    """A later year than this one; four headings or five bullets that are no agenda."""
    assert matters.years_to_come("klaar in 2024, begonnen in 2021", TODAY) == "2024"
    assert matters.years_to_come("begonnen in 2021", TODAY) is None
    news = "Kermis: het was mooi\nFiets: gestolen\nHond: gevonden\nSoep: gratis"
    assert matters.bulletin(news) is not None
    assert matters.bulletin(f"1. Opening\n2. Kas\n3. Rondvraag\n{news}") is None


def test_every_sign_has_words_for_officials() -> None:
    """Each sign has a label, and no label is of a sign that is gone."""
    assert set(LABELS) == set(SIGNS)

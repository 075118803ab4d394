"""Facts: the meeting's date among the others, hours, place, changes, and what was on the table."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.meaning.facts import read_facts
from mailrouter.core.model import Action, Facts, Mail, Meeting
from tests.core.mails import a_mail, attached, moment

ZONE = "Europe/Amsterdam"

MINUTES = """Notulen vergadering dorpsraad Oosterdorp
Datum: woensdag 6 juli 2022
Aanvang: 19.30 uur
Locatie: Dorpshuis De Linde, Kerkplein 2
Aanwezig: voorzitter, secretaris, penningmeester en drie leden
Afwezig m.k.: een lid

1. Opening
De voorzitter opent de vergadering en heet iedereen welkom.
2. Notulen van 1 juni 2022
De notulen worden ongewijzigd goedgekeurd.
3. Verkeer Dorpsstraat
Besluit: de dorpsraad vraagt de gemeente om een drempel.
Actie: Anna schrijft de gemeente, uiterlijk 1 augustus.
4. Rondvraag
Geen vragen.
5. Sluiting
De voorzitter sluit de vergadering om 21.45 uur.
De volgende vergadering is op 7 september om 20.00 uur.
"""


def facts(mail: Mail, kind: str, reference: datetime, venues: tuple[str, ...] = ()) -> Facts:
    return read_facts(mail, kind, reference, ZONE, venues)


def invitation(text: str, subject: str = "Uitnodiging", reference: datetime | None = None) -> Facts:
    return facts(a_mail(subject, text), "invitation", reference or moment(2022, 6, 20))


def test_minutes_in_an_attachment() -> None:
    """Minutes give the meeting reported on, not the previous or the next one."""
    mail = a_mail("Notulen", "Hierbij de notulen.", attachments=(attached("notulen.pdf", MINUTES),))
    found = facts(mail, "minutes", moment(2022, 7, 20))
    assert (found.date, found.start, found.end) == (date(2022, 7, 6), time(19, 30), time(21, 45))
    assert found.place == "Dorpshuis De Linde, Kerkplein 2"
    assert found.agenda == ("Opening", "Notulen van 1 juni 2022", "Verkeer Dorpsstraat", "Rondvraag", "Sluiting")
    assert found.decisions == ("de dorpsraad vraagt de gemeente om een drempel.",)
    assert found.actions == (Action(None, "Anna schrijft de gemeente", "uiterlijk 1 augustus"),)
    assert found.next_meeting == Meeting(date(2022, 9, 7), time(20), None)
    assert found.attendees_listed
    assert found.status is None
    assert found.source["date"] == "woensdag 6 juli 2022"


def test_minutes_in_the_body_without_a_year() -> None:
    """Minutes look back: a date without a year is in the past."""
    found = facts(a_mail("Verslag vergadering 14 december", "Aanwezig: allen"), "minutes", moment(2022, 1, 10))
    assert found.date == date(2021, 12, 14)


def test_the_previous_meeting_is_not_the_meeting() -> None:
    """The date of minutes that were approved is left out, rather than taken for the meeting."""
    text = "1. Opening\nIedereen is er.\n2. Verslag van de vergadering van 3 mei 2022\nVastgesteld.\n3. Sluiting\n"
    assert facts(a_mail("Vergaderverslag", text), "minutes", moment(2022, 7, 20)).date is None


def test_invitation_in_prose() -> None:
    """An invitation gives the day to come, its hours and place as they stand in the mail."""
    found = invitation(
        "Wij nodigen u uit voor onze openbare vergadering op dinsdag 5 juli van 20.00 tot 22.00 uur"
        " in dorpshuis De Linde. De zaal is open vanaf 19.30 uur."
    )
    assert (found.date, found.start, found.end) == (date(2022, 7, 5), time(20), time(22))
    assert (found.place, found.status) == ("dorpshuis De Linde", "planned")
    assert found.source["start"] == "20.00 tot 22.00 uur"


def test_start_before_doors() -> None:
    """ "Aanvang" is the start, "zaal open" is not."""
    found = invitation("De ledenvergadering is op 5 juli 2022, zaal open 19.00 uur, aanvang 19.30 uur. U bent welkom.")
    assert found.start == time(19, 30)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("5 juli 2022\n13.30 uur  ontvangst\n14.00 uur  officiële opening", time(14)),
        ("5 juli 2022 om 19u30\nZaal De Brug\nEind tegen 21u30", time(19, 30)),
        ("5 juli 2022\n11.00 opening met het koor\n11.15 - 13.00 markt\n12.30 lunch\n16.00 einde", time(11)),
    ],
)
def test_the_start_of_a_programme(text: str, start: time) -> None:
    """What comes before it and what ends it is not the start, and a hall that is named is no door that opens."""
    assert invitation(f"Wij nodigen u uit.\n{text}").start == start


def test_the_hour_that_minutes_tell() -> None:
    """When the meeting began, also in words; an hour in a list of what was said is none of it."""
    begun = facts(
        a_mail("Verslag van 1 juni", "Wij vergaderden. We begonnen om acht uur."), "minutes", moment(2022, 6, 9)
    )
    said = facts(
        a_mail("Verslag 1 juni 2022", "- Joop telde om 8.20 auto's\n- kas: 812"), "minutes", moment(2022, 6, 9)
    )
    assert (begun.start, said.start) == (time(20), None)


@pytest.mark.parametrize(
    "text",
    [
        "Oosterdorp, 20 juni 2022\n\nGraag ontvangen wij u op dinsdag 5 juli 2022 van 14.00 tot 16.00 uur.",
        "Op dinsdag 5 juli praten we u bij. Inschrijven kan van 12 tot en met 30 juli.\n\nTijd: 19.30 uur",
        "Wanneer: di. 5 juli 2022\nHoe laat: 19u30 (koffie klaar om 19u00)\nOpgeven kan tot zondag 3 juli.",
    ],
)
def test_days_that_are_not_the_meeting_s(text: str) -> None:
    """The day of the letter and days to sign up are close by, and not the day one is invited for."""
    assert invitation(text).date == date(2022, 7, 5)


def test_the_day_of_a_poster() -> None:
    """What has a line of its own is the day, though another day has its hours too."""
    text = (
        "Opening van het dorpshuis\n\nop dinsdag 5 juli 2022\n\n13.30 uur opening\n\n"
        "De open dag is een dag later, woensdag 6 juli van 11 tot 16 uur."
    )
    assert invitation(text).date == date(2022, 7, 5)


def test_two_evenings_to_choose_from() -> None:
    """Two are enough for a choice when the words say that they are one."""
    days = "* dinsdag 5 juli 2022, 19.30 uur\n* donderdag 7 juli 2022, 19.30 uur\n"
    text = f"Het programma is op beide avonden gelijk.\n\n{days}"
    assert invitation(text).date is None


def test_a_meeting_that_minutes_look_back_on() -> None:
    """The day of another meeting, told on the way, is not the day of this one."""
    text = (
        "Verslag van de bewonersavond over de herinrichting van de Molenstraat, dinsdagavond 14 juni 2022\n\n"
        "Anna legt uit waarom: op de bijeenkomst van 10 februari was veel kritiek."
    )
    assert facts(a_mail("Verslag", text), "minutes", moment(2022, 6, 20)).date == date(2022, 6, 14)


def test_a_day_that_is_told_in_minutes() -> None:
    """When somebody begins is not when the meeting was, even if no other day is named."""
    text = "Notulen bestuursvergadering\n\nDe nieuwe beheerder begint op 1 juni."
    assert facts(a_mail("Notulen bestuur", text), "minutes", moment(2022, 6, 9)).date is None


def test_days_to_choose_from() -> None:
    """Three days that are as good as each other are a choice, or a series: none is the day."""
    days = "dinsdag 5 juli 10.00 uur\ndinsdag 12 juli 14.00 uur\ndinsdag 19 juli 19.00 uur\n"
    assert invitation(f"U kunt kiezen:\n\n{days}").date is None


def test_other_dates_in_an_invitation() -> None:
    """Minutes of last time, posting dates and deadlines are not the date of the meeting."""
    found = invitation(
        "Geplaatst op 15 juni 2022.\n"
        "U bent van harte welkom bij de vergadering van de dorpsraad.\n"
        "Datum: 5 juli 2022\nTijd: 19.30 uur\nWaar: Dorpshuis\n\n"
        "Agenda\n1. Opening\n2. Notulen van 7 juni 2022\n3. Rondvraag\n\n"
        "Graag aanmelden vóór 1 juli 2022.\n"
    )
    assert (found.date, found.start, found.place) == (date(2022, 7, 5), time(19, 30), "Dorpshuis")
    assert found.agenda == ("Opening", "Notulen van 7 juni 2022", "Rondvraag")
    assert found.deadline == date(2022, 7, 1)


def test_known_venue_as_it_stands() -> None:
    """A venue from the config is found in any case, and told as the mail writes it."""
    mail = a_mail("Uitnodiging", "Vergadering op 5 juli 2022 om 20.00 uur, de linde, tot dan!")
    assert facts(mail, "invitation", moment(2022, 6, 20), ("De Linde",)).place == "de linde"


def test_a_meeting_that_is_moved() -> None:
    """A moved meeting has its new date and the old one."""
    found = invitation("De vergadering van 5 juli is verplaatst naar dinsdag 12 juli om 20.00 uur.", "Vergadering")
    assert (found.status, found.date, found.moved_from) == ("moved", date(2022, 7, 12), date(2022, 7, 5))


def test_a_meeting_that_is_cancelled() -> None:
    """A cancelled meeting keeps its date."""
    found = invitation("Helaas gaat de vergadering van 5 juli 2022 niet door.", "Vergadering vervalt")
    assert (found.status, found.date) == ("cancelled", date(2022, 7, 5))


def test_relative_days_count_from_a_fresh_date_header() -> None:
    """Relative days use the Date header if at most 7 days before the reference, else the reference."""
    text = "U bent welkom bij de bijeenkomst, morgen om 20.00 uur."
    fresh = a_mail("Uitnodiging", text, date=datetime(2022, 6, 18, 12, tzinfo=UTC))
    stale = a_mail("Uitnodiging", text, date=datetime(2022, 5, 1, 12, tzinfo=UTC))
    assert facts(fresh, "invitation", moment(2022, 6, 18, 20)).date == date(2022, 6, 19)
    assert facts(stale, "invitation", moment(2022, 6, 20)).date == date(2022, 6, 21)


def test_civil_days_are_the_municipality_s() -> None:
    """At 23:30 UTC it is tomorrow already in Amsterdam."""
    text = "U bent welkom bij de bijeenkomst, vanavond om 20.00 uur."
    mail = a_mail("Uitnodiging", text)
    assert facts(mail, "invitation", datetime(2022, 6, 20, 23, 30, tzinfo=UTC)).date == date(2022, 6, 21)


ICS = (
    b"BEGIN:VCALENDAR\r\nMETHOD:%s\r\nBEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nEND:STANDARD\r\n"
    b"END:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART:20220705T173000Z\r\nDTEND;TZID=Europe/Amsterdam:20220705T213000\r\n"
    b"LOCATION:Dorpshuis De Linde\\, Kerk\r\n plein 2\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_a_calendar_part_is_believed() -> None:
    """Date, hours and place of a calendar part win over prose, in civil time."""
    part = attached("", type="text/calendar", content=ICS % b"REQUEST")
    found = facts(a_mail("Uitnodiging", "Tot 6 juli 2022!", attachments=(part,)), "invitation", moment(2022, 6, 20))
    assert (found.date, found.start, found.end) == (date(2022, 7, 5), time(19, 30), time(21, 30))
    assert (found.place, found.status) == ("Dorpshuis De Linde, Kerkplein 2", "planned")


def test_a_cancelled_calendar_part() -> None:
    """METHOD:CANCEL cancels."""
    part = attached("", type="text/calendar", content=ICS % b"CANCEL")
    assert facts(a_mail(attachments=(part,)), "invitation", moment(2022, 6, 20)).status == "cancelled"


def test_a_broken_calendar_part_says_nothing() -> None:
    """Nonsense in a calendar part is not believed."""
    part = attached("x.ics", type="text/calendar", content=b"BEGIN:VEVENT\nDTSTART:20221345T990000\nEND:VEVENT")
    assert facts(a_mail(attachments=(part,)), "invitation", moment(2022, 6, 20)).date is None


def test_a_complaint_has_no_meeting() -> None:
    """Dates in a complaint are not a meeting's; what is asked is told."""
    text = "Op 16 april schreven wij u over de Dorpsstraat. Kunt u ons laten weten wat u gaat doen?"
    found = facts(a_mail("Klacht", text), "complaint", moment(2022, 6, 20))
    assert (found.date, found.status) == (None, None)
    assert found.asks == ("Kunt u ons laten weten wat u gaat doen?",)


def test_quoted_history_is_no_fact() -> None:
    """What was said before does not count."""
    mail = a_mail("Re: Uitnodiging", "Dank, tot dan en met vriendelijke groet!\n> Vergadering 5 juli 2022 om 20.00 uur")
    mail = a_mail(mail.subject, mail.text, new_text="Dank, tot dan en met vriendelijke groet!")
    assert facts(mail, "invitation", moment(2022, 6, 20)).date is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Locatie: MFC De Brug (zaal 2)", "MFC De Brug"),
        ("Waar:\nDorpshuis De Linde", "Dorpshuis De Linde"),
        ("Vergadering op 5 juli 2022 om 20.00 uur in De Linde.", "De Linde"),
        ("Vergadering op 5 juli 2022 om 20.00 uur bij de Dorpsraad.", None),
        ("Vergadering op 5 juli 2022, online.", "online"),
        ("Locatie: " + "x" * 90, None),
        ("Locatie: nog niet bekend\nOp 5 juli 2022 om 20.00 uur.", None),
        (
            "Op 5 juli 2022 verzamelen we om 20.00 uur bij de ingang van sporthal De Kring.",
            "ingang van sporthal De Kring",
        ),
        ("Dinsdag 5 juli 2022, 20.00 uur, Oude Douane\n1. Opening", "Oude Douane"),
        ("Op 5 juli 2022 om 20.00 uur in ruimte 3 van De Kiosk.", "De Kiosk"),
        ("Op 5 juli 2022, 20.00 uur, Brede School, lokaal 3", "Brede School, lokaal 3"),
        ("5 juli 2022\n20.00 uur Bijeenkomst in de kerk\nU bent welkom in kerk De Voorhof.", "kerk De Voorhof"),
        ("Op 5 juli 2022 om 20.00 uur, via Teams.", "via Teams"),
        ("Op 5 juli 2022 om 20.00 uur in de oude school, Molenstraat 8, met koffie.", "oude school, Molenstraat 8"),
        ("Op 5 juli 2022, 20.00 uur: op het plein voor De Linde.", "plein voor De Linde"),
        ("Op 5 juli 2022 om 20 uur bij Anna en Bert (Molenweg 4, achterom).", "Anna en Bert (Molenweg 4, achterom)"),
        ("Op 5 juli 2022 om 20.00 uur in M.F.C. De Brug.", "M.F.C. De Brug"),
        ("Op 5 juli 2022 om 20.00 uur in de schuur van boer Veldman.", "schuur van boer Veldman"),
        ("Op 5 juli 2022 om 19u30\nZaal De Brug, Dorpsplein\nEinde tegen 21u30", "Zaal De Brug, Dorpsplein"),
    ],
)
def test_places(text: str, expected: str | None) -> None:
    """A place is labelled or named close to the date; in doubt there is none."""
    assert invitation("Wij nodigen u uit voor 5 juli 2022.\n" + text).place == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Opening\n1. Ingekomen stukken\n1. Sluiting\n", ("Opening", "Ingekomen stukken", "Sluiting")),
        ("1.\nOpening\ndoor de voorzitter.\n2.\nSluiting;\n", ("Opening", "Sluiting")),
        ("Agenda:\n- Opening\n- Verkeer\n\nTot dan!", ("Opening", "Verkeer")),
        ("Opening\nWelkom allemaal.\n\nRondvraag\nGeen vragen.\n", ("Opening", "Rondvraag")),
        ("Wij hebben 3 vragen.", ()),
    ],
)
def test_agenda_headings(text: str, expected: tuple[str, ...]) -> None:
    """Headings are read with any numbering, as a list, or bare."""
    assert facts(a_mail("Notulen", text), "minutes", moment(2022, 7, 20)).agenda == expected


def test_an_action_at_the_end_of_a_line() -> None:
    """Minutes note what is to be done behind what was said."""
    text = "Verslag\n- Verlichting: de lantaarn is stuk. Actie Piet: melding doen voor 1 december.\n"
    assert facts(a_mail("Notulen", text), "minutes", moment(2022, 7, 20)).actions == (
        Action("Piet", "melding doen", "voor 1 december"),
    )


def test_actions_from_a_list() -> None:
    """An action list tells who does what, and by when."""
    text = "Aanwezig: allen\n\nActielijst\n- Anna: belt de gemeente, voor 1 september\n- Bram: maakt de flyer\n"
    assert facts(a_mail("Notulen", text), "minutes", moment(2022, 7, 20)).actions == (
        Action("Anna", "belt de gemeente", "voor 1 september"),
        Action("Bram", "maakt de flyer", None),
    )


@given(st.text(max_size=400), st.sampled_from(["minutes", "invitation", "complaint"]))
def test_any_text_is_survived(text: str, kind: str) -> None:
    """Whatever stands in a mail, facts are values with a source."""
    found = facts(a_mail(text[:50], text, attachments=(attached(text[:20], text),)), kind, moment(2022, 6, 20))
    assert found.place is None or len(found.place) <= 80
    assert (found.date is None) == ("date" not in found.source)

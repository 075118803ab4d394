"""The sample mails: one for each kind, and for each case in which a letter looks different."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from mailrouter.core.codes import codes
from mailrouter.core.model import (
    Action,
    Attachment,
    Decision,
    Draft,
    Facts,
    KindGuess,
    Mail,
    Meeting,
    Note,
    Recipient,
    VillageGuess,
)
from mailrouter.core.reading.calendars.events import read_events
from mailrouter.core.routing import Routing
from mailrouter.core.writing.choices import choices
from mailrouter.core.writing.content import Content, desk_content, letter_content
from mailrouter.core.writing.enclosures import Enclosed
from mailrouter.core.writing.letter import compose
from mailrouter.core.writing.samples import texts

RAW = b"From: secretaris@dorpsraad.example\r\nSubject: Voorbeeld\r\n\r\nEen voorbeeld.\r\n"
MOMENT = dt.datetime(2026, 9, 14, 9, 30, tzinfo=dt.UTC)
"""When the samples come in."""
_HALL = "Dorpshuis De Brink"
_INVITED = Facts(
    date=dt.date(2026, 9, 24),
    start=dt.time(20),
    end=dt.time(22),
    place=_HALL,
    status="planned",
    deadline=dt.date(2026, 9, 21),
    agenda=("Opening", "Verkeer op de Dorpsstraat", "Plannen voor het plein", "Vragen van bewoners", "Sluiting"),
)
_MINUTES = Facts(
    date=dt.date(2026, 9, 7),
    start=dt.time(19, 30),
    end=dt.time(21, 45),
    place=_HALL,
    next_meeting=Meeting(dt.date(2026, 10, 12), dt.time(19, 30), _HALL),
    agenda=("Opening", "Notulen van de vorige keer", "Plein bij de school", "Verkeer op de Dorpsstraat", "Rondvraag"),
    decisions=(
        "De dorpsraad vraagt de gemeente om een snelheidsmeting.",
        "Het plein krijgt in het voorjaar bloembakken.",
    ),
    actions=(
        Action("Ineke", "stuurt de foto's van het plein aan de gemeente", "voor 1 oktober"),
        Action("Kees", "vraagt een offerte voor de bloembakken"),
        Action(None, "een brief opstellen over de bushalte"),
    ),
    asks=("Kan de gemeente de snelheid op de Dorpsstraat meten?",),
)
_ASKED = Facts(
    asks=(
        "Kan de gemeente de snelheid op de Dorpsstraat meten?",
        "En kunnen we samen kijken of er drempels kunnen komen?",
    )
)
_PROJECT = ("Wanneer worden de bewoners bijgepraat, en kan dat op een avond in het dorpshuis?",)
_COPIES: tuple[Literal["to", "cc"], ...] = ("to", "cc")
Files = tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail as it was read and decided. `about`: what it shows, in Dutch, for who looks at the letters."""

    name: str
    about: str
    mail: Mail
    decision: Decision
    facts: Facts
    routing: Routing

    def draft(self) -> Draft:
        """Its letter, but for the addressee."""
        return compose(self.mail, RAW, self.decision, self.facts, self.routing, MOMENT)[0]

    def values(self) -> Content:
        """What its letter says, as templates get it."""
        if self.decision.outcome == "desk":
            where = "De hele mail zit als bijlage bij dit bericht: origineel.eml."
            return desk_content(self.mail, self.decision, self.facts, self.routing, where)
        files, folder = self.mail.attachments, self.decision.folder
        enclosed = Enclosed(files[:-1], files[-1:], folder, "bijeenkomst.ics" if self.facts.status else "")
        events = read_events(files, self.routing.timezone, MOMENT.date())
        return letter_content(self.mail, self.decision, self.facts, self.routing, enclosed, events)


def samples(routing: Routing) -> tuple[Sample, ...]:
    """All samples, as letters of that municipality: with its templates, kinds, roles and colours."""
    told = _Telling(routing)
    cases = [*told.of_kinds(), *told.cases(), *told.for_the_desk()]
    known = {sample.name for sample in cases}
    return (*cases, *(told.plain(key) for key in routing.kinds.kinds if key not in known))


class _Telling:
    """The samples as they are for one routing table."""

    def __init__(self, routing: Routing) -> None:
        self.routing = routing
        self.village = next(iter(routing.villages))
        self.name = routing.villages[self.village].name
        roles = [*[role for role in ("ambassador", "area_manager") if role in routing.roles], *routing.roles]
        self.roles = list(dict.fromkeys(roles))[:2]

    def of_kinds(self) -> Iterator[Sample]:
        """One for each kind that is shipped."""
        paper = (_file("notulen 7 september.pdf", 182_000, pages=4),)
        yield self.sample("minutes", "Notulen", "Notulen 7 september", texts.MINUTES, _MINUTES, files=paper)
        yield self.sample("invitation", "Uitnodiging", "Openbare vergadering dorpsraad", texts.INVITATION, _INVITED)
        yield self.sample("complaint", "Klacht of wens", "Te hard rijden op de Dorpsstraat", texts.COMPLAINT, _ASKED)
        yield self.sample("idea", "Idee", "Bankjes langs het Bospad", texts.IDEA, Facts())
        yield self.sample("project", "Vraag over een project", "Omleiding rondweg", texts.PROJECT, Facts(asks=_PROJECT))
        yield self.sample("other", "Een ander bericht", "Nieuwe penningmeester", texts.OTHER, Facts())

    def cases(self) -> Iterator[Sample]:
        """Letters that look different by what is in the mail, or by what was decided."""
        moved = replace(_INVITED, date=dt.date(2026, 10, 1), end=None, status="moved", moved_from=_INVITED.date)
        moved = replace(moved, deadline=None, agenda=())
        gone = replace(_INVITED, status="cancelled", deadline=None, agenda=())
        yield self.sample("moved", "Een vergadering is verplaatst", "Nieuwe datum", texts.MOVED, moved, "invitation")
        about = "Vergadering 24 september gaat niet door"
        yield self.sample("cancelled", "Een vergadering gaat niet door", about, texts.CANCELLED, gone, "invitation")
        calendar = Attachment("data.ics", "text/calendar", texts.CALENDAR.encode())
        dates = Facts(date=dt.date(2026, 10, 6), start=dt.time(20), end=dt.time(22), place=_HALL, status="planned")
        title = "Een agenda met meer bijeenkomsten"
        yield self.sample("calendar", title, "Onze data", texts.DATES, dates, "invitation", files=(calendar,))
        yield self.noted()
        yield self.unverified()
        book = (_file("dorpsplan.pdf", 3_400_000, pages=40),)
        yield self.sample("long", "Een tekst van veertig bladzijden", "Ons dorpsplan", texts.BOOK, Facts(), files=book)
        many = tuple(_file(f"bijlage {n} bij de notulen.pdf", 40_000 * n, pages=n) for n in range(1, 21))
        yield self.sample("many", "Twintig bijlagen", "Stukken", texts.MINUTES, _MINUTES, "minutes", files=many)
        photos = tuple(_file(f"IMG_20{n}.jpg", 1_200_000 + 90_000 * n, "image/jpeg") for n in range(7))
        yield self.sample(
            "photos", "10 MB aan foto's", "Foto's gat in de weg", texts.COMPLAINT, _ASKED, "complaint", photos
        )
        huge = (_file("film van de kruising.mp4", 24_000_000, "video/mp4"), _file("kaart.pdf", 90_000, pages=1))
        yield self.sample(
            "too-large", "Een bijlage die te groot is", "De kruising", texts.COMPLAINT, _ASKED, "complaint", huge
        )
        poster = (_file("poster dorpsfeest.png", 1_900_000, "image/png"),)
        yield self.sample("picture", "Alleen een afbeelding", "Dorpsfeest", "", Facts(), "other", poster)
        yield self.sample("nothing", "Geen tekst, geen onderwerp en geen bijlage", "", "", Facts(), "other")

    def for_the_desk(self) -> Iterator[Sample]:
        """Letters to the desk."""
        guess = VillageGuess(self.village, False, (f'"{self.name}" staat in de tekst',))
        kind = KindGuess(self.kind("other"), 0.34, ('"vragen" staat in de tekst (0,6)',))
        because = ("de afzender staat bij geen enkel dorp op de lijst",)
        decision = Decision("desk", because, folder=self.routing.folders.desk, village=guess, kind=kind)
        mail = self.mail("Verlichting fietspad", texts.STRANGER)
        mail = replace(mail, sender="jan.dewit@postvak.example", sender_name="Jan de Wit")
        yield Sample("desk", "De balie: een onbekende afzender", mail, decision, Facts(), self.routing)
        signed = codes(b"the key of the samples", mail.fingerprint, 1)
        offered = replace(decision, choices=choices(mail, decision, self.routing, signed))
        yield Sample("desk-choices", "De balie: kiezen met één tik", mail, offered, Facts(), self.routing)
        unknown = replace(decision, village=None, kind=None, because=("de mail heeft geen afzender",))
        empty = replace(self.mail("", ""), sender=None, sender_name="", date=None)
        yield Sample("desk-nothing", "De balie: een mail zonder iets", empty, unknown, Facts(), self.routing)

    def plain(self, kind: str) -> Sample:
        """For a kind of the municipality's own."""
        title = self.routing.kinds.kinds[kind].title
        return self.sample(kind, title, f"{title}: een voorbeeld", texts.OTHER, _INVITED)

    def noted(self) -> Sample:
        """With remarks for everyone, for one role, and about one recipient."""
        sample = self.sample("notes", "Opmerkingen bij de mail", "Te hard rijden", texts.COMPLAINT, _ASKED, "complaint")
        notes = (
            Note("Er is geen vakafdeling bij dit onderwerp gevonden. De gebiedsmanager kijkt wie verder kan."),
            Note(
                f"Dit is de dorpsraad van {self.name}. In het convenant staat dat u hen vroeg betrekt.", self.roles[-1]
            ),
        )
        first, *others = sample.decision.recipients
        people = (replace(first, remark="kreeg deze mail ook van de dorpsraad zelf"), *others)
        return replace(sample, decision=replace(sample.decision, notes=notes, recipients=people))

    def unverified(self) -> Sample:
        """Of a sender that could have been verified, and was not."""
        sample = self.sample("unverified", "Een afzender die niet zeker is", "Vraag", texts.OTHER, Facts(), "other")
        routing = self.routing.model_copy(update={"trust": "mx.gemeente.example"})
        return replace(sample, routing=routing, decision=replace(sample.decision, authentic="none"))

    def kind(self, wanted: str) -> str:
        """The kind of that name, else one with its template, else the fallback."""
        kinds = self.routing.kinds
        alike = (key for key, kind in kinds.kinds.items() if kind.template == wanted)
        return wanted if wanted in kinds.kinds else next(alike, kinds.fallback)

    def sample(
        self, name: str, about: str, subject: str, text: str, facts: Facts, kind: str = "", files: Files = ()
    ) -> Sample:
        """A mail that is forwarded; `kind` if that is not its name."""
        decision = Decision(
            outcome="forward",
            because=(),
            recipients=tuple(self.people()),
            folder=self.routing.folders.done.format(village=self.village, name=self.name),
            authentic="pass",
            village=VillageGuess(self.village, True, ()),
            kind=KindGuess(self.kind(kind or name), 1.0, ()),
        )
        return Sample(name, about, replace(self.mail(subject, text), attachments=files), decision, facts, self.routing)

    def people(self) -> Iterator[Recipient]:
        """Invented people in the first roles there are."""
        for role, name, copy in zip(self.roles, ("Anna Smit", "Bram Bakker"), _COPIES, strict=False):
            yield Recipient(role, "", name, f"{role}@gemeente.example", copy, "")

    def mail(self, subject: str, text: str) -> Mail:
        """A mail of the council."""
        return Mail(
            fingerprint="3f9a1c20" * 8,
            subject=subject,
            sender="secretaris@dorpsraad.example",
            sender_name="Ineke Jansen",
            from_problem="",
            to=(),
            cc=(),
            reply_to=(),
            date=MOMENT - dt.timedelta(minutes=3),
            message_id="<sample@dorpsraad.example>",
            references=(),
            text=text,
            new_text=text,
            attachments=(),
            headers=(),
            content_type="text/plain",
        )


def _file(name: str, size: int, type: str = "application/pdf", pages: int = 0) -> Attachment:
    return Attachment(name, type, bytes(size), pages=pages)

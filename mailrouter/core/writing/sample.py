"""A mail that has everything and one that has nothing, to try templates with before a real mail meets them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from mailrouter.core.model import (
    Action,
    Attachment,
    Choice,
    Decision,
    Facts,
    KindGuess,
    Mail,
    Meeting,
    Note,
    Recipient,
    VillageGuess,
)
from mailrouter.core.routing import Kind, Kinds, Routing, Topic, Village
from mailrouter.core.settings import Folders, Limits
from mailrouter.core.writing.alarm import Notice, Solved
from mailrouter.core.writing.alarm import content as alarm_content
from mailrouter.core.writing.content import Content, Enclosed, desk_content, letter_content
from mailrouter.core.writing.notes import ROLE_NOTE, values
from mailrouter.core.writing.render import RenderError, render

DESK, ALARM = "desk", "alarm"
"""What the templates for others than officials are called."""


def render_problem(templates: Mapping[str, str], name: str) -> str | None:
    """What is wrong with a template, as "file:line: message"; None when it renders with everything and with nothing."""
    error = render_error(templates, name)
    return str(error) if error else None


def render_error(templates: Mapping[str, str], name: str) -> RenderError | None:
    """The same as an error, for those who need its file and line apart."""
    is_note = name.startswith(ROLE_NOTE.partition("{")[0])
    write = _note if is_note else {DESK: _desk, ALARM: _alarm}.get(name.partition(".")[0], _letter)
    try:
        for full in (True, False):
            render(templates, name, write(full))
    except RenderError as error:
        return error
    return None


def _letter(full: bool) -> Content:
    files = (_FILE, _FILE) if full else ()
    enclosed = Enclosed(files[:1], files[1:], _DECISION.folder)
    return letter_content(_mail(full), _DECISION, _FACTS if full else Facts(), _ROUTING, enclosed)


def _desk(full: bool) -> Content:
    decision = _DECISION if full else Decision("desk", ())
    return desk_content(_mail(full), decision, _FACTS if full else Facts(), _ROUTING, "origineel.eml")


def _note(full: bool) -> Content:
    decision = _DECISION if full else replace(_DECISION, topics=())
    return values(_ROUTING.villages["oosterdorp"], decision, _ROUTING)


def _alarm(full: bool) -> Content:
    since = dt.datetime(2022, 7, 8, 9, 30, tzinfo=dt.UTC)
    plain = Notice("desk", "mails wachten", "Er wachten mails.", "De router wacht.", "Kijk in de map Balie.", since)
    notices = (plain, replace(plain, lines=("nummer 000000000000",))) if full else (plain,)
    return alarm_content(notices, (Solved("mails wachten", since),) if full else (), "gemeente Voorbeeld", "UTC")


def _mail(full: bool) -> Mail:
    return Mail(
        fingerprint="0" * 64,
        subject="Notulen 6 juli" if full else "",
        sender="secretaris@oosterdorp.example" if full else None,
        sender_name="Secretaris" if full else "",
        from_problem="",
        to=(),
        cc=(),
        reply_to=(),
        date=dt.datetime(2022, 7, 8, 9, 30, tzinfo=dt.UTC) if full else None,
        message_id=None,
        references=(),
        text="Beste mensen,\n\nHierbij de notulen.\nTot ziens." if full else "",
        new_text="",
        attachments=(_FILE,) if full else (),
        headers=(),
        content_type="text/plain",
    )


_FILE = Attachment("notulen.pdf", "application/pdf", b"%PDF")
_FACTS = Facts(
    date=dt.date(2022, 7, 6),
    start=dt.time(19, 30),
    end=dt.time(21, 30),
    place="Dorpshuis",
    status="moved",
    moved_from=dt.date(2022, 6, 29),
    deadline=dt.date(2022, 7, 1),
    next_meeting=Meeting(dt.date(2022, 9, 7), dt.time(19, 30), "Dorpshuis"),
    agenda=("Opening",),
    decisions=("Er komt een bankje.",),
    actions=(Action("Secretaris", "schrijft een brief", "voor 1 september"),),
    asks=("Kan de gemeente de weg vegen?",),
)
_DECISION = Decision(
    outcome="forward",
    because=("Het adres hoort bij Oosterdorp.",),
    recipients=(Recipient("ambassador", "a", "A. Voorbeeld", "a@gemeente.example", "to", ""),),
    folder="Verwerkt/oosterdorp",
    village=VillageGuess("oosterdorp", True, ("Het adres staat in de lijst.",)),
    kind=KindGuess("minutes", 0.9, ("Er staat een lijst van aanwezigen in.",)),
    topics=("verkeer",),
    notes=(Note("Er is geen onderwerp gevonden."), Note("Betrek de dorpsraad vroeg.", "ambassador")),
    choices=(Choice("Naar Oosterdorp", "mailto:dorpsraden@gemeente.example", "Antwoord met: dorp: Oosterdorp"),),
)
_ROUTING = Routing(
    municipality="gemeente Voorbeeld",
    timezone="Europe/Amsterdam",
    address="dorpsraden@gemeente.example",
    own_addresses=("dorpsraden@gemeente.example",),
    desk_name="de balie",
    desk=("balie@gemeente.example",),
    roles={"ambassador": "wijkambassadeur"},
    villages={"oosterdorp": Village(name="Oosterdorp")},
    officials={},
    topics={"verkeer": Topic(title="Verkeer", words=("verkeer",))},
    kinds=Kinds(fallback="minutes", kinds={"minutes": Kind(title="Notulen", expects="Lees de notulen.")}),
    folders=Folders(),
    limits=Limits(),
    trust="example.net",
    templates={},
    hash="",
)

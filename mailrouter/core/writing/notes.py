"""What a letter says beside the mail itself: formal post, roles for which there is nobody, who this council is.

Notes for a role are templates (`note-ROLE.txt.j2`), so that a municipality writes its own; a role without one has none.
"""

from collections.abc import Sequence
from datetime import date

from mailrouter.core.directory import Audience
from mailrouter.core.meaning.formal import TYPES
from mailrouter.core.model import Decision, FormalMail, Note, Recipient
from mailrouter.core.routing import Routing, Village
from mailrouter.core.writing import dutch
from mailrouter.core.writing.render import RenderError, render

ROLE_NOTE = "note-{}.txt.j2"


def of_formal(formal: Sequence[FormalMail], registering: Sequence[Recipient], on: date) -> Note:
    """What a mail looks like to the law, the day on which it was received, and who registers it."""
    what = f"Formele post: deze mail lijkt {listed([TYPES[found.type] for found in formal])}."
    received = f"De gemeente ontving hem op {dutch.day(on)}."
    to_register = f"Ook {listed([person.name for person in registering])} kreeg hem, om hem te registreren."
    return Note(" ".join([what, received, *([to_register] if registering else [])]))


def of_audience(audience: Audience, topics: Sequence[str], routing: Routing) -> tuple[Note, ...]:
    """For which roles there is nobody, and who got the mail instead."""
    found = []
    if audience.unanswered:
        missing, instead = _roles(audience.unanswered, routing), _roles(audience.instead, routing)
        titles = listed([routing.topics[topic].title for topic in topics])
        why = f"Voor het onderwerp {titles} is er nu geen {missing}." if titles else "Het onderwerp is niet duidelijk."
        so = f"Daarom kreeg de {instead} deze mail." if instead else f"Daarom kreeg geen {missing} deze mail."
        found.append(Note(f"{why} {so}"))
    if audience.vacant:
        found.append(Note(f"Er is nu geen {_roles(audience.vacant, routing)} voor dit dorp."))
    return tuple(found)


def role_notes(decision: Decision, routing: Routing) -> tuple[list[Note], list[RenderError]]:
    """What recipients in some role should know about the council, and which templates failed."""
    written: list[Note] = []
    failed: list[RenderError] = []
    for role in dict.fromkeys(person.role for person in decision.recipients):
        name = ROLE_NOTE.format(role)
        if name not in routing.templates or decision.village is None:
            continue
        try:
            text = render(routing.templates, name, values(routing.villages[decision.village.key], decision, routing))
        except RenderError as error:
            failed.append(error)
            continue
        if words := " ".join(text.split()):
            written.append(Note(words, role))
    return written, failed


def values(village: Village, decision: Decision, routing: Routing) -> dict[str, str | list[str]]:
    """What the template of a role's note can say."""
    return {
        "municipality": routing.municipality,
        "village": village.name,
        "council": village.council_name,
        "topics": [routing.topics[topic].title for topic in decision.topics],
    }


def listed(words: Sequence[str]) -> str:
    """ "a, b en c"; empty for none."""
    *first, last = words or [""]
    return f"{', '.join(first)} en {last}" if first else last


def _roles(roles: Sequence[str], routing: Routing) -> str:
    return listed([routing.roles.get(role, role) for role in roles])

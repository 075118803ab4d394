"""What the desk hears back when it decides by mail, and when somebody else tries to."""

from collections.abc import Mapping, Sequence
from typing import Any

from mailrouter.core.model import Draft, Recipient, Span
from mailrouter.core.routing import Routing
from mailrouter.core.writing import splice
from mailrouter.core.writing.fields import message_ids, one_line
from mailrouter.core.writing.letter import desk_headers

_LONGEST = 200

CORRECT = "Klopt dit niet? Beantwoord dan deze mail, met bovenaan het goede dorp en de goede soort."
BY_HAND = 'Beantwoord de brief van de router, met bovenaan bijvoorbeeld "dorp: {village}" en "soort: {kind}".'


def done(decided: Mapping[str, Any], people: Sequence[Recipient], remember: bool, routing: Routing) -> tuple[str, str]:
    """What was done, as one line, and what to do if that is wrong; `people`: who got a letter that had none yet."""
    village, kind = routing.villages[decided["village"]["key"]], routing.kinds.kinds[decided["kind"]["key"]]
    whom = ", ".join(dict.fromkeys(person.name for person in people))
    to = f"aan {whom}" if whom else "maar iedereen had hem al"
    kept = " Het adres van de afzender is onthouden als voorstel voor de beheerder." if remember else ""
    return f"De mail is doorgestuurd als {kind.title} van {village.name}, {to}.{kept}", CORRECT


def by_hand(routing: Routing) -> str:
    """How to decide by hand, with names of this municipality."""
    village = next(iter(routing.villages.values()))
    kind = routing.kinds.kinds[routing.kinds.fallback]
    return BY_HAND.format(village=village.name, kind=kind.title.lower())


def answer(
    subject: str, what: str, hint: str, order: Mapping[str, Any], routing: Routing, *, carried_out: bool
) -> Draft:
    """The answer to a mail of the desk: one line on what came of it, about the mail with that subject, and a hint."""
    about = one_line(subject, _LONGEST) or "(geen onderwerp)"
    title = "Gedaan" if carried_out else "Niet gedaan"
    lines = (one_line(what, 1_000), "", f"Het gaat om: {about}", *(("", hint) if hint else ()))
    part_fields, body = splice.encoded_text("\n".join(lines) + "\n", "plain")
    headers = (*desk_headers(f"[Balie] {title} – {about}", routing), *part_fields)
    thread = message_ids((str(order.get("message_id") or ""),))
    return Draft(headers, thread, body, (Span("own", 0, len(body)),))

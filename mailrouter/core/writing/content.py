"""What a letter says, as plain values: text, HTML and the built-in form are written from the same ones.

Every value is a str or a list (of str, or of lists of str), and every key is always there: empty means not known.
Each is one line of printable characters, wherever it came from. A letter to officials holds nothing that the council
may not read: no addresses but its own, no doubt, no evidence. The keys: docs/reference/templates.md.
"""

from collections.abc import Sequence
from typing import Any

from mailrouter.core import colours
from mailrouter.core.model import Choice, Decision, Facts, Mail, Note, Recipient, VillageGuess
from mailrouter.core.reading.calendars.events import CalendarEvent
from mailrouter.core.routing import Kind, Routing, Village
from mailrouter.core.writing import answering, dutch, enclosures, findings, quoted
from mailrouter.core.writing.enclosures import Enclosed
from mailrouter.core.writing.fields import is_address, printable

Content = dict[str, Any]

_MOST_CHOICES = 40

_CAUTION = "Controleer of deze mail echt van de dorpsraad komt voordat u antwoordt."


def letter_content(
    mail: Mail,
    decision: Decision,
    facts: Facts,
    routing: Routing,
    enclosed: Enclosed,
    events: Sequence[CalendarEvent] = (),
) -> Content:
    """What a letter to officials says. `events`: those of the calendar parts that the mail itself carries."""
    village, kind = village_of(decision, routing), kind_of(decision, routing)
    council = village.council_name
    address = council_address(mail, decision, routing)
    content = _common(mail, facts, routing, enclosed) | {
        "village": village.name,
        "council": council,
        "kind": kind.title,
        "date": dutch.days(facts.date, facts.date_end) if facts.date else "",
        "when": findings.when(facts),
        "place": facts.place or "",
        "status": facts.status or "",
        "about": answering.bare(mail.subject),
        "lead": findings.lead(facts, council),
        "rows": findings.rows(facts, events, mail.attachments),
        "expects": _expects(facts, kind),
        "answer": answering.link(address, mail.subject) if address else "",
        "notes": [_note(note, decision, routing) for note in decision.notes],
        "caution": _CAUTION if _is_unverified(decision, routing) else "",
        "calendar": _calendar_note(facts, enclosed, events),
        "events": findings.event_lines(events),
        "recipients": [_person(person, routing) for person in decision.recipients],
        "reply_note": f"Uw antwoord op deze mail gaat naar {council}." if address else "",
    }
    return _with_text(content, mail, enclosed, f"De hele tekst zit in de bijlage {quoted.WHOLE}.")


def desk_content(mail: Mail, decision: Decision, facts: Facts, routing: Routing, original: str) -> Content:
    """What the letter to the desk says; `original` tells where the original is."""
    village, kind = decision.village, decision.kind
    enclosed = Enclosed(mail.attachments, (), decision.folder)
    content = _common(mail, facts, routing, enclosed) | {
        "id": short_id(mail.fingerprint),
        "sender": _sender(mail),
        "because": [findings.sentence(line) for line in decision.because],
        "rows": findings.rows(facts, (), mail.attachments),
        "notes": [_note(note, decision, routing) for note in decision.notes],
        "village_guess": _guess(village, routing) if village else "",
        "village_because": list(village.because) if village else [],
        "kind_guess": f"{routing.kinds.kinds[kind.key].title} ({kind.confidence:.0%} zeker)" if kind else "",
        "kind_because": list(kind.because) if kind else [],
        "choices": [_choice(choice) for choice in decision.choices],
        "commands": commands(mail.fingerprint, village.key if village else "", kind.key if kind else ""),
        "village_keys": _choices([(key, entry.name) for key, entry in routing.villages.items()]),
        "kind_keys": _choices([(key, entry.title) for key, entry in routing.kinds.kinds.items()]),
        "original": original,
    }
    return _with_text(content, mail, enclosed, original)


def commands(fingerprint: str, village: str, kind: str) -> list[list[str]]:
    """What can be done with a mail at the command line: [what for, command] each."""
    id = short_id(fingerprint)
    return [
        ["Stuur de mail door", f"mailrouter assign {id} {village or '<dorp>'} {kind or '<soort>'}"],
        ["Bekijk alle gegevens van de mail", f"mailrouter explain {id}"],
        ["Laat de router opnieuw beslissen, als u de instellingen hebt aangepast", f"mailrouter release {id}"],
    ]


def short_id(fingerprint: str) -> str:
    """The id of a mail as people type it."""
    return fingerprint[:8]


def village_of(decision: Decision, routing: Routing) -> Village:
    """The village a mail is forwarded for."""
    if decision.village is None:
        raise ValueError("a mail without a village cannot be forwarded; it belongs at the desk")
    return routing.villages[decision.village.key]


def kind_of(decision: Decision, routing: Routing) -> Kind:
    """The kind a mail is forwarded as."""
    return routing.kinds.kinds[decision.kind.key if decision.kind else routing.kinds.fallback]


def council_address(mail: Mail, decision: Decision, routing: Routing) -> str:
    """Where answers reach the council; empty if its sender is unverified or has no address for a header."""
    sender = mail.sender or ""
    return sender if is_address(sender) and not _is_unverified(decision, routing) else ""


def _is_unverified(decision: Decision, routing: Routing) -> bool:
    """Whether the sender could have been verified here, and was not."""
    return routing.trust != "none" and decision.authentic != "pass"


def _common(mail: Mail, facts: Facts, routing: Routing, enclosed: Enclosed) -> Content:
    palette = colours.palette(routing.letters.colour)
    return {
        "municipality": routing.municipality,
        "footer": routing.letters.footer,
        "desk": routing.desk_name,
        "accent": palette.accent,
        "soft": palette.soft,
        "night_accent": palette.night_accent,
        "night_soft": palette.night_soft,
        "subject": mail.subject,
        "sent": dutch.sent(mail.date, routing.timezone) if mail.date else "",
        "agenda": findings.first(facts.agenda),
        "decisions": findings.first(facts.decisions),
        "actions": findings.first([findings.action(action) for action in facts.actions]),
        "asks": findings.first(facts.asks),
        "next_meeting": findings.meeting(facts.next_meeting),
        "files": enclosures.heading(enclosed.kept),
        "attachments": enclosures.lines(enclosed.kept),
        "left_out": enclosures.lines(enclosed.left_out),
        "folder": enclosed.folder,
    }


def _with_text(content: Content, mail: Mail, enclosed: Enclosed, elsewhere: str) -> Content:
    """The values cleaned, and the text of the mail as far as there is room beside them."""
    clean = {key: _printable(value) for key, value in content.items()}
    text = quoted.shown(mail.text, quoted.weight(list(clean.values())), elsewhere)
    note = text.note if mail.text.strip() else enclosures.without_text([*enclosed.kept, *enclosed.left_out])
    return clean | {"text": _printable(text.paragraphs), "text_note": note, "text_whole": "ja" if text.whole else ""}


def _printable(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else [_printable(item) for item in value]


def _expects(facts: Facts, kind: Kind) -> str:
    if facts.status == "cancelled":
        return "Haal de bijeenkomst uit uw agenda. U hoeft niet te antwoorden."
    return f"Pas uw agenda aan. {kind.expects}".strip() if facts.status == "moved" else kind.expects


def _calendar_note(facts: Facts, enclosed: Enclosed, events: Sequence[CalendarEvent]) -> str:
    """What the reader can do with the calendar file, whether it is ours or the council's."""
    if not enclosed.calendar and facts.status == "cancelled" and events:
        return "Staat de bijeenkomst al in uw agenda? Open de bijlage van de dorpsraad: die meldt hem af."
    if not enclosed.calendar:
        return "De afspraak voor uw agenda zit als bijlage bij deze mail." if events else ""
    if facts.status == "cancelled":
        return f"Staat de bijeenkomst al in uw agenda? Open de bijlage {enclosed.calendar}: die meldt hem af."
    if facts.status == "moved":
        return f"Staat de bijeenkomst al in uw agenda? Open de bijlage {enclosed.calendar}: die past hem aan."
    what = "de bijeenkomst" if facts.status else "de volgende vergadering"
    return f"Wilt u {what} in uw agenda? Open de bijlage {enclosed.calendar}."


def _note(note: Note, decision: Decision, routing: Routing) -> list[str]:
    """[whom it is for, the text]; for everyone the first is empty."""
    if not note.role:
        return ["", note.text]
    holders = [person.name for person in decision.recipients if person.role == note.role]
    return [f"Voor {' en '.join(holders) or routing.roles.get(note.role, note.role)}", note.text]


def _choice(choice: Choice) -> list[str]:
    """[label, link, how to do it by hand]; a link to anything but a new mail is left out."""
    link = choice.href if choice.href.startswith("mailto:") else ""
    return [choice.label, link, choice.by_hand]


def _person(person: Recipient, routing: Routing) -> str:
    capacities = person.capacities or (routing.roles.get(person.role, ""),)
    is_told = any("kopie" in capacity for capacity in capacities)
    copy = "kopie" if person.copy == "cc" and not is_told else ""
    details = [part for part in (*capacities, copy, person.remark) if part]
    return f"{person.name} ({', '.join(details)})" if details else person.name


def _guess(village: VillageGuess, routing: Routing) -> str:
    return f"{routing.villages[village.key].name} ({'zeker' if village.certain else 'niet zeker'})"


def _sender(mail: Mail) -> str:
    address = mail.sender or "geen duidelijk adres"
    return f"{mail.sender_name} ({address})" if mail.sender_name else address


def _choices(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Keys with what they stand for; none when there are too many to read."""
    return [f"{key} ({name})" for key, name in pairs] if len(pairs) <= _MOST_CHOICES else []

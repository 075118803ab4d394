"""What a letter says, as plain values: text, HTML and the built-in form are written from the same ones.

Every value is a str or a list (of str, or of lists of str), and every key is always there: empty means not known.
Each is one line of printable characters, wherever it came from. A letter to officials holds nothing that the council
may not read: no addresses, no doubt, no evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mailrouter.core.model import (
    Action,
    Attachment,
    Choice,
    Decision,
    Facts,
    Mail,
    Meeting,
    Note,
    Recipient,
    VillageGuess,
)
from mailrouter.core.routing import Kind, Routing, Village
from mailrouter.core.writing import dutch
from mailrouter.core.writing.fields import is_address, printable

Content = dict[str, Any]

LONGEST_TEXT = 60_000
"""Characters of the council's own text that a letter repeats."""
_MOST_ITEMS = 30
_MOST_CHOICES = 40

_CAUTION = "Controleer of deze mail echt van de dorpsraad komt voordat u antwoordt."


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The attachments a letter carries, and those it has to leave out (they stay with the mail in `folder`)."""

    kept: Sequence[Attachment]
    left_out: Sequence[Attachment]
    folder: str


def letter_content(mail: Mail, decision: Decision, facts: Facts, routing: Routing, enclosed: Enclosed) -> Content:
    """What a letter to officials says."""
    village, kind = village_of(decision, routing), kind_of(decision, routing)
    council = village.council_name
    content = _common(mail, facts, routing, enclosed) | {
        "village": village.name,
        "council": council,
        "kind": kind.title,
        "date": dutch.days(facts.date, facts.date_end) if facts.date else "",
        "when": dutch.moment(facts.date, facts.date_end, facts.start, facts.end),
        "place": facts.place or "",
        "lead": _lead(facts),
        "expects": _expects(facts, kind),
        "notes": [_note(note, decision, routing) for note in decision.notes],
        "caution": _CAUTION if _is_unverified(decision, routing) else "",
        "recipients": [_person(person, routing) for person in decision.recipients],
        "reply_note": f"Uw antwoord op deze mail gaat naar {council}."
        if council_address(mail, decision, routing)
        else "",
    }
    return _clean(content)


def desk_content(mail: Mail, decision: Decision, facts: Facts, routing: Routing, original: str) -> Content:
    """What the letter to the desk says; `original` tells where the original is."""
    village, kind = decision.village, decision.kind
    content = _common(mail, facts, routing, Enclosed(mail.attachments, (), decision.folder)) | {
        "id": short_id(mail.fingerprint),
        "sender": _sender(mail),
        "because": list(decision.because),
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
    return _clean(content)


def commands(fingerprint: str, village: str, kind: str) -> list[list[str]]:
    """What the desk can do with a mail: [what for, command] each."""
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
    text = mail.text.strip()
    return {
        "municipality": routing.municipality,
        "desk": routing.desk_name,
        "subject": mail.subject,
        "sent": dutch.sent(mail.date, routing.timezone) if mail.date else "",
        "rows": _rows(facts),
        "agenda": _first(facts.agenda),
        "decisions": _first(facts.decisions),
        "actions": _first([_action(action) for action in facts.actions]),
        "asks": _first(facts.asks),
        "next_meeting": _meeting(facts.next_meeting),
        "text": _paragraphs(text[:LONGEST_TEXT]),
        "text_note": _text_note(text, enclosed.folder),
        "attachments": [_file(attachment) for attachment in enclosed.kept],
        "left_out": [_file(attachment) for attachment in enclosed.left_out],
        "folder": enclosed.folder,
    }


def _clean(content: Content) -> Content:
    return {key: _printable(value) for key, value in content.items()}


def _printable(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else [_printable(item) for item in value]


def _rows(facts: Facts) -> list[list[str]]:
    """[label, value] of when, where and until when."""
    gone = facts.status == "cancelled"
    when = dutch.moment(facts.date, facts.date_end, facts.start, facts.end)
    old = dutch.day(facts.moved_from) if facts.status == "moved" and facts.moved_from else ""
    rows = [
        ["Was gepland op" if gone else "Wanneer", when],
        ["Eerst gepland op", old],
        ["Waar", "" if gone else facts.place or ""],
        ["Uiterste datum", dutch.day(facts.deadline) if facts.deadline else ""],
    ]
    return [row for row in rows if row[1]]


def _lead(facts: Facts) -> str:
    """The news that a meeting does not go on as it was planned."""
    if facts.status == "cancelled":
        on = f" van {dutch.day(facts.date)}" if facts.date else ""
        return f"De bijeenkomst{on} gaat niet door."
    if facts.status == "moved":
        on = f" van {dutch.day(facts.moved_from)}" if facts.moved_from else ""
        to = f" naar {dutch.day(facts.date)}" if facts.date and facts.date != facts.moved_from else ""
        return f"De bijeenkomst{on} is verplaatst{to}."
    return ""


def _expects(facts: Facts, kind: Kind) -> str:
    if facts.status == "cancelled":
        return "Haal de bijeenkomst uit uw agenda."
    return f"Pas uw agenda aan. {kind.expects}".strip() if facts.status == "moved" else kind.expects


def _meeting(meeting: Meeting | None) -> str:
    if meeting is None:
        return ""
    when = dutch.moment(meeting.date, None, meeting.start, None)
    return ", ".join(part for part in (when, meeting.place) if part)


def _action(action: Action) -> str:
    who = f"{action.who}: " if action.who else ""
    due = f" ({action.due})" if action.due else ""
    return f"{who}{action.what}{due}"


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


def _file(attachment: Attachment) -> str:
    """Name and size, and what of it the router could not read: then the summary does not tell it either."""
    note = f"; {attachment.note}" if attachment.note else ""
    return f"{attachment.name or 'zonder naam'} ({dutch.size(len(attachment.content))}{note})"


def _first(items: Sequence[str]) -> list[str]:
    """The items, or the first of them with a word on how many more there are."""
    more = len(items) - _MOST_ITEMS
    return list(items) if more <= 0 else [*items[:_MOST_ITEMS], f"… en nog {more} (zie de tekst hieronder)"]


def _choices(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Keys with what they stand for; none when there are too many to read."""
    return [f"{key} ({name})" for key, name in pairs] if len(pairs) <= _MOST_CHOICES else []


def _paragraphs(text: str) -> list[list[str]]:
    """The text as paragraphs of lines."""
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            paragraphs[-1].append(line.rstrip())
        elif paragraphs[-1]:
            paragraphs.append([])
    return [lines for lines in paragraphs if lines]


def _text_note(text: str, folder: str) -> str:
    if not text:
        return "De mail heeft geen tekst."
    if len(text) > LONGEST_TEXT:
        return f"De tekst is lang en daarom hier afgebroken. De hele mail staat in de map {folder} van de postbus."
    return ""

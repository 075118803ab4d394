"""Texts that need no template: the built-in letter, and letters to the desk about what went wrong."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mailrouter.core.routing import Official
from mailrouter.core.writing.content import Content, short_id
from mailrouter.core.writing.fields import one_line

_LONGEST_REPLY = 500


def built_in(content: Content) -> str:
    """The letter, to officials or to the desk, when its own template cannot be rendered."""
    is_desk = "because" in content
    return _joined(*(_desk_opening(content) if is_desk else _letter_opening(content)), *_shared(content))


def unread_text(subject: str, why: str, original: str) -> str:
    """A mail that could not be read at all."""
    return _joined(
        ["Wilt u deze mail bekijken? De router kon hem niet lezen."],
        [f"Reden: {one_line(why, _LONGEST_REPLY)}."],
        [f"Onderwerp, voor zover bekend: {one_line(subject, 200)}"] if subject.strip() else [],
        [original],
        _list(
            "Wat kunt u doen?",
            [
                "Bekijk de mail. Pas op: open geen bijlage die u niet vertrouwt.",
                "Is de mail van een dorpsraad? Stuur hem zelf door naar de juiste mensen.",
                "Met mailrouter list vindt u de mail terug in de lijst van de router.",
            ],
        ),
    )


def refusal_text(explanation: Mapping[str, Any], recipient: str, reply: str, original: str) -> str:
    """A letter that a recipient's server will never take."""
    return _joined(
        ["Wilt u zorgen dat deze mail goed terechtkomt? Hij kon niet worden bezorgd."],
        [
            f"Niet bezorgd bij: {one_line(recipient, 254)}",
            f"Antwoord van de mailserver: {one_line(reply, _LONGEST_REPLY) or 'geen'}",
        ],
        _about(explanation),
        [original],
        _list(
            "Wat kunt u doen?",
            [
                "Klopt het adres? Laat het anders verbeteren in de instellingen van de router.",
                "Stuur de mail zelf door als de ontvanger hem nu nodig heeft.",
                "Ligt het aan iets tijdelijks, zoals een volle postbus? Probeer het later opnieuw met: "
                f"mailrouter retry {short_id(str(explanation.get('fingerprint', '')))}",
            ],
        ),
    )


def returned_text(what: str, explanation: Mapping[str, Any], recipient: str, told: str, original: str) -> str:
    """A letter that was sent, and that a later server could not deliver; `what`: "hard" or "soft"."""
    later = (
        "Ligt het aan iets tijdelijks, zoals een volle postbus? Probeer het later opnieuw met: "
        f"mailrouter retry {short_id(str(explanation.get('fingerprint', '')))}. "
        "Kwam de mail toch aan? Dan krijgt de ontvanger hem twee keer."
    )
    return _joined(
        ["Wilt u zorgen dat deze mail goed terechtkomt? Wij stuurden hem door, maar hij kwam terug."],
        [f"Niet aangekomen bij: {one_line(recipient, 254)}", f"Waarom: {one_line(told, _LONGEST_REPLY)}"],
        _about(explanation),
        _unanswered(explanation),
        [original],
        _list(
            "Wat kunt u doen?",
            [
                "Bestaat het adres niet meer? Laat het verbeteren in de instellingen van de router.",
                "Stuur de mail zelf door als de ontvanger hem nu nodig heeft.",
                *([later] if what == "soft" else []),
            ],
        ),
    )


def _unanswered(explanation: Mapping[str, Any]) -> list[str]:
    """What it means that an answer to a council did not arrive."""
    if not explanation.get("calendar_reply"):
        return []
    return ["Het was een antwoord op een uitnodiging. De dorpsraad weet dus niet of de genodigde komt."]


def untied_text(explanation: Mapping[str, Any], told: str, original: str) -> str:
    """A report of a server that names an address we write to, and no letter that we know."""
    return _joined(
        ["Wilt u dit bericht bekijken? Een mailserver meldt dat een mail van ons niet is bezorgd."],
        [f"Waarom: {one_line(told, _LONGEST_REPLY)}"],
        ["De router kan niet zien om welke mail het gaat."],
        _about(explanation),
        [original],
        _list(
            "Wat kunt u doen?",
            [
                "Kijk in de bijlage om welke mail het gaat. Stuur die zelf door aan de ontvanger.",
                "Klopt het adres van de ontvanger niet meer? Laat het verbeteren in de instellingen van de router.",
                "Komt er vandaag nog zo'n bericht over hetzelfde adres? Dan krijgt u daar geen brief meer over. "
                "U vindt het in de map met automatische berichten.",
            ],
        ),
    )


def elsewhere_text(explanation: Mapping[str, Any], because: Sequence[str], original: str) -> str:
    """A mail that holds a code of the desk, and that is not from the desk."""
    return _joined(
        ["Wilt u deze mail bekijken? Iemand anders gebruikt een code die alleen voor u is."],
        [f"Waarom komt deze mail bij u? {'; '.join(because)}."],
        _about(explanation),
        [original],
        _list(
            "Wat kunt u doen?",
            [
                "Hebt u een brief van de router aan iemand doorgestuurd? Dan kan diegene de code daarin zien. "
                "De code werkt alleen als de mail van het adres van de balie komt.",
                "Stuurt u zelf vanaf een ander adres? Laat dat adres opnemen in de instellingen, bij desk: clerks.",
                "Antwoord niet als u de afzender niet kent. De afzender kreeg geen bericht.",
            ],
        ),
    )


_COMES = {
    "ACCEPTED": "komt naar",
    "DECLINED": "komt niet naar",
    "TENTATIVE": "weet nog niet zeker of het lukt, en komt misschien naar",
}


def answer_text(
    reply: Mapping[str, Any], invitation: Mapping[str, Any], official: Official, council: str, municipality: str
) -> str:
    """Whether an official comes, as their calendar answered the council's invitation."""
    mail = invitation.get("mail") or {}
    subject = one_line(str(mail.get("subject") or ""), 200) or "uw bijeenkomst"
    who = f"{official.title} {official.name}".strip()
    comment = one_line(str(reply.get("comment") or ""), _LONGEST_REPLY)
    return _joined(
        [f"Aan: {council}"],
        [f"{who[:1].upper()}{who[1:]} {_COMES[reply['partstat']]}: {subject}."],
        [f"Opmerking: {comment}"] if comment else [],
        ["Dit is het antwoord op uw uitnodiging."],
        ["Hebt u een vraag? Beantwoord dan deze mail."],
        [f"Automatisch doorgestuurd door {municipality}."],
    )


def held_text(explanation: Mapping[str, Any], because: Sequence[str], folder: str, original: str) -> str:
    """A mail that is one too many of its like: the loop breaker holds it, and those after it."""
    return _joined(
        ["Wilt u deze mail bekijken? De router stuurde hem niet door, omdat er te veel van dezelfde mails komen."],
        _about(explanation),
        _list("Waarom komt deze mail bij u?", [_sentence(line) for line in because]),
        [
            "Komen er nog meer van deze mails? Dan houdt de router die ook vast. U krijgt daar geen bericht over. "
            f"Ze liggen in de map {folder} van de postbus, en u ziet ze met: mailrouter list"
        ],
        [original],
        _list(
            "Wat kunt u doen?",
            [
                "Stuurt de afzender mail automatisch door naar ons adres? Vraag hem om dat uit te zetten.",
                "Is het toch gewone mail? Stuur elke mail die u door wilt laten met: mailrouter release <nummer>",
            ],
        ),
    )


def notice_text(explanation: Mapping[str, Any], recipient: str, reply: str, folder: str) -> str:
    """The last resort: no more than what is needed to find the mail."""
    return _joined(
        ["Let op: een mail wacht op u. De router krijgt hem niet bezorgd."],
        _about(explanation),
        [
            f"Niet bezorgd bij: {one_line(recipient, 254)}",
            f"Antwoord van de mailserver: {one_line(reply, _LONGEST_REPLY) or 'geen'}",
        ],
        [f"U vindt het origineel in de postbus, in de map {folder}. Handel de mail daar af."],
        [f"Meer weten: mailrouter show {short_id(str(explanation.get('fingerprint', '')))}"],
    )


def _sentence(line: str) -> str:
    """A reason as a sentence of its own; commands at its end stay as they are."""
    return one_line(line[:1].upper() + line[1:], _LONGEST_REPLY)


def _about(explanation: Mapping[str, Any]) -> list[str]:
    """Which mail this is."""
    mail = explanation.get("mail") or {}
    return [
        f"Onderwerp: {one_line(str(mail.get('subject') or ''), 200) or '(geen onderwerp)'}",
        f"Van: {one_line(str(mail.get('from') or ''), 254) or 'geen duidelijk adres'}",
        f"Nummer van de mail: {short_id(str(explanation.get('fingerprint', '')))}",
    ]


def _letter_opening(content: Content) -> list[list[str]]:
    return [
        [content["lead"] or f"{content['kind']} van {content['council']}."],
        _rows(content),
        [content["expects"]],
        [content["calendar"]],
        *_notes(content),
        [content["caution"]],
        *_findings(content),
        _list("In de agenda", content["events"]),
        _list("Wie kreeg deze mail?", content["recipients"]),
        *_files(content),
    ]


def _desk_opening(content: Content) -> list[list[str]]:
    return [
        ["Wilt u deze mail beoordelen? De router stuurde hem niet zelf door."],
        [f"Van: {content['sender']}", f"Onderwerp: {content['subject'] or '(geen onderwerp)'}"],
        _list("Waarom komt deze mail bij u?", content["because"]),
        *_notes(content),
        _list("Wat kunt u doen?", _steps(content)),
        [content["original"]],
        _rows(content),
        *_findings(content),
        *_files(content),
    ]


def _notes(content: Content) -> list[list[str]]:
    return [[f"{whom}: {text}" if whom else text] for whom, text in content["notes"]]


def _steps(content: Content) -> list[str]:
    chosen = [by_hand if href else f"{label}: {by_hand}" for label, href, by_hand in content["choices"] if by_hand]
    return [*chosen, *(f"{what}: {command}" for what, command in content["commands"])]


def _findings(content: Content) -> list[list[str]]:
    return [
        _list("Agenda", content["agenda"]),
        _list("Besluiten", content["decisions"]),
        _list("Acties", content["actions"]),
        _list("Gevraagd aan de gemeente", content["asks"]),
        [f"Volgende vergadering: {content['next_meeting']}"] if content["next_meeting"] else [],
    ]


def _files(content: Content) -> list[list[str]]:
    return [
        _list(content["files"], content["attachments"]),
        _list(f"Te groot om mee te sturen (zie de map {content['folder']})", content["left_out"]),
    ]


def _shared(content: Content) -> list[list[str]]:
    return [
        ["De tekst van de mail:"],
        [content["text_note"]],
        *([f"  {line}" for line in lines] for lines in content["text"]),
        [content["footer"]],
        [f"Automatisch doorgestuurd door {content['municipality']}."],
    ]


def _rows(content: Content) -> list[str]:
    return [f"{label}: {value}" for label, value in content["rows"]]


def _list(title: str, items: Sequence[str]) -> list[str]:
    return [title, *(f"- {item}" for item in items)] if items else []


def _joined(*blocks: Iterable[str]) -> str:
    """Blocks of lines with an empty line between them; empty ones are left out."""
    texts = ("\n".join(line for line in block if line) for block in blocks)
    return "\n\n".join(text for text in texts if text) + "\n"

"""What the letter to the desk offers to do by one tap: a mail to the shared address that is written already.

The links carry one-time codes (`mailrouter.core.codes`); without these, as in `explain`, nothing is offered.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from mailrouter.core.codes import BY_HAND, Codes, Selection
from mailrouter.core.meaning.village import by_sender, named_villages
from mailrouter.core.model import Choice, Decision, Mail
from mailrouter.core.routing import Routing

_VILLAGES = 3
"""Villages that are offered when the mail points to some."""
_ALL = 10
"""So many villages are offered when it points to none; more than that nobody reads through."""
_KINDS = 3
_NEWLINE = "\r\n"


def choices(mail: Mail, decision: Decision, routing: Routing, codes: Codes | None) -> tuple[Choice, ...]:
    """The likeliest first: each likely village with the likeliest kind, the first also with others; last, by hand."""
    if codes is None or not routing.villages:
        return ()
    offered = [_offer(selection, routing, codes) for selection in _selections(mail, decision, routing)]
    return (*offered, _by_hand(decision, routing, codes))


def _selections(mail: Mail, decision: Decision, routing: Routing) -> Iterator[Selection]:
    villages = _likely_villages(mail, routing)
    kinds = _likely_kinds(decision, routing)
    if not villages:
        villages = list(routing.villages) if len(routing.villages) <= _ALL else []
        kinds = kinds[:1]
    for number, village in enumerate(villages):
        yield from (Selection(village, kind) for kind in (kinds[:1] if number else kinds))
        if not number and _may_be_remembered(mail, decision, routing):
            yield Selection(village, kinds[0], remember=True)


def _likely_villages(mail: Mail, routing: Routing) -> list[str]:
    """By who wrote what was passed on, then by the names in the mail."""
    passed_on = by_sender(mail.forwarded_from, routing.villages)
    first = by_sender(mail.sender, routing.villages) or passed_on
    found = [*([first.key] if first else []), *named_villages(mail, routing.villages)]
    return list(dict.fromkeys(found))[:_VILLAGES]


def _likely_kinds(decision: Decision, routing: Routing) -> list[str]:
    """What it was taken for, then what else speaks from it, then what it is when nothing does."""
    fallback, weights = routing.kinds.fallback, dict[str, float]()
    for item in decision.kind.evidence if decision.kind else ():
        weights[item.kind] = weights.get(item.kind, 0.0) + item.weight
    ranked = sorted((kind for kind in weights if weights[kind] > 0), key=lambda kind: -weights[kind])
    guess = decision.kind.key if decision.kind else fallback
    likely = list(dict.fromkeys([*([guess] if guess != fallback else []), *ranked[: _KINDS - 1], fallback]))
    return likely[:_KINDS] if len(likely) > 1 else list(dict.fromkeys([*likely, *routing.kinds.kinds]))[:_KINDS]


def _may_be_remembered(mail: Mail, decision: Decision, routing: Routing) -> bool:
    """Whether the address could be listed for a village: it is clear, not listed yet, and not one of ours."""
    if not mail.sender or mail.from_problem or decision.authentic == "fail":
        return False
    ours = {address.rpartition("@")[2].lower() for address in routing.own_addresses}
    return by_sender(mail.sender, routing.villages) is None and mail.sender.lower().rpartition("@")[2] not in ours


def _offer(selection: Selection, routing: Routing, codes: Codes) -> Choice:
    what = _said(selection, routing)
    code = codes.of(selection)
    return Choice(f"Stuur door: {what}", _link(routing, f"{what} – {code}", ("Verstuur deze mail zo.", code)))


def _said(selection: Selection, routing: Routing) -> str:
    village, kind = routing.villages[selection.village], routing.kinds.kinds[selection.kind]
    return f"{kind.title} van {village.name}{', en onthoud dit adres' if selection.remember else ''}"


def _by_hand(decision: Decision, routing: Routing, codes: Codes) -> Choice:
    village = decision.village.key if decision.village else next(iter(routing.villages))
    kind = decision.kind.key if decision.kind else routing.kinds.fallback
    name, title = routing.villages[village].name, routing.kinds.kinds[kind].title.lower()
    code = codes.of(BY_HAND)
    body = ("dorp: ", "soort: ", "", "Vul een dorp en een soort in, en verstuur deze mail.", code)
    return Choice(
        "Een ander dorp of een andere soort",
        _link(routing, f"Dorp en soort – {code}", body),
        f'Beantwoord deze mail, met bovenaan bijvoorbeeld "dorp: {name}" en "soort: {title}". Code: {code}',
    )


def _link(routing: Routing, subject: str, body: Sequence[str]) -> str:
    """A mailto link (RFC 6068)."""
    text = _NEWLINE.join(body)
    return f"mailto:{quote(routing.address, safe='@')}?subject={quote(subject, safe='')}&body={quote(text, safe='')}"

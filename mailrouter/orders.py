"""What the desk decides by mail: whether a mail of the desk may be obeyed, and about which mail it is.

What it says was read in the cage (`mailrouter.core.reading.orders`); the router key, which tells a code of ours from
any other, never goes in there. So this is looked up between understanding and promise. A code, or a letter that a reply
refers to, is good for one version of a decision: once anybody decided, it is used up. Strangers are never answered.
"""

import difflib
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

import structlog

from mailrouter.core import codes
from mailrouter.core.codes import BY_HAND, Selection
from mailrouter.core.decide import to_desk
from mailrouter.core.model import Understanding
from mailrouter.core.reading.orders import OrderText, desk_address, order_text
from mailrouter.core.routing import Routing
from mailrouter.core.understand import Assignment, told_to_desk
from mailrouter.core.writing import letter as writing
from mailrouter.core.writing import orders as wording
from mailrouter.journal import Accepted, AtHand, Journal, Mark, orders

log = structlog.get_logger()

_DAY = 86400.0
_MOST_REFUSALS = 3
"""Answers a day to one address about one mail that change nothing: a program that answers each of them would go on."""
_REFUSED = "order refused"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What comes of a mail of the desk.

    `assignment` is None when nothing is done; then `why` says why not, in Dutch, and `hint` what to do. `target` is
    None when it is not known which mail was meant.
    """

    target: AtHand | None
    version: int = 0
    assignment: Assignment | None = None
    why: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class _About:
    """The mail that is meant, the version of its decision, and what the code says should become of it."""

    target: AtHand
    version: int
    selection: Selection = BY_HAND


@dataclass(frozen=True, slots=True)
class Orders:
    """Rules on what the desk decides by mail."""

    journal: Journal
    key: bytes

    def rule(self, of: Understanding, mentioned: tuple[str, ...], routing: Routing) -> Ruling | None:
        """What comes of this mail; None if it is no mail of the desk to the router, and goes its way as any other."""
        if not (order := _order(of)) or not _is_from_the_desk(of, routing):
            return None
        abouts = self._by_codes(order.codes, routing)
        if order.codes and not abouts:
            return Ruling(None, why="De code in uw mail kennen wij niet.", hint=wording.by_hand(routing))
        about = abouts[0] if abouts else self._by_thread(order, mentioned, routing)
        if about is None:
            return _which_mail(routing) if order.says_something else None
        if len({(one.target.id, one.version, one.selection) for one in abouts}) > 1:
            return Ruling(about.target, about.version, why="Er staan codes voor verschillende keuzes in uw mail.")
        if about.target.version != about.version or about.target.outcome is None:
            return _used(about)
        return _selected(about, order, _sender(of), routing)

    def strange(self, mail: Accepted, of: Understanding, routing: Routing) -> Understanding:
        """A mail with a code of ours that is not from the desk: the desk looks. Any other is left as it is."""
        order = _order(of)
        if not order or _is_from_the_desk(of, routing) or not self._by_codes(order.codes, routing):
            return of
        log.warning("a code of the desk came from elsewhere; nothing was done with it", mail=mail.id)
        because = (
            f"er staat een code van de balie in, maar de mail komt niet van de balie ({_sender(of) or 'onbekend'}); "
            "met de code is niets gedaan",
        )
        decision = to_desk(routing, because)
        told = told_to_desk(of.explanation, because, decision.recipients, decision.folder)
        whole = mail.raw if mail.size <= len(mail.raw) else b""
        draft = writing.elsewhere(told, whole, because, routing, decision.folder)
        people = decision.recipients
        return replace(of, outcome="desk", folder=decision.folder, recipients=people, draft=draft, explanation=told)

    def may_refuse(self, ruling: Ruling, sender: str) -> Mark | None:
        """The mark of an answer that changes nothing; None if there were enough of them today."""
        who = hashlib.sha256(sender.encode()).hexdigest()[:12]
        mark = Mark(_REFUSED, f"{who} {ruling.target.key[:12] if ruling.target else '-'}")
        given = self.journal.marked(mark.what, mark.detail, _DAY)
        return mark if len(given) < _MOST_REFUSALS else None

    def _by_codes(self, texts: tuple[str, ...], routing: Routing) -> list[_About]:
        return [about for text in texts if (about := self._by_code(text, routing))]

    def _by_code(self, text: str, routing: Routing) -> _About | None:
        """What a code stands for, if it is one of ours."""
        if (code := codes.read(text)) is None:
            return None
        for target in self.journal.ask(orders.by_key, code.about):
            made = codes.codes(self.key, target.key, code.version)
            for selection in _selections(routing):
                if hmac.compare_digest(made.of(selection), text):
                    return _About(target, code.version, selection)
        return None

    def _by_thread(self, order: OrderText, mentioned: tuple[str, ...], routing: Routing) -> _About | None:
        """The mail of the letter that this is a reply to: by the letter, else by the code that it quotes."""
        if found := self.journal.ask(orders.by_letter, mentioned, order.thread):
            return _About(*found)
        quoted = [about for about in self._by_codes(order.quoted, routing) if about.selection == BY_HAND]
        return quoted[0] if len({(about.target.id, about.version) for about in quoted}) == 1 else None


def _order(of: Understanding) -> OrderText | None:
    told = of.explanation.get("order")
    return order_text(told) if told else None


def _sender(of: Understanding) -> str:
    return str(of.explanation["mail"]["from"] or "").lower()


def _is_from_the_desk(of: Understanding, routing: Routing) -> bool:
    """By its address, unless our mail server found that it is not from there: the same trust that councils have."""
    return bool(desk_address(_sender(of), routing)) and of.explanation["authentic"] != "fail"


def _selections(routing: Routing) -> Iterator[Selection]:
    yield BY_HAND
    for village, kind, remember in product(routing.villages, routing.kinds.kinds, (False, True)):
        yield Selection(village, kind, remember)


def _which_mail(routing: Routing) -> Ruling:
    return Ruling(None, why="Het is niet duidelijk over welke mail u beslist.", hint=wording.by_hand(routing))


def _used(about: _About) -> Ruling:
    by = about.target.decided_by
    who = f"door {by}" if by != "mailrouter" else "door de router"
    why = f"Over deze mail is al beslist, {who}. Met uw keuze is niets gedaan."
    return Ruling(about.target, about.version, why=why)


def _selected(about: _About, order: OrderText, sender: str, routing: Routing) -> Ruling:
    """The choice of the code, and what was written by hand beside it or instead of it."""
    coded, names = about.selection, {key: entry.name for key, entry in routing.villages.items()}
    titles = {key: kind.title for key, kind in routing.kinds.kinds.items()}
    refused = Ruling(about.target, about.version, hint=wording.by_hand(routing))
    for what, said, key, known, code in (
        ("dorp", order.village_said, order.village, names, coded.village),
        ("soort", order.kind_said, order.kind, titles, coded.kind),
    ):
        if said and key not in known:
            return replace(refused, why=f'Er is geen {what} "{said}".{_meant(said, known)}')
        if key and code and key != code:
            return replace(refused, why=f'De code is voor {known[code]}, maar u schreef "{what}: {said}".')
    village, kind = coded.village or order.village, coded.kind or order.kind
    if not village:
        return replace(refused, why="In uw mail staat niet voor welk dorp de mail is.")
    assignment = Assignment(village, kind or None, f"{sender} (per mail)", coded.remember or order.remember)
    return Ruling(about.target, about.version, assignment)


def _meant(said: str, known: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(said.casefold(), [name.casefold() for name in known.values()], n=1)
    meant = next((name for name in known.values() if name.casefold() in near), "")
    return f" Bedoelt u {meant}?" if meant else f" U kunt kiezen uit: {', '.join(list(known.values())[:20])}."

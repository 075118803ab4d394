"""Whether a sender is made to look like somebody else: a council, an official, or ourselves.

A council may write under its own name or a person's, from whatever it is listed with. What only looks like it, and
answers that would go elsewhere, are for people to judge: each doubt is told in Dutch, with the address in clear.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from unicodedata import normalize

from mailrouter.core.meaning.lookalike import resembles_address, resembles_domain, skeleton
from mailrouter.core.meaning.village import by_sender
from mailrouter.core.model import Mail, VillageGuess
from mailrouter.core.providers import is_provider
from mailrouter.core.routing import Official, Routing, Village

_ARTICLES = frozenset({"de", "het"})
_COURTESIES = frozenset(
    {
        "de", "het", "dhr", "heer", "meneer", "mijnheer", "mevr", "mevrouw", "mw", "mej", "drs", "dr", "ir", "ing",
        "prof", "mr", "ds", "bc", "ba", "ma", "bsc", "msc", "wethouder", "burgemeester", "loco",
    }
)  # fmt: skip
_COUNCILS = ("dorpsraad", "dorpsbelangen", "dorpsbelang", "plaatselijk belang", "wijkraad")
"""What the council of any village may be called."""
_WORD = re.compile(r"[^\W_]+")
_PARTED = re.compile(r"[|()\[\]/;•–—]|\s-\s|\b(?:via|namens)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'|]+@[^\s<>()\[\],;:\"'|@]+\.[^\s<>()\[\],;:\"'|@.]+")


def doubts(mail: Mail, village: VillageGuess | None, routing: Routing) -> tuple[str, ...]:
    """Each way in which the sender of a mail looks like somebody else, in Dutch; none if there is no such way.

    `village` is what the mail's sender was found to be.
    """
    sender = (mail.sender or "").lower()
    if not sender:
        return ()
    council = village.key if village and village.certain else ""
    alike = [] if council else _alike(sender, routing)
    return (*alike, *_borrowed_names(mail, sender, council, routing), *_answers_elsewhere(mail, council, routing))


def _alike(sender: str, routing: Routing) -> list[str]:
    """An address or domain that looks like one that is known; the first is enough."""
    domain, known = sender.rpartition("@")[2], _known_domains(routing)
    for real, owner in known.items():
        if domain not in known and resembles_domain(domain, real):
            return [f"het adres {sender} lijkt op een adres bij {real} van {owner}, maar is het niet"]
    for village in routing.villages.values():
        for listed in village.senders:
            if not listed.startswith("@") and resembles_address(sender, listed.lower()):
                return [f"het adres {sender} lijkt op {listed.lower()} van {village.council_name}, maar is het niet"]
    return []


def _known_domains(routing: Routing) -> dict[str, str]:
    """Domains that belong to somebody we know → whose they are; not those at which anybody can get a mailbox."""
    ours = [*routing.own_addresses, *(official.email for official in routing.officials.values())]
    known = {address.lower().rpartition("@")[2]: routing.municipality for address in ours if address}
    for village in routing.villages.values():
        for listed in village.senders:
            if listed.startswith("@"):
                known[listed[1:].lower()] = village.council_name
    return known


def _borrowed_names(mail: Mail, sender: str, council: str, routing: Routing) -> Iterator[str]:
    """A name, or an address shown as a name, that is somebody else's; the first of each is enough."""
    for address in _ADDRESS.findall(normalize("NFKC", mail.sender_name).lower()):
        listed = by_sender(address, routing.villages)
        if address != sender and not (council and listed and listed.key == council):
            yield f"de afzender noemt zich {address}, maar het adres is {sender}"
            break
    said = _names(mail.sender_name)
    for name, owner in _others(council, routing):
        if name in said:
            yield f'de afzender noemt zich "{mail.sender_name}", zoals {owner}, maar het adres is {sender}'
            break


def _others(council: str, routing: Routing) -> Iterator[tuple[str, str]]:
    """(name as `_names` gives it, whose it is) of everyone but the council that writes; two councils may share one."""
    own = _own_names(council, routing)
    yield _called(routing.municipality), routing.municipality
    for official in routing.officials.values():
        if name := _person(official):
            yield name, f"{official.name} van {routing.municipality}"
    for key, village in routing.villages.items():
        if key != council:
            if (name := _called(village.council_name)) not in own:
                yield name, village.council_name
            for called in (village.name, *village.also_called):
                if _called(called) in own:
                    continue
                yield from ((_called(f"{kind} {called}"), village.council_name) for kind in _COUNCILS)
                if not council:  # of a known council somebody may have the name of a village
                    yield _called(called), village.council_name


def _own_names(council: str, routing: Routing) -> frozenset[str]:
    village = routing.villages.get(council)
    said = (village.council_name, village.name, *village.also_called) if village else ()
    return frozenset(map(_called, said))


def _names(shown: str) -> frozenset[str]:
    """All that a display name says somebody is called: the whole, its parts, and "Smit, Anna" the right way round."""
    last, comma, first = shown.partition(",")
    said = [shown, *_PARTED.split(shown), *([f"{first} {last}"] if comma else [])]
    return frozenset(name for part in said for name in (_called(part), _without(_COURTESIES, part)) if name)


def _person(official: Official) -> str:
    """The name of an official that stands for nobody else; "" for a team with a name of one common word."""
    name = _without(_COURTESIES, official.name)
    is_person = bool(official.title) or name != _called(official.name)
    return name if is_person or " " in name else ""


def _called(name: str) -> str:
    """The words of a name as they look, without case, accents, punctuation and the article before it."""
    return _without(_ARTICLES, name)


@lru_cache(maxsize=4096)
def _without(around: frozenset[str], name: str) -> str:
    """The same, without such words around it."""
    words = _words(name)
    while words and words[0].lower() in around:
        del words[0]
    while words and words[-1].lower() in around:
        del words[-1]
    return " ".join(map(skeleton, words))


def _words(name: str) -> list[str]:
    return _WORD.findall(normalize("NFC", name))


def _answers_elsewhere(mail: Mail, council: str, routing: Routing) -> Iterator[str]:
    """Addresses in Reply-To that are neither the sender's, nor its council's, nor ours."""
    sender = (mail.sender or "").lower()
    allowed = {sender, *(address.lower() for address in routing.own_addresses)}
    domains = _domains_of(routing.villages[council]) if council else (sender.rpartition("@")[2],)
    for address in mail.reply_to:
        listed = by_sender(address, routing.villages)
        if address.lower() in allowed or (council and listed and listed.key == council):
            continue
        if not f".{address.lower().rpartition('@')[2]}".endswith(tuple(f".{domain}" for domain in domains)):
            yield f"wie deze mail beantwoordt, schrijft naar {address}: dat is een ander adres dan van de afzender"


def _domains_of(village: Village) -> tuple[str, ...]:
    """The domains that are a council's own: not those of a provider, where anybody may have a mailbox."""
    domains = (listed.rpartition("@")[2].lower() for listed in village.senders)
    return tuple(domain for domain in domains if not is_provider(domain))

"""Which village wrote: certain by a listed address or domain, else a suggestion by the names that occur."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from mailrouter.core.model import Mail, VillageGuess
from mailrouter.core.routing import Village

_READ = 20_000
"""Characters of each zone in which names are looked for."""
_WEIGHT = {
    "de naam van de afzender": 4,
    "het onderwerp": 3,
    "het domein van de afzender": 2,
    "de tekst": 1,
    "een bijlage": 1,
}


def find_village(mail: Mail, villages: Mapping[str, Village]) -> VillageGuess | None:
    """The village a mail is from, or None when nothing points to one."""
    return by_sender(mail.sender, villages) or _by_names(mail, villages)


def by_sender(sender: str | None, villages: Mapping[str, Village]) -> VillageGuess | None:
    """The village that lists this address, or else its domain; both are certain."""
    if sender is None:
        return None
    address = sender.lower()
    domain = "@" + address.rpartition("@")[2]
    for claim, what in ((address, "het adres"), (domain, "het domein")):
        for key, village in villages.items():
            if claim in (listed.lower() for listed in village.senders):
                listed_for = f"{what} {claim} van de afzender staat op de lijst van {village.name}"
                return VillageGuess(key, True, (listed_for,))
    return None


def named_villages(mail: Mail, villages: Mapping[str, Village]) -> list[str]:
    """The villages whose names occur in a mail, the likeliest first."""
    found = _named(mail, villages)
    return sorted(found, key=lambda key: -found[key][0])


def _by_names(mail: Mail, villages: Mapping[str, Village]) -> VillageGuess | None:
    found = _named(mail, villages)
    if not found:
        return None
    best = max(found, key=lambda key: found[key][0])
    rivals = [line for key, (_, lines) in found.items() if key != best for line in lines]
    return VillageGuess(best, False, (*found[best][1], *rivals))


def _named(mail: Mail, villages: Mapping[str, Village]) -> dict[str, tuple[int, list[str]]]:
    """Key → how strongly its names point to it, and the reasons."""
    found: dict[str, tuple[int, list[str]]] = {}
    for key, village in villages.items():
        pattern = _names((village.name, village.council, *village.also_called))
        for zone, text in _zones(mail):
            if match := pattern.search(text[:_READ]):
                score, reasons = found.get(key, (0, []))
                line = f'in {zone} staat "{match[0]}": dat wijst op {village.name}'
                found[key] = (score + _WEIGHT[zone], [*reasons, line])
    return found


def _zones(mail: Mail) -> Iterable[tuple[str, str]]:
    yield "de naam van de afzender", mail.sender_name
    yield "het onderwerp", mail.subject
    yield "het domein van de afzender", re.sub(r"[-._]", " ", (mail.sender or "").rpartition("@")[2])
    yield "de tekst", mail.text
    for attachment in mail.attachments:
        yield "een bijlage", f"{attachment.name}\n{attachment.text}"


@lru_cache(maxsize=4096)
def _names(names: tuple[str, ...]) -> re.Pattern[str]:
    known = sorted({name for name in names if name}, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, known)) + r")(?!\w)", re.IGNORECASE)

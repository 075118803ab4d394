"""Cross-checks of who writes: senders, names, and letters that would come back to us."""

from collections.abc import Iterable

from mailrouter.config.addresses import address_fault
from mailrouter.config.reading import KeyPath
from mailrouter.config.tables import OFFICIALS, SETTINGS, VILLAGES, Finding, Findings, Tables
from mailrouter.core.providers import is_provider


def senders(tables: Tables) -> Findings:
    """Each sender well written, of one village only, and never a provider's whole domain."""
    claims: dict[str, str] = {}
    for key, village in tables.villages.items():
        for index, sender in enumerate(village.senders):
            path = (key, "senders", index)
            claim = sender.lower()
            if fault := _sender_fault(claim):
                yield Finding(VILLAGES, path, fault)
            elif claim in claims:
                other = claims[claim]
                message = f"{sender} is listed twice here" if other == key else f"{sender} is claimed by {other} too"
                yield Finding(VILLAGES, path, message, "warning" if other == key else "error")
            claims.setdefault(claim, key)
        if not village.senders:
            message = f"{key} lists no senders: all its mail goes to the desk"
            yield Finding(VILLAGES, (key, "senders"), message, "warning")
    yield from _addresses_in_foreign_domains(tables, claims)


def _sender_fault(sender: str) -> str:
    address = f"x{sender}" if sender.startswith("@") else sender
    if fault := address_fault(address):
        return f'{sender}: {fault}; a sender is an address, or "@domain" for all addresses of a domain'
    if sender.startswith("@") and is_provider(sender[1:]):
        return f"{sender} is a mailbox provider, not the council's own domain; list the council's address instead"
    return ""


def _addresses_in_foreign_domains(tables: Tables, claims: dict[str, str]) -> Findings:
    for key, village in tables.villages.items():
        for index, sender in enumerate(village.senders):
            owner = claims.get("@" + sender.lower().rpartition("@")[2], key)
            if not sender.startswith("@") and owner != key:
                message = f"the domain of {sender} is {owner}'s; mail from this one address counts as from {key}"
                yield Finding(VILLAGES, (key, "senders", index), message, "warning")


def loops(tables: Tables) -> Findings:
    """No letter goes to a mailbox whose mail we read, and nobody is both council and official."""
    own = _own_addresses(tables)
    claims = {sender.lower(): key for key, village in tables.villages.items() for sender in village.senders if sender}
    for key, official in tables.officials.items():
        yield from _loop(OFFICIALS, (key, "email"), official.email, own, claims)
    if tables.settings:
        desk = tables.settings.desk
        for field, addresses in (("addresses", desk.addresses), ("clerks", desk.clerks)):
            for index, address in enumerate(addresses):
                yield from _loop(SETTINGS, ("desk", field, index), address, own, claims)
    for key, village in tables.villages.items():
        for index, sender in enumerate(village.senders):
            for address in own:
                if sender.lower() in (address, "@" + address.rpartition("@")[2]):
                    message = f"{sender} takes in our own address {address}: our letters would be read as the council's"
                    yield Finding(VILLAGES, (key, "senders", index), message)
                    break


def _own_addresses(tables: Tables) -> list[str]:
    if tables.settings is None:
        return []
    mailbox, receipts = tables.settings.mailbox, tables.settings.receipts
    return [address.lower() for address in (mailbox.address, *mailbox.aliases, receipts.address) if address]


def _loop(file: str, path: KeyPath, address: str, own: list[str], claims: dict[str, str]) -> Findings:
    plain = address.lower()
    if plain in own:
        yield Finding(file, path, f"{address} is our own mailbox: a letter sent there would come back as new mail")
    domain = "@" + plain.rpartition("@")[2]
    for claim in (plain, domain):
        if claim in claims:
            message = (
                f"{address} is also a sender of {claims[claim]} ({claim}): its answers would be read as the council's"
            )
            yield Finding(file, path, message)
            return


def names(tables: Tables) -> Findings:
    """No two villages go by the same name."""
    claims: dict[str, str] = {}
    for key, village in tables.villages.items():
        for path, name in _names(key, village.name, village.council, village.also_called):
            other = claims.setdefault(name.lower(), key)
            if name and other != key:
                yield Finding(VILLAGES, path, f'"{name}" is a name of {other} too', "warning")


def _names(key: str, name: str, council: str, also_called: tuple[str, ...]) -> Iterable[tuple[KeyPath, str]]:
    yield (key, "name"), name
    yield (key, "council"), council
    for index, other in enumerate(also_called):
        yield (key, "also_called", index), other

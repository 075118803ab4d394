"""Cross-checks of villages and officials: senders, loops, roles, terms and absences."""

from collections.abc import Iterable
from datetime import date, timedelta

from mailrouter.config.addresses import address_fault
from mailrouter.config.forms import suggest
from mailrouter.config.reading import KeyPath
from mailrouter.config.tables import KINDS, OFFICIALS, SETTINGS, VILLAGES, Finding, Findings, Tables
from mailrouter.core.directory import TOPIC_ROLES
from mailrouter.core.providers import is_provider
from mailrouter.core.routing import Absence, Term


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
        for index, address in enumerate(tables.settings.desk.addresses):
            yield from _loop(SETTINGS, ("desk", "addresses", index), address, own, claims)
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


def officials(tables: Tables) -> Findings:
    """Each official has a right address, and those it names exist."""
    for key, official in tables.officials.items():
        if not official.email:
            yield Finding(OFFICIALS, (key, "email"), f"{key} has no e-mail address")
        elif fault := address_fault(official.email):
            yield Finding(OFFICIALS, (key, "email"), f"{official.email}: {fault}")
        for index, other in enumerate(official.copy_to):
            if other == key:
                yield Finding(OFFICIALS, (key, "copy_to", index), f"{key} is to get a copy of its own letters")
            yield from unknown_official(tables, OFFICIALS, (key, "copy_to", index), other)
        for index, absence in enumerate(official.absences):
            path = (key, "absences", index)
            if absence.until < absence.since:
                yield Finding(OFFICIALS, (*path, "until"), f"the absence ends before it begins, on {absence.since}")
            if absence.substitute:
                yield from unknown_official(tables, OFFICIALS, (*path, "substitute"), absence.substitute)


def unknown_official(tables: Tables, file: str, path: KeyPath, name: str) -> Findings:
    """A name that officials.yaml does not have."""
    known = tables.names(OFFICIALS)
    if known is not None and name not in known:
        yield Finding(file, path, f'there is no official "{name}" in officials.yaml{suggest(name, known)}')


def substitutes(tables: Tables) -> Findings:
    """Nobody stands in for somebody who, on the same days, stands in for them."""
    for key, official in tables.officials.items():
        for index, absence in enumerate(official.absences):
            circle = _circle(tables, (key,), absence)
            if circle and circle[-1] == key == min(circle):
                message = f"the substitutes go round in a circle: {' → '.join(circle)}, all absent on the same days"
                yield Finding(OFFICIALS, (key, "absences", index), message)


def _circle(tables: Tables, passed: tuple[str, ...], absence: Absence) -> tuple[str, ...]:
    """The chain of substitutes from an absence on, if it comes back to somebody on it."""
    substitute = absence.substitute
    if substitute is None or substitute not in tables.officials:
        return ()
    if substitute in passed:
        return (*passed, substitute)
    for other in tables.officials[substitute].absences:
        since, until = max(absence.since, other.since), min(absence.until, other.until)
        if since <= until:
            both = Absence(since=since, until=until, substitute=other.substitute)
            if circle := _circle(tables, (*passed, substitute), both):
                return circle
    return ()


def roles(tables: Tables) -> Findings:
    """Each role that a kind calls for is filled in each village, by officials that exist."""
    needed = _roles_of_kinds(tables)
    known = tables.names(SETTINGS, ("roles",))
    for key, village in tables.villages.items():
        for role, terms in village.officials.items():
            path = (key, "officials", role)
            if role in TOPIC_ROLES:
                yield Finding(VILLAGES, path, f"{role} follows from the topic of a mail: name them in topics.yaml")
            elif known is not None and role not in known:
                yield Finding(VILLAGES, path, f'there is no role "{role}" in mailrouter.yaml{suggest(role, known)}')
            for index, term in enumerate(terms):
                yield from unknown_official(tables, VILLAGES, _term(tables, path, index, "official"), term.official)
        for role, kind in needed.items():
            if not village.officials.get(role) and tables.whole(VILLAGES, (key, "officials", role)):
                message = f'{key} has no {role}, which the kind "{kind}" needs'
                yield Finding(VILLAGES, (key, "officials"), message)


def _roles_of_kinds(tables: Tables) -> dict[str, str]:
    """Role → the first kind that needs it, for roles that are filled per village."""
    needed: dict[str, str] = {}
    known = tables.names(SETTINGS, ("roles",))
    for key, kind in (tables.kinds.kinds if tables.kinds else {}).items():
        for role in (*kind.to, *kind.cc):
            if role not in TOPIC_ROLES and (known is None or role in known) and tables.whole(KINDS, ("kinds", key)):
                needed.setdefault(role, key)
    return needed


def _term(tables: Tables, path: KeyPath, index: int, key: str) -> KeyPath:
    """The path of a part of a term, or of the bare official key that stands for a term."""
    longer = (*path, index, key)
    return longer if longer in tables.sources[VILLAGES].values else path


def terms(tables: Tables, today: date) -> Findings:
    """Terms of a role follow each other without gaps or overlaps, and the last has not run out."""
    for village, entry in tables.villages.items():
        for role, held in entry.officials.items():
            path = (village, "officials", role)
            inverted = [index for index, term in enumerate(held) if _end(term) < (term.since or date.min)]
            for index in inverted:
                message = f"the term ends before it begins, on {held[index].since}"
                yield Finding(VILLAGES, (*path, index, "until"), message)
            if inverted:
                continue
            ordered = sorted(enumerate(held), key=lambda item: item[1].since or date.min)
            latest = ordered[0][1] if ordered else None
            for index, term in ordered[1:]:
                assert latest is not None  # there is a first before there is a second
                yield from _seam((*path, index), latest, term, role)
                latest = max(latest, term, key=_end)
            yield from _run_out(path, held, role, today)


def _end(term: Term) -> date:
    return term.until or date.max


def _seam(path: KeyPath, before: Term, term: Term, role: str) -> Findings:
    since = term.since or date.min
    if _end(before) >= since:
        message = f"two hold the role {role} at once from {term.since or 'the beginning'}: both get the mail"
        yield Finding(VILLAGES, path, message, "warning")
    elif _end(before) + timedelta(days=1) < since:
        first, last = _end(before) + timedelta(days=1), since - timedelta(days=1)
        yield Finding(VILLAGES, path, f"nobody holds the role {role} from {first} to {last}", "warning")


def _run_out(path: KeyPath, held: Iterable[Term], role: str, today: date) -> Findings:
    ends = [_end(term) for term in held]
    if ends and (last := max(ends)) < today:
        message = f"nobody holds the role {role} since the last term ended on {last}"
        yield Finding(VILLAGES, path, message, "warning")


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

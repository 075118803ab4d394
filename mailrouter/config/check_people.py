"""Cross-checks of officials and roles: each role is filled, by people who exist and have an address."""

from mailrouter.config.addresses import address_fault
from mailrouter.config.forms import suggest
from mailrouter.config.reading import KeyPath
from mailrouter.config.seats import seats, unknown_official, unknown_role
from mailrouter.config.tables import KINDS, OFFICIALS, SETTINGS, TOPICS, VILLAGES, Finding, Findings, Tables
from mailrouter.core.directory import REGISTRY, topic_roles
from mailrouter.core.routing import Official


def officials(tables: Tables) -> Findings:
    """Each official has an address of their own, and those they name exist."""
    claims: dict[str, str] = {}
    for key, official in tables.officials.items():
        if not official.email:
            yield Finding(OFFICIALS, (key, "email"), f"{key} has no e-mail address")
        elif fault := address_fault(official.email):
            yield Finding(OFFICIALS, (key, "email"), f"{official.email}: {fault}")
        elif (other := claims.setdefault(official.email.lower(), key)) != key:
            message = (
                f"{official.email} is the address of {other} too: the two count as one person, who gets one letter"
            )
            yield Finding(OFFICIALS, (key, "email"), message, "warning")
        yield from _copies(tables, key, official)
        for index, absence in enumerate(official.absences):
            path = (key, "absences", index, "substitute")
            if absence.substitute == key:
                yield Finding(OFFICIALS, path, f"{key} cannot stand in for themself")
            elif absence.substitute:
                yield from unknown_official(tables, OFFICIALS, path, absence.substitute)
        if official.successor:
            yield from unknown_official(tables, OFFICIALS, (key, "successor"), official.successor)


def _copies(tables: Tables, key: str, official: Official) -> Findings:
    known = tables.names(KINDS, ("kinds",))
    for index, copy in enumerate(official.copy_to):
        item: KeyPath = (key, "copy_to", index)
        path = (*item, "official") if (*item, "official") in tables.sources[OFFICIALS].values else item
        if copy.official == key:
            yield Finding(OFFICIALS, path, f"{key} is to get a copy of its own letters")
        yield from unknown_official(tables, OFFICIALS, path, copy.official)
        for number, kind in enumerate(copy.kinds):
            if known is not None and kind not in known:
                message = f'there is no kind "{kind}" in kinds.yaml{suggest(kind, known)}'
                yield Finding(OFFICIALS, (*item, "kinds", number), message)


def roles(tables: Tables) -> Findings:
    """Each role that a kind calls for is filled in each village or for each topic, by officials that exist."""
    by_topic = topic_roles(tables.topics)
    for seat in seats(tables):
        if seat.file != TOPICS and seat.role in by_topic:
            message = f"{seat.role} follows from the topic of a mail: name them in topics.yaml"
            yield Finding(seat.file, seat.path, message)
        elif seat.path[-2] == "officials":
            yield from unknown_role(tables, seat.file, seat.path, seat.role)
        for index, term in enumerate(seat.terms):
            yield from unknown_official(tables, seat.file, seat.spot(tables, index, "official"), term.official)
    for role, kind in _roles_of_kinds(tables).items():
        if role not in by_topic and not tables.everywhere.get(role):
            yield from _villages_without(tables, role, kind)
    yield from _topics_without(tables, by_topic)


def _villages_without(tables: Tables, role: str, kind: str) -> Findings:
    for key, village in tables.villages.items():
        if not village.officials.get(role) and tables.whole(VILLAGES, (key, "officials", role)):
            message = f'{key} has no {role}, which the kind "{kind}" needs'
            yield Finding(VILLAGES, (key, "officials"), message)


def _topics_without(tables: Tables, by_topic: frozenset[str]) -> Findings:
    """A mail about such a topic goes to nobody who answers for it."""
    for key, kind in (tables.kinds.kinds if tables.kinds else {}).items():
        for role in kind.to:
            for topic, entry in tables.topics.items():
                if role in by_topic and not entry.roles.get(role) and tables.whole(TOPICS, (topic, role)):
                    message = f'the topic {topic} has no {role}, which the kind "{key}" goes to'
                    yield Finding(TOPICS, (topic,), message, "warning")


def _roles_of_kinds(tables: Tables) -> dict[str, str]:
    """Role → the first kind that needs it."""
    needed: dict[str, str] = {}
    known = tables.names(SETTINGS, ("roles",))
    for key, kind in (tables.kinds.kinds if tables.kinds else {}).items():
        for role in (*kind.to, *kind.without_topic, *kind.cc):
            if (known is None or role in known) and tables.whole(KINDS, ("kinds", key)):
                needed.setdefault(role, key)
    return needed


def registry(tables: Tables) -> Findings:
    """Somebody registers formal mail, wherever it comes from."""
    if tables.settings is None:
        return
    what = "formal mail (an objection, a request under the Woo, an application …) has to be registered"
    if REGISTRY not in tables.settings.roles:
        message = f'there is no role "{REGISTRY}": {what}; add it here, and who holds it under municipality, officials'
        yield Finding(SETTINGS, ("roles",), message)
        return
    without = [key for key, village in tables.villages.items() if not village.officials.get(REGISTRY)]
    if not tables.everywhere.get(REGISTRY) and without:
        message = f'nobody holds the role "{REGISTRY}" for {", ".join(without[:3])}: {what}'
        path = ("municipality", "officials") if tables.settings.municipality.officials else ("municipality",)
        yield Finding(SETTINGS, path, f"{message}; name them under municipality, officials")

"""Addresses that people gave to a village and that no village lists yet."""

from collections.abc import Iterable, Iterator

from mailrouter.core.lessons.decided import Decided, Lesson
from mailrouter.core.lessons.yaml import quoted
from mailrouter.core.meaning.village import by_sender
from mailrouter.core.routing import Routing

_FILE = "villages.yaml"


def new_senders(mails: Iterable[Decided], routing: Routing) -> Iterator[Lesson]:
    """The addresses to list, a lesson per village; an address that was given to two villages is a remark.

    An official, an address of the municipality and a sender who failed authentication are never suggested.
    """
    found: dict[str, dict[str, list[Decided]]] = {}
    for mail in mails:
        if mail.by and mail.village in routing.villages and mail.sender and _may_be_listed(mail, routing):
            found.setdefault(mail.sender.lower(), {}).setdefault(mail.village, []).append(mail)
    agreed: dict[str, dict[str, list[Decided]]] = {}
    for address, villages in sorted(found.items()):
        if len(villages) == 1:
            ((village, speaking),) = villages.items()
            agreed.setdefault(village, {})[address] = speaking
        else:
            told = " and ".join(f"{key} ({len(speaking)})" for key, speaking in villages.items())
            ids = tuple(mail.id for speaking in villages.values() for mail in speaking)
            yield Lesson(_FILE, (), f"{address} was assigned to {told}: list it for one of them, or for none", ids)
    for village, addresses in agreed.items():
        yield _lesson(village, addresses, routing)


def _may_be_listed(mail: Decided, routing: Routing) -> bool:
    address = (mail.sender or "").lower()
    domain = address.rpartition("@")[2]
    ours = {own.lower().rpartition("@")[2] for own in (routing.address, *routing.own_addresses)}
    officials = {official.email.lower() for official in routing.officials.values()}
    return (
        mail.authentic != "fail"
        and domain not in ours
        and address not in officials
        and by_sender(address, routing.villages) is None
    )


def _lesson(village: str, addresses: dict[str, list[Decided]], routing: Routing) -> Lesson:
    senders = (*routing.villages[village].senders, *addresses)
    lines = (f"{quoted(village)}:", "  senders:", *(f"    - {quoted(sender)}" for sender in senders))
    told = ", ".join(f"{address} ({_count(speaking)})" for address, speaking in addresses.items())
    because = f"mails from these addresses were assigned to {village}, and no village lists them: {told}"
    return Lesson(_FILE, lines, because, tuple(mail.id for speaking in addresses.values() for mail in speaking))


def _count(mails: list[Decided]) -> str:
    return f"{len(mails)}{', and the desk asked to remember it' if any(mail.remember for mail in mails) else ''}"

"""The relay: does it take our login, how large may a letter be, and how many connections does it allow?"""

from collections.abc import Iterator

from mailrouter.config import Config
from mailrouter.core.settings import Delivery
from mailrouter.doctor.finding import Finding, ends, error, ok, skipped, trouble, warning
from mailrouter.tokens import Tokens
from mailrouter.wiring import relay_of

_SOON = 14.0
_SMALL = 5_000_000
"""Octets below which minutes with an attachment do not go."""
_MICROSOFT = ("office365.com", "outlook.com")
_MOST_RATE, _MOST_CONNECTIONS = 30, 3
"""What Exchange Online takes from one mailbox: letters a minute, and connections."""


def examined(config: Config, tokens: Tokens | None, *, beside: bool) -> Iterator[Finding]:
    """What there is to say of the relay. Nothing is sent; `beside` a daemon its connections are left to it."""
    relay = relay_of(config, tokens)
    try:
        seen = relay.look(1 if beside else config.settings.delivery.connections)
    finally:
        relay.close()
    if seen.trouble:
        yield trouble("relay", seen.trouble)
        return
    yield ok("relay", "it takes our login" if config.settings.delivery.user else "it takes us without a login")
    if seen.certificate_ends:
        to_do = "Its administrator must renew it: after that day we send no password, and no letters."
        yield ends("relay certificate", "the certificate of the relay", seen.certificate_ends, _SOON, to_do)
    yield _size(seen.size_limit, config.settings.limits.letter)
    if beside:
        yield skipped("connections", "beside a running daemon only one connection is tried")
    else:
        yield _connections(seen.connections, config.settings.delivery)
    yield from _pace(config.settings.delivery)


def _size(limit: int | None, ours: int) -> Finding:
    if limit is None or limit >= ours:
        most = "any size" if limit is None else f"up to {limit / 1e6:.0f} MB"
        return ok("size", f"the relay takes letters of {most}")
    told = f"the relay takes letters up to {limit / 1e6:.1f} MB (SIZE), limits.letter is {ours / 1e6:.0f} MB"
    to_do = (
        "Have its limit raised, or lower limits.letter: larger letters leave attachments out and say where they are."
    )
    return (error if limit < _SMALL else warning)("size", told, to_do)


def _connections(taken: int, settings: Delivery) -> Finding:
    if taken >= settings.connections:
        return ok("connections", f"{taken} at a time")
    told = f"the relay takes {taken} connections at a time, delivery.connections is {settings.connections}"
    return warning("connections", told, f"Set delivery.connections to {taken}, or have the relay take more.")


def _pace(settings: Delivery) -> Iterator[Finding]:
    if not settings.host.lower().endswith(_MICROSOFT):
        return
    if settings.connections > _MOST_CONNECTIONS or not 0 < settings.rate <= _MOST_RATE:
        told = f"Exchange Online takes {_MOST_CONNECTIONS} connections and {_MOST_RATE} letters a minute from a mailbox"
        yield warning("pace", told, "Set delivery.connections to 3 and delivery.rate to 25, their defaults.")

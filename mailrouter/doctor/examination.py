"""The whole examination, in the order in which trouble would be met."""

from collections.abc import Iterator

from mailrouter.config import Config
from mailrouter.doctor import domain, machine, mailbox, receipt, relay, token
from mailrouter.doctor.finding import Finding
from mailrouter.wiring import tokens_of


def examine(config: Config, resolver: str = "") -> Iterator[Finding]:
    """Every finding as it is made. `resolver`: the DNS server to ask (ADDRESS or ADDRESS:PORT), else the machine's."""
    tokens = tokens_of(config)
    yield from machine.disk(config)
    yield from machine.books(config)
    yield from token.examined(config, tokens)
    yield from mailbox.examined(config, tokens)
    yield from relay.examined(config, tokens)
    came_back = receipt.Trial(config, tokens)
    yield from came_back.examined()
    yield from domain.examined(config, resolver, came_back.signed_by)

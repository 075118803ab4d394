"""The whole examination, in the order in which trouble would be met."""

from collections.abc import Iterator

from mailrouter.config import Config
from mailrouter.doctor import domain, machine, mailbox, receipt, relay, token
from mailrouter.doctor.finding import Finding, skipped
from mailrouter.wiring import tokens_of


def examine(config: Config, resolver: str = "") -> Iterator[Finding]:
    """Every finding as it is made. `resolver`: the DNS server to ask (ADDRESS or ADDRESS:PORT), else the machine's.

    No server that refuses our login is tried a second time.
    """
    tokens = tokens_of(config)
    working = machine.works(config)
    trial = receipt.Trial(config, tokens)
    yield from machine.disk(config)
    yield from machine.books(config)
    yield from token.examined(config, tokens)
    shut = []
    for findings in (mailbox.examined(config, tokens), relay.examined(config, tokens, beside=working)):
        for finding in findings:
            yield finding
            if finding.verdict == "error" and finding.part in ("mailbox", "relay"):
                shut.append(finding.part)
    if shut:
        yield skipped("receipt", f"no letter to ourselves was tried: see {' and '.join(shut)}")
    else:
        yield from trial.examined(beside=working)
    yield from domain.examined(config, resolver, trial.signed_by)

"""Cross-checks of mailrouter.yaml: addresses, connections, folders, the router key."""

import ipaddress
from collections.abc import Callable
from string import Formatter

from mailrouter.config.addresses import address_fault
from mailrouter.config.reading import KeyPath
from mailrouter.config.tables import SETTINGS, Finding, Findings, Tables
from mailrouter.core.settings import Settings, Tls

_SHORTEST_KEY = 32
"""Hex digits: 128 bits, as many as a letter's id has."""


def settings(tables: Tables) -> Findings:
    """All there is to check in mailrouter.yaml by itself."""
    if tables.settings is None:
        return
    checks: tuple[Callable[[Settings], Findings], ...] = (_addresses, _receipts, _folders, _key)
    for check in checks:
        yield from check(tables.settings)
    yield from _connection(tables, "mailbox", tables.settings.mailbox.host, tables.settings.mailbox.tls)
    yield from _connection(tables, "delivery", tables.settings.delivery.host, tables.settings.delivery.tls)
    yield from _certificates(tables, "mailbox", tables.settings.mailbox.ca_file)
    yield from _certificates(tables, "delivery", tables.settings.delivery.ca_file)


def _addresses(settings: Settings) -> Findings:
    listed: list[tuple[KeyPath, str]] = [(("mailbox", "address"), settings.mailbox.address)]
    listed += [(("mailbox", "aliases", index), alias) for index, alias in enumerate(settings.mailbox.aliases)]
    listed += [(("desk", "addresses", index), desk) for index, desk in enumerate(settings.desk.addresses)]
    if settings.receipts.address is not None:
        listed.append((("receipts", "address"), settings.receipts.address))
    for path, address in listed:
        if fault := address_fault(address):
            yield Finding(SETTINGS, path, f"{address}: {fault}")


def _receipts(settings: Settings) -> Findings:
    if settings.receipts.address is None:
        message = "receipts have no address: after a crash a letter that was just being sent can be sent twice"
        yield Finding(SETTINGS, ("receipts",), message, "warning")


def _folders(settings: Settings) -> Findings:
    taken = {settings.mailbox.inbox.lower(): "the inbox", settings.receipts.folder.lower(): "the receipt folder"}
    if len(taken) == 1:
        yield Finding(SETTINGS, ("receipts", "folder"), "receipts need a folder of their own, not the inbox")
    for name, template in settings.folders.model_dump().items():
        allowed = {"village", "name"} if name == "done" else set()
        if fault := _template_fault(template, allowed):
            yield Finding(SETTINGS, ("folders", name), f"{name}: {fault}")
        elif template.lower() in taken:
            yield Finding(SETTINGS, ("folders", name), f"{name}: {template} is {taken[template.lower()]}; name another")


def _template_fault(template: str, allowed: set[str]) -> str:
    can = "only {village} and {name} can be filled in" if allowed else "nothing can be filled in here, only in done"
    try:
        fields = [(name, spec, how) for _, name, spec, how in Formatter().parse(template) if name is not None]
    except ValueError:
        return f"a brace stands alone; {can}"
    if any(name not in allowed or spec or how for name, spec, how in fields):
        return can
    return "" if template.strip("/ ") else "a folder needs a name"


def _key(settings: Settings) -> Findings:
    if settings.router.key is not None and len(settings.router.key.get_secret_value()) < _SHORTEST_KEY:
        message = f"the router key is too short: {_SHORTEST_KEY} characters or more, as `mailrouter init` makes them"
        yield Finding(SETTINGS, ("router", "key"), message)


def _connection(tables: Tables, section: str, host: str, tls: Tls) -> Findings:
    if tls == "none" and not _loopback(host):
        message = (
            f"tls none would send mail and password in the clear to {host}; only this machine itself may do without"
        )
        yield Finding(SETTINGS, (section, "tls"), message)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in ("localhost", "localhost.localdomain", "ip6-localhost")


def _certificates(tables: Tables, section: str, ca_file: str | None) -> Findings:
    if ca_file is not None and not (tables.folder / ca_file).is_file():
        yield Finding(SETTINGS, (section, "ca_file"), f"ca_file: there is no file {tables.folder / ca_file}")

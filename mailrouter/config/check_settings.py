"""Cross-checks of mailrouter.yaml: addresses, connections, folders, the router key."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from string import Formatter
from urllib.parse import urlsplit

from mailrouter.config.addresses import address_fault
from mailrouter.config.reading import KeyPath
from mailrouter.config.tables import SETTINGS, Finding, Findings, Tables
from mailrouter.core.settings import OAuth, Settings, Tls
from mailrouter.tls import is_loopback

_GOOGLE = (".gmail.com", ".googleapis.com", ".google.com")
_SHORTEST_KEY = 32
"""Hex digits: 128 bits, as many as a letter's id has."""


def settings(tables: Tables) -> Findings:
    """All there is to check in mailrouter.yaml by itself."""
    if tables.settings is None:
        return
    checks: tuple[Callable[[Settings], Findings], ...] = (_addresses, _receipts, _folders, _key, _logins)
    for check in checks:
        yield from check(tables.settings)
    yield from _retention(tables, tables.settings)
    yield from _connection(tables, "mailbox", tables.settings.mailbox.host, tables.settings.mailbox.tls)
    yield from _connection(tables, "delivery", tables.settings.delivery.host, tables.settings.delivery.tls)
    for section, key in (
        ("mailbox", "ca_file"),
        ("delivery", "ca_file"),
        ("oauth", "ca_file"),
        ("oauth", "certificate"),
    ):
        yield from _file(tables, section, key)


def _addresses(settings: Settings) -> Findings:
    listed: list[tuple[KeyPath, str]] = [(("mailbox", "address"), settings.mailbox.address)]
    listed += [(("mailbox", "aliases", index), alias) for index, alias in enumerate(settings.mailbox.aliases)]
    listed += [(("desk", "addresses", index), desk) for index, desk in enumerate(settings.desk.addresses)]
    listed += [(("desk", "clerks", index), clerk) for index, clerk in enumerate(settings.desk.clerks)]
    if settings.receipts.address is not None:
        listed.append((("receipts", "address"), settings.receipts.address))
    for path, address in listed:
        if fault := address_fault(address):
            yield Finding(SETTINGS, path, f"{address}: {fault}")


def _receipts(settings: Settings) -> Findings:
    if settings.receipts.address is None:
        message = "receipts have no address: after a crash a letter that was just being sent can be sent twice"
        yield Finding(SETTINGS, ("receipts",), message, "warning")


def _retention(tables: Tables, settings: Settings) -> Findings:
    """Of each kind: the record outlives the mail, and no receipt (a copy of a letter) does."""
    for kind in (None, *settings.retention.kinds):
        path: KeyPath = ("retention", "kinds", kind) if kind else ("retention",)
        if kind and tables.kinds and kind not in tables.kinds.kinds:
            yield Finding(SETTINGS, path, f"there is no kind {kind} in kinds.yaml")
        mail, record = settings.retention.of(kind or "")
        if record < mail:
            yield Finding(SETTINGS, path, f"record ({_days(record)}) is shorter than mail ({_days(mail)})")
        if settings.receipts.address and mail < settings.receipts.keep:
            keep = _days(settings.receipts.keep)
            message = f"mail ({_days(mail)}) is shorter than receipts.keep ({keep}): receipts are copies of the letters"
            yield Finding(SETTINGS, path, message)


def _days(time: timedelta) -> str:
    return f"{time / timedelta(days=1):g} days"


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


def _logins(settings: Settings) -> Findings:
    """`login: oauth` needs a section that says where tokens come from, and somebody to log in as."""
    if settings.delivery.login == "oauth" and not settings.delivery.user:
        message = "login: oauth needs a user: the address of the mailbox that sends"
        yield Finding(SETTINGS, ("delivery", "login"), message)
    if over_tokens := [part for part in (settings.mailbox, settings.delivery) if part.login == "oauth"]:
        hosts = [*(part.host for part in over_tokens), urlsplit(settings.oauth.token_url).hostname or ""]
        if google := next((host for host in hosts if host.endswith(_GOOGLE)), ""):
            message = (
                f"login: oauth does not work with {google}: Google gives a program of its own no token for a mailbox "
                "by client credentials. Use an app password with login: password, as docs/how-to/google-workspace.md "
                "tells"
            )
            yield Finding(SETTINGS, ("oauth",), message)
        for key, message in _oauth_faults(settings.oauth):
            yield Finding(SETTINGS, ("oauth", key), f"{key}: {message}")
        if not settings.oauth.certificate and settings.oauth.secret_expires is None:
            message = "secret_expires is not set: nobody will be warned before the client secret expires"
            yield Finding(SETTINGS, ("oauth",), message, "warning")


def _oauth_faults(oauth: OAuth) -> Iterator[tuple[str, str]]:
    if not oauth.client_id:
        yield "client_id", "login: oauth needs the application (client) id of the app registration"
    if "{tenant}" in oauth.token_url and not oauth.tenant:
        yield "tenant", "login: oauth needs the directory (tenant) id, because {tenant} stands in token_url"
    if _template_fault(oauth.token_url, {"tenant"}):
        yield "token_url", "only {tenant} can be filled in"
        return
    url = urlsplit(oauth.token_url)
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname or "")):
        yield "token_url", "our secret goes over https only; http is for a token service on this machine itself"
    if oauth.certificate and oauth.client_secret:
        yield "certificate", "there is a client secret as well; keep one of the two"


def _connection(tables: Tables, section: str, host: str, tls: Tls) -> Findings:
    if tls == "none" and not is_loopback(host):
        message = (
            f"tls none would send mail and password in the clear to {host}; only this machine itself may do without"
        )
        yield Finding(SETTINGS, (section, "tls"), message)


def _file(tables: Tables, section: str, key: str) -> Findings:
    written = getattr(getattr(tables.settings, section), key)
    if written is not None and not (tables.folder / written).is_file():
        yield Finding(SETTINGS, (section, key), f"{key}: there is no file {tables.folder / written}")

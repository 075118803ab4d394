"""Tokens: is one given, how long is the secret or certificate good, and does our clock agree with the service's?"""

from collections.abc import Iterator

from mailrouter.config import Config
from mailrouter.doctor import clock
from mailrouter.doctor.finding import Finding, ends, ok, skipped, trouble, warning
from mailrouter.tokens import NoToken, Tokens


def examined(config: Config, tokens: Tokens | None) -> Iterator[Finding]:
    """What there is to say of `login: oauth`."""
    if tokens is None:
        yield skipped("token", "nobody logs in with tokens (login: oauth)")
        return
    try:
        tokens.get()
        yield ok("token", "the token service gives tokens")
    except NoToken as none:
        yield trouble("token", str(none))
    yield _expiry(config, tokens)
    if tokens.ahead is not None:
        yield clock.compared(tokens.ahead, "the token service")


def _expiry(config: Config, tokens: Tokens) -> Finding:
    what = "the certificate of oauth" if config.settings.oauth.certificate else "the client secret"
    if tokens.expires is None:
        to_do = (
            "Set oauth.secret_expires to its last day, as the app registration shows it: then you are warned in time."
        )
        return warning("credential", f"nobody knows when {what} ends", to_do)
    to_do = "Make a new one in the app registration, put it in its place, and restart the daemon."
    return ends("credential", what, tokens.expires, config.settings.alarms.expiry.total_seconds() / 86400, to_do)

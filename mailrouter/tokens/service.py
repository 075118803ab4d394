"""The token service: one POST (RFC 6749 §4.4.2) over verified TLS, and what its answer means for us."""

import http.client
import json
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from mailrouter.core.remedies import with_remedy
from mailrouter.core.settings import OAuth
from mailrouter.tls import is_loopback, trust
from mailrouter.tokens import assertion

_LONGEST = 64_000
"""Octets of an answer; a token is some thousands."""
_UNTOLD = 600.0
"""Seconds that a token counts as good for when the service does not tell (RFC 6749 §5.1)."""
_PASSING = ("temporarily_unavailable", "server_error", "AADSTS90033", "AADSTS50196", "AADSTS90055")
"""Errors that say nothing about us."""


class NoToken(Exception):
    """There is no token now; what is said is safe to log."""


class TokenRefused(NoToken):
    """The service will not give us a token: what we say of ourselves is wrong, or we may not have one."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and how many seconds it is good for from when it was asked for.

    `ahead`: how many seconds our clock is ahead of the service's; None when it did not say what time it is.
    """

    value: str = field(repr=False)
    seconds: float
    ahead: float | None = None


class _NoRedirect(HTTPRedirectHandler):
    """Our secret goes where it is sent to and nowhere else."""

    def redirect_request(self, *_args: Any) -> None:
        """An answer that sends us elsewhere is an answer like any other."""
        return


class TokenService:
    """Asks for tokens. Safe to share among threads, as it remembers nothing."""

    def __init__(self, settings: OAuth, ca_file: Path | None = None, certificate: Path | None = None) -> None:
        """`ca_file` and `certificate`: those of the settings, as paths. Nothing is asked yet."""
        self._settings, self._ca_file, self._certificate = settings, ca_file, certificate
        self.url = settings.token_url.replace("{tenant}", quote(settings.tenant or "", safe=""))
        self.where = urlsplit(self.url).netloc

    def ask(self) -> Token:
        """A new token. Raises TokenRefused or NoToken."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id or "",
            "scope": self._settings.scope,
            **self._proof(),
        }
        asked = time.monotonic()
        status, ahead, body = self._post(urlencode(form).encode())
        answer = _read(body)
        if status != 200:
            raise self._refusal(status, answer)
        return self._token(answer, time.monotonic() - asked, ahead)

    def _proof(self) -> dict[str, str]:
        """What shows that we are who we say: a secret, or a signed statement."""
        secret, key = self._settings.client_secret, self._settings.private_key
        if self._certificate and key:
            try:
                jwt = assertion.signed(
                    self._settings.client_id or "", self.url, self._certificate, key.get_secret_value()
                )
            except ValueError as error:
                raise TokenRefused(with_remedy(str(error))) from error
            return {"client_assertion_type": assertion.TYPE, "client_assertion": jwt}
        if secret and not self._certificate:
            return {"client_secret": secret.get_secret_value()}
        raise TokenRefused(
            with_remedy("oauth.private_key is not set, but oauth.certificate is")
            if self._certificate
            else with_remedy("neither oauth.client_secret is set nor oauth.certificate with its private key")
        )

    def _post(self, form: bytes) -> tuple[int, float | None, bytes]:
        """Status, how far our clock is ahead, and what was answered."""
        url = urlsplit(self.url)
        here = is_loopback(url.hostname or "")
        if url.scheme != "https" and not (url.scheme == "http" and here):
            raise TokenRefused(f"oauth.token_url is no https address: our secret is not sent to {self.where}")
        try:
            opener = build_opener(
                _NoRedirect(), HTTPSHandler(context=trust(self._ca_file)), ProxyHandler({} if here else None)
            )
            request = Request(self.url, form, {"Accept": "application/json", "User-Agent": "mailrouter"})  # noqa: S310  (http(s) only, see above)
            try:
                answer = opener.open(request, timeout=self._settings.timeout.total_seconds())
            except HTTPError as error:
                answer = error
            with answer:
                return answer.status, _ahead(answer.headers.get("Date")), answer.read(_LONGEST)
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise NoToken(with_remedy(f"no token came from {self.where}: {_line(str(reason))}")) from None

    def _refusal(self, status: int, answer: dict[str, Any]) -> NoToken:
        error, told = str(answer.get("error") or ""), str(answer.get("error_description") or "")
        said = self._without_secrets(f"{error}: {told.partition('Trace ID')[0]}")
        if not error or status >= 500 or status in (408, 429) or any(word in said for word in _PASSING):
            what = f": {said}" if error else ", and nothing that we understand"
            return NoToken(with_remedy(f"no token came from {self.where}: it answered {status}{_line(what)}"))
        return TokenRefused(with_remedy(f"{self.where} gives no token: {_line(said)}"))

    def _token(self, answer: dict[str, Any], took: float, ahead: float | None) -> Token:
        value, kind = answer.get("access_token"), str(answer.get("token_type", "Bearer"))
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable() or " " in value:
            raise NoToken(with_remedy(f"{self.where} answered nonsense for a token"))
        if kind.lower() != "bearer":
            raise TokenRefused(f"{self.where} gives tokens of a kind that mail servers do not take: {_line(kind)}")
        try:
            seconds = float(answer.get("expires_in") or _UNTOLD)
        except (TypeError, ValueError):
            seconds = _UNTOLD
        return Token(value, max(0.0, seconds - took), ahead)

    def _without_secrets(self, text: str) -> str:
        """What the service said, in case it repeats what it was told."""
        for secret in (self._settings.client_secret, self._settings.private_key):
            if secret and secret.get_secret_value():
                text = text.replace(secret.get_secret_value(), "***")
        return text


def _read(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _ahead(date: str | None) -> float | None:
    """How many seconds our clock is ahead of that of the service (RFC 9110 §6.6.1)."""
    try:
        return time.time() - parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None


def _line(text: str) -> str:
    """One line, and not a long one."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:200]

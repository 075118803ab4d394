"""A token service on this machine: gives tokens, says what they are worth, and misbehaves as such services do."""

import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from mailrouter.core.settings import OAuth
from tests.wire.certificates import Certificate

TENANT, CLIENT, SECRET = "tenant-voorbeeld", "app-voorbeeld", "client-kanarie"
SCOPE = "https://post.example/.default"
Answer = tuple[int, Any]


@dataclass
class _Given:
    ends: float
    audience: str


class TokenService:
    """Gives a token for the right secret, or for a signed statement that `trusts` finds good.

    `user` is whom its tokens are for. `lifetime` is told in seconds; `holds` is how long they really hold, if not as
    long. `answer` is given instead, if it is set. `ahead`: how far its clock is ahead of ours.
    """

    def __init__(self, user: str, certificate: Certificate | None = None) -> None:
        self.user = user
        self.lifetime = 3600.0
        self.holds: float | None = None
        self.answer: Answer | None = None
        self.ahead = 0.0
        self.scope = SCOPE
        """For what a token must be, so that a mail server takes it."""
        self.headers: dict[str, str] = {}
        self.trusts: Callable[[str], bool] | None = None
        self.asked: list[dict[str, str]] = []
        """The forms that were posted for a token."""
        self.heard = bytearray()
        self._given: dict[str, _Given] = {}
        self._certificate = certificate
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self._worths = self._listen(0, None)
        self.start()

    def start(self) -> None:
        """Listen, on the port of the first time."""
        self._server = self._listen(self._port, self._certificate)
        self._port = self._server.server_port

    def stop(self) -> None:
        """Give no tokens any more; what they are worth it still tells."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def close(self) -> None:
        """End all of it."""
        self.stop()
        self._worths.shutdown()
        self._worths.server_close()

    def _listen(self, port: int, certificate: Certificate | None) -> ThreadingHTTPServer:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                service._answer(self)

            def date_time_string(self, timestamp: float | None = None) -> str:
                return formatdate(time.time() + service.ahead, usegmt=True)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that does not trust us hangs up: no news."""

        server = Server(("127.0.0.1", port), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.certificate, certificate.key)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    @property
    def url(self) -> str:
        """Where tokens are asked for, as it stands in the config."""
        return f"http{'s' if self._certificate else ''}://localhost:{self._port}/{{tenant}}/token"

    @property
    def introspection(self) -> str:
        """Where a mail server asks what a token is worth; over plain HTTP."""
        return f"http://127.0.0.1:{self._worths.server_port}/introspect"

    def settings(self, **more: Any) -> OAuth:
        """The section `oauth` for this service."""
        usual = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET, "token_url": self.url, "scope": SCOPE}
        return OAuth.model_validate(usual | more)

    def good(self, user: str, token: str) -> bool:
        """Whether a token is good for that user, now."""
        given = self._given.get(token)
        return given is not None and time.time() < given.ends and given.audience == self.scope and user == self.user

    def revoke(self) -> None:
        """No token that was given is good any more."""
        self._given.clear()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.heard += body
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if handler.path == "/introspect":
            status, told = 200, self._worth(form["token"])
        else:
            self.asked.append(form)
            status, told = self.answer or self._token(handler.path, form)
        text = told.encode() if isinstance(told, str) else json.dumps(told).encode()
        handler.send_response(status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def _worth(self, token: str) -> dict[str, Any]:
        good = self.good(self.user, token)
        return {"active": good, "username": self.user} if good else {"active": False}

    def _token(self, path: str, form: dict[str, str]) -> Answer:
        if path != f"/{TENANT}/token":
            return refusal("invalid_request", "AADSTS90002: Tenant 'x' not found.")
        if form["client_id"] != CLIENT:
            return refusal("unauthorized_client", "AADSTS700016: Application not found in the directory.")
        if not self._believes(form):
            return refusal("invalid_client", "AADSTS7000215: Invalid client secret provided.")
        value = secrets.token_urlsafe(1350)  # as long as those of Microsoft
        self._given[value] = _Given(time.time() + (self.lifetime if self.holds is None else self.holds), form["scope"])
        return 200, {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": value}

    def _believes(self, form: dict[str, str]) -> bool:
        if self.trusts:
            return self.trusts(form.get("client_assertion", ""))
        return form.get("client_secret") == SECRET


def refusal(error: str, description: str) -> Answer:
    """An error as Microsoft's service answers it."""
    told = f"{description} Trace ID: 0a1b Correlation ID: 2c3d Timestamp: 2026-11-28 12:00:00Z"
    return 401, {"error": error, "error_description": told, "error_codes": [7]}

"""The demo's mail sink, taught to misbehave as relays do."""

import asyncio
import base64
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailrouter.demo.sink import LARGEST, Sink
from tests.wire.certificates import Certificate

RECEIPTS = "bewijs@gemeente.example"
USER, PASSWORD = "dorpsraden@gemeente.example", "geheim-kanarie"
DROP = ""
"""As an answer: hang up instead of answering."""

_ANY_END = re.compile(rb"(?:\r\n|\n|\r)\.(?:\r\n|\n|\r)")


@dataclass
class _Rule:
    step: str
    recipient: str | None
    reply: str
    times: int
    delay: float
    then: Callable[[], None]


class MisbehavingSink(Sink):
    """A sink whose answers can be set per step and recipient.

    Steps: connect, login (refused tokens), mail, rcpt, data (instead of 354), content (while it is being sent), dot.
    `heard` is all that clients said, decrypted; `receipts` is called with each message for the receipt address too.
    """

    def __init__(self) -> None:
        super().__init__(self._return_receipt)
        self.heard = bytearray()
        self.connections = 0
        self.receipts: Callable[[bytes], None] | None = None
        self.pipelining = True
        self.lenient = False
        """Take \\n.\\n, \\r.\\r and the like for the end of a message too, as some servers do."""
        self.size = LARGEST
        self.implicit: ssl.SSLContext | None = None
        self.starttls: ssl.SSLContext | None = None
        self.login_required = False
        self.knows: Callable[[str, str], bool] | None = None
        """Whether a token is good for a user; then this relay takes tokens, and nothing else."""
        self.mechanisms: tuple[str, ...] = ("XOAUTH2", "OAUTHBEARER")
        self.logins = 0
        self.port = 0
        self._rules: list[_Rule] = []
        self._protocols: list[_Server] = []

    def answer(
        self,
        step: str,
        reply: str,
        recipient: str | None = None,
        *,
        times: int = 10**6,
        delay: float = 0.0,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Answer `step` (of mail to `recipient`) with `reply`, `times` times.

        Before each answer `then` is called and `delay` seconds go by. After DROP, a nonsense answer or a 2xx to the
        dot the message has been taken.
        """
        self._rules.append(_Rule(step, recipient, reply, times, delay, then))

    def hang_up(self) -> None:
        """End all connections, as an idle timeout of the relay does."""
        for protocol in self._protocols:
            if protocol.transport is not None:
                self._loop.call_soon_threadsafe(protocol.transport.close)
        self._protocols.clear()

    def recipients(self) -> list[str]:
        """To whom messages came, one entry for each message and official, sorted."""
        return sorted(address for _, to, _ in self.messages for address in to if address != RECEIPTS)

    def start(self) -> int:
        self.port = super().start()
        return self.port

    async def listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(self.protocol, "127.0.0.1", 0, ssl=self.implicit)

    def protocol(self) -> asyncio.Protocol:
        server = _Server(self)
        self.connections += 1
        self._protocols.append(server)
        return server

    async def handle_EHLO(  # noqa: N802  (aiosmtpd calls it so)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        offered = await super().handle_EHLO(server, session, envelope, hostname, responses)
        return offered if self.pipelining else [line for line in offered if line != "250-PIPELINING"]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> Any:  # noqa: N802  (aiosmtpd calls it so)
        reply = await self.scripted("dot", envelope.rcpt_tos)
        if reply is None or reply == DROP or not re.match("[45]", reply):
            await self.keep(envelope)
        if reply == DROP:
            server.transport.abort()
            await asyncio.Event().wait()  # the connection's end cancels us
        return "250 2.0.0 taken" if reply is None else reply.encode("latin-1")

    async def scripted(self, step: str, recipients: list[str]) -> str | None:
        """The answer that was set for this step; None: behave."""
        for rule in self._rules:
            if rule.step == step and rule.times > 0 and (rule.recipient is None or rule.recipient in recipients):
                rule.times -= 1
                rule.then()
                await asyncio.sleep(rule.delay)
                return rule.reply
        return None

    def _return_receipt(self, sender: str, recipients: list[str], content: bytes) -> None:
        if self.receipts is not None and RECEIPTS in recipients:
            self.receipts(content)


class _Server(SMTP):
    def __init__(self, sink: MisbehavingSink) -> None:
        super().__init__(
            sink,
            loop=asyncio.get_running_loop(),
            hostname="sink.example",
            data_size_limit=sink.size,
            tls_context=sink.starttls,
            require_starttls=sink.starttls is not None,
            auth_required=sink.login_required,
            authenticator=_log_in,
            auth_require_tls=sink.implicit is None,
            auth_exclude_mechanism=_left_out(sink),
        )
        self._sink = sink

    async def auth_XOAUTH2(self, _server: SMTP, _words: list[str]) -> AuthResult:  # noqa: N802  (aiosmtpd calls it so)
        return await self._by_token()

    async def auth_OAUTHBEARER(self, _server: SMTP, _words: list[str]) -> AuthResult:  # noqa: N802
        return await self._by_token()

    async def _by_token(self) -> AuthResult:
        """As Microsoft and RFC 7628 have it: why not comes in a challenge, and the refusal after its answer."""
        self._sink.logins += 1
        await self.push("334 ")
        self._reader._limit = 12_288  # RFC 4954 §4; aiosmtpd has 1001
        line = await self._reader.readline()
        shown = base64.b64decode(line).decode()
        user = re.search(r"(?:user=|n,a=)([^\x01,]*)", shown)
        token = re.search(r"\x01auth=Bearer ([^\x01]+)\x01", shown)
        assert self._sink.knows and user and token, shown
        if self._sink.knows(user[1], token[1]):
            return AuthResult(success=True)
        await self.push("334 " + base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode())
        await self._reader.readline()
        reply = await self._sink.scripted("login", []) or "535 5.7.3 Authentication unsuccessful"
        await self.push(reply)
        return AuthResult(success=False, handled=True)

    def data_received(self, data: bytes) -> None:
        self._sink.heard += data
        super().data_received(data)

    async def _handle_client(self) -> None:
        if (reply := await self._sink.scripted("connect", [])) is not None:
            await self._say_instead(reply)
            self.transport.close()
            return
        await super()._handle_client()

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802  (aiosmtpd calls it so)
        if (reply := await self._sink.scripted("mail", [])) is None:
            await super().smtp_MAIL(arg)
        else:
            await self._say_instead(reply)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802  (aiosmtpd calls it so)
        address = re.sub(r".*<(.*)>.*", r"\1", arg or "")
        if (reply := await self._sink.scripted("rcpt", [address])) is None:
            await super().smtp_RCPT(arg)
        else:
            await self._say_instead(reply)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  (aiosmtpd calls it so)
        recipients = self.envelope.rcpt_tos
        if (reply := await self._sink.scripted("data", recipients)) is not None:
            await self._say_instead(reply)
        elif (reply := await self._sink.scripted("content", recipients)) is not None:
            await self.push("354 go on")
            await self._reader.read(100)
            await self._say_instead(reply)
            self.transport.abort() if reply == DROP else self.transport.close()
        elif self._sink.lenient:
            await self._lenient_data()
        else:
            await super().smtp_DATA(arg)

    async def _say_instead(self, reply: str) -> None:
        if reply == DROP:
            self.transport.abort()
        else:
            await self.push(reply)
            if reply.startswith("421"):
                self.transport.close()

    async def _lenient_data(self) -> None:
        await self.push("354 go on")
        data = b"\r\n"
        while not (end := _ANY_END.search(data)):
            data += await self._reader.read(65536)
        self._reader._buffer[:0] = data[end.end() :]
        self.envelope.content = (data[2 : end.start()] + b"\r\n").replace(b"\r\n..", b"\r\n.")
        status = await self._sink.handle_DATA(self, self.session, self.envelope)
        self._set_post_data_state()
        await self.push(status)


def _log_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
    expected = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=login == expected, handled=False)


def _left_out(sink: MisbehavingSink) -> list[str]:
    """The mechanisms that this relay does not offer."""
    takes = sink.mechanisms if sink.knows else ("PLAIN", "LOGIN")
    return [name for name in ("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER") if name not in takes]


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """TLS as a server that has this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context


@pytest.fixture
def make_sink() -> Iterator[Callable[..., MisbehavingSink]]:
    """Start a sink whose attributes are set before it listens."""
    started: list[MisbehavingSink] = []

    def make(**attributes: Any) -> MisbehavingSink:
        sink = MisbehavingSink()
        for name, value in attributes.items():
            setattr(sink, name, value)
        sink.start()
        started.append(sink)
        return sink

    yield make
    for sink in started:
        sink.stop()


@pytest.fixture
def sink(make_sink: Callable[..., MisbehavingSink]) -> MisbehavingSink:
    """A mail sink on this machine, without TLS."""
    return make_sink()

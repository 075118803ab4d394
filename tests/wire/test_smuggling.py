"""No second message in a letter: the six sloppy ends of DATA, tried on a server that takes each of them for the end.

A mail is read, its letter written and sent by the very code the daemon uses. Whatever a council (or somebody in its
name) puts in, the server sees one message, and no command that we did not give.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import cast

import pytest

from mailrouter.core.model import Letter, Outcome
from mailrouter.core.settings import Delivery
from mailrouter.core.understand import Job, understand
from mailrouter.core.writing.letter import header_block
from mailrouter.smtp import Relay
from tests.core.letters import TEMPLATES, TOKEN, read
from tests.core.routings import routing

pytestmark = pytest.mark.wire

SLOPPY = [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r"]
PROPER = b"\r\n.\r\n"
COMMANDS = (
    b"MAIL FROM:<x@kwaad.example>\r\nRCPT TO:<y@kwaad.example>\r\nDATA\r\nFrom: x@kwaad.example\r\n\r\ntwee\r\n.\r\n"
)
COUNCIL, STRANGER = b"s@dorpsraad-oosterdorp.example", b"s@elders.example"
Place = Callable[[bytes, bytes], bytes]
"""(payload, sender) → a mail with that payload somewhere."""
NOW = datetime(2026, 9, 14, 9, tzinfo=UTC)


class LenientServer:
    """An SMTP server that ends a message at any dot between any two line ends, and does what stands after it."""

    _END = re.compile(rb"(?:\r\n|\n|\r)\.(?:\r\n|\n|\r)")
    _LINE = re.compile(rb"[\r\n]+")

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.commands: list[bytes] = []
        self.messages: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Wait until the one client that is served has left."""
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            self._buffer = b""
            connection.sendall(b"220 lenient.example\r\n")
            while (command := self._up_to(connection, self._LINE)) is not None:
                self.commands.append(command)
                verb = command[:4].upper()
                connection.sendall(
                    {b"DATA": b"354 go on\r\n", b"EHLO": b"250 lenient.example\r\n"}.get(verb, b"250 ok\r\n")
                )
                if verb == b"DATA" and (content := self._up_to(connection, self._END)) is not None:
                    self.messages.append(content)
                    connection.sendall(b"250 taken\r\n")

    def _up_to(self, connection: socket.socket, end: "re.Pattern[bytes]") -> bytes | None:
        """What comes before the end, which is used up; None when the client has left. Empty lines are passed over."""
        while not (match := end.search(self._buffer)) or (not match.start() and end is self._LINE):
            if match:
                self._buffer = self._buffer[match.end() :]
            elif more := connection.recv(65_536):
                self._buffer += more
            else:
                return None
        found, self._buffer = self._buffer[: match.start()], self._buffer[match.end() :]
        return found


class Books:
    """A ledger of one letter."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.outcome: Outcome | None = None

    def content(self, letter: Letter) -> bytes:
        return self._content

    def sending(self, letter: Letter, receipt: bool | None) -> bool:
        return True

    def settle(self, letter: Letter, outcome: Outcome) -> None:
        self.outcome = outcome

    def put_back(self, letter: Letter) -> None:
        raise AssertionError("the server takes everything")


@pytest.fixture
def server() -> Iterator[LenientServer]:
    """A lenient server for one client."""
    started = LenientServer()
    yield started
    started.close()


def in_body(payload: bytes, sender: bytes) -> bytes:
    """The payload as the text of a mail."""
    return b"From: %b\r\nSubject: Losse tegel\r\nMessage-ID: <1@x.example>\r\n\r\n%b" % (sender, payload)


def in_attachment(payload: bytes, sender: bytes) -> bytes:
    """As a file that is sent as it is, in 8 bits."""
    part = b'Content-Type: text/plain; name="a.txt"\r\nContent-Disposition: attachment\r\n'
    return _with_part(part + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + payload + b"\xe9", sender)


def in_nested(payload: bytes, sender: bytes) -> bytes:
    """In a mail in the mail."""
    return _with_part(b"Content-Type: message/rfc822\r\n\r\n" + in_body(payload, b"z@elders.example"), sender)


def in_header(payload: bytes, sender: bytes) -> bytes:
    """In a header field, as far as its first line end lets it."""
    return in_body(b"Er ligt een losse tegel.\r\n", sender).replace(b"tegel", b"tegel" + payload, 1)


def _with_part(part: bytes, sender: bytes) -> bytes:
    head = b"From: %b\r\nSubject: Losse tegel\r\nMessage-ID: <1@x.example>\r\n" % sender
    text = b"Content-Type: text/plain\r\n\r\nEr ligt een losse tegel.\r\n"
    body = b"--grens\r\n%b\r\n--grens\r\n%b\r\n--grens--\r\n" % (text, part)
    return head + b"Content-Type: multipart/mixed; boundary=grens\r\n\r\n" + body


def send(raw: bytes, server: LenientServer) -> bytes:
    """Read a mail, write its letter and send it to the server; the letter as it was promised."""
    told = understand(Job(raw, len(raw), NOW), routing(templates=TEMPLATES))
    assert told.draft is not None
    to = told.recipients[0].address
    content = header_block(told.draft, "", to, TOKEN, "gemeente.example", NOW) + told.draft.content(raw)
    books = Books(content)
    settings = Delivery(host="127.0.0.1", port=server.port, tls="none", connections=1, rate=0)
    relay = Relay(settings, "dorpsraden@gemeente.example", None)
    relay.send_all([Letter("0" * 32, 1, to, len(content), 0)], books)
    relay.close()
    server.close()
    assert books.outcome is not None
    assert "sent" == books.outcome.state
    return content


@pytest.mark.parametrize("sender", [COUNCIL, STRANGER], ids=["forwarded", "desk"])
@pytest.mark.parametrize("place", [in_body, in_attachment, in_nested, in_header], ids=lambda place: place.__name__)
@pytest.mark.parametrize("end", [*SLOPPY, PROPER], ids=repr)
def test_one_message_arrives(server: LenientServer, end: bytes, place: Place, sender: bytes) -> None:
    """The server gets the letter as it was promised, and hears no command but ours."""
    raw = place(b"een" + end + COMMANDS, sender)
    content = send(raw, server)
    assert [content] == [message.replace(b"\r\n..", b"\r\n.") + b"\r\n" for message in server.messages]
    assert [b"EHLO", b"MAIL", b"RCPT", b"DATA", b"QUIT"] == [command[:4].upper() for command in server.commands]
    if sender == STRANGER:
        assert raw == _original(content)


def _original(content: bytes) -> bytes:
    """The original that a letter to the desk encloses, byte for byte."""
    [part] = [part for part in read(content).iter_attachments() if part.get_filename() == "origineel.eml"]
    if part.get_content_type() != "message/rfc822":
        return cast(bytes, part.get_payload(decode=True))
    enclosed = content.rpartition(b"Content-Disposition: attachment")[2].partition(b"\r\n\r\n")[2]
    return enclosed.rpartition(b"\r\n--=_m")[0]


def test_an_attachment_keeps_its_bytes(server: LenientServer) -> None:
    """What may not go over the wire as it is goes there in base64, and comes out as it was."""
    payload = b"".join(b"een" + end for end in SLOPPY)
    letter = read(send(in_attachment(payload, COUNCIL), server))
    [part] = letter.iter_attachments()
    assert (payload + b"\xe9", "base64") == (part.get_payload(decode=True), part["Content-Transfer-Encoding"])


@pytest.mark.parametrize("end", SLOPPY, ids=repr)
def test_the_server_of_these_tests_can_be_smuggled_to(server: LenientServer, end: bytes) -> None:
    """Proof that the tests prove something: a client that sends what it is given says more than it means to."""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\neen" + end + COMMANDS)
        client.shutdown(socket.SHUT_WR)
        while client.recv(1024):
            continue
    server.close()
    assert [b"een", b"From: x@kwaad.example\r\n\r\ntwee"] == server.messages

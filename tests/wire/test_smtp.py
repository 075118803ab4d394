"""The delivery against a real SMTP server on this machine that can misbehave."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mailrouter.core.model import Letter, Outcome
from mailrouter.core.settings import Delivery
from mailrouter.core.writing.wire import Unsendable
from mailrouter.smtp import Relay
from mailrouter.smtp.pace import Pause, RateLimit
from tests.wire import sink as sinks
from tests.wire.certificates import Certificates
from tests.wire.scripted import Conversation, ScriptedServer
from tests.wire.sink import DROP, PASSWORD, RECEIPTS, USER, MisbehavingSink, server_context

pytestmark = pytest.mark.wire

make_sink, sink = sinks.make_sink, sinks.sink

SENDER = "dorpsraden@gemeente.example"
OFFICIAL = "ambassadeur@gemeente.example"
OTHER = "gebied@gemeente.example"
CANARY = b"kanarie in de brief"

MakeRelay = Callable[..., Relay]
MakeSink = Callable[..., MisbehavingSink]


def letter(number: int = 1, recipient: str = OFFICIAL) -> Letter:
    return Letter(id=f"{number:032x}", mail=1, recipient=recipient, size=0, tries=0)


def letters(*recipients: str) -> list[Letter]:
    return [letter(number, recipient) for number, recipient in enumerate(recipients, 1)]


class Books:
    """A ledger in memory that notes, in order, all that was asked of it."""

    def __init__(self, body: bytes = CANARY + b"\r\n") -> None:
        self.body = body
        self.events: list[tuple[str, int]] = []
        self.outcomes: dict[int, Outcome] = {}
        self.receipts: list[bool | None] = []
        """For each `sending`, whether a receipt was to come."""
        self.settled_elsewhere: set[int] = set()
        self.broken_at: str | None = None
        self.before: dict[str, Callable[[], None]] = {}
        self._lock = threading.Lock()

    def content(self, letter: Letter) -> bytes:
        return b"From: %s\r\nTo: %s\r\nMessage-ID: <%s@gemeente.example>\r\n\r\n%s" % (
            SENDER.encode(),
            letter.recipient.encode(),
            letter.id.encode(),
            self.body,
        )

    def sending(self, letter: Letter, receipt: bool | None) -> bool:
        self._note("sending", letter)
        self.receipts.append(receipt)
        return self._number(letter) not in self.settled_elsewhere

    def settle(self, letter: Letter, outcome: Outcome) -> None:
        self._note("settle", letter)
        self.outcomes[self._number(letter)] = outcome

    def put_back(self, letter: Letter) -> None:
        self._note("put_back", letter)

    def states(self) -> dict[int, str]:
        return {number: outcome.state for number, outcome in sorted(self.outcomes.items())}

    def put_backs(self) -> list[int]:
        return sorted(number for event, number in self.events if event == "put_back")

    def _note(self, event: str, letter: Letter) -> None:
        if event in self.before:
            self.before[event]()
        with self._lock:
            self.events.append((event, self._number(letter)))
        if event == self.broken_at:
            raise OSError("disk full")

    def _number(self, letter: Letter) -> int:
        return int(letter.id, 16)


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def make_relay() -> Iterator[MakeRelay]:
    """A Relay to a port on this machine; closed after the test."""
    made: list[Relay] = []

    def make(port: int, *, receipt: str | None = RECEIPTS, ca_file: Path | None = None, **settings: Any) -> Relay:
        usual: dict[str, Any] = {"host": "127.0.0.1", "tls": "none", "connections": 1, "rate": 0}
        made.append(Relay(Delivery(port=port, **(usual | settings)), SENDER, receipt, ca_file))
        return made[-1]

    yield make
    for relay in made:
        relay.close()


# The plain journey


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_letter_goes_to_its_official_and_the_receipt_address(
    make_sink: MakeSink, make_relay: MakeRelay, books: Books, pipelining: bool
) -> None:
    """One transaction carries the letter to the official first and the receipt address second, bytes untouched."""
    sink = make_sink(pipelining=pipelining)
    make_relay(sink.port).send_all([letter()], books)
    assert sink.messages == [(SENDER, [OFFICIAL, RECEIPTS], books.content(letter()))]
    assert books.events == [("sending", 1), ("settle", 1)]
    assert books.outcomes[1] == Outcome("sent", 250, "2.0.0 taken", "message", receipt=True)


def test_dots_at_the_start_of_lines_survive(sink: MisbehavingSink, make_relay: MakeRelay) -> None:
    """A line that is a dot, or begins with one, arrives as it was and does not end the letter."""
    books = Books(b".\r\n..\r\n.begin\r\n\r\n.\r\nQUIT\r\nna\r\n")
    make_relay(sink.port).send_all([letter()], books)
    assert [content for _, _, content in sink.messages] == [books.content(letter())]


def test_a_large_letter_arrives_whole(sink: MisbehavingSink, make_relay: MakeRelay) -> None:
    """Ten megabytes go out in pieces and arrive as they were."""
    books = Books(b"0123456789abcdef" * 4 * 160_000)
    books.body = b"\r\n".join(books.body[i : i + 76] for i in range(0, len(books.body), 76)) + b"\r\n"
    make_relay(sink.port).send_all([letter()], books)
    assert [len(content) for _, _, content in sink.messages] == [len(books.content(letter()))]
    assert sink.messages[0][2] == books.content(letter())


def test_without_a_receipt_address_only_the_official_is_named(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """Without a receipt address there is one RCPT, and the outcome says that no receipt was asked."""
    make_relay(sink.port, receipt=None).send_all([letter()], books)
    assert sink.messages[0][1] == [OFFICIAL]
    assert books.outcomes[1].receipt is None


def test_receipts_come_back(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """The sink returns each receipt before it says that it took the letter."""
    returned: list[bytes] = []
    sink.receipts = returned.append
    make_relay(sink.port).send_all([letter()], books)
    assert returned == [books.content(letter())]


def test_connections_are_kept_between_rounds(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """Letters of several rounds go over the same connection."""
    relay = make_relay(sink.port)
    for number in (1, 2, 3):
        relay.send_all([letter(number)], books)
    assert books.states() == {1: "sent", 2: "sent", 3: "sent"}
    assert sink.connections == 1


def test_several_connections_at_once(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """With three connections allowed, no more than three are opened, and each letter arrives once."""
    sink.answer("dot", "250 2.0.0 taken", delay=0.05)
    make_relay(sink.port, connections=3).send_all(
        [letter(number, f"o{number}@w.example") for number in range(1, 10)], books
    )
    assert sink.recipients() == [f"o{number}@w.example" for number in range(1, 10)]
    assert sink.connections == 3


def test_a_connection_that_ended_while_idle_is_replaced(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """When the relay hung up in the meantime, the next letter simply goes over a new connection."""
    relay = make_relay(sink.port)
    relay.send_all([letter(1)], books)
    sink.hang_up()
    relay.send_all([letter(2)], books)
    assert books.states() == {1: "sent", 2: "sent"}
    assert (sink.connections, relay.pause_left()) == (2, 0.0)


def test_a_relay_that_wants_no_more_on_this_connection_gets_a_new_one(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """421 to MAIL on a used connection means: enough over this one; it is no trouble."""
    relay = make_relay(sink.port)
    relay.send_all([letter(1)], books)
    sink.answer("mail", "421 4.7.0 too many messages in this connection", times=1)
    relay.send_all([letter(2)], books)
    assert books.states() == {1: "sent", 2: "sent"}
    assert (sink.connections, relay.last_trouble()) == (2, None)


# The order of things


def test_the_books_know_before_data_and_not_before_the_official_is_accepted(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """`sending` is called when both recipients were answered, and DATA has not left then."""
    heard: list[bytes] = []
    books.before["sending"] = lambda: heard.append(bytes(sink.heard))
    make_relay(sink.port).send_all([letter()], books)
    assert (b"RCPT TO:<" + RECEIPTS.encode() in heard[0], b"DATA" in heard[0]) == (True, False)


def test_a_letter_is_settled_before_the_next_one_is_sending(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """On one connection sending and settling alternate."""
    make_relay(sink.port).send_all(letters(OFFICIAL, OTHER, OFFICIAL), books)
    assert books.events == [(event, number) for number in (1, 2, 3) for event in ("sending", "settle")]


def test_a_letter_that_was_settled_elsewhere_is_not_sent(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """When the books say no at the last moment, the transaction is reset and the next letter goes on."""
    books.settled_elsewhere = {1}
    make_relay(sink.port).send_all(letters(OFFICIAL, OTHER), books)
    assert books.events == [("sending", 1), ("sending", 2), ("settle", 2)]
    assert sink.recipients() == [OTHER]
    assert b"RSET" in sink.heard


def test_books_that_cannot_be_kept_end_the_round(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """What the ledger raises reaches the caller, no content leaves, and what was not tried is put back."""
    books.broken_at = "sending"
    relay = make_relay(sink.port)
    with pytest.raises(OSError, match="disk full"):
        relay.send_all(letters(OFFICIAL, OTHER), books)
    assert books.events == [("sending", 1), ("put_back", 2)]
    assert (sink.messages, CANARY in sink.heard) == ([], False)


# Answers per recipient


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(("code", "state"), [(550, "refused"), (450, "later")])
def test_no_content_leaves_when_the_official_is_refused(
    make_sink: MakeSink, make_relay: MakeRelay, books: Books, pipelining: bool, code: int, state: str
) -> None:
    """A refused official gets no DATA but RSET, the receipt address gets nothing, and the next letter goes on."""
    sink = make_sink(pipelining=pipelining)
    sink.answer("rcpt", f"{code} 5.1.1 no such user", OFFICIAL)
    relay = make_relay(sink.port)
    relay.send_all([letter(1)], books)
    assert books.outcomes[1] == Outcome(state, code, "5.1.1 no such user", "recipient")  # type: ignore[arg-type]  # a fake stands in
    assert (b"DATA" in sink.heard, b"RSET" in sink.heard, sink.messages) == (False, True, [])
    relay.send_all([letter(2, OTHER)], books)
    assert (books.states()[2], sink.recipients(), sink.connections) == ("sent", [OTHER], 1)


def test_a_temporary_refusal_passes(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """A recipient that is refused once is taken the next time, over the same connection."""
    sink.answer("rcpt", "450 4.2.0 greylisted", OFFICIAL, times=1)
    relay = make_relay(sink.port)
    relay.send_all([letter()], books)
    assert (books.states(), relay.pause_left()) == ({1: "later"}, 0.0)
    relay.send_all([letter()], books)
    assert books.states() == {1: "sent"}


def test_a_refused_receipt_address_does_not_stop_the_letter(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """Official yes, receipt no, twice: the letter is sent, and known to be without proof before it goes."""
    sink.answer("rcpt", "552 5.2.2 mailbox full", RECEIPTS)
    make_relay(sink.port).send_all([letter()], books)
    assert (books.states(), books.outcomes[1].receipt, books.receipts) == ({1: "sent"}, False, [False])
    assert sink.messages[0][1] == [OFFICIAL]


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "451 4.2.1 later"])
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_receipt_address_that_was_refused_once_is_offered_again(
    make_sink: MakeSink, make_relay: MakeRelay, books: Books, answer: str, pipelining: bool
) -> None:
    """A passing refusal of the receipt address costs a round trip and not the proof."""
    sink = make_sink(pipelining=pipelining)
    sink.answer("rcpt", answer, RECEIPTS, times=1)
    make_relay(sink.port).send_all([letter(1), letter(2)], books)
    assert (books.states(), books.receipts) == ({1: "sent", 2: "sent"}, [True, True])
    assert [[OFFICIAL, RECEIPTS]] * 2 == [to for _, to, _ in sink.messages]


def test_an_official_who_is_refused_the_second_time_gets_no_letter(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """The envelope counts as it was answered last."""
    sink.answer("rcpt", "550 5.1.1 no such user", RECEIPTS, times=1,
                then=lambda: sink.answer("rcpt", "451 4.2.1 later", OFFICIAL, times=1))  # fmt: skip
    make_relay(sink.port).send_all([letter()], books)
    assert (books.states(), sink.messages) == ({1: "later"}, [])


@pytest.mark.parametrize("step", ["data", "dot"])
@pytest.mark.parametrize(("code", "state"), [(554, "refused"), (451, "later")])
def test_a_refused_message_is_about_that_letter_alone(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books, step: str, code: int, state: str
) -> None:
    """A refusal of DATA or of the content settles that letter; the next one goes over the same connection."""
    sink.answer(step, f"{code} 5.6.0 content not wanted", OFFICIAL)
    relay = make_relay(sink.port)
    relay.send_all(letters(OFFICIAL, OTHER), books)
    assert books.outcomes[1] == Outcome(state, code, "5.6.0 content not wanted", "message")  # type: ignore[arg-type]  # a fake stands in
    assert (books.states()[2], sink.recipients(), sink.connections) == ("sent", [OTHER], 1)


def test_the_relays_own_id_is_an_alias(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """A Message-ID that the relay names when it takes a letter is kept beside ours."""
    sink.answer("dot", "250 2.6.0 <AM0PR01@eurprd.example> [InternalId=7, Hostname=am0] Queued mail for delivery")
    make_relay(sink.port).send_all([letter()], books)
    assert (books.states(), books.outcomes[1].alias) == ({1: "sent"}, "AM0PR01@eurprd.example")


def test_a_letter_larger_than_the_relay_takes_is_refused_here(
    make_sink: MakeSink, make_relay: MakeRelay, books: Books
) -> None:
    """Above the relay's SIZE nothing is said at all."""
    sink = make_sink(size=100)
    relay = make_relay(sink.port)
    relay.send_all([letter()], books)
    outcome = books.outcomes[1]
    assert (outcome.state, outcome.code, outcome.scope) == ("refused", 552, "message")
    assert (relay.size_limit(), b"MAIL" in sink.heard) == (100, False)


def test_size_and_8bitmime_are_announced(sink: MisbehavingSink, make_relay: MakeRelay) -> None:
    """MAIL names the size, and 8BITMIME when there is something beyond ASCII in the letter."""
    books = Books("Dorpsraad Zuiderbroek – agenda\r\n".encode())
    make_relay(sink.port).send_all([letter()], books)
    size = len(books.content(letter()))
    assert f"MAIL FROM:<{SENDER}> SIZE={size} BODY=8BITMIME\r\n".encode() in sink.heard


@pytest.mark.parametrize(
    "recipient", ["a b@w.example", "x>\r\nRCPT TO:<y@w.example", "jos\u00e9@w.example", "geen-adres", "a@b@w.example"]
)
def test_an_address_that_could_break_out_of_the_command_is_refused_here(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books, recipient: str
) -> None:
    """Such a recipient is refused without a word to the relay."""
    books.content = lambda letter: b"From: a@w.example\r\n\r\n"  # type: ignore[method-assign]  # a fake stands in
    make_relay(sink.port).send_all([letter(1, recipient)], books)
    assert (books.states(), b"RCPT" in sink.heard) == ({1: "refused"}, False)


# What must not go over the wire


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r"])
def test_no_second_message_can_be_smuggled(make_sink: MakeSink, make_relay: MakeRelay, end: bytes) -> None:
    """To a server that takes sloppy line ends, a letter with one is not sent; it is refused with the reason."""
    sink = make_sink(lenient=True)
    books = Books(b"een" + end + b"MAIL FROM:<x@w.example>\r\nRCPT TO:<y@w.example>\r\nDATA\r\ntwee\r\n")
    make_relay(sink.port).send_all([letter()], books)
    outcome = books.outcomes[1]
    assert (outcome.state, outcome.scope) == ("refused", "message")
    assert "of the letter holds" in outcome.reply
    assert sink.messages == []


def test_a_proper_dot_is_one_message_to_a_lenient_server_too(make_sink: MakeSink, make_relay: MakeRelay) -> None:
    """A dot on a line of its own is doubled, so that it ends nothing."""
    sink = make_sink(lenient=True)
    books = Books(b"een\r\n.\r\nMAIL FROM:<x@w.example>\r\ntwee\r\n")
    make_relay(sink.port).send_all([letter()], books)
    assert [content for _, _, content in sink.messages] == [books.content(letter())]


def test_bytes_that_are_not_what_was_promised_are_not_sent(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """When the books cannot give the promised bytes, the letter is refused with their reason."""

    def content(letter: Letter) -> bytes:
        raise Unsendable("the bytes have another sha256 than was promised")

    books.content = content  # type: ignore[method-assign]  # a fake stands in
    make_relay(sink.port).send_all([letter()], books)
    expected = Outcome("refused", 0, "the bytes have another sha256 than was promised", "message")
    assert (books.outcomes[1], sink.connections) == (expected, 0)


# Broken connections


def test_a_connection_that_breaks_before_the_dot_leaves_the_letter_with_us(
    sink: MisbehavingSink, make_relay: MakeRelay
) -> None:
    """Dropped in the middle of the content: the letter is to be tried again, and the next one is sent at once."""
    sink.answer("content", DROP, OFFICIAL)
    books = Books((CANARY + b"\r\n") * 200_000)
    relay = make_relay(sink.port)
    relay.send_all(letters(OFFICIAL, OTHER), books)
    assert books.states() == {1: "later", 2: "sent"}
    assert (books.outcomes[1].scope, sink.recipients(), relay.pause_left()) == ("message", [OTHER], 0.0)


def test_an_answer_before_the_dot_is_not_taken_for_the_answer_to_it(
    sink: MisbehavingSink, make_relay: MakeRelay
) -> None:
    """A relay that refuses in the middle of the content and hangs up has refused the letter."""
    sink.answer("content", "552 5.3.4 too much", OFFICIAL)
    books = Books((CANARY + b"\r\n") * 200_000)
    make_relay(sink.port).send_all([letter()], books)
    assert (books.states(), sink.messages) == ({1: "refused"}, [])


@pytest.mark.parametrize(
    "reply", [DROP, "hallo daar", "25", "2500 ok", "250ok", "350 go on", "250-half\r\n550 other", "\x80\xff"]
)
def test_nonsense_after_the_dot_is_unsure(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books, reply: str
) -> None:
    """After the dot, whatever is no answer leaves the letter unsure; the connection is not used again."""
    sink.answer("dot", reply, OFFICIAL)
    relay = make_relay(sink.port)
    relay.send_all(letters(OFFICIAL, OTHER), books)
    assert books.states() == {1: "unsure", 2: "sent"}
    assert (books.outcomes[1].receipt, sink.connections) == (True, 2)


def test_silence_after_the_dot_is_unsure(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """The answer to the dot is waited for as long as `accept_timeout` says, and no longer."""
    sink.answer("dot", "250 late", delay=3600)
    make_relay(sink.port, accept_timeout="0.1s").send_all([letter()], books)
    assert books.states() == {1: "unsure"}


def test_a_slow_answer_after_the_dot_is_waited_for(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """The answer to the dot may take longer than other answers."""
    sink.answer("dot", "250 2.0.0 taken", delay=1.2)
    make_relay(sink.port, timeout="1s").send_all([letter()], books)
    assert books.states() == {1: "sent"}


def test_an_answer_that_trickles_in_is_not_waited_for_without_end(make_relay: MakeRelay, books: Books) -> None:
    """The time for an answer is counted in all, not from byte to byte."""

    def trickle(client: Conversation) -> None:
        while True:
            client._socket.sendall(b"2")
            time.sleep(0.02)

    with ScriptedServer(trickle) as server:
        make_relay(server.port, connect_timeout="0.2s").send_all([letter()], books)
    assert books.outcomes[1].reply == "the relay did not answer in time"


def test_two_broken_connections_in_a_row_are_the_relays_trouble(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """A relay that hangs up on every letter gets two of them, not all."""
    sink.answer("dot", DROP)
    relay = make_relay(sink.port)
    relay.send_all(letters(OFFICIAL, OTHER, OFFICIAL, OTHER), books)
    assert (books.states(), books.put_backs()) == ({1: "unsure", 2: "unsure"}, [3, 4])
    assert (books.outcomes[2].scope, relay.pause_left() > 0) == ("host", True)


# Trouble with the relay as a whole


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("connect", "554 5.7.1 go away"),
        ("connect", "421 4.3.2 too many connections"),
        ("connect", "what is this"),
        ("connect", DROP),
        ("mail", "550 5.7.60 SMTP; Client does not have permissions to send as this sender"),
        ("mail", "451 4.3.0 later"),
        ("mail", DROP),
        ("rcpt", "421 4.4.2 closing"),
        ("rcpt", "530 5.7.0 Authentication required"),
        ("rcpt", "450 4.7.1 Error: too much mail from 192.0.2.1"),
        ("data", "421 4.4.2 closing"),
        ("dot", "421 4.4.2 closing"),
        ("dot", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
        ("dot", "554 5.2.252 SendAsDenied; dorpsraden@gemeente.example not allowed to send as x"),
        ("dot", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"),
    ],
)
@pytest.mark.parametrize("pipelining", [True, False])
def test_trouble_with_the_relay_makes_all_letters_wait(
    make_sink: MakeSink, make_relay: MakeRelay, books: Books, step: str, reply: str, pipelining: bool
) -> None:
    """An answer about us or the relay: this letter later, the others put back untried, the host paused."""
    sink = make_sink(pipelining=pipelining)
    sink.answer(step, reply)
    relay = make_relay(sink.port)
    relay.send_all(letters(OFFICIAL, OTHER, OFFICIAL), books)
    assert (books.states(), books.put_backs()) == ({1: "later"}, [2, 3])
    assert (books.outcomes[1].scope, sink.messages) == ("host", [])
    assert (relay.pause_left() > 0, bool(relay.last_trouble())) == (True, True)


def test_a_paused_relay_is_left_alone(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """While the pause lasts, letters are put back without a connection being tried."""
    sink.answer("connect", "554 5.7.1 go away", times=1)
    relay = make_relay(sink.port)
    relay.send_all([letter(1)], books)
    relay.send_all([letter(2)], books)
    assert (books.put_backs(), sink.connections) == ([2], 1)


def test_after_the_pause_letters_go_again(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A success ends the trouble."""
    monkeypatch.setattr("mailrouter.smtp.pace.FIRST_PAUSE", 0.0)
    sink.answer("connect", "554 5.7.1 go away", times=1)
    relay = make_relay(sink.port)
    relay.send_all([letter()], books)
    assert relay.last_trouble() == "5.7.1 go away"
    relay.send_all([letter()], books)
    assert (books.states(), relay.last_trouble()) == ({1: "sent"}, None)


def test_a_relay_that_is_not_there(make_relay: MakeRelay, books: Books) -> None:
    """No connection at all: the letter waits, and the trouble names host and port."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    relay = make_relay(port, connections=3)
    relay.send_all(letters(OFFICIAL, OTHER, OFFICIAL, OTHER), books)
    assert (len(books.outcomes), len(books.put_backs())) == (1, 3)
    assert f"no connection to 127.0.0.1:{port}" in (relay.last_trouble() or "")


def test_fewer_connections_than_wanted_are_enough(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """A relay that refuses one connection too many gets all letters over the others, without a pause."""
    relay = make_relay(sink.port, connections=2)
    relay.send_all([letter(1)], books)
    sink.answer("connect", "421 4.3.2 too many connections")
    sink.answer("dot", "250 2.0.0 taken", delay=0.1)
    relay.send_all([letter(number) for number in (2, 3, 4, 5)], books)
    assert books.states() == dict.fromkeys((1, 2, 3, 4, 5), "sent")
    assert (sink.connections, relay.pause_left()) == (2, 0.0)


def test_the_rate_is_kept(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two letters a minute allowed, the third waits; a stop ends the waiting and puts it back."""
    relay = make_relay(sink.port, rate=2)
    monkeypatch.setattr("mailrouter.smtp.lane.time.sleep", lambda seconds: relay.stop())
    relay.send_all(letters(OFFICIAL, OTHER, OFFICIAL), books)
    assert (books.states(), books.put_backs()) == ({1: "sent", 2: "sent"}, [3])


# TLS and login


def secured(make_relay: MakeRelay, sink: MisbehavingSink, certificates: Certificates, **settings: Any) -> Relay:
    login: dict[str, Any] = {"tls": "starttls", "user": USER, "password": SecretStr(PASSWORD)}
    return make_relay(sink.port, ca_file=certificates.ca, **(login | settings))


def test_starttls_and_login(
    make_sink: MakeSink, make_relay: MakeRelay, certificates: Certificates, books: Books
) -> None:
    """With a certificate of our authority the letter goes out after STARTTLS and login."""
    sink = make_sink(starttls=server_context(certificates.localhost), login_required=True)
    relay = secured(make_relay, sink, certificates)
    relay.send_all(letters(OFFICIAL, OTHER), books)
    assert (books.states(), sink.recipients()) == ({1: "sent", 2: "sent"}, [OFFICIAL, OTHER])


def test_tls_from_the_first_byte(make_sink: MakeSink, make_relay: MakeRelay, certificates: Certificates) -> None:
    """Implicit TLS carries a large letter as well, over a connection that is kept."""
    sink = make_sink(implicit=server_context(certificates.localhost))
    relay = secured(make_relay, sink, certificates, tls="implicit", user=None, password=None)
    books = Books((CANARY + b"\r\n") * 100_000)
    relay.send_all([letter(1)], books)
    relay.send_all([letter(2)], books)
    assert (books.states(), sink.connections) == ({1: "sent", 2: "sent"}, 1)
    assert sink.messages[0][2] == books.content(letter(1))


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("shown", ["elsewhere", "self_signed"])
def test_an_untrusted_relay_hears_no_password_and_no_mail(
    make_sink: MakeSink, make_relay: MakeRelay, certificates: Certificates, books: Books, tls: str, shown: str
) -> None:
    """A certificate for another host, or by nobody we know, ends the conversation before login."""
    context = server_context(getattr(certificates, shown))
    sink = make_sink(**{tls: context})
    relay = secured(make_relay, sink, certificates, tls=tls)
    relay.send_all(letters(OFFICIAL, OTHER), books)
    assert (books.states(), books.outcomes[1].scope, books.put_backs()) == ({1: "later"}, "host", [2])
    assert "CERTIFICATE_VERIFY_FAILED" in (relay.last_trouble() or "")
    assert (b"AUTH" in sink.heard, b"MAIL" in sink.heard) == (False, False)


def test_stripped_starttls_ends_the_conversation(
    sink: MisbehavingSink, make_relay: MakeRelay, certificates: Certificates, books: Books
) -> None:
    """When STARTTLS is not offered, neither password nor mail is sent."""
    relay = secured(make_relay, sink, certificates)
    relay.send_all([letter()], books)
    assert (books.states(), books.outcomes[1].scope) == ({1: "later"}, "host")
    assert "STARTTLS" in (relay.last_trouble() or "")
    assert (b"AUTH" in sink.heard, b"MAIL" in sink.heard) == (False, False)


def test_what_was_said_before_tls_does_not_count(
    make_relay: MakeRelay, certificates: Certificates, books: Books
) -> None:
    """Answers slipped in before TLS was there end the conversation."""

    def inject(client: Conversation) -> None:
        client.say("220 relay.example")
        client.hear()
        client.say("250-relay.example", "250 STARTTLS")
        client.hear()
        client.say("220 go on\r\n250 AUTH PLAIN")
        with server_context(certificates.localhost).wrap_socket(client._socket.dup(), server_side=True) as secure:
            client._heard.append(secure.recv(1000))

    with ScriptedServer(inject) as server:
        relay = make_relay(
            server.port, ca_file=certificates.ca, tls="starttls", user=USER, password=SecretStr(PASSWORD)
        )
        relay.send_all([letter()], books)
    assert "spoke on before TLS" in books.outcomes[1].reply
    assert not any(line.startswith(b"AUTH") for line in server.heard)


def test_a_refused_login_is_tried_once_in_five_minutes(
    make_sink: MakeSink, make_relay: MakeRelay, certificates: Certificates, books: Books
) -> None:
    """A wrong password is tried once, by one connection, so that the account is not locked."""
    sink = make_sink(starttls=server_context(certificates.localhost), login_required=True)
    relay = secured(make_relay, sink, certificates, password=SecretStr("fout"), connections=3)
    relay.send_all(letters(OFFICIAL, OTHER, OFFICIAL), books)
    assert (len(books.outcomes), len(books.put_backs())) == (1, 2)
    assert (sink.heard.count(b"AUTH"), relay.pause_left() > 200) == (1, True)
    assert (relay.last_trouble() or "").startswith("login refused: 5.7.8 Authentication credentials invalid. Is the")


def test_a_relay_can_be_tried_without_sending(
    make_sink: MakeSink, make_relay: MakeRelay, certificates: Certificates
) -> None:
    """A probe logs in and leaves; it tells what is wrong, if anything is."""
    sink = make_sink(starttls=server_context(certificates.localhost), login_required=True)
    right = secured(make_relay, sink, certificates).probe()
    wrong = secured(make_relay, sink, certificates, password=SecretStr("fout")).probe()
    assert (right, (wrong or "")[:60]) == (None, "535 login refused: 5.7.8 Authentication credentials invalid.")
    assert (b"MAIL" in sink.heard, sink.messages) == (False, [])


def relay_with_login_only(client: Conversation) -> None:
    """A relay that knows AUTH LOGIN alone, and repeats the password in its refusal."""
    client.say("220 relay.example")
    client.hear()
    client.say("250-relay.example", "250 AUTH LOGIN")
    client.hear()
    client.say("334 VXNlcm5hbWU6")
    client.hear()
    client.say("334 UGFzc3dvcmQ6")
    client.say(b"535 5.7.8 not with password " + client.hear())
    client.hear()


def test_a_password_never_stands_in_what_we_tell(make_relay: MakeRelay, books: Books) -> None:
    """A relay that repeats the password in its answer does not make us show it."""
    with ScriptedServer(relay_with_login_only) as server:
        relay = make_relay(server.port, user=USER, password=SecretStr("wachtwoord-é"))
        relay.send_all([letter()], books)
    assert (relay.last_trouble() or "").startswith("login refused: 5.7.8 not with password ***. Is the password")
    assert server.heard[-1] == b"d2FjaHR3b29yZC3DqQ=="


def test_without_tls_only_this_machine_is_spoken_to() -> None:
    """A relay elsewhere without TLS is an error from the start."""
    settings = Delivery(host="relay.gemeente.example", tls="none")
    with pytest.raises(ValueError, match=r"delivery\.tls is none"):
        Relay(settings, SENDER, None)


# Stopping


def test_a_stop_starts_nothing_new(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """After a stop all letters are put back, and nothing is connected."""
    relay = make_relay(sink.port)
    relay.stop()
    relay.send_all(letters(OFFICIAL, OTHER), books)
    assert (books.put_backs(), sink.connections) == ([1, 2], 0)


def test_a_stop_before_data_resets_and_puts_back(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """A stop while the recipients are being answered: RSET, no DATA, and all is put back."""
    relay = make_relay(sink.port)
    sink.answer("rcpt", "250 2.1.5 ok", then=relay.stop)
    relay.send_all(letters(OFFICIAL, OTHER), books)
    assert books.events == [("put_back", 1), ("put_back", 2)]
    assert (b"DATA" in sink.heard, b"RSET" in sink.heard) == (False, True)


def test_a_stop_after_the_dot_waits_for_the_answer(sink: MisbehavingSink, make_relay: MakeRelay, books: Books) -> None:
    """A letter that is out gets its answer; the next one is not started."""
    relay = make_relay(sink.port)
    sink.answer("dot", "250 2.0.0 taken", then=relay.stop, delay=0.8)
    relay.send_all(letters(OFFICIAL, OTHER), books)
    assert (books.states(), books.put_backs()) == ({1: "sent"}, [2])


def test_a_stop_after_the_dot_does_not_wait_for_ever(
    sink: MisbehavingSink, make_relay: MakeRelay, books: Books
) -> None:
    """After `stop_wait` without an answer the letter is unsure."""
    relay = make_relay(sink.port, stop_wait="0.2s")
    sink.answer("dot", "250 2.0.0 taken", then=relay.stop, delay=3600)
    relay.send_all(letters(OFFICIAL, OTHER), books)
    assert (books.states(), books.put_backs()) == ({1: "unsure"}, [2])
    assert books.outcomes[1].reply == "the router is stopping and waits no longer"


# Pace


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_rate_limit_counts_any_minute() -> None:
    """With two a minute the third turn comes a minute after the first, the fourth a minute after the second."""
    clock = Clock()
    limit = RateLimit(2, clock)
    taken = [limit.take()]
    clock.now += 10
    taken += [limit.take(), limit.take()]
    clock.now += 50
    taken += [limit.take(), limit.take()]
    assert taken == [0.0, 0.0, 50.0, 0.0, 10.0]


def test_pauses_grow_up_to_five_minutes_and_start_anew_after_a_success() -> None:
    """Each trouble in a row doubles the pause, with jitter below it; a success makes the next one short again."""
    clock = Clock()
    pause = Pause(clock)
    lengths = []
    for _ in range(12):
        pause.begin("no answer")
        lengths.append(pause.left())
        clock.now += pause.left()
    steps = [min(5.0 * 2**number, 300.0) for number in range(12)]
    assert all(0.7 * step <= length <= step for step, length in zip(steps, lengths, strict=True))
    pause.end()
    pause.begin("no answer")
    assert 3.5 <= pause.left() <= 5.0


def test_one_incident_is_one_pause() -> None:
    """Connections that meet the same trouble during a pause do not lengthen it, nor does a late success end it."""
    clock = Clock()
    pause = Pause(clock)
    begun = [pause.begin("no answer"), pause.begin("no answer")]
    left = pause.left()
    pause.end()
    assert (begun, pause.left(), pause.trouble) == ([True, False], left, "no answer")

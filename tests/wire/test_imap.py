"""The intake against real IMAP servers, and against a scripted one for what those do not do on demand."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from mailrouter.core.settings import Mailbox as Account
from mailrouter.imap import Door, LoginRefused, Mailbox, Refused, Trouble, Waker
from mailrouter.imap import mailbox as mailbox_module
from mailrouter.imap import waker as waker_module
from mailrouter.imap.suspects import Reading, Suspects
from tests.wire.certificates import Certificates
from tests.wire.dovecot import Dovecot
from tests.wire.mailserver import MailServer
from tests.wire.office import wait_until
from tests.wire.proxy import before
from tests.wire.scripted import Conversation, ScriptedServer

pytestmark = pytest.mark.wire

Connect = Callable[..., Mailbox]
StartWaker = Callable[..., tuple[Waker, threading.Event]]


def letter(number: int = 1) -> bytes:
    """A mail of an invented council, told apart by its number."""
    return (
        f"From: Dorpsraad Oosterdorp <secretaris@oosterdorp.example>\r\n"
        f"To: dorpsraden@gemeente.example\r\n"
        f"Subject: Notulen {number}\r\n"
        f"Message-ID: <{number}@oosterdorp.example>\r\n"
        f"\r\n"
        f"Hierbij de notulen, nummer {number}.\r\n"
    ).encode()


def append_many(server: MailServer, letters: Sequence[bytes], folder: str = "INBOX") -> None:
    """Put the letters in the folder over one connection."""
    with server.mail_program() as client:
        for raw in letters:
            client.append(folder, raw)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make mailboxes that are closed after the test."""
    made: list[Mailbox] = []

    def make(account: Account, ca_file: Path | None = None, *, readonly: bool = False) -> Mailbox:
        made.append(Mailbox(account, ca_file, readonly=readonly))
        return made[-1]

    yield make
    for mailbox in made:
        mailbox.close()


@pytest.fixture
def mailbox(imap_server: MailServer, connect: Connect) -> Mailbox:
    """The shared mailbox on each real server."""
    return connect(imap_server.account())


@pytest.fixture
def start_waker(monkeypatch: pytest.MonkeyPatch) -> Iterator[StartWaker]:
    """Start wakers with quick ticks and short pauses; they are stopped after the test."""
    monkeypatch.setattr(waker_module, "_TICK", 0.05)
    monkeypatch.setattr(waker_module, "delay", lambda failures, random: 0.05)
    started: list[Waker] = []

    def start(account: Account) -> tuple[Waker, threading.Event]:
        woken = threading.Event()
        waker = Waker(door := Door(account), as_a_poller(door, woken))
        waker.start()
        started.append(waker)
        return waker, woken

    yield start
    for waker in started:
        waker.stop()
    for waker in started:
        waker.join(10)


def as_a_poller(door: Door, woken: threading.Event) -> Callable[[], None]:
    """What to do when woken: say so, and be answered by the server, or so it seems."""

    def wake() -> None:
        woken.set()
        door.heard(time.monotonic())

    return wake


def await_wake(woken: threading.Event) -> bool:
    """Whether the waker called, and ready for its next call."""
    called = woken.wait(10)
    woken.clear()
    return called


class TestReading:
    """What is looked at stays as it was."""

    def test_an_empty_folder_has_no_uids(self, mailbox: Mailbox) -> None:
        """An inbox without mail is no error."""
        assert mailbox.uids("INBOX").uids == ()

    def test_reading_leaves_the_flags_alone(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """Listing and fetching never mark a mail as read: people use that flag."""
        imap_server.append(letter())
        state = mailbox.uids("INBOX")
        listed = list(mailbox.list("INBOX", state.uids))
        fetched = list(mailbox.fetch("INBOX", state.uids))
        header = mailbox.fetch_header("INBOX", state.uids[0])
        assert fetched == [(state.uids[0], letter())]
        assert (len(listed), header) == (1, letter().partition(b"Hierbij")[0])
        assert imap_server.flags() == [set()]

    def test_a_listed_mail_has_its_place_size_date_and_headers(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """INTERNALDATE comes in UTC and aware; of the headers only those that tell what the mail is to us."""
        received = datetime(2022, 7, 6, 20, 30, tzinfo=timezone(timedelta(hours=2)))
        imap_server.append(letter(), received=received)
        state = mailbox.uids("INBOX")
        (item,) = mailbox.list("INBOX", state.uids)
        assert (item.folder, item.uidvalidity, item.uid) == ("INBOX", state.uidvalidity, state.uids[0])
        assert (item.received, item.received.tzinfo) == (datetime(2022, 7, 6, 18, 30, tzinfo=UTC), UTC)
        assert item.size == len(letter())
        assert b"Message-ID: <1@oosterdorp.example>\r\n" in item.header
        assert b"Subject" not in item.header

    def test_large_batches_come_whole_and_in_order(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """More mails than fit in one command are all listed and fetched, byte for byte."""
        letters = [letter(number) for number in range(1, 121)]
        append_many(imap_server, letters)
        uids = mailbox.uids("INBOX").uids
        assert [item.uid for item in mailbox.list("INBOX", uids)] == list(uids)
        assert list(mailbox.fetch("INBOX", uids)) == list(zip(uids, letters, strict=True))

    def test_bytes_are_not_touched(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """8-bit text, a line that looks like the end of an SMTP message, and no final newline come as they are."""
        raw = b"Subject: caf\xe9\r\n\r\n.\r\nvoor \xff na\r\n.."
        imap_server.append(raw)
        assert [raw] == [body for _, body in mailbox.fetch("INBOX", mailbox.uids("INBOX").uids)]

    def test_a_vanished_mail_is_passed_over(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """A person may take a mail away between listing and fetching."""
        append_many(imap_server, [letter(1), letter(2), letter(3)])
        uids = mailbox.uids("INBOX").uids
        with imap_server.mail_program() as client:
            client.select_folder("INBOX")
            client.delete_messages([uids[1]])
            client.uid_expunge([uids[1]])
        mailbox.uids("INBOX")  # a server may show what is gone to who looks at the folder since before
        assert [item.uid for item in mailbox.list("INBOX", uids)] == [uids[0], uids[2]]
        assert [uid for uid, _ in mailbox.fetch("INBOX", uids)] == [uids[0], uids[2]]
        assert mailbox.fetch_header("INBOX", uids[1]) == b""

    def test_new_mail_is_seen_on_the_same_connection(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """Asking again looks again."""
        mailbox.uids("INBOX")
        imap_server.append(letter())
        assert len(mailbox.uids("INBOX").uids) == 1

    def test_only_uids_from_the_first_on(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """A range that starts above the last mail names none, though IMAP itself always names the last."""
        append_many(imap_server, [letter(1), letter(2), letter(3)])
        uids = mailbox.uids("INBOX").uids
        assert mailbox.uids("INBOX", uids[1]).uids == uids[1:]
        assert mailbox.uids("INBOX", uids[-1] + 1).uids == ()

    def test_a_large_folder_is_searched_in_parts(
        self, imap_server: MailServer, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A folder whose UIDs do not fit in one reply is listed whole all the same."""
        append_many(imap_server, [letter(number) for number in range(8)])
        whole = mailbox.uids("INBOX").uids
        monkeypatch.setattr(mailbox_module, "_SEARCH_CHUNK", 3)
        assert (mailbox.uids("INBOX").uids, mailbox.uids("INBOX", whole[4]).uids) == (whole, whole[4:])

    def test_read_only_changes_nothing(self, imap_server: MailServer, connect: Connect) -> None:
        """A dry run reads with EXAMINE and refuses everything that would change the mailbox."""
        imap_server.append(letter())
        mailbox = connect(imap_server.account(), readonly=True)
        uids = mailbox.uids("INBOX").uids
        assert len(list(mailbox.fetch("INBOX", uids))) == 1
        for change in (
            lambda: mailbox.move("INBOX", uids, "Balie"),
            lambda: mailbox.delete("INBOX", uids[0]),
            lambda: mailbox.ensure("Balie"),
        ):
            with pytest.raises(RuntimeError, match="read-only"):
                change()
        assert (imap_server.messages(), imap_server.flags()) == ([letter()], [set()])


class TestFiling:
    """Mails that are done leave the inbox; nothing else does."""

    def test_a_folder_is_made_once_with_the_levels_above_it(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """Missing folders are made, and people see them in their mail program."""
        assert [mailbox.ensure("Verwerkt/oosterdorp/2022"), mailbox.ensure("Verwerkt/oosterdorp/2022")] == [True, False]
        assert {"Verwerkt", "Verwerkt/oosterdorp", "Verwerkt/oosterdorp/2022"} <= imap_server.folders()
        assert "Verwerkt/oosterdorp/2022" in imap_server.subscribed()

    def test_the_inbox_needs_no_making(self, mailbox: Mailbox) -> None:
        """INBOX is always there, however it is written (RFC 3501 §5.1)."""
        assert mailbox.ensure("Inbox") is False

    def test_names_need_not_be_ascii(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """Folders can have Dutch names, spaces and signs that mean something to IMAP."""
        imap_server.append(letter())
        name = 'Verwerkt/Sint Eénrode & "t Zand'
        assert mailbox.ensure(name) is True
        assert mailbox.move("INBOX", mailbox.uids("INBOX").uids, name) == "moved"
        assert mailbox.ensure(name) is False
        assert (name in imap_server.folders(), imap_server.messages(name)) == (True, [letter()])

    def test_a_batch_moves_to_a_folder_that_is_made_for_it(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """The mails named leave the inbox in one go, the others stay."""
        append_many(imap_server, [letter(number) for number in range(1, 6)])
        uids = mailbox.uids("INBOX").uids
        assert mailbox.move("INBOX", uids[1:4], "Verwerkt/oosterdorp") == "moved"
        assert imap_server.messages() == [letter(1), letter(5)]
        assert imap_server.messages("Verwerkt/oosterdorp") == [letter(2), letter(3), letter(4)]
        assert mailbox.uids("INBOX").uids == (uids[0], uids[4])

    def test_moving_what_is_gone_is_no_error(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """Filing the same mail twice does nothing the second time."""
        imap_server.append(letter())
        uids = mailbox.uids("INBOX").uids
        assert [mailbox.move("INBOX", uids, "Balie"), mailbox.move("INBOX", uids, "Balie")] == ["moved", "moved"]
        assert imap_server.messages("Balie") == [letter()]

    def test_moving_nothing_is_no_error(self, mailbox: Mailbox) -> None:
        """An empty batch asks nothing of the server."""
        assert mailbox.move("INBOX", [], "Balie") == "moved"

    def test_a_receipt_is_deleted_alone(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """What other people marked as deleted is theirs to expunge."""
        append_many(imap_server, [letter(1), letter(2), letter(3)])
        uids = mailbox.uids("INBOX").uids
        with imap_server.mail_program() as client:
            client.select_folder("INBOX")
            client.delete_messages([uids[0]])
        assert mailbox.delete("INBOX", uids[1]) is True
        assert imap_server.messages() == [letter(1), letter(3)]
        assert imap_server.flags() == [{b"\\Deleted"}, set()]

    def test_a_folder_that_is_numbered_anew_is_not_touched_unlisted(
        self, imap_server: MailServer, connect: Connect
    ) -> None:
        """After a change of UIDVALIDITY an old UID names another mail: it is left alone until the folder is listed."""
        with imap_server.mail_program() as client:
            client.create_folder("Bewijs")
        append_many(imap_server, [letter(1)], "Bewijs")
        mailbox = connect(imap_server.account())
        before = mailbox.uids("Bewijs")
        mailbox.uids("INBOX")
        with imap_server.mail_program() as client:
            client.delete_folder("Bewijs")
            client.create_folder("Bewijs")
        append_many(imap_server, [letter(2)], "Bewijs")
        for _ in range(2):
            with pytest.raises(Trouble, match="numbered anew"):
                mailbox.move("Bewijs", before.uids, "Balie")
        after = mailbox.uids("Bewijs")
        assert after.uidvalidity != before.uidvalidity
        assert imap_server.messages("Bewijs") == [letter(2)]
        assert mailbox.move("Bewijs", after.uids, "Balie") == "moved"
        assert imap_server.messages("Balie") == [letter(2)]


class TestPoorServers:
    """Servers that cannot do all that Dovecot can."""

    def test_without_move_mails_are_copied_and_expunged_by_uid(
        self, make_dovecot: Callable[..., Dovecot], connect: Connect
    ) -> None:
        """What other people marked as deleted stays."""
        server = make_dovecot(without=["MOVE"])
        append_many(server, [letter(1), letter(2), letter(3)])
        mailbox = connect(server.account())
        uids = mailbox.uids("INBOX").uids
        with server.mail_program() as client:
            client.select_folder("INBOX")
            client.delete_messages([uids[0]])
        assert mailbox.move("INBOX", uids[1:2], "Verwerkt/oosterdorp") == "moved"
        assert server.messages() == [letter(1), letter(3)]
        assert server.messages("Verwerkt/oosterdorp") == [letter(2)]

    def test_without_move_and_uidplus_a_mail_stays_and_is_marked(
        self, make_dovecot: Callable[..., Dovecot], connect: Connect
    ) -> None:
        """A plain EXPUNGE would destroy what others marked, so the mail is only given a keyword."""
        server = make_dovecot(without=["MOVE", "UIDPLUS"])
        server.append(letter())
        mailbox = connect(server.account())
        uids = mailbox.uids("INBOX").uids
        assert mailbox.move("INBOX", uids, "Verwerkt/oosterdorp") == "kept"
        assert (server.messages(), server.flags()) == ([letter()], [{b"$MailrouterFiled"}])

    def test_without_uidplus_nothing_is_deleted(self, make_dovecot: Callable[..., Dovecot], connect: Connect) -> None:
        """A receipt stays when it cannot be destroyed alone."""
        server = make_dovecot(without=["UIDPLUS"])
        server.append(letter())
        mailbox = connect(server.account())
        assert mailbox.delete("INBOX", mailbox.uids("INBOX").uids[0]) is False
        assert (server.messages(), server.flags()) == ([letter()], [set()])

    def test_separator_and_prefix_are_those_of_the_server(
        self, make_dovecot: Callable[..., Dovecot], connect: Connect
    ) -> None:
        """Where all folders lie below "INBOX." the names in our config stay as they are."""
        server = make_dovecot(separator=".", prefix="INBOX.")
        server.append(letter())
        mailbox = connect(server.account())
        assert mailbox.move("INBOX", mailbox.uids("INBOX").uids, "Verwerkt/oosterdorp") == "moved"
        assert [mailbox.ensure("Verwerkt/oosterdorp"), mailbox.ensure("INBOX/Balie")] == [False, True]
        assert {"INBOX.Verwerkt", "INBOX.Verwerkt.oosterdorp", "INBOX.Balie"} <= server.folders()
        assert len(mailbox.uids("Verwerkt/oosterdorp").uids) == 1

    def test_separator_is_found_without_namespaces(
        self, make_dovecot: Callable[..., Dovecot], connect: Connect
    ) -> None:
        """A server without NAMESPACE (RFC 2342) tells its separator in LIST."""
        server = make_dovecot(without=["NAMESPACE"], separator=".")
        assert connect(server.account()).ensure("Verwerkt/oosterdorp") is True
        assert {"Verwerkt", "Verwerkt.oosterdorp"} <= server.folders()


class TestSafety:
    """No credential leaves but over TLS to the server we mean."""

    @pytest.mark.parametrize("tls", ["implicit", "starttls"])
    def test_our_own_authority_is_accepted(
        self, make_dovecot: Callable[..., Dovecot], certificates: Certificates, connect: Connect, tls: str
    ) -> None:
        """With mailbox.ca_file a server with a certificate of the municipality itself is trusted."""
        server = make_dovecot(certificate=certificates.localhost)
        server.append(letter())
        port = server.tls_port if tls == "implicit" else server.port
        mailbox = connect(server.account(host="localhost", port=port, tls=tls), certificates.ca)
        assert [body for _, body in mailbox.fetch("INBOX", mailbox.uids("INBOX").uids)] == [letter()]

    @pytest.mark.parametrize("tls", ["implicit", "starttls"])
    @pytest.mark.parametrize("certificate", ["self_signed", "elsewhere", "localhost without ca_file"])
    def test_no_password_goes_to_a_server_that_is_not_vouched_for(
        self,
        make_dovecot: Callable[..., Dovecot],
        certificates: Certificates,
        connect: Connect,
        tls: str,
        certificate: str,
    ) -> None:
        """A self-signed certificate, one of another host, or of an unknown authority ends the connection."""
        server = make_dovecot(certificate=getattr(certificates, certificate.split()[0]))
        port = server.tls_port if tls == "implicit" else server.port
        ca_file = None if "without" in certificate else certificates.ca
        mailbox = connect(server.account(host="localhost", port=port, tls=tls), ca_file)
        with pytest.raises(Trouble, match="certificate verify failed"):
            mailbox.uids("INBOX")
        assert (server.logs("SSL_accept() failed"), "Login:" in server.log()) == (True, False)

    def test_a_ca_file_that_is_missing_is_named(self, connect: Connect, tmp_path: Path) -> None:
        """The reader of the log learns which setting is wrong."""
        account = Account(address="a@gemeente.example", host="localhost", user="a", password="b")
        with pytest.raises(Trouble, match=r"mailbox\.ca_file .*geen\.pem cannot be read"):
            connect(account, tmp_path / "geen.pem").uids("INBOX")

    def test_no_tls_is_for_this_machine_only(self, connect: Connect) -> None:
        """Another host is not even looked up without TLS."""
        account = Account(address="a@gemeente.example", host="imap.gemeente.example", user="a", tls="none")
        with pytest.raises(Trouble, match=r"mailbox\.tls is none"):
            connect(account).uids("INBOX")

    @pytest.mark.parametrize("greeting", ["* OK ready", "* PREAUTH welcome"])
    def test_starttls_is_never_downgraded(self, connect: Connect, greeting: str) -> None:
        """When somebody in between strips STARTTLS, the password stays here."""

        def script(conversation: Conversation) -> None:
            conversation.say(greeting)
            conversation.answer(capability=["* CAPABILITY IMAP4rev1 AUTH=PLAIN", "OK done"])

        with ScriptedServer(script) as server, pytest.raises(Trouble):
            connect(scripted_account(server, tls="starttls")).uids("INBOX")
        assert [line for line in server.heard if b"LOGIN" in line or b"AUTHENTICATE" in line] == []

    def test_a_wrong_password_is_refused_and_not_repeated(self, imap_server: MailServer, connect: Connect) -> None:
        """A refused login is told apart from a failing connection, and what is said holds no secret."""
        with pytest.raises(LoginRefused) as refusal:
            connect(imap_server.account(password="kanarie-4711")).uids("INBOX")
        assert "kanarie-4711" not in str(refusal.value)

    @pytest.mark.parametrize("password", [None, "", "molen\n"])
    def test_a_password_that_cannot_be_right_is_not_sent(
        self, imap_server: MailServer, connect: Connect, password: str | None
    ) -> None:
        """A missing password, or one with a line break from a file, is named as such."""
        with pytest.raises(LoginRefused, match=r"mailbox\.password is not set"):
            connect(imap_server.account(password=password)).uids("INBOX")

    def test_what_an_insolent_server_repeats_is_not_logged(self, connect: Connect) -> None:
        """A server that sends our command back does not get the password in our log."""

        def script(conversation: Conversation) -> None:
            conversation.say("* OK ready")
            conversation.answer(capability=["* CAPABILITY IMAP4rev1", "OK done"], login=['BAD what is "kanarie 4711"?'])

        with ScriptedServer(script) as server, pytest.raises(LoginRefused) as refusal:
            connect(scripted_account(server, password="kanarie 4711")).uids("INBOX")
        assert "kanarie" not in str(refusal.value)
        assert refusal.value.__suppress_context__ is True

    def test_login_quotes_user_and_password(self, connect: Connect) -> None:
        """Where the server offers no AUTH=PLAIN, LOGIN carries spaces and quotes (RFC 3501 §6.2.3)."""
        with ScriptedServer(mail_server(capability=["* CAPABILITY IMAP4rev1", "OK done"])) as server:
            mailbox = connect(scripted_account(server, user='dorps "raden', password='a"b c'))
            assert mailbox.uids("INBOX").uids == (7,)
        assert any(line.endswith(rb'LOGIN "dorps \"raden" "a\"b c"') for line in server.heard)


LISTENING = "* CAPABILITY IMAP4rev1 AUTH=PLAIN IDLE"
SELECTED = ["* 1 EXISTS", "* OK [UIDVALIDITY 5] numbering", "OK [READ-WRITE] selected"]


def scripted_account(server: ScriptedServer, **changes: str) -> Account:
    """The settings that reach a scripted server."""
    settings = {
        "address": "dorpsraden@gemeente.example",
        "host": "127.0.0.1",
        "port": server.port,
        "tls": "none",
        "user": "dorpsraden",
        "password": "molen",
        "connect_timeout": "5s",
        "timeout": "5s",
    }
    return Account.model_validate(settings | changes)


def mail_server(**answers: list[str]) -> Callable[[Conversation], None]:
    """A script with one mail in the inbox, UID 7; `answers` replaces what it says to a command."""

    def script(conversation: Conversation) -> None:
        conversation.say("* OK ready")
        usual = {
            "capability": ["* CAPABILITY IMAP4rev1", "OK done"],
            "list": ['* LIST (\\Noselect) "/" ""', "OK done"],
            "select": SELECTED,
            "examine": SELECTED,
            "search": ["* SEARCH 7", "OK done"],
        }
        conversation.answer(**usual | answers)

    return script


class TestTrouble:
    """Servers that fail, and say so or not."""

    def test_a_broken_connection_is_made_anew(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """After Trouble the next question is answered over a new connection, about the same mail."""
        imap_server.append(letter())
        before = mailbox.uids("INBOX")
        imap_server.kick()
        with pytest.raises(Trouble):
            mailbox.uids("INBOX")
        assert mailbox.uids("INBOX") == before

    def test_a_server_that_comes_back_is_used_again(self, imap_server: MailServer, mailbox: Mailbox) -> None:
        """A restart of the server costs a connection and nothing else."""
        imap_server.append(letter())
        uids = mailbox.uids("INBOX").uids
        imap_server.restart()
        with pytest.raises(Trouble):
            mailbox.move("INBOX", uids, "Balie")
        assert mailbox.move("INBOX", uids, "Balie") == "moved"
        assert (imap_server.messages(), imap_server.messages("Balie")) == ([], [letter()])

    def test_a_server_that_is_away_is_trouble(self, imap_server: MailServer, connect: Connect) -> None:
        """Nobody at the port: Trouble, not something else."""
        imap_server.stop()
        with pytest.raises(Trouble, match="not connected"):
            connect(imap_server.account(connect_timeout="0.5s")).uids("INBOX")

    def test_a_folder_that_does_not_exist_is_trouble(self, mailbox: Mailbox) -> None:
        """The folder is named in what is said."""
        with pytest.raises(Trouble, match="looking in Nergens"):
            mailbox.uids("Nergens")

    @pytest.mark.parametrize("silent", ["capability", "login", "select", "search"])
    def test_a_server_that_falls_silent_times_out(self, connect: Connect, silent: str) -> None:
        """A half-open connection ends after mailbox.timeout, whatever was asked last."""
        with ScriptedServer(mail_server(**{silent: []})) as server:
            account = scripted_account(server, connect_timeout="0.2s", timeout="0.2s")
            with pytest.raises(Trouble, match="no answer in time"):
                connect(account).uids("INBOX")

    def test_a_server_that_does_not_even_greet_times_out(self, connect: Connect) -> None:
        """The first word must come within mailbox.connect_timeout."""
        with (
            ScriptedServer(lambda conversation: conversation.answer()) as server,
            pytest.raises(Trouble, match="no answer in time"),
        ):
            connect(scripted_account(server, connect_timeout="0.2s")).uids("INBOX")

    @pytest.mark.parametrize(
        ("command", "lines"),
        [
            ("select", ["* BYE shutting down", ""]),
            ("select", ["NO [UNAVAILABLE] try later"]),
            ("select", ["* 1 EXISTS", "OK [READ-WRITE] but no UIDVALIDITY"]),
            ("select", ["* 1 EXISTS", "* OK [UIDVALIDITY 5] numbering", "OK [READ-ONLY] look only"]),
            ("search", ["* SEARCH seven", "OK done"]),
            ("search", ["BAD what?"]),
            ("search", ["nonsense", "OK done"]),
            ("search", ["* SEARCH " + "1" * 1_000_001, "OK done"]),
            ("fetch", ["* 1 FETCH (UID 7 BODY[] {3}", "hallo)", "OK done"]),
            ("fetch", ["* 1 FETCH (UID 7 BODY[]", "OK done"]),
            ("fetch", ["* 1 FETCH (UID 7 BODY[] {99999999999999999999}", "x)", "OK done"]),
        ],
    )
    def test_whatever_a_server_says_is_an_answer_or_trouble(
        self, connect: Connect, command: str, lines: list[str]
    ) -> None:
        """No nonsense of a server becomes another exception."""
        with ScriptedServer(mail_server(**{command: lines})) as server:
            mailbox = connect(scripted_account(server, timeout="0.5s"))
            with pytest.raises(Trouble):
                list(mailbox.fetch("INBOX", mailbox.uids("INBOX").uids))

    def test_a_server_that_cannot_check_passwords_now_does_not_refuse_them(self, connect: Connect) -> None:
        """NO [UNAVAILABLE] (RFC 5530 §3) is worth a new try soon."""
        with (
            ScriptedServer(mail_server(login=["NO [UNAVAILABLE] no answer from the directory"])) as server,
            pytest.raises(Trouble) as trouble,
        ):
            connect(scripted_account(server)).uids("INBOX")
        assert type(trouble.value) is Trouble

    def test_a_body_that_is_nil_is_passed_over(self, connect: Connect) -> None:
        """NIL is what some servers say of a mail they cannot read."""
        with ScriptedServer(mail_server(fetch=["* 1 FETCH (UID 7 BODY[] NIL)", "OK done"])) as server:
            assert list(connect(scripted_account(server)).fetch("INBOX", [7])) == []

    def test_news_of_flags_is_no_mail(self, connect: Connect) -> None:
        """A FETCH we did not ask for, with flags only, is not taken for a listed message."""
        with ScriptedServer(mail_server(fetch=["* 7 FETCH (FLAGS (\\Seen))", "OK done"])) as server:
            mailbox = connect(scripted_account(server))
            assert (list(mailbox.list("INBOX", [7])), list(mailbox.fetch("INBOX", [7]))) == ([], [])

    def test_an_unreadable_date_counts_as_now(self, connect: Connect) -> None:
        """Such a mail is new rather than older than mailbox.since."""
        header = "BODY[HEADER.FIELDS (FROM)] {2}"
        answer = [f'* 1 FETCH (UID 7 RFC822.SIZE 10 INTERNALDATE "gisteren" {header}', "\r\n)", "OK done"]
        with ScriptedServer(mail_server(fetch=answer)) as server:
            before = datetime.now(UTC)
            (item,) = connect(scripted_account(server)).list("INBOX", [7])
        assert before <= item.received <= datetime.now(UTC)

    def test_a_keyword_that_is_refused_changes_nothing(self, connect: Connect) -> None:
        """The mark on a mail that must stay is a courtesy: without it the mail is kept as well."""
        with ScriptedServer(mail_server(store=["NO no keywords here"])) as server:
            mailbox = connect(scripted_account(server))
            assert mailbox.move("INBOX", [7], "Balie") == "kept"

    def test_a_move_that_is_refused_says_so(self, connect: Connect) -> None:
        """Over quota, say: the mail stays, the router hears of it, and the connection is as good as before."""
        answers = {
            "capability": ["* CAPABILITY IMAP4rev1 MOVE", "OK done"],
            "list": ['* LIST () "/" "Balie"', "OK done"],
            "move": ["NO [OVERQUOTA] full"],
        }
        with ScriptedServer(mail_server(**answers)) as server:
            mailbox = connect(scripted_account(server))
            for _ in range(2):
                with pytest.raises(Refused, match=r"moving 1 mails from INBOX to Balie.*OVERQUOTA"):
                    mailbox.move("INBOX", [7], "Balie")
        assert server.connections == 1


class TestWaker:
    """IDLE wakes the poller, and that is all it does."""

    def test_new_mail_wakes(self, imap_server: MailServer, start_waker: StartWaker) -> None:
        """When IDLE begins, and at every arrival after it."""
        _, woken = start_waker(imap_server.account())
        assert await_wake(woken) is True
        for number in range(3):
            imap_server.append(letter(number))
            assert await_wake(woken) is True
        assert imap_server.flags() == [set(), set(), set()]

    def test_a_broken_connection_is_made_anew(self, imap_server: MailServer, start_waker: StartWaker) -> None:
        """After the server hung up the waker calls, connects again, calls once more, and hears new mail."""
        _, woken = start_waker(imap_server.account())
        assert await_wake(woken) is True
        imap_server.kick()
        assert [await_wake(woken), await_wake(woken)] == [True, True]
        imap_server.append(letter())
        assert await_wake(woken) is True

    def test_a_server_that_comes_back_is_heard_again(self, dovecot: Dovecot, start_waker: StartWaker) -> None:
        """A waker outlives a restart of the server."""
        _, woken = start_waker(dovecot.account())
        assert await_wake(woken) is True
        dovecot.restart()
        assert [await_wake(woken), await_wake(woken)] == [True, True]
        dovecot.append(letter())
        assert await_wake(woken) is True

    def test_idle_works_over_tls(
        self, make_dovecot: Callable[..., Dovecot], certificates: Certificates, start_waker: StartWaker
    ) -> None:
        """News inside TLS records is news too."""
        server = make_dovecot(certificate=certificates.localhost)
        woken = threading.Event()
        account = server.account(host="localhost", port=server.tls_port, tls="implicit")
        waker = Waker(Door(account, certificates.ca), woken.set)
        waker.start()
        assert await_wake(woken) is True
        server.append(letter())
        assert await_wake(woken) is True
        waker.stop()
        waker.join(10)
        assert waker.is_alive() is False

    def test_without_idle_the_thread_ends(self, make_dovecot: Callable[..., Dovecot], start_waker: StartWaker) -> None:
        """Polling then does the work alone."""
        waker, woken = start_waker(make_dovecot(without=["IDLE"]).account())
        waker.join(10)
        assert (waker.is_alive(), woken.is_set()) == (False, False)

    def test_stop_ends_it(self, imap_server: MailServer, start_waker: StartWaker) -> None:
        """A waker in IDLE stops when it is told to."""
        waker, woken = start_waker(imap_server.account())
        assert await_wake(woken) is True
        waker.stop()
        waker.join(10)
        assert waker.is_alive() is False

    def test_a_connection_that_died_in_silence_is_found_out(
        self, start_waker: StartWaker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At the end of a slice of IDLE the server must answer; else the waker connects again."""
        monkeypatch.setattr(waker_module, "_SLICE", 0.1)

        def script(conversation: Conversation) -> None:
            conversation.say("* OK ready")
            mute = {"capability": [LISTENING, "OK done"], "login": ["OK done"], "examine": SELECTED}
            while True:
                tag, name, *_ = conversation.hear().decode().split()
                if name == "AUTHENTICATE":
                    conversation.say("+ ")
                    conversation.hear()
                if name == "IDLE":
                    conversation.say("+ idling")
                    while conversation.hear():
                        pass
                conversation.say(*mute.get(name.lower(), [])[:-1], f"{tag} OK done")

        with ScriptedServer(script) as server:
            _, woken = start_waker(scripted_account(server, timeout="0.2s"))
            assert [await_wake(woken) for _ in range(3)] == [True] * 3
            assert server.connections >= 2

    def test_knocking_is_left_to_the_poller(self, start_waker: StartWaker) -> None:
        """After a break the waker calls, and connects again when the server has answered the poller, not before."""
        with ScriptedServer(lambda conversation: conversation.say("* BYE not now")) as server:
            door, woken = Door(scripted_account(server)), threading.Event()
            waker = Waker(door, woken.set)
            waker.start()
            assert await_wake(woken) is True
            assert woken.wait(0.5) is False
            assert server.connections == 1
            door.heard(time.monotonic())
            assert await_wake(woken) is True
            assert server.connections == 2
            waker.stop()
            waker.join(10)


class TestTheDoor:
    """One way in for all connections of the process."""

    def test_a_refused_login_is_not_hammered(self, dovecot: Dovecot) -> None:
        """Whoever asks, the server hears of it once in five minutes, so that no account is locked."""
        now = 0.0
        door = Door(dovecot.account(password="verkeerd"), clock=lambda: now)
        for moment, tries in ((0.0, 1), (1.0, 1), (299.0, 1), (301.0, 2)):
            now = moment
            with pytest.raises(LoginRefused):
                door.connect()
            wait_until(lambda n=tries: dovecot.log().count("auth failed") >= n, "the refusal in Dovecot's log")
            assert dovecot.log().count("auth failed") == tries


class TestPatience:
    """A server that is never silent and never ready."""

    def test_an_answer_that_drips(self, dovecot: Dovecot, connect: Connect) -> None:
        """An octet at a time is given up after mailbox.timeout, though it is never silent for so long."""
        with before(dovecot) as proxy:
            mailbox = connect(dovecot.account(port=proxy.port, timeout="1s"))
            mailbox.uids("INBOX")
            proxy.drip = 0.1
            with pytest.raises(Trouble, match="comes too slowly"):
                mailbox.uids("INBOX")

    def test_inside_tls(
        self, make_dovecot: Callable[..., Dovecot], certificates: Certificates, connect: Connect
    ) -> None:
        """The same inside TLS, after STARTTLS too."""
        server = make_dovecot(certificate=certificates.localhost)
        for tls, port in (("starttls", server.port), ("implicit", server.tls_port)):
            with before(server, port) as proxy:
                account = server.account(host="localhost", port=proxy.port, tls=tls, timeout="1s")
                mailbox = connect(account, certificates.ca)
                mailbox.uids("INBOX")
                proxy.drip = 0.1
                with pytest.raises(Trouble, match=r"comes too slowly|no answer in time"):
                    mailbox.uids("INBOX")


class TestSuspects:
    """A mail over which the connection breaks each time."""

    def test_it_is_found_out_and_passed_over(self) -> None:
        """All of its batch are suspected at first and read one by one; it rests longer each time, and may come back."""
        now, reading = 0.0, Reading("INBOX", 1, "BODY.PEEK[]")
        suspects = Suspects(lambda: now)

        def turns() -> list[list[int]]:
            return [[*some] for some in suspects.in_turn(reading, [1, 2, 3], 50)]

        assert turns() == [[1, 2, 3]]
        assert suspects.broke(reading, [1, 2, 3]) == 0.0
        assert turns() == [[1], [2], [3]]
        suspects.came(reading, [1])
        assert suspects.broke(reading, [2]) == 60.0
        suspects.came(reading, [3])
        assert turns() == [[1, 3]]
        now = 60.0
        assert turns() == [[1, 3], [2]]
        assert [suspects.broke(reading, [2]) for _ in range(4)] == [240.0, 960.0, 3600.0, 3600.0]
        now += 3600.0
        assert turns() == [[1, 3], [2]]
        suspects.came(reading, [2])
        assert turns() == [[1, 2, 3]]

    def test_another_numbering_is_another_mail(self) -> None:
        """A suspicion goes with the number it was about."""
        suspects = Suspects()
        suspects.broke(Reading("INBOX", 1, "BODY.PEEK[]"), [7])
        suspects.broke(Reading("INBOX", 1, "BODY.PEEK[]"), [7])
        assert [*suspects.in_turn(Reading("INBOX", 2, "BODY.PEEK[]"), [7], 50)] == [[7]]

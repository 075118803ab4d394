"""Logging in with tokens: a token service, a Dovecot and a relay on this machine that know what a token is worth."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography import x509
from pydantic import SecretStr

from mailrouter.core.model import Letter, Outcome
from mailrouter.core.settings import Delivery, OAuth
from mailrouter.core.settings import Mailbox as Account
from mailrouter.imap import LoginRefused, Mailbox, Trouble, Waker
from mailrouter.smtp import Relay
from mailrouter.tokens import NoToken, TokenRefused, Tokens, expires
from mailrouter.tokens import TokenService as Client
from tests.wire.certificates import Certificates
from tests.wire.dovecot import Dovecot
from tests.wire.scripted import Conversation, ScriptedServer
from tests.wire.sink import MisbehavingSink, server_context
from tests.wire.tokens import CLIENT, SCOPE, SECRET, TokenService, refusal

pytestmark = pytest.mark.wire

OFFICIAL = "ambassadeur@gemeente.example"
SENDER = "dorpsraden@gemeente.example"

MakeTokens = Callable[..., TokenService]
MakeDovecot = Callable[..., Dovecot]
MakeSink = Callable[..., MisbehavingSink]


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Books:
    """The ledger of one letter."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def content(self, letter: Letter) -> bytes:
        return b"From: %s\r\nMessage-ID: <%s@gemeente.example>\r\n\r\nDag\r\n" % (SENDER.encode(), letter.id.encode())

    def sending(self, _letter: Letter, _receipt: bool | None) -> bool:
        return True

    def settle(self, _letter: Letter, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def put_back(self, _letter: Letter) -> None:
        pass


class Place:
    """A token service, a mailbox and a relay that take its tokens, and us."""

    def __init__(
        self, service: TokenService, server: Dovecot, sink: MisbehavingSink, certificates: Certificates
    ) -> None:
        self.service, self.server, self.sink, self.ca = service, server, sink, certificates.ca
        self.clock = Clock()
        self.tokens = Tokens(Client(service.settings(), self.ca), clock=self.clock)
        account = server.account(host="localhost", port=server.tls_port, tls="implicit", login="oauth", password=None)
        self.mailbox = Mailbox(account, self.ca, self.tokens)
        self.mailbox.door._clock = self.clock
        delivery = Delivery(host="localhost", port=sink.port, user=server.user, login="oauth", connections=1, rate=0)
        self.relay = Relay(delivery, SENDER, None, self.ca, self.tokens)

    def send(self) -> Outcome:
        """Send a letter over a new connection."""
        books = Books()
        self.relay.rest()
        self.relay.send_all([Letter("ab" * 16, 1, OFFICIAL, 0, 0)], books)
        return books.outcomes[-1]

    def look(self) -> int:
        """Read the mailbox over a new connection."""
        self.mailbox.close()
        return len(self.mailbox.uids("INBOX").uids)

    def close(self) -> None:
        self.mailbox.close()
        self.relay.close()


@pytest.fixture
def make_place(
    make_tokens: MakeTokens, make_dovecot: MakeDovecot, make_sink: MakeSink, certificates: Certificates
) -> Iterator[Callable[..., Place]]:
    made: list[Place] = []

    def make(mechanism: str = "XOAUTH2") -> Place:
        service = make_tokens()
        server = make_dovecot(
            certificate=certificates.localhost, tokens=service.introspection, mechanisms=mechanism.lower()
        )
        sink = make_sink(
            starttls=server_context(certificates.localhost), login_required=True, knows=service.good,
            mechanisms=(mechanism,),
        )  # fmt: skip
        made.append(Place(service, server, sink, certificates))
        return made[-1]

    yield make
    for place in made:
        place.close()


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place()


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_one_token_opens_mailbox_and_relay(make_place: Callable[..., Place], mechanism: str) -> None:
    """Both servers take the token, by whichever mechanism they offer, and it is asked for once."""
    place = make_place(mechanism)
    place.server.append(b"Subject: dag\r\n\r\nDag\r\n")
    assert (place.look(), place.send().state) == (1, "sent")
    assert [{"grant_type", "client_id", "client_secret", "scope"}] == [set(form) for form in place.service.asked]


def test_all_connections_share_one_token(place: Place) -> None:
    """The waker and eight threads that ask at once are given the same token, which is asked for once."""
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(place.tokens.get())) for _ in range(8)]
    woken = threading.Event()
    waker = Waker(place.mailbox.door, woken.set)
    for thread in (*threads, waker):
        thread.start()
    assert woken.wait(20)
    waker.stop()
    for thread in (*threads, waker):
        thread.join()
    assert (1, 8, 1) == (len(set(got)), len(got), len(place.service.asked))


def test_a_token_is_renewed_five_minutes_before_its_end(place: Place) -> None:
    """While we run a new one is got in time; connections that are open stay open."""
    place.look()
    place.clock.now += 3600 - 301
    place.look()
    assert 1 == len(place.service.asked)
    place.clock.now += 2
    assert (0, "sent", 2) == (place.look(), place.send().state, len(place.service.asked))


def test_a_short_token_is_renewed_at_half_its_time(place: Place) -> None:
    """A service that gives tokens for a minute is not asked at every login."""
    place.service.lifetime = 60
    place.look()
    place.clock.now += 29
    place.look()
    place.clock.now += 2
    place.look()
    assert 2 == len(place.service.asked)


@pytest.mark.parametrize("end", ["ended early", "wrong audience"])
def test_a_token_that_is_not_taken_is_tried_once_in_five_minutes(place: Place, end: str) -> None:
    """A token that ended early, or is for another server: we say what to do, and let the servers be."""
    if end == "ended early":
        place.service.holds = 0.0
    else:
        place.service.scope = "https://iets.example/.default"
    with pytest.raises(LoginRefused) as refused:
        place.look()
    assert "refuses the token for mailbox.user. Does the application have IMAP.AccessAsApp" in str(refused.value)
    outcome = place.send()
    assert ("later", "host", True) == (outcome.state, outcome.scope, place.relay.pause_left() > 200)
    assert outcome.reply.startswith("login refused: 5.7.3 Authentication unsuccessful. Does the application have")
    with pytest.raises(LoginRefused, match="Not tried again for 300 s"):
        place.look()
    assert (1, True) == (place.sink.logins, place.server.logs("imap-login: "))
    place.service.scope, place.service.holds = SCOPE, None
    place.clock.now += 301
    assert 0 == place.look()


def test_after_a_token_was_revoked_comes_a_new_one(place: Place) -> None:
    """The server that refuses it is left alone for five minutes; all others are shown a new one at once."""
    assert (0, "sent") == (place.look(), place.send().state)
    place.service.revoke()
    with pytest.raises(LoginRefused, match="refuses the token"):
        place.look()
    assert ("sent", 2) == (place.send().state, len(place.service.asked))
    place.clock.now += 301
    assert (0, 2) == (place.look(), len(place.service.asked))


def test_while_the_service_is_away_a_token_is_used_to_its_end(place: Place) -> None:
    """Five minutes are enough for a service to come back; without any token we wait, but not as after a refusal."""
    place.look()
    place.service.stop()
    place.clock.now += 3600 - 100
    assert (0, "sent") == (place.look(), place.send().state)
    place.clock.now += 101
    with pytest.raises(Trouble, match=r"no token came from localhost:\d+: .*Connection refused") as trouble:
        place.look()
    assert not isinstance(trouble.value, LoginRefused)
    assert ("later", True) == (place.send().state, 0 < place.relay.pause_left() < 10)
    place.service.start()
    assert 0 == place.look()


@pytest.mark.parametrize("ahead", [-7200.0, 7200.0])
def test_a_clock_that_is_off_harms_no_token(place: Place, ahead: float) -> None:
    """Tokens live by their length, not by anybody's clock; how far ours is off is known."""
    place.service.ahead = ahead
    assert (0, "sent") == (place.look(), place.send().state)
    assert place.tokens.ahead is not None
    assert abs(place.tokens.ahead + ahead) < 5


# Asking for a token


def ask(service: TokenService, certificates: Certificates, **settings: Any) -> str:
    return Tokens(Client(service.settings(**settings), certificates.ca)).get()


CODES = {
    "7000215": "Copy the value of the secret", "7000222": "The client secret has expired", "700016": "oauth.client_id",
    "90002": "oauth.tenant", "50034": "mailbox.user", "700027": "Upload the one", "65001": "grant admin consent",
    "500011": "oauth.scope", "700024": "the clock of this machine", "53003": "conditional access",
    "7000112": "switched off", "7000218": "asks for a secret or certificate",
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_every_error_of_the_service_says_what_to_do(
    make_tokens: MakeTokens, certificates: Certificates, code: str
) -> None:
    """What the service answers, and what a person can do about it; it is not asked again for five minutes."""
    service, clock = make_tokens(), Clock()
    service.answer = refusal("invalid_client", f"AADSTS{code}: what was wrong.")
    tokens = Tokens(Client(service.settings(), certificates.ca), clock=clock)
    with pytest.raises(TokenRefused) as refused:
        tokens.get()
    assert (f"AADSTS{code}" in str(refused.value), CODES[code] in str(refused.value)) == (True, True)
    assert "Trace ID" not in str(refused.value)
    with pytest.raises(TokenRefused, match="Not asked again for 300 s"):
        tokens.get()
    service.answer, clock.now = None, clock.now + 301
    assert (tokens.get() != "", 2) == (True, len(service.asked))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((503, "<html>busy</html>"), "it answered 503"),
        ((429, {"error": "temporarily_unavailable"}), "it answered 429"),
        ((200, "niets"), "answered nonsense for a token"),
        ((200, {"access_token": "a\r\nb"}), "answered nonsense for a token"),
        ((200, {"access_token": "a b"}), "answered nonsense for a token"),
        ((404, "no such page"), "it answered 404"),
    ],
)
def test_nonsense_is_no_refusal(make_tokens: MakeTokens, certificates: Certificates, answer: Any, said: str) -> None:
    """A service that is busy, or is no token service, is asked again soon."""
    service = make_tokens()
    service.answer = answer
    with pytest.raises(NoToken, match=said) as trouble:
        ask(service, certificates)
    assert not isinstance(trouble.value, TokenRefused)


def test_a_redirect_is_not_followed(make_tokens: MakeTokens, certificates: Certificates) -> None:
    """Our secret goes where it is sent to and nowhere else."""
    service, other = make_tokens(), make_tokens()
    service.answer, service.headers = (307, ""), {"Location": other.url}
    with pytest.raises(NoToken, match="it answered 307"):
        ask(service, certificates)
    assert (1, b"") == (len(service.asked), bytes(other.heard))


@pytest.mark.parametrize("shown", ["self_signed", "elsewhere", "expired", "unknown"])
def test_an_untrusted_service_hears_no_secret(make_tokens: MakeTokens, certificates: Certificates, shown: str) -> None:
    """The secret leaves only over TLS to the service that we mean."""
    made = {"expired": lambda: certificates.lasting("expired", -1), "unknown": lambda: certificates.localhost}
    service = make_tokens(certificate=made[shown]() if shown in made else getattr(certificates, shown))
    ca_file = None if shown == "unknown" else certificates.ca
    with pytest.raises(NoToken, match="certificate verify failed"):
        Tokens(Client(service.settings(), ca_file)).get()
    assert b"" == bytes(service.heard)


def test_plain_http_is_for_this_machine(make_tokens: MakeTokens, certificates: Certificates) -> None:
    """Elsewhere the secret is not sent without TLS."""
    service = make_tokens(certificate=None)
    assert ask(service, certificates)
    with pytest.raises(TokenRefused, match="no https address"):
        ask(service, certificates, token_url="http://token.example/t")


def test_neither_secret_nor_token_shows(make_tokens: MakeTokens, certificates: Certificates) -> None:
    """No repr and no message holds a secret, also when the service repeats it."""
    service = make_tokens()
    client = Client(service.settings(), certificates.ca)
    tokens = Tokens(client)
    token = tokens.get()
    service.answer = refusal("invalid_client", f"not with {SECRET}")
    with pytest.raises(TokenRefused) as refused:
        ask(service, certificates)
    shown = repr([vars(tokens), vars(client), tokens, client, refused.value, vars(refused.value)])
    assert (SECRET in shown, token in shown, "not with ***" in shown) == (False, False, True)


def test_a_secret_that_is_missing_is_said(make_tokens: MakeTokens, certificates: Certificates) -> None:
    """Without a secret nothing is asked, and the reader knows where it belongs."""
    service = make_tokens()
    with pytest.raises(TokenRefused, match=r"neither oauth\.client_secret is set .*secrets folder"):
        ask(service, certificates, client_secret=None)
    assert [] == service.asked


# A certificate instead of a secret


def test_a_certificate_takes_the_place_of_a_secret(make_tokens: MakeTokens, certificates: Certificates) -> None:
    """The service gets a statement signed with our key (PS256), for it alone and for ten minutes."""
    service, ours = make_tokens(), certificates.rsa("app")
    public = x509.load_pem_x509_certificate(ours.certificate.read_bytes()).public_key()
    seen: list[dict[str, Any]] = []

    def trusts(statement: str) -> bool:
        url = service.url.replace("{tenant}", "tenant-voorbeeld")
        seen.append(jwt.decode(statement, public, ["PS256"], audience=url, issuer=CLIENT))
        return "x5t#S256" in jwt.get_unverified_header(statement)

    service.trusts = trusts
    settings = service.settings(client_secret=None, private_key=ours.key.read_text())
    client = Client(settings, certificates.ca, ours.certificate)
    assert Tokens(client).get()
    assert (CLIENT, 600) == (seen[0]["sub"], seen[0]["exp"] - seen[0]["nbf"])
    assert "client_secret" not in service.asked[0]
    assert "PRIVATE KEY" not in repr(vars(client))


@pytest.mark.parametrize(("key", "said"), [("other", "is not the key of"), ("none", "is no unencrypted key")])
def test_a_key_that_does_not_fit_is_said(
    make_tokens: MakeTokens, certificates: Certificates, key: str, said: str
) -> None:
    """A key of another certificate, or no key, is found before anything is sent."""
    service, ours = make_tokens(), certificates.rsa("app")
    text = certificates.rsa("other").key.read_text() if key == "other" else "geen sleutel"
    settings = service.settings(client_secret=None, private_key=text)
    with pytest.raises(TokenRefused, match=said):
        Tokens(Client(settings, certificates.ca, ours.certificate)).get()
    assert [] == service.asked


def test_when_our_credential_ends_is_known(certificates: Certificates) -> None:
    """From the certificate itself, or from the day in the config."""
    ends = expires(OAuth(), certificates.rsa("app", days=40).certificate)
    assert ends is not None
    assert abs((ends - datetime.now(UTC)) - timedelta(days=40)) < timedelta(hours=1)
    assert datetime(2027, 5, 1, tzinfo=UTC) == expires(OAuth.model_validate({"secret_expires": "2027-05-01"}), None)
    assert (None, None) == (expires(OAuth(), None), expires(OAuth(), certificates.ca.with_suffix(".key")))


# What Exchange Online says and a server here does not


def test_a_mailbox_that_we_may_not_open(make_tokens: MakeTokens, certificates: Certificates) -> None:
    """Exchange Online takes the token and refuses the mailbox afterwards: as good as a refused login."""

    def script(client: Conversation) -> None:
        client.say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] ready")
        while words := client.hear().decode().split():
            tag, name = words[0], words[1].upper()
            if name == "AUTHENTICATE":
                client.say("+ ")
                client.hear()
                client.say(f"{tag} OK AUTHENTICATE completed.")
            elif name == "CAPABILITY":
                client.say("* CAPABILITY IMAP4rev1 AUTH=XOAUTH2", f"{tag} OK done")
            else:
                client.say(f"{tag} BAD User is authenticated but not connected.")

    service = make_tokens()
    with ScriptedServer(script) as server:
        account = Account(address=SENDER, host="127.0.0.1", port=server.port, tls="none", user=SENDER, login="oauth")
        mailbox = Mailbox(account, None, Tokens(Client(service.settings(), certificates.ca)))
        with pytest.raises(LoginRefused, match="Add-MailboxPermission"):
            mailbox.uids("INBOX")
        with pytest.raises(LoginRefused, match="Not tried again"):
            mailbox.uids("INBOX")
        assert 1 == server.connections
        mailbox.close()


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", "Set-CASM"),
        ("535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", "delivery.login: oauth"),
        ("535 5.7.3 Authentication unsuccessful [AM0PR01CA0091.eurprd01.prod.exchangelabs.com]", "SMTP.SendAsApp"),
    ],
)
def test_what_the_relay_says_of_our_login(place: Place, reply: str, said: str) -> None:
    """The refusals of Exchange Online, each with what to do."""
    place.service.scope = "iets anders"
    place.sink.answer("login", reply)
    assert said in place.send().reply


def test_a_server_that_takes_no_tokens(
    make_sink: MakeSink, make_tokens: MakeTokens, certificates: Certificates
) -> None:
    """A relay that offers passwords alone is not told a token."""
    service = make_tokens()
    sink = make_sink(starttls=server_context(certificates.localhost), login_required=True)
    delivery = Delivery(host="localhost", port=sink.port, user="a", login="oauth", password=SecretStr("b"), rate=0)
    relay = Relay(delivery, SENDER, None, certificates.ca, Tokens(Client(service.settings(), certificates.ca)))
    told = relay.probe()
    relay.close()
    assert told == (
        "the relay offers neither XOAUTH2 nor OAUTHBEARER. This server takes no tokens. Set login: password, or have "
        "OAuth switched on there."
    )
    assert (b"AUTH" in sink.heard, []) == (False, service.asked)

"""Nothing of a mail gets through to a header, a letter, a log line or a screen but words."""

import base64
import io
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from mailrouter import logs
from mailrouter.cage import Cage, Escape
from mailrouter.cli import screens
from mailrouter.core.model import Understanding
from mailrouter.core.routing import Routing
from mailrouter.core.settings import Limits
from mailrouter.core.understand import Job, understand
from mailrouter.core.writing.letter import header_block
from mailrouter.core.writing.wire import check
from tests.core.letters import FROZEN, TEMPLATES, TOKEN, body, read
from tests.core.routings import routing

TABLE = routing(templates=TEMPLATES)
COUNCIL = "s@dorpsraad-oosterdorp.example"
NOW = datetime(2026, 9, 14, 9, tzinfo=UTC)
DIRTY = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0001-\U000e007f]"
)
HEADERS = [
    "auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "references", "reply-to", "subject",
    "to", "x-auto-response-suppress", "x-mailrouter-letter",
]  # fmt: skip
TAGS = {"a", "div", "em", "ol",
    "html", "head", "meta", "title", "style", "body", "table", "tbody", "tr", "td", "p", "br", "h1", "h2", "strong",
    "ul", "li", "code",
}  # fmt: skip

_CHARACTERS = (
    "aé<>&\"'{}%=?;:,()@. \r\n\t\x00\x07\x1b\x85\x9b\u2028\u202e\u2066\u200b\u200d\ufeff\u00ad\u061c\U000e0041"
)
_TRICKS = [
    "\r\nBcc: x@kwaad.example\r\n", "\r\n.\r\n", "\n.\n", "\r.\r", "<script>a()</script>",
    "<b onclick=a()>", "{{ 7*7 }}",
]  # fmt: skip
nasty = st.lists(
    st.sampled_from([*_CHARACTERS, *_TRICKS]) | st.characters(codec="utf-8"), max_size=30
).map("".join)  # fmt: skip


def encoded(text: str) -> bytes:
    """Text as one encoded word, whatever is in it (RFC 2047)."""
    return b"=?utf-8?B?" + base64.b64encode(text.encode()) + b"?="


def mail(subject: str, name: str, file: str, place: str, text: str, sender: str) -> bytes:
    """A mail with all of these as its sender can write them: encoded, so that any character gets in."""
    event = f"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nDTSTART:20261005T180000Z\nLOCATION:{place}\nEND:VEVENT\n"
    named = b"filename*=utf-8''" + quote(file).encode()
    in_base64 = b"Content-Transfer-Encoding: base64\r\n"
    parts = (
        b"Content-Type: text/plain; charset=utf-8\r\n%b\r\n%b" % (in_base64, base64.b64encode(text.encode())),
        b"Content-Type: text/calendar; charset=utf-8\r\n%b\r\n%b" % (in_base64, base64.b64encode(event.encode())),
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment; %b\r\n\r\n%%PDF" % named,
    )
    head = b"From: %b <%b>\r\nSubject: %b\r\n" % (encoded(name), sender.encode(), encoded(subject))
    head += b"Message-ID: <1@x.example>\r\nContent-Type: multipart/mixed; boundary=grens\r\n\r\n"
    return head + b"".join(b"--grens\r\n" + part + b"\r\n" for part in parts) + b"--grens--\r\n"


def sent(raw: bytes) -> tuple[Understanding, bytes]:
    """What was understood of a mail, and its letter as it goes over the wire."""
    told = understand(Job(raw, len(raw), NOW), TABLE)
    assert told.draft is not None
    head = header_block(told.draft, "Anna Veldzicht", "a.veldzicht@gemeente.example", TOKEN, "gemeente.example", FROZEN)
    return told, head + told.draft.content(raw)


def strings(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for part in pair for text in strings(part))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in strings(item))


@given(nasty, nasty, nasty, nasty, nasty, st.sampled_from([COUNCIL, "s@elders.example"]))
@settings(max_examples=100)
def test_a_letter_is_what_we_wrote(subject: str, name: str, file: str, place: str, text: str, sender: str) -> None:
    """To officials or to the desk: our headers once each, no sloppy line ends, no markup but ours, clean words."""
    told, wire = sent(mail(subject, name, file, place, text, sender))
    check(wire)
    message = read(wire)
    assert sorted(key.lower() for key in message) == HEADERS
    page = LexborHTMLParser(body(message, "html"))
    assert {node.tag for node in page.css("*")} <= TAGS
    attributes = {key for node in page.css("*") for key in node.attributes}
    assert [key for key in attributes if key.startswith("on") or key == "src"] == []
    assert all((node.attributes["href"] or "").startswith("mailto:") for node in page.css("a"))
    names = [part.get_filename() or "" for part in message.iter_attachments()]
    for said in (*map(str, message.values()), *names, body(message), page.text(), *strings(told.explanation)):
        assert not DIRTY.search(said)
    told_of_mail = told.explanation["mail"] | {"text": ""}
    assert not any("\n" in said for said in strings({**told.explanation, "mail": told_of_mail}))


def test_a_subject_with_a_line_end_is_one_line() -> None:
    """An encoded word that decodes to CR LF and a header gives one line of text, and nobody else gets the letter."""
    told, wire = sent(mail("hoi\r\nBcc: x@kwaad.example", "", "a.pdf", "", "Er ligt een losse tegel.", COUNCIL))
    message = read(wire)
    assert re.sub(" +", " ", told.explanation["mail"]["subject"]) == "hoi Bcc: x@kwaad.example"
    assert (message["Bcc"], "hoi Bcc: x@kwaad.example" in re.sub(" +", " ", message["Subject"])) == (None, True)


def test_a_mail_that_speaks_jinja_is_quoted() -> None:
    """What looks like a template in a mail stands in the letter as it was written."""
    told, wire = sent(mail("{{ 7*7 }}", "{{ 7*7 }}", "{{ 7*7 }}.pdf", "", "{% for x in y %} {{ config }}", COUNCIL))
    text = body(read(wire))
    for said in ("Onderwerp: {{ 7*7 }}", "{{ 7*7 }}.pdf", "{% for x in y %} {{ config }}"):
        assert said in text
    assert ("49" in text, [line for line in told.explanation["warnings"] if "template" in line]) == (False, [])


@given(nasty)
def test_a_log_line_is_one_line(text: str) -> None:
    """What a server or a mail says cannot begin a line of its own, nor drive a terminal."""
    stream = io.StringIO()
    logs.configure(stream)
    try:
        structlog.get_logger().info("an event", said=text)
    finally:
        structlog.reset_defaults()
    assert 1 == stream.getvalue().count("\n")
    assert not DIRTY.search(stream.getvalue())


@given(nasty)
def test_a_screen_shows_one_line_for_each_value(text: str) -> None:
    """What the verbs show of a mail is printable, and stays on its line."""
    assert not DIRTY.search(screens._flat(text))
    assert 1 == len((screens._flat(text) + "|").splitlines())


@pytest.fixture
def make_cage() -> Iterator[Callable[[Routing], Cage]]:
    """Open a cage; its workers are gone after the test."""
    opened: list[Cage] = []

    def make(table: Routing) -> Cage:
        opened.append(Cage(table))
        return opened[-1]

    yield make
    for cage in opened:
        cage.close()


def caged(make_cage: Callable[[Routing], Cage], template: str) -> Understanding | Escape:
    """What becomes of a council's mail when letters are written with this template, in a real worker."""
    table = TABLE.model_copy(
        update={
            "templates": TEMPLATES | {"letter.txt.j2": template},
            "limits": Limits.model_validate({"workers": 1, "seconds": "4s"}),
        }
    )
    raw = mail("Losse tegel", "", "a.pdf", "", "Er ligt een losse tegel.", COUNCIL)
    future: Future[Understanding | Escape] = make_cage(table).understand(Job(raw, len(raw), NOW))
    return future.result(timeout=60)


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ ''.__class__.__mro__ }}", "SecurityError"),
        ("{{ council.__init__.__globals__ }}", "SecurityError"),
        ("{{ '{0.__class__.__mro__}'.format(council) }}", "SecurityError"),
        ("{{ 'a' * 10**9 }}", "MemoryError"),
        ("{{ 'a' * 10**7 }}", "more than 256 KB"),
        ("{% for n in range(10**9) %}{% endfor %}", "OverflowError"),
        ("{{ recipients.append('x') }}", "SecurityError"),
        ("{{ nergens }}", "UndefinedError"),
    ],
)
def test_a_template_that_reaches_too_far_is_left_out(
    make_cage: Callable[[Routing], Cage], template: str, why: str
) -> None:
    """The mail goes out in its built-in form, with a warning that names the template and what is wrong with it."""
    told = caged(make_cage, template)
    assert isinstance(told, Understanding)
    assert "forward" == told.outcome
    assert any(why in line and "letter.txt.j2" in line for line in told.explanation["warnings"])


def test_a_template_without_end_stays_in_the_cage(make_cage: Callable[[Routing], Cage]) -> None:
    """The worker is ended at its limit of time, and the mail goes on to the desk as one that could not be read."""
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    told = caged(make_cage, endless)
    assert Escape("the worker took too long", "het lezen van deze mail duurde te lang") == told

"""What is fuzzed: each parser as a function of bytes, with what must hold of whatever it makes of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

from mailrouter.core.identity import own_ids
from mailrouter.core.meaning.facts import read_facts
from mailrouter.core.meaning.kind import weigh
from mailrouter.core.model import Mail
from mailrouter.core.reading import address, authentic, charset, extract, headers, html_text, limits, mime
from mailrouter.core.reading.automatic import signs
from mailrouter.core.reading.files.page import ENOUGH
from mailrouter.core.reading.parse import parse
from mailrouter.core.reading.quotes import new_text
from mailrouter.core.routing import Routing
from mailrouter.core.understand import Job, understand
from mailrouter.core.writing.letter import header_block
from tests.catalogue.fooled import OURS
from tests.catalogue.making import OUR_SERVER, SHARED, VILLAGE
from tests.catalogue.oracle import unclean, wrong_in_letter, wrong_in_words
from tests.catalogue.town import KEY
from tests.core.letters import ROUTING
from tests.core.mails import a_mail
from tests.fuzz import compound, samples
from tests.fuzz.mutation import LARGEST

CAME = datetime(2026, 9, 14, 9, 5, tzinfo=UTC)
_TOKEN = "0123456789abcdef0123456789abcdef.0123456789abcdef"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_ODT = "application/vnd.oasis.opendocument.text"


class Broken(AssertionError):
    """A parser gave something that it must never give."""


@dataclass(frozen=True, slots=True)
class Target:
    """A parser: `run` raises Broken, or anything else that it should not, when input is too much for it."""

    name: str
    run: Callable[[bytes], None]
    samples: Callable[[], Sequence[bytes]]
    largest: int = LARGEST
    """Octets of an input."""


def one_line(*texts: str) -> None:
    """Each is clean and on one line."""
    for text in texts:
        if bad := unclean(text):
            raise Broken(f"a line holds {bad}")


def clean_text(*texts: str) -> None:
    """Each is clean, with LF."""
    for text in texts:
        if bad := unclean(text, lines=True):
            raise Broken(f"a text holds {bad}")


def must(holds: bool, what: str) -> None:
    """`what` must be so."""
    if not holds:
        raise Broken(f"not so: {what}")


def as_value(data: bytes) -> str:
    """Bytes as the value of a header field."""
    return data.decode("ascii", "surrogateescape")


def as_text(data: bytes) -> str:
    """Bytes as the text of a mail."""
    return headers.clean_lines(data.decode("utf-8", "replace"))


def _limits(data: bytes) -> None:
    one_line(limits.exceeded(data) or "")


def _mime(data: bytes) -> None:
    for leaf in mime.tree(data).leaves():
        must(0 <= leaf.start <= leaf.end <= len(data), "a part lies within the mail")
        must(len(leaf.content) <= len(data) + 1, "a part is no larger than the mail")
        one_line(leaf.name, leaf.encoding, leaf.type)
        must(len(leaf.name) <= headers.LONGEST_NAME, "a file name is short")
        must(isinstance(leaf.damaged, bool) and isinstance(leaf.type, str), "a part has a type")


def _headers(data: bytes) -> None:
    value = as_value(data)
    one_line(headers.clean(headers.decode(value), 10_000))
    word, found = headers.parameters(value)
    one_line(*(headers.clean(text, 500) for text in (word, *found, *found.values())))
    one_line(headers.base_name(value))
    must(len(headers.base_name(value)) <= headers.LONGEST_NAME, "a file name is short")


@dataclass(frozen=True, slots=True)
class _Named:
    """A part of which only Content-Disposition is known."""

    value: str

    def get(self, name: str, /) -> str | None:
        return self.value if name == "content-disposition" else None


def _filename(data: bytes) -> None:
    name = headers.filename(_Named(as_value(data)))
    one_line(name)
    must(len(name) <= headers.LONGEST_NAME and not set(name) & {"/", "\\"}, "a file name is short and has no path")


def _address(data: bytes) -> None:
    value = as_value(data)
    try:
        found = [*address.parse_mailboxes(value), address.single_from([value])]
    except address.AddressError as error:
        one_line(str(error))
        found = []
    for mailbox in found:
        one_line(mailbox.name, mailbox.address)
        must(mailbox.address.isascii() and mailbox.address.count("@") == 1, "an address is ASCII with one @")
    others = address.addresses([value, value])
    one_line(*others)
    must(len(others) <= address.MOST, "few addresses are read")


def _charset(data: bytes) -> None:
    label, _, content = data.partition(b"\n")
    clean_text(headers.clean_lines(charset.decode(content, as_value(label)[:80])))


def _html(data: bytes) -> None:
    clean_text(headers.clean_lines(html_text.text_of(charset.decode(data))))


def _quotes(data: bytes) -> None:
    text = as_text(data)
    for subject in ("Tegel", "FW: Tegel"):
        new = new_text(text, subject)
        clean_text(new)
        must(len(new) <= len(text), "what is new is not more than there is")


def _parsed(data: bytes) -> Mail | None:
    return None if limits.exceeded(data) else parse(data)


def _parse(data: bytes) -> None:
    if mail := _parsed(data):
        one_line(mail.subject, mail.sender or "", mail.sender_name, mail.message_id or "", mail.content_type)
        one_line(*mail.references)
        one_line(*(text for pair in mail.headers for text in pair), *mail.warnings)
        one_line(*(text for part in mail.attachments for text in (part.name, part.note, part.type)))
        clean_text(mail.text, mail.new_text, *(part.text for part in mail.attachments))
        for part in mail.attachments:
            must(bool(part.name) and part.start <= part.end <= len(data), "an attachment has a name and a place")


def _automatic(data: bytes) -> None:
    if mail := _parsed(data):
        found = signs.sign(mail, data[:2_000], own_ids(data, KEY.encode(), SHARED), [SHARED])
        one_line(found.because if found else "")


def _authentic(data: bytes) -> None:
    if mail := _parsed(data):
        for trust in (OUR_SERVER, "exchange-online", "none"):
            must(
                authentic.verdict(mail.headers, trust, VILLAGE) in ("pass", "fail", "none"), "a verdict is one of three"
            )


def _own_ids(data: bytes) -> None:
    found = own_ids(data, KEY.encode(), SHARED)
    must({found.itself or OURS, *found.about} <= {OURS}, "no letter of ours is made by chance")


def _facts(data: bytes) -> None:
    mail = a_mail("Vergadering 6 juli", as_text(data), date=CAME)
    weigh(mail, CAME, ROUTING.timezone, ROUTING.kinds)
    for kind in ("minutes", "invitation", "other"):
        facts = read_facts(mail, kind, CAME, ROUTING.timezone, ("Dorpshuis De Brink",))
        one_line(facts.place or "", *facts.agenda, *facts.decisions, *facts.asks)
        must(len(facts.place or "") <= 80, "a place is short")


def _file(name: str, type_: str, data: bytes) -> None:
    text, note = extract.read_text(name, type_, data)
    clean_text(text)
    one_line(note)
    must(len(text) <= ENOUGH, "text stops when there is enough")


def _word_text(data: bytes) -> None:
    _file("a.docx", _DOCX, samples.word_document(data))


def _odt_text(data: bytes) -> None:
    _file("a.odt", _ODT, samples.open_document(data))


@cache
def _routing() -> Routing:
    return ROUTING.model_copy(
        update={"villages": ROUTING.villages | {"oosterdorp": ROUTING.villages["oosterdorp"].model_copy(
            update={"senders": ("@" + VILLAGE,)})}}
    )  # fmt: skip


def _understand(data: bytes) -> None:
    found = understand(Job(data, len(data), CAME, own_ids(data, KEY.encode(), SHARED)), _routing())
    wrong = list(wrong_in_words(found.explanation))
    if found.draft:
        to = found.recipients[0] if found.recipients else None
        head = header_block(found.draft, to.name if to else "", SHARED, _TOKEN, "gemeente.example", CAME)
        wrong += wrong_in_letter(head + found.draft.content(data))
    if wrong:
        raise Broken("; ".join(wrong))


def _of(texts: Iterable[str | bytes]) -> Callable[[], Sequence[bytes]]:
    found = tuple(text.encode() if isinstance(text, str) else text for text in texts)
    return lambda: found


_CHARSETS = ("utf-8", "windows-1252", "utf-7", "hz-gb-2312", "iso-2022-jp", "gb18030", "utf-16", "x-geheim")
_TARGETS = (
    Target("limits.exceeded", _limits, samples.mails),
    Target("mime.tree", _mime, samples.mails),
    Target("headers.decode", _headers, samples.header_values, limits.HEADER_FIELD),
    Target("headers.filename", _filename, _of(samples.PARAMETERS), limits.HEADER_FIELD),
    Target("address", _address, _of(samples.ADDRESSES), limits.HEADER_FIELD),
    Target("charset.decode", _charset, _of(f"{name}\nCaf+AOk- café ~{{<:~}} \x1b$B$" for name in _CHARSETS)),
    Target("html_text.text_of", _html, _of(samples.PAGES)),
    Target("quotes.new_text", _quotes, _of(samples.TEXTS)),
    Target("parse.parse", _parse, samples.mails),
    Target("automatic.sign", _automatic, samples.mails),
    Target("authentic.verdict", _authentic, samples.results),
    Target("identity.own_ids", _own_ids, samples.mails),
    Target("facts", _facts, _of(samples.TEXTS)),
    Target("file.pdf", partial(_file, "a.pdf", "application/pdf"), samples.pdfs),
    Target("file.docx", partial(_file, "a.docx", _DOCX), lambda: (samples.word(),)),
    Target("file.docx.xml", _word_text, _of([samples.WORD_XML])),
    Target("file.odt", partial(_file, "a.odt", _ODT), lambda: (samples.open_document(samples.OPEN_XML),)),
    Target("file.odt.xml", _odt_text, _of([samples.OPEN_XML])),
    Target("file.rtf", partial(_file, "a.rtf", "application/rtf"), _of(samples.RTF)),
    Target("file.html", partial(_file, "a.html", "text/html"), _of(samples.PAGES)),
    Target("file.txt", partial(_file, "a.txt", "text/plain"), _of(samples.TEXTS)),
    Target("file.ics", partial(_file, "a.ics", "text/calendar"), _of([samples.EVENT])),
    Target("file.eml", partial(_file, "a.eml", "message/rfc822"), samples.mails),
    Target(
        "file.msg",
        partial(_file, "a.msg", "application/vnd.ms-outlook"),
        lambda: (compound.outlook("Tegel", "De tekst."),),
    ),
    Target("file.tnef", partial(_file, "winmail.dat", "application/ms-tnef"), samples.winmails),
    Target("understand", _understand, samples.mails),
)
TARGETS = {target.name: target for target in _TARGETS}

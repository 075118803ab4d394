"""Mail addresses by a strict grammar of our own: who wrote a mail must never be a guess.

The standard library's parseaddr reads `alice@dorpsraad.example]<bob@evil.example>` as alice (CVE-2023-27043). Here an
address field is a mailbox-list of RFC 5322 §3.4 with its comments and the UTF-8 of RFC 6532, or it is refused with the
reason. Linear in the length of the value.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from mailrouter.core.reading.headers import clean, decode, unfold, wire

LONGEST = 254
"""Octets in an address (RFC 5321 §4.5.3.1.3, less the angle brackets)."""
MOST = 100
"""Addresses of one field that are read."""

_TOKEN = re.compile(
    r"""(?P<blank>[ \t]+)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<unclosed>".*)"""
    r"""|(?P<pair>\\.)|(?P<special>[<>,;:()\[\]\\])|(?P<word>[^ \t"<>,;:()\[\]\\]+)""",
    re.DOTALL,
)
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ADDRESS_LIKE = re.compile(r"[^@]@[^@]")

_BADLY_WRITTEN = "het adres is niet goed geschreven"


class AddressError(ValueError):
    """The value is not a list of mailboxes; the text says why, in Dutch."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox: the name shown, and the address; local part in NFC, domain in lower case and ASCII (IDNA)."""

    name: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        """local@domain."""
        return f"{self.local}@{self.domain}"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def single_from(values: Sequence[str]) -> Mailbox:
    """The one sender of a mail, from the raw values of all its From fields; AddressError if it is not one."""
    if not values:
        raise AddressError("er staat geen afzender in de mail")
    if len(values) > 1:
        raise AddressError(_several(len(values)))
    tokens = _tokens(values[0])
    if _has_one_plain_address(tokens):
        return _with_name(tokens)
    mailboxes = parse_mailboxes(values[0])
    if len(mailboxes) > 1:
        raise AddressError(_several(len(mailboxes)))
    return mailboxes[0]


def _has_one_plain_address(tokens: Sequence[_Token]) -> bool:
    """Whether it is one address in angle brackets after a name that needs quotes: `Wit, Jo <…>`, `[Raad] Jo <…>`.

    No "@" stands in that name, encoded or not: whoever reads it differently finds no other address.
    """
    specials = [token.text for token in tokens if token.kind == "special"]
    if specials[-2:] != ["<", ">"] or not specials[:-2] or not set(specials[:-2]) <= {",", "[", "]"}:
        return False
    before = tokens[: tokens.index(_Token("special", "<"))]
    written = "".join(_plain(token) for token in before)
    named = any(token.kind in ("word", "quoted") for token in before)
    return named and "@" not in normalize("NFKC", written + decode(written))


def _several(count: int) -> str:
    return f"er staan {'twee' if count == 2 else 'meer dan twee'} afzenders in de mail"


def parse_mailboxes(value: str) -> list[Mailbox]:
    """The mailboxes of a raw address field, at least one; AddressError at anything that is not plainly one."""
    tokens = _tokens(value)
    if not any(token.kind != "blank" for token in tokens):
        raise AddressError("er staat geen adres")
    return [_mailbox(entry) for entry in _split(tokens, ",")]


def addresses(values: Sequence[str]) -> tuple[str, ...]:
    """The addresses in raw To, Cc or Reply-To fields that can be read, each once, groups opened; never an error."""
    found: dict[str, None] = {}
    for value in values:
        try:
            entries = _split(_without_groups(_tokens(value)), ",")
        except AddressError:
            continue
        for entry in entries[: MOST - len(found)]:
            try:
                found[_mailbox(entry).address] = None
            except AddressError:
                continue
    return tuple(found)


def _tokens(value: str) -> list[_Token]:
    """The value as tokens, each comment (nested ones within it) as one; what is not UTF-8 stays raw (RFC 6532 §3.1)."""
    tokens: list[_Token] = []
    depth, comment = 0, list[str]()
    for match in _TOKEN.finditer(wire(unfold(value)).decode("utf-8", "surrogateescape")):
        kind, text = match.lastgroup or "", match[0]
        if kind == "unclosed" or text == "\\" or (kind == "pair" and not depth):
            raise AddressError(_BADLY_WRITTEN)
        if text == "(":
            depth += 1
        elif text == ")" and depth:
            depth -= 1
            if not depth:
                tokens.append(_Token("comment", "".join(comment).strip()))
                comment = []
        elif depth:
            comment.append(text[1:] if kind == "pair" else text)
        else:
            tokens.append(_Token(kind, text))
    if depth:
        raise AddressError(_BADLY_WRITTEN)
    return tokens


def _split(tokens: Sequence[_Token], separator: str) -> list[list[_Token]]:
    entries: list[list[_Token]] = [[]]
    for token in tokens:
        if token == _Token("special", separator):
            entries.append([])
        else:
            entries[-1].append(token)
    return entries


def _without_groups(tokens: Sequence[_Token]) -> list[_Token]:
    """The members of groups in place of the groups (RFC 5322 §3.4): `Raad: a@x, b@x;` → `a@x, b@x,`."""
    flat: list[_Token] = []
    for token in tokens:
        if token == _Token("special", ":"):
            while flat and flat[-1] != _Token("special", ","):
                flat.pop()
        elif token == _Token("special", ";"):
            flat.append(_Token("special", ","))
        else:
            flat.append(token)
    return flat


def _mailbox(tokens: Sequence[_Token]) -> Mailbox:
    """One entry of the list: `local@domain (Name)` or `Name <local@domain>`."""
    specials = [token.text for token in tokens if token.kind == "special"]
    if ":" in specials or ";" in specials:
        raise AddressError("er staat een groep in plaats van een adres")
    if specials == ["<", ">"]:
        return _with_name(tokens)
    if specials:
        raise AddressError(_BADLY_WRITTEN)
    comments = [token.text for token in tokens if token.kind == "comment"]
    return _addr_spec([token for token in tokens if token.kind != "comment"], _shown(" ".join(comments)))


def _with_name(tokens: Sequence[_Token]) -> Mailbox:
    opening = tokens.index(_Token("special", "<"))
    closing = tokens.index(_Token("special", ">"))
    if any(token.kind not in ("blank", "comment") for token in tokens[closing + 1 :]):
        raise AddressError(_BADLY_WRITTEN)
    before = tokens[:opening]
    name = _shown("".join(_plain(token) for token in before))
    found = _addr_spec(_without_comments(tokens[opening + 1 : closing]), name)
    claimed = [token.text.lower() for token in before if token.kind == "word" and _ADDRESS_LIKE.search(token.text)]
    if claimed and claimed != [found.address.lower()]:
        raise AddressError("de naam van de afzender lijkt een ander adres")
    return found


def _without_comments(tokens: Sequence[_Token]) -> list[_Token]:
    """What stands between angle brackets, without the comments and blanks around "." and "@" (RFC 5322 §4.4)."""
    written: list[_Token] = []
    for token in tokens:
        if token.kind in ("blank", "comment"):
            continue
        last = written[-1] if written else None
        if last and last.kind == token.kind == "word" and (last.text[-1] in ".@" or token.text[0] in ".@"):
            written[-1] = _Token("word", last.text + token.text)
        else:
            written.append(token)
    return written


def _plain(token: _Token) -> str:
    if token.kind == "quoted":
        return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
    return f"({token.text})" if token.kind == "comment" else token.text


def _shown(name: str) -> str:
    return clean(re.sub(r"[ \t]+", " ", decode(name)), 200)


def _addr_spec(tokens: Sequence[_Token], name: str) -> Mailbox:
    words = [token for token in tokens if token.kind != "blank"]
    if not words:
        raise AddressError("het adres is leeg")
    if len(words) == 2 and words[0].kind == "quoted" and words[1].text.startswith("@"):
        words = [_Token("word", _plain(words[0]) + words[1].text)]
    if len(words) != 1 or words[0].kind != "word":
        raise AddressError(_BADLY_WRITTEN)
    local, at, domain = normalize("NFC", words[0].text).rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        raise AddressError(_BADLY_WRITTEN)
    found = Mailbox(name, local, ascii_domain(domain))
    if len(found.address.encode()) > LONGEST:
        raise AddressError("het adres is te lang")
    return found


def ascii_domain(domain: str) -> str:
    """A domain name in lower case and ASCII (IDNA); AddressError if it is no host name."""
    try:
        plain = domain.encode("idna").decode("ascii").lower() if len(domain) <= LONGEST else ""
    except UnicodeError:
        plain = ""
    if not _DOMAIN.fullmatch(plain):
        raise AddressError("het domein van het adres bestaat niet: het is niet goed geschreven")
    return plain

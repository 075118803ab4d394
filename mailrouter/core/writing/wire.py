"""The last look at a letter's bytes before they leave: what may not go over the wire, does not.

A bare CR or LF lets some servers see two messages where we sent one (SMTP smuggling), and a header that slipped in
from a mail could address our letter to somebody else. So the final bytes themselves are checked, whoever made them.
"""

import re

ALLOWED_HEADERS = frozenset(
    {
        "from",
        "reply-to",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "references",
        "in-reply-to",
        "auto-submitted",
        "x-auto-response-suppress",
        "x-mailrouter-letter",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-language",
    }
)
"""The headers a letter of ours can have, in lower case; each stands in it at most once."""

LONGEST_LINE = 998
"""Octets on a line without its CRLF (RFC 5322 §2.1.1)."""

# Possessive, so that 20 MB are read once, in one pass and without a stack.
_GOOD_LINES = re.compile(rb"(?:[^\r\n\0]{0,%d}+\r\n)*+(?:[^\r\n\0]{0,%d}+\Z)?" % (LONGEST_LINE, LONGEST_LINE))
_END_OF_LINE = re.compile(rb"[\r\n\0]")
_FIELD_NAME = re.compile(rb"([!-9;-~]+):")
_NOT_PRINTABLE = re.compile(rb"[^\t\r\n -~]")


class Unsendable(Exception):
    """The bytes of a letter are not what may be sent, or not what was promised; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check(content: bytes, allowed: frozenset[str] | None = None) -> None:
    """Raise Unsendable unless `content` (a whole message, lines ending in CRLF) is safe to send.

    Safe: no CR or LF on its own, no NUL, lines of at most 998 octets, a header block of printable ASCII with only
    `allowed` headers (lower case; default ALLOWED_HEADERS), each at most once.
    """
    _check_lines(content)
    end = content.find(b"\r\n\r\n")
    if end < 0:
        raise Unsendable("the letter has no empty line between header and body")
    _check_header(content[:end], ALLOWED_HEADERS if allowed is None else allowed)


def _check_lines(content: bytes) -> None:
    good = _GOOD_LINES.match(content)
    end = good.end() if good else 0
    if end == len(content):
        return
    line = content.count(b"\n", 0, end) + 1
    raise Unsendable(f"line {line} of the letter {_what_is_wrong(content, end)}")


def _what_is_wrong(content: bytes, start: int) -> str:
    stop = _END_OF_LINE.search(content, start)
    if (stop.start() if stop else len(content)) - start > LONGEST_LINE:
        return f"is longer than {LONGEST_LINE} octets"
    bare = {b"\r": "a CR without LF", b"\n": "an LF without CR"}
    return f"holds {bare.get(stop[0], 'a NUL') if stop else 'a NUL'}"


def _check_header(head: bytes, allowed: frozenset[str]) -> None:
    if odd := _NOT_PRINTABLE.search(head):
        line = head.count(b"\n", 0, odd.start()) + 1
        raise Unsendable(f"header line {line} of the letter holds a byte that is not printable ASCII")
    seen: set[str] = set()
    for number, written in enumerate(head.split(b"\r\n"), 1):
        name = _field_name(written, number)
        if name in seen:
            raise Unsendable(f"the letter has more than one header {name}")
        if name and name not in allowed:
            raise Unsendable(f"the letter has a header {name}, which is none of ours")
        if name:
            seen.add(name)


def _field_name(line: bytes, number: int) -> str:
    """The name of the header that begins on this line, lower case; empty on a folded line."""
    if number > 1 and line[:1] in (b" ", b"\t") and line.strip():
        return ""
    if name := _FIELD_NAME.match(line):
        return name[1].decode("ascii").lower()
    raise Unsendable(f"header line {number} of the letter is not a header")

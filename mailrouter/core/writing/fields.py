"""Header fields of our letters: ASCII only, folded, and nothing of a mail reaches them unescaped.

RFC 5322 §2.2 (fields, folding), RFC 2047 (encoded words), RFC 2231 (parameters).
"""

import binascii
import re
from urllib.parse import quote

CRLF = "\r\n"
_LINE = 76
_WORD_MARKS = len("=?utf-8?B??=")
_LONGEST_ID = 500

_NOT_PRINTED = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029]+")
# Characters without a width, and those that turn the direction of what follows: in a header they only deceive.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+>")
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9 ._()+-]{1,60}")


def one_line(text: str, limit: int) -> str:
    """`text` on one line without control and invisible characters, at most `limit` characters."""
    visible = text.encode("utf-8", "replace").decode("utf-8")
    line = _NOT_PRINTED.sub(" ", _INVISIBLE.sub("", visible)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def printable(text: str) -> str:
    """`text` on one line without control and invisible characters, its blanks as they are."""
    return text if text.isascii() and text.isprintable() else _CONTROL.sub(" ", _INVISIBLE.sub("", text))


def address(value: str) -> str:
    """An address as it may stand in a header: a dot-atom with an ASCII domain (IDNA); ValueError for any other."""
    local, _, domain = value.rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise ValueError(f"{value!r} cannot be written in a header: its domain is not a host name") from error
    if len(plain) > 254 or not _ADDRESS.fullmatch(plain):
        raise ValueError(f"{value!r} cannot be written in a header without SMTPUTF8")
    return plain


def is_address(value: str) -> bool:
    """Whether `address` accepts the value."""
    try:
        address(value)
    except ValueError:
        return False
    return True


def message_ids(values: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the values that are message ids we can repeat, each once, in order, in angle brackets."""
    wrapped = (f"<{value.strip().strip('<>')}>" for value in values)
    return tuple(dict.fromkeys(id for id in wrapped if len(id) <= _LONGEST_ID and _MESSAGE_ID.fullmatch(id)))


def text_field(name: str, value: str) -> str:
    """An unstructured field, such as Subject."""
    line = one_line(value, 900)
    return f"{name}: {_text(line, len(name) + 2)}{CRLF}"


def mailbox_field(name: str, display: str, mailbox: str) -> str:
    """A field with one mailbox: From, Reply-To or To."""
    shown = one_line(display, 200)
    if not shown:
        return f"{name}: {address(mailbox)}{CRLF}"
    phrase = _words(shown, len(name) + 2) if _needs_encoding(shown) else _quoted(shown)
    written = f"<{address(mailbox)}>"
    break_ = "" if CRLF not in phrase and len(name) + len(phrase) + len(written) + 3 <= _LINE else CRLF
    return f"{name}: {phrase}{break_} {written}{CRLF}"


def ids_field(name: str, ids: tuple[str, ...]) -> str:
    """A field of message ids, one a line."""
    return f"{name}: {f'{CRLF} '.join(ids)}{CRLF}"


def parameter(name: str, value: str) -> str:
    """A parameter of Content-Type or Content-Disposition with its separator, on lines of its own.

    Values beyond plain ASCII are percent-encoded UTF-8, in numbered pieces when long (RFC 2231 §3 and §4).
    """
    if _PLAIN_VALUE.fullmatch(value):
        return f'; {name}="{value}"' if len(name) + len(value) < 30 else f';{CRLF} {name}="{value}"'
    pieces = _pieces([quote(char, safe="", errors="replace") for char in value], 54)
    if len(pieces) == 1:
        return f";{CRLF} {name}*=utf-8''{pieces[0]}"
    lines = (f"{name}*{n}*={'' if n else 'utf-8' + chr(39) * 2}{piece}" for n, piece in enumerate(pieces))
    return "".join(f";{CRLF} {line}" for line in lines)


def _text(line: str, used: int) -> str:
    return _words(line, used) if _needs_encoding(line) else _folded(line, used)


def _needs_encoding(line: str) -> bool:
    return not line.isascii() or "=?" in line


def _quoted(phrase: str) -> str:
    escaped = phrase.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _folded(line: str, used: int) -> str:
    """ASCII text folded at its spaces, where it has any."""
    rows = [""]
    for word in line.split(" "):
        if rows[-1] and used + len(rows[-1]) + len(word) >= _LINE:
            rows.append("")
            used = 1
        rows[-1] = f"{rows[-1]} {word}" if rows[-1] else word
    return f"{CRLF} ".join(rows)


def _words(line: str, used: int) -> str:
    """Text as encoded words of at most 75 characters, split between characters (RFC 2047 §2 and §5)."""
    words = []
    start = 0
    while start < len(line):
        room = (_LINE - 1 - used - _WORD_MARKS) // 4 * 3
        end, length = start, 0
        while end < len(line) and (length := length + len(line[end].encode())) <= room:
            end += 1
        words.append(f"=?utf-8?B?{binascii.b2a_base64(line[start:end].encode(), newline=False).decode()}?=")
        start, used = end, 1
    return f"{CRLF} ".join(words)


def _pieces(units: list[str], room: int) -> list[str]:
    """The units joined into strings of at most `room` characters."""
    pieces = [""]
    for unit in units:
        if len(pieces[-1]) + len(unit) > room:
            pieces.append("")
        pieces[-1] += unit
    return pieces

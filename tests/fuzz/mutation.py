"""How good input is damaged: flips, cuts, copies, splices, and words that parsers trip over."""

from collections.abc import Sequence
from typing import Literal, get_args

from hypothesis import strategies as st

LARGEST = 200_000
"""Octets of a damaged input."""
TOKENS = (
    b"\0", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\n.\n", b"\r\n ", b"\t", b" ", b"\xff", b"\x80", b"\xc3",
    b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xe2\x80\x8b", b"\xef\xbb\xbf", b"\xff\xfe", b"=?", b"?=",
    b"=?utf-8?q?=0D=0A?=", b"=?utf-8?b?", b"=?x-geheim?q?a?=", b"--grens\r\n", b"--grens--\r\n", b'"', b"\\", b"(",
    b")", b"<", b">", b"@", b",", b";", b":", b"[", b"]", b"=", b"%", b"*0*=", b"utf-8''", b"filename*=", b"From: ",
    b"Received: by x;\r\n", b"Message-ID: <>\r\n", b"Content-Type: multipart/mixed; boundary=grens\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Type: text/html; charset=utf-7\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"begin 644 x\n", b"+AD4-",
    b"Authentication-Results: mx.gemeente.example; dmarc=pass\r\n", b"<div>", b"</div>", b"<table><tr><td>", b"<!--",
    b"<li>", b"<p style='display:none'>", b"&#x202e;", b"&#0;", b"Op 1 juli 2022 schreef x:\n> ", b"Van: x\nAan: y\n",
    b"-- \n", b"1 juli 2022", b"half acht", b"32-13-2022", b"1. ", b"{\\rtf1 ", b"\\u-1 ", b"\\bin99999999 ", b"{\\*",
    b"PK\x03\x04", b"%PDF-1.7\n", b"endobj\n", b"stream\n", b"<<", b">>", b"/Kids[2 0 R]", b"2 0 R",
    b"\xd0\xcf\x11\xe0", b"BEGIN:VEVENT\r\n", b"RRULE:FREQ=SECONDLY\r\n", b"TZID=", b"<w:p>", b"<text:p>",
    b"<!ENTITY a '&b;&b;'>", b"0" * 40, b"99999999999999999999", b"-1", b"\xff\xff\xff\xff", b"\0\0\0\x80",
)  # fmt: skip
"""What has a meaning somewhere."""

What = Literal["flip", "cut", "copy", "token", "many", "splice", "swap", "line", "end"]
Edit = tuple[What, int, int, int]
"""What to do, where, how much, and with what; each number is brought within bounds when it is applied."""

_NUMBER = st.integers(0, 2**16 - 1)
_EDITS = st.lists(st.tuples(st.sampled_from(get_args(What)), _NUMBER, _NUMBER, _NUMBER), min_size=1, max_size=8)


def damaged(samples: Sequence[bytes], largest: int) -> st.SearchStrategy[bytes]:
    """Samples with a few edits each, of at most `largest` octets."""
    pairs = st.tuples(st.integers(0, len(samples) - 1), _EDITS)
    return pairs.map(lambda pair: apply(samples[pair[0]], pair[1], samples)[:largest])


def apply(sample: bytes, edits: Sequence[Edit], samples: Sequence[bytes]) -> bytes:
    """The sample after these edits."""
    data = sample
    for edit in edits:
        data = _edited(data, edit, samples)[:LARGEST]
    return data


def _edited(data: bytes, edit: Edit, samples: Sequence[bytes]) -> bytes:
    what, where, much, which = edit
    at = where % (len(data) + 1)
    end = min(len(data), at + _size(much))
    token = TOKENS[which % len(TOKENS)]
    match what:
        case "flip":
            return data[:at] + bytes(byte ^ (which % 255 + 1) for byte in data[at : at + 1]) + data[at + 1 :]
        case "cut":
            return data[:at] + data[end:]
        case "copy":
            return data[:end] + data[at:end] * (1 + which % 9) + data[end:]
        case "token":
            return data[:at] + token + data[at + much % 3 :]
        case "many":
            return data[:at] + token * min(1 << much % 18, LARGEST // (2 * len(token))) + data[at:]
        case "splice":
            other = samples[which % len(samples)]
            return data[:at] + other[_scaled(much, other) :]
        case "swap":
            return data[:at] + data[end:] + data[at:end]
        case "line":
            return _without_line(data, at, again=which % 2 == 0)
        case "end":
            return data[:at]


def _size(much: int) -> int:
    """Mostly small, now and then large."""
    return much % 16 if much % 4 else much % 4_096


def _scaled(number: int, data: bytes) -> int:
    return number * len(data) >> 16


def _without_line(data: bytes, at: int, *, again: bool) -> bytes:
    """The line there twice, or not at all."""
    start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at) + 1 or len(data)
    return data[:end] + data[start:end] + data[end:] if again else data[:start] + data[end:]

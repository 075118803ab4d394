"""Bytes to text, whatever the label says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.charset import decode, known


@pytest.mark.parametrize(
    ("content", "label", "text"),
    [
        (b"caf\xc3\xa9", "", "café"),
        (b"caf\xc3\xa9", "us-ascii", "café"),
        (b"caf\xe9 \x80", "iso-8859-1", "café €"),
        (b"caf\xe9", "utf-8", "café"),
        (b"caf\xe9", "geen-charset", "café"),
        (b"\xa4", "iso-8859-15", "€"),
        (b"Fr+APY-sche +ADw-b", "utf-7", "Frösche <b"),
        (b"Fr+APY-sche", "unicode-1-1-utf-7", "Frösche"),
        (b"+2D3eAA", "utf-7", "😀"),
        (b"a+2D0-b", "utf-7", "ab"),
        (b"~{<:Ky2;", "hz", "~{<:Ky2;"),
        (b"abc", "zlib", "abc"),
        ("café".encode("utf-16"), "utf-16", "café"),
        ("café".encode("utf-16"), "", "café"),
        ("テスト".encode("iso-2022-jp"), "us-ascii", "テスト"),
        ("テスト".encode("iso-2022-jp"), "iso-2022-jp", "テスト"),
        ("中文".encode("gbk"), "gb2312", "中文"),
        ("中文".encode("big5"), "Big5", "中文"),
        (b"caf\xe9", "default_charset", "café"),
        (b"caf\xe9", '"windows-1252"', "café"),
        (b"caf\xc3\xa9", "charset=utf8", "café"),
        (b"caf\x8e", "macintosh", "café"),
        ("café – één".encode(), "iso-8859-1", "café – één"),
        ("prijs € één".encode(), "iso-8859-15", "prijs € één"),
        ("\ufeffcafé".encode(), "windows-1252", "\ufeffcafé"),
        ("café Ã".encode("cp1252"), "windows-1252", "café Ã"),
        ("café".encode("utf-16-be"), "utf-16", "café"),
        ("café".encode("utf-16-le"), "utf-16", "café"),
    ],
)
def test_text_survives_a_wrong_label(content: bytes, label: str, text: str) -> None:
    """A declared charset is tried, but for UTF-8 under a Latin name; what it cannot read is UTF-8 or Windows-1252."""
    assert decode(content, label) == text


@given(
    st.binary(),
    st.sampled_from(["", "utf-7", "utf-8", "utf-16", "utf-32-le", "iso-2022-jp", "gb2312", "big5", "cp949", "ascii"]),
)
def test_any_bytes_are_text_in_any_charset(content: bytes, label: str) -> None:
    """Decoding never fails, and gives text that can be written."""
    decode(content, label).encode("utf-8")


@given(st.text(max_size=20))
def test_any_label_is_a_charset_or_none(label: str) -> None:
    """A label never fails."""
    assert known(label) is None or isinstance(decode(b"abc", label), str)

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
        (b"+ADw-script", "utf-7", "+ADw-script"),
        (b"abc", "zlib", "abc"),
        ("café".encode("utf-16"), "utf-16", "café"),
    ],
)
def test_text_survives_a_wrong_label(content: bytes, label: str, text: str) -> None:
    """A declared charset is tried; what it cannot read is UTF-8 or Windows-1252."""
    assert decode(content, label) == text


@given(
    st.binary(),
    st.sampled_from(["", "utf-8", "utf-16", "utf-32-le", "iso-2022-jp", "gb2312", "big5", "cp949", "ascii"]),
)
def test_any_bytes_are_text_in_any_charset(content: bytes, label: str) -> None:
    """Decoding never fails."""
    assert isinstance(decode(content, label), str)


@given(st.text(max_size=20))
def test_any_label_is_a_charset_or_none(label: str) -> None:
    """A label never fails."""
    assert known(label) is None or isinstance(decode(b"abc", label), str)

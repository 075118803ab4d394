"""Header fields from the wire to text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.headers import (
    base64_bytes,
    base_name,
    clean,
    clean_lines,
    decode,
    filename,
    media_type,
    parameters,
)
from mailrouter.core.reading.mime import Part


def raw(value: bytes) -> str:
    return value.decode("ascii", "surrogateescape")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Notulen", "Notulen"),
        ("=?utf-8?q?Vergadering_Caf=C3=A9?=", "Vergadering Café"),
        ("=?utf-8?b?Q2Fmw6k=?= de Linde", "Café de Linde"),
        ("=?utf-8?b?Q2Fmw6k?=", "Café"),
        ("=?utf-8?b?Q2Fmww==?=\r\n =?utf-8?b?qQ==?=", "Café"),
        ("=?utf-8?q?Caf=C3?= =?utf-8?q?=A9?=", "Café"),
        ("=?iso-8859-1?q?Caf=E9?= =?utf-8?q?_caf=C3=A9?=", "Café café"),
        ("=?iso-8859-1*nl?q?Caf=E9?=", "Café"),
        ("=?onbekend?q?Caf=E9?=", "Café"),
        ("=?utf-8?q?Caf=E9?=", "Café"),
        ("=?utf-8?q?Notulen van 6 juli?=", "Notulen van 6 juli"),
        ("=?utf-8?q?Notulen", "Notulen"),
        ("Verslag =?utf-8?Q?caf=C3=A9_?", "Verslag café "),
        ("=?utf-8?B?Y2Fmw6k=", "café"),
        ("=?utf-8?q?Notulen van", "=?utf-8?q?Notulen van"),
        ("=?iso-8859-1?Q?caf=C3=A9?=", "café"),
        ("=?utf-8?b?Tm90 =?utf-8?q?Caf=C3=A9?=", "=?utf-8?b?Tm90 Café"),
        ("=?utf-8?q?Op_6_juli?=: =?utf-8?q?caf=C3=A9?=!", "Op 6 juli: café!"),
        ("=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
        ("Re:\r\n =?utf-7?Q?Fr+APY-sche?=", "Re: Frösche"),
        (raw(b"Caf\xe9"), "Café"),
        (raw(b"Caf\xc3\xa9"), "Café"),
        ("lange\r\n regel", "lange regel"),
    ],
)
def test_a_value_is_decoded_as_senders_write_it(value: str, text: str) -> None:
    """Encoded words, broken ones too, and bare 8-bit text become the text that was meant."""
    assert decode(value) == text


def test_of_thousands_of_encoded_words_two_hundred_are_decoded() -> None:
    """The rest stays as it is written."""
    assert decode("=?utf-8?q?a?= " * 5_000).startswith("a" * 200 + " =?utf-8?q?a?= =?utf-8")


def test_a_value_stays_on_one_line() -> None:
    """An encoded word that decodes to a line break adds no header, and nothing invisible is left."""
    value = clean(decode("=?utf-8?q?hoi=0D=0ABcc:_x=40evil.example=E2=80=AE=E2=80=8B?="), 100)
    assert value == "hoi  Bcc: x@evil.example"


def test_lines_keep_their_ends_and_lose_what_deceives() -> None:
    """In a text LF is the only control character."""
    assert clean_lines("a\r\nb\rc\x00d\x85e\u202ef\u2028g\th") == "a\nb\nc d ef\ng h"


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ('attachment; filename="notulen juli.pdf"', "notulen juli.pdf"),
        ("attachment; filename=notulen.pdf; size=3", "notulen.pdf"),
        ("attachment; filename*=utf-8''caf%C3%A9.pdf", "café.pdf"),
        ("attachment; filename=x.pdf; filename*=utf-8''caf%C3%A9.pdf", "café.pdf"),
        ("attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9; filename*2=.pdf", "café.pdf"),
        ("attachment; filename*1=len.pdf; filename*0=notu", "notulen.pdf"),
        ('attachment; filename="=?utf-8?q?caf=C3=A9.pdf?="', "café.pdf"),
        ("attachment; filename==?utf-8?q?caf=C3=A9.pdf?=", "café.pdf"),
        (raw(b'attachment; filename="caf\xe9.pdf"'), "café.pdf"),
        ('attachment; filename="a;b.pdf"', "a;b.pdf"),
        ('attachment; filename="niet gesloten.pdf', "niet gesloten.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        (r'attachment; filename="C:\\Mijn documenten\\notulen.pdf"', "notulen.pdf"),
        ("attachment; filename*=utf-8''a%0D%0Ab.pdf", "a  b.pdf"),
        ('attachment; filename="notulen\u202efdp.exe"', "notulenfdp.exe"),
        ("attachment", ""),
        ("attachment; filename*=utf-8'caf%C3%A9.pdf", "café.pdf"),
        ("attachment; filename*=''caf%C3%A9.pdf", "café.pdf"),
        ("attachment; filename*=caf%C3%A9.pdf", "café.pdf"),
        ("attachment; filename*=\"utf-8''caf%C3%A9.pdf\"", "café.pdf"),
        ("attachment; filename*=iso-8859-1'nl'caf%E9.pdf", "café.pdf"),
        ("attachment; filename*=utf-8''%ZZ%4.pdf", "%ZZ%4.pdf"),
        ("attachment; filename*0=utf-8''caf%C3%A9; filename*1=.pdf", "café.pdf"),
        ('attachment; filename*0="notu"; filename*0="x"; filename*1="len.pdf"', "notulen.pdf"),
        ("attachment; filename*1*=%A9.pdf; filename*0*=utf-8''caf%C3", "café.pdf"),
        ("attachment; filename*0=a; filename*2=c.pdf", "ac.pdf"),
        ('attachment; filename*0="=?utf-8?q?caf=C3"; filename*1="=A9.pdf?="', "café.pdf"),
        ('attachment; filename="caf%C3%A9 juli.pdf"', "café juli.pdf"),
        ('attachment; filename="100%.pdf"', "100%.pdf"),
        ('attachment; filename="50%E9.pdf"', "50%E9.pdf"),
        ('attachment; filename="..%2F..%2Fetc%2Fpasswd"', "passwd"),
        ("attachment; filename=notulen 6 juli.pdf", "notulen 6 juli.pdf"),
        ("attachment filename=notulen.pdf", "notulen.pdf"),
        ('filename="notulen.pdf"', "notulen.pdf"),
        ('attachment; FileName = "notulen.pdf" ; x', "notulen.pdf"),
        (r'attachment; filename="C:\temp\notulen.pdf"', "notulen.pdf"),
        ('attachment; filename="....."', ""),
    ],
)
def test_a_file_name_is_read_in_every_form(field: str, name: str) -> None:
    """RFC 2231, and the wrong forms that senders use, give one harmless base name."""
    assert filename(Part(b"", [("content-disposition", field)], 0, 0)) == name


def test_a_long_file_name_keeps_its_suffix() -> None:
    """A name of five thousand characters is cut to 150, the suffix stays."""
    assert base_name("n" * 5_000 + ".pdf") == "n" * 146 + ".pdf"


def test_parameters_come_with_their_first_word() -> None:
    """The first of two parameters with one name counts."""
    assert parameters("Text/Plain; charset=utf-8; CHARSET=x; format=flowed") == (
        "text/plain",
        {"charset": "utf-8", "format": "flowed"},
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Text/HTML; a=b", "text/html"),
        ("te\x01xt/html", ""),
        ("x/" + "y" * 999, "x/" + "y" * 127),
        ("text", ""),
        ("", ""),
        ("multipart/mixed\r\n boundary=x", "multipart/mixed"),
    ],
)
def test_a_media_type_is_type_and_subtype(value: str, expected: str) -> None:
    """Anything else is no type."""
    assert media_type(value) == expected


@given(st.text(), st.integers(0, 50))
def test_any_value_can_be_decoded_and_cleaned(value: str, limit: int) -> None:
    """Decoding and cleaning never fail, and what comes out is short, printable and encodable."""
    text = clean(decode(value), limit)
    assert len(text) <= limit
    assert not any(ord(character) < 32 for character in text)
    text.encode("utf-8")
    parameters(value)


@given(st.binary())
def test_any_bytes_are_base64_enough(content: bytes) -> None:
    """Broken base64 gives what can be read of it."""
    assert isinstance(base64_bytes(content), bytes)

"""The address grammar."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.address import AddressError, Mailbox, addresses, parse_mailboxes, single_from
from mailrouter.core.reading.headers import clean


def raw(value: bytes) -> str:
    return value.decode("ascii", "surrogateescape")


SECRETARY = Mailbox("", "secretaris", "oosterdorp.example")


@pytest.mark.parametrize(
    ("value", "mailbox"),
    [
        ("secretaris@oosterdorp.example", SECRETARY),
        ("<secretaris@Oosterdorp.EXAMPLE>", SECRETARY),
        ("secretaris@oosterdorp.example (Jo)", Mailbox("Jo", "secretaris", "oosterdorp.example")),
        ("Jo de Wit <secretaris@oosterdorp.example>", Mailbox("Jo de Wit", "secretaris", "oosterdorp.example")),
        (
            '"Wit, Jo \\"J\\"" <secretaris@oosterdorp.example>',
            Mailbox('Wit, Jo "J"', "secretaris", "oosterdorp.example"),
        ),
        (
            "J.H. Wit (raad) <secretaris@oosterdorp.example>",
            Mailbox("J.H. Wit (raad)", "secretaris", "oosterdorp.example"),
        ),
        ("=?utf-8?q?Zo=C3=AB?= <secretaris@oosterdorp.example>", Mailbox("Zoë", "secretaris", "oosterdorp.example")),
        (
            "secretaris@oosterdorp.example <secretaris@oosterdorp.example>",
            Mailbox("secretaris@oosterdorp.example", "secretaris", "oosterdorp.example"),
        ),
        ('"secretaris"@oosterdorp.example', SECRETARY),
        ("info@café.example", Mailbox("", "info", "xn--caf-dma.example")),
        ("jö@oosterdorp.example", Mailbox("", "jö", "oosterdorp.example")),
        ("jo\u0308@oosterdorp.example", Mailbox("", "jö", "oosterdorp.example")),
        (raw("Jö <jö@café.example>".encode()), Mailbox("Jö", "jö", "xn--caf-dma.example")),
        (raw(b"J\xf6 <jo@oosterdorp.example>"), Mailbox("Jö", "jo", "oosterdorp.example")),
        (
            "Jo(de \\) secretaris) <jo(van de raad)@oosterdorp.example(in het dorp)>",
            Mailbox("Jo(de ) secretaris)", "jo", "oosterdorp.example"),
        ),
        ("Jo <jo @ oosterdorp(dorp) . example>", Mailbox("Jo", "jo", "oosterdorp.example")),
    ],
)
def test_a_plain_mailbox_is_read(value: str, mailbox: Mailbox) -> None:
    """The forms that mail programs write give name, local part and domain in ASCII."""
    assert parse_mailboxes(value) == [mailbox]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        "<>",
        "Jo",
        "Jo <jo>",
        "alice@oosterdorp.example]<bob@evil.example>",
        "alice@oosterdorp.example <bob@evil.example>",
        "alice@oosterdorp.example <bob@evil.example> carol",
        "<alice@oosterdorp.example><bob@evil.example>",
        "undisclosed-recipients:;",
        "Raad: alice@oosterdorp.example;",
        "a b@oosterdorp.example",
        "a@b@oosterdorp.example",
        "a..b@oosterdorp.example",
        "a@oosterdorp..example",
        "a@[192.0.2.1]",
        "a@-oosterdorp.example",
        raw(b"j\xf6@oosterdorp.example"),
        "j\u200bo@oosterdorp.example",
        "Jo de Wit jo@oosterdorp.example",
        "dr. jo@oosterdorp.example",
        "<a b@oosterdorp.example>",
        "<alice@oosterdorp.example (x) @evil.example>",
        "alice\\@oosterdorp.example <bob@evil.example>",
        '"Jo <jo@oosterdorp.example>',
        "(" * 2_000,
        "Jo (\\) <jo@oosterdorp.example>",
        "a@" + "b" * 300 + ".example",
        "=?utf-8?q?Jo_=3Cjo=40oosterdorp.example=3E?=",
    ],
)
def test_anything_else_is_refused(value: str) -> None:
    """No guess is made at an address that is not plainly written (CVE-2023-27043)."""
    with pytest.raises(AddressError):
        parse_mailboxes(value)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], "er staat geen afzender in de mail"),
        (["a@x.example", "a@x.example"], "er staan twee afzenders in de mail"),
        (["a@x.example, b@x.example"], "er staan twee afzenders in de mail"),
        (["a@x.example, b@x.example, c@x.example"], "er staan meer dan twee afzenders in de mail"),
        (["Raad: a@x.example;"], "er staat een groep in plaats van een adres"),
        (["jo@x.example <evil@y.example>"], "de naam van de afzender lijkt een ander adres"),
    ],
)
def test_a_mail_has_one_sender_or_a_reason(values: list[str], reason: str) -> None:
    """Exactly one From field with one mailbox is a sender; else the desk reads why not."""
    with pytest.raises(AddressError) as error:
        single_from(values)
    assert str(error.value) == reason


def test_recipients_are_read_as_far_as_possible() -> None:
    """To and Cc give what can be read, groups opened, doubles and nonsense left out."""
    values = ["Raad: a@x.example, B <b@x.example>;, c@x.example, kapot <", "a@x.example, d@x.example"]
    assert addresses(values) == ("a@x.example", "b@x.example", "c@x.example", "d@x.example")


atext = st.text(string.ascii_letters + string.digits + "!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=20)
label = st.from_regex(r"[a-z0-9](?:[a-z0-9]{0,10}[a-z0-9])?", fullmatch=True)
names = st.text(st.characters(min_codepoint=33, max_codepoint=0x24F, exclude_characters='\\"\x7f\xad\xa0'), max_size=20)


@given(name=names, local=atext, labels=st.lists(label, min_size=1, max_size=4))
def test_what_is_written_by_the_grammar_is_read_back(name: str, local: str, labels: list[str]) -> None:
    """Name, local part and domain of a well-written mailbox come back."""
    from unicodedata import category, normalize

    if "=?" in name or any(category(c).startswith("C") for c in name):
        return
    domain = ".".join(labels)
    quoted = f'"{name}" <{local}@{domain}>'
    assert parse_mailboxes(quoted) == [Mailbox(normalize("NFC", name), local, domain)]


@given(st.text())
def test_any_value_is_mailboxes_or_an_error(value: str) -> None:
    """Nothing but AddressError comes out of any text."""
    addresses([value])
    try:
        found = parse_mailboxes(value)
    except AddressError:
        return
    for mailbox in found:
        assert mailbox.domain.isascii()
        assert len(mailbox.address.encode()) <= 254
        assert clean(mailbox.address, 254) == mailbox.address

"""Bad inputs 37 to 55: headers and structures, and sizes beyond the bounds."""

from functools import reduce

from tests.catalogue.case import BadInput
from tests.catalogue.making import TEXT, joined, mail, mixed, part, with_file

PLAIN = "text/plain; charset=utf-8"


def named(name: str) -> str:
    """What makes a part an attachment of that name."""
    return f'Content-Disposition: attachment; filename="{name}"'


def nested(depth: int, body: bytes = b"diep") -> bytes:
    """Multiparts in each other."""
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="g%d"\r\n\r\n--g%d\r\n' % (level, level) for level in range(depth)
    )
    return opened + b"Content-Type: text/plain\r\n\r\n" + body


def in_each_other(depth: int) -> bytes:
    """Mails in mails."""
    return reduce(
        lambda inner, _: b"Content-Type: message/rfc822\r\n\r\n" + inner, range(depth), b"Subject: diep\r\n\r\n"
    )


def many_parts(number: int) -> bytes:
    """So many small parts."""
    return mixed(52, *[part("text/plain", "x")] * number)


def _bare(number: int, after: bytes) -> bytes:
    """A header without MIME fields, and what comes after it."""
    whole = mail(number, b"", {"MIME-Version": None, "Content-Type": None})
    return whole.removesuffix(b"\r\n\r\n") + after


_HEADERS = (
    BadInput(
        37,
        "a To field of 100 KB",
        mail(37, fields={"To": "a@elders.example, " * 5_500}),
        "desk",
        "unread: a field of more than 32 KB",
        says=("32 KB",),
    ),
    BadInput(
        38,
        "100,000 header fields",
        mail(38, more=b"X-Veel: van dit\r\n" * 100_000),
        "desk",
        "unread: a header of more than 256 KB or 1,000 lines",
        says=("256 KB",),
    ),
    BadInput(
        39,
        "header line without colon",
        mail(39, fields={"To": "dorpsraden@gemeente.example\r\ndit is geen veld"}),
        "forward",
        "passed over; `explain` warns",
        says=("no header fields",),
    ),
    BadInput(
        39,
        "first line without colon",
        mail("39b", more="dit is geen veld\r\n"),
        "forward",
        "passed over; `explain` warns",
        "b",
        says=("no header fields",),
    ),
    BadInput(
        40,
        "header field of folded blanks only",
        mail(40, more="X-Leeg:\r\n \r\n\t\r\n"),
        "forward",
        "as any mail",
        text=("losse tegel",),
    ),
    BadInput(
        41,
        "first line of an mbox",
        mail(41, more="From secretaris Mon Sep 14 09:00:00 2026\r\n"),
        "forward",
        "passed over",
        text=("losse tegel",),
    ),
    BadInput(42, "nothing at all", b"", "desk", "named as empty, to be looked at in its folder"),
    BadInput(43, "header without body", mail(43, b"").removesuffix(b"\r\n\r\n"), "forward", "as a mail without text"),
    BadInput(
        44,
        "body without header",
        TEXT.encode() + b"\r\n\r\nGroet, Jan\r\n",
        "desk",
        "nobody wrote it",
        says=("geen afzender",),
    ),
)

_INNER = joined("grens", part(PLAIN, "Binnen staat dit."))

_BOUNDARIES = (
    BadInput(
        45,
        "multipart without boundary",
        mail(45, joined("grens", part(PLAIN, TEXT)), {"Content-Type": "multipart/mixed"}),
        "forward",
        "the boundary is found in the text, or else the text is shown as it is",
        text=("losse tegel",),
    ),
    BadInput(
        46,
        "multipart that does not end",
        with_file(46, part(PLAIN, "Tot hier", named("a.txt"))).replace(b"\r\n--grens--", b""),
        "forward",
        "its last part runs to the end",
        text=("losse tegel",),
        files=(("a.txt", b"Tot hier\r\n"),),
    ),
    BadInput(
        47,
        "boundary in preamble and epilogue",
        mail(
            47,
            b"Dit is een bericht in delen, gescheiden door --grens--.\r\n"
            + joined("grens", part(PLAIN, TEXT))
            + b"\r\n--grens\r\n"
            + part(PLAIN, "Na het einde.", named("na.txt")),
            {"Content-Type": "multipart/mixed; boundary=grens"},
        ),
        "forward",
        "a part after the end counts: another reader might show it",
        text=("losse tegel",),
        files=(("na.txt", b"Na het einde.\r\n"),),
    ),
    BadInput(
        48,
        "the same boundary inside itself",
        mixed(48, part('multipart/mixed; boundary="grens"', _INNER), part(PLAIN, TEXT)),
        "forward",
        "no part is lost",
        text=("Binnen staat dit.",),
    ),
    BadInput(
        49,
        "boundary of 10 KB",
        mixed(49, part(PLAIN, TEXT), mark="g" * 10_000),
        "desk",
        "unread: a boundary of more than 200 characters",
        says=("200 tekens",),
    ),
)

_UNREAD = "unread: beyond the bounds on parts"

_DEPTHS = (
    BadInput(50, "300 multiparts in each other", _bare(50, nested(300)), "desk", _UNREAD, says=("te diep",)),
    BadInput(51, "1,000 multiparts in each other", _bare(51, nested(1_000)), "desk", _UNREAD, says=("te diep",)),
    BadInput(52, "10,000 parts", many_parts(10_000), "desk", _UNREAD, says=("500 delen",)),
    BadInput(53, "1,000 mails in each other", _bare(53, in_each_other(1_000)), "desk", _UNREAD, says=("te diep",)),
)

_PARTIAL = 'message/partial; id="54@x.example"; number=1; total=2'
_ELSEWHERE = 'message/external-body; access-type=URL; URL="https://kwaad.example/stuk"'
_NOT_HERE = "what lies elsewhere is never fetched, and nobody can read the mail without it"

_ODD_TYPES = (
    BadInput(
        54,
        "a piece of a mail (message/partial)",
        mail(54, "Subject: Deel een\r\n\r\nDe eerste helft", {"Content-Type": _PARTIAL}),
        "desk",
        _NOT_HERE,
    ),
    BadInput(
        54,
        "a body that lies elsewhere (message/external-body)",
        mixed("54b", part(PLAIN, TEXT), part(_ELSEWHERE, "Content-Type: application/pdf\r\n\r\n")),
        "desk",
        _NOT_HERE,
        "b",
        silent=("https://kwaad.example",),
    ),
    BadInput(
        55,
        "two Content-Types",
        mail(55, more="Content-Type: text/html\r\n", fields={"Content-Type": PLAIN}),
        "forward",
        "the first counts; `explain` warns",
        text=("losse tegel",),
        says=("2 fields Content-Type",),
    ),
)

STRUCTURES = (*_HEADERS, *_BOUNDARIES, *_DEPTHS, *_ODD_TYPES)

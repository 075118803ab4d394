"""Bad inputs 1 to 31: ids, senders, mail that nobody wrote, dates and subjects."""

from tests.catalogue.case import BadInput
from tests.catalogue.making import COUNCIL, FOREIGN, OUR_SERVER, SENDER, SHARED, VILLAGE, mail, mixed, part

ELSEWHERE = "MAILER-DAEMON@mail.elders.example"
ONE_SENDER = "without one certain sender nobody can say who wrote it"

_IDS = (
    BadInput(
        1, "no Message-ID", mail(1, fields={"Message-ID": None}), "forward", "as any mail", mail={"message_id": None}
    ),
    BadInput(
        2, "empty Message-ID", mail(2, fields={"Message-ID": ""}), "forward", "as any mail", mail={"message_id": None}
    ),
    BadInput(
        3,
        "two Message-IDs",
        mail(3, more=f"Message-ID: <eerste.3@{VILLAGE}>\r\n"),
        "forward",
        "the first counts; `explain` warns",
        mail={"message_id": f"eerste.3@{VILLAGE}"},
        says=("2 fields Message-Id",),
    ),
    BadInput(
        4,
        "Message-ID of 10 KB",
        mail(4, fields={"Message-ID": f"<{'x' * 10_000}@{VILLAGE}>"}),
        "forward",
        "as any mail; the letter does not repeat the id",
        silent=("x" * 600,),
    ),
    BadInput(
        5,
        "Message-ID of an earlier mail, other text",
        mail(5, "Er ligt nu ook een losse tegel bij de kerk."),
        "forward",
        "as a mail of its own: a Message-ID alone makes no copy",
        earlier=mail(5),
        text=("bij de kerk",),
    ),
    BadInput(
        6,
        "the same mail again, by an alias",
        mail(6, more=f"Received: from alias.{VILLAGE} by {OUR_SERVER}; Mon, 14 Sep 2026 09:00:07 +0000\r\n"),
        "duplicate",
        "filed as a copy, visibly; nobody gets a second letter",
        earlier=mail(6),
    ),
)

_SENDERS = (
    BadInput(
        7, "no From", mail(7, fields={"From": None}), "desk", ONE_SENDER, mail={"from": None}, says=("geen afzender",)
    ),
    BadInput(8, "empty From", mail(8, fields={"From": ""}), "desk", ONE_SENDER, mail={"from": None}),
    BadInput(
        8,
        "From with empty brackets",
        mail("8b", fields={"From": "Dorpsraad <>"}),
        "desk",
        ONE_SENDER,
        "b",
        mail={"from": None},
    ),
    BadInput(
        9,
        "two From fields",
        mail(9, more=f"From: {COUNCIL}\r\n", fields={"From": "Iemand <iemand@elders.example>"}),
        "desk",
        ONE_SENDER,
        mail={"from": None},
        says=("twee afzenders",),
    ),
    BadInput(
        10,
        "From with two mailboxes",
        mail(10, fields={"From": f"{COUNCIL}, Iemand <iemand@elders.example>"}),
        "desk",
        ONE_SENDER,
        mail={"from": None},
        says=("twee afzenders",),
    ),
    BadInput(
        11,
        "From with a group",
        mail(11, fields={"From": "undisclosed-recipients:;"}),
        "desk",
        ONE_SENDER,
        mail={"from": None},
    ),
    BadInput(
        12,
        "address that simple parsers read as the council's (CVE-2023-27043)",
        mail(12, fields={"From": f"{SENDER}]<bob@kwaad.example>"}),
        "desk",
        "our own grammar refuses it",
        mail={"from": None},
    ),
    BadInput(
        13,
        "display name that is another address",
        mail(13, fields={"From": f'"{SENDER}" <bob@kwaad.example>'}),
        "desk",
        "the name may deceive whoever reads it",
    ),
    BadInput(
        14,
        "From of 2,000 opening brackets",
        mail(14, fields={"From": "(" * 2_000 + SENDER}),
        "desk",
        ONE_SENDER,
        mail={"from": None},
    ),
    BadInput(
        15,
        "domain in our own alphabet (IDN)",
        mail(15, fields={"From": f"Dorpsvereniging <secretaris@{FOREIGN}>"}),
        "forward",
        "compared in its ASCII form (IDNA)",
        mail={"from": "secretaris@" + FOREIGN.encode("idna").decode()},
        says=("Zuiderbroek",),
    ),
    BadInput(
        16,
        "local part in UTF-8",
        mail(16, fields={"From": f"Dorpsraad <secretariële.zaken@{VILLAGE}>"}),
        "forward",
        "answers go to the shared address: not every server can write to such a one",
        answers=SHARED,
    ),
    BadInput(
        17,
        "domain with a look-alike letter",
        mail(17, fields={"From": COUNCIL.replace("oosterdorp", "\u043eosterdorp")}),
        "desk",
        "with the council it resembles",
        says=("lijkt",),
    ),
)

_STATUS = (
    "Reporting-MTA: dns; mail.elders.example\r\n\r\nFinal-Recipient: rfc822; jan@elders.example\r\n"
    "Action: failed\r\nStatus: 5.1.1"
)
_READ = "Final-Recipient: rfc822; jan@elders.example\r\nDisposition: manual-action/MDN-sent-manually; displayed"

_AUTOMATIC = (
    BadInput(
        18,
        "bounce without a sender",
        mixed(
            18,
            part("text/plain", "Your message could not be delivered."),
            part("message/delivery-status", _STATUS),
            kind='report; report-type="delivery-status"',
            fields={"Return-Path": "<>", "From": f"Mail Delivery System <{ELSEWHERE}>", "Subject": "Undelivered Mail"},
        ),
        "file",
        "as a bounce; tied to our letter if it is about one",
        told={"automatic": "bounce"},
    ),
    BadInput(
        19,
        "bounce without a report part",
        mail(
            19,
            "Hi. This is the qmail-send program. I'm afraid I wasn't able to deliver your message.",
            {"Return-Path": "<>", "From": ELSEWHERE, "Subject": "failure notice"},
        ),
        "file",
        "as a bounce",
        told={"automatic": "bounce"},
    ),
    BadInput(
        20,
        "out of office",
        mail(
            20,
            "Ik ben afwezig tot 21 september.",
            {"Subject": "Automatisch antwoord: Losse tegel", "Auto-Submitted": "auto-replied"},
        ),
        "file",
        "as an automatic reply; never answered",
        told={"automatic": "auto-reply"},
    ),
    BadInput(
        21,
        "newsletter of a mailing list",
        mail(
            21,
            "Nieuws voor alle inwoners.",
            {
                "From": "Nieuws <nieuws@elders.example>",
                "List-Id": "<nieuws.elders.example>",
                "List-Unsubscribe": "<mailto:af@elders.example>",
                "Precedence": "bulk",
            },
        ),
        "file",
        "as a mailing; never answered",
        told={"automatic": "list"},
    ),
    BadInput(
        21,
        "council that writes through a list server",
        mail("21b", fields={"List-Id": f"<bestuur.{VILLAGE}>"}),
        "forward",
        "a list id alone does not make it a mailing",
        "b",
    ),
    BadInput(
        22,
        "read receipt",
        mixed(
            22,
            part("text/plain", "Uw bericht is gelezen."),
            part("message/disposition-notification", _READ),
            kind="report; report-type=disposition-notification",
            fields={"Subject": "Gelezen: Losse tegel"},
        ),
        "file",
        "as a read receipt",
        told={"automatic": "read-receipt"},
    ),
)

_DATES = (
    BadInput(
        23, "no Date", mail(23, fields={"Date": None}), "forward", "the moment of arrival counts", mail={"date": None}
    ),
    BadInput(
        24,
        "Date in 2050",
        mail(24, fields={"Date": "Fri, 14 Sep 2050 09:00:00 +0000"}),
        "forward",
        "the moment of arrival counts",
    ),
    BadInput(
        25,
        "Date in 1970",
        mail(25, fields={"Date": "Thu, 1 Jan 1970 00:00:00 +0000"}),
        "forward",
        "the moment of arrival counts",
    ),
    BadInput(
        25,
        "Date that is none",
        mail("25b", fields={"Date": "gisterenmiddag"}),
        "forward",
        "the moment of arrival counts; `explain` warns",
        "b",
        mail={"date": None},
        says=("Date",),
    ),
)

_WORDS = b"=?utf-8?q?a?="

_SUBJECTS = (
    BadInput(26, "no Subject", mail(26, fields={"Subject": None}), "forward", "as any mail", mail={"subject": ""}),
    BadInput(
        27,
        "Subject whose encoded word holds CR LF and a Bcc",
        mail(27, fields={"Subject": "=?utf-8?q?hoi=0D=0ABcc:_x@kwaad.example?="}),
        "forward",
        "one line, one recipient",
        says=("Bcc: x@kwaad.example",),
        silent=("\nBcc:",),
    ),
    BadInput(
        28,
        "Subject in raw Latin-1",
        mail(28, fields={"Subject": "Café-overleg 28".encode("latin-1")}),
        "forward",
        "read as Windows-1252",
        mail={"subject": "Café-overleg 28"},
    ),
    BadInput(
        29,
        "Subject with mixed and unknown charsets",
        mail(29, fields={"Subject": "=?utf-8?q?Caf=C3=A9?= =?iso-8859-1?q?_Ge=EFnd?= =?geheim?q?_dorp?= 29"}),
        "forward",
        "what cannot be known is read as UTF-8 or Windows-1252",
        mail={"subject": "Café Geïnd dorp 29"},
    ),
    BadInput(
        30,
        "5,000 encoded words over several fields",
        mail(
            30,
            fields={"Subject": b" ".join([_WORDS] * 2_000)},
            more=b"".join(b"X-Woorden: " + b" ".join([_WORDS] * 1_000) + b"\r\n" for _ in range(3)),
        ),
        "forward",
        "200 of a field are decoded; the subject is cut at 1,000 characters, at 200 in the header of the letter",
        says=("a" * 200,),
        silent=("a" * 1_001,),
    ),
    BadInput(
        30,
        "5,000 encoded words in one field",
        mail("30b", fields={"Subject": b" ".join([_WORDS] * 5_000)}),
        "desk",
        "unread: a field of more than 32 KB",
        "b",
        says=("32 KB",),
    ),
    BadInput(
        31,
        "marks that turn the direction of writing",
        mixed(
            31,
            part("text/plain; charset=utf-8", "Zie de \u202ebijlage\u202c."),
            part(
                "text/plain; charset=utf-8",
                "Besluit: een drempel",
                "Content-Disposition: attachment; filename*=utf-8''verslag%E2%80%AEtxt.odt.txt",
            ),
            fields={"Subject": "Tegel \u202e\u206631\u2069\u200b \u00adlos"},
        ),
        "forward",
        "without those marks",
        mail={"subject": "Tegel 31 los"},
        files=(("verslagtxt.odt.txt", b"Besluit: een drempel"),),
        silent=("\u202e", "\u202c", "\u2066", "\u200b"),
    ),
)

HEADS = (*_IDS, *_SENDERS, *_AUTOMATIC, *_DATES, *_SUBJECTS)

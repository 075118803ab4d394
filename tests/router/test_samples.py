"""The demo's material: its mails, its config, its report."""

import email
import email.policy
import io
import re
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path

import pytest
from rich.console import Console

from mailrouter.config import Config, load, share
from mailrouter.core.meaning.village import by_sender
from mailrouter.core.understand import Job, understand
from mailrouter.demo.config import USER, write_demo_config
from mailrouter.demo.report import End, Row, file_name, show, totals, write_letters
from mailrouter.demo.samples import WEEK, Sample, samples

SAMPLES = samples()
FORWARDED = [sample for sample in SAMPLES if sample.expect.outcome == "forward"]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return load(write_demo_config(tmp_path_factory.mktemp("demo"), 10143, 10025, "geheim"))


def named(sample: Sample) -> str:
    return sample.name


def by_name(name: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.name == name)


def test_there_is_one_of_each_sort() -> None:
    """The samples cover what a shared mailbox gets, and each has its own name."""
    assert len(SAMPLES) >= 18
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES)
    assert {sample.expect.outcome for sample in SAMPLES} == {"forward", "desk", "file"}
    kinds = {sample.expect.kind for sample in FORWARDED}
    assert kinds == {"minutes", "invitation", "complaint", "idea", "project", "other"}
    automatic = {sample.expect.automatic for sample in SAMPLES} - {None}
    assert automatic == {"bounce", "auto-reply", "read-receipt", "list"}


def test_every_village_writes(config: Config) -> None:
    """Each of the seven villages has at least one mail that is forwarded."""
    assert {sample.expect.village for sample in FORWARDED} == set(config.routing.villages)


def test_samples_arrive_in_order_from_the_reference_on() -> None:
    """The first arrives at the reference moment, the last within the week."""
    moments = [sample.received for sample in SAMPLES]
    assert moments == sorted(moments)
    assert moments[0] == WEEK
    assert moments[-1] < WEEK + timedelta(days=7)


def test_another_reference_moves_the_headers_along() -> None:
    """Dates in headers follow the reference moment that is asked for."""
    shifted = samples(WEEK + timedelta(days=1))[0]
    assert (shifted.received, b"Tue, 15 Sep 2026" in shifted.raw) == (WEEK + timedelta(days=1), True)


def test_the_same_sample_is_the_same_bytes() -> None:
    """Nothing in a sample comes from chance or the clock."""
    assert [sample.raw for sample in samples()] == [sample.raw for sample in SAMPLES]


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_lines_end_in_crlf(sample: Sample) -> None:
    """A mail on the wire has CRLF line ends only, and no line is longer than RFC 5322 §2.1.1 allows."""
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", sample.raw) is None
    assert max(map(len, sample.raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_a_tolerant_reader_reads_it(sample: Sample) -> None:
    """Only the sample that is broken on purpose has defects, and only one has no sender."""
    mail = email.message_from_bytes(sample.raw)
    defects = [defect for part in mail.walk() for defect in part.defects]
    assert bool(defects) == (sample.name == "broken")
    assert bool(parseaddr(mail["From"] or "")[1]) == (sample.name != "no-sender")
    assert mail["Date"] is not None
    assert mail["Received"] is not None


@pytest.mark.parametrize("sample", FORWARDED, ids=named)
def test_senders_of_forwarded_samples_are_listed(sample: Sample, config: Config) -> None:
    """What is forwarded comes from an address that the worked example lists for that village."""
    sender = parseaddr(email.message_from_bytes(sample.raw)["From"])[1]
    village = by_sender(sender, config.routing.villages)
    assert village is not None
    assert village.key == sample.expect.village
    assert sample.expect.officials <= set(config.routing.officials)


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_the_router_does_what_the_sample_expects(sample: Sample, config: Config) -> None:
    """Read with the worked example, every sample ends where its author says."""
    found = understand(Job(sample.raw, len(sample.raw), sample.received), config.routing)
    told, expect = found.explanation, sample.expect
    if expect.duplicate_of:
        first = by_name(expect.duplicate_of)
        assert (
            found.fingerprint == understand(Job(first.raw, len(first.raw), first.received), config.routing).fingerprint
        )
        return
    assert (found.outcome, told["automatic"]) == (expect.outcome, expect.automatic)
    if found.outcome == "file":
        return
    assert (told["village"] or {}).get("key") == expect.village
    if found.outcome == "forward":
        assert told["kind"]["key"] == expect.kind
        assert {recipient.official for recipient in found.recipients} == expect.officials


def test_the_duplicate_is_another_message_on_the_wire() -> None:
    """The duplicate has other bytes, another way and another encoding than its original."""
    copy = by_name("duplicate")
    first = by_name(copy.expect.duplicate_of or "")
    one, other = (email.message_from_bytes(sample.raw) for sample in (first, copy))
    assert one["Message-ID"] == other["Message-ID"]
    assert one["Received"] != other["Received"]
    assert one["Content-Transfer-Encoding"] != other["Content-Transfer-Encoding"]


def test_the_large_attachment_is_a_picture_of_ten_megabytes() -> None:
    """The drawing is made at run time, and is a real PNG."""
    mail = email.message_from_bytes(by_name("idea-large-drawing").raw)
    picture = next(part for part in mail.walk() if part.get_content_type() == "image/png").get_payload(decode=True)
    assert isinstance(picture, bytes)
    assert 9_900_000 < len(picture) < 10_100_000
    assert (picture[:8], picture[-8:-4]) == (b"\x89PNG\r\n\x1a\n", b"IEND")


def test_the_demo_config_stays_on_this_machine(config: Config, tmp_path: Path) -> None:
    """The demo's config is the worked example, with mailbox and relay near and quick."""
    settings = config.settings
    assert (settings.mailbox.host, settings.mailbox.port, settings.mailbox.tls) == ("127.0.0.1", 10143, "none")
    assert (settings.delivery.host, settings.delivery.port, settings.delivery.tls) == ("127.0.0.1", 10025, "none")
    assert (settings.mailbox.user, settings.delivery.user, settings.delivery.rate) == (USER, None, 0)
    assert settings.mailbox.since is not None
    assert settings.mailbox.since < WEEK.date()
    assert settings.receipts.wait == timedelta(seconds=5)
    assert settings.mailbox.password is not None
    assert settings.router.key is not None
    assert config.state_folder().resolve() == (config.folder.parent / "state").resolve()
    shipped = (share() / "config" / "villages.yaml").read_bytes()
    assert (config.folder / "villages.yaml").read_bytes() == shipped


def test_the_demo_writes_to_addresses_the_config_calls_its_own(config: Config) -> None:
    """The samples are addressed to the shared address and came through it or an alias of it."""
    for sample in SAMPLES:
        for address in re.findall(rb"for <([^>]+)>; ", sample.raw.split(b"\r\n\r\n")[0]):
            assert address.decode() in config.routing.own_addresses


ROWS = [
    Row(
        arrived=datetime(2026, 9, 14, 9, tzinfo=UTC),
        sender="secretaris@dorpsraad-oosterdorp.example",
        subject="Notulen [concept] 8 september",
        outcome="forward",
        village="Oosterdorp",
        kind="Notulen",
        recipients=["de heer Oeverman (ambassadeur)", "de heer Hagedoorn (gebiedsmanager)"],
        why="sender domain @dorpsraad-oosterdorp.example is listed for oosterdorp",
        folder="Verwerkt/oosterdorp",
    ),
    Row(WEEK, "", "", "desk", "", "", ["de balie"], "the sender is not certain", "Balie"),
    Row(WEEK, "mailer-daemon@gemeente.example", "Undelivered Mail", "file", "", "", [], "bounce", "Automatisch"),
]
END = End(letters_sent=3, inbox_left=0, verify="ok", letters=Path("/tmp/demo/letters"))


def printed(rows: list[Row], end: End) -> str:
    console = Console(file=io.StringIO(), width=100)
    show(rows, end, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_totals_are_the_object_of_the_contract() -> None:
    """arrived = forwarded + desk + filed, and the rest as it was given."""
    assert totals(ROWS, END) == {
        "arrived": 3,
        "forwarded": 1,
        "desk": 1,
        "filed": 1,
        "letters_sent": 3,
        "inbox_left": 0,
        "verify": "ok",
        "letters": "/tmp/demo/letters",
    }


def test_the_report_says_what_arrived_and_who_got_it() -> None:
    """Piped, the table is plain text of at most 100 columns that names mail, outcome, people and reason."""
    text = printed(ROWS, END)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 100
    for words in ("Notulen [concept]", "(no sender)", "forwarded", "to the desk", "filed", "Hagedoorn", "Balie"):
        assert words in text
    assert "3 mails arrived: 1 forwarded, 1 to the desk, 1 filed" in text
    assert "/tmp/demo/letters" in text


def test_the_report_hides_no_trouble() -> None:
    """Mail left behind and books that do not balance are said in so many words."""
    text = printed(ROWS, End(3, 2, "1 mail without a decision", Path("letters")))
    assert "Left in the inbox: 2 mails" in text
    assert "The books do not balance: 1 mail without a decision" in text


def test_letters_are_written_as_mail_and_as_page(tmp_path: Path) -> None:
    """Each letter lies there byte for byte as .eml, its HTML as a page, and the index links both."""
    letter = (
        b"Subject: =?utf-8?q?=5BOosterdorp=5D_Notulen_=3Cconcept=3E?=\r\nTo: hagedoorn@gemeente.example\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="a"\r\n\r\n'
        b"--a\r\nContent-Type: text/plain\r\n\r\nhallo\r\n"
        b"--a\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<p>caf\xe9</p>\r\n--a--\r\n"
    )
    plain = b"Subject: Bericht\r\nTo: balie@gemeente.example\r\n\r\nkort\r\n"
    index = write_letters(tmp_path / "letters", [("Notulen Oosterdorp aan mevrouw Öz", letter), ("bericht", plain)])
    assert sorted(path.name for path in index.parent.iterdir()) == [
        "01-notulen-oosterdorp-aan-mevrouw-oz.eml",
        "01-notulen-oosterdorp-aan-mevrouw-oz.html",
        "02-bericht.eml",
        "index.html",
    ]
    assert (index.parent / "01-notulen-oosterdorp-aan-mevrouw-oz.eml").read_bytes() == letter
    page = (index.parent / "01-notulen-oosterdorp-aan-mevrouw-oz.html").read_text("utf-8")
    assert "<p>café</p>" in page
    assert "utf-8" in page
    listed = index.read_text("utf-8")
    assert "[Oosterdorp] Notulen &lt;concept&gt;" in listed
    assert 'href="02-bericht.eml"' in listed


def test_file_names_are_plain() -> None:
    """Whatever a subject holds, the name is letters, digits and hyphens, and there is one."""
    assert file_name("../../Wéér: afval? aan J. Jansen") == "weer-afval-aan-j-jansen"
    assert file_name("???") == "letter"

"""What Outlook sends: winmail.dat and .msg, whole and hostile."""

import struct

import compressed_rtf
import pytest

from mailrouter.core.reading.files import msg, tnef
from mailrouter.core.reading.files.message import File, Message
from mailrouter.core.reading.files.reasons import BROKEN, Unreadable
from tests.core import files


def test_a_winmail_is_the_message_it_holds() -> None:
    """Properties win from attributes, and what is attached has its long name."""
    found = tnef.message_of(files.winmail())
    assert ("Verslag", "Raad Oosterdorp <raad@oosterdorp.example>") == (found.subject, found.sender)
    assert "Beste café" == found.text
    first, second = found.files
    assert File("lang verslag.txt", "", b"Besluit: drempel") == first
    assert isinstance(second, File)
    assert (True, "Binnenste") == (second.content.startswith(tnef.START), tnef.message_of(second.content).subject)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([(0x1F, 0x1000, files.utf16("plat"))], "plat"),
        ([(0x102, 0x1013, b"<b>rijk</b>"), (0x102, 0x1009, b"x")], "rijk"),
        ([(0x102, 0x1009, compressed_rtf.compress(files.RTF))], files.RTF_TEXT),
        ([(0x102, 0x1009, compressed_rtf.compress(files.RTF, compressed=False))], files.RTF_TEXT),
        ([(0x102, 0x1009, compressed_rtf.compress(files.RTF)[:-9])], ""),
        ([(0x102, 0x1009, b"\xff" * 300_000)], ""),
        ([(0x03, 0x3FDE, struct.pack("<I", 1252)), (0x102, 0x1013, b"<b>caf\xe9</b>")], "café"),
    ],
)
def test_the_text_of_an_outlook_message(values: list[tuple[int, int, bytes]], text: str) -> None:
    """Plain text, else HTML, else compressed RTF; a broken text leaves the rest of the message."""
    content = files.tnef((0x69003, files.properties((0x1F, 0x0037, files.utf16("Verslag")), *values)))
    assert Message("Verslag", "", text) == tnef.message_of(content)


def test_a_winmail_that_is_cut_off_gives_what_came_before() -> None:
    """A connection that broke costs the end of the file, not its beginning."""
    whole = files.tnef((0x18004, b"Verslag\0"), (0x2800C, b"Beste raad\0"))
    assert Message("Verslag", "", "") == tnef.message_of(whole[:-12])


@pytest.mark.parametrize(
    "content",
    [
        tnef.START,
        tnef.START + b"\1\0" + struct.pack("<BII", 1, 0x69003, 0xFFFFFFFF),
        files.tnef((0x69003, struct.pack("<IHHI", 0xFFFFFFFF, 0x101F, 0x37, 0xFFFFFFFF))),
        files.tnef((0x69003, struct.pack("<IHHI", 1, 0x1F, 0x37, 1) + b"\xff\xff\xff\x7f")),
        files.tnef((0x69003, struct.pack("<IHH", 1, 0x77, 0x37))),
    ],
)
def test_a_winmail_of_absurd_lengths_is_broken(content: bytes) -> None:
    """What announces more than there is, is not waited for."""
    with pytest.raises(Unreadable, match="beschadigd"):
        tnef.message_of(content)


def test_an_outlook_message_with_what_is_in_it() -> None:
    """Subject, sender, text, a file, and a message in the message."""
    found = msg.message_of(files.msg())
    assert ("Verslag", "Raad Oosterdorp <raad@oosterdorp.example>") == (found.subject, found.sender)
    first, second = found.files
    assert isinstance(first, File)
    assert ("verslag.pdf", b"%PDF-") == (first.name, first.content[:5])
    assert Message("Binnenste", "", "diep van binnen") == second


def test_an_outlook_message_in_an_old_code_page() -> None:
    """Text of before Unicode is read in the code page that the message names."""
    entry = struct.pack("<IIII", 0x3FFD0003, 0, 1250, 0)
    tree = {"__properties_version1.0": bytes(32) + entry, "__substg1.0_1000001E": b"\xb9", "__substg1.0_10130102": b""}
    assert "ą" == msg.message_of(files.compound(tree)).text


def test_messages_in_messages_are_opened_three_deep() -> None:
    """Further ones have no content."""
    inner = files.outlook(p0037="4")
    for number in range(3, -1, -1):
        inner = files.outlook(p0037=str(number)) | {"__attach_version1.0_#00000000": files.outlook(p3701=inner)}
    found, subjects = msg.message_of(files.compound(inner)), []
    while isinstance(found, Message):
        subjects.append(found.subject)
        [found] = found.files
    assert (["0", "1", "2", "3"], File("", "", b"")) == (subjects, found)


def changed(**numbers: int) -> bytes:
    """A message with other numbers (32 bits) at these places."""
    content = bytearray(files.msg())
    for place, number in numbers.items():
        struct.pack_into("<I", content, int(place.removeprefix("at")), number)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        changed(at44=0xFFFFFFF),
        changed(at44=0x1000, at72=0x20),
        changed(at64=0xFFFFFF),
        changed(at48=0xFFFFFF00),
        files.msg()[:1_500],
        msg.START,
    ],
)
def test_a_compound_file_of_absurd_tables_is_broken(content: bytes) -> None:
    """More tables than fit into the file, sectors that are not there: not followed."""
    with pytest.raises(Unreadable) as raised:
        msg.message_of(content)
    assert BROKEN == str(raised.value)


def test_sectors_that_follow_each_other_in_circles_end() -> None:
    """A chain of sectors without an end gives a broken file or what the sizes allow, and never goes on for ever."""
    whole = files.msg()
    table = 512 + 512 * struct.unpack_from("<I", whole, 76)[0]
    for sector in range(10):
        circular = bytearray(whole)
        struct.pack_into("<I", circular, table + 4 * sector, sector)
        try:
            assert "" != msg.message_of(bytes(circular)).subject
        except Unreadable as raised:
            assert BROKEN == str(raised)

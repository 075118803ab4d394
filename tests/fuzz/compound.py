"""A compound file as Outlook makes .msg files: a few small streams in one folder ([MS-CFB])."""

import struct
from collections.abc import Iterable, Mapping

_SECTOR, _MINI, _ENTRY = 512, 64, 128
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def outlook(subject: str, text: str) -> bytes:
    """A .msg file with this subject and text ([MS-OXMSG] §2)."""
    return compound(
        {
            "__properties_version1.0": bytes(32),
            "__substg1.0_001A001F": "IPM.Note".encode("utf-16-le"),
            "__substg1.0_0037001F": subject.encode("utf-16-le"),
            "__substg1.0_1000001F": text.encode("utf-16-le"),
        }
    )


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of streams below 4 KB each: header, FAT, directory, mini FAT, mini stream."""
    mini, chains, starts = b"", [], []
    for content in streams.values():
        starts.append(len(mini) // _MINI)
        mini += _filled(content, _MINI)
        count = len(mini) // _MINI - starts[-1]
        chains += [*range(starts[-1] + 1, starts[-1] + count), _END] if count else []
    directory = _filled(_directory(streams, starts, len(mini)), _SECTOR)
    mini_fat, mini = _filled(_numbers(chains), _SECTOR, b"\xff"), _filled(mini, _SECTOR)
    fat, places = [_FAT], []
    for part in (directory, mini_fat, mini):
        places.append(len(fat))
        fat += [*range(len(fat) + 1, len(fat) + len(part) // _SECTOR), _END]
    table = _filled(_numbers(fat), _SECTOR, b"\xff")
    return _header(places[0], places[1], len(mini_fat) // _SECTOR) + table + directory + mini_fat + mini


def _header(directory: int, mini_fat: int, mini_fats: int) -> bytes:
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    sizes = (0, 1, directory, 0, 4_096, mini_fat, mini_fats, _END, 0)
    return start + _numbers(sizes) + _numbers([0, *[_FREE] * 108])


def _directory(streams: Mapping[str, bytes], starts: list[int], mini_size: int) -> bytes:
    """The root, and the streams as a chain of right siblings."""
    last = len(streams)
    root_at = 1 + (_ENTRY * (last + 1) + _SECTOR - 1) // _SECTOR + 1
    entries = [_entry("Root Entry", 5, _NONE, 1, root_at, mini_size)]
    for number, ((name, content), start) in enumerate(zip(streams.items(), starts, strict=True), 1):
        entries.append(_entry(name, 2, number + 1 if number < last else _NONE, _NONE, start, len(content)))
    return b"".join(entries)


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBBIII", len(wide), kind, 1, _NONE, right, child)
    return wide.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)


def _numbers(numbers: Iterable[int]) -> bytes:
    values = list(numbers)
    return struct.pack(f"<{len(values)}I", *values)


def _filled(data: bytes, unit: int, filler: bytes = b"\0") -> bytes:
    return data + filler * (-len(data) % unit)

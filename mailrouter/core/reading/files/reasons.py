"""Why a file gives no text, in Dutch, as people read it under the file's name."""

from collections.abc import Iterator
from contextlib import contextmanager

EMPTY = "geen leesbare tekst"
EMPTY_FILE = "leeg bestand"
BROKEN = "niet te lezen (beschadigd)"
PROTECTED = "met een wachtwoord beveiligd"
ENCRYPTED = "versleuteld"
SIGNED = "versleuteld of ondertekend (S/MIME)"
SCAN = "geen leesbare tekst (waarschijnlijk een scan)"
UNKNOWN = "dit soort bestand kunnen wij niet lezen"
TOO_DEEP = "niet gelezen: zit te diep in andere bestanden"
TOO_MANY = "niet gelezen: te veel bestanden in elkaar"


class Unreadable(Exception):
    """A file gives no text; says why, in Dutch."""


@contextmanager
def foreign() -> Iterator[None]:
    """Around a library of others: whatever it raises means that the file is broken.

    For hostile bytes these raise anything, RecursionError included; only a lack of memory is not the file's alone.
    """
    try:
        yield
    except (MemoryError, Unreadable):
        raise
    except Exception as error:
        raise Unreadable(BROKEN) from error

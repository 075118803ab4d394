"""One-time codes with which the desk decides by mail.

A code is written `<12 hex>-<version>-<16 hex>`: the beginning of the mail's arrival key, the version of the decision it
is about, and an HMAC over the choice. The HMAC is made with a key of that mail and version alone, which is derived from
the router key: so whoever writes the letter to the desk can make the codes of this mail, and of no other
(docs/decisions/0020). A code is used up when that version is: once anybody decided, every code of the letter is void.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

_ABOUT, _CHECK = 12, 16
# Not within a link, where what stands before it is an escape: a letter that is quoted holds the links of all choices.
_CODE = re.compile(rf"(?<![\w%=.-])([0-9a-f]{{{_ABOUT}}})-(\d{{1,4}})-([0-9a-f]{{{_CHECK}}})(?![\w-])", re.ASCII)
MOST = 10
"""More codes than this in one mail are somebody's trial."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a code stands for: keys of a village and a kind; empty: as it is written by hand beside the code.

    `remember`: the sender's address is to be listed for the village.
    """

    village: str = ""
    kind: str = ""
    remember: bool = False


BY_HAND = Selection()


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of one version of the decision on one mail; `key` (hex) is good for these and nothing else."""

    about: str
    version: int
    key: str

    def of(self, selection: Selection) -> str:
        """The code of a choice."""
        words = f"{selection.village}|{selection.kind}|{'remember' if selection.remember else ''}"
        check = hmac.new(bytes.fromhex(self.key), words.encode(), hashlib.sha256).hexdigest()[:_CHECK]
        return f"{self.about}-{self.version}-{check}"


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it was found: nobody has checked it yet."""

    text: str
    about: str
    version: int


def codes(router_key: bytes, arrival_key: str, version: int) -> Codes:
    """The codes of a version of the decision on the mail with that arrival key (64 hex digits)."""
    key = hmac.new(router_key, f"desk|{arrival_key}|{version}".encode(), hashlib.sha256).hexdigest()
    return Codes(arrival_key[:_ABOUT], version, key)


def found_in(text: str) -> tuple[str, ...]:
    """What looks like a code, each once, in order."""
    return tuple(dict.fromkeys(match[0] for match in _CODE.finditer(text)))[:MOST]


def read(text: str) -> Code | None:
    """A code taken apart; None if it is none."""
    match = _CODE.fullmatch(text)
    return Code(text, match[1], int(match[2])) if match else None

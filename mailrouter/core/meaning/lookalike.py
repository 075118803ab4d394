"""What looks the same to a reader: letters of other scripts, digits for letters, and a slip of one letter.

The idea is the skeleton of UTS 39 §4, with a small table of our own: two texts that look alike have the same skeleton.
"""

import re
from functools import lru_cache
from unicodedata import category, normalize

_SHORTEST = 5
"""Characters of a name of which one may differ; shorter names differ by one too often without any purpose."""

# Letters that look like one of ours, in the order of what they look like; what NFKD takes apart needs no place here.
_LETTERS = {
    "a": "аαɑᴀ", "b": "вьβʙ", "c": "сϲςᴄ", "d": "ԁđðᴅ", "e": "еεєᴇ", "f": "ғƒ", "g": "ɡցɢ", "h": "һнհħʜ",
    "i": "іιıɩɪ", "j": "јյᴊ", "k": "кκᴋ", "l": "ӏłլʟ|", "m": "мᴍ", "n": "пηոɴ", "o": "оοσօøᴏ", "p": "рρքþᴘ",
    "q": "ԛզ", "r": "гʀ", "s": "ѕꜱ", "t": "тτŧᴛ", "u": "υսμᴜ", "v": "ѵνᴠ", "w": "ԝшωաᴡ", "x": "хχ", "y": "уγʏ",
    "z": "ᴢ", "3": "з", "6": "б",
}  # fmt: skip
_SAME = str.maketrans({other: plain for plain, others in _LETTERS.items() for other in others})
_PAIRS = re.compile("rn|vv|cl")
_AS_ONE = {"rn": "m", "vv": "w", "cl": "d"}
_ONE_SHAPE = str.maketrans("01i", "oll")


@lru_cache(maxsize=4096)
def skeleton(text: str) -> str:
    """What the text looks like, without case and accents."""
    plain = "".join(c for c in normalize("NFKD", text.casefold()) if category(c) not in ("Mn", "Cf"))
    return _PAIRS.sub(lambda pair: _AS_ONE[pair[0]], plain.translate(_SAME)).translate(_ONE_SHAPE)


def within_one_slip(one: str, other: str) -> bool:
    """Whether one letter put in, left out or changed, or two neighbours swapped, makes the two equal."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[at:], other[at:]
    if a == b or a[1:] == b[1:] or a[1:] == b or a == b[1:]:
        return True
    return a[:2] == b[1::-1] and a[2:] == b[2:]


def resembles_domain(domain: str, known: str) -> bool:
    """Whether a domain (lower case, IDNA) is made to look like a known one; that one and what is below it are not.

    The same to the eye, the same name in another top-level domain, one slip away, or the known one put in front.
    """
    if domain == known or domain.endswith("." + known):
        return False
    if f".{known}." in f".{domain}":
        return True
    tail = ".".join(domain.split(".")[-known.count(".") - 1 :])
    (name, top), (known_name, known_top) = _parted(tail), _parted(known)
    if name == known_name:
        return True
    return top == known_top and min(len(name), len(known_name)) >= _SHORTEST and within_one_slip(name, known_name)


def resembles_address(address: str, known: str) -> bool:
    """Whether an address is made to look like a known one: either side the same, and the other one looks like it."""
    local, _, domain = address.rpartition("@")
    known_local, _, known_domain = known.rpartition("@")
    if domain == known_domain:
        name, known_name = skeleton(local), skeleton(known_local)
        near = min(len(name), len(known_name)) >= _SHORTEST and within_one_slip(name, known_name)
        return local != known_local and (name == known_name or near)
    return skeleton(local) == skeleton(known_local) and resembles_domain(domain, known_domain)


def _parted(domain: str) -> tuple[str, str]:
    """(skeleton of the name, top-level domain), as people see it."""
    name, _, top = ".".join(map(_shown, domain.split("."))).rpartition(".")
    return skeleton(name), top


def _shown(label: str) -> str:
    """A label of a domain as it is shown: with the letters that its ASCII form (RFC 3492) stands for."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label

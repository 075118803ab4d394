"""Who is who: arrival keys, fingerprints, and the ids of our own letters.

A letter's id is HMAC-SHA-256(router key, fingerprint | recipient | version), 128 bits, so the same promise always has
the same id, also after the journal was lost. Where it stands in a message it is followed by a check of 64 bits under
the same key, so that we recognise our own letters without the journal and nobody who knows the mail can forge one.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# The dot comes first, so that megabytes of base64, which has none, are passed over at the speed of memchr.
TOKEN = re.compile(rb"\.(?<=([0-9a-f]{32})\.)([0-9a-f]{16})(?![0-9a-f])")
_OWN_HEADERS = (b"message-id", b"x-mailrouter-letter")
_MOST_TOKENS = 200
"""More candidates than this in one mail are not ours but somebody's trial of our patience."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf part as the fingerprint sees it: `content` decoded, text with LF and without trailing blanks."""

    type: str
    name: str
    content: bytes


def arrival_key(raw: bytes) -> str:
    """sha256 of the raw bytes (hex): the same bytes are the same arrival, without parsing them."""
    return hashlib.sha256(raw).hexdigest()


def fingerprint(
    message_id: str, date: str, sender: str, subject: str, leaves: Iterable[Leaf], first_received: str = ""
) -> str:
    """sha256 (hex) over what stays the same when a server re-encodes a mail.

    `first_received` counts only for a mail with neither Message-ID nor Date, so that one repeated on purpose is not
    taken for a copy.
    """
    digest = hashlib.sha256()

    def add(value: bytes) -> None:
        digest.update(b"%d:" % len(value))
        digest.update(value)

    for text in (message_id, date, sender, subject):
        add(text.encode("utf-8", "surrogateescape"))
    if not message_id and not date:
        add(first_received.encode("utf-8", "surrogateescape"))
    for leaf in leaves:
        add(leaf.type.encode("utf-8", "surrogateescape"))
        add(leaf.name.encode("utf-8", "surrogateescape"))
        add(leaf.content)
    return digest.hexdigest()


def letter_id(key: bytes, fingerprint: str, recipient: str, version: str) -> str:
    """The id (32 hex digits) of the letter that `version` of the decision on a mail promises to `recipient`."""
    message = "|".join((fingerprint, recipient.lower(), version)).encode()
    return hmac.new(key, b"letter|" + message, hashlib.sha256).hexdigest()[:32]


def token(key: bytes, letter: str) -> str:
    """The id with its check, as it stands in Message-ID, X-Mailrouter-Letter and References."""
    return f"{letter}.{_check(key, letter)}"


def trial_id(key: bytes, nonce: str) -> str:
    """The id (32 hex digits) of a letter of ours that no promise has: it only tries the way. `nonce`: 16 hex digits."""
    return nonce + hmac.new(key, b"trial|" + nonce.encode(), hashlib.sha256).hexdigest()[:16]


def is_trial(key: bytes, letter: str) -> bool:
    """Whether an id is one of `trial_id`."""
    return hmac.compare_digest(trial_id(key, letter[:16]), letter)


def _check(key: bytes, letter: str) -> str:
    return hmac.new(key, b"check|" + letter.encode(), hashlib.sha256).hexdigest()[:16]


def valid_tokens(key: bytes, text: bytes) -> tuple[str, ...]:
    """The letter ids in `text` whose check is right, each once, in order."""
    found: dict[str, None] = {}
    for tried, match in enumerate(TOKEN.finditer(text)):
        if tried >= _MOST_TOKENS:
            break
        letter = match[1].decode()
        if letter not in found and hmac.compare_digest(_check(key, letter).encode(), match[2]):
            found[letter] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class OwnIds:
    """Ids of our letters found in a message: `itself` if the message is our letter, `about` those it mentions."""

    itself: str | None = None
    about: tuple[str, ...] = ()


def own_ids(raw: bytes, key: bytes, address: str) -> OwnIds:
    """Recognise our own letters in a message or in its header block alone.

    The message is our letter if Message-ID or X-Mailrouter-Letter holds a valid id. Some servers replace the one and
    drop the other: then it is ours if it was generated automatically at our own `address`, is no answer to anything,
    and the last of its References is a valid id. What a person writes from that address is not.
    """
    fields = _fields(header_of(raw))
    for name in _OWN_HEADERS:
        for value in fields.get(name, ()):
            if ids := valid_tokens(key, value):
                return OwnIds(itself=ids[0], about=valid_tokens(key, raw))
    last = b" ".join(fields.get(b"references", ())).split()[-1:]
    if last and _generated_here(fields, address) and (ids := valid_tokens(key, last[0])):
        return OwnIds(itself=ids[0], about=valid_tokens(key, raw))
    return OwnIds(about=valid_tokens(key, raw))


def _generated_here(fields: Mapping[bytes, Sequence[bytes]], address: str) -> bool:
    """From our own address, by a machine, and no reply: our letters carry Auto-Submitted and never In-Reply-To."""
    sender = b" ".join(fields.get(b"from", ())).strip().lower()
    ours = re.fullmatch(rb"(?:[^<>]*<)?" + re.escape(address.lower().encode()) + rb">?", sender) is not None
    submitted = b" ".join(fields.get(b"auto-submitted", ())).strip().lower()
    return ours and submitted.startswith(b"auto-generated") and b"in-reply-to" not in fields


def header_of(raw: bytes) -> bytes:
    """The header block of a message, without the empty line after it; all of a message that has no body."""
    match = re.search(rb"\r?\n\r?\n", raw)
    return raw[: match.start()] if match else raw


def _fields(head: bytes) -> dict[bytes, Sequence[bytes]]:
    unfolded = re.sub(rb"\r?\n[ \t]+", b" ", head)
    fields: dict[bytes, list[bytes]] = {}
    for line in unfolded.splitlines():
        name, colon, value = line.partition(b":")
        if colon:
            fields.setdefault(name.strip().lower(), []).append(value)
    return dict(fields)

"""The part of a report that machines read: what became of a mail for each recipient (RFC 3464, RFC 6533).

Read as it is written in practice: fields before an empty line that should not be there, types left out, the same in a
text part or in the body of a mail.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailrouter.core.model import Mail
from mailrouter.core.reading import charset, headers
from mailrouter.core.reading.automatic.evidence import STATUS_TYPES

MOST_RECIPIENTS = 50
LONGEST_DIAGNOSTIC = 300
"""Characters."""
_LONGEST_PART = 60_000
_FIELD = re.compile(r"[> \t]{0,8}([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)")
_TYPED = re.compile(r"\s*(?:rfc\s?822|utf-?8|smtp|x-[\w-]{1,30}|local|unknown|dns|x\.?400|notes)\s*;\s*", re.IGNORECASE)
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_BY_NAME = {
    "final-recipient": "final",
    "original-recipient": "original",
    "action": "action",
    "status": "status",
    "diagnostic-code": "diagnostic",
}
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_IN_TEXT = re.compile(r"(?im)^[> \t]{0,8}final-recipient[ \t]*:")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mail for one recipient; "" for what the report does not say.

    Addresses bare · `action`: failed, delayed, delivered, relayed or expanded · `status`: as in RFC 3463, "5.1.1" ·
    `diagnostic`: what the mail server answered, on one line of at most 300 characters.
    """

    final_recipient: str
    original_recipient: str = ""
    action: str = ""
    status: str = ""
    diagnostic: str = ""


def of_mail(mail: Mail) -> tuple[Fate, ...]:
    """The recipients in the delivery status parts of a mail, or in its text where it has none; at most 50."""
    parts = [part for part in mail.attachments if part.type in STATUS_TYPES]
    found = [fate for part in parts for fate in read(charset.decode(part.content[:_LONGEST_PART]))]
    if not parts and _IN_TEXT.search(mail.text[:_LONGEST_PART]):
        found = list(read(mail.text[:_LONGEST_PART]))
    return tuple(dict.fromkeys(found))[:MOST_RECIPIENTS]


def read(text: str) -> Iterator[Fate]:
    """The recipients in the text of a delivery status part, those with at least an address or an action."""
    group: dict[str, str] = {}
    for name, value in _fields(headers.clean_lines(text)):
        key = _BY_NAME.get(name)
        if name == "" or (key == "final" and "final" in group):
            yield from _fates(group)
            group = {}
        if key:
            group.setdefault(key, value)
    yield from _fates(group)


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Names (lower-case) and unfolded values; an empty name for every empty line."""
    open_field: tuple[str, str] | None = None
    for line in text.split("\n"):
        match = _FIELD.match(line)
        if match is None and open_field and line[:1] in " \t>" and line.strip(" \t>"):
            open_field = open_field[0], f"{open_field[1]} {line.strip(' >')}"[:2_000]
            continue
        if open_field:
            yield open_field
        open_field = (match[1].lower(), match[2]) if match else None
        if not line.strip("> \t"):
            yield "", ""
    if open_field:
        yield open_field


def _fates(group: dict[str, str]) -> Iterable[Fate]:
    final, original = address(group.get("final", "")), address(group.get("original", ""))
    action = re.match(r"\s*([a-z]*)", group.get("action", "").lower())
    if not (final or original or (action and action[1])):
        return ()
    status = _STATUS.search(group.get("status", ""))
    fate = Fate(
        final_recipient=final or original,
        original_recipient=original,
        action=action[1] if action else "",
        status=status[0] if status else "",
        diagnostic=diagnostic(group.get("diagnostic", "")),
    )
    return (fate,)


def address(value: str) -> str:
    """The bare address in "rfc822; <name@host>", on one line of at most 254 characters; xtext (RFC 3461 §4) undone."""
    bare = _TYPED.sub("", value, count=1).strip().strip("<>\"'").strip()
    return (
        headers.clean(_XTEXT.sub(_character, bare), 254) if " " not in bare else headers.clean(bare.split(" ")[0], 254)
    )


def _character(match: re.Match[str]) -> str:
    """ "+2B" stands for "+"; what stands for no printable character was a plus of the address itself."""
    character = chr(int(match[1], 16))
    return character if character in "+=" else match[0]


def diagnostic(value: str) -> str:
    """What a mail server answered, without the type before it."""
    return headers.clean(" ".join(_TYPED.sub("", value, count=1).split()), LONGEST_DIAGNOSTIC)

"""A message inside a file: what every form of mail in the mail comes down to."""

from dataclasses import dataclass

from mailrouter.core.reading import body, headers, limits, mime
from mailrouter.core.reading.files.reasons import Unreadable


@dataclass(frozen=True, slots=True)
class File:
    """A file in a message, not opened yet."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """Subject, sender and text as they stand there, and what is attached to it."""

    subject: str = ""
    sender: str = ""
    text: str = ""
    files: "tuple[File | Message, ...]" = ()


def message_of(content: bytes) -> Message:
    """A mail in the mail (RFC 5322); Unreadable if it goes beyond the bounds that every mail must keep."""
    if why := limits.exceeded(content):
        raise Unreadable(f"niet gelezen: {why}")
    root = mime.tree(content)
    shown, attached = body.divide(root)
    return Message(
        subject=headers.decode(root.get("subject") or ""),
        sender=headers.decode(root.get("from") or ""),
        text=body.body_text(shown),
        files=tuple(File(part.name, part.type, part.content) for part in attached),
    )

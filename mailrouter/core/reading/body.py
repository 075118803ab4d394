"""The body of a mail: which parts are it, and its text.

What is shown first to a reader is the body, the rest is attached (as in RFC 8621 §4.1.4); of alternatives the plain
text is read, unless it is empty.
"""

import re
from collections.abc import Sequence

from mailrouter.core.reading import charset, headers
from mailrouter.core.reading.html_text import text_of
from mailrouter.core.reading.mime import Part

_DATA = {
    "amp-html", "calendar", "css", "csv", "directory", "javascript", "rfc822-headers", "rtf", "tab-separated-values",
    "vcard", "watch-html", "x-amp-html", "x-python", "x-vcalendar", "x-vcard", "x-watch-html", "xml", "yaml",
}  # fmt: skip
"""Kinds of text that are no prose; others that we do not know are read as plain text (RFC 2046 §4.1.4)."""
LONGEST = 2_000_000
"""Characters of a text part that are read; an ordinary mail has some thousands."""
_META_CHARSET = re.compile(rb"""(?i)<meta[^<>]{0,200}charset\s*=\s*["']?([a-z0-9_:-]{1,40})""")
_QUOTE = re.compile(r">[> ]*")


def divide(part: Part, first: bool = True) -> tuple[list[Part], list[Part]]:
    """The leaf parts that are the body, and those that are attachments; an alternative not chosen is neither."""
    if not part.children:
        return ([part], []) if _is_body(part, first) else ([], [part])
    divided = [divide(child, number == 0) for number, child in enumerate(part.children)]
    attachments = [leaf for _, attached in divided for leaf in attached]
    shown = [body for body, _ in divided]
    if part.type == "multipart/alternative":
        return _preferred(shown), attachments
    return [leaf for body in shown for leaf in body], attachments


def _is_body(part: Part, first: bool) -> bool:
    if part.type.startswith("multipart/"):
        return True  # without a delimiter line: what is there is shown as it is
    family, _, kind = part.type.partition("/")
    is_prose = family == "text" and kind not in _DATA
    return is_prose and part.disposition != "attachment" and (first or not part.name)


def _preferred(options: Sequence[list[Part]]) -> list[Part]:
    """Of alternatives the one in plain text, unless it is blank; else the last one with text (the richest)."""
    plain = [option for option in options if option and all(leaf.type == "text/plain" for leaf in option)]
    rich = [option for option in reversed(options) if option not in plain]
    ranked = [*plain, *rich]
    return next((option for option in ranked if any(readable(leaf).strip() for leaf in option)), [])


def body_text(shown: Sequence[Part]) -> str:
    """The text of the parts that are the body: clean, with LF, without blanks at the end of lines."""
    texts = (_trimmed(headers.clean_lines(readable(leaf))) for leaf in shown)
    return "\n\n".join(text for text in texts if text)


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def readable(part: Part) -> str:
    """The text of one text part: HTML as it is seen, flowed lines joined."""
    if part.type == "text/html":
        return text_of(html_source(part.content, part.parameters.get("charset", "")))
    text = charset.decode(part.content[: 4 * LONGEST], part.parameters.get("charset", ""))[:LONGEST]
    if part.type in ("text/enriched", "text/richtext"):
        return _unenriched(text)
    if part.parameters.get("format", "").lower() == "flowed":
        return unflowed(text.replace("\r\n", "\n"), part.parameters.get("delsp", "").lower() == "yes")
    return text


def _unenriched(text: str) -> str:
    """text/enriched (RFC 1896) as plain text: a single line end is a blank, of several one less is meant."""
    lines = re.sub(r"\n(\n*)", lambda match: match[1] or " ", text.replace("\r\n", "\n"))
    shown = re.sub(r"(?is)<param>.{0,500}?</param>", "", lines)
    return re.sub(r"<(?!<)[^<>]{0,60}>", "", shown).replace("<<", "<")


def html_source(content: bytes, declared: str) -> str:
    """HTML as text, by its declared charset, or the one in its own <meta> where that says nothing about 8-bit text."""
    meta = _META_CHARSET.search(content, 0, 2_048) if charset.is_unspecific(declared) else None
    return charset.decode(content, meta[1].decode() if meta else declared)


def unflowed(text: str, delete_space: bool) -> str:
    """Lines that were broken for the wire joined again (RFC 3676 §4.2), each quote depth for itself."""
    joined: list[list[str]] = []
    depth, flowing = -1, False
    for line in text.split("\n"):
        quote = _QUOTE.match(line)
        level = quote[0].count(">") if quote else 0
        content = line[len(quote[0].rstrip(" ")) if quote else 0 :].removeprefix(" ")
        if not (flowing and level == depth and content != "-- "):
            joined.append([">" * level + " " if level else ""])
        depth, flowing = level, content.endswith(" ") and content != "-- "
        joined[-1].append(content[:-1] if flowing and delete_space else content)
    return "\n".join("".join(pieces) for pieces in joined)

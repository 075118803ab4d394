"""What is stated about a mail, compared with what `mailrouter explain --json` tells of it.

Each fact is compared twice. Strict: equal but for white space. Fair, which the bars are about, takes the truth for what
it is, the reading of another library, and a mail for what the contract says is told of it:

- characters are compared in NFC, without control and invisible ones, which the product cleans away; domains in IDNA
- where the other library could not decode (U+FFFD, C1 controls, bytes left out) our reading agrees if all other
  characters are equal; where it took the header for text, our reading of that header agrees; such facts are listed
- a sender agrees with a list of one; none or several senders agree with null
- of a file name the last step of the path counts; an unnamed attachment agrees with a name we made ("bijlage-1.pdf")
- a text agrees if its words stand in the mail's text, in order and together; of markup the visible words count, of
  which 9 in 10 must be there in order (hidden words are left out by us, not by the truth)
- of alternatives (multipart/alternative) one is told: a text agrees if it is the other form of one that is told
- the contract's text holds neither attachments nor mails inside the mail. A text or a file that the standard library
  finds there agrees if `explain` lists the attachment, with as many readable characters (`text_chars`) as the text has
"""

import email
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unicodedata import category, normalize

UNDECODED = "the other library could not decode all of it"
HEADER_AS_TEXT = "the other library took the header for text"


@dataclass(frozen=True)
class Fact:
    """One thing that is known of a mail, and whether we say so too."""

    file: str
    kind: str
    expected: object
    got: object
    strict: bool
    fair: bool
    note: str = ""


def compare(corpus: Path, truth: dict[str, Any], mail: dict[str, Any]) -> Iterator[Fact]:
    """Every fact that is stated about one mail."""
    file, stated = truth["file"], truth["truth"]
    stopped = any(took_header_for_text(text, mail) for text in stated.get("texts", []))

    def fact(kind: str, expected: object, got: object, strict: bool, fair: bool, note: str = "") -> Fact:
        if stopped and not (strict or fair) and kind in ("subject", "from") and not "".join(stated[kind]):
            return Fact(file, kind, expected, got, False, True, HEADER_AS_TEXT)
        return Fact(file, kind, expected, got, strict, strict or fair, note)

    if "subject" in stated:
        equal, note = alike(stated["subject"], mail["subject"])
        yield fact(
            "subject", stated["subject"], mail["subject"], one_line(stated["subject"]) == mail["subject"], equal, note
        )
    if "from" in stated:
        expected = stated["from"][0] if len(stated["from"]) == 1 and "@" in stated["from"][0] else None
        yield fact(
            "from", stated["from"], mail["from"], expected == mail["from"], address(expected) == address(mail["from"])
        )
    if "message_id" in stated:
        expected = stated["message_id"].strip("<>")
        yield fact("message_id", expected, mail["message_id"], expected == (mail["message_id"] or ""), False)
    inside = Inside(corpus / file)
    yield from compare_attachments(file, stated.get("attachments", []), mail["attachments"], inside)
    texts = [("text", text) for text in stated.get("texts", [])]
    if "text_file" in stated and (named := next(corpus.rglob(stated["text_file"]), None)):
        texts.append(("text_file", named.read_text("utf-8", "replace")))
    for kind, text in texts:
        equal, note = text_told(text, mail, inside)
        yield fact(kind, text, mail["text"], one_line(text) in one_line(mail["text"]), equal, note)


def compare_attachments(
    file: str, expected: list[str], listed: list[dict[str, Any]], inside: "Inside"
) -> Iterator[Fact]:
    """Each name must have an attachment of its own; unnamed ones come last and take what we named ourselves."""
    left = [attachment["name"] for attachment in listed]
    for name in sorted(expected, key=lambda name: not name):
        base = re.split(r"[/\\]|(?<=^[A-Z]:)", name)[-1]
        match, note = None, ""
        for candidate in left:
            equal, note = alike(base, candidate) if name else (re.match(r"bijlage-\d+\.", candidate) is not None, "")
            if equal or dropped_backslashes(name, candidate):
                match = candidate
                break
        if match is not None:
            left.remove(match)
        elif clean(name) in inside.names and any(item["type"].startswith("message/") for item in listed):
            yield Fact(file, "attachment", name, left, False, True, "it lies in a mail in the mail")
            continue
        yield Fact(file, "attachment", name, left if match is None else match, name == match, match is not None, note)


def dropped_backslashes(expected: str, got: str) -> bool:
    """Whether the other library took the path apart as quoted pairs: "C:TEMPa.png" for "C:\\TEMP\\a.png"."""
    return re.match("[A-Z]:", expected) is not None and bool(got) and expected.endswith(got)


def took_header_for_text(text: str, mail: dict[str, Any]) -> bool:
    """Whether a text begins with header fields, among them the subject we read, and ends as the text we tell."""
    field = re.search(r"(?mi)^subject[ \t]*:(.*)$", text)
    told = field is not None and bool(mail["subject"]) and one_line(field[1]) == mail["subject"]
    return told and not is_markup(text) and one_line(text).endswith(one_line(mail["text"]))


def text_told(expected: str, mail: dict[str, Any], inside: "Inside") -> tuple[bool, str]:
    """Whether a text stands in the mail's text, or is readable in its attachments."""
    wanted, have = words(expected), words(mail["text"])
    if contains(have, wanted):
        return True, ""
    if took_header_for_text(expected, mail):
        return True, HEADER_AS_TEXT
    missing = not_in_order(have, wanted)
    if is_markup(expected) and len(missing) <= 0.1 * len(wanted):
        return True, ""
    if undecoded(expected, mail["text"]) and contains(ascii_only(mail["text"]).split(), ascii_only(expected).split()):
        return True, UNDECODED
    for lost in (wanted, missing):
        if lost and inside.holds(lost):
            readable = sum(attachment["text_chars"] for attachment in mail["attachments"])
            return readable >= 0.8 * sum(map(len, lost)), "it is (also) the text of an attachment"
    other = inside.has_other_form(wanted, have)
    return other, "it is another form (multipart/alternative) of a text that is told" if other else ""


class Inside:
    """What the standard library finds in the attachments of a mail and in the mails inside it."""

    def __init__(self, path: Path) -> None:
        self.names: set[str] = set()
        self._texts: list[list[str]] = []
        self._alternatives: list[list[list[str]]] = []
        self._read(email.message_from_bytes(path.read_bytes()), inner=False)

    def holds(self, wanted: list[str]) -> bool:
        """Whether one of the texts has these words, in order and together."""
        return any(contains(text, wanted) for text in self._texts)

    def has_other_form(self, wanted: list[str], have: list[str]) -> bool:
        """Whether the text stands among alternatives of which another is told."""
        return any(
            wanted in forms and any(form and contains(have, form) for form in forms) for forms in self._alternatives
        )

    def _read(self, part: Message, inner: bool) -> None:
        if part.get_content_type() == "multipart/alternative":
            self._alternatives.append([form for leaf in part.walk() if not leaf.is_multipart() for form in forms(leaf)])
        if part.is_multipart():
            nested = part.get_content_maintype() == "message"
            for child in part.get_payload():
                if isinstance(child, Message):
                    self._read(child, inner or nested)
            return
        name = part.get_filename("")
        if inner:
            self.names.add(clean(str(name)))
        if inner or name or part.get_content_disposition() == "attachment":
            self._texts += forms(part)


def forms(part: Message) -> list[list[str]]:
    """The words of a part that holds no others, decoded in each way that makes sense, and as they stand there."""
    found = [words(str(part.get_payload()))]
    payload = part.get_payload(decode=True) or b""
    for charset in (part.get_content_charset("utf-8"), "utf-8", "latin-1"):
        with suppress(LookupError):
            found.append(words(payload.decode(charset, "replace")))
    return found


def one_line(text: str) -> str:
    return " ".join(text.split())


def clean(text: str) -> str:
    """`text` in NFC on one line, without control and invisible characters."""
    shown = "".join(" " if c.isspace() or category(c) == "Cc" else c for c in text if category(c) not in ("Cf", "Cs"))
    return one_line(normalize("NFC", shown))


def ascii_only(text: str) -> str:
    return "".join(c for c in clean(text) if c.isascii())


def undecoded(expected: str, got: str) -> bool:
    """Whether the other library shows that it could not decode something that we did."""
    if re.search("[\ufffd\x80-\x9f]", expected):
        return True
    return len(clean(expected)) - len(ascii_only(expected)) < len(clean(got)) - len(ascii_only(got))


def alike(expected: str, got: str) -> tuple[bool, str]:
    """Whether two values are equal when cleaned, or but for what the other library could not decode."""
    if clean(expected) == clean(got):
        return True, ""
    same = bool(expected) and undecoded(expected, got) and ascii_only(expected) == ascii_only(got)
    return same, UNDECODED if same else ""


def address(value: str | None) -> str | None:
    """An address in lower case with its domain in IDNA form."""
    local, at, domain = (value or "").lower().rpartition("@")
    return f"{normalize('NFC', local)}@{domain.encode('idna').decode()}" if at else None


def is_markup(text: str) -> bool:
    return (
        re.search(r"(?i)<(?:!doctype|html|body|div|p|br|table|td|font|center|span|meta|h1|a|b|bold)[\s/>]", text)
        is not None
    )


def words(text: str) -> list[str]:
    """The words of a text, of markup those that are shown; addresses of links left out."""
    shown = visible(text) if is_markup(text) else text
    return re.findall(r"\w+", clean(re.sub(r"(?i)\b(?:https?://|mailto:)[^\s>]+", " ", shown)).lower())


def contains(have: list[str], wanted: list[str]) -> bool:
    return f" {' '.join(wanted)} " in f" {' '.join(have)} "


def not_in_order(have: list[str], wanted: list[str]) -> list[str]:
    """The wanted words that are not there in the same order."""
    changes = SequenceMatcher(None, wanted, have, autojunk=False).get_opcodes()
    return [word for tag, start, end, _, _ in changes if tag in ("delete", "replace") for word in wanted[start:end]]


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("script", "style", "title")
        if tag not in ("b", "i", "font", "span", "a", "u"):
            self.shown.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "title") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.shown.append(data)


def visible(markup: str) -> str:
    """The text of markup, by another parser than ours."""
    parser = _Visible()
    parser.feed(markup)
    parser.close()
    return "".join(parser.shown)

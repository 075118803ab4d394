"""Recipients and answers in a report that only people can read, as the common mail systems write it.

Postfix and qmail: "<address>: what was said". Exim, Courier and Exchange: the address on a line of its own, the answer
below it. Others: "Your message to … could not be delivered", with the words of the other server somewhere.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from mailrouter.core.model import Mail
from mailrouter.core.reading.automatic import phrases
from mailrouter.core.reading.reports.delivery_status import MOST_RECIPIENTS, Fate, address, diagnostic

_LONGEST = 20_000
_ADDRESS = r"[^\s<>\"'(),:;\[\]\\@*|]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_NAMED = (
    re.compile(rf"^[> \t]{{0,8}}<({_ADDRESS})>[^\n]{{0,40}}:", re.MULTILINE),
    re.compile(rf"^[ \t]{{0,12}}<?({_ADDRESS})>?[ \t]*(?:$|:|\(|\n?\.\.\.)", re.MULTILINE),
    re.compile(rf"rcpt to:\s{{0,3}}<?({_ADDRESS})", re.IGNORECASE),
    re.compile(
        rf"(?:\b(?:to|aan|an|à|for|recipients?|ontvangers?|adres|address|addressee|user|delivering)\b(?:\(s\))?"
        rf"[^\n@<]{{0,60}}?[\s:<\"'(]|mailto:)({_ADDRESS})",
        re.IGNORECASE,
    ),
    re.compile(rf"({_ADDRESS})"),
)
_CERTAIN = 3
"""Of these, those in which an address is certainly that of a recipient, also if it is that of the report itself."""
_NEXT = re.compile(rf"\n[ \t]*\n(?=\S)|\n[ \t]*(?:<|{_ADDRESS}\s{{0,3}}:)")
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_CODE = re.compile(r"(?<![\d.])[45]\d\d(?:[ -]|: |(?=\W{1,3}[45]\.\d))")
_SAYS = re.compile(
    r"^.{0,400}?(?:(?<![\d.])[45]\d\d[ -]\W{0,2}\w|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])).*$", re.MULTILINE
)
_WORDY = re.compile(
    r"^.*\b(?:unknown|full|vol|quota|exist|bestaat niet|not found|niet gevonden|disabled|reject|refused|timed? ?out"
    r"|expired|invalid|not a valid|blocked|geblokkeerd|geweigerd|kan niet worden gevonden|niet bestaat|not listed"
    r"|too large|te groot|denied|inactive|unavailable|not recognized)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)


def recipients(mail: Mail) -> tuple[Fate, ...]:
    """Whom a report names in X-Failed-Recipients or in its text, with the answer that belongs to each; at most 50."""
    said = _before_returned(mail.text[:_LONGEST])
    own = {each.lower() for each in (*mail.to, mail.sender or "")}
    found = _failed_recipients(mail) or (list(_in_text(said, own)) if _tells(mail.subject, said) else [])
    action = "delayed" if is_delay(mail) else "failed"
    return tuple(_fate(each, said, action) for each in dict.fromkeys(found))[:MOST_RECIPIENTS]


def is_delay(mail: Mail) -> bool:
    """Whether the report is about a mail that is late, by its subject."""
    return phrases.DELAYED.search(mail.subject) is not None


def _tells(subject: str, said: str) -> bool:
    subjects, texts = (phrases.UNDELIVERED, phrases.DELAYED), (phrases.FAILED, phrases.TRANSCRIPT)
    return any(words.search(subject) for words in subjects) or any(words.search(said) for words in texts)


def with_answer(fate: Fate, mail: Mail) -> Fate:
    """The same recipient, with the answer that the text gives where the report itself has none."""
    said = _before_returned(mail.text[:_LONGEST])
    if fate.diagnostic or not fate.final_recipient or "final-recipient" in said.lower():
        return fate
    return replace(fate, diagnostic=_answer(fate.final_recipient, said))


def _failed_recipients(mail: Mail) -> list[str]:
    return [match[0] for match in re.finditer(_ADDRESS, (mail.header("x-failed-recipients") or "")[:5_000])]


def _before_returned(text: str) -> str:
    """What the mail server itself says: the text up to the mail it brings back."""
    returned = phrases.INLINE_RETURNED.search(text, 1)
    return text[: returned.start()] if returned and text[: returned.start()].strip() else text


def _in_text(said: str, own: Collection[str]) -> Iterator[str]:
    """The addresses that the most telling way of naming them finds; of the least telling only the first."""
    for number, named in enumerate(_NAMED):
        found = [match[1].rstrip(".") for match in named.finditer(said)][:MOST_RECIPIENTS]
        others = found if number < _CERTAIN else [each for each in found if each.lower() not in own]
        if others:
            yield from others if number < len(_NAMED) - 1 else others[:1]
            return


def _fate(recipient: str, said: str, action: str) -> Fate:
    answer = _answer(recipient, said)
    status = _STATUS.search(answer) or _STATUS.search(said)
    return Fate(
        final_recipient=address(recipient), action=action, status=status[0] if status else "", diagnostic=answer
    )


def _answer(recipient: str, said: str) -> str:
    """The paragraph below the recipient where it quotes a mail server, else the first line that does, or sounds so."""
    start = said.find(recipient)
    below = said[start + len(recipient) : start + 1_500] if start >= 0 else ""
    paragraph = _NEXT.split(below.lstrip(" >:\n"), maxsplit=1)[0]
    if _STATUS.search(paragraph) or _CODE.search(paragraph) or _WORDY.search(paragraph):
        return diagnostic(paragraph)
    line = _SAYS.search(said) or _WORDY.search(said)
    return diagnostic(line[0]) if line else ""

"""Whether what became of a bad input is what the catalogue says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.catalogue.case import BadInput
from tests.catalogue.oracle import files_of, html_of, read, text_of, wrong_in_letter, wrong_in_words

ORIGINAL = "origineel.eml"


def wrong(bad: BadInput, raw: bytes, told: Mapping[str, Any], letters: Sequence[bytes]) -> Iterator[str]:
    """What is not as it must be.

    `raw` is the mail as the mail server gave it, `told` its object of `explain --json`, `letters` what was sent.
    """
    outcome = "forward" if bad.ending == "duplicate" else bad.ending
    if told["outcome"] != outcome:
        yield f"it must {outcome}, and the outcome is {told['outcome']}: {'; '.join(told['because'])}"
        return
    yield from _wrong_in_explanation(bad, told)
    for letter in letters:
        harm = list(wrong_in_letter(letter))
        yield from harm or _wrong_in_letter(bad, raw, letter)
    yield from _unsaid(bad, told, letters)


def _wrong_in_explanation(bad: BadInput, told: Mapping[str, Any]) -> Iterator[str]:
    yield from wrong_in_words(told)
    for key, value in bad.mail.items():
        if told["mail"].get(key) != value:
            yield f"mail.{key} must be {value!r}, and is {told['mail'].get(key)!r}"
    for key, value in bad.told.items():
        if told.get(key) != value:
            yield f"{key} must be {value!r}, and is {told.get(key)!r}"
    for name in bad.readable:
        if not any(file["text_chars"] for file in told["mail"]["attachments"] if file["name"] == name):
            yield f"the text of {name} was not read"


def _wrong_in_letter(bad: BadInput, raw: bytes, wire: bytes) -> Iterator[str]:
    letter = read(wire)
    header = "".join(f"\n{name}: {value}" for name, value in letter.items())
    for words in bad.text:
        if words not in text_of(letter):
            yield f"the letter does not say {words!r}"
    for words in bad.silent:
        if words in header + text_of(letter) + html_of(letter):
            yield f"the letter holds {words!r}"
    if bad.answers and bad.answers not in str(letter["reply-to"]):
        yield f"answers must go to {bad.answers}, and go to {letter['reply-to']}"
    files = files_of(wire)
    if bad.ending == "desk" and raw and not _is_beyond(bad) and (ORIGINAL, raw) not in files:
        yield f"the desk does not get the whole mail, but {[(name, len(content)) for name, content in files]}"
    if bad.files is not None and files != list(bad.files):
        yield f"the attachments must be {_sizes(bad.files)}, and are {_sizes(files)}"


def _is_beyond(bad: BadInput) -> bool:
    """Whether the mail is not even fetched."""
    return bad.number == 89


def _sizes(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, int, bytes]]:
    return [(name, len(content), content[:60]) for name, content in files]


def _unsaid(bad: BadInput, told: Mapping[str, Any], letters: Sequence[bytes]) -> Iterator[str]:
    everything = json.dumps(told, ensure_ascii=False) + "".join(text_of(read(letter)) for letter in letters)
    for words in bad.says:
        if words not in everything:
            yield f"neither `explain` nor the letter says {words!r}"

"""What the desk writes to the router: the codes of its letters, or what to do in words.

Only what was newly written counts: a reply quotes the letter, and the letter holds the codes of every choice and the
words of whoever wrote the mail. What a mail says is read here; whether it may be said, and about which mail, is the
business of `mailrouter.orders`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailrouter.core import codes
from mailrouter.core.model import Mail
from mailrouter.core.routing import Routing

_LINES = 10
"""Lines at the top of a mail, empty ones aside, in which words are looked for: "above the reply"."""
_FIELD = re.compile(
    r"\b(?P<what>dorp|kern|wijk|dorpsraad|soort|onthoud(?:en)?)\s*[:=]\s*(?P<said>.*?)"
    r"(?=[\s,;.]*\b(?:en\s+)?(?:dorp|kern|wijk|dorpsraad|soort|onthoud(?:en)?)\s*[:=]|$)",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"[\s*•-]*(?:dorp|kern|wijk|dorpsraad|soort|onthoud(?:en)?)\s*[:=]", re.IGNORECASE)
# A letter of ours that a mail program quotes without a mark. Its opening words, and those of its parts.
_OURS = re.compile(
    r"(?i)wilt u deze mail|waarom komt deze mail bij u|wat denkt de router|schrijf uw antwoord|uw besluit is|\[balie\]"
)
_QUOTED = re.compile(r"\s*(?:[>|]|-{4,}|_{4,}|\*?(?:van|from|verzonden|sent|onderwerp|subject)\*?\s*:)", re.IGNORECASE)
_YES = ("ja", "j", "yes", "x", "graag")
_SAID = 60
_LONGEST_LINE = 300
_MOST_IDS, _LONGEST_ID = 30, 300


@dataclass(frozen=True, slots=True)
class OrderText:
    """What a mail tells the router to do.

    `codes`: in its subject or in what is new in its text · `quoted`: any others, which only tell what it answers ·
    `village`, `kind`: keys, "" if not named or not known · `village_said`, `kind_said`: the words · `thread`:
    Message-IDs it refers to.
    """

    codes: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    village_said: str = ""
    village: str = ""
    kind_said: str = ""
    kind: str = ""
    remember: bool = False
    thread: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether it says anything that can be done, or meant to."""
        return bool(self.codes or self.village_said or self.kind_said or self.remember)


def read_order(mail: Mail, routing: Routing) -> OrderText | None:
    """What a mail tells the router to do; None if it is not from the desk and holds no code."""
    top = "\n".join(_top(mail.new_text))
    found = codes.found_in(f"{mail.subject}\n{top}")
    if not desk_address(mail.sender, routing):
        return OrderText(codes=found) if found else None
    said = _fields(top)
    village, kind = said.get("village", ""), said.get("kind", "")
    return OrderText(
        codes=found,
        quoted=tuple(code for code in codes.found_in(mail.text) if code not in found),
        village_said=village,
        village=named(village, _villages(routing)) if village else "",
        kind_said=kind,
        kind=named(kind, _kinds(routing)) if kind else "",
        remember=said.get("remember", "").casefold() in _YES,
        thread=tuple(id.strip("<>")[:_LONGEST_ID] for id in mail.references[-_MOST_IDS:]),
    )


def order_text(told: Mapping[str, Any]) -> OrderText:
    """An order out of plain values, each made what it should be; KeyError or TypeError if something is missing."""
    return OrderText(
        codes=_strings(told["codes"]),
        quoted=_strings(told["quoted"]),
        village_said=str(told["village_said"]),
        village=str(told["village"]),
        kind_said=str(told["kind_said"]),
        kind=str(told["kind"]),
        remember=told["remember"] is True,
        thread=_strings(told["thread"]),
    )


def _strings(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(map(str, values))[:_MOST_IDS]


def desk_address(sender: str | None, routing: Routing) -> str:
    """The address, as the config writes it, of a sender who may decide by mail; "" if they may not."""
    plain = (sender or "").lower()
    return next((known for known in (*routing.desk, *routing.clerks) if known.lower() == plain), "")


def named(said: str, known: Mapping[str, Iterable[str]]) -> str:
    """The key of what was named, by its key or one of its names; "" if none or more than one is called that."""
    plain = _plain(said)
    found = [key for key, names in known.items() if plain in {_plain(name) for name in (key, *names)}]
    return found[0] if len(found) == 1 else ""


def _villages(routing: Routing) -> Mapping[str, tuple[str, ...]]:
    return {
        key: (village.name, village.council_name, *village.also_called) for key, village in routing.villages.items()
    }


def _kinds(routing: Routing) -> Mapping[str, tuple[str, ...]]:
    return {key: (kind.title,) for key, kind in routing.kinds.kinds.items()}


def _top(text: str) -> Iterator[str]:
    """The first lines, up to what a mail program quotes."""
    number = 0
    for line in text.splitlines():
        if _QUOTED.match(line) or _OURS.search(line[:_LONGEST_LINE]):
            return
        yield line[:_LONGEST_LINE]
        number += bool(line.strip())
        if number == _LINES:
            return


def _fields(top: str) -> dict[str, str]:
    """village, kind, remember → what was written; said twice, the first counts."""
    found: dict[str, str] = {}
    for line in top.splitlines():
        if _BEGINS.match(line):
            for match in _FIELD.finditer(line):
                what = match["what"].lower()
                name = "kind" if what == "soort" else "remember" if what.startswith("onthoud") else "village"
                words = " ".join(match["said"].split()).strip(" \"'“”„‘’.,;*<>")[:_SAID]
                if words:
                    found.setdefault(name, words)
    return found


def _plain(words: str) -> str:
    """Without case, accents, and what is no letter or digit: "'t Zandt" is "t zandt"."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", words.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())

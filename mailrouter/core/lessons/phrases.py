"""Evidence that people's decisions contradict, and words that would have told the router better."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from mailrouter.core.lessons.decided import Decided, Lesson
from mailrouter.core.lessons.yaml import evidence
from mailrouter.core.meaning.datewords import DAYS, MONTHS
from mailrouter.core.model import Evidence
from mailrouter.core.routing import Kind, Kinds, Phrase, Routing, Sign

_FILE = "kinds.yaml"
_ENOUGH = 2
"""Mails, of as many senders, that must speak for a lesson: one mail is an accident."""
_LONGEST = 4
_MOST_TRIED = 200
_READ = 20_000
_WEIGHT = 1.0
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*[^\W_])?|\n|[.!?;:,()]")
_STOP = """
    aan af al alle alleen allen als ben bent beste bij bijlage binnen daar dag dan dank dat de deze die dit
    doen door dorp dorpsraad dus een en er ga gaan geachte geen goed graag groet groeten had hartelijke heb
    hebben heeft heer hem het hier hierbij hij hoe iets ik in inwoners is ja je jij jou jullie kan komen
    kunnen kunt maar mail me meer men mensen met meteen mevrouw mij mijn moet moeten mvg na naar namens niet
    nog nu of om onder ons onze ook op over raad secretaris te tot tussen u uit uur uw van vanuit veel via
    voor voorzitter vriendelijke waar wat we weer wel wie wij wijkraad wil willen worden wordt zal ze zich zij
    zijn zo zou zouden
"""
_EMPTY = {*_STOP.split(), *MONTHS, *DAYS}


def misleading(mails: Iterable[Decided], kinds: Kinds) -> Iterator[Lesson]:
    """Evidence that spoke for another kind than people decided on, in more mails than it was right about."""
    wrong: dict[tuple[str, str, str], list[Decided]] = defaultdict(list)
    right: Counter[tuple[str, str, str]] = Counter()
    for mail in mails:
        for item in mail.evidence if mail.kind else ():
            key = (item.kind, item.form, item.name)
            if item.weight > 0 and item.kind == mail.kind:
                right[key] += 1
            elif item.weight > 0 and mail.by and item.kind == mail.read:
                wrong[key].append(mail)
    for key, speaking in sorted(wrong.items(), key=lambda item: -len(item[1])):
        if len(speaking) >= _ENOUGH and len(speaking) > right[key] and (entry := _entry(kinds, *key)):
            yield _weaker(key, entry, speaking, right[key])


def _entry(kinds: Kinds, kind: str, form: str, name: str) -> Evidence | None:
    """The line of the config that evidence comes from."""
    for item in kinds.kinds[kind].evidence if kind in kinds.kinds else ():
        if getattr(item, form, None) == name and item.weight > 0:
            where = () if isinstance(item, Sign) else item.where
            usual = () if isinstance(item, Sign) else type(item).model_fields["where"].default
            return Evidence(kind, form, name, "" if where == usual else " ".join(where), item.weight)
    return None


def _weaker(key: tuple[str, str, str], entry: Evidence, speaking: Sequence[Decided], right: int) -> Lesson:
    kind, form, name = key
    decided = ", ".join(sorted({str(mail.kind) for mail in speaking}))
    because = (
        f'{form} "{name}" spoke for {kind} in {len(speaking)} mails that people decided to be {decided}, and was right'
        f" in {right}; it weighs {entry.weight:.1f} now"
    )
    line = evidence(form, name, round(entry.weight / 2, 1), entry.where.split())
    return Lesson(_FILE, ("kinds:", f"  {kind}:", "    evidence:", line), because, tuple(mail.id for mail in speaking))


def missing(mails: Iterable[Decided], routing: Routing) -> Iterator[Lesson]:
    """Words that stand in several mails of a kind the router did not see, and in no mail of another kind."""
    known = [mail for mail in mails if mail.kind and mail.text]
    grams = {mail.id: _grams(mail) for mail in known}
    for key, kind in routing.kinds.kinds.items():
        unseen = [mail for mail in known if mail.by and mail.kind == key != mail.read]
        if key == routing.kinds.fallback or len({mail.sender for mail in unseen}) < _ENOUGH:
            continue
        elsewhere = {gram for mail in known if mail.kind != key for gram in grams[mail.id]}
        speaking: dict[str, list[Decided]] = defaultdict(list)
        for mail in unseen:
            for gram in grams[mail.id] - elsewhere:
                speaking[gram].append(mail)
        for gram, found in _best(speaking, kind, routing):
            line = evidence("phrase", gram, _WEIGHT)
            because = (
                f'"{gram}" stands in {len(found)} mails that people decided to be {key}, and in no mail of another kind'
            )
            lines = ("kinds:", f"  {key}:", "    evidence:", line)
            yield Lesson(_FILE, lines, because, tuple(mail.id for mail in found))


def _best(speaking: dict[str, list[Decided]], kind: Kind, routing: Routing) -> Iterator[tuple[str, list[Decided]]]:
    """The phrases with most mails of most senders; of those in the same mails the longest, and none twice."""
    listed = {item.phrase.strip("*").lower() for item in kind.evidence if isinstance(item, Phrase)}
    names = {word for village in routing.villages.values() for word in village.name.lower().split()}
    options = [
        (len(found), len(gram.split()), gram)
        for gram, found in speaking.items()
        if len({mail.sender for mail in found}) >= _ENOUGH and gram not in listed and not names & set(gram.split())
    ]
    taken: set[str] = set()
    for number, (_, _, gram) in enumerate(sorted(options, key=lambda option: (-option[0], -option[1], option[2]))):
        if number < _MOST_TRIED and not taken & set(gram.split()):
            taken.update(word for word in gram.split() if _tells(word))
            yield gram, speaking[gram]


def _grams(mail: Decided) -> set[str]:
    """The phrases of one to four words in a mail that begin and end in a word with some meaning."""
    words = _WORD.findall(f"{mail.subject}\n{mail.text[:_READ]}".lower())
    found = set()
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1):
            gram = words[start:end]
            if not gram[-1][0].isalpha():
                break
            if _tells(gram[0]) and _tells(gram[-1]):
                found.add(" ".join(gram))
    return found


def _tells(word: str) -> bool:
    return len(word) > 2 and word not in _EMPTY

"""Which topics a mail is about: the words, phrases and patterns each topic is known by, counted where they stand."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from mailrouter.core.meaning import patterns
from mailrouter.core.model import Mail
from mailrouter.core.routing import Topic

_READ = 30_000
_MOST = 2
"""A mail that touches every subject is not about all of them: only the strongest two count."""
_IN_SUBJECT = 3
_OF_PHRASE = 2
_MOST_SHOWN = 5


def find_topics(mail: Mail, topics: Mapping[str, Topic]) -> tuple[str, ...]:
    """The topics of a mail, strongest first.

    A word counts for one each time it stands there, a phrase for two; a pattern for two, once; in the subject all count
    for three times that.
    """
    scores = {key: sum(weight for _, weight in _found(mail, topic)) for key, topic in topics.items()}
    ranked = sorted((key for key in scores if scores[key]), key=lambda key: -scores[key])
    return tuple(key for key in ranked[:_MOST] if 2 * scores[key] >= scores[ranked[0]])


def told(mail: Mail, topic: Topic) -> str:
    """That a mail is about a topic, and the words that say so."""
    words = dict.fromkeys(word.lower() for word, _ in _found(mail, topic))
    shown = ", ".join(f'"{word[:60]}"' for word in list(words)[:_MOST_SHOWN])
    return f"onderwerp: {topic.title}" + (f" ({shown})" if shown else "")


def _found(mail: Mail, topic: Topic) -> Iterator[tuple[str, int]]:
    """What of the topic stands in the mail, and how much each counts."""
    text = "\n".join([mail.new_text, *(attachment.text for attachment in mail.attachments)])[:_READ]
    for zone, times in ((mail.subject, _IN_SUBJECT), (text, 1)):
        for listed, weight in ((topic.words, 1), (topic.phrases, _OF_PHRASE)):
            if listed:
                yield from ((" ".join(match[0].split()), weight * times) for match in _words(listed).finditer(zone))
        if topic.patterns:
            plain = " ".join(zone.split()).lower()
            found = (patterns.find(pattern, plain) for pattern in topic.patterns)
            yield from ((words, _OF_PHRASE * times) for words in found if words)


@lru_cache(maxsize=1024)
def _words(listed: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, whole; `*` at an end stands for the rest of a word, a blank for any white space."""
    return re.compile(r"(?<!\w)(?:" + "|".join(map(_shape, listed)) + r")(?!\w)", re.IGNORECASE)


def _shape(listed: str) -> str:
    bare = listed.strip("*")
    shape = r"\s+".join(re.escape(word) for word in bare.split())
    return (r"\w*" if listed.startswith("*") else "") + shape + (r"\w*" if listed.endswith("*") else "")

"""Which topics a mail is about: the words each topic is known by, counted where they stand."""

import re
from collections.abc import Mapping
from functools import lru_cache

from mailrouter.core.model import Mail
from mailrouter.core.routing import Topic

_READ = 30_000
_MOST = 2
"""A mail that touches every subject is not about all of them: only the strongest two count."""


def find_topics(mail: Mail, topics: Mapping[str, Topic]) -> tuple[str, ...]:
    """The topics of a mail, strongest first; a word in the subject counts for three."""
    text = "\n".join([mail.new_text, *(attachment.text for attachment in mail.attachments)])[:_READ]
    scores = {
        key: 3 * len(_words(topic.words).findall(mail.subject)) + len(_words(topic.words).findall(text))
        for key, topic in topics.items()
    }
    ranked = sorted((key for key in scores if scores[key]), key=lambda key: -scores[key])
    return tuple(key for key in ranked[:_MOST] if 2 * scores[key] >= scores[ranked[0]])


@lru_cache(maxsize=1024)
def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)", re.IGNORECASE)

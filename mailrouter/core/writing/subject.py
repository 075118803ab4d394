"""The subject of a letter to officials: what it is and when, then what the council called it."""

import re

from mailrouter.core.model import Decision, Facts, Mail
from mailrouter.core.routing import Routing
from mailrouter.core.writing import dutch
from mailrouter.core.writing.content import kind_of, village_of

_NEWS = {"cancelled": "Gaat niet door", "moved": "Verplaatst"}
_BINDING = frozenset(["aan", "bij", "en", "in", "met", "of", "om", "op", "over", "uit", "van", "voor"])
"""Words that bind what follows to what stands before: "Notulen en volgende vergadering"."""
_SAY_IT = {
    "cancelled": "gaat niet door geannuleerd annulering afgelast vervalt afgezegd",
    "moved": "verplaatst verzet verschoven uitgesteld nieuwe andere gewijzigde datum wordt naar",
}
"""Words in which a council says the same news."""
_SAY_NOTHING = "de het een onze van op is helaas vergadering bijeenkomst overleg dorpsraad"
_DAYS = "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"


def of(mail: Mail, decision: Decision, facts: Facts, routing: Routing) -> str:
    """ "[Oosterdorp] Notulen – 6 juli 2022 – <original subject>", with the news in front when a meeting changed."""
    title, status = kind_of(decision, routing).title, facts.status or ""
    news = _NEWS.get(status, "")
    date = dutch.short_day(facts.date) if facts.date else ""
    rest = _without_start(_without_start(mail.subject, title), date)
    if " " in rest and date.startswith(rest):  # the same day, without its year
        rest = ""
    if news and _words(rest) <= _words(f"{title} {date} {_SAY_IT[status]} {_SAY_NOTHING} {_DAYS}"):
        rest = ""
    pieces = [news, title, date, rest]
    return f"[{village_of(decision, routing).name}] {' – '.join(piece for piece in pieces if piece)}"


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _without_start(subject: str, words: str) -> str:
    """The subject without these words at its start, so that they are not said twice; never cut through a phrase."""
    rest = subject[len(words) :]
    if subject[: len(words)].casefold() != words.casefold() or rest[:1].isalnum():
        return subject
    if rest.split(maxsplit=1)[:1] and rest.split(maxsplit=1)[0].casefold() in _BINDING:
        return subject
    return rest.lstrip(" \t:–-—,.|")

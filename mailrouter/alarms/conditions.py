"""From figures to alarms: a pure function, the same for the daemon and for `status`.

Each condition is one function that gives its alarm or None; `CONDITIONS` names them, the most urgent first. To add one:
a function, a line in `CONDITIONS`, its Dutch words in `words`, a heading in docs/how-to/alarms.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mailrouter.alarms import words
from mailrouter.core.remedies import telling_with_remedy
from mailrouter.core.settings import Settings
from mailrouter.core.writing.alarm import Notice
from mailrouter.journal.concerns import Concern
from mailrouter.template_faults import Fault

_POLLS = 3
"""So many polls in a row must have failed."""
_MOST_LINES = 10
_LAST_WEEK = 7 * 86400.0
"""Seconds before the end of a secret or certificate in which it is urgent."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The relay makes all letters wait: since when, and what it said."""

    since: float
    said: str


@dataclass(frozen=True, slots=True)
class Imbalance:
    """The books do not balance: since when that is known, and what is wrong."""

    since: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the conditions look at. Moments are seconds since 1970, UTC."""

    now: float
    polled: float | None = None
    """The last successful poll; of a mailbox that was never reached, the first start of the router."""
    working: bool = True
    """A daemon runs."""
    relay: Refusal | None = None
    unsettled: Concern | None = None
    """Letters that wait longer than `alarms.letter`."""
    refused: Concern | None = None
    """Of the last day."""
    stuck: Concern | None = None
    at_desk: Concern | None = None
    """Mails that lie in the desk's folder longer than `alarms.desk`."""
    books: Imbalance | None = None
    unproven: Concern | None = None
    """Letters of the last day that went out without a receipt, where receipts are asked for."""
    unread: str = ""
    """Why the mailbox cannot be read."""
    expires: float | None = None
    """When the secret or certificate ends that tokens are got with."""
    templates: tuple[Fault, ...] = ()
    """What failed of the templates in force, the oldest first."""
    kept: Concern | None = None
    """Those `at_desk` that retention would have thrown away by now."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that people should know of. `text` may be logged: no names, no addresses, no words of a mail."""

    kind: str
    since: float
    text: str
    dutch: words.Words = field(repr=False)
    said: str = ""
    """The last answer of a server, which may name a person."""
    renewed: float = 0.0
    """When it last became another one, for the desk to be told again; 0: it stays what it is."""

    @property
    def line(self) -> str:
        """The whole of it, for `status`, and what to do if we know."""
        return f"{self.text}; the last answer: {telling_with_remedy(self.said)}" if self.said else self.text

    def notice(self) -> Notice:
        """The same for the desk."""
        return Notice(
            kind=self.kind,
            title=words.TITLES[self.kind],
            what=self.dutch.what,
            does=self.dutch.does,
            you=self.dutch.you,
            since=datetime.fromtimestamp(self.since, UTC),
            lines=self.dutch.lines,
        )


def active(figures: Figures, settings: Settings) -> list[Alarm]:
    """The alarms that follow from the figures, the most urgent first."""
    return [alarm for condition in CONDITIONS if (alarm := condition(figures, settings))]


def unread_after(settings: Settings) -> float:
    """Seconds without a successful poll after which that is an alarm."""
    return max(_POLLS * settings.schedule.poll.total_seconds(), settings.alarms.server.total_seconds())


def _mailbox(of: Figures, settings: Settings) -> Alarm | None:
    if of.polled is None or of.now - of.polled <= unread_after(settings):
        return None
    why = "the mailbox is out of reach, or refuses us" if of.working else "no daemon is running"
    text = f"the mailbox was not read for {_ago(of.now - of.polled)}: {why}"
    return Alarm("mailbox", of.polled, text, words.mailbox(of.unread), of.unread)


def _relay(of: Figures, settings: Settings) -> Alarm | None:
    if of.relay is None or of.now - of.relay.since < settings.alarms.server.total_seconds():
        return None
    text = f"the relay makes all letters wait for {_ago(of.now - of.relay.since)}: {telling_with_remedy(of.relay.said)}"
    return Alarm("relay", of.relay.since, text, words.relay(of.relay.said))


def _stuck(of: Figures, _settings: Settings) -> Alarm | None:
    if not of.stuck:
        return None
    text = f"nothing automatic is left to try for {_mails(of.stuck)}; see `show` and `retry`"
    return Alarm("stuck", of.stuck.since, text, words.stuck(of.stuck), of.stuck.said)


def _letters(of: Figures, settings: Settings) -> Alarm | None:
    if not of.unsettled:
        return None
    late = of.unsettled
    text = f"{_number(late, 'letter')} not settled for {_ago(of.now - late.since)} ({_mails(late)})"
    return Alarm("letters", late.since, text, words.letters(late, settings.alarms.letter), late.said)


def _books(of: Figures, _settings: Settings) -> Alarm | None:
    if not of.books:
        return None
    lines = _few(of.books.lines)
    return Alarm("books", of.books.since, f"the books do not balance: {'; '.join(lines)}", words.books(lines))


def _desk(of: Figures, settings: Settings) -> Alarm | None:
    if not of.at_desk:
        return None
    patience, folder = settings.alarms.desk, settings.folders.desk
    long = _ago(patience.total_seconds())
    text = f"{_number(of.at_desk, 'mail')} in {folder} for more than {long} ({_mails(of.at_desk)})"
    return Alarm("desk", of.at_desk.since, text, words.desk(of.at_desk, patience, folder))


def _kept(of: Figures, settings: Settings) -> Alarm | None:
    if not of.kept:
        return None
    text = (
        f"{_number(of.kept, 'mail')} kept past retention.mail, because the desk has not taken them out of "
        f"{settings.folders.desk} ({_mails(of.kept)})"
    )
    return Alarm("kept", of.kept.since, text, words.kept(of.kept, settings.folders.desk))


def _refused(of: Figures, _settings: Settings) -> Alarm | None:
    if not of.refused:
        return None
    text = f"{_number(of.refused, 'letter')} refused in the last day, and the desk was told ({_mails(of.refused)})"
    return Alarm("refused", of.refused.since, text, words.refused(of.refused), of.refused.said)


def _template(of: Figures, _settings: Settings) -> Alarm | None:
    """Said once, and again when another place fails."""
    if not of.templates:
        return None
    first, last = of.templates[0], of.templates[-1]
    places = ", ".join(f"{fault.file}:{fault.line}" for fault in of.templates[:_MOST_LINES])
    more = len(of.templates) - _MOST_LINES
    text = f"a template does not work, and letters go out without it: {places}{f' and {more} more' if more > 0 else ''}"
    what = f"{text}; see `show {last.mail}`, then `check`"
    return Alarm("template", first.since, what, words.template(of.templates, _MOST_LINES), renewed=last.since)


def _receipts(of: Figures, settings: Settings) -> Alarm | None:
    if not of.unproven:
        return None
    text = f"no receipt came of {_number(of.unproven, 'letter')} sent in the last day: a crash can double such a letter"
    return Alarm("receipts", of.unproven.since, text, words.receipts(of.unproven, settings.receipts.address or ""))


def _expiring(of: Figures, settings: Settings) -> Alarm | None:
    """In the last week, and after it: a reason for a mail every day."""
    if of.expires is None or of.now < of.expires - _LAST_WEEK:
        return None
    return _of_expiry("expiring", of.expires - _LAST_WEEK, of.expires, of.now, settings)


def _expiry(of: Figures, settings: Settings) -> Alarm | None:
    begins = of.expires - settings.alarms.expiry.total_seconds() if of.expires else of.now
    if of.expires is None or not begins <= of.now < of.expires - _LAST_WEEK:
        return None
    return _of_expiry("expiry", begins, of.expires, of.now, settings)


def _of_expiry(kind: str, since: float, expires: float, now: float, settings: Settings) -> Alarm:
    certificate = bool(settings.oauth.certificate)
    what = "certificate" if certificate else "client secret"
    day = datetime.fromtimestamp(expires, UTC).date()
    when = f"expires on {day}" if now < expires else f"expired on {day}"
    text = f"the {what} that tokens are got with {when}: make a new one, put it in its place, and restart"
    return Alarm(kind, since, text, words.expiry(day, gone=now >= expires, certificate=certificate))


Condition = Callable[[Figures, Settings], Alarm | None]
CONDITIONS: tuple[Condition, ...] = (
    _mailbox,
    _relay,
    _stuck,
    _letters,
    _books,
    _expiring,
    _desk,
    _refused,
    _template,
    _receipts,
    _kept,
    _expiry,
)


def _few(lines: Sequence[str]) -> tuple[str, ...]:
    more = len(lines) - _MOST_LINES
    return (*lines[:_MOST_LINES], *([f"and {more} more; see `verify`"] if more > 0 else []))


def _number(of: Concern, what: str) -> str:
    return f"{of.number} {what}{'' if of.number == 1 else 's'}"


def _mails(of: Concern) -> str:
    return ("mail " if len(of.mails) == 1 else "mails ") + ", ".join(of.mails)


def _ago(seconds: float) -> str:
    """A stretch of time in its largest whole unit: "3 hours"."""
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= unit:
            count = int(seconds // unit)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds:.0f} seconds"

"""The lines of a calendar (iCalendar, RFC 5545), as programs really write them: nothing in them raises."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailrouter.core.model import Attachment
from mailrouter.core.reading import charset, headers

_LONGEST = 256 * 1024
_LONGEST_LINE = 4_000
_TYPES = ("text/calendar", "application/ics", "text/x-vcalendar")
_PROPERTY = re.compile(
    r"([A-Za-z0-9-]{1,60})((?:;[A-Za-z0-9-]{1,60}=(?:\"[^\"]*\"|[^\";:,]*)(?:,(?:\"[^\"]*\"|[^\";:,]*))*)*):(.*)"
)
_PARAMETER = re.compile(r";([A-Za-z0-9-]{1,60})=(\"[^\"]*\"|[^\";:]*)")
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Line:
    """A content line, unfolded (RFC 5545 §3.1); names in capitals, the value as it is written."""

    name: str
    parameters: dict[str, str]
    value: str
    written: str


def calendars(attachments: Iterable[Attachment]) -> Iterator[Attachment]:
    """Those that are calendars, by type or name."""
    return (part for part in attachments if part.type in _TYPES or part.name.lower().endswith(".ics"))


def lines_of(part: Attachment) -> list[Line]:
    """The lines of a calendar; what is no content line is passed over."""
    text = charset.decode(part.content[:_LONGEST], part.parameters.get("charset", ""))
    return list(_lines(_FOLD.sub("", text)))


def _lines(text: str) -> Iterator[Line]:
    for line in text.splitlines():
        if match := _PROPERTY.match(line[:_LONGEST_LINE]):
            parameters = {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(match[2])}
            yield Line(match[1].upper(), parameters, match[3], line[:_LONGEST_LINE])


def components(lines: Iterable[Line], name: str) -> Iterator[list[Line]]:
    """The properties of each component of that name, without those of the components in it (alarms)."""
    inside: list[str] = []
    found: list[Line] = []
    for line in lines:
        what = line.value.strip().upper()
        if line.name == "BEGIN":
            inside.append(what)
        elif line.name == "END":
            if inside[-1:] == [name]:
                yield found
                found = []
            inside = inside[:-1]
        elif inside[-1:] == [name]:
            found.append(line)
    if found:
        yield found


def method(part: Attachment, lines: Iterable[Line]) -> str:
    """What the calendar says it is for, or else what the part says (RFC 6047 §2.4 wants them the same)."""
    inside = next((line.value for line in lines if line.name == "METHOD"), "")
    return (inside or part.parameters.get("method", "")).strip().upper()


def first(component: Sequence[Line], name: str) -> Line | None:
    """The first property of that name."""
    return next((line for line in component if line.name == name), None)


def text(component: Sequence[Line], name: str, limit: int) -> str:
    """A text value on one line, its escapes undone (RFC 5545 §3.3.11)."""
    line = first(component, name)
    value = line.value if line else ""
    return headers.clean(_ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], value), limit)

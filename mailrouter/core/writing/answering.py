"""The answer to a council by one tap: a link that opens a new mail (RFC 6068)."""

import re
from urllib.parse import quote

from mailrouter.core.writing.fields import address as written_address
from mailrouter.core.writing.fields import one_line

_LONGEST = 150
_PREFIXES = re.compile(r"(?i)^\s*(?:(?:re|antw|aw|antwoord|fw|fwd|doorst|tr|wg)\s*:\s*)+")


def link(address: str, subject: str) -> str:
    """A mailto link to the council, with the subject of an answer; a template may add "&body=…" to it."""
    to, about = quote(written_address(address), safe="@"), quote(f"Re: {bare(subject)}".strip(), safe="")
    return f"mailto:{to}?subject={about}"


def bare(subject: str) -> str:
    """A subject without what mail programs put before it, and not too long."""
    return one_line(_PREFIXES.sub("", subject), _LONGEST)

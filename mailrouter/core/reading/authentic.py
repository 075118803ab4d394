"""Whether a mail is really from its sender's domain, as our own mail server found (RFC 8601, DMARC).

Anyone can write an Authentication-Results field into a mail. One counts only if our server wrote it: it carries the
name we trust and stands above the first Received of a foreign server, where a sender cannot write.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

Verdict = Literal["pass", "fail", "none"]

_EXCHANGE = "exchange-online"
_EXCHANGE_HOSTS = ("outlook.com", "office365.com", "exchangelabs.com")
_BY = re.compile(r"(?i)\bby\s+([^\s;()]+)")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[^"()]+|[()]', re.DOTALL)


def verdict(mail_headers: Sequence[tuple[str, str]], trust: str, domain: str) -> Verdict:
    """What our server says of the claim that this mail is from `domain` (the sender's, lower-case ASCII).

    `trust` is the authserv-id of our server, "exchange-online" (which writes none), or "none". Only the topmost field
    of that server counts, and only its word on DMARC (on Exchange also compauth).
    """
    if trust == "none" or not domain:
        return "none"
    value = next(_trusted(mail_headers, trust.lower()), None)
    if value is None:
        return "none"
    results = _results(value)
    dmarc, claim = results.get("dmarc", ("", {}))
    compauth, _ = results.get("compauth", ("", {})) if trust == _EXCHANGE else ("", {})
    if claim.get("header.from", domain) != domain:
        return "none"
    if "fail" in (dmarc, compauth):
        return "fail"
    return "pass" if "pass" in (dmarc, compauth) else "none"


def _trusted(mail_headers: Sequence[tuple[str, str]], trust: str) -> Iterator[str]:
    """The values of Authentication-Results that our server wrote, from the top, without their authserv-id."""
    for name, value in mail_headers:
        if name == "received" and not _ours(value, trust):
            return
        if name == "authentication-results":
            first, _, rest = _bare(value).lower().partition(";")
            if trust == _EXCHANGE and "=" in first:
                yield f"{first};{rest}"
            elif first.split()[:1] == [trust]:
                yield rest


def _bare(value: str) -> str:
    """The value without comments and quoted strings: a sender has a say in what stands there."""
    kept: list[str] = []
    depth = 0
    for match in _TOKEN.finditer(value):
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append("quoted" if match[0].startswith('"') else match[0])
    return "".join(kept)


def _ours(received: str, trust: str) -> bool:
    """Whether a Received was written by a server of ours: same domain as the one we trust."""
    match = _BY.search(received)
    host = match[1].lower().rstrip(".") if match else ""
    if trust == _EXCHANGE:
        return host.endswith(tuple("." + own for own in _EXCHANGE_HOSTS))
    parent = trust.split(".", 1)[1] if trust.count(".") >= 2 else trust
    return host in (trust, parent, "localhost") or host.endswith("." + parent)


def _results(value: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Method → its result and properties, of each method the first (RFC 8601 §2.2)."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for statement in value.split(";"):
        words = [word.partition("=") for word in statement.split()]
        if words and words[0][1]:
            method = words[0][0].partition("/")[0]
            found.setdefault(method, (words[0][2], {key: result for key, _, result in words[1:]}))
    return found

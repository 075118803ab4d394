"""Whether a mail is really from its sender's domain, as our own mail server found (RFC 8601, DMARC).

Anyone can write an Authentication-Results field into a mail. One counts only if our server wrote it: it carries the
name we trust and stands above the first Received of a foreign server. Of several such fields the topmost is ours: each
server writes above all that it was given, so what a sender wrote, and what the sender's own server wrote, is below it.
That is true of Exchange Online too, where the tenant of a sender has servers under the same names as ours.

A server whose filters each write a field of their own (SPF, then DMARC) may have said "fail" below its topmost field.
So any of them can fail a mail: nobody who forges one wants that. Only the topmost can pass it.

A server must take fields with its own name out of what comes in from elsewhere (RFC 8601 §5). One that does not, and
writes no field of its own for some mails, cannot be told from a sender who writes one in its name.
"""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv6Address, ip_address
from typing import Literal

from mailrouter.core.reading.address import AddressError, ascii_domain

Verdict = Literal["pass", "fail", "none"]

_EXCHANGE = "exchange-online"
_EXCHANGE_HOSTS = (".outlook.com", ".office365.com", ".exchangelabs.com")
_EXCHANGE_DOOR = ".mail.protection.outlook.com"
"""The hosts at which mail enters Exchange Online. They write their field above their Received: below it nothing is."""
_BY = re.compile(r"(?i)\bby\s+([^\s;()]+)")
_OUTSIDE = re.compile(r'"(?:[^"\\]|\\.)*"?|\(|[^"(]+', re.DOTALL)
_IN_COMMENT = re.compile(r"\\.|[()\\]|[^()\\]+", re.DOTALL)
_EQUALS = re.compile(r"\s*=\s*")

_Statement = tuple[str, dict[str, str]]
"""The result of a method, and its properties."""


def verdict(mail_headers: Sequence[tuple[str, str]], trust: str, domain: str) -> Verdict:
    """What our server says of the claim that this mail is from `domain` (the sender's, lower-case ASCII).

    `trust` is the authserv-id of our server, "exchange-online" (which writes none), or "none". Only its word on DMARC
    counts (on Exchange also compauth): "fail" in any of its fields, "pass" only in the topmost, and only of this very
    domain; a temporary error, a guess ("bestguesspass", "softpass") or two words that differ pass nothing.
    """
    if trust == "none" or not domain:
        return "none"
    fields = [_results(value) for value in _trusted(mail_headers, trust.lower())]
    methods = ("dmarc", "compauth") if trust.lower() == _EXCHANGE else ("dmarc",)
    said = [[{result for result, _ in results.get(method, [])} for method in methods] for results in fields]
    if any("fail" in words for field in said for words in field):
        return "fail"
    if not fields or {"pass"} not in said[0]:
        return "none"
    about = {_host(claim["header.from"]) for _, claim in fields[0].get("dmarc", []) if "header.from" in claim}
    return "pass" if about <= {domain} else "none"


def _trusted(mail_headers: Sequence[tuple[str, str]], trust: str) -> Iterator[str]:
    """The values of Authentication-Results that our server wrote, from the top, without their authserv-id."""
    for name, value in mail_headers:
        if name == "received" and not _is_ours(_receiver(value), trust):
            return
        if name == "authentication-results":
            first, _, rest = _bare(value).lower().partition(";")
            if trust == _EXCHANGE and "=" in first:
                yield f"{first};{rest}"
            elif first.split()[:1] == [trust]:  # a version may follow
                yield rest


def _bare(value: str) -> str:
    """The value without comments and quoted strings: a sender has a say in what stands there (RFC 5322 §3.2)."""
    kept: list[str] = []
    depth = at = 0
    while match := (_IN_COMMENT if depth else _OUTSIDE).match(value, at):
        at, text = match.end(), match[0]
        if text == "(":
            depth += 1
            kept.append(" ")
        elif depth:
            depth -= text == ")"
        else:
            kept.append("quoted" if text.startswith('"') else text)
    return "".join(kept)


def _receiver(received: str) -> str:
    """The server that wrote a Received field, "" if it does not say."""
    match = _BY.search(received)
    return match[1].lower().strip("[].").removeprefix("ipv6:") if match else ""


def _is_ours(host: str, trust: str) -> bool:
    """Whether that is a server of ours: in the domain of the one we trust, or without a name in the world."""
    if trust == _EXCHANGE:
        return host.endswith(_EXCHANGE_HOSTS) and not host.endswith(_EXCHANGE_DOOR)
    parent = trust.split(".", 1)[1] if trust.count(".") >= 2 else trust
    return host in (trust, parent, "localhost") or host.endswith("." + parent) or _is_private(host)


def _is_private(host: str) -> bool:
    """An address inside a network; Google writes those of its own as 6to4 addresses (RFC 3056)."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    inner = address.sixtofour if isinstance(address, IPv6Address) else None
    return (inner or address).is_private


def _results(value: str) -> dict[str, list[_Statement]]:
    """Method → its results with their properties, in order (RFC 8601 §2.2)."""
    found: dict[str, list[_Statement]] = {}
    for statement in value.split(";"):
        words = [word.partition("=") for word in _EQUALS.sub("=", statement).split()]
        if words and words[0][1]:
            method = words[0][0].partition("/")[0]
            found.setdefault(method, []).append((words[0][2], {key: result for key, _, result in words[1:]}))
    return found


def _host(claim: str) -> str:
    """The domain that a property names, in the form in which we know the sender's."""
    bare = claim.rpartition("@")[2].strip(".")
    try:
        return ascii_domain(bare)
    except AddressError:
        return bare

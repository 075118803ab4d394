"""Our domain in the DNS: may the relay send for it (SPF), are letters signed (DKIM), and is that asked for (DMARC)?

SPF: RFC 7208 · DKIM: RFC 6376 · DMARC: RFC 7489. Without a resolver that answers, this is skipped and said so.
"""

import re
from collections.abc import Iterable, Iterator

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from mailrouter.config import Config
from mailrouter.doctor.finding import Finding, error, ok, skipped, warning

_PATIENCE = 5.0
"""Seconds for an answer."""
_MOST_LOOKUPS = 10
"""RFC 7208 §4.6.4."""
_COSTLY = re.compile(r"[+?~-]?(include:|a(?=$|[:/])|mx(?=$|[:/])|ptr(?=$|:)|exists:)|redirect=", re.I)
_MICROSOFT = ("office365.com", "outlook.com")
_ASK = "whoever keeps the DNS of your domain"


class NoResolver(Exception):
    """No resolver answers; says why."""


class Questions:
    """Asks a resolver for text records."""

    def __init__(self, resolver: str = "") -> None:
        """`resolver`: ADDRESS or ADDRESS:PORT, else what this machine uses. Raises NoResolver."""
        try:
            self._resolver = dns.resolver.Resolver(configure=not resolver)
            if resolver:
                address, port = _split(resolver)
                self._resolver.nameservers, self._resolver.port = [address], port
        except (dns.exception.DNSException, OSError, ValueError) as none:
            raise NoResolver(str(none)) from none
        self._resolver.lifetime = _PATIENCE

    def texts(self, name: str) -> list[str]:
        """The text records of a name, aliases followed; empty when there are none. Raises NoResolver."""
        try:
            answer = self._resolver.resolve(dns.name.from_text(name), dns.rdatatype.TXT)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError) as none:
            raise NoResolver(str(none)) from none
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def examined(config: Config, resolver: str, signed_by: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """What the DNS says of our domain. `signed_by`: selector and domain of signatures on a letter that came back."""
    domain = config.settings.mailbox.address.rpartition("@")[2].lower()
    try:
        questions = Questions(resolver)
        yield _spf(questions, domain, config.settings.delivery.host.lower())
        yield from _dkim(questions, domain, config.settings.delivery.dkim_selectors, tuple(signed_by))
        yield _dmarc(questions, domain)
    except NoResolver as none:
        to_do = "Run doctor where there is DNS, or name a resolver: --resolver ADDRESS."
        yield skipped("dns", f"SPF, DKIM and DMARC were not looked at, because no resolver answers: {none}", to_do)


def _spf(questions: Questions, domain: str, relay: str) -> Finding:
    records = [text for text in questions.texts(domain) if re.match(r"v=spf1( |$)", text, re.I)]
    include = "include:spf.protection.outlook.com"
    ours = include if relay.endswith(_MICROSOFT) else f"the address of {relay}"
    if not records:
        return error("spf", f"{domain} has no SPF record", f'Ask {_ASK} for a TXT record: "v=spf1 {ours} -all".')
    if len(records) > 1:
        return error("spf", f"{domain} has {len(records)} SPF records, so none counts", f"Ask {_ASK} to make them one.")
    terms = records[0].split()[1:]
    if sum(bool(_COSTLY.match(term)) for term in terms) > _MOST_LOOKUPS:
        return error("spf", f"the SPF record of {domain} takes more than ten look-ups", f"Ask {_ASK} to shorten it.")
    if relay.endswith(_MICROSOFT) and include not in terms:
        return error("spf", f"the SPF record of {domain} does not name Microsoft 365", f"Ask {_ASK} to add {include}.")
    if not any(term.lower() in ("-all", "~all") or term.lower().startswith("redirect=") for term in terms):
        return warning("spf", f"the SPF record of {domain} forbids nobody", f"Ask {_ASK} to end it with -all or ~all.")
    return ok("spf", f"{domain}: {records[0]}")


def _dkim(
    questions: Questions, domain: str, configured: Iterable[str], signed_by: tuple[tuple[str, str], ...]
) -> Iterator[Finding]:
    """The keys under the selectors that we were told of, or that our own letter was signed with."""
    selectors = dict.fromkeys([*configured, *(selector for selector, signer in signed_by if signer.lower() == domain)])
    if not selectors:
        to_do = "Set delivery.dkim_selectors: your mail administrator knows them (Microsoft 365: selector1, selector2)."
        yield skipped("dkim", "no selector is known, and the letter to ourselves was not signed for our domain", to_do)
    for selector in selectors:
        name = f"{selector}._domainkey.{domain}"
        key = next((re.search(r"(?:^|;)\s*p=\s*([^;]*)", text) for text in questions.texts(name)), None)
        if key is None:
            to_do = f"Ask {_ASK} to publish the key, and your mail administrator to sign with it."
            yield error("dkim", f"there is no DKIM key at {name}", to_do)
        elif not key[1].strip():
            yield error(
                "dkim", f"the DKIM key at {name} was revoked", "Sign with another selector, or publish a new key."
            )
        else:
            yield ok("dkim", f"{name} has a key")


def _dmarc(questions: Questions, domain: str) -> Finding:
    records = [text for place in _upwards(domain) for text in questions.texts(f"_dmarc.{place}") if _is_dmarc(text)]
    if not records:
        to_do = f'Ask {_ASK} for a TXT record at _dmarc.{domain}: "v=DMARC1; p=quarantine; rua=mailto:…".'
        return error("dmarc", f"{domain} has no DMARC record", to_do)
    policy = re.search(r";\s*p\s*=\s*(\w+)", records[0], re.I)
    if policy is None or policy[1].lower() == "none":
        to_do = f"Ask {_ASK} for p=quarantine or p=reject, once SPF and DKIM are right."
        return warning("dmarc", f"the DMARC record of {domain} asks for nothing (p=none)", to_do)
    return ok("dmarc", f"{domain}: {records[0]}")


def _upwards(domain: str) -> tuple[str, ...]:
    """The domain itself, then the one that it belongs to (RFC 7489 §6.6.3): of Dutch names the last two labels."""
    parent = ".".join(domain.split(".")[-2:])
    return (domain,) if parent == domain else (domain, parent)


def _is_dmarc(text: str) -> bool:
    return re.match(r"v\s*=\s*DMARC1\s*(;|$)", text, re.I) is not None


def _split(resolver: str) -> tuple[str, int]:
    """ADDRESS or ADDRESS:PORT, IPv6 in brackets when a port follows."""
    if match := re.fullmatch(r"\[?([0-9a-fA-F:.]+?)\]?(?::(\d+))?", resolver) if resolver.count(":") < 2 else None:
        return match[1], int(match[2] or 53)
    if match := re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::(\d+))?", resolver):
        return match[1], int(match[2] or 53)
    return resolver, 53

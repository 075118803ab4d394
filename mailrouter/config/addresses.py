"""What counts as an e-mail address in a config."""

import re

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def address_fault(address: str) -> str:
    """Why this is not an address we can write to or know a sender by; empty if it is (RFC 5321 §4.1.2, dot-string)."""
    local, at, domain = address.rpartition("@")
    if not at:
        return "an address has an @"
    if not address.isascii():
        return "an address has plain letters only; write a domain with accents in its xn-- form"
    if len(address) > 254 or not _LOCAL.fullmatch(local):
        return "what stands before the @ is not right"
    if not _DOMAIN.fullmatch(domain):
        return "what stands after the @ is not a domain"
    return ""

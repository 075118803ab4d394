"""What counts as an e-mail address in a config, and which domains belong to mailbox providers."""

import re

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")

_PROVIDERS = """
    gmail.com googlemail.com outlook.com outlook.nl hotmail.com hotmail.nl live.com live.nl msn.com
    icloud.com me.com mac.com yahoo.com yahoo.nl ymail.com aol.com proton.me protonmail.com pm.me tutanota.com tuta.com
    gmx.com gmx.net gmx.de web.de t-online.de mail.com zoho.com fastmail.com fastmail.nl startmail.com soverin.net
    ziggo.nl upcmail.nl chello.nl casema.nl home.nl quicknet.nl multiweb.nl zinders.nl
    kpnmail.nl kpnplanet.nl planet.nl hetnet.nl xs4all.nl telfort.nl telfortglasvezel.nl tele2.nl versatel.nl
    online.nl solcon.nl caiway.nl caiway.net delta.nl zeelandnet.nl freedom.nl freeler.nl wxs.nl
    kabelfoon.nl scarlet.nl skynet.be telenet.be tiscali.nl wanadoo.nl zonnet.nl orange.nl odido.nl t-mobilethuis.nl
"""
PROVIDERS = frozenset(_PROVIDERS.split())
"""Domains at which anybody can get a mailbox: mail from one says nothing about which village wrote it."""


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


def provider(domain: str) -> bool:
    """Whether the domain is that of a mailbox provider."""
    return domain.lower() in PROVIDERS

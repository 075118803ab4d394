"""Mailbox providers: at their domains anybody can get a mailbox, so a domain says nothing about who wrote."""

_PROVIDERS = """
    gmail.com googlemail.com outlook.com outlook.nl hotmail.com hotmail.nl live.com live.nl msn.com
    icloud.com me.com mac.com yahoo.com yahoo.nl ymail.com aol.com proton.me protonmail.com pm.me tutanota.com tuta.com
    gmx.com gmx.net gmx.de web.de t-online.de mail.com zoho.com fastmail.com fastmail.nl startmail.com soverin.net
    ziggo.nl upcmail.nl chello.nl casema.nl home.nl quicknet.nl multiweb.nl zinders.nl
    kpnmail.nl kpnplanet.nl planet.nl hetnet.nl xs4all.nl telfort.nl telfortglasvezel.nl tele2.nl versatel.nl
    online.nl solcon.nl caiway.nl caiway.net delta.nl zeelandnet.nl freedom.nl freeler.nl wxs.nl
    kabelfoon.nl scarlet.nl skynet.be telenet.be tiscali.nl wanadoo.nl zonnet.nl orange.nl odido.nl t-mobilethuis.nl
"""
_DOMAINS = frozenset(_PROVIDERS.split())


def is_provider(domain: str) -> bool:
    """Whether the domain is that of a mailbox provider."""
    return domain.lower() in _DOMAINS

"""What to do about what a server said."""

import re

import pytest

from mailrouter.core.remedies import _REMEDIES, remedy, telling_with_remedy, with_remedy

SAID = {
    "AADSTS7000215: Invalid client secret provided.": "Copy the value of the secret",
    "AADSTS7000222: The provided client secret keys are expired.": "has expired",
    "AADSTS700016: Application with identifier 'x' was not found": "does not know the application",
    "AADSTS90002: Tenant 'x' not found.": "no such directory",
    "AADSTS900023: Specified tenant identifier 'x' is neither a valid DNS name": "no such directory",
    "AADSTS50034: The user account does not exist in the directory": "mailbox.user",
    "AADSTS700027: The certificate used to sign the client assertion is not registered": "Upload the one",
    "AADSTS700024: Client assertion is not within its valid time range.": "clock",
    "AADSTS65001: The user or administrator has not consented": "admin consent",
    "AADSTS500011: The resource principal named https://x was not found": "oauth.scope",
    "AADSTS70011: The provided value for the input parameter 'scope' is not valid.": "The scope is wrong",
    "login.example gives no token: invalid_client: AADSTS7000215: Invalid": "Copy the value",
    "keycloak.example gives no token: invalid_client: Invalid client": "does not accept who we say we are",
    "unauthorized_client: Client not enabled to retrieve service account": "client_credentials",
    "BAD User is authenticated but not connected.": "Add-MailboxPermission",
    "535 5.7.3 Authentication unsuccessful [AM0PR01CA0091.example]": "SMTP.SendAsApp",
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.": "Set-CASMailbox",
    "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.": "delivery.login: oauth",
    "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.": "security defaults",
    "550 5.7.60 SMTP; Client does not have permissions to send as this sender": "Add-RecipientPermission",
    "554 5.2.252 SendAsDenied; a@gemeente.example not allowed to send as b@gemeente.example": "Add-RecipientPermission",
    "530 5.7.57 Client not authenticated to send mail": "delivery.user",
    "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded": "delivery.connections",
    "certificate verify failed: self-signed certificate (_ssl.c:1006)": "ca_file",
    "certificate verify failed: unable to get local issuer certificate": "ca_file",
    "certificate verify failed: Hostname mismatch, certificate is not valid for 'localhost'.": "another name",
    "certificate verify failed: certificate has expired": "must renew it",
    "certificate verify failed: certificate is not yet valid": "clock",
    "[SSL: WRONG_VERSION_NUMBER] wrong version number": "no TLS on this port",
    "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version": "no TLS 1.2",
    "[Errno -2] Name or service not known": "DNS",
    "[Errno 111] Connection refused": "firewall",
}


@pytest.mark.parametrize("said", SAID)
def test_what_was_said_has_its_remedy(said: str) -> None:
    """Each answer that administrators meet tells them what to do, in English and in Dutch."""
    known = remedy(said)
    assert known is not None
    assert SAID[said] in known.english
    assert with_remedy(said).startswith(said.rstrip(".") + ". ")
    assert with_remedy(said).endswith(known.english)


@pytest.mark.parametrize("said", SAID)
def test_a_remedy_is_found_again_in_what_holds_it(said: str) -> None:
    """What was said is kept and shown with its remedy: that leads to the same one, in Dutch too."""
    assert remedy(said) == remedy(with_remedy(said))


@pytest.mark.parametrize("said", SAID)
def test_a_remedy_is_told_whole(said: str) -> None:
    """Of what a server said no more may be told than the words of the trade; what to do is ours, and told as it is."""
    known = remedy(said)
    assert known is not None
    told = telling_with_remedy(f"Geertje {with_remedy(said)}")
    assert told == telling_with_remedy(f"Geertje {said.rstrip('.')}.")
    assert told.endswith(f" {known.english}")
    assert "Geertje" not in told


def test_what_nobody_knows_stays_as_it_was() -> None:
    """An answer that we know no better than the server gets no advice."""
    assert (None, "451 4.7.0 try later") == (remedy("451 4.7.0 try later"), with_remedy("451 4.7.0 try later"))


def test_every_remedy_is_short_and_whole_in_both_languages() -> None:
    """Two readers, two languages, two or three sentences at most; names of settings are the same in both."""
    names = re.compile(r"\b(?:oauth|mailbox|delivery)\.\w+|MAILROUTER_\w+|-\w+Permission|Set-CASMailbox")
    wrong = [
        row.said
        for row in _REMEDIES
        if max(len(row.english), len(row.dutch)) > 220
        or not (row.english.endswith((".", "?")) and row.dutch.endswith((".", "?")))
        or sorted(names.findall(row.english)) != sorted(names.findall(row.dutch))
    ]
    assert [] == wrong

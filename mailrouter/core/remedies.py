"""What to do about an answer of a server: the refusals of token services, mailboxes, relays and TLS, in plain words.

Codes of Microsoft Entra: "Microsoft Entra authentication and authorization error codes". Of Exchange Online: "Email
non-delivery reports and SMTP errors in Exchange Online" and "Authenticate an IMAP, POP or SMTP connection using OAuth".
OAuth errors: RFC 6749 §5.2. To add one: a row in `_REMEDIES`, the most special first.
"""

import re
from typing import NamedTuple

from mailrouter.core.telling import telling


class Remedy(NamedTuple):
    """What is wrong and what a person can do about it: one or two sentences for each reader."""

    english: str
    dutch: str


class _Row(NamedTuple):
    said: str
    """A regular expression searched in what was said, in any case."""
    english: str
    dutch: str


_REMEDIES = (
    # The token service: codes of Microsoft Entra.
    _Row(
        r"AADSTS7000215\b",
        "The client secret is wrong. Copy the value of the secret, not its id, into MAILROUTER_OAUTH__CLIENT_SECRET.",
        "Het clientgeheim klopt niet. Neem de waarde van het geheim over, niet het id, in "
        "MAILROUTER_OAUTH__CLIENT_SECRET.",
    ),
    _Row(
        r"AADSTS7000222\b",
        "The client secret has expired. Make a new one in the app registration, put it in "
        "MAILROUTER_OAUTH__CLIENT_SECRET and its last day in oauth.secret_expires.",
        "Het clientgeheim is verlopen. Maak een nieuw geheim in de app-registratie, zet het in "
        "MAILROUTER_OAUTH__CLIENT_SECRET en de einddatum in oauth.secret_expires.",
    ),
    _Row(
        r"AADSTS700016\b",
        "This directory does not know the application. Compare oauth.client_id and oauth.tenant with the app "
        "registration.",
        "Deze tenant kent de toepassing niet. Vergelijk oauth.client_id en oauth.tenant met de app-registratie.",
    ),
    _Row(
        r"AADSTS(90002|900021|900023|900383|90013)\b",
        "There is no such directory. Set oauth.tenant to the directory (tenant) id of the app registration.",
        "Deze tenant bestaat niet. Zet in oauth.tenant het id van de map (tenant) uit de app-registratie.",
    ),
    _Row(
        r"AADSTS50034\b",
        "The directory does not know this account. Compare mailbox.user and oauth.tenant: is the mailbox in that "
        "directory?",
        "De tenant kent dit account niet. Vergelijk mailbox.user en oauth.tenant: staat de postbus in die tenant?",
    ),
    _Row(
        r"AADSTS700024\b",
        "The signed statement was not valid at this moment: the clock of this machine is probably off. Set it right.",
        "De ondertekende verklaring was op dit moment niet geldig: de klok van deze machine loopt waarschijnlijk "
        "verkeerd. Zet die goed.",
    ),
    _Row(
        r"AADSTS(700027|7000271|50012|700021|700030|5002711)\b",
        "The certificate is not accepted. Upload the one of oauth.certificate to the app registration, and see that "
        "MAILROUTER_OAUTH__PRIVATE_KEY is its key.",
        "Het certificaat wordt niet aanvaard. Upload het certificaat van oauth.certificate in de app-registratie, en "
        "kijk of MAILROUTER_OAUTH__PRIVATE_KEY de bijbehorende sleutel is.",
    ),
    _Row(
        r"AADSTS(65001|65004|650056|65005)\b",
        "An administrator has not consented. Give the application IMAP.AccessAsApp and SMTP.SendAsApp of Office 365 "
        "Exchange Online, and grant admin consent.",
        "Een beheerder heeft geen toestemming gegeven. Geef de app IMAP.AccessAsApp en SMTP.SendAsApp van Office 365 "
        "Exchange Online, en verleen beheerderstoestemming.",
    ),
    _Row(
        r"AADSTS(500011|500014|650057|50001)\b",
        "The directory does not know what the token is for. Set oauth.scope to "
        "https://outlook.office365.com/.default, and see that Exchange Online is on.",
        "De tenant weet niet waarvoor het token is. Zet oauth.scope op https://outlook.office365.com/.default, en kijk "
        "of Exchange Online aanstaat.",
    ),
    _Row(
        r"AADSTS(70011|1002012|90014)\b|\binvalid_scope\b",
        "The scope is wrong. For Microsoft 365 oauth.scope is https://outlook.office365.com/.default.",
        "De scope klopt niet. Voor Microsoft 365 is oauth.scope https://outlook.office365.com/.default.",
    ),
    _Row(
        r"AADSTS(7000112|7000113|7000229|50105|50057)\b",
        "The application is switched off here, or has no enterprise application. Switch it on for sign-in, or grant "
        "admin consent again.",
        "De app is hier uitgeschakeld, of heeft geen bedrijfstoepassing. Zet aanmelden aan, of verleen opnieuw "
        "beheerderstoestemming.",
    ),
    _Row(
        r"AADSTS7000218\b",
        "The token service asks for a secret or certificate. Set MAILROUTER_OAUTH__CLIENT_SECRET, or oauth.certificate "
        "with its key.",
        "De tokendienst vraagt een geheim of certificaat. Zet MAILROUTER_OAUTH__CLIENT_SECRET, of oauth.certificate "
        "met de sleutel.",
    ),
    _Row(
        r"AADSTS(53003|53000|530035|530036)\b",
        "A conditional access policy forbids it. Have this application, or the address of this machine, allowed there.",
        "Een regel voor voorwaardelijke toegang verbiedt het. Laat deze app, of het adres van deze machine, daar toe.",
    ),
    # The token service: errors of the standard.
    _Row(
        r"\binvalid_client\b",
        "The token service does not accept who we say we are. Compare oauth.client_id and the client secret or "
        "certificate with what is registered there.",
        "De tokendienst aanvaardt onze aanmelding niet. Vergelijk oauth.client_id en het geheim of certificaat met wat "
        "daar geregistreerd is.",
    ),
    _Row(
        r"\b(unauthorized_client|access_denied|unsupported_grant_type)\b",
        "The token service does not allow this application to get tokens by itself. Allow it the grant "
        "client_credentials.",
        "De tokendienst staat deze app niet toe zelf tokens te halen. Sta daar client_credentials toe.",
    ),
    _Row(
        r"no token came from|answered nonsense for a token",
        "Is oauth.token_url right, is the service up, and does a firewall or proxy let us through? HTTPS_PROXY is "
        "followed.",
        "Klopt oauth.token_url, werkt de dienst, en laat de firewall of proxy ons door? HTTPS_PROXY wordt gevolgd.",
    ),
    # The mailbox.
    _Row(
        r"authenticated but not connected",
        "The token is right, but the application may not open this mailbox. Give its service principal FullAccess "
        "(Add-MailboxPermission), and see that mailbox.user is that mailbox.",
        "Het token klopt, maar de app mag deze postbus niet openen. Geef de service-principal FullAccess "
        "(Add-MailboxPermission), en kijk of mailbox.user die postbus is.",
    ),
    _Row(
        r"refuses the token",
        "Does the application have IMAP.AccessAsApp with admin consent, was its service principal made in Exchange "
        "with the object id of the enterprise application, and is mailbox.user right?",
        "Heeft de app IMAP.AccessAsApp met beheerderstoestemming, is de service-principal in Exchange gemaakt met het "
        "object-id van de bedrijfstoepassing, en klopt mailbox.user?",
    ),
    _Row(
        r"offers no login with a token|offers neither XOAUTH2 nor OAUTHBEARER",
        "This server takes no tokens. Set login: password, or have OAuth switched on there.",
        "Deze server neemt geen tokens aan. Zet login: password, of laat daar OAuth aanzetten.",
    ),
    # The relay.
    _Row(
        r"SmtpClientAuthentication is disabled",
        "SMTP AUTH is switched off for this mailbox or for all. Switch it on: Set-CASMailbox -Identity ADDRESS "
        "-SmtpClientAuthenticationDisabled $false.",
        "SMTP AUTH staat uit voor deze postbus of voor alle. Zet het aan: Set-CASMailbox -Identity ADRES "
        "-SmtpClientAuthenticationDisabled $false.",
    ),
    _Row(
        r"basic authentication is disabled",
        "The relay takes no passwords any more. Set delivery.login: oauth, and fill in the section oauth.",
        "De mailserver neemt geen wachtwoorden meer aan. Zet delivery.login: oauth, en vul de sectie oauth in.",
    ),
    _Row(
        r"\b5\.7\.139\b",
        "A rule of the organisation forbids this login: security defaults, or conditional access. Have the application "
        "allowed there, or use login: oauth.",
        "Een regel van de organisatie verbiedt deze aanmelding (security defaults of voorwaardelijke toegang). Laat de "
        "app daar toe, of gebruik login: oauth.",
    ),
    _Row(
        r"SendAsDenied|\b5\.7\.60\b|permissions? to send as",
        "We may not send as this address. Log in as the mailbox itself (delivery.user = mailbox.address), or give the "
        "right Send As (Add-RecipientPermission).",
        "Wij mogen niet als dit adres versturen. Meld aan als de postbus zelf (delivery.user = mailbox.address), of "
        "geef het recht Verzenden als (Add-RecipientPermission).",
    ),
    _Row(
        r"\b5\.7\.(57|64)\b|not authenticated to send anonymous",
        "The relay wants a login. Set delivery.user and its password or login: oauth, or let it know our address.",
        "De mailserver wil dat wij aanmelden. Vul delivery.user in met wachtwoord of login: oauth, of laat de server "
        "ons adres kennen.",
    ),
    _Row(
        r"\b535\b.*\b5\.7\.3\b|\b5\.7\.3\b.*(unsuccessful|unable to authenticate)",
        "Does the application have SMTP.SendAsApp with admin consent and FullAccess to the mailbox, and is "
        "delivery.user that mailbox? With a password: is it right?",
        "Heeft de app SMTP.SendAsApp met beheerderstoestemming en FullAccess op de postbus, en is delivery.user die "
        "postbus? Met een wachtwoord: klopt het?",
    ),
    _Row(
        r"thread limit|too many (concurrent )?(connections|sessions)|connections? limit",
        "The server allows no more connections now. Lower delivery.connections; if doctor says this beside a busy "
        "daemon, run it again.",
        "De server staat nu niet meer verbindingen toe. Verlaag delivery.connections; zegt doctor dit naast een drukke "
        "router, probeer het dan nog eens.",
    ),
    # Either of them.
    _Row(
        r"not set, or it or mailbox\.user|neither oauth\.client_secret|oauth\.private_key",
        "Put the secret in the environment or in the secrets folder; docs/how-to/secrets.md tells how.",
        "Zet het geheim in de omgeving of in de map met geheimen.",
    ),
    _Row(
        r"refuses the password|5\.7\.8\b|credentials invalid",
        "Is the password still right, and may this account log in with one? Microsoft 365 wants login: oauth.",
        "Klopt het wachtwoord nog, en mag dit account ermee aanmelden? Microsoft 365 wil login: oauth.",
    ),
    # TLS.
    _Row(
        r"certificate has expired",
        "The certificate of the server has expired. Its administrator must renew it; nothing was sent to it.",
        "Het certificaat van de server is verlopen. De beheerder ervan moet het vernieuwen; wij sturen er niets heen.",
    ),
    _Row(
        r"certificate is not yet valid",
        "The certificate of the server is not valid yet: is the clock of this machine right?",
        "Het certificaat van de server geldt nog niet: loopt de klok van deze machine goed?",
    ),
    _Row(
        r"Hostname mismatch|IP address mismatch|not valid for '",
        "The server shows a certificate of another name. Write host as it stands in the certificate, or somebody is in "
        "between.",
        "De server toont een certificaat op een andere naam. Schrijf host zoals het in het certificaat staat, of "
        "iemand zit ertussen.",
    ),
    _Row(
        r"self[- ]signed|unable to get (local )?issuer|certificate.verify.failed",
        "We do not know who signed the certificate of the server. Is it your own authority? Name its certificate in "
        "ca_file.",
        "Wij weten niet wie het certificaat van de server heeft ondertekend. Is het uw eigen CA? Noem dat certificaat "
        "in ca_file.",
    ),
    _Row(
        r"WRONG_VERSION_NUMBER|wrong version number|RECORD_LAYER_FAILURE",
        "The server speaks no TLS on this port. IMAP: implicit is 993, starttls 143; SMTP: implicit is 465, "
        "starttls 587.",
        "De server spreekt geen TLS op deze poort. IMAP: implicit is 993, starttls 143; SMTP: implicit is 465, "
        "starttls 587.",
    ),
    _Row(
        r"UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|unsupported protocol",
        "The server knows no TLS 1.2 or newer. Have it brought up to date; nothing was sent to it.",
        "De server kent geen TLS 1.2 of nieuwer. Laat hem bijwerken; wij sturen er niets heen.",
    ),
    _Row(
        r"STARTTLS",
        "The server offers no STARTTLS, or somebody takes it out on the way. Have it switched on; nothing was sent.",
        "De server biedt geen STARTTLS, of iemand haalt het onderweg weg. Laat het aanzetten; wij sturen niets.",
    ),
    # The network.
    _Row(
        r"Name or service not known|name resolution|nodename nor servname|No address associated",
        "The DNS does not know this host name. Is it written right, and does this machine have DNS?",
        "De DNS kent deze servernaam niet. Is die goed geschreven, en heeft deze machine DNS?",
    ),
    _Row(
        r"Connection refused|timed out|no answer in time|unreachable|No route to host",
        "The server does not answer. Is it up, are host and port right, and does a firewall let us through?",
        "De server antwoordt niet. Staat hij aan, kloppen host en port, en laat de firewall ons door?",
    ),
)

_PATTERNS = tuple((re.compile(row.said, re.IGNORECASE), Remedy(row.english, row.dutch)) for row in _REMEDIES)


def remedy(said: str) -> Remedy | None:
    """What to do about what a server, or the line to it, said; None when we know no better than it does."""
    return next((known for pattern, known in _PATTERNS if pattern.search(said)), None)


def with_remedy(said: str) -> str:
    """What was said, and what to do about it if we know."""
    known = remedy(said)
    return f"{said.rstrip('.')}. {known.english}" if known else said


def telling_with_remedy(said: str) -> str:
    """The words of the trade in what a server said (`telling`), and whole what to do about it if we know."""
    known = remedy(said)
    if known is None:
        return telling(said)
    return f"{telling(said.removesuffix(known.english).rstrip(' .'))}. {known.english}"

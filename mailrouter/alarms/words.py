"""What the desk reads about each alarm: what is wrong, what the router does about it, what the reader can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mailrouter.core.remedies import remedy
from mailrouter.core.writing import dutch
from mailrouter.journal.concerns import Concern
from mailrouter.template_faults import Fault

TITLES = {
    "mailbox": "postbus niet te lezen",
    "relay": "brieven kunnen niet weg",
    "stuck": "mail zit vast",
    "letters": "brieven wachten te lang",
    "books": "boekhouding klopt niet",
    "desk": "mails wachten op u",
    "refused": "brief geweigerd",
    "template": "sjabloon werkt niet",
    "receipts": "bewijs van verzending ontbreekt",
    "kept": "mails worden te lang bewaard",
    "expiring": "aanmelding bij de mailserver verloopt nu",
    "expiry": "aanmelding bij de mailserver verloopt binnenkort",
}
"""Kind of alarm → a few words for the subject of the mail, and for what is over."""

_UNITS = (
    (timedelta(days=1), "een dag", "dagen"),
    (timedelta(hours=1), "een uur", "uur"),
    (timedelta(minutes=1), "een minuut", "minuten"),
    (timedelta(seconds=1), "een seconde", "seconden"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """The parts of a notice that differ by case."""

    what: str
    does: str
    you: str
    lines: tuple[str, ...] = ()


def mailbox(said: str = "") -> Words:
    """The shared mailbox cannot be read; `said` is why."""
    return Words(
        "De router kan de gedeelde postbus niet lezen. Nieuwe mail van dorpsraden wordt niet doorgestuurd.",
        "De router probeert het steeds opnieuw. De mail blijft in de postbus liggen; er gaat niets verloren.",
        "Kijk zelf in de postbus of er iets bij is dat haast heeft. Vraag uw ICT-beheerder of de mailserver werkt "
        "en of het wachtwoord van de postbus nog klopt.",
        _remedy(said),
    )


def relay(said: str) -> Words:
    """The server that takes our letters does not."""
    return Words(
        "De router kan geen mail versturen.",
        "Alle brieven wachten. De router probeert het steeds opnieuw en verstuurt ze zodra het weer kan.",
        "Vraag uw ICT-beheerder of de uitgaande mailserver werkt. Geef het antwoord van de server daarbij door.",
        (*_said(said), *_remedy(said)),
    )


def stuck(of: Concern) -> Words:
    """A mail for which nothing automatic is left to try."""
    which = "Een brief zit vast" if of.number == 1 else f"{of.number} brieven zitten vast"
    return Words(
        f"{which}: de ontvanger kreeg hem niet, en de melding daarover kwam bij de balie niet aan.",
        "De router doet er niets meer aan. De mail ligt nog in de postbus.",
        "Zoek de mail in de postbus en handel hem zelf af. Is het adres weer goed? Vraag uw beheerder dan om: "
        + "; ".join(f"mailrouter retry {name}" for name in of.mails),
        (*_mails(of), *_said(of.said)),
    )


def letters(of: Concern, patience: timedelta) -> Words:
    """Letters that stay unsettled."""
    which = "Een brief is" if of.number == 1 else f"{of.number} brieven zijn"
    return Words(
        f"{which} na {_long(patience)} nog niet bezorgd.",
        "De router probeert het steeds opnieuw. Lukt het niet, dan krijgt u daar bericht van.",
        "Heeft een mail haast? Zoek hem in de postbus en bel de ontvanger. Duurt het lang, vraag dan uw "
        "ICT-beheerder om te kijken met: mailrouter status",
        (*_mails(of), *_said(of.said)),
    )


def books(lines: Sequence[str]) -> Words:
    """The books do not balance."""
    return Words(
        "De boekhouding van de router klopt niet. Misschien is een mail niet goed verwerkt.",
        "De router werkt door en kijkt elk uur opnieuw.",
        "Stuur deze mail door naar de beheerder van de router. De Engelse regels zijn voor de beheerder. Meer ziet die "
        "met: mailrouter verify",
        tuple(lines),
    )


def desk(of: Concern, patience: timedelta, folder: str) -> Words:
    """Mails that lie with the desk for long."""
    which = "Een mail ligt" if of.number == 1 else f"{of.number} mails liggen"
    return Words(
        f"{which} langer dan {_long(patience)} in de map {folder} te wachten op de balie.",
        "De router wacht op u. Hij stuurt deze mail niet zelf door.",
        f"{'Handel de mail af. Haal hem' if of.number == 1 else 'Handel ze af. Haal elke mail'} daarna uit de map "
        f"{folder}, dan telt hij niet meer mee.",
        _mails(of),
    )


def kept(of: Concern, folder: str) -> Words:
    """Mails that lie with the desk for longer than mail is kept."""
    which = "Een mail in de map" if of.number == 1 else f"{of.number} mails in de map"
    return Words(
        f"{which} {folder} {'is' if of.number == 1 else 'zijn'} ouder dan de bewaartermijn.",
        "De router bewaart zijn kopie tot de mail uit de map is.",
        f"{'Handel de mail af. Haal hem' if of.number == 1 else 'Handel ze af. Haal elke mail'} daarna uit de map "
        f"{folder}. Dan wist de router zijn kopie.",
        _mails(of),
    )


def refused(of: Concern) -> Words:
    """Letters that were refused; the desk has had a letter about each."""
    which = "Een brief is" if of.number == 1 else f"{of.number} brieven zijn"
    return Words(
        f"{which} de laatste 24 uur geweigerd door de mailserver van de ontvanger.",
        "De router probeert het niet opnieuw.",
        "U kreeg hierover al een aparte mail. Doe wat daarin staat.",
        (*_mails(of), *_said(of.said)),
    )


def template(faults: Sequence[Fault], most: int) -> Words:
    """Templates that fail on a mail; of more than `most` places only so many are named."""
    which = "Een sjabloon voor brieven werkt" if len(faults) == 1 else "Sjablonen voor brieven werken"
    more = len(faults) - most
    return Words(
        f"{which} niet bij elke mail.",
        "De mail gaat gewoon door, naar dezelfde mensen. Is het sjabloon van een brief stuk, dan schrijft de router "
        "die brief in zijn eigen, eenvoudige vorm, zonder opmaak. Is het sjabloon van een opmerking (note-…) stuk, dan "
        "staat die opmerking er niet in.",
        "Stuur deze mail door naar de beheerder van de router. Wat er mis is, ziet die met: mailrouter show "
        f"{faults[-1].mail}. Verbeter het sjabloon, kijk het na met: mailrouter check, en laat de router de "
        "instellingen opnieuw lezen. Weet u niet wat er mis is? Haal uw eigen sjabloon weg: dan geldt weer dat van de "
        "router.",
        (*map(_place, faults[:most]), *([f"en nog {more} plaatsen"] if more > 0 else [])),
    )


def _place(fault: Fault) -> str:
    line = f", regel {fault.line}" if fault.line else ""
    return f"{fault.file}{line} (het eerst bij de mail met nummer {fault.mail})"


def receipts(of: Concern, address: str) -> Words:
    """Receipts that were refused or do not come."""
    which = "een brief" if of.number == 1 else f"{of.number} brieven"
    return Words(
        f"Van {which} van de laatste 24 uur kwam geen bewijs van verzending terug.",
        "De brieven zijn gewoon verstuurd. Maar valt de router uit terwijl hij een brief verstuurt, dan kan die brief "
        "dubbel aankomen.",
        f"Er is geen haast bij. Vraag uw ICT-beheerder of mail aan {address} nog in de gedeelde postbus komt.",
    )


def expiry(day: date, *, gone: bool, certificate: bool) -> Words:
    """The secret or certificate that tokens are got with ends."""
    what = "Het certificaat" if certificate else "Het clientgeheim"
    renew = "een nieuw certificaat" if certificate else "een nieuw clientgeheim"
    return Words(
        f"{what} waarmee de router bij de mailserver aanmeldt {'is verlopen' if gone else 'verloopt'} op "
        f"{dutch.day(day)}.",
        "Daarna kan de router geen mail meer lezen en versturen. De mail blijft dan in de postbus liggen.",
        f"Vraag uw ICT-beheerder om {renew} in de app-registratie, en om de router daarna opnieuw te starten.",
    )


def _remedy(said: str) -> tuple[str, ...]:
    """What the administrator can do about what a server said."""
    known = remedy(said)
    return (f"Voor de ICT-beheerder: {known.dutch}",) if known else ()


def _said(reply: str) -> tuple[str, ...]:
    return (f"Antwoord van de mailserver: {reply}",) if reply else ()


def _mails(of: Concern) -> tuple[str, ...]:
    """The mails by their subject, and by the number that other mails to the desk give them; the oldest first."""
    return tuple(f"{subject or '(geen onderwerp)'} (nummer {name})" for name, subject in of.mails.items())


def _long(patience: timedelta) -> str:
    """ "15 minuten", "een dag"."""
    for unit, one, many in _UNITS:
        if patience == unit:
            return one
        if patience >= unit and patience % unit == timedelta(0):
            return f"{patience // unit} {many}"
    return f"{patience.total_seconds():g} seconden"

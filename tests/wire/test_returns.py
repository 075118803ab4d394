"""A letter that comes back, on real servers: from the report in the inbox to the desk and to `show`."""

import email
import json
from collections import Counter
from collections.abc import Callable

from tests.core.returned import dsn
from tests.wire.dovecot import Dovecot
from tests.wire.office import Office, ReturningSink, minutes

MakeOffice = Callable[..., Office]
OEVERMAN, HAGEDOORN, DESK = "oeverman@gemeente.example", "hagedoorn@gemeente.example", "balie@gemeente.example"


def test_a_bounce_is_tied_shown_and_raised(dovecot: Dovecot, make_office: MakeOffice, relay: ReturningSink) -> None:
    """Exchange gave the letter another id; its report is filed, the desk gets the mail once, and `show` has it all."""
    office = make_office(dovecot)
    dovecot.append(minutes(1))
    office.verb("run", "--once")
    letter = next(content for to, content in relay.taken if to == OEVERMAN)
    returned = email.message_from_bytes(letter)
    del returned["X-Mailrouter-Letter"]
    returned.replace_header("Message-ID", "<AM0PR01@exchange.example>")
    for diagnostic in ("does not exist", "really does not exist"):
        dovecot.append(dsn(returned.as_bytes(), OEVERMAN, says=diagnostic))
        office.verb("run", "--once")
    assert relay.addressees() == Counter({OEVERMAN: 1, HAGEDOORN: 1, DESK: 1})
    [told] = json.loads(office.verb("show", office.ids()["Notulen 1"], "--json").stdout)["letters"][2:]
    assert (told["purpose"], told["address"]) == ("refusal", DESK)
    shown = office.verb("show", office.ids()["Notulen 1"]).stdout
    assert "returned" in shown
    assert "5.1.1" in shown
    assert len(dovecot.messages("Automatisch")) == 2
    office.verb("verify")

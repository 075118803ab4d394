"""The letter with which `doctor` tries the way of the receipts. It is about no mail."""

from datetime import UTC, datetime
from email.utils import format_datetime

from mailrouter.core.routing import Routing
from mailrouter.core.writing import fields
from mailrouter.core.writing.letter import desk_headers, header_field
from mailrouter.core.writing.splice import encoded_text

_TEXT = """\
Dit is een proefbrief van de mailrouter aan zichzelf.

De beheerder liet nakijken of het bewijs van verzending terugkomt in de gedeelde postbus. U hoeft niets te doen: de
brief wordt vanzelf opgeruimd.
"""


def letter(to: str, routing: Routing, token: str, now: datetime) -> bytes:
    """The whole message, as it goes over the wire; `token` is its id with the check (`core.identity.token`)."""
    part_fields, body = encoded_text(_TEXT, "plain")
    message_id = f"<{token}@{routing.address.rpartition('@')[2]}>"
    block = (
        f"Date: {format_datetime(now.astimezone(UTC))}{fields.CRLF}",
        f"To: {to}{fields.CRLF}",
        f"Message-ID: {message_id}{fields.CRLF}",
        f"References: {message_id}{fields.CRLF}",
        f"X-Mailrouter-Letter: {token}{fields.CRLF}",
        *(header_field(name, value) for name, value in (*desk_headers("Proefbrief", routing), *part_fields)),
        fields.CRLF,
    )
    return "".join(block).encode("ascii") + body

"""What we may do in a folder, where the server tells (ACL, RFC 4314)."""

from mailrouter.imap.connection import Connection

_OLDER = {"c": "kx", "d": "te"}
"""Rights of RFC 2086 and what became of them (RFC 4314 §2.1.1)."""


def rights(client: Connection, wire_name: str) -> frozenset[str] | None:
    """Our rights in the folder of that name, one letter each; None when the server has no ACL."""
    if not client.has_capability("ACL"):
        return None
    _, told = client._imap.myrights(client._normalise_folder(wire_name))
    letters = told[-1].rpartition(b" ")[2].decode("ascii", "replace") if told and told[-1] else ""
    return frozenset(letters + "".join(_OLDER.get(letter, "") for letter in letters))

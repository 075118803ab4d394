"""The history of a mail: append-only, never holding words of it."""

import sqlalchemy as sa

from mailrouter.journal.tables import event

_INSERT = event.insert()


def log(
    connection: sa.Connection,
    now: float,
    what: str,
    mail_id: int | None = None,
    letter_id: str | None = None,
    who: str = "mailrouter",
    detail: str = "",
) -> int:
    """Add a line to the history; returns its number, which only grows."""
    row = {"at": now, "what": what, "mail_id": mail_id, "letter_id": letter_id, "who": who, "detail": detail}
    return int(connection.execute(_INSERT, row).lastrowid)

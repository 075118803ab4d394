"""What the journal cannot answer: mails that it does not know, or of which it no longer has the words."""

from datetime import UTC, datetime

import sqlalchemy as sa

from mailrouter.journal.tables import mail


class Unknown(Exception):
    """No mail, or more than one, has that id."""


class Purged(Unknown):
    """What this needs of a mail was thrown away in time."""


def refuse_purged(connection: sa.Connection, mail_id: int) -> None:
    """Purged if what the mail says was thrown away; tells when, and where the original went."""
    row = connection.execute(sa.select(mail.c.purged, mail.c.folder).where(mail.c.id == mail_id)).one()
    if row.purged is not None:
        day = datetime.fromtimestamp(row.purged, UTC).date()
        raise Purged(
            f"what this mail says was purged on {day}, so it can no longer be read, decided or sent; "
            f"the original went to the folder {row.folder} of the mailbox, and is not ours to delete"
        )

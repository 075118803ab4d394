"""What mails said of a village's meetings. Every function works on an open transaction."""

from datetime import date

import sqlalchemy as sa

from mailrouter.core.meetings import Known
from mailrouter.journal.tables import meeting


def said(connection: sa.Connection, village: str, before: int) -> list[Known]:
    """What the village's mails said that came in before that mail, in their order."""
    earlier = (meeting.c.village == village) & (meeting.c.mail_id < before)
    query = sa.select(meeting.c.name, meeting.c.day, meeting.c.gone).where(earlier).order_by(meeting.c.mail_id)
    return [Known(row.name, date.fromisoformat(row.day), row.gone) for row in connection.execute(query)]


def note(connection: sa.Connection, mail: int, village: str, known: Known | None) -> None:
    """Note what a mail says, in place of what an earlier decision noted of it."""
    connection.execute(meeting.delete().where(meeting.c.mail_id == mail))
    if known:
        row = {"mail_id": mail, "village": village, "name": known.name, "day": known.day.isoformat()}
        connection.execute(meeting.insert(), row | {"gone": known.gone})

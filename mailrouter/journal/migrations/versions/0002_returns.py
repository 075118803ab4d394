"""Letters that come back after they were sent, and invitations that calendars answer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what is known of a letter that came back, and of the event that a mail invites to."""
    op.add_column("letter", sa.Column("returned", sa.Text(), nullable=True))
    op.add_column("mail", sa.Column("calendar_uid", sa.Text(), nullable=True))
    op.create_index("ix_mail_calendar_uid", "mail", ["calendar_uid"])

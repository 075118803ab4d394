"""What was thrown away of a mail, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add when a mail's content was thrown away, and when its record was."""
    op.add_column("mail", sa.Column("purged", sa.Float(), nullable=True))
    op.add_column("mail", sa.Column("unnamed", sa.Float(), nullable=True))
    op.create_index("mail_purged", "mail", ["purged", "accepted"])

"""Alembic runs this; the connection comes from `mailrouter.journal.opening`."""

from alembic import context

from mailrouter.journal.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()

"""Alembic runs this; the connection comes from `mailrouter.journal.opening`."""

from alembic import context

from mailrouter.journal.tables import metadata

# In one transaction, the look at the revision included: cut off anywhere, or begun by two at once, it is done once.
_connection = context.config.attributes["connection"]
context.configure(connection=_connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()

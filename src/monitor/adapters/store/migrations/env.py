"""Takes the connection that `migrate` has opened a transaction on, gives Alembic its surroundings."""

from alembic import context

from monitor.adapters.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()

"""Run by Alembic; `upgrade` hands over the connection, inside its transaction."""

from alembic import context

from realpad_form.adapters.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()

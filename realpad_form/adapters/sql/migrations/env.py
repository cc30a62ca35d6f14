"""Run by Alembic; `upgrade` hands over the connection, inside its transaction."""

from alembic import context

from realpad_form.adapters.sql.schema import metadata
from realpad_form.domain.crash import CrashPoint, crash_point

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    on_version_apply=context.config.attributes.get("on_version_apply"),
)
context.run_migrations()
crash_point(CrashPoint.IN_MIGRATION)

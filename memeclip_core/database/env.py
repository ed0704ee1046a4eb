"""What Alembic runs: the steps of ``versions/`` on the connection that ``migrations`` hands it."""

from alembic import context

from memeclip_core.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()

"""Bring a database to the schema of this program, one step of ``versions/`` after the other."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from memeclip_core.database.schema import metadata
from memeclip_core.errors import StoreError

HEAD = "0002"
"""The last step in ``versions/``; a test compares the two."""

SCRIPTS = Path(__file__).parent
_VERSION = "alembic_version"
_log = logging.getLogger("memeclip")


def migrate(engine: Engine) -> None:
    """Create the tables where there are none, and upgrade those of an earlier release.

    Raises:
        StoreError: if a newer program has written the database; nothing is touched then.
    """
    if read_version(engine) == HEAD:
        return
    with engine.connect() as connection:
        connection.execution_options(writes=True)
        with connection.begin():
            # Another process may have done it meanwhile; on PostgreSQL the lock makes it wait.
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('schema'))"))
            version = _find_version(connection)
            if version == HEAD:
                return
            if version is None:
                _create(connection)
            else:
                _upgrade(connection, version)


def read_version(engine: Engine) -> str | None:
    """Return the step that a database is at; ``None`` for one without tables."""
    with engine.connect() as connection:
        return _find_version(connection)


def _find_version(connection: Connection) -> str | None:
    """Return the step that a database is at; ``None`` for one without tables."""
    if not inspect(connection).has_table(_VERSION):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSION}")).scalar()


def _create(connection: Connection) -> None:
    """Make all tables at once: what the steps add up to, without loading Alembic."""
    metadata.create_all(connection)
    connection.execute(
        text(f"CREATE TABLE {_VERSION} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    )
    connection.execute(text(f"INSERT INTO {_VERSION} VALUES (:head)"), {"head": HEAD})


def _upgrade(connection: Connection, version: str) -> None:
    # Imported when needed: most starts find the database as it should be.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory(str(SCRIPTS))
    if version not in {step.revision for step in steps.walk_revisions()}:
        raise StoreError(
            f"The database was written by a newer release of MemeCLIP Studio (schema {version}; "
            f"this one knows up to {HEAD}). Install that release, or put a backup from before back."
        )
    todo = EnvironmentContext(Config(), steps, fn=lambda at, _: steps._upgrade_revs("head", at))
    with todo:
        todo.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        todo.run_migrations()
    _log.info("upgraded the database from schema %s to %s", version, HEAD)

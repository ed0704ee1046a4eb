"""The tables of the first release with a database, as ``tests/database/schema_0001.sql`` has them.

A fresh database gets the tables of today at once; see ``database.migrations``.
"""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing comes before it."""

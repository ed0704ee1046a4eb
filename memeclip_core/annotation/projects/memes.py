"""The memes of one project, read from the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from memeclip_core.annotation.projects import queries
from memeclip_core.database.engine import Database
from memeclip_core.records.project import Labels, ProjectMeme


@dataclass(frozen=True, slots=True)
class Memes:
    """A project's memes, asked of the database at every call."""

    database: Database
    key: str

    def __len__(self) -> int:
        with self.database.read() as connection:
            return queries.count_memes(connection, self.key)

    def many(self, memes: Iterable[str]) -> dict[str, ProjectMeme]:
        """Return memes by id; those that the project does not have are left out."""
        with self.database.read() as connection:
            return {row.id: row for row in queries.select_memes(connection, self.key, memes)}

    def gold(self) -> dict[str, Labels]:
        """Return the labels that people are measured against, by meme."""
        with self.database.read() as connection:
            return queries.select_gold(connection, self.key)

    def told(self) -> frozenset[tuple[str, str]]:
        """Return memes with the persons who were told their gold in a qualification round."""
        with self.database.read() as connection:
            return queries.select_told(connection, self.key)

    def given(self) -> dict[str, bool | None]:
        """Return whether labels came along with each meme: ``None`` if not, else whether gold."""
        with self.database.read() as connection:
            return queries.select_given(connection, self.key)

    @property
    def rows(self) -> tuple[ProjectMeme, ...]:
        """All memes in import order."""
        with self.database.read() as connection:
            return tuple(queries.select_memes(connection, self.key))

    @property
    def with_removed(self) -> tuple[ProjectMeme, ...]:
        """All memes in import order, also those that an admin removed."""
        with self.database.read() as connection:
            return tuple(queries.select_memes(connection, self.key, removed=True))

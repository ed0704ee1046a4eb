"""The memes of one project, read from the database."""

from __future__ import annotations

from collections.abc import Iterable

from memeclip_core.annotation.projects import queries
from memeclip_core.database.engine import Database
from memeclip_core.records.project import Labels, ProjectMeme


class Memes:
    """A project's memes by id and in import order; safe from several threads.

    ``ids``, ``place``, ``revision`` and the length are as of the last ``refresh``, which costs one
    look at a number when there is nothing new; everything else asks the database.
    """

    def __init__(self, database: Database, key: str) -> None:
        self._database = database
        self._key = key
        self._state: tuple[int, tuple[str, ...], dict[str, int]] = (-1, (), {})

    def __len__(self) -> int:
        return len(self._state[1])

    def get(self, meme: str) -> ProjectMeme | None:
        """Return a meme, or ``None`` if the project has none of this id."""
        return self.many([meme]).get(meme)

    def many(self, memes: Iterable[str]) -> dict[str, ProjectMeme]:
        """Return memes by id; those that the project does not have are left out."""
        with self._database.read() as connection:
            return {row.id: row for row in queries.select_memes(connection, self._key, memes)}

    def gold(self) -> dict[str, Labels]:
        """Return the labels that people are measured against, by meme."""
        with self._database.read() as connection:
            return queries.select_gold(connection, self._key)

    def given(self) -> dict[str, bool | None]:
        """Return whether labels came along with each meme: ``None`` if not, else whether gold."""
        with self._database.read() as connection:
            return queries.select_given(connection, self._key)

    @property
    def rows(self) -> tuple[ProjectMeme, ...]:
        """All memes in import order."""
        with self._database.read() as connection:
            return tuple(queries.select_memes(connection, self._key))

    def place(self, meme: str) -> int | None:
        """Return a meme's place in import order from 0, or ``None``."""
        return self._state[2].get(meme)

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids in import order; the same object until something changes."""
        return self._state[1]

    @property
    def revision(self) -> int:
        """A number that grows with every change of the project's memes or rules."""
        return self._state[0]

    def refresh(self) -> Memes:
        """See what was changed since the last call; return self."""
        with self._database.read() as connection:
            revision = queries.select_revision(connection, self._key)
            if revision is not None and revision != self._state[0]:
                ids = queries.select_ids(connection, self._key)
                if ids == self._state[1]:
                    ids = self._state[1]
                self._state = (revision, ids, {meme: place for place, meme in enumerate(ids)})
        return self

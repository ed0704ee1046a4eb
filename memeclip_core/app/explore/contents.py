"""What can be explored: the memes of a project, or the rows of a dataset, in one form."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from memeclip_core.annotation.projects.queries import select_memes, select_revision
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.database.engine import Database
from memeclip_core.datasets.label_mapping import label_names, settle_labels
from memeclip_core.datasets.reader import Row, find_tasks, read_dataset
from memeclip_core.errors import ImageError, NotFound
from memeclip_core.memes.image import content_id
from memeclip_core.memory import Memory
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Labels, Project
from memeclip_core.storage.images import ImageStore
from memeclip_core.storage.tree import read_file
from memeclip_core.tasks import TaskSet

PROJECT: Final = "project:"
DATASET: Final = "dataset:"
SHORT: Final = 12
"""Characters of an id that name a meme of a collection, where no two begin alike."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """The memes of a collection, in the order of import.

    Attributes:
        key: the collection's.
        ids: N content ids; of a dataset's rows, ids of their places and texts.
        names, texts: file names and texts.
        has_image: bool (N,).
        given: the labels that came along, by task.
        tasks: what is asked; ``None`` of a dataset whose labels no task set knows.
        project: where the memes are a project's.
        rows: where they are a dataset's.
    """

    key: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    texts: tuple[str, ...]
    has_image: np.ndarray
    given: tuple[Labels, ...]
    tasks: TaskSet | None
    project: Project | None = None
    rows: tuple[Row, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def digest(self) -> str:
        """What changes with the memes: their ids, their texts, or their order."""
        digest = hashlib.sha256()
        for part in (*self.ids, *self.texts):
            digest.update(f"{len(part)}\n{part}\n".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    @cached_property
    def _places(self) -> dict[str, int]:
        return {one: place for place, one in enumerate(self.ids)}

    @cached_property
    def _short(self) -> dict[str, int | None]:
        places: dict[str, int | None] = {}
        for place, one in enumerate(self.ids):
            places[one[:SHORT]] = None if one[:SHORT] in places else place
        return places

    def locate(self, ids: Iterable[str]) -> np.ndarray:
        """Return the places of memes by their whole ids: int64 (K,), -1 of those not here."""
        return np.array([self._places.get(one, -1) for one in ids], np.int64)

    def find(self, ids: Iterable[str]) -> list[int]:
        """Return the places of memes, in the order given, each once.

        Args:
            ids: whole, or at least their first ``SHORT`` characters.

        Raises:
            NotFound: if one is not here.
        """
        found: dict[int, None] = {}
        for one in ids:
            place = self._places.get(one)
            if place is None:
                place = self._short.get(one[:SHORT]) if len(one) >= SHORT else None
                if place is None or not self.ids[place].startswith(one):
                    raise NotFound(
                        f"There is no meme '{one[:80]}' here. Reload the page: memes may have "
                        "been added."
                    )
            found[place] = None
        return list(found)


class Library:
    """Opens collections; what was read last is remembered until it changes.

    Args:
        database, projects, images: where the projects are.
        datasets: files and folders that the settings name.
        task_sets, task_set: those on offer, and that of a key.
        max_bytes: of one image.
    """

    def __init__(
        self,
        *,
        database: Database,
        projects: ProjectStore,
        images: ImageStore,
        datasets: Sequence[Path],
        task_sets: Sequence[TaskSet],
        task_set: Callable[[str], TaskSet],
        max_bytes: int,
    ) -> None:
        self._database = database
        self.projects = projects
        self._images = images
        self.datasets = {f"{DATASET}{name}": path for name, path in _name_paths(datasets).items()}
        self._task_sets = task_sets
        self._task_set = task_set
        self._max_bytes = max_bytes
        self._known: Memory[str, tuple[object, Contents]] = Memory(4)

    def open(self, key: str, who: Person | None = None) -> Contents:
        """Return a collection for a person; raise NotFound if there is none of this key.

        ``who`` is ``None`` where the program itself looks.
        """
        if key.startswith(PROJECT):
            return self._open_project(key, who)
        if key in self.datasets:
            known = self._known.get(key)
            if known is None:
                known = None, self._read_dataset(key, self.datasets[key])
                self._known.put(key, known)
            return known[1]
        raise NotFound(
            f"There is no collection '{key[:100]}'. Choose one of those that are listed."
        )

    def known(self, key: str) -> Contents | None:
        """Return a collection as it was read last, if it was."""
        known = self._known.get(key)
        return None if known is None else known[1]

    def read_image(self, contents: Contents, place: int) -> bytes | None:
        """Return the bytes of a meme's image; ``None`` without one.

        Raises:
            ImageError: if it cannot be read.
        """
        if not contents.has_image[place]:
            return None
        if contents.project is not None:
            return self._images.read(contents.ids[place])
        path = contents.rows[place].image
        return None if path is None else read_file(path, max_bytes=self._max_bytes)

    def identify_image(self, contents: Contents, place: int) -> str | None:
        """Return the content id of a meme's image; ``None`` where there is none to be read."""
        if not contents.has_image[place]:
            return None
        if contents.project is not None:
            return contents.ids[place]
        try:
            data = self.read_image(contents, place)
        except ImageError:
            return None
        return None if data is None else content_id(data)

    def _open_project(self, key: str, who: Person | None) -> Contents:
        own = key.removeprefix(PROJECT)
        project = self.projects.open(own, who)
        with self._database.read() as connection:
            stamp = select_revision(connection, own)
            known = self._known.get(key)
            if known is not None and known[0] == stamp:
                return known[1]
            memes = tuple(select_memes(connection, own))
        contents = Contents(
            key=key,
            ids=tuple(meme.id for meme in memes),
            names=tuple(meme.filename for meme in memes),
            texts=tuple(meme.text for meme in memes),
            has_image=np.array([bool(meme.image) for meme in memes], bool),
            given=tuple(meme.given for meme in memes),
            tasks=project.tasks,
            project=project,
        )
        self._known.put(key, (stamp, contents))
        return contents

    def _read_dataset(self, key: str, path: Path) -> Contents:
        dataset = read_dataset(path)
        named = find_tasks(dataset.format)
        tasks, given = None, tuple(Labels() for _ in dataset.rows)
        # Of a list of one's own, the first task set that knows its columns.
        for offered in (self._task_set(named),) if named else self._task_sets:
            settled = settle_labels(offered, dataset)
            found = tuple(_read_labels(offered, row) for row in settled.rows)
            if any(found):
                tasks, given, dataset = offered, found, settled
                break
        rows = dataset.rows
        return Contents(
            key=key,
            ids=tuple(_name_row(number, row) for number, row in enumerate(rows)),
            names=tuple(row.image_name or row.name for row in rows),
            texts=tuple(row.text for row in rows),
            has_image=np.array([row.image is not None for row in rows], bool),
            given=given,
            tasks=tasks,
            rows=rows,
        )


def _name_paths(paths: Sequence[Path]) -> dict[str, Path]:
    """Return files and folders by their names; of equal ones, the later get numbers."""
    named: dict[str, Path] = {}
    for path in paths:
        name, number = path.name or str(path), 2
        while name in named:
            name, number = f"{path.name} {number}", number + 1
        named[name] = path
    return named


def _name_row(number: int, row: Row) -> str:
    told = f"{number}\n{row.place}\n{row.image_name}\n{row.text}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _read_labels(tasks: TaskSet, row: Row) -> Labels:
    known = {task.key: label_names(task, row) for task in tasks}
    named = {key: names for key, names in known.items() if names is not None}
    return {key: names for key, names in named.items() if tasks.applies(key, named)}

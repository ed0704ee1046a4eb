"""Carry out a migration: decisions, imported labels, predictions and the project itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from memeclip_core.annotation.decisions.book import Book
from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.projects.migration import (
    Mapped,
    carry_given,
    plan_migration,
    preview_migration,
    send_back,
)
from memeclip_core.annotation.projects.predictions import ProjectPredictions
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.errors import ConfigError, InputError
from memeclip_core.records.decision import Person
from memeclip_core.records.project import MigrationPreview, Project
from memeclip_core.tasks import TaskSet


class Relabeller:
    """Give projects new label sets."""

    def __init__(
        self,
        *,
        store: ProjectStore,
        predictions: ProjectPredictions,
        corrector: Corrector,
        task_sets: Callable[[str], TaskSet],
    ) -> None:
        self._task_sets = task_sets
        self._store = store
        self._predictions = predictions
        self._corrector = corrector

    def preview(
        self, who: Person, project: Project, tasks: TaskSet, mapping: Mapped
    ) -> MigrationPreview:
        """Return what a new label set would do; see ``Projects.preview_migration``."""
        successor = plan_migration(project, tasks, mapping, time=datetime.now(UTC), by=who.name)
        book = self._book(project)
        decisions = (
            decision
            for meme in book.memes()
            for decision in (*book.decisions(meme), book.adjudicated(meme))
            if decision is not None
        )
        memes = self._store.memes(project.key).rows
        try:
            heads = self._task_sets(project.tasks.key)
        except ConfigError:
            heads = None
        return preview_migration(project, successor, decisions, memes, heads)

    def migrate(
        self, who: Person, key: str, tasks: TaskSet, mapping: Mapped, version: int | None
    ) -> MigrationPreview:
        """Give a project a new label set; see ``Projects.migrate``.

        The project is written last: a kill in between leaves memes sent back and nothing else.
        """
        with self._store.lock(key):
            project = self._store.read(key)
            if version is not None and project.version != version:
                raise InputError(
                    f"The label set is version {project.version} by now, and you looked at "
                    f"version {version}. Look at the preview again."
                )
            preview = self.preview(who, project, tasks, mapping)
            book = self._book(project)
            own = (decision for meme in book.memes() for decision in book.decisions(meme))
            entries = tuple(send_back(preview.project, own))
            if entries:
                self._corrector.decide_many(who, project.tasks, entries)
            index = self._store.memes(key)
            moved = [carry_given(project, preview.project, meme) for meme in index.rows]
            index.append(meme for meme in moved if meme is not None)
            self._store.write(preview.project)
            self._predictions.choose(key, "")
        return preview

    def _book(self, project: Project) -> Book:
        return self._corrector.ledger().book(project.tasks.key, project.key)

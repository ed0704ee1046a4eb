"""One project for the length of one transaction: its rules, memes, decisions and suggestions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from memeclip_core.annotation.decisions.history import History, find_save
from memeclip_core.annotation.decisions.progress import Progress, read_progress
from memeclip_core.annotation.decisions.queries import find_undoable, select_saves
from memeclip_core.annotation.projects.meme_changes import find_removal
from memeclip_core.annotation.projects.predictions import suggest
from memeclip_core.annotation.projects.queries import (
    select_memes,
    select_placed,
    select_revision,
)
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.projects.suggestions import (
    select_beside,
    select_models,
    select_prediction,
)
from memeclip_core.annotation.queue.filters import fit_suggestions
from memeclip_core.annotation.queue.queries import order_of
from memeclip_core.annotation.queue.rankings import last_change
from memeclip_core.database.engine import Database, keep_order
from memeclip_core.errors import InputError, NotFound
from memeclip_core.records.decision import Decision, Person
from memeclip_core.records.prediction import KeptPrediction, is_brought_in
from memeclip_core.records.project import Project, ProjectMeme, Suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A project as one transaction sees it.

    Attributes:
        connection: the transaction.
        now: seconds since 1970.
        project: its rules.
        prediction: the row of the model whose suggestions count; ``None`` without any.
    """

    connection: Connection
    now: float
    project: Project
    prediction: KeptPrediction | None

    @property
    def model(self) -> str:
        """The model whose suggestions count, or ""."""
        return "" if self.prediction is None else str(self.prediction.model)

    def memes(self, memes: Sequence[str], *, removed: bool = False) -> dict[str, ProjectMeme]:
        """Return memes of the project by id; those that it does not have are left out."""
        found = select_memes(self.connection, self.project.key, memes, removed=removed)
        return {meme.id: meme for meme in found}

    def why_removed(self, meme: str) -> str:
        """Say that an admin removed a meme, and why; "" of any other."""
        reason = find_removal(self.connection, self.project.key, meme)
        return reason and (
            f"An admin has removed this meme from the project: {reason}. It counts no more and "
            "nobody is given it. Go on to the next one."
        )

    def placed(self, memes: Sequence[str]) -> dict[str, tuple[int, ProjectMeme]]:
        """Return memes of the project with their places in the order of import, by id."""
        found = select_placed(self.connection, self.project.key, memes)
        return {meme.id: (place, meme) for place, meme in found}

    def meme(self, meme: str) -> ProjectMeme:
        """Return a meme of the project; raise NotFound if there is none of this id."""
        found = self.memes([meme]).get(meme)
        if found is None:
            raise NotFound(
                self.why_removed(meme)
                or f"The project '{self.project.key}' has no meme '{meme[:80]}'. "
                "Reload the page; the meme may be in another project."
            )
        return found

    def suggestions(
        self, memes: Sequence[str], model: str = ""
    ) -> dict[str, dict[str, Suggestion]]:
        """Return what is suggested by meme, whether hidden or not, as the label set reads now.

        What a model that was brought in does not answer, the studio's own does.

        Args:
            memes: of which.
            model: of another model, as long as it is known what that says.
        """
        row = self.prediction
        if model and model != self.model:
            row = select_prediction(self.connection, self.project.key, model) or row
        found = {} if row is None or not memes else suggest(self.connection, row, memes)
        if row is not None and is_brought_in(row.model) and memes:
            own = select_beside(self.connection, self.project.key)
            beside = {} if own is None else suggest(self.connection, own, memes)
            found = {meme: {**beside.get(meme, {}), **found.get(meme, {})} for meme in memes}
        return fit_suggestions(self.project, found, memes)

    def histories(self, memes: Sequence[str], person: str = "") -> dict[str, History]:
        """Return what happened to memes, by id; of one person only what they did themselves."""
        project = self.project
        return History.of_many(self.connection, project.tasks.key, project.key, memes, person)

    def last_saves(self, person: str, limit: int) -> tuple[Decision, ...]:
        """Return what a person can take back, the last one first."""
        project = self.project
        saves = find_undoable(
            self.connection, project=project.key, task_set=project.tasks.key, annotator=person,
            limit=limit,
        )  # fmt: skip
        rows = select_saves(self.connection, saves)
        found = (find_save(rows.get(save, ())) for save in saves)
        return tuple(one[0] for one in found if one is not None)

    def progress(self, person: str) -> Progress:
        """Return how far a person is."""
        return read_progress(self.connection, self.project.key, self.project.tasks.key, person)

    def stamp(self, *, decisions: bool) -> tuple[object, ...]:
        """Return what is another one after a change of memes, rules or predictions.

        ``decisions`` says whether also after anything that a person did.
        """
        row, key = self.prediction, self.project.key
        said = None if row is None else (row.model, row.revision, row.changed)
        revision = select_revision(self.connection, key)
        number = last_change(self.connection, self.project) if decisions else 0
        return revision, said, number

    def lock(self) -> None:
        """Keep others from giving memes out until the transaction ends."""
        keep_order(self.connection, order_of(self.project.key))


@dataclass(eq=False, kw_only=True)
class Sessions:
    """Opens projects for a transaction each.

    Attributes:
        database: where everything is.
        projects: the projects.
        clock: seconds since 1970.
    """

    database: Database
    projects: ProjectStore
    clock: Callable[[], float] = time.time

    @contextmanager
    def reading(self, key: str, who: Person | None, model: str = "") -> Iterator[Session]:
        """Open a project to look at it; see ``within``."""
        with self.database.read() as connection:
            yield self.within(connection, key, who, model)

    @contextmanager
    def giving(self, key: str, who: Person, model: str = "") -> Iterator[Session]:
        """Open a project to give memes out or take them back, one at a time; see ``within``."""
        with self.database.write(order_of(key), lasting=False) as connection:
            yield self.within(connection, key, who, model)

    def within(
        self, connection: Connection, key: str, who: Person | None, model: str = ""
    ) -> Session:
        """Open a project within a transaction.

        Args:
            connection: the transaction.
            key: the project's.
            who: for whom; ``None`` where the program itself looks.
            model: whose suggestions; "" for the current ones.

        Raises:
            InputError: if there is no such project for this person, or nothing is predicted by
                this model.
        """
        project = self.projects.open(key, who, connection, remember=True)
        prediction = select_prediction(connection, key, model or None)
        if model and prediction is None:
            known = ", ".join(sorted(select_models(connection, key))) or "none"
            raise InputError(
                f"Nothing is predicted by '{model[:80]}' for the project '{key}'. "
                f"There are predictions of: {known}."
            )
        return Session(
            connection=connection, now=self.clock(), project=project, prediction=prediction
        )

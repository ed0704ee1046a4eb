"""Predictions computed ahead, so that the next meme comes with its suggestions at once.

Invariants: everything may be called from any thread. A project's predictions are written by whoever
holds its lock ``project-<key>-ahead``, one thread of one process at a time; the job of kind
``predict`` runs once per project, and once more where something changed meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from memeclip_core.annotation.projects.predictions import (
    PredictionTable,
    ProjectPredictions,
)
from memeclip_core.annotation.projects.scoring import CHUNK, Scorer, make_vectors
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.database.job_handle import JobHandle
from memeclip_core.database.jobs import Jobs
from memeclip_core.datasets.reader import Row
from memeclip_core.errors import JobError, MemeclipError, StoreError
from memeclip_core.heads.model import HeadModel
from memeclip_core.inference.loaded_model import ZERO_SHOT
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job, Progress
from memeclip_core.records.project import Project, ProjectMeme
from memeclip_core.storage.files import locked
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import ImageStore

WRITTEN_EVERY = 256
"""Memes after which the predictions so far are written."""

AUTOMATIC = Person(name="automatic", role="admin")
OnStep = Callable[[int], None]
_log = logging.getLogger("memeclip")


@dataclass(eq=False, kw_only=True)
class Precomputation:
    """Keep the predictions of all projects those of the active model.

    While the predictions of a new model are not complete, those of the old one stay in use: each
    suggestion says which model made it. Where an admin chose another model's, which were brought
    in, they are computed all the same and shown once those do not fit the labels any more.
    """

    home: Home
    projects: ProjectStore
    predictions: ProjectPredictions
    images: ImageStore
    scorer: Scorer
    catalogue: Catalogue
    jobs: Jobs

    def __post_init__(self) -> None:
        """Carry out the jobs of this kind."""
        self.jobs.register("predict", self._work)

    def version(self, project: Project) -> str:
        """Return the model whose predictions a project should have."""
        return self.catalogue.active_version(project.answered_as) or ZERO_SHOT

    def missing(self, project: Project) -> tuple[str, ...]:
        """Return the memes that the active model has not predicted yet, in import order."""
        return self.predictions.missing(project, self.version(project))

    def on_model(self, task_set: str) -> None:
        """Take note that another model answers for a task set from now on."""
        for project in self.projects.list():
            if project.answered_as == task_set and not project.closed:
                self.refresh(project)

    def look_at_all(self) -> None:
        """See what was missed while the program was off, in a thread of its own."""

        def look() -> None:
            for project in self.projects.list():
                self.look(project)

        threading.Thread(target=look, name="stale predictions", daemon=True).start()

    def look(self, project: Project) -> None:
        """Compute what is missing in the background, unless the project is closed."""
        try:
            if not project.closed:
                self.refresh(project)
        except MemeclipError as error:
            _log.warning("predictions of %s were not looked at: %s", project.key, error)

    def refresh(self, project: Project, who: Person = AUTOMATIC) -> Job | None:
        """Compute what is missing, in the background; ``None`` if nothing is, or it is under way.

        Raises:
            MemeclipError: if the models cannot be listed.
        """
        if not self.missing(project):
            name = self.version(project)
            self._show(project, name)  # after a roll-back, say
            return None
        try:
            return self.jobs.start(who, "predict", project.key, again=True)
        except JobError:
            return None

    def _work(self, handle: JobHandle) -> None:
        project = self.projects.read(handle.job.subject)
        total = len(self.missing(project))
        done = 0

        def on_step(count: int) -> None:
            nonlocal done
            done = min(total, done + count)
            handle.count("predicted", count)
            handle.report(Progress(done=done, total=total, message="predicting"))

        self.update(project, on_step)

    def update(self, project: Project, on_step: OnStep, *, wait: bool = True) -> int:
        """Predict what is missing; return how many memes that were.

        Args:
            project: the project.
            on_step: called with the number of memes after every step; may raise to stop, and what
                was predicted before stays.
            wait: whether to wait while another thread or process predicts the same project;
                otherwise 0 is returned at once.

        Raises:
            MemeclipError: if the encoder or the model cannot be used.
        """
        lock = self.home.lock(f"project-{project.key}-ahead")
        try:
            with locked(lock, timeout=-1 if wait else 0):
                return self._update(project, on_step)
        except StoreError:
            if wait:
                raise
            return 0

    def _update(self, project: Project, on_step: OnStep) -> int:
        model = self.catalogue.resolve(project.answered_as, None)
        name = ZERO_SHOT if model is None else model.version
        todo = self.predictions.missing(project, name)
        fresh: list[PredictionTable] = []
        texts: dict[str, str] = {}
        try:
            for start in range(0, len(todo), CHUNK):
                found = self.projects.memes(project.key).many(todo[start : start + CHUNK])
                memes = tuple(found.values())
                texts |= {meme.id: meme.text for meme in memes}
                fresh.append(self._predict(project, model, name, memes))
                if sum(map(len, fresh)) >= WRITTEN_EVERY:
                    self._write(project, name, fresh, texts)
                    fresh, texts = [], {}
                on_step(len(memes))
        finally:
            if fresh:
                self._write(project, name, fresh, texts)
        self._show(project, name, anew=bool(todo))
        return len(todo)

    def _show(self, project: Project, name: str, *, anew: bool = False) -> None:
        """Show people what the studio's model says; where an admin chose another's, beside that."""
        if self.predictions.shows_other(project):
            self.predictions.stand_beside(project.key, name)
            return
        if anew or self.predictions.chosen(project.key) != name:
            self.predictions.choose(project.key, name)

    def _predict(
        self, project: Project, model: HeadModel | None, name: str, memes: Sequence[ProjectMeme]
    ) -> PredictionTable:
        with self.images.lend(meme.image for meme in memes) as images:
            rows = [
                Row(
                    name=meme.id,
                    image=images.get(meme.image),
                    text=meme.text,
                    labels={},
                    split="",
                    line=0,
                )
                for meme in memes
            ]
            features, tasks = self.scorer.score(project.tasks, project.lead, model, rows)
        return PredictionTable(
            model=name,
            ids=tuple(meme.id for meme in memes),
            tasks=tasks,
            vectors=make_vectors(features),
            space=f"{features.fingerprint} {features.captioner}".strip(),
        )

    def _write(
        self,
        project: Project,
        name: str,
        tables: Sequence[PredictionTable],
        texts: Mapping[str, str],
    ) -> None:
        self.predictions.write(project.key, *tables, texts=texts)
        if not self.predictions.chosen(project.key):
            self.predictions.choose(project.key, name)

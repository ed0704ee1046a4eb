"""Predictions that fall behind are computed anew in the background, whatever made them stale."""

from __future__ import annotations

import logging
import threading

from memeclip_core.annotation.projects.ahead import Ahead
from memeclip_core.annotation.projects.jobs import JobHandle, ProjectJobs
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.errors import JobError, MemeclipError
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Project, ProjectJob

AUTOMATIC = Person(name="automatic", role="admin")
_log = logging.getLogger("memeclip")


class Refresher:
    """Keep the predictions of all projects those of the active model."""

    def __init__(self, *, projects: ProjectStore, ahead: Ahead, jobs: ProjectJobs) -> None:
        self._projects = projects
        self._ahead = ahead
        self._jobs = jobs
        self._mutex = threading.Lock()
        self._again: set[str] = set()
        self._looked: set[str] = set()

    def on_model(self, task_set: str) -> None:
        """Take note that another model answers for a task set from now on."""
        for project in self._projects.list():
            if project.tasks.key != task_set:
                continue
            if project.closed:
                with self._mutex:
                    self._looked.discard(project.key)  # the first look after it is opened
            else:
                self.refresh(project)

    def look_at_all(self) -> None:
        """Look once at every project, in a thread of its own."""

        def look() -> None:
            for project in self._projects.list():
                self.look_once(project)

        threading.Thread(target=look, name="stale predictions", daemon=True).start()

    def look_once(self, project: Project) -> None:
        """At the first look of this process, see what was missed while it was off or closed."""
        with self._mutex:
            if project.closed or project.key in self._looked:
                return
            self._looked.add(project.key)
        try:
            self.refresh(project)
        except MemeclipError as error:
            _log.warning("predictions of %s were not looked at: %s", project.key, error)

    def refresh(self, project: Project, who: Person = AUTOMATIC) -> ProjectJob | None:
        """Compute what is missing, in the background; ``None`` if nothing is, or it is under way.

        Raises:
            MemeclipError: if the models cannot be listed.
        """
        if not self._ahead.missing(project):
            self._ahead.choose(project)
            return None
        try:
            return self._jobs.start(who, "predict", project.key, self._work, on_end=self._on_end)
        except JobError:
            with self._mutex:
                self._again.add(project.key)
            return None

    def _work(self, handle: JobHandle) -> None:
        project = self._projects.read(handle.job.project)
        total = len(self._ahead.missing(project))
        done = 0

        def on_step(count: int) -> None:
            nonlocal done
            done = min(total, done + count)
            handle.count("predicted", count)
            handle.report(done, total, "predicting")

        self._ahead.update(project, on_step)

    def _on_end(self, job: ProjectJob) -> None:
        """Start over if something changed meanwhile; a job that failed would only fail again."""
        with self._mutex:
            wanted = job.project in self._again
            self._again.discard(job.project)
        if wanted and job.state == "done":
            self.refresh(self._projects.read(job.project))

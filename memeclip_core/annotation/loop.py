"""``Loop``: from decisions to the next retraining, and from a candidate to a person's verdict.

Invariants: everything may be called from any thread. ``_mutex`` guards whether a retraining
is being started, which happens in a thread of its own; nothing else is called while it is held.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.errors import InputError, JobError, MemeclipError, log_unexpected
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.models.retraining import Retrainer
from memeclip_core.records.decision import Person
from memeclip_core.records.job import OF_PROJECT, Counter
from memeclip_core.records.model import TaskComparison
from memeclip_core.records.project import Project
from memeclip_core.tasks import TaskSet

RETRY_SECONDS = 10.0
"""How long to let be after a start that was not possible."""

_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A meme on which two models differ: its image's original bytes, and its text."""

    image: bytes | None
    text: str


class Loop:
    """Count decisions, start retrainings by themselves, show what a candidate would change.

    Args:
        people: checks roles.
        retrainer, catalogue, corrector: the parts behind.
        projects: the labelling projects.
        task_sets: the task set of a key as it is retrained; ConfigError where none is known.
        clock: seconds.
    """

    def __init__(
        self,
        *,
        people: People,
        retrainer: Retrainer,
        catalogue: Catalogue,
        corrector: Corrector,
        projects: ProjectStore,
        task_sets: Callable[[str], TaskSet],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._people = people
        self._retrainer = retrainer
        self._catalogue = catalogue
        self._corrector = corrector
        self._projects = projects
        self._task_sets = task_sets
        self._clock = clock
        self._mutex = threading.Lock()
        self._starting = False
        self._not_before = -math.inf

    def saved(self, project: Project) -> None:
        """Take note of a save in a project; start its retraining in the background if it is due.

        Returns at once and never raises: whatever goes wrong here, the save stands.
        """
        try:
            if project.demo or not project.retrain_every or self._retrainer.jobs.busy:
                return
            if self._since(project) >= project.retrain_every:
                self._start(project)
        except Exception as error:
            log_unexpected(_log, error, "the retraining of %s was not looked at", project.key)

    def to_retraining(self, project: Project) -> int | None:
        """Return the decisions until a project's next retraining; ``None`` if only on demand.

        It is part of the answer to a save, so it is ``None`` too where something goes wrong.
        """
        try:
            return self._left(project)
        except Exception as error:
            log_unexpected(_log, error, "the decisions of %s were not counted", project.key)
            return None

    def counters(self, who: Person, task_set: str) -> tuple[Counter, ...]:
        """Return how far each project of a task set is."""
        self._people.require(who, "annotator", "see the projects", spends="read")
        return tuple(
            Counter(
                project=project.key,
                title=project.title,
                every=project.retrain_every,
                since=self._since(project),
                left=self._left(project),
                note="" if project.demo else self._note(project),
                demo=project.demo,
            )
            for project in self._projects.list(who)
            if project.answered_as == task_set
        )

    def flips(self, who: Person, job_id: str) -> tuple[TaskComparison, ...]:
        """Return a retraining's comparison with the memes on which the two models differ.

        People's labels are not public, so the person must be a reviewer.
        """
        self._people.require(
            who, "reviewer", "see the memes on which two models differ", spends="read"
        )
        job, hidden = self._retrainer.jobs.get(job_id), self._projects.hidden(who)
        if not hidden:
            return job.comparison
        memes = {flip.meme for row in job.comparison for flip in row.flipped}
        known = self._corrector.select_labelled(self._task_sets(job.subject), list(memes))
        secret = {meme for meme, found in known.items() if found.outside(hidden) is None}
        return tuple(
            replace(row, flipped=tuple(flip for flip in row.flipped if flip.meme not in secret))
            for row in job.comparison
        )

    def look(self, who: Person, job_id: str, meme: str) -> Seen:
        """Return one of the corrected memes that flip, to be looked at.

        Raises:
            InputError: if it is not among the corrected memes that flip in this job.
            NotFound: if there is no such job.
        """
        comparison = self.flips(who, job_id)
        flipped = {
            flip.meme for row in comparison if row.rows == "corrected" for flip in row.flipped
        }
        if meme not in flipped:
            raise InputError(
                f"The meme '{meme[:12]}' is not among the corrected memes on which the models of "
                "this retraining differ. Choose one of the list."
            )
        tasks = self._task_sets(self._retrainer.jobs.get(job_id).subject)
        found = self._corrector.find_labelled(tasks, meme)
        return Seen(
            image=self._corrector.saved_image(meme), text="" if found is None else found.text
        )

    def _left(self, project: Project) -> int | None:
        if project.demo or not project.retrain_every:
            return None
        return max(0, project.retrain_every - self._since(project))

    def _since(self, project: Project) -> int:
        """Return how many decisions of a project were made since the last retraining began."""
        count = self._projects.tally(project)
        # A retraining that was interrupted by a restart does not count: it is made up for.
        last = self._retrainer.jobs.counts(project.tasks.key)
        base = last.get(OF_PROJECT.format(project.key), 0)
        return max(0, count.decisions + count.adjudicated - base)

    def _start(self, project: Project) -> None:
        """Start in a thread: what decides whether it makes sense may take a moment."""
        with self._mutex:
            if self._starting or self._clock() < self._not_before:
                return
            self._starting = True
        threading.Thread(
            target=self._retrain, args=(project,), name="retrain-due", daemon=True
        ).start()

    def _retrain(self, project: Project) -> None:
        why = Person(name=f"every {project.retrain_every} decisions", role="admin")
        started = False
        try:
            try:
                tasks = self._task_sets(project.tasks.key)
            except MemeclipError:
                tasks = project.tasks  # no heads know any of this key
            self._retrainer.start(why, tasks)
            started = True
        except JobError:
            # Another process retrains. A save after its end sees that one more is due.
            _log.info("the retraining of %s waits for the one that runs", project.key)
        except MemeclipError as error:
            _log.warning("the retraining of %s did not start: %s", project.key, error)
        except Exception as error:
            log_unexpected(_log, error, "the retraining of %s did not start", project.key)
        finally:
            with self._mutex:
                self._starting = False
                if not started:
                    self._not_before = self._clock() + RETRY_SECONDS

    def _note(self, project: Project) -> str:
        """Say which of a project's labels the heads in service do not know."""
        version = self._catalogue.active_version(project.tasks.key)
        if not version:
            return f"No trained heads for '{project.tasks.key}': a starter has to be built first."
        heads = self._catalogue.manifest(version).get("tasks", {})
        unknown = [
            f"{task.title}: {', '.join(missing)}"
            for task in project.tasks
            if (missing := sorted(set(task.names) - set(heads.get(task.key, {}).get("labels", ()))))
        ]
        if not unknown:
            return ""
        return (
            f"The heads of '{version}' do not know these labels, and decisions with them are not "
            f"learnt until a starter with them is built: {'; '.join(unknown)}."
        )

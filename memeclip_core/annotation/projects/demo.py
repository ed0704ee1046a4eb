"""``Demo``: a project of sample memes with made-up votes, to see every page at work.

Its label set has a key of its own, see ``records.project.DEMO``. So nothing that is decided in it
teaches, counts towards a retraining, stands in ``corrections.csv`` or goes into a backup.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import token_hex
from threading import Lock
from typing import Final

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.entry import check_entry, enter_meme, new_save, write_rows
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.projects.deletions import Deletions
from memeclip_core.annotation.projects.precomputation import Precomputation
from memeclip_core.annotation.projects.store import ProjectStore, render_preview
from memeclip_core.annotation.queue.session import Sessions
from memeclip_core.errors import InputError, MemeclipError
from memeclip_core.inference.reading import Reader, file_ending
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Correction, Person
from memeclip_core.records.meme import DemoMeme
from memeclip_core.records.project import (
    DEMO,
    Labels,
    Project,
    ProjectMeme,
    Suggestion,
)
from memeclip_core.storage.images import ImageStore
from memeclip_core.tasks import Task, TaskSet

TITLE: Final = "Demo: sample memes, made-up votes"
GUIDELINES: Final = """\
**This is a demo.** The memes are harmless samples, and Ada, Ben and Cleo are made up, as are their
votes. Label what is left, decide what they differ on in *Review*, look at the *Dashboard*. Nothing
that is decided here teaches a model or is counted elsewhere. An admin removes the demo on the page
*Projects*.
"""
ADA, BEN, CLEO = "Ada (made up)", "Ben (made up)", "Cleo (made up)"
VOTES: Final = (
    {ADA: True, BEN: True, CLEO: True},
    {ADA: True, BEN: False},
    {ADA: True, BEN: True, CLEO: True},
    {ADA: True, BEN: True, CLEO: False},
    {ADA: True, BEN: True, CLEO: True},
    {ADA: True, BEN: True, CLEO: True},
    {BEN: True, CLEO: True},
)
"""Of the first memes: who votes, and whether as most do. The others are left to label."""
FLAG: Final = "Made up: is the joke on the plant, or on us?"
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Make the demo, and remove it; both take an admin.

    Attributes:
        memes: what reads the samples.
        task_sets: those on offer; the first is asked.
    """

    people: People
    projects: ProjectStore
    images: ImageStore
    reader: Reader
    log: DecisionLog
    precomputation: Precomputation
    deletions: Deletions
    sessions: Sessions
    memes: Callable[[], Sequence[DemoMeme]]
    task_sets: tuple[TaskSet, ...]
    _making: Lock = field(default_factory=Lock)

    def make(self, who: Person) -> Project:
        """Return the demo, made if there is none; it takes some seconds until a model has answered.

        Raises:
            PermissionDenied: if the person is no admin.
            StoreError: if it cannot be written.
        """
        self.people.require(who, "admin", "make the demo", spends="job")
        with self._making:
            known = next((project for project in self.projects.list() if project.demo), None)
            return known or self._make(who)

    def remove(self, who: Person) -> None:
        """Delete the demo with all that was done in it.

        Raises:
            PermissionDenied: if the person is no admin.
            InputError: if there is none.
            JobError: if something is still being worked out for it.
        """
        self.people.require(who, "admin", "remove the demo", spends="job")
        demos = [project.key for project in self.projects.list() if project.demo]
        if not demos:
            raise InputError("There is no demo that could be removed.")
        for key in demos:
            self.deletions.make(who, key, confirm=key)

    def _make(self, who: Person) -> Project:
        asked = self.task_sets[0]
        tasks = replace(asked, key=DEMO + asked.key, title=f"{asked.title} (demo)")
        project = Project(
            # A key of its own each time: whatever is remembered by key is of one demo alone.
            key=f"demo-{token_hex(3)}", title=TITLE, tasks=tasks, guidelines=GUIDELINES,
            created=utc_now(), by=who.name, overlap=3, hidden_share=0.0, order="import",
        )  # fmt: skip
        samples = self.memes()
        self.projects.create(project)
        found = [self._keep(project, sample) for sample in samples]
        self.projects.add(project.key, found)
        # An earlier demo that goes just now takes pictures along that no row named until here.
        for meme, sample in zip(found, samples, strict=True):
            self.images.put_back(meme.image, sample.data)
        try:
            self.precomputation.update(project, lambda count: None)
        except MemeclipError as error:
            _log.warning("the demo has no suggestions: %s", error)
        with self.sessions.reading(project.key, None) as session:
            suggested = session.suggestions([meme.id for meme in found])
        usual = [{**_plain(asked), **sample.labels.get(asked.key, {})} for sample in samples]
        self.log.add(list(_vote(project, found, usual, suggested)))
        return project

    def _keep(self, project: Project, sample: DemoMeme) -> ProjectMeme:
        meme, loaded = self.reader.read(sample.data, sample.filename, text=sample.text)
        image = ""
        if loaded is not None:
            image = self.images.keep(meme.id, sample.data, file_ending(loaded))
            self.projects.write_preview(project.key, meme.id, render_preview(loaded.image))
        return ProjectMeme(
            id=meme.id, filename=meme.filename, text=meme.text, text_source="file", image=image,
            width=meme.width, height=meme.height, added=utc_now(),
        )  # fmt: skip


def _plain(tasks: TaskSet) -> Labels:
    """Return the answer that is first in each task's list; none where several may hold."""
    return {task.key: task.names[:1] if task.kind == "multiclass" else () for task in tasks}


def _differ(task: Task, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Return another answer to a task."""
    return next(((name,) for name in reversed(task.names) if (name,) != labels), labels)


def _vote(
    project: Project,
    memes: Sequence[ProjectMeme],
    usual: Sequence[Labels],
    suggested: Mapping[str, Mapping[str, Suggestion]],
) -> Iterator[Correction]:
    """Yield the rows of the votes, over the last three days, and of one flag."""
    tasks, last = project.tasks, project.tasks.tasks[-1]
    begun, number = project.created - timedelta(days=3), 0
    for meme, labels, votes in zip(memes, usual, VOTES, strict=False):
        other = {**labels, last.key: _differ(last, labels[last.key])}
        for name, agrees in votes.items():
            number += 1
            yield from _say(
                project, meme, name, begun + timedelta(hours=3.5 * number),
                labels=tasks.keep_applying(labels if agrees else other),
                suggestions=suggested.get(meme.id, {}), seconds=5.0 + 7 * number % 19,
            )  # fmt: skip
    if memes:
        yield from _say(project, memes[-1], CLEO, project.created, note=FLAG)


def _say(
    project: Project,
    meme: ProjectMeme,
    name: str,
    time: datetime,
    *,
    labels: Labels | None = None,
    suggestions: Mapping[str, Suggestion] | None = None,
    seconds: float | None = None,
    note: str = "",
) -> list[Correction]:
    entry = enter_meme(
        project, meme, save=new_save(), action="flag" if labels is None else "label",
        labels=labels or {}, suggestions=suggestions or {}, shown=True, seconds=seconds, note=note,
    )  # fmt: skip
    who = Person(name=name, role="annotator")
    return write_rows(who, project.tasks, entry, check_entry(project.tasks, entry), time)

"""Projects of small pictures in a studio that is ready in a moment."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from memeclip_core.annotation.decisions.corrector import Entry
from memeclip_core.annotation.decisions.decided import read_labels
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.projects import suggestions as sql
from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.annotation.projects.projects import Projects
from memeclip_core.app.studio import Studio
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job
from memeclip_core.records.queue import QueueFilter
from tests.factories.dataset_files import write
from tests.factories.project_records import suggest
from tests.factories.studios import draw_png, read_log
from tests.factories.waits import until

GUIDELINES = "# What we ask\n\nLook at the **whole** meme.\n\n- one\n- two <img src=x onerror=x()>"
HOSTILE = '<img src=x onerror="window.hacked = 1"> {{value}} ${1}'


def write_pictures(folder: Path, count: int, *, start: int = 0) -> Path:
    """Write as many different pictures, in the order of their names."""
    for number in range(start, start + count):
        color = (number % 251, number // 251, 90)
        write(folder / f"{number:05}.png", draw_png(color))
    return folder


def wait_for(studio: Studio, project: str, job: Job, who: Person | None = None) -> Job:
    """Return a job once it has ended."""
    who = who or studio.owner()
    until(lambda: not studio.projects.job(who, project, job.id).live, "the job did not end")
    return studio.projects.job(who, project, job.id)


def import_all(
    studio: Studio, project: str, source: Path, who: Person | None = None, **options
) -> Job:
    """Import and wait."""
    job = studio.projects.start_import(who or studio.owner(), project, source, **options)
    return wait_for(studio, project, job, who)


def make_cats(studio: Studio, folder: Path, count: int = 5, **rules) -> str:
    """Create the project "cats" with some pictures and return its key."""
    studio.projects.create(studio.owner(), key="cats", title="Cats", task_set="pridemm", **rules)
    job = import_all(studio, "cats", write_pictures(folder, count))
    assert job.state == "done", job.reason
    return "cats"


@dataclass(frozen=True, kw_only=True)
class Work:
    """A project, and what the log says of it."""

    studio: Studio
    key: str

    @property
    def admin(self) -> Person:
        """Who sets projects up: the person at the machine, or "root" of the users file."""
        return Person(name="local" if self.studio.settings.auth is None else "root", role="admin")

    def ids(self) -> list[str]:
        """Return the content ids in the order of import."""
        everything = QueueFilter(state=None)
        page = self.studio.queue.browse(self.admin, self.key, filters=everything, size=200)
        return [row.id for row in page.rows]

    def rows(self, *actions: str) -> list[dict[str, str]]:
        """Return the log's rows, of these actions if any are named."""
        found = [row for row in read_log(self.studio) if row["project"] == self.key]
        for row in found:
            row["labels"] = ", ".join(json.loads(row["labels"] or "[]"))
        return [row for row in found if not actions or row["action"] in actions]

    def saved(self) -> dict[str, str]:
        """Return the labels of the last decision by task."""
        found = self.rows("label")
        return {row["task"]: row["labels"] for row in found if row["save"] == found[-1]["save"]}

    def decided(self) -> list[str]:
        """Return the memes of all decisions, in order; one entry a save."""
        return list({row["save"]: row["meme"] for row in self.rows("label")}.values())


def make_project(
    studio: Studio, folder: Path, count: int = 6, *, key: str = "colours", **rules: object
) -> Work:
    """Create a project of so many pictures and wait for its predictions."""
    work = Work(studio=studio, key=key)
    given = {
        "order": "import", "hidden_share": 0.0, "guidelines": "", "task_set": "pridemm", **rules,
    }  # fmt: skip
    studio.projects.create(work.admin, key=key, title=key, **given)
    folder.mkdir(exist_ok=True)
    for n in range(count):
        (folder / f"{n:02d}.png").write_bytes(draw_png((200, 40 + n, 90), (320, 240 + n)))
    assert import_all(studio, key, folder, who=work.admin).state == "done"
    return work


def predictions(projects: Projects, key: str, model: str | None = None) -> PredictionTable | None:
    """Return what a model says of a project, after the look that a process has at its start."""
    projects._precomputation.look(projects._store.read(key))
    if model is None:
        return projects._predictions.current(key)
    return projects._predictions.read(key, model)


def suggestions(projects: Projects, key: str, meme: str, model: str | None = None) -> dict:
    """Return what a model suggests for a meme by task key."""
    return suggest(predictions(projects, key, model), meme)


def forget_predictions(studio: Studio, key: str = "cats", model: str = "pridemm-fake") -> None:
    """Lose what a model says of a project."""
    with studio.projects._predictions._database.write() as connection:
        sql.delete_prediction(connection, key, model)


def stale(projects: Projects, key: str) -> int:
    """Return how many memes the active model has not predicted yet."""
    return len(projects._precomputation.missing(projects._store.read(key)))


def decide(studio, place, labels, who=None, action="label"):
    """Save a decision on the n-th meme of the project, as the queue does."""
    project = studio.projects._store.read("cats")
    meme = studio.projects._store.memes("cats").rows[place]
    person = who or studio.owner()
    entry = Entry(
        save=f"save-{place}-{person.name}-{action}-{time.monotonic_ns()}",
        action=action,
        meme=meme.id,
        image=meme.image,
        text=meme.text,
        text_source=meme.text_source,
        labels=labels,
        project="cats",
        version=project.version,
    )
    return studio._corrector.decide(person, project.tasks, entry)


def settle(studio, key="cats"):
    """Wait until no job is under way."""
    until(lambda: not any(job.live for job in studio.projects.jobs(studio.owner(), key)))


def read_history(studio, meme, key="cats"):
    """Return what people did to a meme of a project."""
    store = studio.projects._store
    with store._database.read() as connection:
        return History.of(connection, store.read(key, connection).tasks.key, key, meme)


def read_resolved(studio, meme, key="cats"):
    """Return a meme's labels as the project's label set reads them now, or ``None``."""
    project = studio.projects._store.read(key)
    history = read_history(studio, meme, key)
    return history.resolve(project.tasks, lambda one: read_labels(project, one))

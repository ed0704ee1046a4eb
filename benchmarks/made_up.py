"""A made-up project: memes of random words, with predictions and decisions, without pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.projects.predictions import (
    PredictionTable,
    ProjectPredictions,
    TaskTable,
)
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Correction
from memeclip_core.records.job import Progress
from memeclip_core.records.project import Project, ProjectMeme
from memeclip_core.storage.home import Home
from memeclip_core.tasks import Task, TaskSet

KEY = "made-up"
MODEL = "made-up"
_START = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 5_000
_WIDTH = 64


def fill_project(
    home: Home,
    tasks: TaskSet,
    *,
    memes: int,
    decisions: int,
    on_progress: Callable[[Progress], None],
    seed: int = 0,
    database: Database | None = None,
) -> None:
    """Make a project without pictures: memes of random words, predictions, random decisions.

    Each meme is wanted by one person more than have decided it, so that there is work left. It is
    kept in the home's own database where none is given.

    Raises:
        InputError: if the home holds a project of this kind already, or people would run out.
    """
    people = -(-decisions // memes)
    if people > 9:
        raise InputError(
            f"{decisions:,} decisions on {memes:,} memes take {people} people; allowed are 9."
        )
    generator = np.random.default_rng(seed)
    database = database or Database.of_home(home.root)
    store = ProjectStore(home, database)
    project = Project(
        key=KEY, title="Made up", tasks=tasks, created=_START, by="bench", overlap=people + 1
    )
    store.create(project)
    ids = [hashlib.sha256(f"made up {number}".encode()).hexdigest() for number in range(memes)]
    store.add(KEY, (_meme(number, meme, generator) for number, meme in enumerate(ids)))
    _predict(database, tasks, ids, generator)
    log, done = DecisionLog(database=database, home=home, project=store.find), 0
    while done < decisions:
        number = min(_BATCH, decisions - done)
        log.add(list(_rows(project, ids, done, number, generator)))
        done += number
        on_progress(Progress(done=done, total=decisions, message="decisions"))


def _meme(number: int, meme: str, generator: np.random.Generator) -> ProjectMeme:
    words = " ".join(f"word{word}" for word in generator.integers(0, 5_000, 12))
    return ProjectMeme(
        id=meme,
        filename=f"{number}.png",
        text=words,
        text_source="file",
        added=_START + timedelta(seconds=number),
    )


def _predict(
    database: Database, tasks: TaskSet, ids: list[str], generator: np.random.Generator
) -> None:
    tables = {}
    for task in tasks:
        values = generator.random((len(ids), len(task.labels)), np.float32)
        if task.kind == "multiclass":
            values /= values.sum(axis=1, keepdims=True)
        threshold = 0.5 if task.kind == "multilabel" else None
        tables[task.key] = TaskTable(labels=task.names, probabilities=values, threshold=threshold)
    vectors = generator.standard_normal((len(ids), _WIDTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    predictions = ProjectPredictions(database)
    predictions.write(
        KEY, PredictionTable(model=MODEL, ids=tuple(ids), tasks=tables, vectors=vectors)
    )
    predictions.choose(KEY, MODEL)


def _rows(
    project: Project, ids: list[str], start: int, number: int, generator: np.random.Generator
) -> Iterator[Correction]:
    """Yield the rows of some decisions, on the tasks that always apply."""
    for place in range(start, start + number):
        labels = {
            task.key: _choose(task, generator) for task in project.tasks if task.applies is None
        }
        for task, chosen in labels.items():
            yield Correction(
                event=f"e{place}-{task}",
                save=f"made-up-{place:08d}",
                time=_START + timedelta(seconds=place),
                annotator=f"person{place // len(ids)}",
                action="label",
                meme=ids[place % len(ids)],
                image="",
                text="",
                text_source="file",
                task_set=project.tasks.key,
                task=task,
                predicted=(),
                probability=None,
                model="",
                labels=chosen,
                project=KEY,
                seconds=4.0,
            )


def _choose(task: Task, generator: np.random.Generator) -> tuple[str, ...]:
    if task.kind == "multilabel":
        held = generator.random(len(task.names)) < 0.1
        return tuple(name for name, holds in zip(task.names, held, strict=True) if holds)
    # Most people say the same of most memes.
    return (task.names[0 if generator.random() < 0.75 else 1],)

"""How quick labelling is where there is much: a made-up project, timed."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

import numpy as np

from memeclip_core.annotation.decisions.log import CorrectionStore
from memeclip_core.annotation.projects.predictions import (
    PredictionTable,
    ProjectPredictions,
    TaskTable,
)
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Correction, Person
from memeclip_core.records.job import Progress
from memeclip_core.records.project import Labels, Order, Project, ProjectMeme
from memeclip_core.records.queue import QueueFilter
from memeclip_core.storage.home import Home
from memeclip_core.tasks import Task, TaskSet

if TYPE_CHECKING:
    from memeclip_core.app.studio import Studio

KEY = "made-up"
MODEL = "made-up"
_START = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 5_000
_WIDTH = 64
_PATIENCE = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long something took, ``n`` times: median, 95th percentile and longest, in seconds."""

    name: str
    n: int
    median: float
    p95: float
    longest: float


def fill_project(
    home: Home,
    tasks: TaskSet,
    *,
    memes: int,
    decisions: int,
    on_progress: Callable[[Progress], None],
    seed: int = 0,
) -> None:
    """Make a project without pictures: memes of random words, predictions, random decisions.

    Each meme is wanted by one person more than have decided it, so that there is work left.

    Raises:
        InputError: if the home holds a project of this kind already, or people would run out.
    """
    people = -(-decisions // memes)
    if people > 9:
        raise InputError(
            f"{decisions:,} decisions on {memes:,} memes take {people} people; allowed are 9."
        )
    generator = np.random.default_rng(seed)
    store = ProjectStore(home)
    project = Project(
        key=KEY, title="Made up", tasks=tasks, created=_START, by="bench", overlap=people + 1
    )
    store.create(project)
    ids = [hashlib.sha256(f"made up {number}".encode()).hexdigest() for number in range(memes)]
    store.add(KEY, (_meme(number, meme, generator) for number, meme in enumerate(ids)))
    _predict(home, tasks, ids, generator)
    log, done = CorrectionStore(home), 0
    while done < decisions:
        number = min(_BATCH, decisions - done)
        log.append(list(_rows(project, ids, done, number, generator)))
        done += number
        on_progress(Progress(done=done, total=decisions, message="decisions"))


def measure_labelling(studio: Studio, tasks: TaskSet, *, turns: int) -> Iterator[Timing]:
    """Time what people wait for, each ``turns`` times; the first call counts by itself.

    The person labels what comes: every "next" follows a save. Orders that take long are timed
    from asking to having, in the background, while nobody waits.
    """
    who, queue = Person(name="bench", role="admin"), studio.queue
    labels = _labels(tasks)
    start = time.perf_counter()
    items = queue.next(who, KEY, client="bench")
    yield _timing("first next after a start", [time.perf_counter() - start])
    times: dict[str, list[float]] = {"next": [], "save": [], "counts": []}
    for turn in range(turns):
        save = f"bench-{turn:08d}"
        with _watch(times["save"]):
            queue.save(
                who, KEY, save=save, meme=items[0].meme.id, labels=labels, version=items[0].version
            )
        with _watch(times["next"]):
            items = queue.next(who, KEY, client="bench")
        with _watch(times["counts"]):
            queue.counts(who, KEY)
        if not items:
            break
    yield from (_timing(name, taken) for name, taken in times.items())
    task = next(iter(tasks))
    filters = (
        QueueFilter(),
        QueueFilter(state=None, text="word77"),
        QueueFilter(state=None, label=(task.key, task.names[0])),
        QueueFilter(state=None, label=(task.key, task.names[0]), label_by="decision"),
    )
    pages, histories = list[float](), list[float]()
    for turn, filters_ in zip(range(turns), itertools.cycle(filters), strict=False):
        with _watch(pages):
            page = queue.browse(who, KEY, filters=filters_, page=1 + turn // len(filters))
        for row in page.rows[:1]:
            with _watch(histories):
                queue.history(who, KEY, row.id)
    yield _timing("page of a filter", pages)
    yield _timing("history of a meme", histories)
    yield from _measure_review(studio, who)
    for order in get_args(Order):
        yield _timing(f"order by {order}, ready", [_wait_for(studio, who, order)])


def _measure_review(studio: Studio, who: Person) -> Iterator[Timing]:
    review = studio.review
    calls: dict[str, Callable[[], object]] = {
        "agreement": lambda: review.agreement(who, KEY),
        "dashboard": lambda: review.dashboard(who, KEY),
        "disagreements": lambda: review.disagreements(who, KEY),
    }
    for name, call in calls.items():
        for when in ("first", "again"):
            taken = list[float]()
            with _watch(taken):
                call()
            yield _timing(f"{name}, {when}", taken)


def _wait_for(studio: Studio, who: Person, order: Order) -> float:
    """Return the seconds until an order is there, or until it says why it cannot be had."""
    start = time.perf_counter()
    while time.perf_counter() - start < _PATIENCE:
        page = studio.queue.browse(who, KEY, order=order, size=1)
        if page.order == order or "being worked out" not in page.order_note:
            break
        time.sleep(0.02)
    return time.perf_counter() - start


class _watch:
    """Add the seconds that a block takes to a list."""

    def __init__(self, times: list[float]) -> None:
        self._times = times

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._times.append(time.perf_counter() - self._start)


def _timing(name: str, times: list[float]) -> Timing:
    ordered = sorted(times)
    return Timing(
        name=name,
        n=len(ordered),
        median=ordered[len(ordered) // 2],
        p95=ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
        longest=ordered[-1],
    )


def _meme(number: int, meme: str, generator: np.random.Generator) -> ProjectMeme:
    words = " ".join(f"word{word}" for word in generator.integers(0, 5_000, 12))
    return ProjectMeme(
        id=meme,
        filename=f"{number}.png",
        text=words,
        text_source="file",
        added=_START + timedelta(seconds=number),
    )


def _predict(home: Home, tasks: TaskSet, ids: list[str], generator: np.random.Generator) -> None:
    tables = {}
    for task in tasks:
        values = generator.random((len(ids), len(task.labels)), np.float32)
        if task.kind == "multiclass":
            values /= values.sum(axis=1, keepdims=True)
        threshold = 0.5 if task.kind == "multilabel" else None
        tables[task.key] = TaskTable(labels=task.names, probabilities=values, threshold=threshold)
    vectors = generator.standard_normal((len(ids), _WIDTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    predictions = ProjectPredictions(home)
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


def _labels(tasks: TaskSet) -> Labels:
    """Return a complete decision: the last label of each task that then applies."""
    labels: Labels = {}
    for task in tasks:
        if tasks.applies(task.key, labels):
            labels[task.key] = () if task.kind == "multilabel" else (task.names[-1],)
    return labels

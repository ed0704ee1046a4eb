"""How quick labelling is where there is much: a made-up project, timed.

``python -m benchmarks.labelling_speed FOLDER``
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, get_args

import typer

from benchmarks.command import run_benchmark
from benchmarks.made_up import KEY, fill_project
from memeclip_core.app.build import build_studio
from memeclip_core.app.studio import Studio
from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import progress_bar, render_table, say
from memeclip_core.config import Settings
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Labels, Order
from memeclip_core.records.queue import QueueFilter
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.tasks import TaskSet

SMALL = 1_000
"""Memes of the small project."""

_PATIENCE = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long something took, ``n`` times: median, 95th percentile and longest, in seconds."""

    name: str
    n: int
    median: float
    p95: float
    longest: float


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


def _labels(tasks: TaskSet) -> Labels:
    """Return a complete decision: the last label of each task that then applies."""
    labels: Labels = {}
    for task in tasks:
        if tasks.applies(task.key, labels):
            labels[task.key] = () if task.kind == "multilabel" else (task.names[-1],)
    return labels


@with_settings()
def bench_labelling(
    settings: Settings,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder to fill; must hold no project yet.")
    ],
    memes: Annotated[int, typer.Option(min=20, help="Memes of the project.")] = 50_000,
    decisions: Annotated[int, typer.Option(min=0, help="Decisions in its log.")] = 200_000,
    turns: Annotated[int, typer.Option(min=20, help="How often each call is timed.")] = 300,
) -> None:
    """Time what annotators and reviewers wait for in a large, made-up project and in a small one.

    The memes have no pictures and random words, predictions and decisions. Both projects stay in
    the folder, which can be deleted. The times are the services', without network and browser.
    """
    tasks = read_named_task_set(settings.tasks[0], settings.assets)
    found: list[list[Timing]] = []
    sizes = ((SMALL, 0), (memes, decisions))
    for (number, log), name in zip(sizes, ("small", "large"), strict=True):
        home = Home(folder.resolve() / name).create()
        with progress_bar(f"{number:,} memes") as show:
            fill_project(home, tasks, memes=number, decisions=log, on_progress=show)
        studio = build_studio(replace(settings, home=home.root))
        found.append(list(measure_labelling(studio, tasks, turns=turns)))
    say(f"Milliseconds; small: {SMALL:,} memes, no decision; large: {memes:,} and {decisions:,}.")
    header = ("", "n", "small median", "small p95", "large median", "large p95", "large longest")
    say(render_table(header, [_row(*pair) for pair in zip(*found, strict=True)]))


def _row(small: Timing, large: Timing) -> tuple[str, ...]:
    values = (small.median, small.p95, large.median, large.p95, large.longest)
    return (large.name, str(large.n), *(f"{1000 * value:,.1f}" for value in values))


if __name__ == "__main__":
    run_benchmark(bench_labelling, "benchmarks.labelling_speed")

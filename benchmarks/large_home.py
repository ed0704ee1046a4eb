"""How long a start takes with many decisions, a home's take-over, and each meme of an import.

``python -m benchmarks.large_home FOLDER``
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.command import run_benchmark
from benchmarks.made_up import KEY, fill_project
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.app.build import build_studio
from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import progress_bar, render_table, say
from memeclip_core.config import Settings
from memeclip_core.database.engine import Database
from memeclip_core.records.project import ProjectMeme
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.tasks import TaskSet

BATCH = 256
"""Memes that an import adds at once."""


def measure_start(settings: Settings, home: Home, task_set: str) -> Iterator[tuple[str, float]]:
    """Time a start, the first status, and until all that was decided is looked through."""
    start = time.perf_counter()
    studio = build_studio(replace(settings, home=home.root))
    yield "start", time.perf_counter() - start
    start = time.perf_counter()
    status = studio.status(task_set)
    yield "first status", time.perf_counter() - start
    while "looked through" in status.retrain_reason:
        time.sleep(1)
        status = studio.status(task_set)
    yield "until all is looked through", time.perf_counter() - start


def measure_adding(store: ProjectStore, key: str, memes: int) -> float:
    """Return the seconds a meme takes where memes without pictures come as an import adds them."""
    made = [
        ProjectMeme(
            id=sha256(f"added {number}".encode()).hexdigest(), filename=f"{number}.png",
            text=f"word{number}", text_source="file", added=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for number in range(memes)
    ]  # fmt: skip
    start = time.perf_counter()
    for first in range(0, memes, BATCH):
        store.add(key, made[first : first + BATCH])
    return (time.perf_counter() - start) / memes


def make_old_home(home: Home, full: Home, tasks: TaskSet, memes: int, decisions: int) -> None:
    """Fill a home that has its decisions in corrections.csv alone."""
    people = -(-decisions // memes)
    fill_project(home, tasks, memes=memes, decisions=0, on_progress=lambda _: None)
    database = Database.of_home(home.root)
    store = ProjectStore(home, database)
    store.write(replace(store.read(KEY), overlap=people + 1))
    database.close()
    shutil.copyfile(full.corrections, home.corrections)


@with_settings()
def bench_large_home(
    settings: Settings,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder to fill; must hold no project yet.")
    ],
    memes: Annotated[int, typer.Option(min=20, help="Memes of the project.")] = 50_000,
    decisions: Annotated[int, typer.Option(min=20, help="Decisions in its log.")] = 300_000,
) -> None:
    """Time starts with no and with many decisions, a take-over, and memes as an import adds them.

    Both homes stay in the folder, which can be deleted.
    """
    tasks = read_named_task_set(settings.tasks[0], settings.assets)
    empty, full, old = (Home(folder.resolve() / name).create() for name in ("empty", "full", "old"))
    with progress_bar(f"{decisions:,} decisions") as show:
        fill_project(full, tasks, memes=memes, decisions=decisions, on_progress=show)
    make_old_home(old, full, tasks, memes, decisions)
    rows = [
        (f"{name}: {what}", f"{seconds:.3f} s")
        for name, home in (
            ("no decision", empty), ("many decisions, never looked at", full),
            ("many decisions", full), ("taken over", old),
        )
        for what, seconds in measure_start(settings, home, tasks.key)
    ]  # fmt: skip
    for number in (memes // 5, memes):
        home = Home(folder.resolve() / f"adding-{number}").create()
        fill_project(home, tasks, memes=20, decisions=0, on_progress=lambda _: None)
        seconds = measure_adding(ProjectStore(home, Database.of_home(home.root)), KEY, number)
        rows.append((f"adding {number:,} memes, each", f"{1000 * seconds:.3f} ms"))
    say(render_table(("", "time"), rows))


if __name__ == "__main__":
    run_benchmark(bench_large_home, "benchmarks.large_home")

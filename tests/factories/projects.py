"""Projects of small pictures in a studio that is ready in a moment."""

from __future__ import annotations

import time
from pathlib import Path

from memeclip_core.app.studio import Studio
from memeclip_core.records.project import ProjectJob
from tests.factories.dataset_files import write
from tests.factories.studios import draw_png

PATIENCE = 60.0


def write_pictures(folder: Path, count: int, *, start: int = 0) -> Path:
    """Write as many different pictures, in the order of their names."""
    for number in range(start, start + count):
        color = (number % 251, number // 251, 90)
        write(folder / f"{number:05}.png", draw_png(color))
    return folder


def wait_for(studio: Studio, project: str, job: ProjectJob) -> ProjectJob:
    """Return a job once it has ended."""
    end = time.monotonic() + PATIENCE
    while job.live:
        assert time.monotonic() < end, f"still {job.state} after {PATIENCE} s: {job.progress}"
        time.sleep(0.01)
        job = studio.projects.job(studio.owner(), project, job.id)
    return job


def import_all(studio: Studio, project: str, source: Path, **options) -> ProjectJob:
    """Import and wait."""
    job = studio.projects.start_import(studio.owner(), project, source, **options)
    return wait_for(studio, project, job)


def make_cats(studio: Studio, folder: Path, count: int = 5, **rules) -> str:
    """Create the project "cats" with some pictures and return its key."""
    studio.projects.create(studio.owner(), key="cats", title="Cats", task_set="pridemm", **rules)
    job = import_all(studio, "cats", write_pictures(folder, count))
    assert job.state == "done", job.reason
    return "cats"

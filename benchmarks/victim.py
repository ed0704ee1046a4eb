"""The app with somebody at work in it: what ``benchmarks.kills`` kills.

``python -m benchmarks.victim FOLDER --port PORT``
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from PIL import Image

from benchmarks.command import run_benchmark
from benchmarks.made_up import KEY
from memeclip_core.app.build import build_studio
from memeclip_core.app.studio import Studio
from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import say
from memeclip_core.config import Settings
from memeclip_core.errors import MemeclipError
from memeclip_core.records.decision import Person

ORDERS: Final = "orders"
"""The file that says what to do."""

PICTURES: Final = 40
"""How many an import holds."""

ADMIN: Final = Person(name="boss", role="admin")
_FORMATS = itertools.cycle(("csv", "jsonl", "imagefolder", "decisions"))
_LOOK = 0.02


def act(studio: Studio, folder: Path) -> None:
    """Do what the file says, again and again; "save" is left to those who label by HTTP."""
    while True:
        work = ACTS.get((folder / ORDERS).read_text(encoding="utf-8"))
        if work is None:
            time.sleep(_LOOK)
            continue
        # Somebody else's may be under way still, or there is nothing new to learn.
        with contextlib.suppress(MemeclipError):
            work(studio, folder)


def import_some(studio: Studio, folder: Path) -> None:
    """Import pictures that were never imported before."""
    sources = folder / "sources"
    source = draw_source(sources, len(list(sources.glob("*"))))
    job = studio.projects.start_import(ADMIN, KEY, source)
    while studio.projects.job(ADMIN, KEY, job.id).live:
        time.sleep(_LOOK)


def export_all(studio: Studio, folder: Path) -> None:
    """Export the project, each time in the next format."""
    job = studio.projects.start_export(ADMIN, KEY, next(_FORMATS))
    while studio.projects.job(ADMIN, KEY, job.id).live:
        time.sleep(_LOOK)


def retrain(studio: Studio, folder: Path) -> None:
    """Retrain with whatever was decided since."""
    job = studio.start_retrain(ADMIN, studio.task_sets[0].key)
    while studio.job(job.id).live:
        time.sleep(_LOOK)


def promote(studio: Studio, folder: Path) -> None:
    """Let the newest retrained model answer, and then the one before again."""
    tasks = studio.task_sets[0].key
    newest = next(model for model in studio.models(tasks) if model.origin == "retrained")
    studio.promote(ADMIN, newest.version, although_worse=True)
    studio.roll_back(ADMIN, tasks)


ACTS: Final[Mapping[str, Callable[[Studio, Path], None]]] = {
    "import": import_some,
    "export": export_all,
    "retrain": retrain,
    "promote": promote,
}


def find_port() -> int:
    """Return a free port that no other server on this machine would come upon while we are away."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def draw_source(sources: Path, number: int) -> Path:
    """Write a folder of pictures with a list of their texts, all like no others."""
    generator = np.random.default_rng(number)
    folder = sources / str(number)
    folder.mkdir(parents=True)
    with (folder / "list.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("image", "text"))
        for place in range(PICTURES):
            name = f"{number}-{place}.png"
            pixels = generator.integers(0, 255, (24, 24, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name)
            table.writerow((name, f"words of {name}"))
    return folder


@with_settings()
def serve_victim(
    settings: Settings,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the file of orders is.")],
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 0,
) -> None:
    """Serve the page, and do what the file of orders says."""
    from memeclip_core.ui.app import build_app, launch_options

    settings = replace(settings, host="127.0.0.1", port=port or find_port(), sign_in=True)
    studio = build_studio(settings)
    app = build_app(studio)
    _, address, _ = app.launch(**launch_options(studio), quiet=True, prevent_thread_lock=True)
    say(f"Served: {address}")
    studio.warm_up()
    act(studio, folder)


if __name__ == "__main__":
    run_benchmark(serve_victim, "benchmarks.victim")

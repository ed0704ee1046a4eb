"""How long a visitor of Explore waits for the first picture of the map, through the server.

Run from the repository's root: ``python -m benchmarks.explore_served``. A server of its own has a
project of made-up texts, of which an encoder that only counts makes the features, so that this is
what reading, drawing and sending take. The first visit has the features worked out and the map
drawn; the second finds both.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks.chromium import open_chromium
from benchmarks.command import run_benchmark
from benchmarks.first_load import USABLE
from benchmarks.made_up import fill_project
from benchmarks.served import ServedApp
from memeclip_core.config import Settings
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set

SIZES: Final = (1_000, 10_000, 50_000)
DRAWN: Final = "#explore-root[data-shows]"
PATIENCE: Final = 540_000
"""Milliseconds after which a map is given up."""


def wait_for_map(browser: Any, address: str) -> float:
    """Return the seconds from a press on the tab Explore to the map's first picture."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator(USABLE).wait_for()
    page.evaluate("memeclip.then(() => true)")
    page.locator("dialog button[value=plain]").click()
    page.wait_for_timeout(2000)  # what else the page does at its start is over
    page.get_by_role("tab", name="Explore").click()
    start = time.perf_counter()
    page.locator(DRAWN).wait_for()
    seconds = time.perf_counter() - start
    context.close()
    return seconds


def measure(browser: Any, memes: int, folder: Path) -> tuple[float, float]:
    """Return the seconds of a first and of a second visit to a project of so many memes."""
    settings = Settings()
    tasks = read_named_task_set(settings.tasks[0], settings.assets)
    home = Home(folder / "home").create()
    fill_project(home, tasks, memes=memes, decisions=0, on_progress=lambda _: None)
    (folder / "none").mkdir()
    served = ServedApp(
        home=home.root,
        options=("--encoder", "fake", "--checkpoints", str(folder / "none")),
        program=("memeclip_core", "serve", "--host", "127.0.0.1"),
    )
    with served:
        return wait_for_map(browser, served.address), wait_for_map(browser, served.address)


def explore_served(
    memes: Annotated[
        list[int] | None, typer.Option(help="How many memes; may be repeated.")
    ] = None,
) -> None:
    """Print the seconds to the first picture, and how often those of the fewest memes they are."""
    typer.echo("memes | first visit, s | times the first | second visit, s | times the first")
    start: tuple[float, ...] = ()
    with open_chromium() as browser:
        for size in memes or SIZES:
            with tempfile.TemporaryDirectory() as folder:
                found = measure(browser, size, Path(folder))
            start = start or found
            rows = (f"{one:.1f} | {one / was:.1f}" for one, was in zip(found, start, strict=True))
            typer.echo(" | ".join([f"{size:,}", *rows]))


if __name__ == "__main__":
    run_benchmark(explore_served, "benchmarks.explore_served")

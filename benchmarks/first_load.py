"""What a browser fetches that opens the page for the first time, and how long that takes.

Run from the repository's root: ``python -m benchmarks.first_load``. It serves the page from an
empty home and opens it in a browser that has nothing of it yet.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final

import typer

from benchmarks.chromium import open_chromium
from benchmarks.command import run_benchmark
from benchmarks.served import ServedApp

USABLE: Final = "#header summary >> nth=0"
"""What is there once the page can be used."""


@dataclass(frozen=True, kw_only=True)
class FirstLoad:
    """What came of opening the page once.

    Attributes:
        requests: the addresses that were asked for until the page could be used.
        size: bytes over the wire, compressed as they were, with headers.
        usable: milliseconds until the page could be used.
        busy: milliseconds of processor time of the page's thread.
        longest: those of its longest task.
    """

    requests: tuple[str, ...]
    size: int
    usable: float
    busy: float
    longest: float


def load_first(browser: Any, address: str) -> FirstLoad:
    """Open a page in a browser profile of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    asked: dict[str, str] = {}
    sizes: dict[str, int] = {}
    wire.on(
        "Network.requestWillBeSent",
        lambda event: asked.update({event["requestId"]: event["request"]["url"]}),
    )
    wire.on(
        "Network.dataReceived",
        lambda event: sizes.update(
            {event["requestId"]: sizes.get(event["requestId"], 0) + event["encodedDataLength"]}
        ),
    )
    wire.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    browser.start_tracing(page=page, categories=["toplevel"])
    page.goto(address)
    page.locator(USABLE).wait_for()
    page.evaluate("memeclip.then(() => true)")
    usable = page.evaluate("performance.now()")
    # Some tasks follow, and what they ask for belongs to the page's start too.
    page.wait_for_timeout(1000)
    tasks = _tasks(json.loads(browser.stop_tracing())["traceEvents"])
    requests = {key: url for key, url in asked.items() if url.startswith("http")}
    found = FirstLoad(
        requests=tuple(requests.values()),
        size=round(sum(sizes.get(key, 0) for key in requests)),
        usable=usable,
        busy=sum(tasks),
        longest=max(tasks),
    )
    context.close()
    return found


def _tasks(events: list[dict[str, Any]]) -> list[float]:
    named = [event for event in events if event["name"] == "thread_name"]
    main = {(one["pid"], one["tid"]) for one in named if one["args"]["name"] == "CrRendererMain"}
    return [
        event["tdur"] / 1000
        for event in events
        if (event["pid"], event["tid"]) in main
        and event["name"].endswith("RunTask") and "tdur" in event
    ]  # fmt: skip


def first_load(
    runs: Annotated[int, typer.Option(min=1, help="How often the page is opened.")] = 5,
    files: Annotated[bool, typer.Option("--files", help="List what is asked for.")] = False,
) -> None:
    """Print requests and kilobytes of a first load, and median times in milliseconds.

    Those of tasks are processor time, which other work on the machine hardly lengthens.
    """
    with (
        tempfile.TemporaryDirectory() as home,
        ServedApp(home=Path(home), program=("memeclip_core", "serve")) as served,
        open_chromium() as browser,
    ):
        loads = [load_first(browser, served.address) for _ in range(runs)]
    typer.echo("requests | kB | usable after ms | page's thread busy, ms | longest task, ms")
    fewest = min(loads, key=lambda one: len(one.requests))
    typer.echo(
        f"{len(fewest.requests)} | {fewest.size / 1000:.0f} | "
        f"{median(one.usable for one in loads):.0f} | {median(one.busy for one in loads):.0f} | "
        f"{median(one.longest for one in loads):.0f}"
    )
    for url in fewest.requests if files else ():
        typer.echo(url)


if __name__ == "__main__":
    run_benchmark(first_load, "benchmarks.first_load")

"""Visitors whose pictures are read while people label: how long saves take, and what memory does.

``python -m benchmarks.load FOLDER``
"""

from __future__ import annotations

import http.client
import io
import itertools
import json
import os
import secrets
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import numpy as np
import typer
from PIL import Image, ImageDraw

from benchmarks.command import run_benchmark
from benchmarks.crowd import Client
from benchmarks.made_up import fill_project
from benchmarks.served import ServedApp
from memeclip_core.access.users import Users
from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import say, warn
from memeclip_core.config import Settings
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError, StoreError
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set

SAVE_EVERY: Final = 3.0
"""Seconds between two saves of one annotator."""

ALONE: Final = 0.2
"""The part of the time in which people label before the first visitor comes."""

WARM_UP: Final = 300.0

LOOK: Final = 10.0
"""Seconds between two looks at the server's memory."""

SIZE: Final = (2400, 1800)
DRAWN: Final = 12
"""Pictures that are drawn beforehand: drawing them meanwhile would be measured too."""
_BUSY: Final = 429


@dataclass
class Seen:
    """What visitors and the server's memory came to, written by many threads.

    Attributes:
        answers: how many calls of visitors had which status.
        took: milliseconds of those that were predicted, with the wait for their turn.
        memory: megabytes that the server had, every ``LOOK`` seconds.
        faults: of visitors and annotators that gave up.
        alone: how many saves each annotator had made when the visitors came.
    """

    answers: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)


class Visitor:
    """Somebody who has one made-up picture after the other predicted."""

    def __init__(
        self, *, address: str, name: str, password: str, pictures: Iterator[bytes]
    ) -> None:
        parts = urlsplit(address)
        self._line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=600)
        self._sign_in = urlencode({"username": name, "password": password})
        self._pictures = pictures
        self._cookie = ""

    def visit(self, until: float, every: float, seen: Seen) -> None:
        """Hand pictures in until a moment, one every so many seconds; wait where told to."""
        while time.monotonic() < until:
            started = time.monotonic()
            self._predict(next(self._pictures), until, seen)
            time.sleep(max(0.0, min(until, started + every) - time.monotonic()))
        self._line.close()

    def _predict(self, picture: bytes, until: float, seen: Seen) -> None:
        if not self._cookie:
            self._enter(until)
        mark = secrets.token_hex(16)
        head = (
            f"--{mark}\r\nContent-Disposition: form-data; name=image; filename=a.jpg\r\n"
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = head.encode() + picture + f"\r\n--{mark}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={mark}", "Cookie": self._cookie}
        while time.monotonic() < until:
            started = time.perf_counter()
            status, wait, _ = self._send("/api/v1/predict", body, kind)
            seen.answers[status] += 1
            if status != _BUSY:
                if status == 200:
                    seen.took.append(1000 * (time.perf_counter() - started))
                self._line.close()  # the server would, before the next one
                return
            time.sleep(max(0.0, min(float(wait or 1), until - time.monotonic())))

    def _enter(self, until: float) -> None:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        while time.monotonic() < until:
            status, wait, self._cookie = self._send("/login", self._sign_in.encode(), kind)
            if status == 200:
                return
            if status != _BUSY:
                raise StoreError(f"signing in was answered with {status}")
            time.sleep(float(wait or 1))

    def _send(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        self._line.request("POST", path, body, headers)
        answer = self._line.getresponse()
        answer.read()
        cookies = answer.headers.get_all("Set-Cookie", [])
        wait = answer.headers.get("Retry-After", "")
        return answer.status, wait, "; ".join(cookie.split(";")[0] for cookie in cookies)


class Annotator(Client):
    """One who saves a decision every few seconds."""

    def label_until(self, until: float) -> None:
        """Save until a moment."""
        while time.monotonic() < until:
            started = time.monotonic()
            self.label(len(self.acknowledged) + len(self.refused) + 1, lambda: None)
            time.sleep(max(0.0, min(until, started + SAVE_EVERY) - time.monotonic()))


def draw_pictures(count: int, size: tuple[int, int] = SIZE) -> list[bytes]:
    """Return large pictures with some words, each like no other."""
    generator, drawn = np.random.default_rng(0), []
    for _ in range(count):
        small = generator.integers(0, 255, (12, 16, 3), dtype=np.uint8)
        image = Image.fromarray(small).resize(size)
        draw = ImageDraw.Draw(image)
        for place in range(3):
            words = " ".join(uuid.UUID(bytes=generator.bytes(16)).hex[:6] for _ in range(4))
            draw.text((80, 200 + 600 * place), words, "white", font_size=120, stroke_width=6,
                      stroke_fill="black")  # fmt: skip
        sink = io.BytesIO()
        image.save(sink, "JPEG", quality=85)
        drawn.append(sink.getvalue())
    return drawn


def tell_apart(drawn: Sequence[bytes], number: int) -> Iterator[bytes]:
    """Yield the pictures without end, each with other bytes behind it: never the same file."""
    for count in itertools.count(number):
        yield drawn[count % len(drawn)] + f"{number} {count}".encode()


def read_memory(pid: int) -> float:
    """Return how much memory a process and those that it started hold, in megabytes."""
    own = Path(f"/proc/{pid}")
    pages = int((own / "statm").read_text(encoding="ascii").split()[1])
    started = [file.read_text(encoding="ascii") for file in own.glob("task/*/children")]
    others = [int(other) for other in " ".join(started).split()]
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(map(read_memory, others))


@with_settings()
def bench_load(
    settings: Settings,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder to be made, for a made-up project.")
    ],
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 300.0,
    visitors: Annotated[int, typer.Option(min=1, help="How many have pictures predicted.")] = 50,
    annotators: Annotated[int, typer.Option(min=1, help="How many label.")] = 20,
    pictures: Annotated[
        float, typer.Option(min=1, help="Large pictures that are handed in every five minutes.")
    ] = 300.0,
) -> None:
    """Have large pictures read while people label, and say how long saves take, then and before.

    All sign in at a server of their own. Each picture is another one, so that nothing is known of
    it. Whoever is told that the server is busy waits for as long as it says.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty. Give a folder that does not exist yet.")
    home = Home(folder.resolve() / "home").create()
    tasks = read_named_task_set(settings.tasks[0], settings.assets)
    memes = annotators * (20 + int(seconds / SAVE_EVERY))
    fill_project(home, tasks, memes=memes, decisions=0, on_progress=lambda _: None)
    database, password = Database.of_home(home.root), secrets.token_urlsafe(16)
    names = [f"visitor-{n}" for n in range(visitors)] + [f"person-{n}" for n in range(annotators)]
    for name in names:
        Users(database).add(name=name, role="annotator", password=password)
    database.close()
    options = (
        "--encoder", settings.encoder, "--checkpoints", str(settings.checkpoints.resolve()),
        "--tasks", settings.tasks[0],
    )  # fmt: skip
    seen, drawn = Seen(), draw_pictures(DRAWN)
    warn(f"{visitors} visitors and {annotators} annotators for {seconds:g} s")
    with ServedApp(home=home.root, options=options) as served:
        wait_until_warm(served.address)
        until = time.monotonic() + seconds
        people = [
            Annotator(addresses=[served.address], name=name, password=password, tasks=tasks)
            for name in names[visitors:]
        ]
        guests = [
            Visitor(
                address=served.address,
                name=name,
                password=password,
                pictures=tell_apart(drawn, number),
            )
            for number, name in enumerate(names[:visitors])
        ]
        every = visitors * 300.0 / pictures
        labelling = let_work([partial(one.label_until, until) for one in people], until, seen)
        time.sleep(ALONE * seconds)
        seen.alone = [len(one.taken["decisions"]) for one in people]
        visits = [partial(one.visit, until, every, seen) for one in guests]
        visiting = let_work(visits, until, seen, every)
        while time.monotonic() < until:
            seen.memory.append(read_memory(served.pid))
            time.sleep(max(0.0, min(LOOK, until - time.monotonic())))
        for thread in labelling:
            thread.join()
    # The server is gone, and with it the wait of those whose turn had not come.
    for thread in visiting:
        thread.join()
    say(render_load(people, seen, seconds))
    if seen.faults or any(status not in (200, _BUSY) for status in seen.answers):
        raise typer.Exit(1)


def wait_until_warm(address: str) -> None:
    """Wait until a server has loaded its models.

    Raises:
        StoreError: if it does not within some minutes.
    """
    ends = time.monotonic() + WARM_UP
    while time.monotonic() < ends:
        with urlopen(f"{address}/healthz", timeout=60) as answer:
            if json.load(answer)["ready"]:
                return
        time.sleep(1.0)
    raise StoreError(f"The server has loaded no models within {WARM_UP:g} seconds.")


def let_work(
    works: Sequence[Callable[[], None]], until: float, seen: Seen, within: float = 10.0
) -> list[threading.Thread]:
    """Let all work until a moment, each beginning at one of its own within some seconds."""
    generator = np.random.default_rng(0)

    def work(one: Callable[[], None], later: float) -> None:
        time.sleep(max(0.0, min(later, until - time.monotonic())))
        try:
            one()
        except Exception as error:
            if time.monotonic() < until:
                seen.faults.append(f"{type(error).__name__}: {error}")

    latest = min(within, 10.0)
    threads = [
        threading.Thread(target=work, args=(one, generator.uniform(0, latest))) for one in works
    ]
    for thread in threads:
        thread.start()
    return threads


def render_load(people: Sequence[Client], seen: Seen, seconds: float) -> str:
    """Return what came of it, a line a question."""
    known = seen.alone or [0] * len(people)
    taken = [(one.taken["decisions"], count) for one, count in zip(people, known, strict=True)]
    alone = [value for values, count in taken for value in values[:count]]
    saves = [value for values, count in taken for value in values[count:]]
    retries = sum(one.retries for one in people)
    refused = sum(len(one.refused) for one in people)
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(seen.answers.items()))
    third = max(1, len(seen.memory) // 3)
    return "\n".join(
        (
            f"{_describe(alone)}, before the visitors came",
            f"{_describe(saves)}, beside them; in {seconds:g} s in all; refused: {refused}, made "
            f"again: {retries}",
            f"pictures by status: {answers}; median {_percentile(seen.took, 50) / 1000:.1f} s, p95 "
            f"{_percentile(seen.took, 95) / 1000:.1f} s with the wait",
            f"memory: {np.median(seen.memory[:third]):.0f} MB in the first third, "
            f"{np.median(seen.memory[-third:]):.0f} MB in the last, {max(seen.memory):.0f} MB at "
            "most",
            f"load average: {', '.join(f'{load:.1f}' for load in os.getloadavg())}; given up: "
            f"{len(seen.faults)}",
            *sorted(set(seen.faults)),
        )
    )


def _describe(saves: Sequence[float]) -> str:
    return (
        f"{len(saves):,} saves: median {_percentile(saves, 50):.0f} ms, p95 "
        f"{_percentile(saves, 95):.0f} ms, p99 {_percentile(saves, 99):.0f} ms"
    )


def _percentile(values: Sequence[float], percent: float) -> float:
    return float(np.percentile(values, percent)) if values else float("nan")


if __name__ == "__main__":
    run_benchmark(bench_load, "benchmarks.load")

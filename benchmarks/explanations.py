"""What explanations take, beside what was said of it before.

``python -m benchmarks.explanations``
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.command import run_benchmark
from memeclip_core.app.build import build_studio
from memeclip_core.app.explain.explanations import explain_asked
from memeclip_core.app.studio import Studio
from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import render_table, say
from memeclip_core.config import Settings
from memeclip_core.records.explanation import Asked, ExplanationKind

WORDS = ("the", "train", "was", "late", "again", "and", "nobody", "minded", "that", "much")
LENGTHS = (10, 40, 120, 250)
"""Words of the texts that are explained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One explanation: the passes and seconds that were said before, and what it took.

    ``processor`` is the time of this process alone, whatever else the machine did.
    """

    name: str
    texts: int
    pictures: int
    said: float
    wall: float
    processor: float


def measure_explanations(studio: Studio, picture: bytes) -> Iterator[Taken]:
    """Explain texts of several lengths and a picture; nothing of them was encoded before."""
    key = studio.task_sets[0].key
    for n in LENGTHS:
        text = " ".join(WORDS[i % len(WORDS)] for i in range(n))
        yield _measure(studio, Asked(task_set=key, text=text), "words", f"words of {n}")
    asked = Asked(task_set=key, data=picture, filename="meme", text="a warm day")
    for kind in ("picture", "modalities", "agreement", "neighbours", "scores"):
        yield _measure(studio, asked, kind, kind)


def _measure(studio: Studio, asked: Asked, kind: ExplanationKind, name: str) -> Taken:
    studio.predict(
        asked.data, asked.filename, task_set=asked.task_set, text=asked.text, model=asked.model
    )
    cost = studio.explain.cost(asked, kind)
    wall, processor = time.perf_counter(), time.process_time()
    explain_asked(studio, studio.owner(), asked, kind)
    return Taken(
        name=name,
        texts=cost.texts,
        pictures=cost.pictures,
        said=cost.seconds,
        wall=time.perf_counter() - wall,
        processor=time.process_time() - processor,
    )


@with_settings(tasks=("propaganda",))
def bench_explanations(
    settings: Settings,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="An empty folder for what is kept meanwhile.")
    ],
    picture: Annotated[Path, typer.Argument(metavar="IMAGE", help="The meme's image file.")],
) -> None:
    """Time each explanation of a meme, and what the estimate said of it before."""
    studio = build_studio(replace(settings, home=folder.resolve()))
    rows = [
        (
            one.name, str(one.texts), str(one.pictures), f"{one.said:.2f}", f"{one.wall:.2f}",
            f"{one.processor:.2f}",
        )
        for one in measure_explanations(studio, picture.read_bytes())
    ]  # fmt: skip
    header = ("explanation", "texts", "pictures", "said, s", "took, s", "processor, s")
    say(render_table(header, rows))


if __name__ == "__main__":
    run_benchmark(bench_explanations, "benchmarks.explanations")

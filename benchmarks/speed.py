"""What memes take, each as a share of the encoder's own forward pass in the same run.

``python -m benchmarks.speed FOLDER``
"""

from __future__ import annotations

import io
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from benchmarks.command import run_benchmark
from memeclip_core.app.build import build_studio
from memeclip_core.app.studio import Studio
from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import render_table, say
from memeclip_core.config import Settings
from memeclip_core.datasets.sources import Source
from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.registry import build_encoder

WORDS = ("the", "train", "was", "late", "again", "and", "nobody", "minded", "that", "much")
BATCHES = (1, 4, 16)
"""How many memes the floor encodes at once; the best of them counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Processor seconds for a meme, and those of the floor, of which they are ``ratio``."""

    name: str
    seconds: float
    floor: float

    @property
    def ratio(self) -> float:
        """How many times as long it takes as the floor."""
        return self.seconds / self.floor


def measure_speed(studio: Studio, encoder: Encoder, count: int, rounds: int = 3) -> list[Share]:
    """Predict new memes with known texts, alone and among many, in turn with the floor.

    Args:
        studio: with one task set, whose model reads picture and text.
        encoder: one like the studio's, which nothing remembers for.
        count: memes of a round; those of each are new.
    """
    key, memes = studio.task_sets[0].key, make_memes(count * (2 * rounds + 1))
    spare = memes[2 * rounds * count :]
    for source in spare[:2]:  # what is loaded when it is first used
        studio.predict(source.data, source.filename, task_set=key, text=source.text)
    alone, many, floors = [], [], {size: list[float]() for size in BATCHES}
    for turn in range(rounds):
        first, second = (memes[(2 * turn + i) * count :][:count] for i in (0, 1))
        pictures = [Image.open(io.BytesIO(source.data or b"")).convert("RGB") for source in first]
        texts = [source.text or "" for source in first]
        for size, found in floors.items():
            found.append(_time(partial(_encode, encoder, pictures, texts, size)))
        alone.append(_time(partial(_predict_each, studio, first, key)))
        many.append(_time(partial(_predict_all, studio, second, key)))
    floor = {size: statistics.median(found) / count for size, found in floors.items()}
    return [
        Share(name="a new meme", seconds=statistics.median(alone) / count, floor=floor[1]),
        Share(
            name=f"one of {count} new memes",
            seconds=statistics.median(many) / count,
            floor=min(floor.values()),
        ),
    ]


def make_memes(count: int) -> list[Source]:
    """Return memes like no other, 640 by 480, with texts of ten words."""
    rng, found = np.random.default_rng(0), []
    for number in range(count):
        rough = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
        buffer = io.BytesIO()
        rough.resize((640, 480), Image.Resampling.BICUBIC).save(buffer, "JPEG")
        text = " ".join([str(number), *(str(word) for word in rng.choice(WORDS, 9))])
        found.append(Source(filename=f"{number}.jpg", data=buffer.getvalue(), text=text))
    return found


def _predict_each(studio: Studio, memes: Sequence[Source], key: str) -> None:
    for one in memes:
        studio.predict(one.data, one.filename, task_set=key, text=one.text)


def _predict_all(studio: Studio, memes: Sequence[Source], key: str) -> None:
    for _ in studio.batches.predict(memes, task_sets=[key]):
        pass


def _encode(
    encoder: Encoder, pictures: Sequence[Image.Image], texts: Sequence[str], size: int
) -> None:
    for start in range(0, len(texts), size):
        encoder.encode_images(pictures[start : start + size])
        encoder.encode_texts(texts[start : start + size])


def _time(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


@with_settings(tasks=("propaganda",))
def bench_speed(
    settings: Settings,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="An empty folder for what is kept meanwhile.")
    ],
    memes: Annotated[int, typer.Option(help="Memes of a round.")] = 48,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.json", help="Also write JSON.")
    ] = None,
    most: Annotated[float, typer.Option(help="Fail where a ratio is larger; 0 takes any.")] = 0.0,
) -> None:
    """Time memes, alone and among many, beside the encoder's own forward pass."""
    studio = build_studio(replace(settings, home=folder.resolve()))
    found = measure_speed(studio, build_encoder(settings.encoder), memes)
    rows = [
        (one.name, f"{one.seconds * 1000:.1f}", f"{one.floor * 1000:.1f}", f"{one.ratio:.2f}")
        for one in found
    ]
    say(render_table(("what", "ms", "floor, ms", "ratio"), rows))
    if out is not None:
        facts = [{**asdict(one), "ratio": one.ratio} for one in found]
        out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    if most and any(one.ratio > most for one in found):
        raise typer.Exit(1)


if __name__ == "__main__":
    run_benchmark(bench_speed, "benchmarks.speed")

"""How time and memory grow with the rows: what is kept of encoders, training, measuring, a map, and
near duplicates.

``python -m benchmarks.growth``

The rows are those of a starter's replay file, repeated, with noise where it matters. Processor time
of one thread, so that other programs on the machine matter little; each size is a process of its
own, whose memory is what it held at most. ``--step`` names some steps, such as those for which the
memory is enough: ``--size 1000000 --step "near texts"``.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import typer

from benchmarks.command import run_benchmark
from memeclip_core.cli.terminal import render_table, say
from memeclip_core.config import ROOT
from memeclip_core.memes.near_duplicates import ImagePrint, group_near_images, pair_near_sketches
from memeclip_core.memes.splits import SKETCH

if TYPE_CHECKING:
    from memeclip_core.explore.vectors import Vectors
    from memeclip_core.training.rows import Examples

SIZES = (1_000, 10_000, 100_000)
NOISE = 0.05
"""Of the noise, beside features of about 1."""
STARTER = ROOT / "checkpoints" / "pridemm-compact"
TASK = "hate"
BATCH: Final = 32
"""Rows that are kept, and read, at once, as an encoder takes them."""


class Rows:
    """So many rows, each part made when a step first asks for it."""

    def __init__(self, rows: int, starter: Path) -> None:
        from memeclip_core.models.checkpoints import read_checkpoint, read_replay

        self.rows = rows
        self.generator = np.random.default_rng(0)
        self.model, self._replay = read_checkpoint(starter), read_replay(starter)
        self.head, self.features = self.model.heads[TASK], self._replay.features
        self._labelled = np.flatnonzero(self._replay.labels[TASK] >= 0)
        self.places = self._labelled[np.arange(rows) % len(self._labelled)]

    @cached_property
    def examples(self) -> Examples:
        """All rows, as a head is trained on them."""
        from memeclip_core.training.rows import LabelledRows, take_examples

        known = LabelledRows(features=self.features, labels=self._replay.labels).take(self.places)
        known.features.text[:] += NOISE * self.generator.standard_normal(
            known.features.text.shape, np.float32
        )
        return take_examples(known, TASK, self.head, self.model.reads)

    @cached_property
    def answers(self) -> tuple[np.ndarray, np.ndarray]:
        """Labels and probabilities of all rows, those of the starter's own repeated."""
        from memeclip_core.evaluation.metrics import one_hot
        from memeclip_core.heads.model import score_head

        scores = score_head(self.head, self.features.take(self._labelled))
        own = np.arange(self.rows) % len(self._labelled)
        truth = one_hot(self._replay.labels[TASK][self.places], len(self.head.labels))
        return truth, scores.probabilities[own]

    @cached_property
    def vectors(self) -> Vectors:
        """The texts of all rows, as Explore has them; made a piece at a time."""
        from memeclip_core.explore.vectors import PIECE, Vectors

        text = np.empty((self.rows, self.features.text.shape[1]), np.float16)
        for first in range(0, self.rows, PIECE):
            part = self.features.text[self.places[first : first + PIECE]]
            noise = NOISE * self.generator.standard_normal(part.shape, np.float32)
            text[first : first + PIECE] = part + noise
        return Vectors(
            image=np.zeros((self.rows, 1), np.float16),
            text=text,
            has_image=np.zeros(self.rows, bool),
            has_text=np.ones(self.rows, bool),
        )


def keep_features(known: Rows, folder: Path, *, again: bool) -> None:
    """Keep the features of all rows, or find them again in a cache that is opened anew."""
    from memeclip_core.encoders.cache import FeatureCache
    from memeclip_core.storage.home import Home

    kept = FeatureCache(Home(folder)).of("growth")
    for first in range(0, known.rows, BATCH):
        places = known.places[first : first + BATCH]
        for part in (known.features.image, known.features.text):
            width = part.shape[1]
            keys = [_name(f"{width} {first + row}") for row in range(len(places))]
            if len(kept.vectors(keys, width)) != (len(keys) if again else 0):
                raise RuntimeError("A vector was not kept, or one was found that was not.")
            if not again:
                kept.put_vectors(dict(zip(keys, part[places], strict=True)))


def measure_growth(
    rows: int, starter: Path = STARTER, steps: Sequence[str] | None = None
) -> Iterator[tuple[str, float]]:
    """Yield the processor seconds of each step, once over all rows.

    Args:
        rows: how many.
        starter: whose head is trained, on whose rows.
        steps: which, by their names; all unless given.
    """
    from memeclip_core.evaluation.measure import measure_scores
    from memeclip_core.explore.projection import draw_map
    from memeclip_core.heads.model import score_head
    from memeclip_core.training.config import FitConfig
    from memeclip_core.training.fit import fit

    known = Rows(rows, starter)
    head, config = known.head, FitConfig(epochs=1, batch_size=128, keep="last")

    def read_report() -> None:
        measure_scores(*known.answers, kind=head.kind, names=head.labels)

    def sketch() -> np.ndarray:
        return known.generator.integers(0, 256, (rows, SKETCH), dtype=np.uint8)

    with tempfile.TemporaryDirectory() as place:
        # What a step works on is made before its time begins.
        every: dict[str, Callable[[], Callable[[], object]]] = {
            "features kept": lambda: partial(keep_features, known, Path(place), again=False),
            "features found": lambda: partial(keep_features, known, Path(place), again=True),
            "an epoch": lambda: partial(fit, head.module, known.examples, None, config),
            "scores": lambda: partial(score_head, head, known.examples.features),
            "report with intervals": lambda: known.answers and read_report,
            "map": lambda: partial(draw_map, known.vectors, "text", "pca"),
            "near texts": lambda: partial(_exhaust, pair_near_sketches, sketch()),
            "near images": lambda: partial(group_near_images, _make_prints(rows, known.generator)),
        }
        for name in every if steps is None else steps:
            yield name, _time(every[name]())


def _exhaust(find: Callable[[np.ndarray], Iterator[object]], rows: np.ndarray) -> None:
    list(find(rows))


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _make_prints(rows: int, generator: np.random.Generator) -> list[ImagePrint]:
    """Return prints of pictures like no other, whose brightness differs as that of memes does."""
    means = generator.normal(110, 45, rows).clip(10, 245)
    return [
        ImagePrint(
            content=str(place),
            bits=int(generator.integers(0, 1 << 63)),
            thumbnail=generator.normal(mean, 40, 1024).clip(0, 255).astype(np.uint8).tobytes(),
        )
        for place, mean in enumerate(means)
    ]


def _time(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def bench_growth(
    sizes: Annotated[
        list[int], typer.Option("--size", metavar="ROWS", help="May be repeated.")
    ] = list(SIZES),  # noqa: B006
    steps: Annotated[
        list[str] | None,
        typer.Option("--step", metavar="NAME", help="A row of the table alone; may be repeated."),
    ] = None,
    one: Annotated[int, typer.Option(hidden=True)] = 0,
) -> None:
    """Print microseconds a row of each step, and the memory, by the number of rows."""
    if one:
        found = {name: 1e6 * took / one for name, took in measure_growth(one, steps=steps)}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        sys.stdout.write(json.dumps(found | {"memory, MB": peak}) + "\n")
        return
    columns = []
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.growth", "--one", str(size)]
        command += [word for name in steps or () for word in ("--step", name)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        columns.append(json.loads(done.stdout))
    rows = [(name, *(f"{one[name]:,.0f}" for one in columns)) for name in columns[0]]
    say(render_table(("microseconds a row", *(f"{size:,}" for size in sizes)), rows))


if __name__ == "__main__":
    run_benchmark(bench_growth, "benchmarks.growth")

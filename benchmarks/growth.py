"""How time and memory grow with the rows: training, measuring, a map, and near duplicates.

``python -m benchmarks.growth``

The rows are those of a starter's replay file, repeated with noise. Processor time of one thread, so
that other programs on the machine matter little; each size is a process of its own, whose memory is
what it held at most.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.command import run_benchmark
from memeclip_core.cli.terminal import render_table, say
from memeclip_core.config import ROOT
from memeclip_core.memes.near_duplicates import ImagePrint, group_near_images, pair_near_sketches
from memeclip_core.memes.splits import SKETCH

SIZES = (1_000, 10_000, 100_000)
NOISE = 0.05
"""Of the noise, beside features of about 1."""
STARTER = ROOT / "checkpoints" / "pridemm-compact"
TASK = "hate"


def measure_growth(rows: int, starter: Path = STARTER) -> Iterator[tuple[str, float]]:
    """Yield the processor seconds of each step, once over all rows.

    Args:
        rows: how many.
        starter: whose head is trained, on whose rows.
    """
    from memeclip_core.evaluation.measure import measure_scores
    from memeclip_core.evaluation.metrics import one_hot
    from memeclip_core.explore.projection import draw_map
    from memeclip_core.explore.vectors import Vectors
    from memeclip_core.heads.model import score_head
    from memeclip_core.models.checkpoints import read_checkpoint, read_replay
    from memeclip_core.training.config import FitConfig
    from memeclip_core.training.fit import fit
    from memeclip_core.training.rows import LabelledRows, take_examples

    generator = np.random.default_rng(0)
    model, replay = read_checkpoint(starter), read_replay(starter)
    head = model.heads[TASK]
    labelled = np.flatnonzero(replay.labels[TASK] >= 0)
    places = labelled[np.arange(rows) % len(labelled)]
    known = LabelledRows(features=replay.features, labels=replay.labels).take(places)
    known.features.text[:] += NOISE * generator.standard_normal(
        known.features.text.shape, np.float32
    )
    examples = take_examples(known, TASK, head, model.reads)
    config = FitConfig(epochs=1, batch_size=128, keep="last")
    yield "an epoch", _time(lambda: fit(head.module, examples, None, config))
    started = time.process_time()
    scores = score_head(head, examples.features)
    yield "scores", time.process_time() - started
    truth = one_hot(examples.labels, examples.num_classes)
    report = partial(measure_scores, truth, scores.probabilities, kind=head.kind, names=head.labels)
    yield "report with intervals", _time(report)
    vectors = Vectors(
        image=np.zeros((rows, 1), np.float16),
        text=known.features.text.astype(np.float16),
        has_image=np.zeros(rows, bool),
        has_text=np.ones(rows, bool),
    )
    yield "map", _time(lambda: draw_map(vectors, "text", "pca"))
    sketches = generator.integers(0, 256, (rows, SKETCH), dtype=np.uint8)
    yield "near texts", _time(lambda: list(pair_near_sketches(sketches)))
    prints = _make_prints(rows, generator)
    yield "near images", _time(lambda: group_near_images(prints))


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
    one: Annotated[int, typer.Option(hidden=True)] = 0,
) -> None:
    """Print microseconds a row of each step, and the memory, by the number of rows."""
    if one:
        found = {name: 1e6 * seconds / one for name, seconds in measure_growth(one)}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        sys.stdout.write(json.dumps(found | {"memory, MB": peak}) + "\n")
        return
    columns = []
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.growth", "--one", str(size)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        columns.append(json.loads(done.stdout))
    rows = [(name, *(f"{one[name]:,.0f}" for one in columns)) for name in columns[0]]
    say(render_table(("microseconds a row", *(f"{size:,}" for size in sizes)), rows))


if __name__ == "__main__":
    run_benchmark(bench_growth, "benchmarks.growth")

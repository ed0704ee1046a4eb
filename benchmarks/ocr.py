"""Measure text readers on memes whose text is known: how much they find, and how fast.

``python -m benchmarks.ocr FILE...``
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from PIL import Image

from benchmarks.command import run_benchmark
from benchmarks.ocr_baselines import build_benchmarked
from benchmarks.word_scores import WordScore, compute_mean_f1, compute_word_f1, pool_scores
from memeclip_core.cli.terminal import progress_bar, render_table, say, warn
from memeclip_core.datasets.reader import Row, read_dataset
from memeclip_core.datasets.sources import Source, read_source
from memeclip_core.errors import DatasetError, ImageError
from memeclip_core.memes.image import DEFAULT_LIMITS, load_frames, load_image
from memeclip_core.ocr.base import OcrEngine
from memeclip_core.ocr.reading import join_results
from memeclip_core.records.job import Progress

DEFAULT_ENGINES: Final = ("rapidocr-defaults", "rapidocr")
_SEED: Final = 7
HEADER = ("reader", "word F1", "in order", "mean F1", "precision", "recall", "s/image", "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineScore:
    """One reader on all memes.

    Attributes:
        engine: its name; fingerprint: its version and settings.
        precision, recall, word_f1: over all words of all memes together.
        ordered_f1: the same, counting only words in the truth's order.
        mean_f1: word F1 a meme, averaged.
        seconds: mean processor time of one reading, its models loaded.
        time_ratio: that time over the first reader's.
        each: what was found on each meme, in the order of the report's names.
    """

    engine: str
    fingerprint: str
    precision: float
    recall: float
    word_f1: float
    ordered_f1: float
    mean_f1: float
    seconds: float
    time_ratio: float
    each: tuple[WordScore, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrReport:
    """What the bench measured on ``n`` memes; ``skipped`` had no readable image or no text.

    ``names`` are those that the files give to the memes measured.
    """

    n: int
    skipped: int
    scores: tuple[EngineScore, ...]
    names: tuple[str, ...]


def bench_ocr(
    *,
    truth_files: Sequence[Path],
    engines: Sequence[str] = DEFAULT_ENGINES,
    limit: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> OcrReport:
    """Let every reader read every meme, in turns, and compare with the known text.

    The readers take turns on each image, in an order drawn anew for each, so that whatever
    else the machine does weighs on all alike. Loading is not timed.

    Args:
        truth_files: jsonl files of the propaganda memes, their images in ``images/`` beside.
        engines: names that ``build_benchmarked`` knows; times are compared with the first's.
        limit: how many memes to draw (seeded); ``None`` takes all.
        on_progress: told after each meme; names and texts are never passed on.

    Raises:
        DatasetError: if a file cannot be read or no meme can be used.
        OcrError: if a reader is unknown, missing or fails.
    """
    readers = {name: build_benchmarked(name) for name in engines}
    rows = [row for path in truth_files for row in read_dataset(path, format="propaganda").rows]
    rng = random.Random(_SEED)
    rng.shuffle(rows)
    usable = rows if limit is None else rows[:limit]
    scores: dict[str, list[WordScore]] = {name: [] for name in readers}
    seconds = dict.fromkeys(readers, 0.0)
    names: list[str] = []
    skipped = 0
    for done, row in enumerate(usable, start=1):
        frames = _load(row)
        if not frames:
            skipped += 1
        else:
            if done - skipped == 1:
                _warm_up(readers, frames[0])
            names.append(row.name)
            for name in rng.sample(list(readers), len(readers)):
                text, elapsed = _read(readers[name], frames)
                seconds[name] += elapsed
                scores[name].append(compute_word_f1(text, row.text))
        if on_progress:
            on_progress(Progress(done=done, total=len(usable), message="reading"))
    n = len(usable) - skipped
    if not n:
        raise DatasetError(
            f"None of {len(usable)} memes has both a readable image and a text. "
            "Point to a file whose images/ folder lies beside it."
        )
    return OcrReport(
        n=n,
        skipped=skipped,
        names=tuple(names),
        scores=tuple(
            _score(name, readers[name], scores[name], seconds[name] / n, seconds[engines[0]] / n)
            for name in readers
        ),
    )


def _load(row: Row) -> list[Image.Image]:
    """Return the picture, or some frames of an animation; nothing where there is no text."""
    if not row.text.strip():
        return []
    source = Source(filename=row.name, path=row.image)
    try:
        data = read_source(source, max_bytes=DEFAULT_LIMITS.max_bytes)
        return [] if data is None else load_frames(data) or [load_image(data).image]
    except ImageError:
        return []


def _warm_up(readers: dict[str, OcrEngine], image: Image.Image) -> None:
    for reader in readers.values():
        reader.read(image)


def _read(reader: OcrEngine, frames: Sequence[Image.Image]) -> tuple[str, float]:
    started = _processor_seconds()
    text = join_results([reader.read(frame) for frame in frames]).text
    return text, _processor_seconds() - started


def _processor_seconds() -> float:
    """Return what this process and the programs that it waited for have taken."""
    return time.process_time() + sum(os.times()[2:4])


def _score(
    name: str, reader: OcrEngine, scores: Sequence[WordScore], seconds: float, first: float
) -> EngineScore:
    pooled = pool_scores(scores)
    return EngineScore(
        engine=name,
        fingerprint=reader.fingerprint,
        precision=pooled.precision,
        recall=pooled.recall,
        word_f1=pooled.f1,
        ordered_f1=pooled.ordered_f1,
        mean_f1=compute_mean_f1(scores),
        seconds=seconds,
        time_ratio=seconds / first,
        each=tuple(scores),
    )


def ocr_bench(
    truth: Annotated[
        list[Path],
        typer.Argument(
            help="jsonl files of memes with their texts; the images lie in images/ beside.",
            metavar="FILE...",
        ),
    ],
    engine: Annotated[
        list[str] | None,
        typer.Option(
            "--engine",
            help="rapidocr, tesseract, or either with -defaults. May be repeated; times are "
            "compared with the first one's.",
            metavar="NAME",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Draw this many memes, always the same.")
    ] = None,
    each: Annotated[
        bool, typer.Option("--each", help="Show each meme by its name: recall/precision/in order.")
    ] = False,
) -> None:
    """Measure the text readers, in turns, on memes whose text is known.

    Words are compared in lower case without punctuation. No text is ever shown.
    """
    with progress_bar("ocr-bench") as show:
        report = bench_ocr(
            truth_files=truth,
            engines=tuple(engine or DEFAULT_ENGINES),
            limit=limit,
            on_progress=show,
        )
    if each:
        say(render_each(report))
    say(render_ocr_report(report))
    if report.skipped:
        warn(f"{report.skipped} memes left out: no readable image, or no text.")


def render_each(report: OcrReport) -> str:
    """Return a row for each meme: recall, precision, and the share of the words in order."""
    rows = [
        (name, *(_shares(score.each[i]) for score in report.scores))
        for i, name in sorted(enumerate(report.names), key=lambda item: item[1])
    ]
    return render_table(("meme", *(score.engine for score in report.scores)), rows)


def _shares(score: WordScore) -> str:
    pairs = (
        (score.matched, score.expected),
        (score.matched, score.predicted),
        (score.in_order, score.matched),
    )
    return " / ".join(f"{part / whole:.2f}" if whole else "-" for part, whole in pairs)


def render_ocr_report(report: OcrReport) -> str:
    """Return the figures as a table under the number of memes."""
    rows = [
        (
            score.engine,
            f"{score.word_f1:.4f}",
            f"{score.ordered_f1:.4f}",
            f"{score.mean_f1:.4f}",
            f"{score.precision:.4f}",
            f"{score.recall:.4f}",
            f"{score.seconds:.3f}",
            f"x {score.time_ratio:.2f}",
        )
        for score in report.scores
    ]
    fingerprints = [f"{score.engine}: {score.fingerprint}" for score in report.scores]
    return "\n".join([f"n = {report.n} memes", render_table(HEADER, rows), *fingerprints])


if __name__ == "__main__":
    run_benchmark(ocr_bench, "benchmarks.ocr")

"""``memeclip ocr-bench``: how well and how fast the text readers read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.terminal import progress_bar, render_table, say, warn

if TYPE_CHECKING:
    from memeclip_core.evaluation.ocr import WordScore
    from memeclip_core.experiments.ocr_bench import OcrReport

HEADER = ("reader", "word F1", "in order", "mean F1", "precision", "recall", "s/image", "time")


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
    from memeclip_core.experiments.ocr_bench import DEFAULT_ENGINES, bench_ocr

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

"""``memeclip ocr-bench``: how well and how fast the text readers read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.terminal import progress_bar, render_table, say, warn

if TYPE_CHECKING:
    from memeclip_core.service.ocr_bench import OcrReport

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
) -> None:
    """Measure the text readers, in turns, on memes whose text is known.

    Words are compared in lower case without punctuation. No text is ever shown.
    """
    from memeclip_core.service.ocr_bench import DEFAULT_ENGINES, bench_ocr

    with progress_bar("ocr-bench") as show:
        report = bench_ocr(
            truth_files=truth,
            engines=tuple(engine or DEFAULT_ENGINES),
            limit=limit,
            on_progress=show,
        )
    say(render_ocr_report(report))
    if report.skipped:
        warn(f"{report.skipped} memes left out: no readable image, or no text.")


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

"""``memeclip report``: results files as one HTML page and as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.options import ColumnsOption, ImagesOption, read_files
from memeclip_core.cli.terminal import say
from memeclip_core.errors import InputError


def report(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULTS...",
            help="Files that train, evaluate, compare, ablate, sweep or bench-heads has written.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="FILE.html", help="The page; the Markdown file stands beside it."),
    ],
    show_memes: Annotated[
        bool,
        typer.Option(
            "--show-memes", help="Show text and image of the surest mistakes, from --dataset."
        ),
    ] = False,
    dataset: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH...", help="Where the memes are; only needed with --show-memes."),
    ] = None,
    images: ImagesOption = None,
    columns: ColumnsOption = None,
) -> None:
    """Write results as one self-contained HTML page, and as Markdown.

    The page has tables, figures, the surest mistakes and the exact commands, and loads nothing
    from anywhere. Mistakes are named by file and line alone unless --show-memes is given; the
    Markdown file never shows a meme.
    """
    from memeclip_core.experiments.reports.report import write_report

    if show_memes and not dataset:
        raise InputError("--show-memes needs the memes: name their files with --dataset.")
    if out.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--out is {out}; the page's name must end in .html.")
    memes = read_files(dataset, images, columns) if show_memes and dataset else None
    markdown = write_report(results, out, memes)
    say(f"Wrote {out} and {markdown}.")

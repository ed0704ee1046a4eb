"""``memeclip report``: results files as one HTML page and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.terminal import say
from memeclip_core.cli.workbench import ColumnsOption, read_columns
from memeclip_core.errors import InputError

if TYPE_CHECKING:
    from memeclip_core.experiments.reports.document import Shown
    from memeclip_core.experiments.results import Results


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
    images: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder of the images; else beside the files."),
    ] = None,
    columns: ColumnsOption = None,
) -> None:
    """Write results as one self-contained HTML page, and as Markdown.

    The page has tables, figures, the surest mistakes and the exact commands, and loads nothing
    from anywhere. Mistakes are named by file and line alone unless --show-memes is given; the
    Markdown file never shows a meme.
    """
    from memeclip_core.experiments.reports.markdown import render_markdown
    from memeclip_core.experiments.reports.page import render_page
    from memeclip_core.experiments.reports.sections import build_section
    from memeclip_core.experiments.results import read_results
    from memeclip_core.storage.files import atomic_write, make_folder

    if show_memes and not dataset:
        raise InputError("--show-memes needs the memes: name their files with --dataset.")
    if out.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--out is {out}; the page's name must end in .html.")
    found = [read_results(path) for path in results]
    shown = _collect_memes(found, dataset, images, columns) if show_memes and dataset else {}
    sections = [build_section(item, shown) for item in found]
    markdown = out.with_suffix(".md")
    make_folder(out.parent)
    atomic_write(out, render_page(sections).encode())
    atomic_write(markdown, render_markdown(sections).encode())
    say(f"Wrote {out} and {markdown}.")


def _collect_memes(
    found: Sequence[Results],
    dataset: Sequence[Path],
    images: Path | None,
    columns: Sequence[str] | None,
) -> dict[str, Shown]:
    from memeclip_core.datasets.shown_rows import show_rows
    from memeclip_core.experiments.reports.document import Shown

    places = {
        mistake["place"]
        for results in found
        for cell in results.cells
        for mistake in cell.details.get("mistakes", [])
    }
    rows = show_rows(dataset, places, images=images, columns=read_columns(columns))
    return {place: Shown(text=text, image=image) for place, (text, image) in rows.items()}

"""``memeclip report``: results files as one HTML page and as Markdown."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.cli.options import ColumnsOption, ImagesOption, read_files
from memeclip_core.cli.signatures import with_options
from memeclip_core.cli.terminal import say
from memeclip_core.errors import InputError


@with_options()
def report(
    results: list[Path],
    *,
    out: Path,
    tables: Path | None = None,
    show_memes: bool = False,
    dataset: list[Path] | None = None,
    images: ImagesOption = None,
    columns: ColumnsOption = None,
) -> None:
    """Write results as one self-contained HTML page, and as Markdown; tables also for papers.

    The page has tables, figures, the surest mistakes and the exact commands, and loads nothing
    from anywhere. Beside the figures of a published task stand those that others published for it,
    and how they were obtained. Mistakes are named by file and line alone unless --show-memes is
    given; the Markdown file and the tables never show a meme.

    Args:
        results (RESULTS...): Files that train, evaluate, compare, ablate, sweep or bench-heads has
            written.
        out (FILE.html): The page; the Markdown file stands beside it.
        tables (DIR): Also write every table as CSV and as LaTeX (booktabs) into this folder.
        show_memes: Show text and image of the surest mistakes, from --dataset.
        dataset (PATH...): Where the memes are; only needed with --show-memes.
    """
    from memeclip_core.experiments.reports.report import write_report

    if show_memes and not dataset:
        raise InputError("--show-memes needs the memes: name their files with --dataset.")
    if out.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--out is {out}; the page's name must end in .html.")
    memes = None
    if show_memes and dataset:
        memes = read_files(dataset=dataset, images=images, columns=columns)
    markdown = write_report(results, out, memes, tables)
    say(f"Wrote {out} and {markdown}." + (f" The tables are in {tables}." if tables else ""))

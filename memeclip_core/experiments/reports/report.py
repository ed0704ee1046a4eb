"""A report of results files: one HTML page, and the same tables as Markdown."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Sequence
from pathlib import Path

from memeclip_core.datasets.selection import read_rows
from memeclip_core.errors import ImageError
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.reports.document import Shown
from memeclip_core.experiments.reports.markdown import render_markdown
from memeclip_core.experiments.reports.page import render_page
from memeclip_core.experiments.reports.sections import build_section
from memeclip_core.experiments.reports.tables import render_tables
from memeclip_core.experiments.results import read_results
from memeclip_core.experiments.workbench import read_files
from memeclip_core.memes.image import DEFAULT_LIMITS, load_image
from memeclip_core.storage.files import atomic_write, make_folder
from memeclip_core.storage.tree import read_file

SIDE = 320
"""Pixels of a shown image's longer side."""


def write_report(
    paths: Sequence[Path],
    out: Path,
    memes: DatasetFiles | None = None,
    tables: Path | None = None,
) -> Path:
    """Write the page, and the Markdown file beside it; return where that is.

    ``memes`` says where the memes are whose text and image the mistakes show; ``None`` shows none.
    ``tables`` is a folder for every table as CSV and as LaTeX.

    Raises:
        StoreError: if a file cannot be read or written.
        DatasetError: if the dataset cannot be used.
    """
    found = [read_results(path) for path in paths]
    cells = [cell for results in found for cell in results.cells]
    places = {mistake["place"] for cell in cells for mistake in cell.details.get("mistakes", [])}
    shown = {} if memes is None else show_rows(memes, places)
    sections = [build_section(results, shown) for results in found]
    markdown = out.with_suffix(".md")
    make_folder(out.parent)
    atomic_write(out, render_page(sections).encode())
    atomic_write(markdown, render_markdown(sections).encode())
    if tables is not None:
        make_folder(tables)
        for name, content in render_tables(sections):
            atomic_write(tables / name, content.encode())
    return markdown


def show_rows(files: DatasetFiles, places: Collection[str]) -> dict[str, Shown]:
    """Return the memes of the rows at these places, such as "train.jsonl, line 7".

    An image that is missing or unreadable is "".

    Raises:
        DatasetError: if a file cannot be used.
    """
    return {
        row.place: Shown(text=row.text, image=_inline(row.image))
        for row in read_rows(read_files(files))
        if row.place in places
    }


def _inline(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        image = load_image(read_file(path, max_bytes=DEFAULT_LIMITS.max_bytes)).image
    except ImageError:
        return ""
    image.thumbnail((SIDE, SIDE))
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(sink.getvalue()).decode('ascii')}"

"""Memes of a dataset by the place of their rows, for those who ask to see mistakes."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from memeclip_core.datasets.encoded import read_rows
from memeclip_core.datasets.sources import Source, read_source
from memeclip_core.errors import ImageError
from memeclip_core.memes.image import DEFAULT_LIMITS, load_image

SIDE = 320
"""Pixels of a shown image's longer side."""


def show_rows(
    dataset: Sequence[Path],
    places: Collection[str],
    *,
    images: Path | None = None,
    columns: Mapping[str, str] | None = None,
) -> dict[str, tuple[str, str]]:
    """Return text and image of the rows at these places.

    Args:
        dataset: the files that the results were measured on.
        places: as in the results: "train.jsonl, line 7".
        images: the folder of the images; ``None`` looks beside the files.
        columns: what the columns of a generic file are; see ``read_column_map``.

    Returns:
        by place: the text, and the image as a data URI; "" where it is missing or unreadable.

    Raises:
        DatasetError: if a file cannot be used.
    """
    return {
        row.place: (row.text, _inline(row.name, row.image))
        for row in read_rows(dataset, images=images, columns=columns)
        if row.place in places
    }


def _inline(name: str, path: Path | None) -> str:
    try:
        data = read_source(Source(filename=name, path=path), max_bytes=DEFAULT_LIMITS.max_bytes)
        if data is None:
            return ""
        image = load_image(data).image
    except ImageError:
        return ""
    image.thumbnail((SIDE, SIDE))
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(sink.getvalue()).decode('ascii')}"

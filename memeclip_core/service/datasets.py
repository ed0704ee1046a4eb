"""Datasets as labelled features: read, encode, keep duplicates on one side."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from memeclip_core.encoders.base import Encoder
from memeclip_core.errors import DatasetError, ImageError
from memeclip_core.features import Features
from memeclip_core.image import DEFAULT_LIMITS, ImageLimits, content_id, load_image
from memeclip_core.records import Progress
from memeclip_core.service.labels import drop_mislabelled, label_rows
from memeclip_core.stores.datasets import Row, read_datasets
from memeclip_core.stores.inputs import Source, read_source
from memeclip_core.tasks import TaskSet
from memeclip_core.text import text_hash
from memeclip_core.training.rows import LabelledRows

LOG = logging.getLogger("memeclip")
BATCH = 32


def read_rows(
    paths: Sequence[Path],
    split: str | None = None,
    *,
    task_set: TaskSet | None = None,
    images: Path | None = None,
) -> list[Row]:
    """Read the usable rows of files or folders of one published format.

    How many lines were left out is logged; ``memeclip dataset check`` names them.

    Args:
        paths: of one format, which is recognised from the content.
        split: keep only rows of this split; ``None`` keeps all.
        task_set: leave out rows with labels that these tasks do not know; ``None`` keeps them.
        images: the folder of the images; ``None`` looks beside the files.

    Raises:
        DatasetError: if a file is of no known format, or if no row is left.
    """
    dataset = read_datasets(paths, images=images)
    if task_set is not None:
        dataset = drop_mislabelled(task_set, dataset)
    if dataset.left_out:
        LOG.warning(
            "%s: %d line(s) left out, %d rows read",
            ", ".join(dataset.files),
            len(dataset.left_out),
            len(dataset.rows),
        )
    kept = [row for row in dataset.rows if split is None or row.split == split]
    if not kept:
        found = ", ".join(sorted({row.split or "(none)" for row in dataset.rows}))
        raise DatasetError(f"No row has the split '{split}'. Found: {found or 'no rows'}.")
    return kept


def row_id(row: Row) -> str:
    """Return what identifies a row among others: the hash of its text, or of its name."""
    return text_hash(row.text) if row.text.strip() else text_hash(f"name:{row.name}")


def drop_straddlers(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Return the rows whose text does not also stand among ``others``."""
    taken = {row_id(row) for row in others}
    return [row for row in rows if row_id(row) not in taken]


def encode_rows(
    encoder: Encoder,
    rows: Sequence[Row],
    *,
    with_images: bool = True,
    limits: ImageLimits = DEFAULT_LIMITS,
    on_progress: Callable[[Progress], None] | None = None,
) -> Features:
    """Encode a dataset's rows in batches; an unreadable image is a missing image.

    Returns:
        N rows of features in the rows' order, their ids from ``row_id`` or the image's bytes.
    """
    image = np.zeros((len(rows), encoder.image_dim), dtype=np.float32)
    text = np.zeros((len(rows), encoder.text_dim), dtype=np.float32)
    has_image = np.zeros(len(rows), dtype=np.bool_)
    ids = [row_id(row) for row in rows]
    has_text = np.array([bool(row.text.strip()) for row in rows], dtype=np.bool_)
    for start in range(0, len(rows), BATCH):
        places = range(start, min(start + BATCH, len(rows)))
        written = [i for i in places if has_text[i]]
        if written:
            text[written] = encoder.encode_texts([rows[i].text for i in written])
        pictures = {}
        for i in places:
            source = Source(filename=rows[i].name, path=rows[i].image)
            try:
                data = read_source(source, max_bytes=limits.max_bytes) if with_images else None
                if data is None:
                    continue
                pictures[i] = load_image(data, limits=limits).image
            except ImageError:
                continue
            ids[i] = content_id(data)
        if pictures:
            image[list(pictures)] = encoder.encode_images(list(pictures.values()))
            has_image[list(pictures)] = True
        if on_progress is not None:
            on_progress(Progress(done=places.stop, total=len(rows), message="encoding"))
    return Features(
        ids=tuple(ids),
        image=image,
        text=text,
        has_image=has_image,
        has_text=has_text,
        fingerprint=encoder.fingerprint,
    )


def encode_dataset(
    encoder: Encoder,
    task_set: TaskSet,
    rows: Sequence[Row],
    *,
    with_images: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
) -> LabelledRows:
    """Encode rows and their labels; see ``encode_rows`` and ``label_rows``."""
    labels = label_rows(task_set, rows)
    features = encode_rows(encoder, rows, with_images=with_images, on_progress=on_progress)
    return LabelledRows(features=features, labels=dict(labels))

"""Datasets as labelled features: read, encode, keep duplicates on one side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from memeclip_core.encoders.base import Encoder
from memeclip_core.errors import DatasetError, ImageError
from memeclip_core.features import Features
from memeclip_core.image import DEFAULT_LIMITS, ImageLimits, content_id, load_image
from memeclip_core.records import Progress
from memeclip_core.service.labels import label_rows
from memeclip_core.stores.datasets import Row, read_pridemm, read_propaganda
from memeclip_core.stores.inputs import Source, read_source
from memeclip_core.tasks import TaskSet
from memeclip_core.text import text_hash
from memeclip_core.training.rows import LabelledRows

BATCH = 32


def read_rows(paths: Sequence[Path], split: str | None = None) -> list[Row]:
    """Read PrideMM CSV or propaganda jsonl files, one after the other.

    Args:
        paths: files; the ending decides the format.
        split: keep only rows of this split; ``None`` keeps all.

    Raises:
        DatasetError: on a file of another kind, or if no row is left.
    """
    rows: list[Row] = []
    for path in paths:
        if path.suffix == ".csv":
            rows += read_pridemm(path)
        elif path.suffix == ".jsonl":
            rows += read_propaganda(path)
        else:
            raise DatasetError(
                f"{path} is neither a .csv file (PrideMM) nor a .jsonl file (propaganda)."
            )
    kept = [row for row in rows if split is None or row.split == split]
    if not kept:
        found = ", ".join(sorted({row.split or "(none)" for row in rows})) or "no rows at all"
        raise DatasetError(f"No row has the split '{split}'. Found: {found}.")
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

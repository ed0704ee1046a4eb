"""Pictures that lie in a folder for each class, without a list."""

from __future__ import annotations

from memeclip_core.datasets.formats.rows import Dataset, Row, known_split
from memeclip_core.storage.tree import Tree

FOLDERS = "folders"
"""What the format is called."""
COLUMN = "label"
UNIT = "picture"
"""What the rows are counted in; nothing else has it."""

_PLAIN = ("images", "img", "pictures", "photos", "memes", "data")
"""Folders that are called after what lies in them, which is no class."""


def read_class_folders(tree: Tree) -> Dataset | None:
    """Return a row for each picture, with its folder as label, or ``None`` without two classes.

    A folder above that is called like a split says the split: ``train/cat/1.png``.
    """
    rows = []
    for number, (name, path) in enumerate(tree.pictures.items(), start=1):
        above = name.split("/")[:-1]
        words = [word for word in above if word.lower() not in _PLAIN]
        classes = [word for word in words if not known_split(word)]
        rows.append(
            Row(
                name=name,
                image=path,
                text="",
                labels={COLUMN: (classes[-1],)} if classes else {},
                split=next((split for split in map(known_split, words) if split), ""),
                line=number,
                unit=UNIT,
                image_name=name,
            )
        )
    if len({row.labels[COLUMN] for row in rows if row.labels}) < 2:
        return None
    return Dataset(
        rows=tuple(rows),
        left_out=(),
        format=FOLDERS,
        files=(tree.root.name,),
        skipped=tree.refused,
        pictures=frozenset(tree.pictures.values()),
    )

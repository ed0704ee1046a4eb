"""Two models that are to be compared, and on which rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Rows = Literal["shipped", "corrected", "dataset"]
"""The validation rows that the first model came with, memes that people decided, or a dataset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """Two models, and the rows to compare them on.

    Attributes:
        task_set: its key.
        first, second: a version, ``active``, ``candidate`` or ``starter``.
        rows: see ``Rows``.
        project: of corrected memes, only those that were decided in it; "" for all.
        dataset: the file, folder or archive of a dataset; or the key of one that the settings
            name, as it can be explored.
        split: which of its rows; "" for all.
        unseen: leave out rows that one of them has trained on, or on nearly the same.
        by: a column of the data, by whose values rates are compared; "" for none. Of shipped and
            corrected rows it is a task's key, or ``project``.
    """

    task_set: str
    first: str = "active"
    second: str = "candidate"
    rows: Rows = "shipped"
    project: str = ""
    dataset: Path | str = ""
    split: str = ""
    unseen: bool = True
    by: str = ""

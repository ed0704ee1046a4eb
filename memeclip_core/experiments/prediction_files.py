"""What another system's file says of the rows of a dataset, as evaluation takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from memeclip_core.datasets.formats.rows import Record
from memeclip_core.datasets.prediction_files import PredictionFile
from memeclip_core.experiments.answers import RowFacts
from memeclip_core.experiments.outcomes import Outcome, spread_labels
from memeclip_core.tasks import TaskSet
from memeclip_core.training.rows import MISSING

NAMES: Final[Mapping[str, Callable[[RowFacts], str]]] = {
    "row": lambda facts: facts.place,
    "id": lambda facts: facts.id,
    "name": lambda facts: facts.name,
    "image": lambda facts: facts.name,
}
"""The columns that may name a row, and what of a row they hold."""


def find_records(file: PredictionFile, facts: Sequence[RowFacts]) -> list[Record | None]:
    """Return the record of each row of a dataset, or ``None``; see ``PredictionFile.find``."""
    names = {column: [read(own) for own in facts] for column, read in NAMES.items()}
    return file.find(names, of="dataset")


def answer_facts(
    file: PredictionFile,
    task_set: TaskSet,
    facts: Sequence[RowFacts],
    labels: Mapping[str, np.ndarray],
    groups: np.ndarray | None = None,
) -> dict[str, Outcome]:
    """Return what a file says of N rows that it has, by task key.

    Args:
        file: of one system.
        task_set: whose tasks; those without a column in the file are left out.
        facts: of the rows.
        labels: by task (N,) ids or (N, C) of 0 and 1, see ``LabelledRows``; a row without a label
            for a task needs no answer to it.
        groups: (N,); see ``Outcome``.

    Raises:
        InputError: if a row has no answer, or one that cannot be.
    """
    records = [record for record in find_records(file, facts) if record is not None]
    found = {}
    for task in task_set:
        if file.list_columns(task):
            truth = spread_labels(labels.get(task.key), len(records), len(task.labels))
            silent = (truth == MISSING).any(axis=1)
            probabilities, threshold = file.answer_task(task, records, silent)
            found[task.key] = Outcome(
                kind=task.kind,
                names=task.names,
                places=tuple(own.place for own in facts),
                labels=truth,
                probabilities=probabilities,
                threshold=threshold,
                groups=groups,
            )
    return found

"""A look through a dataset before anything is trained on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from memeclip_core.datasets.checks import check_dataset
from memeclip_core.datasets.reader import find_tasks
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.workbench import read_files
from memeclip_core.records.dataset_report import DatasetReport
from memeclip_core.records.job import Progress
from memeclip_core.storage.task_files import read_named_task_set


def check_files(
    files: DatasetFiles,
    *,
    assets: Path,
    format: str | None = None,
    tasks: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> DatasetReport:
    """Count what a dataset holds, and name its gaps, faults and duplicates.

    Args:
        files: the dataset.
        assets: the folder with the task sets that ship.
        format: its format; ``None`` has the content tell it.
        tasks: the task set whose labels are allowed; ``None`` takes the format's own.
        on_progress: called while images are read.

    Raises:
        DatasetError: if nothing in it can be read.
    """
    dataset = read_files(files, format)
    wanted = tasks or find_tasks(dataset.format)
    task_set = read_named_task_set(wanted, assets) if wanted else None
    return check_dataset(dataset, task_set, on_progress=on_progress)

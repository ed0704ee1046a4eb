"""What the commands of the workbench have in common: their options, and how they begin."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memeclip_core import __version__
from memeclip_core.cli.terminal import render_table
from memeclip_core.config import Settings
from memeclip_core.errors import InputError

if TYPE_CHECKING:
    from memeclip_core.encoders.cache import FeatureCache
    from memeclip_core.experiments.reports.summary import Spread
    from memeclip_core.experiments.results import Results, ResultsKind
    from memeclip_core.records.model import Metric
    from memeclip_core.tasks import TaskSet

OWN_TASKS = ("",)
"""The default of ``--tasks`` here: the task set that belongs to the dataset's format."""

SEEDS = (0, 1, 2)

DatasetOption = Annotated[
    list[Path],
    typer.Option(
        metavar="PATH...",
        help="The dataset: files of one published format, or the folder with them.",
    ),
]
ImagesOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The folder of the images; else beside the files."),
]
ColumnsOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=COLUMN...",
        help="What the columns of a file of your own are, such as image=file text=caption "
        "hate=label split=fold.",
    ),
]
HeadOption = Annotated[str, typer.Option(metavar="NAME", help="Which published head to train.")]
SeedsOption = Annotated[
    list[int] | None,
    typer.Option(metavar="N...", help="One training each; 0 1 2 unless given."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE...",
        help="Settings of the head or its training, such as epochs=5 class_weights=balanced.",
    ),
]
FoldsOption = Annotated[
    int | None,
    typer.Option(
        metavar="K",
        help="Cross-validate on K folds of the training rows; else 5 folds where the dataset has "
        "no validation rows.",
    ),
]
DealAnewOption = Annotated[
    bool,
    typer.Option(
        "--deal-anew",
        help="Deal the folds anew for every seed, so that the deviation over seeds holds what the "
        "deal does; else all seeds share one deal.",
    ),
]
KeepDuplicatesOption = Annotated[
    bool,
    typer.Option(
        "--keep-duplicates",
        help="Learn from training rows that also stand in validation (the same text, and the same "
        "or no picture); else they are left out, and counted.",
    ),
]
JsonOption = Annotated[
    Path,
    typer.Option("--json", metavar="FILE", help="The results file; one of this run is continued."),
]

AgainOption = Annotated[
    bool,
    typer.Option(
        "--again",
        help="Measure again what the results file holds of other data, features, recipes or rules "
        "for figures; else such a file is refused.",
    ),
]


def now() -> datetime:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def begin(kind: ResultsKind, **facts: Any) -> Results:
    """Return results without cells: the command line, the version, the time."""
    from memeclip_core.experiments.results import Results

    return Results(
        kind=kind,
        command=shlex.join(["memeclip", *sys.argv[1:]]),
        version=__version__,
        created=now(),
        facts=facts,
    )


def open_cache(settings: Settings) -> FeatureCache:
    """Return the cache of features in the home folder, which the page shares.

    Raises:
        StoreError: if the home folder cannot be written.
    """
    from memeclip_core.encoders.cache import FeatureCache
    from memeclip_core.storage.home import Home

    return FeatureCache(Home(settings.home.resolve()).create())


def read_columns(words: Sequence[str] | None) -> dict[str, str] | None:
    """Return the column map that was given, or ``None``.

    Raises:
        DatasetError: if it cannot be read.
    """
    from memeclip_core.records.mapping import read_column_map

    return read_column_map(words) if words else None


def choose_tasks(
    settings: Settings, dataset: Sequence[Path], columns: Mapping[str, str] | None = None
) -> TaskSet:
    """Return the one task set that is named, or the one of the dataset's format.

    Raises:
        InputError: if several are named, or the format has none.
    """
    from memeclip_core.datasets.reader import FORMATS, read_datasets
    from memeclip_core.storage.task_files import read_named_task_set

    if len(settings.tasks) > 1:
        raise InputError("A dataset belongs to one task set. Name one with --tasks.")
    (name,) = settings.tasks
    if not name:
        found = read_datasets(dataset, columns=columns).format
        if found not in FORMATS or not FORMATS[found].tasks:
            raise InputError(f"Files of the format '{found}' need a task set. Name it: --tasks.")
        name = FORMATS[found].tasks
    return read_named_task_set(name, settings.assets)


def render_results(results: Results) -> str:
    """Return a table with a line per cell family and task: mean and deviation over seeds."""
    from memeclip_core.experiments.reports.summary import summarise, title_heads

    lines = []
    results = title_heads(results)
    names = list(dict.fromkeys(m.name for cell in results.cells for m in cell.metrics))
    axes = list(dict.fromkeys(axis for cell in results.cells for axis in cell.axes))
    for row in summarise(results):
        cells = {metric.name: metric for metric in row.metrics}
        values = [render_value(cells[name]) if name in cells else "" for name in names]
        heads = [row.axes.get(axis, "") for axis in axes]
        notes = dict.fromkeys(f"{m.name}: {m.note}" for m in row.metrics if m.note)
        said = row.reason or "; ".join(notes)
        lines.append((*heads, row.task, str(row.n), str(row.seeds), *values, said))
    return render_table((*axes, "task", "n", "seeds", *names, ""), lines)


def render_value(metric: Spread) -> str:
    """Return a mean with its deviation, or a single value."""
    if metric.mean is None:
        return "none"
    return f"{metric.mean:.4f}" if metric.sd is None else f"{metric.mean:.4f} ± {metric.sd:.4f}"


def render_metrics(task: str, metrics: Sequence[Metric]) -> list[tuple[str, ...]]:
    """Return a table's lines: one per metric, with interval and n."""
    return [
        (
            task,
            metric.name,
            *(f"{x:.4f}" for x in (metric.value, metric.low, metric.high)),
            str(metric.n),
            metric.reason or metric.note,
        )
        for metric in metrics
    ]

"""Published figures, to stand beside one's own: ``assets/published.csv``.

They were measured by others, on the rows that they name, and in the way that they say. What is
known only from a third party's list says so.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from memeclip_core.config import Settings
from memeclip_core.experiments.results import Results

FILE = "published.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One figure of one published system.

    Attributes:
        task_set, task: the keys of ours that ask the same.
        rows: on which rows it was measured.
        metric: as our reports call it.
        value: from 0 to 1.
        system, year: what was measured, and when it was published.
        source: the publication.
        how: how the figure was obtained.
    """

    task_set: str
    task: str
    rows: str
    metric: str
    value: float
    system: str
    year: int
    source: str
    how: str


@cache
def read_anchors() -> tuple[Anchor, ...]:
    """Return all published figures, in the order of the file."""
    with (Settings().assets / FILE).open(encoding="utf-8", newline="") as file:
        return tuple(
            Anchor(**{**row, "value": float(row["value"]), "year": int(row["year"])})  # type: ignore[arg-type]
            for row in csv.DictReader(file)
        )


def find_anchors(task_set: str, task: str, metrics: Collection[str]) -> tuple[Anchor, ...]:
    """Return those of a task whose metric is one of these, the highest value of a metric first."""
    order = list(metrics)
    own = [a for a in read_anchors() if (a.task_set, a.task) == (task_set, task)]
    fitting = [anchor for anchor in own if anchor.metric in metrics]
    return tuple(sorted(fitting, key=lambda a: (order.index(a.metric), a.rows, -a.value)))


def list_tasks(results: Results) -> Sequence[tuple[str, str, list[str]]]:
    """Return the task set, the task and the metrics of each task in results that name both."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for cell in results.cells:
        task_set = str(results.facts.get("task_set") or cell.axes.get("dataset") or "")
        names = found.setdefault((task_set, cell.task), {})
        names |= dict.fromkeys(metric.name for metric in cell.metrics)
    return [(task_set, task, list(names)) for (task_set, task), names in found.items()]

"""Cells of several seeds as one line: mean and standard deviation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Any

from memeclip_core.experiments.results import Cell, Results
from memeclip_core.heads.titles import title_head
from memeclip_core.records.model import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One metric over seeds.

    Attributes:
        mean: over the seeds where it is defined; ``None`` if it is nowhere.
        sd: the sample's standard deviation; ``None`` with fewer than two seeds.
        low, high: the 95 % interval where there is one seed and it is known; else ``None``.
        reason, note: why it is undefined, and what it leaves out, or "".
    """

    name: str
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """All seeds of the cells with the same axes and task.

    Attributes:
        n, seeds: measured rows, and how many trainings.
        metrics: the leading one first.
        reason: why there are none, or "".
        judged_on: what was measured, in words; usually one.
    """

    axes: dict[str, str]
    task: str
    n: int
    seeds: int
    metrics: tuple[Spread, ...]
    reason: str
    judged_on: tuple[str, ...] = ()

    def metric(self, name: str) -> Spread | None:
        """Return a metric by its name, or ``None``."""
        return next((metric for metric in self.metrics if metric.name == name), None)


def title_heads(results: Results) -> Results:
    """Return results whose heads are called as in tables; see ``title_head``."""

    def title(facts: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: title_head(value) if key in _HEADS and isinstance(value, str) else value
            for key, value in facts.items()
        }

    return replace(
        results,
        facts=title(results.facts),
        cells=tuple(replace(cell, axes=title(cell.axes)) for cell in results.cells),
        comparisons=tuple(title(item) for item in results.comparisons),
    )


_HEADS = ("head", "model", "first", "second")
"""What a head, or the models of its seeds, stands under."""


def summarise(results: Results) -> list[Line]:
    """Return a line for every set of axes and task, in the order of the cells."""
    groups: dict[tuple[object, ...], list[Cell]] = {}
    for cell in results.cells:
        groups.setdefault((tuple(cell.axes.items()), cell.task), []).append(cell)
    return [_join(cells) for cells in groups.values()]


def _join(cells: Sequence[Cell]) -> Line:
    first = cells[0]
    names = dict.fromkeys(metric.name for cell in cells for metric in cell.metrics)
    return Line(
        axes=first.axes,
        task=first.task,
        n=first.n,
        seeds=len(cells),
        metrics=tuple(
            _spread(name, [m for cell in cells for m in cell.metrics if m.name == name])
            for name in names
        ),
        reason=str(first.details.get("reason", "")),
        judged_on=tuple(
            dict.fromkeys(c.details["judged_on"] for c in cells if "judged_on" in c.details)
        ),
    )


def _spread(name: str, metrics: Sequence[Metric]) -> Spread:
    values = [metric.value for metric in metrics if not math.isnan(metric.value)]
    alone = metrics[0] if len(metrics) == 1 and not math.isnan(metrics[0].low) else None
    return Spread(
        name=name,
        mean=fmean(values) if values else None,
        sd=stdev(values) if len(values) > 1 else None,
        low=alone.low if alone else None,
        high=alone.high if alone else None,
        reason=next((metric.reason for metric in metrics if metric.reason), ""),
        note=next((metric.note for metric in metrics if metric.note), ""),
    )


def write_number(value: float | None, *, sign: str = "") -> str:
    """Return a number for a table, "none" where it is not defined."""
    return "none" if value is None or math.isnan(value) else f"{value:{sign}.4f}"

"""Judged models in pairs, seed by seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from memeclip_core.errors import InputError
from memeclip_core.heads.model import HeadModel
from memeclip_core.service.comparing import compare_outcomes
from memeclip_core.service.evaluating import Judged
from memeclip_core.service.outcomes import report_outcome
from memeclip_core.stores.results import Cell, Results


def collect_cells(judged: Sequence[Judged], *, protocol: str | None = None) -> list[Cell]:
    """Return a cell for every model and task; see ``report_outcome``."""
    cells = []
    for item in judged:
        for task, outcome in item.outcomes.items():
            metrics, details = report_outcome(outcome, protocol=protocol)
            cells.append(
                Cell(
                    axes={"model": name_family(item.model)},
                    task=task,
                    seed=find_seed(item.model, task),
                    metrics=metrics,
                    details={**details, "version": item.model.version},
                )
            )
    return cells


def pair_models(fresh: Results, first: Sequence[Judged], second: Sequence[Judged]) -> Results:
    """Compare models pair by pair on the tasks that both have.

    Raises:
        InputError: if a pair has no task in common, or other rows or classes.
    """
    comparisons: list[dict[str, Any]] = []
    for one, other in zip(first, second, strict=True):
        common = [task for task in one.outcomes if task in other.outcomes]
        if not common:
            raise InputError(
                f"'{one.model.version}' and '{other.model.version}' have no task in common: "
                f"{', '.join(one.outcomes)}; {', '.join(other.outcomes)}."
            )
        comparisons += [
            {
                "first": one.model.version,
                "second": other.model.version,
                **compare_outcomes(task, one.outcomes[task], other.outcomes[task]),
            }
            for task in common
        ]
    return replace(fresh, comparisons=tuple(comparisons))


def find_seed(model: HeadModel, task: str) -> int | None:
    """Return the seed that a head was trained with, or ``None`` if its manifest tells none."""
    fit = model.recipe.get("fit", {})
    seed = fit.get(task, {}).get("seed") if isinstance(fit, dict) else None
    return seed if isinstance(seed, int) else None


def name_family(model: HeadModel) -> str:
    """Return a version without its seed: what models of several seeds have in common."""
    return model.version.rpartition("-seed")[0] or model.version

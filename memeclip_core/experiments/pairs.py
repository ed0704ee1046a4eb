"""Judged models in pairs, seed by seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from memeclip_core.errors import InputError
from memeclip_core.experiments.comparison import compare_outcomes, correct_comparisons
from memeclip_core.experiments.evaluation import Judged
from memeclip_core.experiments.outcomes import report_outcome
from memeclip_core.experiments.results import Cell, Results
from memeclip_core.heads.model import HeadModel


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


def pair_models(fresh: Results, first: Sequence[Judged], *others: Sequence[Judged]) -> Results:
    """Compare others with the first on the tasks that both have, all their seeds by one test.

    Args:
        fresh: the results without comparisons.
        first: the models of one head, one a seed.
        others: as many models of every other head.

    Raises:
        InputError: if a pair has no task in common, or other rows or classes.
    """
    comparisons: list[dict[str, Any]] = []
    for second in others:
        names = [_name_side(side) for side in (first, second)]
        sides = [[judged.outcomes for judged in side] for side in (first, second)]
        common = [task for task in sides[0][0] if all(task in o for s in sides for o in s)]
        if not common:
            raise InputError(
                f"'{names[0]}' and '{names[1]}' have no task in common: "
                f"{', '.join(sides[0][0])}; {', '.join(sides[1][0])}."
            )
        comparisons += [
            {
                "first": names[0],
                "second": names[1],
                **compare_outcomes(task, *([o[task] for o in side] for side in sides)),
            }
            for task in common
        ]
    return replace(fresh, comparisons=correct_comparisons(comparisons))


def _name_side(side: Sequence[Judged]) -> str:
    """Return the version of one model, or what several have in common."""
    return side[0].model.version if len(side) == 1 else name_family(side[0].model)


def find_seed(model: HeadModel, task: str) -> int | None:
    """Return the seed that a head was trained with, or ``None`` if its manifest tells none."""
    fit = model.recipe.get("fit", {})
    seed = fit.get(task, {}).get("seed") if isinstance(fit, dict) else None
    return seed if isinstance(seed, int) else None


def name_family(model: HeadModel) -> str:
    """Return a version without its seed: what models of several seeds have in common."""
    return model.version.rpartition("-seed")[0] or model.version

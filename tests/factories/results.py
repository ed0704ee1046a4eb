"""Results of every kind, small enough to be checked by eye."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from memeclip_core.experiments.comparison import compare_outcomes
from memeclip_core.experiments.outcomes import Outcome, report_outcome
from memeclip_core.experiments.results import Cell, Results
from tests.factories.workbench import fresh_results

NASTY = "<script>alert('x')</script> & | `code` \"quoted\""


def outcome(right: int = 15, **changes: Any) -> Outcome:
    """Return a model that has the first ``right`` of 20 rows right, and is surest of the last."""
    truth = np.eye(2, dtype=np.int64)[[0, 1] * 10]
    sure = np.linspace(0.6, 0.99, 20)[:, None]
    flags = (np.arange(20) < right)[:, None]
    facts: dict[str, Any] = {
        "kind": "multiclass",
        "names": ("no", NASTY),
        "places": tuple(f"memes.csv, line {i + 2}" for i in range(20)),
        "labels": truth,
        "probabilities": np.where(np.where(flags, truth, 1 - truth) == 1, sure, 1 - sure),
        "threshold": None,
    }
    return Outcome(**{**facts, **changes})


def measured(axes: dict[str, str], *, right: int = 15, seed: int = 0, full: bool = True) -> Cell:
    metrics, details = report_outcome(outcome(right), protocol="memeclip-code")
    return Cell(axes=axes, task="hate", seed=seed, metrics=metrics, details=details if full else {})


def evaluation() -> Results:
    results = fresh_results(split="val", dataset=[NASTY])
    return replace(results, kind="evaluation", command=f"memeclip evaluate '{NASTY}'").add(
        measured({"model": NASTY}, seed=0), measured({"model": NASTY}, seed=1, right=17)
    )


def multilabel() -> Results:
    metrics, details = report_outcome(outcome(kind="multilabel", threshold=0.5))
    return fresh_results().add(
        Cell(axes={"head": "memeclip"}, task="techniques", seed=0, metrics=metrics, details=details)
    )


def grid(kind: Any, *axes: dict[str, str]) -> Results:
    cells = [measured(a, seed=s, right=15 + s, full=False) for a in axes for s in (0, 1)]
    refused = Cell(axes=axes[0], task="", seed=0, metrics=(), details={"reason": "too wide"})
    return replace(fresh_results(), kind=kind).add(*cells, refused)


def comparison() -> Results:
    item = compare_outcomes("hate", outcome(12), outcome(18))
    results = replace(fresh_results(), kind="comparison")
    return replace(results, comparisons=({"first": "a", "second": NASTY, **item},))


EVERY: dict[str, Results] = {
    "evaluation": evaluation(),
    "multilabel": multilabel(),
    "ablation": grid("ablation", {"part": "complete"}, {"part": "without adapters"}),
    "sweep": grid(
        "sweep", {"setting": "ratio", "value": "0"}, {"setting": "ratio", "value": "0.2"}
    ),
    "bench": grid(
        "bench", {"dataset": "axiom", "head": "linear"}, {"dataset": "axiom", "head": "momenta"}
    ),
    "comparison": comparison(),
}

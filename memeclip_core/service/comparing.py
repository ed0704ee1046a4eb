"""Two models on the same rows: is the difference real?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from memeclip_core.errors import InputError
from memeclip_core.evaluation.paired import Scored, compare_scores, compute_mcnemar
from memeclip_core.service.outcomes import Outcome


def compare_outcomes(task: str, first: Outcome, second: Outcome) -> dict[str, Any]:
    """Compare two models' outcomes on one task by the paired bootstrap and McNemar's test.

    Returns:
        JSON values: ``task``, ``n``, ``differences`` (per metric: ``first``, ``second``,
        ``gain``, ``p``) and ``mcnemar``.

    Raises:
        InputError: if they were not measured on the same rows, or have other classes.
    """
    if first.names != second.names or first.places != second.places:
        raise InputError(
            f"Task '{task}': the models were measured on different rows or have different "
            "classes, so they cannot be compared row by row."
        )
    pair = tuple(
        Scored(probabilities=outcome.probabilities, threshold=outcome.threshold)
        for outcome in (first, second)
    )
    differences = compare_scores(first.labels, *pair, kind=first.kind)
    return {
        "task": task,
        "n": len(first.labels),
        "differences": [asdict(item) for item in differences],
        "mcnemar": asdict(compute_mcnemar(first.labels, *pair, kind=first.kind)),
    }

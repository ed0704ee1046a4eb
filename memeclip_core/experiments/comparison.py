"""Two models, or two of each seed, on the same rows: is the difference real?"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from memeclip_core.errors import InputError
from memeclip_core.evaluation.paired import (
    Scored,
    compare_scores,
    compute_mcnemar,
    correct_holm,
)
from memeclip_core.experiments.outcomes import Outcome


def compare_outcomes(
    task: str, first: Outcome | Sequence[Outcome], second: Outcome | Sequence[Outcome]
) -> dict[str, Any]:
    """Compare two models' outcomes on one task by the paired bootstrap and McNemar's test.

    Args:
        task: its key.
        first, second: one outcome each, or as many on either side: one pair for each seed, which
            are compared by one test together.

    Returns:
        JSON values: ``task``, ``n``, ``seeds``, ``differences`` (per metric: ``first``,
        ``second``, ``gain``, ``p``) and ``mcnemar``.

    Raises:
        InputError: if they were not measured on the same rows, or have other classes.
    """
    sides = [[side] if isinstance(side, Outcome) else list(side) for side in (first, second)]
    one = sides[0][0]
    facts = {(outcome.names, outcome.places) for side in sides for outcome in side}
    if len(facts) > 1:
        raise InputError(
            f"Task '{task}': the models were measured on different rows or have different "
            "classes, so they cannot be compared row by row."
        )
    models = [
        [Scored(probabilities=o.probabilities, threshold=o.threshold) for o in s] for s in sides
    ]
    differences = compare_scores(
        one.labels, *models, kind=one.kind, names=one.names, groups=one.groups
    )
    test = compute_mcnemar(one.labels, *models, kind=one.kind, groups=one.groups)
    return {
        "task": task,
        "n": len(one.labels),
        "seeds": len(models[0]),
        "differences": [asdict(item) for item in differences],
        "mcnemar": asdict(test),
    }


def correct_comparisons(comparisons: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return comparisons with p-values that are corrected for how many there are (Holm).

    Those of one metric belong together: one for each task and pair of heads. The p-value as it was
    stays beside it, as ``p_alone``.
    """
    found = copy.deepcopy(list(comparisons))
    tests: dict[str, list[dict[str, Any]]] = {}
    for item in found:
        for difference in item["differences"]:
            tests.setdefault(difference["gain"]["name"], []).append(difference)
        tests.setdefault("McNemar", []).append(item["mcnemar"])
    for family in tests.values():
        for test, p in zip(family, correct_holm([test["p"] for test in family]), strict=True):
            test |= {"p_alone": test["p"], "p": p}
    return tuple(found)

"""Two models, or two of each seed, on the same rows: is the difference real?"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from memeclip_core.errors import InputError
from memeclip_core.evaluation.paired import Scored, compare_scores, compute_mcnemar, correct_holm
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.evaluation import Judged, judge_models, name_family
from memeclip_core.experiments.outcomes import Outcome
from memeclip_core.experiments.results import Results
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.model import HeadModel


def compare_files(
    bench: Workbench,
    names: Sequence[str],
    sides: Sequence[Sequence[HeadModel]],
    files: DatasetFiles,
    *,
    split: str,
) -> Results:
    """Compare models with the first ones on a dataset; see ``pair_models``.

    Each side has a name and as many models, one a seed.

    Raises:
        InputError: if the sides have different numbers of models.
    """
    for name, own in zip(names, sides, strict=True):
        if len(own) != len(sides[0]):
            raise InputError(
                f"{names[0]} holds {len(sides[0])} model(s) and {name} {len(own)}. Compare "
                "folders of equally many seeds, or name one model's own folder each."
            )
    every = [model for side in sides for model in side]
    judged = judge_models(bench, every, files, split=split, title="encoding")
    seeds = len(sides[0])
    fresh = bench.begin(
        "comparison", first=names[0], second=", ".join(names[1:]), dataset=files.names, split=split
    )
    return pair_models(fresh, *(judged[i : i + seeds] for i in range(0, len(judged), seeds)))


def pair_models(fresh: Results, first: Sequence[Judged], *others: Sequence[Judged]) -> Results:
    """Compare others with the first on the tasks that both have, all their seeds by one test.

    Each is the models of one head, one a seed, and as many of every head.

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


def compare_outcomes(
    task: str, first: Outcome | Sequence[Outcome], second: Outcome | Sequence[Outcome]
) -> dict[str, Any]:
    """Compare two models' outcomes on one task by the paired bootstrap and McNemar's test.

    Several outcomes on either side, one pair for each seed, are compared by one test together.

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

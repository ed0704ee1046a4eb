"""Two models, or two of each seed, on the same rows: is the difference real?"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Generic, TypeVar

import numpy as np

from memeclip_core.errors import InputError
from memeclip_core.evaluation.paired import Scored, compare_scores, compute_mcnemar, correct_holm
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.evaluation import (
    Judged,
    check_task_sets,
    collect_cells,
    judge_ground,
    rate_groups,
)
from memeclip_core.experiments.ground import Ground, read_ground
from memeclip_core.experiments.outcomes import Outcome, name_labels
from memeclip_core.experiments.results import Results
from memeclip_core.experiments.systems import (
    System,
    describe_left_out,
    find_answered,
    list_left_out,
    list_models,
    name_family,
)
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.explain.neighbours import find_near_memes
from memeclip_core.heads.model import HeadModel
from memeclip_core.models.exposure import Exposure, find_met
from memeclip_core.records.schemas import to_plain
from memeclip_core.training.rows import LabelledRows

MOST_CHANGED: Final = 300
"""How many rows with another answer are named; all are counted."""


S_co = TypeVar("S_co", bound=System, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant(Generic[S_co]):
    """A system that is compared, what it has met, and the corrected memes that it learnt from."""

    model: S_co
    exposure: Exposure
    taught: LabelledRows | None = None


def compare_files(
    bench: Workbench,
    names: Sequence[str],
    sides: Sequence[Sequence[Entrant[System]]],
    files: DatasetFiles,
    *,
    split: str | None,
    unseen: bool = False,
    by: str = "",
) -> Results:
    """Compare models with the first ones on a dataset; see ``compare_ground``.

    Raises:
        DatasetError, EncoderMismatchError: see ``judge_models``.
    """
    check_sides(names, sides)
    models = [entrant.model for side in sides for entrant in side]
    ground = read_ground(bench, list_models(models), files, split=split, title="encoding")
    fresh = bench.begin("comparison", dataset=files.names, split=split or "all")
    return compare_ground(fresh, names, sides, ground, unseen=unseen, by=by)


def check_sides(names: Sequence[str], sides: Sequence[Sequence[Entrant[System]]]) -> None:
    """Refuse sides of different numbers of models, one a seed, or of different task sets.

    Raises:
        InputError: saying which.
    """
    for name, own in zip(names, sides, strict=True):
        if len(own) != len(sides[0]):
            raise InputError(
                f"{names[0]} holds {len(sides[0])} model(s) and {name} {len(own)}. Compare "
                "folders of equally many seeds, or name one model's own folder each."
            )
    check_task_sets([entrant.model for side in sides for entrant in side])


def compare_ground(
    fresh: Results,
    names: Sequence[str],
    sides: Sequence[Sequence[Entrant[System]]],
    ground: Ground,
    *,
    unseen: bool = False,
    by: str = "",
) -> Results:
    """Compare models with the first ones on rows that are encoded; see ``pair_models``.

    The facts say how many of the rows each model has met.

    Args:
        fresh: results that say which rows these are.
        names: of the sides.
        sides: as many models each, one a seed.
        ground: the rows.
        unseen: leave out rows that one of the models has trained on, or on nearly the same.
        by: a column of the data, by whose values rates are compared; "" for none.

    Raises:
        InputError: if no row is left, or there is no such column, or it is no group.
    """
    titles = _name_sides(names, sides)
    entrants = {
        title: one
        for own, side in zip(titles, sides, strict=True)
        for title, one in zip(own, side, strict=True)
    }
    met = {title: find_met(one.exposure, ground.keys) for title, one in entrants.items()}
    systems = [one.model for one in entrants.values()]
    kept = answered = find_answered(systems, ground)
    if not kept.any():
        raise InputError(
            f"Of these {len(ground)} rows none is in every file of predictions. Choose the rows, "
            "such as --split, that the files are about."
        )
    if unseen:
        kept = kept & ~np.logical_or.reduce([trained for trained, _ in met.values()])
    if not kept.any():
        raise InputError(
            f"Of these {len(ground)} rows none is left: the models have trained on all of them, "
            "or on nearly the same. Choose other rows."
        )
    facts = {
        "first": names[0],
        "second": ", ".join(names[1:]),
        **fresh.facts,
        **({"task_set": ground.task_set.key} if ground.task_set else {}),
        "rows": int(kept.sum()),
        "left_out": int((answered & ~kept).sum()),
        **list_left_out(systems, answered),
        "met": {
            title: {
                "trained": int((trained & kept).sum()),
                "chosen": int((chosen & kept & ~trained).sum()),
                "known": entrants[title].exposure.known,
            }
            for title, (trained, chosen) in met.items()
        },
    }
    if by:
        facts["by"] = by
    ground = ground.take(np.flatnonzero(kept))
    judged = [judge_ground([one.model for one in side], ground) for side in sides]
    groups = ground.group_by(by) if by else None
    found = pair_models(replace(fresh, facts=facts), *judged, groups=groups)
    cells = {
        (title, cell.task): replace(cell, axes={"model": title.rpartition("-seed")[0] or title})
        for own, side in zip(titles, judged, strict=True)
        for title, one in zip(own, side, strict=True)
        for cell in collect_cells([one])
    }
    # A number that is not defined is null from here on.
    plain = tuple(_name_near(item, entrants, ground) for item in to_plain(found.comparisons))
    return replace(found, comparisons=plain).add(*cells.values())


def _name_near(
    item: dict[str, Any], entrants: Mapping[str, Entrant[System]], ground: Ground
) -> dict[str, Any]:
    """Add to each changed row which corrected memes near it the second model learnt from."""
    rows = item.get("changed", {}).get("rows")
    named = (one for one in entrants.values() if one.model.version == item["second"])
    entrant = next(named, None) if rows else None
    if entrant is None or entrant.taught is None or not isinstance(entrant.model, HeadModel):
        return item
    model = entrant.model
    places = {place: i for i, place in enumerate(ground.places)}
    near = find_near_memes(
        entrant.taught.features,
        entrant.taught.labels[item["task"]],
        model.heads[item["task"]].labels,
        ground.of(model).features.take(np.array([places[row["place"]] for row in rows])),
        model.reads,
    )
    told = [{**row, "near": to_plain(own)} for row, own in zip(rows, near, strict=True)]
    return {**item, "changed": {**item["changed"], "rows": told}}


def _name_sides(
    names: Sequence[str], sides: Sequence[Sequence[Entrant[System]]]
) -> tuple[tuple[str, ...], ...]:
    """Return what each model is called: its version, with its side where two sides have it."""
    holders: dict[str, set[str]] = {}
    for name, side in zip(names, sides, strict=True):
        for one in side:
            holders.setdefault(one.model.version, set()).add(name)

    def title(name: str, version: str) -> str:
        return version if len(holders[version]) == 1 else f"{name}: {version}"

    return tuple(
        tuple(title(name, one.model.version) for one in side)
        for name, side in zip(names, sides, strict=True)
    )


def describe_rows(results: Results) -> str:
    """Say on how many rows a comparison rests, and how many of them each model has met."""
    facts, n = results.facts, results.facts["rows"]
    said = [f"{n:,} rows."]
    if facts["left_out"]:
        said.append(
            f"{facts['left_out']:,} more are left out: a model has trained on them, or on nearly "
            "the same."
        )
    said += [sentence for sentence in (describe_left_out(facts),) if sentence]
    for name, own in facts["met"].items():
        if not own["known"]:
            said.append(f"What {name} was first trained on is not recorded, so it may know some.")
            continue
        number = f"{own['trained']:,}" if own["trained"] else "none"
        clause = f"{name} has trained on {number} of them"
        if own["trained"]:
            clause += " (a score on those tells little of new memes)"
        if own["chosen"]:
            clause += f", and was chosen by its scores on {own['chosen']:,}"
        said.append(f"{clause}.")
    return " ".join(said)


def pair_models(
    fresh: Results,
    first: Sequence[Judged],
    *others: Sequence[Judged],
    groups: Sequence[tuple[str, ...]] | None = None,
) -> Results:
    """Compare others with the first on the tasks that both have, all their seeds by one test.

    Each is the models of one head, one a seed, and as many of every head. ``groups`` are those of
    every row, whose rates are compared too.

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
                **_part(task, first, second, groups),
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


def _part(
    task: str,
    first: Sequence[Judged],
    second: Sequence[Judged],
    groups: Sequence[tuple[str, ...]] | None,
) -> dict[str, Any]:
    """Return where two models part, row by row and by group; nothing of several seeds."""
    if len(first) > 1:
        return {}
    one, other = (side[0].outcomes[task] for side in (first, second))
    found: dict[str, Any] = {"changed": list_changed(one, other)}
    if groups is not None:
        sides = (to_plain(rate_groups(side[0], task, groups)) for side in (first, second))
        found["groups"] = [{"first": a, "second": b} for a, b in zip(*sides, strict=True)]
    return found


def list_changed(first: Outcome, second: Outcome) -> dict[str, Any]:
    """Return the rows that two models answer differently, those that the second loses in front.

    Returns:
        JSON values: ``n``, how many there are; how many of them are ``put_right`` and how many
        ``now_wrong`` (the others are wrong both times); ``classes``, for each how much oftener
        the second decides it; and ``rows``, the first few hundred.
    """
    before, after = first.decisions, second.decisions
    was, now = ((first.labels == own).all(axis=1) for own in (before, after))
    places = np.flatnonzero((before != after).any(axis=1))
    order = sorted(places.tolist(), key=lambda i: (not was[i], not now[i]))
    return {
        "n": len(places),
        "put_right": int((now & ~was).sum()),
        "now_wrong": int((was & ~now).sum()),
        "classes": dict(
            zip(first.names, (after.sum(axis=0) - before.sum(axis=0)).tolist(), strict=True)
        ),
        "rows": [
            {
                "place": first.places[i],
                "truth": name_labels(first.labels[i], first.names),
                "first": name_labels(before[i], first.names),
                "second": name_labels(after[i], first.names),
            }
            for i in order[:MOST_CHANGED]
        ],
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

"""What is measured: a model, a file of another system's predictions, or the average of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from memeclip_core.datasets.prediction_files import PredictionFile
from memeclip_core.errors import InputError
from memeclip_core.experiments.ground import Ground
from memeclip_core.experiments.outcomes import Outcome, score_rows
from memeclip_core.experiments.prediction_files import answer_facts, find_records
from memeclip_core.heads.model import HeadModel

JOINT = " + "


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Average:
    """Several systems that answer together: the mean of their probabilities, and of thresholds."""

    members: tuple[HeadModel | PredictionFile, ...]

    @property
    def version(self) -> str:
        """The members' names."""
        return JOINT.join(member.version for member in self.members)


System = HeadModel | PredictionFile | Average


def list_members(systems: Sequence[System]) -> list[HeadModel | PredictionFile]:
    """Return all that is not an average."""
    return [
        member
        for system in systems
        for member in (system.members if isinstance(system, Average) else (system,))
    ]


def list_models(systems: Sequence[System]) -> list[HeadModel]:
    """Return the models, which read features."""
    return [member for member in list_members(systems) if isinstance(member, HeadModel)]


def _list_files(systems: Sequence[System]) -> list[PredictionFile]:
    return [member for member in list_members(systems) if isinstance(member, PredictionFile)]


def list_task_sets(systems: Sequence[System]) -> list[str]:
    """Return the keys of the models' task sets; those of files fit any."""
    return sorted({model.task_set for model in list_models(systems)})


def find_answered(systems: Sequence[System], ground: Ground) -> np.ndarray:
    """Return which of N rows every system has answered: bool (N,).

    Raises:
        InputError: if a file answers none of them, or its rows cannot be told apart.
    """
    found = [find_records(one, ground.facts) for one in _list_files(systems)]
    held = [np.array([record is not None for record in records]) for records in found]
    return reduce(np.logical_and, held, np.ones(len(ground), np.bool_))


def list_left_out(systems: Sequence[System], answered: np.ndarray) -> dict[str, Any]:
    """Return, for the facts of results, what files of predictions lack: rows and probabilities.

    Args:
        systems: that are measured.
        answered: (N,); see ``find_answered``.
    """
    files = _list_files(systems)
    alone = list(dict.fromkeys(one.version for one in files if one.answers_alone))
    return {
        **({} if answered.all() else {"unanswered": int((~answered).sum())}),
        **({"answers_alone": alone} if alone else {}),
    }


def describe_left_out(facts: Mapping[str, Any]) -> str:
    """Say in sentences what files of predictions lack, by the facts of results; "" if nothing."""
    said = []
    if facts.get("unanswered"):
        said.append(
            f"{facts['unanswered']:,} more are left out: a file of predictions does not have them."
        )
    if facts.get("answers_alone"):
        said.append(
            f"{', '.join(facts['answers_alone'])}: answers without probabilities, so figures that "
            "rank or calibrate (AUROC, AP, ECE) take them as 0 and 1."
        )
    return " ".join(said)


def answer_rows(system: System, ground: Ground) -> dict[str, Outcome]:
    """Return what a system says of every row, by task key.

    Raises:
        EncoderMismatchError, InputError: see ``Ground.of`` and ``answer_facts``.
    """
    if isinstance(system, Average):
        parts = [answer_rows(member, ground) for member in system.members]
        common = [key for key in parts[0] if all(key in part for part in parts)]
        return {key: average_outcomes([part[key] for part in parts]) for key in common}
    if isinstance(system, HeadModel):
        rows = ground.of(system)
        return {
            key: score_rows(system, key, rows, ground.places, ground.groups) for key in system.heads
        }
    if ground.task_set is None:
        raise InputError("Name the rows that the file's predictions are of with --dataset.")
    labels = next(iter(ground.rows.values())).labels
    return answer_facts(system, ground.task_set, ground.facts, labels, ground.groups)


def average_outcomes(parts: Sequence[Outcome]) -> Outcome:
    """Return outcomes on the same rows as one, with the mean probabilities and threshold.

    Raises:
        InputError: if they have other classes.
    """
    first = parts[0]
    if any(part.names != first.names for part in parts):
        raise InputError("Systems with other classes cannot be averaged.")
    thresholds = [0.5 if part.threshold is None else part.threshold for part in parts]
    shared = sum(thresholds) / len(parts) if first.kind == "multilabel" else None
    return replace(
        first,
        probabilities=np.mean([part.probabilities for part in parts], axis=0),
        threshold=shared,
        logits=None,
        cosines=None,
    )


def find_seed(system: System, task: str) -> int | None:
    """Return the seed of a system, or ``None`` if it is not known or members differ in it."""
    if isinstance(system, PredictionFile):
        return system.seed
    if isinstance(system, Average):
        seeds = {find_seed(member, task) for member in system.members}
        return seeds.pop() if len(seeds) == 1 else None
    fit = system.recipe.get("fit", {})
    seed = fit.get(task, {}).get("seed") if isinstance(fit, Mapping) else None
    return seed if isinstance(seed, int) else None


def name_family(system: System) -> str:
    """Return a version without its seed: what systems of several seeds have in common."""
    if isinstance(system, Average):
        return JOINT.join(map(name_family, system.members))
    return system.version.rpartition("-seed")[0] or system.version

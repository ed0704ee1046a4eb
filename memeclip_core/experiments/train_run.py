"""``memeclip train``: one checkpoint folder per seed, each with an account of how it was made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from memeclip_core.errors import CheckpointError
from memeclip_core.experiments.material import Material
from memeclip_core.experiments.outcomes import report_outcome
from memeclip_core.experiments.replays import keep_replay, record_rest
from memeclip_core.experiments.results import Cell, Results, read_results, write_results
from memeclip_core.experiments.trials import run_trial, seed_recipe, train_part
from memeclip_core.heads.model import HeadModel
from memeclip_core.heads.registry import complete_config, find_preset
from memeclip_core.models.checkpoints import delete_checkpoint, read_checkpoint, write_checkpoint
from memeclip_core.models.replay import TRAIN, VAL, Replay
from memeclip_core.records.job import Progress
from memeclip_core.training.train import Recipe

RUN = "run.json"
RESULTS = "results.json"


def train_runs(
    material: Material,
    recipe: Recipe,
    seeds: Sequence[int],
    *,
    out: Path,
    fresh: Results,
    now: Callable[[], datetime],
    replay_bytes: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
) -> Results:
    """Train a model per seed into ``out/<head>-seed<seed>`` and judge it.

    A seed whose folder is there and whole is not trained again. With folds, the figures come
    from the folds' models, and the checkpoint from all training rows.

    Args:
        material: the dataset.
        recipe: how to train; its seed is replaced.
        seeds: one model each.
        out: the folder of folders; ``results.json`` there holds all seeds.
        fresh: the results without cells; ``facts`` is completed with config and data.
        now: the clock.
        replay_bytes: how large the file may get that a model keeps of its rows, so that it can be
            taught corrections; 0 keeps none.
        on_progress: called while training.

    Returns:
        the results of all seeds.

    Raises:
        CheckpointError: if a folder of this name holds a model of another training.
        StoreError: if something cannot be written.
    """
    fresh = replace(fresh, facts={**fresh.facts, **describe_run(material, recipe)})
    cells: list[Cell] = []
    replay = keep_replay(material, replay_bytes) if find_preset(recipe.head).trained else None
    rest = None if replay is None else record_rest(material, replay)
    for seed in seeds:
        folder = out / f"{recipe.head}-seed{seed}"
        own = replace(fresh, facts={**fresh.facts, "seed": seed}, created=now())
        finished = _read_finished(folder, own)
        if finished is None:
            model, made = _train_seed(material, recipe, seed, folder.name, now(), on_progress)
            finished = own.add(*made)
            write_checkpoint(folder, _name_replay(model, replay), replay, rest)
            write_results(folder / RUN, finished)
        cells += finished.cells
    results = fresh.add(*cells)
    write_results(out / RESULTS, results)
    return results


def describe_run(material: Material, recipe: Recipe) -> dict[str, Any]:
    """Return, as JSON values, all that decides what a training comes to, but its seed."""
    training = asdict(recipe.fit)
    del training["seed"]
    return {
        "task_set": material.task_set.key,
        "tasks": list(material.task_set.keys),
        "head": recipe.head,
        "config": complete_config(recipe.head, recipe.config),
        "fit": training,
        "reads": recipe.reads,
        "semantic": recipe.semantic,
        "random_start": list(recipe.random_start),
        "encoder": asdict(material.encoder.tag),
        "data": material.data,
        "judged_on": material.judged_on,
    }


def _read_finished(folder: Path, own: Results) -> Results | None:
    """Return a finished seed's results, or ``None`` if it must be trained."""
    if not folder.exists():
        return None
    if not (folder / RUN).exists():
        # The account is written last: without it the training did not end.
        delete_checkpoint(folder)
        return None
    found = read_results(folder / RUN)
    if found.facts != own.facts:
        other = [k for k in (*own.facts, *found.facts) if own.facts.get(k) != found.facts.get(k)]
        raise CheckpointError(
            f"{folder} holds a model of another {other[0]}. Choose another --out, or delete it."
        )
    read_checkpoint(folder)
    return found


def _name_replay(model: HeadModel, replay: Replay | None) -> HeadModel:
    """Say in a model's manifest what its replay file holds, if it has one."""
    if replay is None:
        return model
    kept = {"replay_train": len(replay.rows(TRAIN)), "replay_val": len(replay.rows(VAL))}
    return replace(model, replay=model.version, data=model.data | kept)


def _train_seed(
    material: Material,
    recipe: Recipe,
    seed: int,
    version: str,
    created: datetime,
    on_progress: Callable[[Progress], None] | None,
) -> tuple[HeadModel, list[Cell]]:
    seeded = seed_recipe(recipe, seed)
    trial = run_trial(material, seeded, version=version, created=created, on_progress=on_progress)
    model = trial.model or train_part(
        material,
        material.whole,
        seeded,
        version=version,
        created=created,
        on_progress=on_progress,
    )
    cells = []
    heads = dict(model.heads)
    for task, outcome in trial.outcomes.items():
        metrics, details = report_outcome(outcome)
        heads[task] = replace(heads[task], metrics=metrics)
        axes = {"head": recipe.head}
        cells.append(Cell(axes=axes, task=task, seed=seed, metrics=metrics, details=details))
    return replace(model, heads=heads), cells

"""``memeclip train``: one checkpoint folder per seed, each with an account of how it was made.

A trial is one head on one dataset with one seed: trained, and judged on rows that played no part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from memeclip_core.errors import CheckpointError
from memeclip_core.experiments.answers import Answers, RowFacts, write_answers
from memeclip_core.experiments.choices import DatasetFiles, Deal, OtherSet
from memeclip_core.experiments.evaluation import collect_cells, judge_ground, take_answers
from memeclip_core.experiments.ground import Ground, read_other, settle_other
from memeclip_core.experiments.material import Material, Part, read_material
from memeclip_core.experiments.outcomes import (
    Outcome,
    keep_labelled,
    pool_outcomes,
    report_outcome,
    score_rows,
)
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.replays import keep_replay, record_rest
from memeclip_core.experiments.results import Cell, Results, now, read_results, write_results
from memeclip_core.experiments.workbench import Show, Workbench
from memeclip_core.heads.model import HeadModel
from memeclip_core.heads.registry import complete_config, find_needs, find_preset
from memeclip_core.models.checkpoints import delete_checkpoint, read_checkpoint, write_checkpoint
from memeclip_core.models.replay import TRAIN, VAL
from memeclip_core.models.selection import judge_task
from memeclip_core.training.config import Step
from memeclip_core.training.train import OnEpoch, Recipe, train_model

RUN = "run.json"
RESULTS = "results.json"
PREDICTIONS = "predictions"
TEST_PREDICTIONS = "test-predictions"
"""Of another set."""

TESTED_ON = "tested_on"
AXIS = "tested on"
"""What distinguishes the cells of another set from those of the model's own."""


def train_files(
    bench: Workbench,
    files: DatasetFiles,
    deal: Deal,
    *,
    head: str | None,
    overrides: Sequence[str],
    seeds: Sequence[int],
    out: Path,
    replay_bytes: int,
    kind: str = "csv",
    other: OtherSet | None = None,
) -> tuple[Material, Results]:
    """Train a head on a dataset, one model per seed; see ``train_runs`` and ``read_recipe``.

    Models are tested on the ``other`` set, if there is one, once they are trained. Whether its
    labels are those of the tasks is looked at first.
    """
    if head is not None:
        read_recipe(head, overrides)  # its faults are told before the dataset is read
    task_set = bench.choose_task_set(files)
    recipe = read_recipe(head, overrides, task_set=task_set.key)
    other = settle_other(other, task_set) if other is not None else None
    needs, with_images = find_needs(recipe.head, recipe.config), "image" in recipe.reads
    bench = bench.load(needs)
    material = read_material(
        bench, files, deal, task_set=task_set, needs=needs, with_images=with_images
    )
    ground = None
    if other is not None:
        ground = read_other(bench, other, material, needs=needs, with_images=with_images)
    with bench.bar(recipe.head) as show:
        results = train_runs(
            material,
            recipe,
            seeds,
            out=out,
            fresh=bench.begin("train"),
            now=now,
            replay_bytes=replay_bytes,
            kind=kind,
            other=ground,
            on_progress=show,
        )
    return material, results


def train_runs(
    material: Material,
    recipe: Recipe,
    seeds: Sequence[int],
    *,
    out: Path,
    fresh: Results,
    now: Callable[[], datetime],
    replay_bytes: int = 0,
    kind: str = "csv",
    other: Ground | None = None,
    on_progress: Show | None = None,
) -> Results:
    """Train a model per seed into ``out/<head>-seed<seed>`` and judge it.

    A seed whose folder is there and whole is not trained again. With folds, the figures come
    from the folds' models, and the checkpoint from all training rows.

    Args:
        material, recipe, seeds: what to train on and how; the recipe's seed is replaced.
        out: the folder of folders; ``results.json`` there holds all seeds.
        fresh: the results without cells; ``facts`` is completed with config and data.
        now, on_progress: the clock, and what is called while training.
        replay_bytes: how large the file may get that a model keeps of its rows, so that it can be
            taught corrections; 0 keeps none.
        kind: of the file with what was said of every judged row, see ``experiments.answers``.
        other: rows of another set, on which a model is tested when it is whole; they have no part
            in its making. See ``judge_other``.

    Raises:
        CheckpointError: if a folder of this name holds a model of another training.
        StoreError: if something cannot be written.
    """
    tested_on = {} if other is None else {TESTED_ON: other.data}
    fresh = replace(fresh, facts={**fresh.facts, **describe_run(material, recipe), **tested_on})
    cells: list[Cell] = []
    replay = keep_replay(material, replay_bytes) if find_preset(recipe.head).trained else None
    rest = None if replay is None else record_rest(material, replay)
    for seed in seeds:
        folder = out / f"{recipe.head}-seed{seed}"
        own = replace(fresh, facts={**fresh.facts, "seed": seed}, created=now())
        finished = _read_finished(folder, own)
        if finished is None:
            model, made, said = train_seed(material, recipe, seed, folder.name, now(), on_progress)
            tested = None if other is None else judge_other(model, other, recipe.head)
            finished = own.add(*(made if tested is None else _say_where(made, material)))
            if replay is not None:
                kept = {
                    "replay_train": len(replay.rows(TRAIN)),
                    "replay_val": len(replay.rows(VAL)),
                }
                model = replace(model, replay=model.version, data=model.data | kept)
            write_checkpoint(folder, model, replay, rest)
            write_answers(folder / f"{PREDICTIONS}.{kind}", [said])
            if tested is not None:
                write_answers(folder / f"{TEST_PREDICTIONS}.{kind}", [tested.answers])
                finished = finished.add(*tested.cells)
            write_results(folder / RUN, finished)
        cells += finished.cells
    results = fresh.add(*cells)
    write_results(out / RESULTS, results)
    return results


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tested:
    """What a model came to on another set: a cell for each task with labels, and every answer."""

    cells: list[Cell]
    answers: Answers


def judge_other(model: HeadModel, other: Ground, head: str) -> Tested:
    """Test a finished model on the rows of another set; see ``read_other``."""
    (judged,) = judge_ground([model], other)
    labelled = {task: own for task, own in judged.outcomes.items() if len(own.places)}
    files = ", ".join(other.data["files"])
    where = f"{files}, on whose rows nothing was learnt or chosen ({other.data['split']})"
    cells = [
        replace(
            cell,
            axes={"head": head, AXIS: files},
            details={**cell.details, "judged_on": where},
        )
        for cell in collect_cells([replace(judged, outcomes=labelled)])
    ]
    return Tested(cells=cells, answers=take_answers(judged, other))


def _say_where(cells: Sequence[Cell], material: Material) -> list[Cell]:
    """Return the cells of a model's own set as such, to stand beside those of another one."""
    return [
        replace(
            cell,
            axes={**cell.axes, AXIS: "the same set"},
            details={**cell.details, "judged_on": material.judged_on},
        )
        for cell in cells
    ]


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
    if changed := own.find_changed(found):
        raise CheckpointError(
            f"{folder} holds a model of another {changed}. Choose another --out, or delete it."
        )
    read_checkpoint(folder)
    return found


def train_seed(
    material: Material,
    recipe: Recipe,
    seed: int,
    version: str,
    created: datetime,
    on_progress: Show | None = None,
) -> tuple[HeadModel, list[Cell], Answers]:
    """Return the model of one seed, which carries its figures, these with details, and answers."""
    seeded = seed_recipe(recipe, seed)
    trial = run_trial(material, seeded, on_progress)
    model = trial.model or train_part(material, material.whole, seeded, on_progress)
    cells = []
    heads = dict(model.heads)
    for task, outcome in trial.outcomes.items():
        metrics, details = report_outcome(outcome)
        details["curves"] = trial.curves.of(task)
        heads[task] = replace(heads[task], metrics=metrics)
        axes = {"head": recipe.head}
        cells.append(Cell(axes=axes, task=task, seed=seed, metrics=metrics, details=details))
    said = Answers(model=version, seed=seed, facts=trial.facts, tasks=trial.answers)
    return replace(model, heads=heads, version=version, created=created), cells, said


@dataclass(frozen=True, slots=True)
class Curves:
    """The loss and the score of every epoch, by task: a list for each training.

    There is one training for each fold, and for each member of an ensemble.
    """

    tasks: dict[str, list[list[dict[str, float | None]]]] = field(default_factory=dict)

    def add(self, tasks: Sequence[str], step: Step) -> None:
        """Take an epoch of a training of these tasks."""
        score = None if math.isnan(step.score) else step.score
        for task in tasks:
            own = self.tasks.setdefault(task, [])
            if step.epoch == 1:
                own.append([])
            own[-1].append({"epoch": step.epoch, "loss": step.loss, "score": score})

    def of(self, task: str) -> list[list[dict[str, float | None]]]:
        """Return the trainings of a task; none of a head that is not trained."""
        return self.tasks.get(task, [])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """What one seed came to: outcomes by task key, over all judged rows that are labelled.

    The answers are those to every judged row, which the facts name; the curves those of every
    training, whose score is of the rows that its epoch was chosen on.

    The model was trained on the published split; ``None`` where folds were judged.
    """

    model: HeadModel | None
    outcomes: dict[str, Outcome]
    answers: dict[str, Outcome]
    facts: tuple[RowFacts, ...]
    curves: Curves


def seed_recipe(recipe: Recipe, seed: int) -> Recipe:
    """Return the recipe with another seed of weights, order and dropout."""
    return replace(recipe, fit=replace(recipe.fit, seed=seed))


def train_part(
    material: Material,
    part: Part,
    recipe: Recipe,
    on_progress: Show | None = None,
    on_epoch: OnEpoch | None = None,
) -> HeadModel:
    """Train a model, called after its head, on one part of a material.

    The judged rows play no role in it, and nothing of the training rows is kept beside it.

    Raises:
        HeadError: if the head cannot be built for this encoder.
        ConfigError: if there is nothing to learn from.
    """
    model = train_model(
        material.task_set,
        material.rows.take(part.learn),
        material.rows.take(part.choose),
        recipe=recipe,
        encoder=material.encoder.tag,
        prompts=material.encoder.prompts,
        space=material.encoder.space,
        judge=judge_task,
        version=recipe.head,
        created=now(),
        on_progress=on_progress,
        on_epoch=on_epoch,
        device=material.device,
    )
    return replace(model, replay="", data=material.data)


def run_trial(material: Material, recipe: Recipe, on_progress: Show | None = None) -> Trial:
    """Train and judge one model, or one per fold; see ``train_part``."""
    parts, curves = material.parts_of(recipe.fit.seed), Curves()
    models = [train_part(material, part, recipe, on_progress, curves.add) for part in parts]
    answers = {
        task: pool_outcomes(
            [
                score_rows(
                    model,
                    task,
                    material.rows.take(part.judge),
                    [material.places[i] for i in part.judge],
                    material.groups[part.judge],
                )
                for model, part in zip(models, parts, strict=True)
            ]
        )
        for task in material.task_set.keys
    }
    return Trial(
        model=models[0] if len(models) == 1 else None,
        outcomes={task: keep_labelled(own) for task, own in answers.items()},
        answers=answers,
        facts=tuple(material.facts[i] for part in parts for i in part.judge),
        curves=curves,
    )

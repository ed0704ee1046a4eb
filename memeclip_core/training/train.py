"""Train a model from nothing: one head per task, on cached features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from torch import nn

from memeclip_core.heads.ensemble import join_members, list_members, member_seed
from memeclip_core.heads.model import EncoderTag, HeadModel, TaskHead, mask_features, score_head
from memeclip_core.heads.parts.fusion_head import FusionHead, share_trunk
from memeclip_core.heads.registry import build_head, complete_config, count_members, find_preset
from memeclip_core.records.job import Progress
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.training.calibration import choose_lines, choose_temperature
from memeclip_core.training.config import FitConfig, OnStep, Score, Step, report_steps
from memeclip_core.training.fit import choose_threshold, fit
from memeclip_core.training.multitask import fit_together
from memeclip_core.training.preparation import SharedSpace, prepare_head
from memeclip_core.training.rows import Examples, LabelledRows, take_examples

OnEpoch = Callable[[Sequence[str], Step], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to train one model.

    Attributes:
        head, config: name and settings of the head.
        reads: which modalities to train on: ``text``, ``image`` or ``image+text``.
        fit: the training settings of every task.
        tasks: changes to ``fit`` by task key; heads that are trained together have none.
        semantic: whether the class weights of a cosine classifier start from the prompts.
        random_start: tasks whose class weights start at random all the same.
    """

    head: str = "memeclip"
    config: dict[str, Any] = field(default_factory=dict)
    reads: str = "image+text"
    fit: FitConfig = field(default_factory=FitConfig)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    semantic: bool = True
    random_start: tuple[str, ...] = ()

    def starts_from_prompts(self, task: str) -> bool:
        """Say whether a task's class weights may start from its prompts."""
        return self.semantic and task not in self.random_start

    def fit_of(self, task: str) -> FitConfig:
        """Return one task's training settings."""
        return replace(self.fit, **self.tasks.get(task, {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """How to judge a task's validation rows.

    Attributes:
        epoch: (labels, probabilities) → the number that chooses an epoch.
        threshold: (labels, decisions) → the number that chooses a multilabel threshold.
    """

    epoch: Score
    threshold: Score


def train_model(
    task_set: TaskSet,
    train: LabelledRows,
    val: LabelledRows,
    *,
    recipe: Recipe,
    encoder: EncoderTag,
    prompts: dict[str, np.ndarray],
    judge: Callable[[Task], Judge],
    version: str,
    created: datetime,
    space: SharedSpace | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_epoch: OnEpoch | None = None,
    device: str = "cpu",
) -> HeadModel:
    """Train one head per task; epoch, temperature and threshold are chosen on ``val``.

    Heads of a kind that is trained together share their trunk and learn from all tasks at once.

    Args:
        train, val: rows to learn from and to choose on.
        encoder: whose features these are.
        prompts: by task key: (C, S) prompt embeddings; a task without any starts at random.
        judge: how to judge a task's validation rows.
        space: what the encoder tells of its shared space; zero-shot heads need it.
        on_progress, on_epoch: what is called after every epoch, the second with the tasks that it
            trained.
        device: ``cpu`` or ``cuda``, to train on; the model comes back on the CPU.

    Raises:
        HeadError: if the head cannot be built for this encoder.
        ConfigError: if there is nothing to learn from.
    """
    trainer = _Trainer(
        train=train,
        val=val,
        recipe=recipe,
        encoder=encoder,
        prompts=prompts,
        space=space or SharedSpace(),
        judge=judge,
        on_progress=on_progress,
        on_epoch=on_epoch,
        device=device,
    )
    together = find_preset(recipe.head).together and len(task_set) > 1
    heads = trainer.train_together(task_set) if together else trainer.train_apart(task_set)
    return HeadModel(
        version=version,
        task_set=task_set.key,
        origin="starter",
        head=recipe.head,
        config=complete_config(recipe.head, recipe.config),
        encoder=encoder,
        reads=recipe.reads,
        created=created,
        heads=heads,
        replay=version,
        recipe={
            "semantic": [
                k for k in task_set.keys if k in prompts and recipe.starts_from_prompts(k)
            ],
            "fit": {task.key: asdict(recipe.fit_of(task.key)) for task in task_set},
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trainer:
    """What the training of all tasks of a model has in common."""

    train: LabelledRows
    val: LabelledRows
    recipe: Recipe
    encoder: EncoderTag
    prompts: dict[str, np.ndarray]
    space: SharedSpace
    judge: Callable[[Task], Judge]
    on_progress: Callable[[Progress], None] | None
    on_epoch: OnEpoch | None
    device: str

    def train_apart(self, task_set: TaskSet) -> dict[str, TaskHead]:
        """Train one head after the other."""
        heads: dict[str, TaskHead] = {}
        members = count_members(self.recipe.head, self.recipe.config)
        total = members * sum(self.recipe.fit_of(task.key).epochs for task in task_set)
        done = 0
        for task in task_set:
            config = self.recipe.fit_of(task.key)
            train, val = self._examples(self.train, task), self._examples(self.val, task)
            trained = []
            for place, member in enumerate(list_members(self._build(task))):
                result = fit(
                    member,
                    train,
                    val,
                    replace(config, seed=member_seed(config.seed, place, members)),
                    score=self.judge(task).epoch,
                    on_step=self._reporter(task.key, [task.key], done, total),
                    device=self.device,
                )
                trained.append(result.head)
                done += config.epochs
            heads[task.key] = self._finish(join_members(trained), task)
        return heads

    def train_together(self, task_set: TaskSet) -> dict[str, TaskHead]:
        """Train all heads at once on one trunk."""
        modules = {task.key: self._build(task) for task in task_set}
        share_trunk([module for module in modules.values() if isinstance(module, FusionHead)])
        result = fit_together(
            modules,
            {task.key: task for task in task_set},
            self.train,
            self.val,
            self.recipe.fit,
            reads=self.recipe.reads,
            scores={task.key: self.judge(task).epoch for task in task_set},
            on_step=self._reporter("all tasks", task_set.keys, 0, self.recipe.fit.epochs),
            device=self.device,
        )
        return {
            task.key: self._finish(module, task)
            for task, module in zip(task_set, result.head.children(), strict=True)
        }

    def _build(self, task: Task) -> nn.Module:
        module = build_head(
            self.recipe.head,
            dims=self.encoder.dims,
            num_classes=len(task.labels),
            kind=task.kind,
            config=self.recipe.config,
            seed=self.recipe.fit_of(task.key).seed,
        )
        prompts = self.prompts if self.recipe.starts_from_prompts(task.key) else {}
        learn = self._examples(self.train, task)
        prepare_head(module, task.key, learn, prompts=prompts.get(task.key), space=self.space)
        return module

    def _examples(self, rows: LabelledRows, task: Task) -> Examples:
        return take_examples(rows, task.key, task, self.recipe.reads)

    def _finish(self, module: nn.Module, task: Task) -> TaskHead:
        head = TaskHead(kind=task.kind, labels=task.names, module=module)
        return finish_head(
            head,
            self.val,
            task.key,
            self.recipe.reads,
            self.judge(task).threshold,
            calibration=self.recipe.fit_of(task.key).calibration,
        )

    def _reporter(self, what: str, tasks: Sequence[str], done: int, total: int) -> OnStep:
        report = report_steps(self.on_progress, what, done, total)

        def on_step(step: Step) -> None:
            if report is not None:
                report(step)
            if self.on_epoch is not None:
                self.on_epoch(tasks, step)

        return on_step


def finish_head(
    head: TaskHead,
    val: LabelledRows,
    task: str,
    reads: str,
    score: Score,
    *,
    calibration: str = "one",
) -> TaskHead:
    """Return the head with its calibration, and its threshold if multilabel, from ``val``."""
    rows = val.for_task(task)
    labels = val.labels[task][rows]
    seen = mask_features(val.features.take(rows), reads)
    plain = score_head(replace(head, temperature=1.0, lines=()), seen)
    with np.errstate(divide="ignore"):
        logits = np.log(plain.probabilities)
        if head.kind == "multilabel":
            logits = logits - np.log1p(-plain.probabilities)
    logits = np.clip(logits, -100.0, 100.0)
    temperature = choose_temperature(labels, logits, head.kind)
    calibrated = replace(head, temperature=temperature, lines=())
    if head.kind == "multiclass" or not len(rows):
        return calibrated
    if calibration == "each":
        lines = choose_lines(labels, logits, temperature=temperature)
        calibrated = replace(calibrated, lines=lines)
    probabilities = score_head(calibrated, seen).probabilities
    return replace(calibrated, threshold=choose_threshold(labels, probabilities, score))

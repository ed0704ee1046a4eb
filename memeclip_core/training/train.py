"""Train a model from nothing: one head per task, on cached features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import torch

from memeclip_core.heads.initialise import semantic_weights
from memeclip_core.heads.model import EncoderTag, HeadModel, TaskHead, mask_features, score_head
from memeclip_core.heads.registry import build_head, complete_config
from memeclip_core.records import Progress
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.training.calibrate import choose_temperature
from memeclip_core.training.fit import FitConfig, Score, Step, choose_threshold, fit
from memeclip_core.training.rows import LabelledRows, take_examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to train one model.

    Attributes:
        head, config: name and settings of the head.
        reads: which modalities to train on: ``text``, ``image`` or ``image+text``.
        fit: the training settings of every task.
        tasks: changes to ``fit`` by task key.
        semantic: whether class weights start from the classes' prompts.
    """

    head: str = "memeclip"
    config: dict[str, Any] = field(default_factory=dict)
    reads: str = "image+text"
    fit: FitConfig = field(default_factory=FitConfig)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    semantic: bool = True

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
    on_progress: Callable[[Progress], None] | None = None,
) -> HeadModel:
    """Train one head per task; epoch, temperature and threshold are chosen on ``val``.

    Args:
        task_set: what to learn.
        train, val: rows to learn from and to choose on.
        recipe: how.
        encoder: whose features these are.
        prompts: by task key: (C, S) prompt embeddings; a task without any starts at random.
        judge: how to judge a task's validation rows.
        version, created: of the model.
        on_progress: called after every epoch.
    """
    heads: dict[str, TaskHead] = {}
    total = sum(recipe.fit_of(task.key).epochs for task in task_set)
    done = 0
    for task in task_set:

        def report(step: Step, task: Task = task, done: int = done) -> None:
            if on_progress is not None:
                on_progress(
                    Progress(
                        done=done + step.epoch,
                        total=total,
                        message=f"{task.key}: epoch {step.epoch} of {step.epochs}",
                        loss=step.loss,
                        score=step.score,
                    )
                )

        heads[task.key] = train_head(
            task,
            train,
            val,
            recipe=recipe,
            encoder=encoder,
            prompts=prompts.get(task.key) if recipe.semantic else None,
            judge=judge(task),
            on_step=report,
        )
        done += recipe.fit_of(task.key).epochs
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
            "semantic": recipe.semantic,
            "fit": {task.key: asdict(recipe.fit_of(task.key)) for task in task_set},
        },
    )


def train_head(
    task: Task,
    train: LabelledRows,
    val: LabelledRows,
    *,
    recipe: Recipe,
    encoder: EncoderTag,
    prompts: np.ndarray | None,
    judge: Judge,
    on_step: Callable[[Step], None] | None = None,
) -> TaskHead:
    """Train one task's head and choose its temperature and threshold on ``val``."""
    config = recipe.fit_of(task.key)
    module = build_head(
        recipe.head,
        image_dim=encoder.image_dim,
        text_dim=encoder.text_dim,
        num_classes=len(task.labels),
        config=recipe.config,
        seed=config.seed,
    )
    if prompts is not None:
        weight = module.classifier.weight
        with torch.no_grad():
            weight.copy_(semantic_weights(torch.from_numpy(prompts), map_dim=weight.shape[1]))
    learn, choose = (
        take_examples(
            rows, task.key, kind=task.kind, num_classes=len(task.labels), reads=recipe.reads
        )
        for rows in (train, val)
    )
    result = fit(module, learn, choose, config, score=judge.epoch, on_step=on_step)
    head = TaskHead(kind=task.kind, labels=task.names, module=result.head)
    return finish_head(head, val, task, recipe.reads, judge)


def finish_head(
    head: TaskHead, val: LabelledRows, task: Task, reads: str, judge: Judge
) -> TaskHead:
    """Return the head with its temperature, and its threshold if multilabel, from ``val``."""
    rows = val.for_task(task.key)
    labels = val.labels[task.key][rows]
    seen = mask_features(val.features.take(rows), reads)
    plain = score_head(replace(head, temperature=1.0), seen)
    with np.errstate(divide="ignore"):
        logits = np.log(plain.probabilities)
        if task.kind == "multilabel":
            logits = logits - np.log1p(-plain.probabilities)
    logits = np.clip(logits, -100.0, 100.0)
    calibrated = replace(head, temperature=choose_temperature(labels, logits, task.kind))
    if task.kind == "multiclass" or not len(rows):
        return calibrated
    probabilities = score_head(calibrated, seen).probabilities
    return replace(calibrated, threshold=choose_threshold(labels, probabilities, judge.threshold))

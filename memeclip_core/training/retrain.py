"""Teach a model its corrections without forgetting the rest.

Every head goes on from its own weights, on the rows that it was first trained on (the replay)
together with the corrected memes, which count more than a replayed row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import numpy as np

from memeclip_core.encoders.features import stack_features
from memeclip_core.errors import JobError
from memeclip_core.heads.model import HeadModel, TaskHead, mask_features
from memeclip_core.records.job import Progress
from memeclip_core.training.config import FitConfig, Score, report_steps
from memeclip_core.training.fit import fit
from memeclip_core.training.rows import Examples, LabelledRows, take_examples
from memeclip_core.training.train import finish_head


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainConfig:
    """How to retrain: few steps, in which corrections count, from the model that is in service.

    Attributes:
        epochs, batch_size, lr, weight_decay: of AdamW.
        replay_rows: how many replayed rows each head sees, drawn with the seed.
        share: how much of the total weight the corrected memes get, but never more than
            ``max_weight`` replayed rows for each.
        max_weight: see ``share``.
        seed: of drawing and shuffling.
    """

    epochs: int = 3
    batch_size: int = 64
    lr: float = 1e-4
    weight_decay: float = 1e-4
    replay_rows: int = 2000
    share: float = 0.25
    max_weight: float = 50.0
    seed: int = 42


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """A candidate in memory, and how many rows of each kind each task's head learnt from."""

    model: HeadModel
    counts: dict[str, int]


def retrain_heads(
    model: HeadModel,
    *,
    replay: LabelledRows,
    corrections: LabelledRows,
    validation: LabelledRows,
    config: RetrainConfig,
    version: str,
    created: datetime,
    score: Callable[[str], Score],
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    device: str = "cpu",
) -> Retrained:
    """Retrain the heads of those tasks that have corrections; the others stay bit-equal.

    Args:
        model: where to start from; it is left as it is.
        replay: the rows that the starter was trained on.
        corrections: corrected memes to learn from; held-out ones must not be among them.
        validation: the replay's validation rows, to show the progress by and to calibrate on.
        score: task key → how to judge validation rows, by probabilities, which are 0 or 1 where
            a multilabel threshold is chosen.
        should_stop: asked before each batch.

    Raises:
        JobError: if no task has a correction to learn from, or if it was stopped.
    """
    todo = [key for key in model.heads if len(corrections.for_task(key))]
    if not todo:
        raise JobError(
            "There is nothing to learn from: none of the corrected memes is outside the held-out "
            "fifth. Correct a few more memes and start again."
        )
    heads = dict(model.heads)
    counts: dict[str, int] = {}
    total = len(todo) * config.epochs
    for place, key in enumerate(todo):
        head = model.heads[key]
        train = mix_examples(model, key, replay, corrections, config)
        result = fit(
            head.module,
            train,
            take_examples(validation, key, head, model.reads),
            FitConfig(
                epochs=config.epochs,
                batch_size=config.batch_size,
                lr=config.lr,
                weight_decay=config.weight_decay,
                schedule="cosine",
                keep="last",
                seed=config.seed,
            ),
            score=score(key),
            on_step=report_steps(on_progress, key, place * config.epochs, total),
            should_stop=should_stop,
            device=device,
        )
        if result.stopped:
            raise JobError("The retraining was cancelled; the model in service is unchanged.")
        heads[key] = _calibrate(
            replace(head, module=result.head), validation, key, model.reads, score(key)
        )
        counts[key] = len(corrections.for_task(key))
    return Retrained(
        model=replace(
            model,
            version=version,
            origin="retrained",
            created=created,
            heads=heads,
            parent=model.version,
            recipe={"retrain": asdict(config)},
            data={**model.data, "corrections": counts},
        ),
        counts=counts,
    )


def _calibrate(
    head: TaskHead, validation: LabelledRows, task: str, reads: str, score: Score
) -> TaskHead:
    """Return a head whose temperature, lines and threshold are those of its own weights.

    Without validation rows they stay those of the weights before.
    """
    if not len(validation.for_task(task)):
        return head
    calibration = "each" if head.lines else "one"
    return finish_head(head, validation, task, reads, score, calibration=calibration)


def mix_examples(
    model: HeadModel,
    task: str,
    replay: LabelledRows,
    corrections: LabelledRows,
    config: RetrainConfig,
) -> Examples:
    """Return replayed and corrected rows of one task, with their weights."""
    old, new = replay.for_task(task), corrections.for_task(task)
    generator = np.random.default_rng(config.seed)
    if len(old) > config.replay_rows:
        old = np.sort(generator.choice(old, size=config.replay_rows, replace=False))
    wanted = config.share / (1 - config.share) * len(old) / len(new)
    weight = float(np.clip(wanted, 1.0, config.max_weight))
    head = model.heads[task]
    return Examples(
        features=mask_features(
            stack_features([replay.features.take(old), corrections.features.take(new)]),
            model.reads,
        ),
        kind=head.kind,
        labels=np.concatenate([replay.labels[task][old], corrections.labels[task][new]]),
        num_classes=len(head.labels),
        weights=np.concatenate(
            [np.ones(len(old), np.float32), np.full(len(new), weight, np.float32)]
        ),
    )

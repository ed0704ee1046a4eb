"""The steps of a retraining: from corrected memes to rows, to a candidate, to its comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from memeclip_core.datasets.label_mapping import encode_labels
from memeclip_core.encoders.features import Features, pad_ids, pad_tokens, stack_features
from memeclip_core.errors import MemeclipError
from memeclip_core.evaluation.comparison import compare_decisions, correct_tasks
from memeclip_core.explain.neighbours import find_near_memes
from memeclip_core.heads.model import HeadModel
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.memes.near_duplicates import key_memes
from memeclip_core.models.learnt import Learnt
from memeclip_core.models.replay import TRAIN, VAL, Replay
from memeclip_core.models.selection import decide_task, group_equal, judge_kind, measure_task
from memeclip_core.models.sides import deal_sides, key_replay, record_sides
from memeclip_core.records.decision import Labelled
from memeclip_core.records.job import Progress
from memeclip_core.records.model import TaskComparison
from memeclip_core.records.schemas import to_plain
from memeclip_core.tasks import TaskSet
from memeclip_core.training.retrain import RetrainConfig, retrain_heads
from memeclip_core.training.rows import LabelledRows

ENCODED, TRAINED = 20, 90
"""How far the progress bar is, of 100, after encoding and after training."""

Report = Callable[[Progress], None]
"""Called with how far it is; may raise to stop."""


_RARER = {
    "replay_left": "rows of the starter left out, as corrected memes are like them",
    "validation": "taken for validation, as the starter was chosen on them",
    "aside": "neither learnt nor measured on: once kept aside, they are like memes learnt since",
    "unread": "with labels that the heads do not know",
    "tied": "on which people are even, whose answers there teach nothing",
}
"""What a line says of counts that are not 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRows:
    """What there is to learn from and to measure on, as features.

    Attributes:
        learn: corrected memes to learn from.
        replay: the starter's rows that none of the corrected memes is like.
        validation: those of its validation rows, and corrected memes that stand among them.
        held_out: corrected memes to measure on alone.
        counts: how many memes and rows came where, by name.
        learnt: what the model will have met.
    """

    learn: LabelledRows
    replay: LabelledRows
    validation: LabelledRows
    held_out: LabelledRows
    counts: dict[str, int]
    learnt: Learnt


def prepare_rows(
    tasks: TaskSet,
    model: HeadModel,
    replay: Replay,
    before: Learnt,
    memes: Sequence[Labelled],
    *,
    encode: Callable[[Labelled], Features],
    report: Report,
) -> PreparedRows:
    """Deal the corrected memes to their sides and encode them.

    Args:
        tasks: what the labels belong to.
        model: whose heads will learn.
        replay: what they were first trained on.
        before: what they have met since.
        memes: the corrected memes, those that were decided first in front.
        encode: gives one meme's features (N = 1); a MemeclipError leaves the meme out.
        report: called with how far it is.
    """
    keys = key_memes([item.meme for item in memes], [item.text for item in memes])
    sides = deal_sides(keys, key_replay(replay), replay.split, before)
    parts: dict[int, tuple[Features, Labelled]] = {}
    for place, item in enumerate(memes):
        with suppress(MemeclipError):
            parts[place] = (encode(item), item)
        done = ENCODED * (place + 1) // len(memes)
        report(Progress(done=done, total=100, message="encoding the corrected memes"))

    used = np.isin(np.arange(len(memes)), list(parts))

    def rows(side: np.ndarray) -> LabelledRows:
        own = [parts[place] for place in np.flatnonzero(side & used).tolist()]
        return label_features(tasks, model, own)

    learn, choose, held_out = rows(sides.learn), rows(sides.choose), rows(sides.held_out)
    stay = {part: _take(replay, sides.stay & (replay.split == part)) for part in (TRAIN, VAL)}
    return PreparedRows(
        learn=learn,
        replay=stay[TRAIN],
        validation=stay[VAL].join(choose) if len(choose) else stay[VAL],
        held_out=held_out,
        counts={
            "corrected": len(memes),
            "learnt": len(learn),
            "held_out": len(held_out),
            "validation": len(choose),
            "aside": int((sides.aside & used).sum()),
            "skipped": len(memes) - len(parts),
            "replay": int(sides.stay.sum()),
            "replay_left": int((~sides.stay).sum()),
        },
        learnt=record_sides(keys, sides, used, before),
    )


def train_candidate(
    model: HeadModel,
    rows: PreparedRows,
    *,
    config: RetrainConfig,
    device: str,
    version: str,
    created: datetime,
    report: Report,
    should_stop: Callable[[], bool],
) -> HeadModel:
    """Return a model whose heads went on learning.

    Raises:
        JobError: if there is nothing to learn from, or if it was stopped.
    """

    def on_progress(progress: Progress) -> None:
        share = (TRAINED - ENCODED) * progress.done / max(1, progress.total)
        report(replace(progress, done=ENCODED + int(share), total=100))

    return retrain_heads(
        model,
        replay=rows.replay,
        corrections=rows.learn,
        validation=rows.validation,
        config=config,
        version=version,
        created=created,
        score=lambda task: judge_kind(model.heads[task].kind).epoch,
        on_progress=on_progress,
        should_stop=should_stop,
        device=device,
    ).model


def measure_candidate(
    model: HeadModel, candidate: HeadModel, rows: PreparedRows, report: Report
) -> tuple[HeadModel, tuple[TaskComparison, ...]]:
    """Return the candidate with its metrics, and its comparison with the model it came from."""
    report(Progress(done=TRAINED, total=100, message="comparing with the active model"))
    comparison = tuple(
        name_near(item, candidate, rows) if item.rows == "corrected" else item
        for item in compare_models(model, candidate, rows.held_out, rows.validation)
    )
    heads = {
        key: replace(head, metrics=measure_task(candidate, key, rows.validation))
        for key, head in candidate.heads.items()
    }
    data = {**candidate.data, "comparison": to_plain(comparison)}
    return replace(candidate, heads=heads, data=data), comparison


def name_near(item: TaskComparison, model: HeadModel, rows: PreparedRows) -> TaskComparison:
    """Return a comparison on corrected memes with what the model learnt from that is near them."""
    held, places = rows.held_out.features, {m: i for i, m in enumerate(rows.held_out.features.ids)}
    if not item.flipped or not len(rows.learn):
        return item
    near = find_near_memes(
        rows.learn.features,
        rows.learn.labels[item.task],
        model.heads[item.task].labels,
        held.take(np.array([places[flip.meme] for flip in item.flipped])),
        model.reads,
    )
    pairs = zip(item.flipped, near, strict=True)
    return replace(item, flipped=tuple(replace(flip, near=own) for flip, own in pairs))


def find_gaps(starter: str, replay: Replay, base: str, before: Learnt) -> tuple[str, ...]:
    """Say what older models do not record, so that some memes cannot be told to be the same."""
    gaps = []
    if replay.keys is None:
        gaps.append(
            f"{starter} keeps no record of its rows' texts: which memes it was trained on is known "
            "by their pictures alone, or by equal texts where it read no picture"
        )
    if before.digests and not len(before.keys):
        gaps.append(
            f"{base} keeps no record of the memes that it learnt: that none of those held out is "
            "nearly the same as one of them is not known"
        )
    return tuple(gaps)


def describe_step(progress: Progress) -> str:
    """Say in a line of the log what is being done, with the scores so far."""
    facts = [progress.message]
    if progress.loss is not None:
        facts.append(f"loss {progress.loss:.4f}")
    if progress.score is not None:
        facts.append(f"validation score {progress.score:.3f}")
    return ", ".join(facts)


def describe_rows(counts: Mapping[str, int]) -> str:
    """Say in a line of the log where memes and rows went; see ``PreparedRows``."""
    line = (
        f"learning from {counts['learnt']:,} of them and {counts['replay']:,} rows of the starter; "
        f"{counts['held_out']:,} kept aside; {counts['skipped']:,} could not be used"
    )
    for name, what in _RARER.items():
        line += f"; {counts[name]:,} {what}" if counts.get(name) else ""
    return line


def compare_models(
    active: HeadModel, candidate: HeadModel, held_out: LabelledRows, validation: LabelledRows
) -> tuple[TaskComparison, ...]:
    """Compare two models on held-out corrected memes and on the replay's validation rows."""
    on_corrected = correct_tasks(_compare(active, candidate, "corrected", held_out))
    on_replay = correct_tasks(_compare(active, candidate, "replay", validation))
    return tuple(item for pair in zip(on_corrected, on_replay, strict=True) for item in pair)


def _compare(
    active: HeadModel,
    candidate: HeadModel,
    which: Literal["corrected", "replay"],
    rows: LabelledRows,
) -> list[TaskComparison]:
    found = []
    for task, head in active.heads.items():
        labels, before = decide_task(active, task, rows)
        _, after = decide_task(candidate, task, rows)
        own = rows.for_task(task)
        found.append(
            compare_decisions(
                task=task,
                kind=head.kind,
                rows=which,
                names=head.labels,
                memes=[rows.features.ids[place] for place in own],
                labels=labels,
                active=before,
                candidate=after,
                groups=group_equal(rows.take(own)),
            )
        )
    return found


def _take(replay: Replay, which: np.ndarray) -> LabelledRows:
    rows = LabelledRows(features=replay.features, labels=replay.labels)
    return rows.take(np.flatnonzero(which))


def label_features(
    tasks: TaskSet, model: HeadModel, parts: Sequence[tuple[Features, Labelled]]
) -> LabelledRows:
    """Return corrected memes, each with its features for a model, as rows with labels."""
    labels = {
        task.key: encode_labels(task, [item.labels.get(task.key) for _, item in parts])
        for task in tasks
    }
    if parts:
        return LabelledRows(features=stack_features([f for f, _ in parts]), labels=labels)
    encoder, needs = model.encoder, find_model_needs(model)
    empty = Features(
        ids=(),
        image=np.zeros((0, encoder.image_dim), np.float32),
        text=np.zeros((0, encoder.text_dim), np.float32),
        has_image=np.zeros(0, np.bool_),
        has_text=np.zeros(0, np.bool_),
        fingerprint=encoder.fingerprint,
        image_tokens=pad_tokens([], encoder.image_token_dim) if needs.tokens else None,
        text_tokens=pad_tokens([], encoder.text_token_dim) if needs.tokens else None,
        word_ids=pad_ids([]) if needs.words else None,
        captioner=encoder.captioner_fingerprint,
    )
    return LabelledRows(features=empty, labels=labels)

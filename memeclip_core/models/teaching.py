"""From corrected memes to a candidate and its comparison with the model that it came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from memeclip_core.datasets.label_mapping import encode_labels
from memeclip_core.encoders.features import Features, pad_ids, pad_tokens, stack_features
from memeclip_core.errors import MemeclipError
from memeclip_core.evaluation.comparison import compare_decisions, correct_tasks
from memeclip_core.heads.model import HeadModel
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.reading import Reader
from memeclip_core.memes.near_duplicates import key_memes
from memeclip_core.models.learnt import Learnt
from memeclip_core.models.replay import TRAIN, VAL, Replay
from memeclip_core.models.selection import decide_task, group_equal, judge_kind, measure_task
from memeclip_core.models.sides import deal_sides, key_replay, record_sides
from memeclip_core.records.decision import Labelled
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Meme
from memeclip_core.records.model import TaskComparison
from memeclip_core.records.plain import to_plain
from memeclip_core.storage.images import ImageStore
from memeclip_core.tasks import TaskSet
from memeclip_core.training.retrain import RetrainConfig, retrain_heads
from memeclip_core.training.rows import LabelledRows

_ENCODED, _TRAINED = 20, 90
"""How far the progress bar is, of 100, after encoding and after training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A retrained model in memory, compared with the one that it came from."""

    model: HeadModel
    comparison: tuple[TaskComparison, ...]


class Teacher:
    """Turn corrections into rows, and rows into a candidate."""

    def __init__(
        self,
        *,
        reader: Reader,
        images: ImageStore,
        encoder: MemeEncoder,
        config: RetrainConfig,
        device: Callable[[], str] = lambda: "cpu",
    ) -> None:
        self._reader = reader
        self._images = images
        self._encoder = encoder
        self._config = config
        self._device = device

    def prepare(
        self,
        tasks: TaskSet,
        model: HeadModel,
        replay: Replay,
        before: Learnt,
        memes: Sequence[Labelled],
        report: Callable[[Progress], None],
    ) -> Lesson:
        """Deal the corrected memes to their sides and encode them; what is cached is not again.

        Args:
            tasks: what the labels belong to.
            model: whose heads will learn.
            replay: what they were first trained on.
            before: what they have met since.
            memes: the corrected memes, those that were decided first in front.
            report: called with how far it is.
        """
        keys = key_memes([item.meme for item in memes], [item.text for item in memes])
        sides = deal_sides(keys, key_replay(replay), replay.split, before)
        parts: dict[int, tuple[Features, Labelled]] = {}
        for place, item in enumerate(memes):
            with suppress(MemeclipError):
                parts[place] = (self._encode(item, model), item)
            done = _ENCODED * (place + 1) // len(memes)
            report(Progress(done=done, total=100, message="encoding the corrected memes"))

        used = np.isin(np.arange(len(memes)), list(parts))

        def rows(side: np.ndarray) -> LabelledRows:
            own = [parts[place] for place in np.flatnonzero(side & used).tolist()]
            return _to_rows(tasks, model, own)

        learn, choose, held_out = rows(sides.learn), rows(sides.choose), rows(sides.held_out)
        stay = {part: _take(replay, sides.stay & (replay.split == part)) for part in (TRAIN, VAL)}
        return Lesson(
            learn=learn,
            replay=stay[TRAIN],
            validation=_join(stay[VAL], choose) if len(choose) else stay[VAL],
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

    def teach(
        self,
        tasks: TaskSet,
        model: HeadModel,
        lesson: Lesson,
        *,
        version: str,
        created: datetime,
        report: Callable[[Progress], None],
        should_stop: Callable[[], bool],
    ) -> Candidate:
        """Retrain and compare.

        Raises:
            JobError: if there is nothing to learn from, or if it was stopped.
        """

        def on_progress(progress: Progress) -> None:
            share = (_TRAINED - _ENCODED) * progress.done / max(1, progress.total)
            report(replace(progress, done=_ENCODED + int(share), total=100))

        validation = lesson.validation
        retrained = retrain_heads(
            model,
            replay=lesson.replay,
            corrections=lesson.learn,
            validation=validation,
            config=self._config,
            version=version,
            created=created,
            score=lambda task: judge_kind(model.heads[task].kind).epoch,
            on_progress=on_progress,
            should_stop=should_stop,
            device=self._device(),
        )
        report(Progress(done=_TRAINED, total=100, message="comparing with the active model"))
        comparison = compare_models(model, retrained.model, lesson.held_out, validation)
        heads = {
            key: replace(head, metrics=measure_task(retrained.model, key, validation))
            for key, head in retrained.model.heads.items()
        }
        data = {**retrained.model.data, "comparison": to_plain(comparison)}
        return Candidate(
            model=replace(retrained.model, heads=heads, data=data), comparison=comparison
        )

    def _encode(self, item: Labelled, model: HeadModel) -> Features:
        picture = None
        if item.image and "image" in model.reads:
            data = self._images.read(item.meme)
            picture = None if data is None else self._reader.load(data).image
        meme = Meme(
            id=item.meme,
            filename=item.image,
            text=item.text,
            text_source=item.text_source,
            has_image=bool(item.image),
        )
        needs = find_model_needs(model)
        return self._encoder.features(meme, picture, reads=model.reads, needs=needs)


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


def _join(first: LabelledRows, second: LabelledRows) -> LabelledRows:
    """Return both, with the labels of the tasks that both know."""
    return LabelledRows(
        features=stack_features([first.features, second.features]),
        labels={
            task: np.concatenate([labels, second.labels[task]])
            for task, labels in first.labels.items()
            if task in second.labels
        },
    )


def _to_rows(
    tasks: TaskSet, model: HeadModel, parts: Sequence[tuple[Features, Labelled]]
) -> LabelledRows:
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

"""Measure a model on labelled rows: of a dataset, or of the replay file it came with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from memeclip_core.encoders.base import Encoder
from memeclip_core.heads.model import HeadModel, check_encoder
from memeclip_core.records import Metric, Progress
from memeclip_core.service.datasets import drop_straddlers, encode_dataset, read_rows
from memeclip_core.service.judging import measure_task
from memeclip_core.stores.replay import VAL, Replay
from memeclip_core.tasks import TaskSet
from memeclip_core.training.rows import LabelledRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A model's metrics on one split of a dataset.

    Attributes:
        model: its version.
        split: of the rows.
        rows: how many were measured.
        left_out: rows that were left out because their text also stands in another split.
        metrics: by task key, the leading metric first.
    """

    model: str
    split: str
    rows: int
    left_out: int
    metrics: dict[str, tuple[Metric, ...]]


def evaluate_model(
    model: HeadModel,
    *,
    task_set: TaskSet,
    encoder: Encoder,
    dataset: Sequence[Path],
    split: str,
    apart_from: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Measure a model; every metric is computed once over all rows.

    Args:
        model: whose heads to measure.
        task_set: the model's.
        encoder: the one that the model was trained on.
        dataset: PrideMM CSV or propaganda jsonl files.
        split: which rows to measure on.
        apart_from: a split whose duplicates to leave out; ``None`` measures every row.
        on_progress: called while encoding.

    Raises:
        DatasetError: if a file cannot be used, or no row has the split.
        EncoderMismatchError: if the encoder is not the model's.
    """
    check_encoder(model, encoder.fingerprint)
    every = read_rows(dataset, split)
    rows = every if apart_from is None else drop_straddlers(every, read_rows(dataset, apart_from))
    labelled = encode_dataset(
        encoder, task_set, rows, with_images=model.reads != "text", on_progress=on_progress
    )
    return Evaluation(
        model=model.version,
        split=split,
        rows=len(rows),
        left_out=len(every) - len(rows),
        metrics={key: measure_task(model, key, labelled) for key in model.heads},
    )


def evaluate_replay(model: HeadModel, replay: Replay) -> Evaluation:
    """Measure a model on the validation rows of its replay file, which needs no encoder.

    Raises:
        EncoderMismatchError: if the replay file belongs to another encoder.
    """
    check_encoder(model, replay.features.fingerprint)
    rows = LabelledRows(features=replay.features, labels=replay.labels).take(replay.rows(VAL))
    return Evaluation(
        model=model.version,
        split="val",
        rows=len(rows),
        left_out=0,
        metrics={key: measure_task(model, key, rows) for key in model.heads},
    )

"""Measure a model on labelled rows: of a dataset, or of the replay file it came with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from memeclip_core.datasets.reader import Dataset
from memeclip_core.errors import ConfigError, InputError
from memeclip_core.evaluation.memeclip_protocol import PROTOCOL
from memeclip_core.evaluation.metrics import compute_metrics, metric_names
from memeclip_core.evaluation.rates import GroupRates, compute_group_rates
from memeclip_core.experiments.answers import Answers, check_kind, write_answers
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.ground import Ground, read_ground
from memeclip_core.experiments.outcomes import Outcome, keep_labelled, report_outcome
from memeclip_core.experiments.results import Cell, Results
from memeclip_core.experiments.systems import (
    System,
    answer_rows,
    find_answered,
    find_seed,
    list_left_out,
    list_models,
    list_task_sets,
    name_family,
)
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.model import HeadModel, check_encoder
from memeclip_core.models.replay import VAL, Replay
from memeclip_core.models.selection import measure_task
from memeclip_core.records.model import Metric
from memeclip_core.records.schemas import to_plain
from memeclip_core.training.rows import LabelledRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A model's metrics on one split of a dataset.

    Attributes:
        model: its version.
        split: of the rows.
        rows: how many were measured.
        left_out: rows that were left out because they also stand in another split.
        metrics: by task key, the leading metric first.
    """

    model: str
    split: str
    rows: int
    left_out: int
    metrics: dict[str, tuple[Metric, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """A system's outcomes on one split of a dataset, by task key.

    ``rows`` were scored; those ``left_out`` also stand in another split. ``outcomes`` hold the
    rows that are labelled for the task, and ``answers`` every row.
    """

    model: System
    rows: int
    left_out: int
    outcomes: dict[str, Outcome]
    answers: dict[str, Outcome] = field(default_factory=dict)


def check_protocol(protocol: str | None) -> None:
    """Raise ConfigError unless this is ``None`` or a protocol that ``report_outcome`` knows."""
    if protocol not in (None, PROTOCOL):
        raise ConfigError(f"Unknown protocol '{protocol}'. Known: {PROTOCOL}.")


def evaluate_files(
    bench: Workbench,
    models: Sequence[System],
    files: DatasetFiles,
    *,
    split: str,
    apart_from: str | None = None,
    protocol: str | None = None,
    by: str = "",
    predictions: Path | None = None,
) -> tuple[list[Judged], Results]:
    """Measure models on a dataset; see ``judge_models`` and ``collect_cells``.

    A column ``by`` adds the rates of each of its groups to the cells' details as ``groups``.
    What the models say of every row, labelled or not, goes into the file ``predictions``. Rows
    that a file of predictions has no line for are left out, and counted as ``unanswered``.

    Raises:
        InputError: if the models belong to different task sets.
    """
    check_task_sets(models)
    if predictions is not None:
        check_kind(predictions)  # before anything is encoded
    ground = read_ground(bench, list_models(models), files, split=split, apart_from=apart_from)
    answered = find_answered(models, ground)
    ground = ground.take(np.flatnonzero(answered))
    judged = judge_ground(models, ground)
    groups = ground.group_by(by) if by else None
    if predictions is not None:
        write_answers(predictions, [take_answers(item, ground) for item in judged])
    fresh = bench.begin(
        "evaluation",
        dataset=files.names,
        split=split,
        apart_from=apart_from or "",
        task_set=ground.task_set.key if ground.task_set else "",
        rows=judged[0].rows,
        left_out=judged[0].left_out,
        **list_left_out(models, answered),
        **({"by": by} if by else {}),
    )
    return judged, fresh.add(*collect_cells(judged, protocol=protocol, groups=groups))


def evaluate_model(
    bench: Workbench,
    model: HeadModel,
    files: DatasetFiles,
    *,
    split: str | None,
    apart_from: str | Dataset | None = None,
) -> Evaluation:
    """Measure a model by its leading metrics; see ``judge_models``."""
    (judged,) = judge_models(bench, [model], files, split=split, apart_from=apart_from)
    metrics = {
        task: compute_metrics(
            metric_names(o.kind), o.labels, o.decisions, names=o.names, groups=o.groups
        )
        for task, o in judged.outcomes.items()
    }
    return Evaluation(
        model=model.version,
        split=split or "all",
        rows=judged.rows,
        left_out=judged.left_out,
        metrics=metrics,
    )


def check_task_sets(models: Sequence[System]) -> None:
    """Raise InputError if models belong to different task sets."""
    keys = list_task_sets(models)
    if len(keys) > 1:
        raise InputError(f"These models belong to different task sets: {', '.join(keys)}.")


def judge_models(
    bench: Workbench,
    models: Sequence[HeadModel],
    files: DatasetFiles,
    *,
    split: str | None,
    apart_from: str | Dataset | None = None,
    title: str = "Memes",
) -> list[Judged]:
    """Score models on the same rows of the first one's task set, which are encoded once.

    Args:
        bench: with the encoder, and the captioner, that the models were trained on.
        models, files, split: what to score on which rows.
        apart_from: a split whose duplicates to leave out; ``None`` scores every row.
        title: of the bar.

    Raises:
        DatasetError: if a file cannot be used, or no row has the split.
        EncoderMismatchError: if the encoder or the captioner is not the models'.
    """
    ground = read_ground(bench, models, files, split=split, apart_from=apart_from, title=title)
    return judge_ground(models, ground)


def judge_ground(models: Sequence[System], ground: Ground) -> list[Judged]:
    """Score systems on rows that are encoded, on the tasks that these have labels for.

    Raises:
        EncoderMismatchError, InputError: see ``answer_rows``.
    """
    judged = []
    for model in models:
        answers = answer_rows(model, ground)
        judged.append(
            Judged(
                model=model,
                rows=len(ground),
                left_out=ground.left_out,
                outcomes={key: keep_labelled(own) for key, own in answers.items()},
                answers=answers,
            )
        )
    return judged


def take_answers(item: Judged, ground: Ground) -> Answers:
    """Return what a model said of every row."""
    seed = find_seed(item.model, next(iter(item.answers)))
    return Answers(model=item.model.version, seed=seed, facts=ground.facts, tasks=item.answers)


def rate_groups(
    item: Judged, task: str, groups: Sequence[tuple[str, ...]]
) -> tuple[GroupRates, ...]:
    """Return a model's rates of each group, ``groups`` being those of every row."""
    outcome = item.outcomes[task]
    own = [groups[i] for i in np.flatnonzero(item.answers[task].labelled).tolist()]
    return compute_group_rates(outcome.labels, outcome.decisions, own)


def collect_cells(
    judged: Sequence[Judged],
    *,
    protocol: str | None = None,
    groups: Sequence[tuple[str, ...]] | None = None,
) -> list[Cell]:
    """Return a cell for every model and task; see ``report_outcome`` and ``rate_groups``."""
    cells = []
    for item in judged:
        for task, outcome in item.outcomes.items():
            metrics, details = report_outcome(outcome, protocol=protocol)
            if groups is not None:
                details["groups"] = to_plain(rate_groups(item, task, groups))
            cells.append(
                Cell(
                    axes={"model": name_family(item.model)},
                    task=task,
                    seed=find_seed(item.model, task),
                    metrics=metrics,
                    details={**details, "version": item.model.version},
                )
            )
    return cells


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

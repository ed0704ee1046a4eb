"""Measure a model on labelled rows: of a dataset, or of the replay file it came with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np

from memeclip_core.datasets.folds import group_rows, list_contents
from memeclip_core.datasets.selection import drop_straddlers, read_rows
from memeclip_core.encoders.captioner import ask_captioner
from memeclip_core.encoders.features import Needs
from memeclip_core.errors import ConfigError, InputError
from memeclip_core.evaluation.memeclip_protocol import PROTOCOL
from memeclip_core.evaluation.metrics import compute_metrics, metric_names
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.outcomes import Outcome, report_outcome, score_outcome
from memeclip_core.experiments.results import Cell, Results
from memeclip_core.experiments.workbench import Workbench, read_files
from memeclip_core.heads.model import HeadModel, check_captioner, check_encoder
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.models.replay import VAL, Replay
from memeclip_core.models.selection import measure_task
from memeclip_core.records.model import Metric
from memeclip_core.training.encoder_facts import equip_model
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
    """A model's outcomes on one split of a dataset, by task key.

    ``rows`` were measured; those ``left_out`` also stand in another split.
    """

    model: HeadModel
    rows: int
    left_out: int
    outcomes: dict[str, Outcome]


def check_protocol(protocol: str | None) -> None:
    """Raise ConfigError unless this is ``None`` or a protocol that ``report_outcome`` knows."""
    if protocol not in (None, PROTOCOL):
        raise ConfigError(f"Unknown protocol '{protocol}'. Known: {PROTOCOL}.")


def evaluate_files(
    bench: Workbench,
    models: Sequence[HeadModel],
    files: DatasetFiles,
    *,
    split: str,
    apart_from: str | None = None,
    protocol: str | None = None,
) -> tuple[list[Judged], Results]:
    """Measure models on a dataset; see ``judge_models`` and ``collect_cells``.

    Raises:
        InputError: if the models belong to different task sets.
    """
    keys = sorted({model.task_set for model in models})
    if len(keys) > 1:
        raise InputError(f"These models belong to different task sets: {', '.join(keys)}.")
    judged = judge_models(bench, models, files, split=split, apart_from=apart_from)
    fresh = bench.begin(
        "evaluation",
        dataset=files.names,
        split=split,
        apart_from=apart_from or "",
        rows=judged[0].rows,
        left_out=judged[0].left_out,
    )
    return judged, fresh.add(*collect_cells(judged, protocol=protocol))


def evaluate_model(
    bench: Workbench,
    model: HeadModel,
    files: DatasetFiles,
    *,
    split: str,
    apart_from: str | None = None,
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
        split=split,
        rows=judged.rows,
        left_out=judged.left_out,
        metrics=metrics,
    )


def judge_models(
    bench: Workbench,
    models: Sequence[HeadModel],
    files: DatasetFiles,
    *,
    split: str,
    apart_from: str | None = None,
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
    with bench.bar(title) as show:
        task_set = files.task_set or bench.read_task_set(models[0].task_set)
        needs = [find_model_needs(model) for model in models]
        bench = bench.load(Needs(captions=any(own.captions for own in needs)))
        for model, own in zip(models, needs, strict=True):
            equip_model(model, bench.open_encoder())
            if own.captions:
                check_captioner(model, ask_captioner(bench.captioner).fingerprint)
        dataset = read_files(files)
        every = read_rows(dataset, split, task_set=task_set)
        others = [] if apart_from is None else read_rows(dataset, apart_from)
        rows = drop_straddlers(every, others)
        # Captions change the texts: models that read them and others do not see equal features.
        encoded = {}
        for captions in sorted({own.captions for own in needs}):
            readers = [
                pair for pair in zip(models, needs, strict=True) if pair[1].captions == captions
            ]
            encoded[captions] = bench.encode(
                task_set,
                rows,
                show,
                needs=reduce(or_, (own for _, own in readers)),
                with_images=any(model.reads != "text" for model, _ in readers),
            )
    places = [row.place for row in rows]
    contents = list_contents(next(iter(encoded.values())).features)
    groups = np.array(group_rows(rows, contents))
    return [
        Judged(
            model=model,
            rows=len(rows),
            left_out=len(every) - len(rows),
            outcomes={
                key: score_outcome(model, key, encoded[own.captions], places, groups)
                for key in model.heads
            },
        )
        for model, own in zip(models, needs, strict=True)
    ]


def collect_cells(judged: Sequence[Judged], *, protocol: str | None = None) -> list[Cell]:
    """Return a cell for every model and task; see ``report_outcome``."""
    cells = []
    for item in judged:
        for task, outcome in item.outcomes.items():
            metrics, details = report_outcome(outcome, protocol=protocol)
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


def find_seed(model: HeadModel, task: str) -> int | None:
    """Return the seed that a head was trained with, or ``None`` if its manifest tells none."""
    fit = model.recipe.get("fit", {})
    seed = fit.get(task, {}).get("seed") if isinstance(fit, dict) else None
    return seed if isinstance(seed, int) else None


def name_family(model: HeadModel) -> str:
    """Return a version without its seed: what models of several seeds have in common."""
    return model.version.rpartition("-seed")[0] or model.version


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

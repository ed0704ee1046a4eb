"""``memeclip evaluate``: a model's figures, with n and interval."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.options import open_captioner, open_encoder, open_studio, with_settings
from memeclip_core.cli.terminal import progress_bar, render_table, say, warn
from memeclip_core.cli.workbench import (
    ColumnsOption,
    ImagesOption,
    begin,
    open_cache,
    read_columns,
    render_metrics,
    render_results,
)
from memeclip_core.config import Settings
from memeclip_core.errors import ConfigError, InputError

if TYPE_CHECKING:
    from memeclip_core.experiments.evaluation import Evaluation, Judged
    from memeclip_core.experiments.results import Cell, Results
    from memeclip_core.heads.model import HeadModel
    from memeclip_core.tasks import TaskSet

HEADER = ("task", "metric", "value", "from", "to", "n", "")


@with_settings()
def evaluate(
    settings: Settings,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR|VERSION...",
            help="A folder of memeclip train, with a model or one per seed, or a version from "
            "'memeclip models list'; else the active one.",
        ),
    ] = None,
    dataset: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH...",
            help="Files of one published format, or the folder with them. Without it, the "
            "validation rows that came with the starter.",
        ),
    ] = None,
    images: ImagesOption = None,
    columns: ColumnsOption = None,
    split: Annotated[str, typer.Option(help="Which of the dataset's rows to measure on.")] = "val",
    apart_from: Annotated[
        str | None,
        typer.Option(
            metavar="SPLIT",
            help="Leave out rows that also stand in this split of the data: the same text, and "
            "the same or no picture.",
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="memeclip-code",
            help="Also score as MemeCLIP's code does: averaged over batches of 16. Its published "
            "figures are of the best epoch on the test rows, besides.",
        ),
    ] = None,
    as_json: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="FILE", help="Also write a results file, for memeclip report."
        ),
    ] = None,
) -> None:
    """Measure models: every metric of every task, with n and 95 % bootstrap interval."""
    from memeclip_core.evaluation.memeclip_protocol import PROTOCOL

    if protocol not in (None, PROTOCOL):
        raise ConfigError(f"Unknown protocol '{protocol}'. Known: {PROTOCOL}.")
    if dataset is None:
        if as_json or protocol or any(Path(name).is_dir() for name in model or []):
            raise InputError("Name the rows to measure on with --dataset.")
        _evaluate_replays(settings, model[0] if model else None)
        return
    from memeclip_core.experiments.results import write_results

    models = [found for name in model or [""] for found in find_models(settings, name)]
    judged = _judge(settings, models, dataset, split, apart_from, images, columns)
    results = _collect(judged, dataset, split, apart_from, protocol)
    if as_json is not None:
        write_results(as_json, results)
    where = f"split {split} of {', '.join(path.name for path in dataset)}"
    for item in judged:
        cells = [c for c in results.cells if c.details["version"] == item.model.version]
        say(render_judged(item, cells, where))
    if len(judged) > 1:
        say(f"Mean ± standard deviation over seeds\n{render_results(results)}\n")


def find_models(settings: Settings, name: str) -> list[HeadModel]:
    """Return the models of a folder, or the one of a version; "" is the active one.

    Raises:
        InputError: if "" is asked for with several task sets, or there is no active model.
        CheckpointError: if there is no such model.
    """
    from memeclip_core.models.checkpoints import find_checkpoints, read_checkpoint
    from memeclip_core.models.versions import ModelStore
    from memeclip_core.storage.home import Home

    if name and Path(name).is_dir():
        return [read_checkpoint(folder) for folder in find_checkpoints(Path(name))]
    if len(settings.tasks) > 1:
        raise InputError(
            "A model and a dataset belong to one task set. Name it, such as --tasks pridemm."
        )
    studio = open_studio(settings)
    active = studio.status(studio.task_sets[0].key).model
    if not name and active is None:
        raise InputError(
            f"There is no trained model of '{studio.task_sets[0].key}' for the encoder "
            f"'{settings.encoder}'. Name one with --model."
        )
    store = ModelStore(Home(studio.settings.home.resolve()), studio.settings.checkpoints)
    return [store.read(name or (active.version if active else ""))]


def choose_task_set(settings: Settings, key: str) -> TaskSet:
    """Return the task set with this key: one of those named, or one that ships.

    Raises:
        TaskFileError: if there is none.
    """
    from memeclip_core.storage.task_files import read_named_task_set

    named = [read_named_task_set(name, settings.assets) for name in settings.tasks]
    found = next((tasks for tasks in named if tasks.key == key), None)
    return found or read_named_task_set(key, settings.assets)


def _judge(
    settings: Settings,
    models: Sequence[HeadModel],
    dataset: Sequence[Path],
    split: str,
    apart_from: str | None,
    images: Path | None,
    columns: Sequence[str] | None,
) -> list[Judged]:
    from memeclip_core.experiments.evaluation import judge_models
    from memeclip_core.heads.registry import find_model_needs

    keys = {model.task_set for model in models}
    if len(keys) > 1:
        raise InputError(f"These models belong to different task sets: {', '.join(sorted(keys))}.")
    needs = reduce(or_, map(find_model_needs, models))
    with progress_bar("Memes") as show:
        return judge_models(
            models,
            task_set=choose_task_set(settings, keys.pop()),
            encoder=open_encoder(settings),
            captioner=open_captioner(settings, needs),
            dataset=dataset,
            split=split,
            apart_from=apart_from,
            images=images,
            columns=read_columns(columns),
            cache=open_cache(settings),
            on_progress=show,
        )


def _collect(
    judged: Sequence[Judged],
    dataset: Sequence[Path],
    split: str,
    apart_from: str | None,
    protocol: str | None,
) -> Results:
    from memeclip_core.experiments.pairs import collect_cells

    fresh = begin(
        "evaluation",
        dataset=[path.name for path in dataset],
        split=split,
        apart_from=apart_from or "",
        rows=judged[0].rows,
        left_out=judged[0].left_out,
    )
    return fresh.add(*collect_cells(judged, protocol=protocol))


def _evaluate_replays(settings: Settings, version: str | None) -> None:
    from memeclip_core.experiments.evaluation import evaluate_replay
    from memeclip_core.heads.registry import find_model_needs
    from memeclip_core.models.versions import ModelStore
    from memeclip_core.storage.home import Home
    from memeclip_core.training.encoder_facts import equip_model

    studio = open_studio(settings)
    if version and len(studio.task_sets) > 1:
        raise InputError(
            "A model and a dataset belong to one task set. Name it, such as --tasks pridemm."
        )
    store = ModelStore(Home(studio.settings.home.resolve()), studio.settings.checkpoints)
    for tasks in studio.task_sets:
        active = studio.status(tasks.key).model
        chosen = version or (active.version if active else None)
        if chosen is None:
            warn(f"{tasks.title}: no trained model for the encoder '{settings.encoder}'.")
            continue
        model = store.read(chosen)
        if find_model_needs(model).words:
            equip_model(model, open_encoder(settings))
        replay = model.replay or chosen
        found = evaluate_replay(model, store.read_replay(replay))
        say(render_evaluation(found, f"validation rows of {replay}"))


def render_evaluation(found: Evaluation, where: str) -> str:
    """Return a table with one line per task and metric."""
    rows = [
        line for task, metrics in found.metrics.items() for line in render_metrics(task, metrics)
    ]
    return f"{found.model} on the {where}, {found.rows} rows\n{render_table(HEADER, rows)}\n"


def render_judged(item: Judged, cells: Sequence[Cell], where: str) -> str:
    """Return tables: every task's metrics, its classes and its confusion."""
    from memeclip_core.records.model import Metric
    from memeclip_core.records.plain import from_plain

    rows = []
    for cell in cells:
        batched = [from_plain(Metric, plain) for plain in cell.details.get("batched", [])]
        rows += render_metrics(cell.task, [*cell.metrics, *batched])
    apart = f"; {item.left_out} duplicates left out" if item.left_out else ""
    title = f"{item.model.version} on the {where}, {item.rows} rows{apart}"
    classes = [line for cell in cells for line in _class_lines(cell)]
    header = ("task", "class", "rows", "precision", "recall", "F1", "confusion")
    return f"{title}\n{render_table(HEADER, rows)}\n\n{render_table(header, classes)}\n"


def _class_lines(cell: Cell) -> list[tuple[str, ...]]:
    def number(plain: dict[str, object]) -> str:
        return "none" if plain["value"] is None else f"{plain['value']:.4f}"

    return [
        (
            cell.task,
            item["label"],
            str(item["support"]),
            *(number(item[what]) for what in ("precision", "recall", "f1")),
            " ".join(str(count) for count in counts),
        )
        for item, counts in zip(cell.details["classes"], cell.details["confusion"], strict=True)
    ]

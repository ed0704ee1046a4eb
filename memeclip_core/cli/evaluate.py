"""``memeclip evaluate``: a model's figures, with n and interval."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.options import open_encoder, open_studio, with_settings
from memeclip_core.cli.terminal import progress_bar, render_table, say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import InputError

if TYPE_CHECKING:
    from memeclip_core.service.evaluating import Evaluation


@with_settings()
def evaluate(
    settings: Settings,
    model: Annotated[
        str | None, typer.Option(help="A version from 'memeclip models list'; else the active one.")
    ] = None,
    dataset: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Published files: PrideMM.csv, or a jsonl file with images/ beside it. May be "
            "repeated. Without it, the validation rows that came with the starter.",
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="Which of the dataset's rows to measure on.")] = "val",
    apart_from: Annotated[
        str | None,
        typer.Option(
            metavar="SPLIT", help="Leave out rows whose text also stands in this split of the data."
        ),
    ] = None,
) -> None:
    """Measure models: accuracy and F1 of every task, with n and 95 % bootstrap interval."""
    from memeclip_core.service.evaluating import evaluate_model, evaluate_replay
    from memeclip_core.stores.model_store import ModelStore
    from memeclip_core.stores.paths import Home

    studio = open_studio(settings)
    if (model or dataset) and len(studio.task_sets) > 1:
        raise InputError(
            "A model and a dataset belong to one task set. Name it, such as --tasks pridemm."
        )
    store = ModelStore(Home(studio.settings.home.resolve()), studio.settings.checkpoints)
    for tasks in studio.task_sets:
        active = studio.status(tasks.key).model
        version = model or (active.version if active else None)
        if version is None:
            warn(f"{tasks.title}: no trained model for the encoder '{settings.encoder}'.")
            continue
        chosen = store.read(version)
        if dataset:
            with progress_bar("Memes") as show:
                found = evaluate_model(
                    chosen,
                    task_set=tasks,
                    encoder=open_encoder(settings),
                    dataset=dataset,
                    split=split,
                    apart_from=apart_from,
                    on_progress=show,
                )
            where = f"split {split} of {', '.join(path.name for path in dataset)}"
        else:
            replay = chosen.replay or version
            found = evaluate_replay(chosen, store.read_replay(replay))
            where = f"validation rows of {replay}"
        say(render_evaluation(found, where))


def render_evaluation(found: Evaluation, where: str) -> str:
    """Return a table with one line per task and metric."""
    rows = [
        (
            task,
            metric.name,
            *(f"{x:.4f}" for x in (metric.value, metric.low, metric.high)),
            str(metric.n),
            metric.reason,
        )
        for task, metrics in found.metrics.items()
        for metric in metrics
    ]
    apart = f"; {found.left_out} duplicates left out" if found.left_out else ""
    title = f"{found.model} on the {where}, {found.rows} rows{apart}"
    table = render_table(("task", "metric", "value", "from", "to", "n", ""), rows)
    return f"{title}\n{table}\n"

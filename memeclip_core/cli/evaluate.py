"""``memeclip evaluate`` and ``compare``: figures of models, with n and interval."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.options import (
    ColumnsOption,
    ImagesOption,
    open_studio,
    open_workbench,
    read_files,
    with_settings,
    write_config,
)
from memeclip_core.cli.rendering import render_metrics, render_results
from memeclip_core.cli.terminal import render_table, say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import InputError

if TYPE_CHECKING:
    from memeclip_core.experiments.evaluation import Evaluation, Judged
    from memeclip_core.experiments.results import Cell, Results

GroupByOption = Annotated[
    str,
    typer.Option(
        "--group-by",
        "--by",
        metavar="COLUMN",
        show_default=False,
        help="Also give the rates of each value of this column of the data, with intervals.",
    ),
]
HEADER = ("task", "metric", "value", "from", "to", "n", "")


@with_settings()
def evaluate(
    settings: Settings,
    *,
    model: list[str] | None = None,
    dataset: list[Path] | None = None,
    images: ImagesOption = None,
    columns: ColumnsOption = None,
    split: str = "val",
    apart_from: str | None = None,
    protocol: str | None = None,
    group_by: GroupByOption = "",
    predictions: Path | None = None,
    as_json: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Measure models: every metric of every task, with n and 95 % bootstrap interval.

    Args:
        model (DIR|FILE|VERSION...): A folder of memeclip train, with a model or one per seed, a
            file of another system's predictions, or a version from 'memeclip models list'; else
            the active one. Several joined by "+" are averaged.
        dataset (PATH...): Files of one published format, or the folder with them. Without it, the
            validation rows that came with the starter.
        split: Which of the dataset's rows to measure on.
        apart_from (SPLIT): Leave out rows that also stand in this split of the data: the same
            text, and the same or no picture.
        protocol (memeclip-code): Also score as MemeCLIP's code does: averaged over batches of 16.
            Its published figures are of the best epoch on the test rows, besides.
        predictions (FILE.csv|FILE.parquet): Also write what each model says of every row, labelled
            or not: answer, truth, probabilities and logits.
        as_json (FILE): Also write a results file, for memeclip report.
    """
    from memeclip_core.app.evaluation import evaluate_replays, find_entrants
    from memeclip_core.experiments.evaluation import check_protocol, evaluate_files
    from memeclip_core.experiments.results import write_results
    from memeclip_core.experiments.systems import describe_left_out

    check_protocol(protocol)
    if dataset is None:
        if (
            as_json
            or protocol
            or predictions
            or group_by
            or any(Path(part).exists() for name in model or [] for part in name.split("+"))
        ):
            raise InputError("Name the rows to measure on with --dataset.")
        version = model[0] if model else ""
        for tasks, replay, found in evaluate_replays(open_studio(settings), version):
            if found is None:
                warn(f"{tasks.title}: no trained model for the encoder '{settings.encoder}'.")
            else:
                say(render_evaluation(found, f"validation rows of {replay}"))
        return
    models = [
        own.model for name in model or [""] for own in find_entrants(name, settings, open_studio)
    ]
    judged, results = evaluate_files(
        open_workbench(settings),
        models,
        read_files(dataset=dataset, images=images, columns=columns),
        split=split,
        apart_from=apart_from,
        protocol=protocol,
        by=group_by,
        predictions=predictions,
    )
    if as_json is not None:
        write_results(as_json, results)
        write_config(as_json.with_suffix(".yaml"))
    if lacking := describe_left_out(results.facts):
        warn(lacking)
    where = f"split {split} of {', '.join(path.name for path in dataset)}"
    for item in judged:
        cells = [c for c in results.cells if c.details["version"] == item.model.version]
        say(render_judged(item, cells, where))
    if len(judged) > 1:
        say(f"Mean ± standard deviation over seeds\n{render_results(results)}\n")


@with_settings()
def compare(
    settings: Settings,
    first: str,
    others: list[str],
    *,
    dataset: list[Path] | None = None,
    images: ImagesOption = None,
    columns: ColumnsOption = None,
    split: str = "val",
    corrected: bool = False,
    project: str = "",
    unseen: bool = False,
    group_by: GroupByOption = "",
    as_json: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Compare models with the first one on the same rows: paired bootstrap of every metric,
    McNemar's test, changed answers, and how many of the rows each model has trained on.

    Folders with a model per seed are compared by one test over all seeds. P-values of one metric
    are corrected for how many there are, one a task and model (Holm).

    Args:
        first (A): A model: its folder, its version, or active, candidate or starter; or a file of
            another system's predictions; or several of these joined by "+", which are averaged.
        others (B...): The other model, or several.
        dataset (PATH...): Files of one published format, or the folder with them. Without it, the
            validation rows that came with the first model, or corrected memes.
        split: Which of the dataset's rows to compare on.
        corrected: Compare on the memes that people decided.
        project (KEY): Compare on those that were decided in this project.
        unseen: Leave out rows that a model has trained on, or on nearly the same.
        as_json (FILE): Also write a results file, for memeclip report.
    """
    from memeclip_core.app.evaluation import find_entrants
    from memeclip_core.experiments.comparison import compare_files, describe_rows
    from memeclip_core.experiments.results import write_results
    from memeclip_core.records.comparison import Rivals

    names = (first, *others)
    if dataset is None:
        if len(names) > 2 or any(Path(own).exists() for name in names for own in name.split("+")):
            raise InputError(
                "Name the rows to compare folders, files or several models on with --dataset."
            )
        if len(settings.tasks) > 1:
            raise InputError("Two models belong to one task set. Name it, such as --tasks pridemm.")
        studio = open_studio(settings)
        asked = Rivals(
            task_set=studio.task_sets[0].key,
            first=first,
            second=others[0],
            rows="corrected" if corrected or project else "shipped",
            project=project,
            unseen=unseen,
            by=group_by,
        )
        results = studio.comparisons.compare(studio.owner(), asked)
    else:
        files = read_files(dataset=dataset, images=images, columns=columns)
        sides = [find_entrants(name, settings, open_studio) for name in names]
        results = compare_files(
            open_workbench(settings), names, sides, files, split=split, unseen=unseen, by=group_by
        )
    if as_json is not None:
        write_results(as_json, results)
        write_config(as_json.with_suffix(".yaml"))
    say(describe_rows(results))
    say(render_comparisons(results))


def render_evaluation(found: Evaluation, where: str) -> str:
    """Return a table with one line per task and metric."""
    rows = [
        line for task, metrics in found.metrics.items() for line in render_metrics(task, metrics)
    ]
    return f"{found.model} on the {where}, {found.rows} rows\n{render_table(HEADER, rows)}\n"


def render_judged(item: Judged, cells: Sequence[Cell], where: str) -> str:
    """Return tables: every task's metrics, its classes and its confusion."""
    from memeclip_core.records.model import Metric
    from memeclip_core.records.schemas import from_plain

    rows = []
    for cell in cells:
        batched = [from_plain(Metric, plain) for plain in cell.details.get("batched", [])]
        rows += render_metrics(cell.task, [*cell.metrics, *batched])
    apart = f"; {item.left_out} duplicates left out" if item.left_out else ""
    title = f"{item.model.version} on the {where}, {item.rows} rows{apart}"
    classes = [line for cell in cells for line in _class_lines(cell)]
    header = ("task", "class", "rows", "precision", "recall", "F1", "confusion")
    tables = [render_table(HEADER, rows), render_table(header, classes)]
    groups = [line for cell in cells for line in _group_lines(cell)]
    if groups:
        tables.append(render_table(("task", "group", "n", "right", "from", "to"), groups))
    return f"{title}\n" + "\n\n".join(tables) + "\n"


def _group_lines(cell: Cell) -> list[tuple[str, ...]]:
    from memeclip_core.experiments.reports.summary import write_number

    return [
        (
            cell.task,
            own["group"],
            str(own["n"]),
            *(write_number(own["right"][key]) for key in ("value", "low", "high")),
        )
        for own in cell.details.get("groups", ())
    ]


def _class_lines(cell: Cell) -> list[tuple[str, ...]]:
    from memeclip_core.experiments.reports.summary import write_number

    return [
        (
            cell.task,
            item["label"],
            str(item["support"]),
            *(write_number(item[what]["value"]) for what in ("precision", "recall", "f1")),
            " ".join(map(str, counts)),
        )
        for item, counts in zip(cell.details["classes"], cell.details["confusion"], strict=True)
    ]


def render_comparisons(results: Results) -> str:
    """Return a table with a line per pair, task and metric."""
    from memeclip_core.experiments.reports.summary import title_heads, write_number

    lines: list[tuple[str, ...]] = []
    for item in title_heads(results).comparisons:
        pair = f"{item['first']} > {item['second']}"
        for found in item["differences"]:
            gain, sides = found["gain"], (found["first"], found["second"])
            sizes = (write_number(side["value"]) for side in sides)
            gains = (write_number(gain[key], sign="+") for key in ("value", "low", "high"))
            p = (write_number(found.get(key)) for key in ("p", "p_alone"))
            lines.append((pair, item["task"], gain["name"], *sizes, *gains, *p, str(gain["n"])))
        test = item["mcnemar"]
        only = f"only A right {test['first_only']}, only B right {test['second_only']}"
        p = (write_number(test.get(key)) for key in ("p", "p_alone"))
        lines.append(("", item["task"], "McNemar", "", "", "", "", "", *p, only))
        changed = item.get("changed")
        if changed:
            told = f"{changed['put_right']} put right, {changed['now_wrong']} now wrong"
            lines.append(("", item["task"], "changed", *[""] * 7, f"{changed['n']}: {told}"))
        lines += [
            ("", item["task"], f"right: {own['first']['group']}")
            + tuple(write_number(own[side]["right"]["value"]) for side in ("first", "second"))
            + ("",) * 5
            + (str(own["first"]["n"]),)
            for own in item.get("groups", ())
        ]
    header = ("models", "task", "metric", "A", "B", "B - A", "from", "to", "p (Holm)", "p", "n")
    return render_table(header, lines)

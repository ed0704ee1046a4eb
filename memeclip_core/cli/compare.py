"""``memeclip compare``: models on the same rows, each tested against the first."""

from __future__ import annotations

from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memeclip_core.cli.evaluate import choose_task_set, find_models
from memeclip_core.cli.options import open_captioner, open_encoder, with_settings
from memeclip_core.cli.terminal import progress_bar, render_table, say
from memeclip_core.cli.workbench import (
    ColumnsOption,
    DatasetOption,
    ImagesOption,
    begin,
    open_cache,
    read_columns,
)
from memeclip_core.config import Settings
from memeclip_core.errors import InputError

if TYPE_CHECKING:
    from memeclip_core.experiments.results import Results


@with_settings()
def compare(
    settings: Settings,
    first: Annotated[str, typer.Argument(metavar="A", help="A model: its folder or version.")],
    others: Annotated[
        list[str], typer.Argument(metavar="B...", help="The other model, or several.")
    ],
    dataset: DatasetOption,
    split: Annotated[str, typer.Option(help="Which of the dataset's rows to compare on.")] = "val",
    images: ImagesOption = None,
    columns: ColumnsOption = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write a results file.")
    ] = None,
) -> None:
    """Compare models with the first one on the same rows: paired bootstrap of every metric,
    McNemar's test.

    Folders with a model per seed are compared by one test over all seeds. P-values of one metric
    are corrected for how many there are, one a task and model (Holm).
    """
    from memeclip_core.experiments.evaluation import judge_models
    from memeclip_core.experiments.pairs import pair_models
    from memeclip_core.experiments.results import write_results
    from memeclip_core.heads.registry import find_model_needs

    models = [find_models(settings, name) for name in (first, *others)]
    for name, own in zip(others, models[1:], strict=True):
        if len(own) != len(models[0]):
            raise InputError(
                f"{first} holds {len(models[0])} model(s) and {name} {len(own)}. Compare "
                "folders of equally many seeds, or name one model's own folder each."
            )
    every = [model for own in models for model in own]
    needs = reduce(or_, map(find_model_needs, every))
    with progress_bar("encoding") as show:
        judged = judge_models(
            every,
            task_set=choose_task_set(settings, every[0].task_set),
            encoder=open_encoder(settings),
            captioner=open_captioner(settings, needs),
            dataset=dataset,
            split=split,
            images=images,
            columns=read_columns(columns),
            cache=open_cache(settings),
            on_progress=show,
        )
    seeds = len(models[0])
    sides = [judged[place : place + seeds] for place in range(0, len(judged), seeds)]
    fresh = begin(
        "comparison",
        first=first,
        second=", ".join(others),
        dataset=[path.name for path in dataset],
        split=split,
    )
    results = pair_models(fresh, *sides)
    if as_json is not None:
        write_results(as_json, results)
    say(render_comparisons(results))


def render_comparisons(results: Results) -> str:
    """Return a table with a line per pair, task and metric."""
    from memeclip_core.experiments.reports.summary import title_heads

    lines: list[tuple[str, ...]] = []
    for item in title_heads(results).comparisons:
        for found in item["differences"]:
            gain = found["gain"]
            lines.append(
                (
                    f"{item['first']} > {item['second']}",
                    item["task"],
                    gain["name"],
                    *(_number(found[side]["value"]) for side in ("first", "second")),
                    *(_number(gain[key], sign="+") for key in ("value", "low", "high")),
                    _number(found["p"]),
                    _number(found.get("p_alone")),
                    str(gain["n"]),
                )
            )
        test = item["mcnemar"]
        only = f"only A right {test['first_only']}, only B right {test['second_only']}"
        p = (_number(test["p"]), _number(test.get("p_alone")))
        lines.append(("", item["task"], "McNemar", "", "", "", "", "", *p, only))
    header = ("models", "task", "metric", "A", "B", "B - A", "from", "to", "p (Holm)", "p", "n")
    return render_table(header, lines)


def _number(value: Any, *, sign: str = "") -> str:
    return "none" if value is None or value != value else f"{value:{sign}.4f}"

"""``memeclip ablate``, ``sweep``, ``bench-heads`` and ``simulate``: many trainings, one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.options import (
    OWN_TASKS,
    SetOption,
    open_workbench,
    read_files,
    read_grid,
    with_settings,
    write_config,
)
from memeclip_core.cli.rendering import render_results
from memeclip_core.cli.terminal import render_table, say, warn
from memeclip_core.config import Settings
from memeclip_core.experiments.choices import DatasetFiles, Deal, Grid, Labelling, Study

if TYPE_CHECKING:
    from memeclip_core.experiments.results import Results

HeadOption = Annotated[str, typer.Option(metavar="NAME", help="Which published head to train.")]

OrdersOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME...",
        help="Which orders of a queue: random, margin, entropy, diversity, disagreement; all "
        "unless given.",
    ),
]
GAINS = ("task", "order", "metric", "gain over random", "from", "to", "seeds")


@with_settings(read_files, Deal, read_grid("ablation.json"), tasks=OWN_TASKS)
def ablate(
    settings: Settings,
    files: DatasetFiles,
    deal: Deal,
    grid: Grid,
    *,
    head: HeadOption = "memeclip",
    overrides: SetOption = None,
) -> None:
    """Remove each part of a head in turn: projection, adapters, cosine classifier, initialisation,
    each modality, the fusion.

    Every variant is trained with every seed on the same cached features. What a kill leaves in
    the results file is not trained again.
    """
    from memeclip_core.experiments.plans import run_ablation

    own = Study(files=files, deal=deal, grid=grid, head=head, overrides=tuple(overrides or ()))
    say_results(run_ablation(open_workbench(settings), own), grid)


@with_settings(read_files, Deal, read_grid("sweep.json"), tasks=OWN_TASKS)
def sweep(
    settings: Settings,
    files: DatasetFiles,
    deal: Deal,
    grid: Grid,
    *,
    head: HeadOption = "memeclip",
    vary: list[str] | None = None,
    encoders: list[str] | None = None,
    overrides: SetOption = None,
) -> None:
    """Vary one setting after the other, ratio alpha and scale sigma first of all, or the encoder.

    Every value is trained with every seed on the same cached features. What a kill leaves in the
    results file is not trained again.

    Args:
        vary (KEY=V1,V2,...): A setting and its values, one after the other; ratio and scale unless
            given.
        encoders (NAME|ID|FOLDER...): Encoders to compare. With these alone, no setting is varied.
    """
    from memeclip_core.experiments.plans import run_sweep

    own = Study(files=files, deal=deal, grid=grid, head=head, overrides=tuple(overrides or ()))
    bench = open_workbench(settings)
    say_results(run_sweep(bench, own, vary=vary or (), encoders=encoders or ()), grid)


@with_settings(Deal, read_grid("bench.json"), tasks=OWN_TASKS)
def bench_heads(
    settings: Settings,
    deal: Deal,
    grid: Grid,
    data: Path,
    *,
    heads: list[str] | None = None,
    datasets: list[str] | None = None,
) -> None:
    """Train all heads by their published recipes on all datasets: the README's workbench table.

    What a kill leaves in the results file is not trained again, and neither is a dataset or head
    that an earlier call with this file has measured. A head that the encoder cannot serve is left
    out of a dataset's table with the reason, and so is one that reads captions without --captioner.

    Args:
        data (DATA): The folder with pridemm/, restore/ and so on.
        heads (NAME...): Which heads; all unless given.
        datasets (NAME...): pridemm, restore, axiom, propaganda, harm-c, harm-p; those that are
            there.
    """
    from memeclip_core.experiments.plans import run_bench

    bench = open_workbench(settings)
    results = run_bench(bench, data, deal, grid, heads or (), datasets or ())
    say_results(results, grid)


@with_settings(read_files, Deal, Labelling, read_grid("simulation.json"), tasks=OWN_TASKS)
def simulate(
    settings: Settings,
    files: DatasetFiles,
    deal: Deal,
    labelling: Labelling,
    grid: Grid,
    *,
    head: HeadOption = "linear",
    overrides: SetOption = None,
    orders: OrdersOption = None,
    corrections: list[int] | None = None,
) -> None:
    """Play labelling through: which order of the queue pays, and what corrections do to a model.

    From some rows drawn at random a head is trained, judged on rows that nobody labels, and the
    next rows are those that an order puts first. Truth comes from the file. What a kill leaves in
    the results file is not played again.

    Args:
        corrections (N...): Correct a model that is trained on most of the rows this often instead,
            with and without replay, and judge it on memes of the corrected kind and on the rest.
    """
    from memeclip_core.experiments.reports.summary import write_number
    from memeclip_core.experiments.simulation import ORDERS, measure_gains, run_simulation

    study = Study(files=files, deal=deal, grid=grid, head=head, overrides=tuple(overrides or ()))
    results = run_simulation(
        open_workbench(settings), study, labelling, tuple(orders or ORDERS), corrections or ()
    )
    say_results(results, grid)
    gains = [
        (
            g.task,
            g.order,
            g.metric,
            *(write_number(x, sign="+") for x in (g.mean, g.low, g.high)),
            str(g.seeds),
        )
        for g in measure_gains(results)
    ]
    if gains:
        say(render_table(GAINS, gains))


def say_results(results: Results, grid: Grid) -> None:
    """Print what was measured on what, and where the results are."""
    write_config(grid.path.with_suffix(".yaml"))
    judged = {cell.details.get("judged_on", "") for cell in results.cells if cell.metrics} - {""}
    if judged:
        warn(f"Measured on {'; or on '.join(sorted(judged))}:")
    say(render_results(results))
    warn(f"The results are in {grid.path}.")

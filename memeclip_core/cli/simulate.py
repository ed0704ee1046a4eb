"""``memeclip simulate``: labelling and correcting played through on a labelled dataset."""

from __future__ import annotations

from typing import Annotated

import typer

from memeclip_core.cli.grids import HeadOption, say_results
from memeclip_core.cli.options import (
    OWN_TASKS,
    SetOption,
    open_workbench,
    read_files,
    read_grid,
    with_settings,
)
from memeclip_core.cli.terminal import render_table, say
from memeclip_core.config import Settings
from memeclip_core.experiments.choices import DatasetFiles, Deal, Grid, Labelling, Study

OrdersOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME...",
        help="Which orders of a queue: random, margin, entropy, diversity, disagreement; all "
        "unless given.",
    ),
]
HEADER = ("task", "order", "metric", "gain over random", "from", "to", "seeds")


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
        say(render_table(HEADER, gains))

"""``memeclip ablate``, ``sweep`` and ``bench-heads``: many trainings with one results file."""

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
from memeclip_core.cli.terminal import say, warn
from memeclip_core.config import Settings
from memeclip_core.experiments.choices import DatasetFiles, Deal, Grid, Study

if TYPE_CHECKING:
    from memeclip_core.experiments.results import Results

HeadOption = Annotated[str, typer.Option(metavar="NAME", help="Which published head to train.")]


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


def say_results(results: Results, grid: Grid) -> None:
    """Print what was measured on what, and where the results are."""
    write_config(grid.path.with_suffix(".yaml"))
    judged = {cell.details.get("judged_on", "") for cell in results.cells if cell.metrics} - {""}
    if judged:
        warn(f"Measured on {'; or on '.join(sorted(judged))}:")
    say(render_results(results))
    warn(f"The results are in {grid.path}.")

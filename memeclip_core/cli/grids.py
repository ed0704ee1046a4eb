"""``memeclip ablate``, ``sweep`` and ``bench-heads``: many trainings with one results file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.options import (
    OWN_TASKS,
    SEEDS,
    SeedsOption,
    SetOption,
    open_workbench,
    read_deal,
    read_files,
    with_settings,
)
from memeclip_core.cli.rendering import render_results
from memeclip_core.cli.terminal import say, warn
from memeclip_core.config import Settings
from memeclip_core.experiments.choices import DatasetFiles, Deal

if TYPE_CHECKING:
    from memeclip_core.experiments.results import Results

HeadOption = Annotated[str, typer.Option(metavar="NAME", help="Which published head to train.")]
JsonOption = Annotated[
    Path,
    typer.Option("--json", metavar="FILE", help="The results file; one of this run is continued."),
]
AgainOption = Annotated[
    bool,
    typer.Option(
        "--again",
        help="Measure again what the results file holds of other data, features, recipes or rules "
        "for figures; else such a file is refused.",
    ),
]


@with_settings(read_files, read_deal, tasks=OWN_TASKS)
def ablate(
    settings: Settings,
    files: DatasetFiles,
    deal: Deal,
    as_json: JsonOption = Path("ablation.json"),
    head: HeadOption = "memeclip",
    seeds: SeedsOption = None,
    overrides: SetOption = None,
    again: AgainOption = False,
) -> None:
    """Remove each part of a head in turn: projection, adapters, cosine classifier, initialisation,
    each modality, the fusion.

    Every variant is trained with every seed on the same cached features. What a kill leaves in
    the results file is not trained again.
    """
    from memeclip_core.experiments.ablation import run_ablation

    results = run_ablation(
        open_workbench(settings),
        files,
        deal,
        as_json,
        head=head,
        overrides=overrides or (),
        seeds=tuple(seeds or SEEDS),
        again=again,
    )
    say_results(results, as_json)


@with_settings(read_files, read_deal, tasks=OWN_TASKS)
def sweep(
    settings: Settings,
    files: DatasetFiles,
    deal: Deal,
    as_json: JsonOption = Path("sweep.json"),
    head: HeadOption = "memeclip",
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=V1,V2,...",
            help="A setting and its values, one after the other; ratio and scale unless given.",
        ),
    ] = None,
    encoders: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|ID|FOLDER...",
            help="Encoders to compare. With these alone, no setting is varied.",
        ),
    ] = None,
    seeds: SeedsOption = None,
    overrides: SetOption = None,
    again: AgainOption = False,
) -> None:
    """Vary one setting after the other, ratio alpha and scale sigma first of all, or the encoder.

    Every value is trained with every seed on the same cached features. What a kill leaves in the
    results file is not trained again.
    """
    from memeclip_core.experiments.sweep import run_sweep

    results = run_sweep(
        open_workbench(settings),
        files,
        deal,
        as_json,
        head=head,
        overrides=overrides or (),
        vary=vary or (),
        encoders=encoders or (),
        seeds=tuple(seeds or SEEDS),
        again=again,
    )
    say_results(results, as_json)


@with_settings(read_deal, tasks=OWN_TASKS)
def bench_heads(
    settings: Settings,
    deal: Deal,
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="The folder with pridemm/, restore/ and so on."),
    ],
    as_json: JsonOption = Path("bench.json"),
    heads: Annotated[
        list[str] | None, typer.Option(metavar="NAME...", help="Which heads; all unless given.")
    ] = None,
    datasets: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME...",
            help="pridemm, restore, axiom, propaganda, harm-c, harm-p; those that are there.",
        ),
    ] = None,
    seeds: SeedsOption = None,
    again: AgainOption = False,
) -> None:
    """Train all heads by their published recipes on all datasets: the README's workbench table.

    What a kill leaves in the results file is not trained again, and neither is a dataset or head
    that an earlier call with this file has measured. A head that the encoder cannot serve is left
    out of a dataset's table with the reason, and so is one that reads captions without --captioner.
    """
    from memeclip_core.experiments.bench import run_bench

    results = run_bench(
        open_workbench(settings),
        data,
        deal,
        as_json,
        heads=heads or (),
        datasets=datasets or (),
        seeds=tuple(seeds or SEEDS),
        again=again,
    )
    say_results(results, as_json)


def say_results(results: Results, path: Path) -> None:
    """Print what was measured on what, and where the results are."""
    judged = {str(cell.details["judged_on"]) for cell in results.cells if cell.metrics}
    warn(f"Measured on {'; or on '.join(sorted(judged))}:")
    say(render_results(results))
    warn(f"The results are in {path}.")

"""``memeclip bench-heads``: every head on every dataset, on validation rows or folds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.ablate import material_opener, run_points
from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import warn
from memeclip_core.cli.workbench import (
    OWN_TASKS,
    SEEDS,
    AgainOption,
    DealAnewOption,
    FoldsOption,
    JsonOption,
    KeepDuplicatesOption,
    SeedsOption,
    begin,
)
from memeclip_core.config import Settings
from memeclip_core.errors import InputError


@with_settings(tasks=OWN_TASKS)
def bench_heads(
    settings: Settings,
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
    folds: FoldsOption = None,
    deal_anew: DealAnewOption = False,
    keep_duplicates: KeepDuplicatesOption = False,
    again: AgainOption = False,
) -> None:
    """Train all heads by their published recipes on all datasets: the tables of docs/results.md.

    What a kill leaves in the results file is not trained again, and neither is a dataset or head
    that an earlier call with this file has measured. A head that the encoder cannot serve is left
    out of a dataset's table with the reason, and so is one that reads captions without --captioner.
    """
    from memeclip_core.experiments.bench import BENCH, plan_bench
    from memeclip_core.heads.registry import HEADS

    unknown = [name for name in datasets or [] if name not in BENCH]
    if unknown:
        raise InputError(f"Unknown dataset '{unknown[0]}'. Known: {', '.join(BENCH)}.")
    materials = {}
    for name in datasets or BENCH:
        files = [data / file for file in BENCH[name].files]
        absent = [file for file in files if not file.is_file()]
        if absent:
            warn(f"{name} is left out: {absent[0]} is not there.")
            continue
        own = replace(settings, tasks=(BENCH[name].task_set,))
        materials[name] = {
            needs: material_opener(
                own,
                files,
                folds=folds,
                deal_anew=deal_anew,
                keep_duplicates=keep_duplicates,
                needs=needs,
            )
            for needs in dict.fromkeys(preset.needs for preset in HEADS.values())
        }
    if not materials:
        raise InputError(f"{data} holds none of the datasets: {', '.join(BENCH)}.")
    points = plan_bench(heads or [], tuple(seeds or SEEDS), materials)
    run_points(as_json, begin("bench", encoder=settings.encoder), points, "bench", again=again)

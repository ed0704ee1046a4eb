"""``memeclip ablate`` and ``memeclip sweep``: what each part and each setting contributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.options import open_captioner, open_encoder, with_settings
from memeclip_core.cli.terminal import progress_bar, say, warn
from memeclip_core.cli.workbench import (
    OWN_TASKS,
    SEEDS,
    AgainOption,
    ColumnsOption,
    DatasetOption,
    DealAnewOption,
    FoldsOption,
    HeadOption,
    ImagesOption,
    JsonOption,
    KeepDuplicatesOption,
    SeedsOption,
    SetOption,
    begin,
    choose_tasks,
    now,
    open_cache,
    read_columns,
    render_results,
)
from memeclip_core.config import Settings

if TYPE_CHECKING:
    from memeclip_core.encoders.features import Needs
    from memeclip_core.experiments.grids import Point
    from memeclip_core.experiments.material import Material
    from memeclip_core.experiments.results import Results


@with_settings(tasks=OWN_TASKS)
def ablate(
    settings: Settings,
    dataset: DatasetOption,
    as_json: JsonOption = Path("ablation.json"),
    head: HeadOption = "memeclip",
    images: ImagesOption = None,
    columns: ColumnsOption = None,
    seeds: SeedsOption = None,
    changes: SetOption = None,
    folds: FoldsOption = None,
    deal_anew: DealAnewOption = False,
    keep_duplicates: KeepDuplicatesOption = False,
    again: AgainOption = False,
) -> None:
    """Remove each part of a head in turn: projection, adapters, cosine classifier, initialisation,
    each modality, the fusion.

    Every variant is trained with every seed on the same cached features. What a kill leaves in
    the results file is not trained again.
    """
    from memeclip_core.experiments.ablation import plan_ablation
    from memeclip_core.experiments.overrides import read_recipe
    from memeclip_core.heads.registry import find_needs

    chosen = tuple(seeds or SEEDS)
    recipe = read_recipe(head, changes or [])
    needs = find_needs(recipe.head, recipe.config)
    opener = material_opener(
        settings,
        dataset,
        images=images,
        columns=columns,
        folds=folds,
        deal_anew=deal_anew,
        keep_duplicates=keep_duplicates,
        needs=needs,
    )
    points = plan_ablation(recipe, chosen, opener)
    fresh = begin(
        "ablation",
        dataset=[path.name for path in dataset],
        encoder=settings.encoder,
        head=head,
        set=sorted(changes or []),
        seeds=list(chosen),
        folds=folds or 0,
    )
    run_points(as_json, fresh, points, "ablation", again=again)


@with_settings(tasks=OWN_TASKS)
def sweep(
    settings: Settings,
    dataset: DatasetOption,
    as_json: JsonOption = Path("sweep.json"),
    head: HeadOption = "memeclip",
    images: ImagesOption = None,
    columns: ColumnsOption = None,
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
    changes: SetOption = None,
    folds: FoldsOption = None,
    deal_anew: DealAnewOption = False,
    keep_duplicates: KeepDuplicatesOption = False,
    again: AgainOption = False,
) -> None:
    """Vary one setting after the other, ratio alpha and scale sigma first of all, or the encoder.

    Every value is trained with every seed on the same cached features. What a kill leaves in the
    results file is not trained again.
    """
    from memeclip_core.experiments.overrides import read_recipe
    from memeclip_core.experiments.sweep import RANGES, plan_sweep, read_ranges
    from memeclip_core.heads.registry import find_needs

    chosen = tuple(seeds or SEEDS)
    default = {} if encoders else RANGES
    needs = find_needs(head, read_recipe(head, changes or []).config)

    def open_by(own: Settings) -> Callable[[], Material]:
        return material_opener(
            own,
            dataset,
            images=images,
            columns=columns,
            folds=folds,
            deal_anew=deal_anew,
            keep_duplicates=keep_duplicates,
            needs=needs,
        )

    points = plan_sweep(
        head,
        changes or [],
        chosen,
        ranges=read_ranges(vary) if vary else default,
        material=open_by(settings),
        encoders={name: open_by(replace(settings, encoder=name)) for name in encoders or []},
    )
    fresh = begin(
        "sweep",
        dataset=[path.name for path in dataset],
        encoder=settings.encoder,
        head=head,
        set=sorted(changes or []),
        seeds=list(chosen),
        folds=folds or 0,
    )
    run_points(as_json, fresh, points, "sweep", again=again)


def material_opener(
    settings: Settings,
    dataset: list[Path],
    *,
    images: Path | None = None,
    columns: Sequence[str] | None = None,
    folds: int | None = None,
    deal_anew: bool = False,
    keep_duplicates: bool = False,
    needs: Needs | None = None,
) -> Callable[[], Material]:
    """Return what encodes and deals a dataset when a grid comes to it."""

    def open_material() -> Material:
        from memeclip_core.app.build import choose_device
        from memeclip_core.encoders.features import VECTORS
        from memeclip_core.experiments.material import read_material

        own = needs or VECTORS
        captioner = open_captioner(settings, own)
        column_map = read_columns(columns)
        task_set = choose_tasks(settings, dataset, column_map)
        with progress_bar("encoding") as show:
            material = read_material(
                open_encoder(settings),
                task_set,
                dataset,
                images=images,
                columns=column_map,
                needs=own,
                captioner=captioner,
                folds=folds,
                deal_anew=deal_anew,
                keep_duplicates=keep_duplicates,
                cache=open_cache(settings),
                on_progress=show,
                device=choose_device(settings),
            )
        if material.left_out:
            warn(f"{', '.join(path.name for path in dataset)}: {material.left_out}")
        return material

    return open_material


def run_points(path: Path, fresh: Results, points: list[Point], title: str, *, again: bool) -> None:
    """Train all points with a bar, print the table, and say where the results are."""
    from memeclip_core.experiments.grids import find_left, run_grid, take_up

    if not again and not find_left(take_up(path, fresh), points):
        warn(
            f"Nothing is left to train: {path} has all of it. What has changed since is measured "
            "again with --again."
        )
    with progress_bar(title) as show:
        results = run_grid(path, fresh, points, now=now, again=again, on_progress=show)
    judged = {str(cell.details["judged_on"]) for cell in results.cells if cell.metrics}
    warn(f"Measured on {'; or on '.join(sorted(judged))}:")
    say(render_results(results))
    warn(f"The results are in {path}.")

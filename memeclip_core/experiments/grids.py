"""Many trainings with one results file, which is written after each and taken up after a kill."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

from memeclip_core.encoders.features import Needs
from memeclip_core.errors import EncoderError, HeadError, StoreError
from memeclip_core.evaluation.measure import RULES
from memeclip_core.experiments.choices import DatasetFiles, Deal, Grid
from memeclip_core.experiments.material import Material, read_material
from memeclip_core.experiments.outcomes import report_outcome
from memeclip_core.experiments.results import (
    Cell,
    Results,
    ResultsKind,
    read_results,
    write_results,
)
from memeclip_core.experiments.train_run import run_trial, seed_recipe
from memeclip_core.experiments.workbench import Show, Workbench
from memeclip_core.heads.assembly import HeadConfig
from memeclip_core.heads.published.issues import IssuesConfig
from memeclip_core.heads.registry import resolve_config
from memeclip_core.records.job import Progress
from memeclip_core.training.config import FitConfig
from memeclip_core.training.train import Recipe

OpenMaterial = Callable[[], Material]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One training of a grid: what distinguishes it, how to train, and with which seed.

    ``material`` encodes and deals its dataset; points of one dataset share one opener.
    """

    axes: dict[str, str]
    recipe: Recipe
    seed: int
    material: OpenMaterial


def open_later(bench: Workbench, files: DatasetFiles, deal: Deal, needs: Needs) -> OpenMaterial:
    """Return what encodes and deals a dataset when a grid comes to it."""

    def open_material() -> Material:
        material = read_material(bench, files, deal, needs=needs)
        if material.left_out:
            bench.note(f"{', '.join(files.names)}: {material.left_out}")
        return material

    return open_material


def run_points(
    bench: Workbench, grid: Grid, kind: ResultsKind, points: Sequence[Point], **facts: Any
) -> Results:
    """Train and judge all points with a bar, and say so if nothing is left; see ``run_grid``.

    ``facts`` are what all cells have in common.
    """
    fresh = bench.begin(kind, **facts)
    if not grid.again and not find_left(take_up(grid.path, fresh), points):
        bench.note(
            f"Nothing is left to train: {grid.path} has all of it. What has changed since is "
            "measured again with --again."
        )
    with bench.bar(kind) as show:
        return run_grid(grid.path, fresh, points, again=grid.again, on_progress=show)


def run_grid(
    path: Path,
    fresh: Results,
    points: Sequence[Point],
    *,
    again: bool = False,
    on_progress: Show | None = None,
) -> Results:
    """Train and judge every point that the results file does not hold yet.

    A point whose head cannot be built for its encoder becomes a cell without metrics, which says
    why and is tried again the next time.

    Args:
        path: the results file; one with the same facts is continued.
        fresh: the results without cells.
        points: what to train, those of one material next to each other.
        again: whether cells of what has changed since are measured again, instead of refused.
        on_progress: called while encoding and training.

    Raises:
        StoreError: if the file holds other results, or of what has changed since, or cannot be
            written.
    """
    results = take_up(path, fresh)
    left = points if again else find_left(results, points)
    opener: OpenMaterial | None = None
    material: Material | None = None
    for place, point in enumerate(left):
        started = monotonic()
        try:
            if material is None or point.material is not opener:
                opener, material = point.material, None
                material = opener()
                own = [p for p in points if p.material is opener]
                results = _keep_same(path, results, own, material, again=again)
            if not find_left(results, [point]):
                continue
            cells = _train(point, material, _scale(on_progress, place, len(left), point))
        except (HeadError, EncoderError) as error:
            why = {"reason": str(error)}
            cells = [Cell(axes=point.axes, task="", seed=point.seed, metrics=(), details=why)]
        seconds = round(monotonic() - started, 1)
        results = results.add(
            *(replace(cell, details={**cell.details, "seconds": seconds}) for cell in cells)
        )
        results = _sort(results, points)
        write_results(path, results)
    return results


def find_left(results: Results, points: Sequence[Point]) -> list[Point]:
    """Return the points that results have no cell of."""
    done = set(map(_key, results.cells))
    return [point for point in points if _key(point) not in done]


def _sort(results: Results, points: Sequence[Point]) -> Results:
    """Put the cells into the order of the plan, behind those that are not in it."""
    order = {_key(point): place for place, point in enumerate(points)}
    cells = sorted(results.cells, key=lambda cell: order.get(_key(cell), -1))
    return replace(results, cells=tuple(cells))


def _key(item: Point | Cell) -> tuple[object, ...]:
    return (tuple(item.axes.items()), item.seed)


def take_up(path: Path, fresh: Results) -> Results:
    """Return the results that a file holds so far, or the fresh ones if there is no file.

    Raises:
        StoreError: if the file belongs to another kind of run or to other settings.
    """
    if not path.exists():
        return fresh
    old = read_results(path)
    changed = fresh.find_changed(old)
    if old.kind != fresh.kind or changed:
        what = f"of another {changed}" if changed else f"of another kind, {old.kind}"
        raise StoreError(
            f"{path} holds results {what}. Delete it, or choose another file with --json."
        )
    return replace(old, cells=tuple(cell for cell in old.cells if cell.metrics))


def _keep_same(
    path: Path, results: Results, points: Sequence[Point], material: Material, *, again: bool
) -> Results:
    """Return results without the cells of these points that are of other rows or features.

    Raises:
        StoreError: if there are any, unless they are to be measured again.
    """
    recipes = {tuple(point.axes.items()): point.recipe for point in points}
    kept = []
    for cell in results.cells:
        recipe = recipes.get(tuple(cell.axes.items()))
        now = {} if recipe is None else _origin(material, recipe)
        other = [_ORIGIN[name] for name in now if cell.details.get(name) != now[name]]
        if not other:
            kept.append(cell)
        elif not again:
            what = " ".join(cell.axes.values())
            raise StoreError(
                f"{path} holds figures of '{what}' with another {other[0]}: what is measured has "
                "changed since. Measure such figures again with --again, or choose another file "
                "with --json."
            )
    return replace(results, cells=tuple(kept))


_ORIGIN = {
    "data": "data",
    "deal": "choice of rows to learn from, to choose and to judge on",
    "encoder": "encoder",
    "recipe": "recipe",
    "rules": "rule for figures (an earlier version measured them)",
}
"""What a cell says of how it was measured → what has changed where that differs."""


_LATER = {
    FitConfig: {"gradient_clip"},
    HeadConfig: {"unit_order", "block", "one_logit", "unimodal_losses", "retrieval"},
    IssuesConfig: {"one_logit"},
}
"""Settings that came after figures were published."""


def hash_recipe(recipe: Recipe) -> str:
    """Return what names a recipe, whatever its seed: a later setting counts where it is used."""
    config = resolve_config(recipe.head, recipe.config)
    facts = asdict(seed_recipe(recipe, 0))
    facts |= {"fit": _leave_out(recipe.fit, facts["fit"]), "config": _leave_out(config)}
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _leave_out(settings: Any, plain: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return settings without the later ones that have the value that all had before."""
    plain = asdict(settings) if plain is None else plain
    later = {
        item.name: item.default
        for item in fields(settings)
        if item.name in _LATER.get(type(settings), ())
    }
    return {key: value for key, value in plain.items() if key not in later or value != later[key]}


def _origin(material: Material, recipe: Recipe) -> dict[str, Any]:
    return {
        "data": material.data["hash"],
        "deal": material.data["deal"],
        "encoder": material.encoder.tag.fingerprint,
        "recipe": hash_recipe(recipe),
        "rules": RULES,
    }


def check_modality(recipe: Recipe, material: Material) -> None:
    """Raise HeadError if a recipe reads one modality alone and the dataset has none of it."""
    features = material.rows.features
    there = {"image": features.has_image.any(), "text": features.has_text.any()}
    if recipe.reads in there and not there[recipe.reads]:
        raise HeadError(f"it would read the {recipe.reads} alone, and the dataset has none")


def _train(point: Point, material: Material, on_progress: Show) -> list[Cell]:
    check_modality(point.recipe, material)
    trial = run_trial(material, seed_recipe(point.recipe, point.seed), on_progress)
    details = {"judged_on": material.judged_on, **_origin(material, point.recipe)}
    return [
        Cell(
            axes=point.axes,
            task=task,
            seed=point.seed,
            metrics=report_outcome(outcome)[0],
            details=details,
        )
        for task, outcome in trial.outcomes.items()
    ]


def _scale(on_progress: Show | None, place: int, of: int, point: Point) -> Show:
    """Turn a training's own progress into that of the grid, in thousandths of a training."""
    what = " ".join([*point.axes.values(), f"seed {point.seed}"])

    def report(progress: Progress) -> None:
        part = min(1000, 1000 * progress.done // max(1, progress.total))
        message = f"{what}: {progress.message}"
        if on_progress is not None:
            done = 1000 * place + part
            on_progress(replace(progress, done=done, total=1000 * of, message=message))

    return report

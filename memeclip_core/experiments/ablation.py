"""What each part of MemeCLIP contributes: the head without it, everything else unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from memeclip_core.errors import HeadError
from memeclip_core.experiments.choices import DatasetFiles, Deal
from memeclip_core.experiments.grids import OpenMaterial, Point, open_later, run_points
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.results import Results
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.assembly import HeadConfig
from memeclip_core.heads.registry import find_needs, resolve_config
from memeclip_core.training.train import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A head with one part changed: settings of the head, what it reads, how it starts."""

    config: dict[str, Any] = field(default_factory=dict)
    reads: str | None = None
    semantic: bool | None = None


VARIANTS: dict[str, Variant] = {
    "complete": Variant(),
    "without projection": Variant(config={"projection": "none"}),
    "without adapters": Variant(config={"adapter": False}),
    "linear classifier": Variant(config={"classifier": "linear"}),
    "random initialisation": Variant(semantic=False),
    "without image": Variant(config={"fusion": "text"}, reads="text"),
    "without text": Variant(config={"fusion": "image"}, reads="image"),
    "fusion multiply": Variant(config={"fusion": "multiply"}),
    "fusion concatenate": Variant(config={"fusion": "concatenate"}),
    "fusion four-part": Variant(config={"fusion": "four-part"}),
}
"""What is removed or exchanged → how."""


def run_ablation(
    bench: Workbench,
    files: DatasetFiles,
    deal: Deal,
    path: Path,
    *,
    head: str,
    overrides: Sequence[str],
    seeds: Sequence[int],
    again: bool = False,
) -> Results:
    """Train every variant of a head on a dataset; see ``plan_ablation`` and ``run_points``."""
    recipe = read_recipe(head, overrides)
    needs = find_needs(recipe.head, recipe.config)
    points = plan_ablation(recipe, seeds, open_later(bench, files, deal, needs))
    return run_points(
        bench,
        path,
        "ablation",
        points,
        again=again,
        dataset=files.names,
        encoder=bench.settings.encoder,
        head=head,
        set=sorted(overrides),
        seeds=list(seeds),
        folds=deal.folds or 0,
    )


def plan_ablation(recipe: Recipe, seeds: Sequence[int], material: OpenMaterial) -> list[Point]:
    """Return a point for every variant that differs from the complete head, and every seed.

    Raises:
        HeadError: if the head is none of those that these parts make up.
    """
    complete = resolve_config(recipe.head, recipe.config)
    # Captions would carry the image on into the heads that are to do without it.
    captions = find_needs(recipe.head, recipe.config).captions
    if not isinstance(complete, HeadConfig) or captions:
        raise HeadError(
            f"The head '{recipe.head}' is not made of projections, adapters and a fusion, so they "
            "cannot be removed from it. Choose memeclip, memesense, simclip or hateclipper-align."
        )
    points = []
    seen: list[Recipe] = []
    for name, variant in VARIANTS.items():
        changed = replace(
            recipe,
            config={**recipe.config, **variant.config},
            reads=variant.reads or recipe.reads,
            semantic=recipe.semantic if variant.semantic is None else variant.semantic,
        )
        # What the complete head has or lacks already would only be trained twice.
        plain = replace(changed, config=_complete(changed))
        if plain in seen:
            continue
        seen.append(plain)
        points += [
            Point(axes={"part": name}, recipe=changed, seed=seed, material=material)
            for seed in seeds
        ]
    return points


def _complete(recipe: Recipe) -> dict[str, Any]:
    config = resolve_config(recipe.head, recipe.config)
    return {name: getattr(config, name) for name in config.__dataclass_fields__}

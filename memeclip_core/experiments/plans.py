"""What grids train: every head on every dataset, a head without each part, or with other settings.

A part that is removed or exchanged, and a setting that is varied, leave everything else unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

from memeclip_core.encoders.features import Needs
from memeclip_core.errors import ConfigError, HeadError, InputError
from memeclip_core.experiments.choices import DatasetFiles, Deal, Grid, Study
from memeclip_core.experiments.grids import OpenMaterial, Point, open_later, run_points
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.results import Results
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.assembly import HeadConfig
from memeclip_core.heads.registry import HEADS, complete_config, find_needs, resolve_config
from memeclip_core.training.recipes import build_recipe
from memeclip_core.training.train import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSet:
    """A dataset of the bench: its task set, and its files inside the folder of datasets."""

    task_set: str
    files: tuple[str, ...]


BENCH: dict[str, BenchSet] = {
    "pridemm": BenchSet(task_set="pridemm", files=("pridemm/PrideMM.csv",)),
    "restore": BenchSet(task_set="restore", files=("restore/train.json", "restore/val.json")),
    "axiom": BenchSet(task_set="axiom", files=("axiom/train.json",)),
    "propaganda": BenchSet(
        task_set="propaganda", files=("propaganda/train.jsonl", "propaganda/val.jsonl")
    ),
    "harm-c": BenchSet(
        task_set="harmeme", files=("harmeme/harm_c_train.jsonl", "harmeme/harm_c_val.jsonl")
    ),
    "harm-p": BenchSet(
        task_set="harmeme", files=("harmeme/harm_p_train.jsonl", "harmeme/harm_p_val.jsonl")
    ),
}
"""Dataset name → where it lies, as in ``../shared/data``."""


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

ENCODER = "encoder"

RANGES = {
    "ratio": ("0", "0.1", "0.2", "0.4", "0.6", "0.8", "1"),
    "scale": ("1", "5", "10", "20", "30", "50", "100"),
}
"""What is swept unless something else is asked for: the paper's alpha and sigma."""


def run_bench(
    bench: Workbench,
    data: Path,
    deal: Deal,
    grid: Grid,
    heads: Sequence[str] = (),
    datasets: Sequence[str] = (),
) -> Results:
    """Train heads on the datasets that lie in a folder; see ``plan_bench`` and ``run_points``.

    Raises:
        InputError: on an unknown dataset, or if none of them is there.
    """
    unknown = [name for name in datasets if name not in BENCH]
    if unknown:
        raise InputError(f"Unknown dataset '{unknown[0]}'. Known: {', '.join(BENCH)}.")
    kinds = dict.fromkeys(preset.needs for preset in HEADS.values())
    materials = {}
    for name in datasets or BENCH:
        paths = tuple(data / file for file in BENCH[name].files)
        if absent := [path for path in paths if not path.is_file()]:
            bench.note(f"{name} is left out: {absent[0]} is not there.")
            continue
        files = DatasetFiles(source=paths)
        own = bench.change(tasks=(BENCH[name].task_set,))
        materials[name] = {needs: open_later(own, files, deal, needs) for needs in kinds}
    if not materials:
        raise InputError(f"{data} holds none of the datasets: {', '.join(BENCH)}.")
    points = plan_bench(heads, grid.seeds, materials)
    return run_points(bench, grid, "bench", points, encoder=bench.settings.encoder)


def run_ablation(bench: Workbench, study: Study) -> Results:
    """Train every variant of a head on a dataset; see ``plan_ablation`` and ``run_points``."""
    recipe = read_recipe(study.head, study.overrides)
    material = _open(bench, study, recipe)
    points = plan_ablation(recipe, study.grid.seeds, material)
    return run_points(bench, study.grid, "ablation", points, **_list_facts(bench, study))


def run_sweep(
    bench: Workbench, study: Study, *, vary: Sequence[str] = (), encoders: Sequence[str] = ()
) -> Results:
    """Train a head with every value of some settings; see ``plan_sweep`` and ``run_points``.

    Without ``vary``, whose words ``read_ranges`` reads, and without ``encoders``, these settings
    are ``RANGES``.
    """
    recipe = read_recipe(study.head, study.overrides)
    points = plan_sweep(
        study.head,
        study.overrides,
        study.grid.seeds,
        ranges=read_ranges(vary) if vary else {} if encoders else RANGES,
        material=_open(bench, study, recipe),
        encoders={name: _open(bench.change(encoder=name), study, recipe) for name in encoders},
    )
    return run_points(bench, study.grid, "sweep", points, **_list_facts(bench, study))


def _open(bench: Workbench, study: Study, recipe: Recipe) -> OpenMaterial:
    needs = find_needs(recipe.head, recipe.config)
    return open_later(bench, study.files, study.deal, needs)


def _list_facts(bench: Workbench, study: Study) -> dict[str, Any]:
    return {
        "dataset": study.files.names,
        "encoder": bench.settings.encoder,
        "head": study.head,
        "set": sorted(study.overrides),
        "seeds": list(study.grid.seeds),
        "folds": study.deal.folds or 0,
    }


def plan_bench(
    heads: Sequence[str],
    seeds: Sequence[int],
    materials: Mapping[str, Mapping[Needs, OpenMaterial]],
) -> list[Point]:
    """Return a point for every dataset, head and seed; heads of the same needs stand together.

    No heads stand for all. Heads without any training get the first seed alone. Materials are by
    dataset, then by what the heads need.

    Raises:
        HeadError: on an unknown head.
        ConfigError: without a seed.
    """
    if not seeds:
        raise ConfigError("Training needs at least one seed.")
    recipes = {name: build_recipe(name) for name in heads or HEADS}
    ordered = sorted(recipes, key=lambda name: astuple(HEADS[name].needs))
    points = []
    for dataset, openers in materials.items():
        for name in ordered:
            own = seeds if HEADS[name].trained else seeds[:1]
            axes = {"dataset": dataset, "head": name}
            points += _repeat(axes, recipes[name], openers[HEADS[name].needs], own)
    return points


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
        plain = replace(changed, config=complete_config(changed.head, changed.config))
        if plain in seen:
            continue
        seen.append(plain)
        points += _repeat({"part": name}, changed, material, seeds)
    return points


def read_ranges(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return settings with their values from words like ``ratio=0,0.2,0.4``.

    Raises:
        ConfigError: on a word of another form.
    """
    ranges: dict[str, tuple[str, ...]] = {}
    for word in words:
        key, _, rest = word.partition("=")
        values = tuple(value.strip() for value in rest.split(",") if value.strip())
        if not key.strip() or not values:
            raise ConfigError(
                f"--vary is '{word}'; it needs a setting and its values, as in ratio=0,0.2,0.4."
            )
        ranges[key.strip()] = tuple(dict.fromkeys(values))
    return ranges


def plan_sweep(
    head: str,
    pairs: Sequence[str],
    seeds: Sequence[int],
    *,
    ranges: Mapping[str, Sequence[str]],
    material: OpenMaterial,
    encoders: Mapping[str, OpenMaterial],
) -> list[Point]:
    """Return the points of a sweep: every value of one setting with the others as given.

    Args:
        head, pairs, seeds: the head, what ``--set`` says, and the seeds of the trainings.
        ranges: setting → values as written.
        material: the dataset in the features of the command's encoder.
        encoders: encoder → the dataset in its features.

    Raises:
        HeadError, ConfigError: if a setting or value is impossible.
    """
    points = []
    for key, values in ranges.items():
        for value in values:
            recipe = read_recipe(head, [*pairs, f"{key}={value}"])
            points += _repeat({"setting": key, "value": value}, recipe, material, seeds)
    recipe = read_recipe(head, pairs)
    for name, opener in encoders.items():
        points += _repeat({"setting": ENCODER, "value": name}, recipe, opener, seeds)
    return points


def _repeat(
    axes: dict[str, str], recipe: Recipe, material: OpenMaterial, seeds: Sequence[int]
) -> list[Point]:
    return [Point(axes=axes, recipe=recipe, seed=seed, material=material) for seed in seeds]

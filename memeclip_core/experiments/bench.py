"""Every head on every dataset: the tables of docs/results.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from memeclip_core.encoders.features import Needs
from memeclip_core.errors import ConfigError, InputError
from memeclip_core.experiments.choices import DatasetFiles, Deal
from memeclip_core.experiments.grids import OpenMaterial, Point, open_later, run_points
from memeclip_core.experiments.results import Results
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.registry import HEADS
from memeclip_core.training.recipes import build_recipe


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


def run_bench(
    bench: Workbench,
    data: Path,
    deal: Deal,
    path: Path,
    *,
    heads: Sequence[str],
    datasets: Sequence[str],
    seeds: Sequence[int],
    again: bool = False,
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
        files = DatasetFiles(paths=tuple(data / file for file in BENCH[name].files))
        absent = [file for file in files.paths if not file.is_file()]
        if absent:
            bench.note(f"{name} is left out: {absent[0]} is not there.")
            continue
        own = bench.change(tasks=(BENCH[name].task_set,))
        materials[name] = {needs: open_later(own, files, deal, needs) for needs in kinds}
    if not materials:
        raise InputError(f"{data} holds none of the datasets: {', '.join(BENCH)}.")
    points = plan_bench(heads, seeds, materials)
    return run_points(bench, path, "bench", points, again=again, encoder=bench.settings.encoder)


def plan_bench(
    heads: Sequence[str],
    seeds: Sequence[int],
    materials: Mapping[str, Mapping[Needs, OpenMaterial]],
) -> list[Point]:
    """Return a point for every dataset, head and seed; heads of the same needs stand together.

    Args:
        heads: registered names; empty for all.
        seeds: of the trainings. Heads without any training get the first alone.
        materials: by dataset, then by what the heads need.

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
            points += [
                Point(
                    axes={"dataset": dataset, "head": name},
                    recipe=recipes[name],
                    seed=seed,
                    material=openers[HEADS[name].needs],
                )
                for seed in (seeds if HEADS[name].trained else seeds[:1])
            ]
    return points
